/*
 * starter_place - may this program be started?
 *
 * Runs in:  the starter
 * Owns:     a few hints at which host it was the last time
 * Errors:   none: what cannot be told may not be started
 *
 * The same sections that a worker merges for a file are merged here, .htaccess among them, and ask
 * the same: is it in the place of a ScriptAlias, or is ExecCGI in force and its handler cgi-script?
 * Only what depends on the request itself (<Location>, <If>, a RewriteRule's handler) cannot be
 * known here: a host where any of these could let programs run lets them run wherever it serves,
 * and an .htaccess where an <If> could, wherever it holds.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "starter/starter.h"

#include "base/apart.h"
#include "base/assert.h"
#include "config/config_alias.h"
#include "config/config_media.h"
#include "config/config_reach.h"
#include "config/config_rewrite.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What could be in force by a request that is not seen here. */
enum { MAY_EXECUTE = 1, MAY_HANDLE = 2 };

static bool is_cgi(const char *handler)
{
	return handler && text_equal_nocase(text_of(handler), TEXT("cgi-script"));
}

/* ---- places ---- */

static bool is_beneath(const char *file, const char *place)
{
	size_t size = place ? strlen(place) : 0;
	while (size && place[size - 1] == '/')
		size--;
	return size && strncmp(file, place, size) == 0 && (file[size] == '/' || !file[size]);
}

/* The place of an alias that the file is in; its root, behind which links count. */
static const char *alias_of(const struct config_dir *dir, const char *file, bool script)
{
	for (size_t i = 0; i < dir->alias.row_count; i++) {
		const struct config_alias_row *row = &dir->alias.rows[i];
		const char *place = row->regex ? row->root : row->to;
		if (row->script >= script && is_beneath(file, place))
			return row->root ? row->root : place;
	}
	return NULL;
}

static const char *alias_in(const struct config_sections *sections, const char *file, bool script)
{
	const char *found = NULL;
	for (size_t i = 0; i < sections->count && !found; i++) {
		const struct config_section *s = sections->all[i];
		found = alias_of(&s->dir, file, script);
		if (!found)
			found = alias_in(&s->inner, file, script);
	}
	return found;
}

static const char *alias_place(const struct config_host *host, const char *file, bool script)
{
	const char *found = alias_of(&host->dir, file, script);
	return found ? found : alias_in(&host->sections, file, script);
}

/* Where this host serves files; NULL: not there. */
static const char *place_of(const struct config_host *host, const char *file)
{
	const char *place = alias_place(host, file, false);
	if (place)
		return place;
	if (is_beneath(file, host->document_root))
		return host->document_root;
	return config_reach_allows(host, file) ? "" : NULL;
}

/* ---- links ---- */

/* As a worker judges a link of a directory of programs (handler_cgi). Who can put another in its
 * place meanwhile can as well put a program there. */
static bool may_follow(const struct config_dir *dir, const struct stat *link, const struct stat *st)
{
	if (dir->options & CONFIG_OPTION_FOLLOW_LINKS)
		return true;
	return dir->options & CONFIG_OPTION_FOLLOW_OWN_LINKS && link->st_uid == st->st_uid;
}

static bool is_reached(const struct config_dir *dir, const char *file, const char *place)
{
	char name[PATH_MAX];
	size_t size = strlen(file), from = strlen(place);
	struct stat link, st = {.st_mode = 0};
	if (size >= sizeof name)
		return false;
	for (size_t at = from + 1; at <= size; at++) {
		if (at < size && file[at] != '/')
			continue;
		memcpy(name, file, at);
		name[at] = '\0';
		if (lstat(name, &link) < 0)
			return false;
		st = link;
		if (S_ISLNK(link.st_mode) && (stat(name, &st) < 0 || !may_follow(dir, &link, &st)))
			return false;
	}
	return S_ISREG(st.st_mode);
}

/* ---- one host ---- */

static unsigned by_request(const struct config_section *s)
{
	const struct config_dir *dir = &s->dir;
	unsigned may = dir->options & CONFIG_OPTION_EXEC_CGI ? MAY_EXECUTE : 0;
	for (size_t i = 0; i < dir->extension_count; i++)
		if (dir->extensions[i].kind == CONFIG_EXTENSION_HANDLER &&
			is_cgi(dir->extensions[i].value))
			may |= MAY_HANDLE;
	return may | (is_cgi(dir->handler) ? MAY_HANDLE : 0);
}

static unsigned by_rules(const struct config_dir *dir)
{
	for (size_t i = 0; i < dir->rewrite.rule_count; i++)
		if (is_cgi(dir->rewrite.rules[i].handler))
			return MAY_HANDLE;
	return 0;
}

bool starter_place_depends(const struct config_section *s)
{
	return s->kind == CONFIG_SECTION_LOCATION || s->kind == CONFIG_SECTION_IF;
}

static unsigned by_sections(const struct config_sections *sections, bool depends)
{
	unsigned may = 0;
	for (size_t i = 0; i < sections->count; i++) {
		const struct config_section *s = sections->all[i];
		bool here = depends || starter_place_depends(s);
		may |= (here ? by_request(s) : 0) | by_rules(&s->dir) |
		       by_sections(&s->inner, here);
	}
	return may;
}

static bool is_program(const struct config_host *host, const struct config_dir *dir,
	const char *file, unsigned may)
{
	struct config_media media;
	if (!((dir->options & CONFIG_OPTION_EXEC_CGI) || may & MAY_EXECUTE))
		return false;
	if (may & MAY_HANDLE || by_rules(dir) || is_cgi(dir->handler))
		return true;
	config_media_of(host->config, dir, text_of(file), &media);
	return !dir->handler && is_cgi(media.handler);
}

/* An .htaccess on the way to the file. */
static void hears(void *closure, const struct config_section *htaccess)
{
	struct starter_claim *claim = closure;
	claim->may |= by_sections(&htaccess->inner, false);
	starter_limit_hears(claim, htaccess);
}

static const struct config_dir *in_host(
	struct config_host *host, const char *file, struct starter_claim *claim)
{
	struct config_target target = {
		.path = TEXT(""), .file = text_of(file), .hears = hears, .call = claim};
	const struct config_dir *dir = config_match(host, &target);
	const char *place = dir ? alias_place(host, file, true) : NULL;
	char real[PATH_MAX];
	if (place)
		return is_reached(dir, file, place) ? dir : NULL;
	unsigned may = by_rules(&host->dir) | by_sections(&host->sections, false) | claim->may;
	if (!dir || !is_program(host, dir, file, may))
		return NULL;
	place = place_of(host, file);
	/* A link out of there leads to another place of the host, or nowhere. */
	bool good = place && is_reached(dir, file, place) && realpath(file, real) &&
		    (strcmp(real, file) == 0 || place_of(host, real));
	return good ? dir : NULL;
}

/* ---- all of them ---- */

/* Sections are found by how a path is written, so there must be one way to write it. */
static bool is_plain(const char *file)
{
	struct text rest = text_of(file);
	if (*file != '/' || rest.size >= PATH_MAX)
		return false;
	text_split(&rest, '/');
	while (rest.at) {
		struct text part = text_split(&rest, '/');
		if (!part.size || text_equal(part, TEXT(".")) || text_equal(part, TEXT("..")))
			return false;
	}
	return true;
}

/* Programs are few, hosts may be many: which one it was is tried first. By their numbers: 0 is the
 * main server. */
static size_t *hint_for(const char *file)
{
	static size_t hints[256] APART;
	uint32_t hash = 2166136261u;
	for (; *file; file++)
		hash = (hash ^ (unsigned char)*file) * 16777619u;
	return &hints[hash % COUNT_OF(hints)];
}

static struct config_host *host_at(struct config *config, size_t number)
{
	return number && number <= config->host_count ? config->hosts[number - 1] : &config->host;
}

const struct config_dir *starter_place_of(struct config *config, const char *file,
	const struct mp_subprocess_order *order, bool *granted)
{
	const struct config_dir *first = NULL;
	*granted = false;
	if (!is_plain(file))
		return NULL;
	size_t *hint = hint_for(file), hinted = *hint;
	for (size_t i = 0; i <= config->host_count + 1; i++) {
		size_t number = i ? i - 1 : hinted;
		struct config_host *host = host_at(config, number);
		struct starter_claim claim = {.order = order};
		const struct config_dir *dir = in_host(host, file, &claim);
		*granted = dir && starter_limit_grants(host, dir, &claim);
		if (dir && (!first || *granted))
			*hint = number;
		if (*granted)
			return dir;
		first = first ? first : dir;
	}
	return first;
}
