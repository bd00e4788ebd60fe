/*
 * config_match - which settings a request gets
 *
 * Runs in:  workers, for each request that is not answered from a cache
 * Owns:     what it merged, in the configuration's memory
 * Errors:   NULL, with the target's status and a message
 *
 * The sections that hold are gathered in Apache's order: directories from the root down, each with
 * its .htaccess; their Match forms; files; locations; and <If>. The same few combinations come
 * again and again, so each is merged once and kept, by the serial numbers of its sections.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_htaccess.h"
#include "config/config_merge.h"

#include "base/glob.h"
#include "base/regex.h"
#include "config/config_expr.h"

enum {
	FOUND_MOST = 512, /* sections that hold for one request */
	BUCKETS = 256
};

struct config_merged {
	struct config_merged *next;
	uint32_t hash;
	size_t count;
	const uint32_t *serials;
	struct config_dir dir;
};

struct found {
	struct config_host *host;
	struct config_target *target;
	size_t count;
	bool failed;
	const struct config_section *all[FOUND_MOST];
};

static void add(struct found *found, const struct config_section *section)
{
	if (found->count < FOUND_MOST)
		found->all[found->count++] = section;
	else
		found->failed = true;
}

/* A pattern that cannot be decided may be the one that refuses: better no answer than a wrong one.
 */
static bool regex_holds(struct found *found, const struct config_section *s, struct text subject)
{
	const struct config_target *target = found->target;
	struct regex_groups groups;
	int matches = regex_match(s->regex, subject, &groups);
	found->failed |= matches < 0;
	if (matches > 0 && target->matched && !target->matched(target->call, s->regex, &groups))
		found->failed = true;
	return matches > 0;
}

/* --- directories --- */

static size_t slashes_in(const char *path, size_t size)
{
	size_t count = 0;
	for (size_t i = 0; i < size; i++)
		count += path[i] == '/';
	return count;
}

/* Does the section name this directory itself? `dir` has no slash at its end; "" is the root. */
static bool names_directory(const struct config_section *s, struct text dir)
{
	if (!s->pattern)
		return text_equal(text_from(s->path, s->size), dir);
	return s->path[0] == '/' && slashes_in(s->path, s->size) == slashes_in(dir.at, dir.size) &&
	       glob_match(text_from(s->path, s->size), dir, GLOB_PATH);
}

/* What is in force of AllowOverride and AllowOverrideList after the sections found so far. */
static struct config_grant grant_of(const struct found *found)
{
	struct config_grant grant = {NULL, NULL};
	for (size_t i = found->count; i > 0 && (!grant.allowed || !grant.listed); i--) {
		const struct config_grant *said = &found->all[i - 1]->dir.grant;
		grant.allowed = grant.allowed ? grant.allowed : said->allowed;
		grant.listed = grant.listed ? grant.listed : said->listed;
	}
	return grant;
}

/* One directory on the way down: sections that name it, then what lies in it. */
static void look_at_directory(struct found *found, struct text dir)
{
	const struct config_sections *sections = &found->host->sections;
	for (size_t i = 0; i < sections->count; i++) {
		const struct config_section *s = sections->all[i];
		if (s->kind == CONFIG_SECTION_DIRECTORY && !s->regex && names_directory(s, dir))
			add(found, s);
	}
	struct config_grant grant = grant_of(found);
	if (!config_htaccess_is_granted(grant))
		return;
	const struct config_section *s;
	found->target->status = config_htaccess(found->host, dir, grant, found->target->error, &s);
	if (found->target->status)
		found->failed = true;
	else if (s)
		add(found, s);
	if (s && found->target->hears)
		found->target->hears(found->target->call, s);
	found->target->volatile_settings = true;
}

static void look_at_directories(struct found *found)
{
	struct text file = found->target->file;
	const struct config_sections *sections = &found->host->sections;
	for (size_t i = 0; i < file.size && !found->failed; i++)
		if (file.at[i] == '/')
			look_at_directory(found, text_from(file.at, i));
	for (size_t i = 0; i < sections->count; i++) {
		const struct config_section *s = sections->all[i];
		if (s->kind == CONFIG_SECTION_DIRECTORY && s->regex && regex_holds(found, s, file))
			add(found, s);
	}
}

/* --- files --- */

static bool names_file(struct found *found, const struct config_section *s, struct text name)
{
	if (s->regex)
		return regex_holds(found, s, name);
	if (!s->pattern)
		return text_equal(text_from(s->path, s->size), name);
	return glob_match(text_from(s->path, s->size), name, 0);
}

static void look_at_files_of(
	struct found *found, const struct config_sections *sections, struct text name)
{
	for (size_t i = 0; i < sections->count; i++)
		if (sections->all[i]->kind == CONFIG_SECTION_FILES &&
			names_file(found, sections->all[i], name))
			add(found, sections->all[i]);
}

static void look_at_files(struct found *found)
{
	struct text name = found->target->file;
	size_t directories = found->count;
	size_t slash = name.size;
	while (slash > 0 && name.at[slash - 1] != '/')
		slash--;
	name = text_from(name.at + slash, name.size - slash);
	if (!name.size)
		return;
	look_at_files_of(found, &found->host->sections, name);
	for (size_t i = 0; i < directories; i++)
		look_at_files_of(found, &found->all[i]->inner, name);
}

/* --- locations --- */

static bool covers(struct found *found, const struct config_section *s, struct text path)
{
	if (s->regex)
		return regex_holds(found, s, path);
	if (s->pattern)
		return glob_match(text_from(s->path, s->size), path, GLOB_PATH);
	if (!text_starts(path, text_from(s->path, s->size)))
		return false;
	if (path.size == s->size)
		return !s->only_below;
	return s->size == 0 || path.at[s->size] == '/';
}

static void look_at_locations(struct found *found)
{
	const struct config_sections *sections = &found->host->sections;
	for (size_t i = 0; i < sections->count; i++)
		if (sections->all[i]->kind == CONFIG_SECTION_LOCATION &&
			covers(found, sections->all[i], found->target->path))
			add(found, sections->all[i]);
}

/* --- <If> --- */

/* What cannot be told may be what refuses, as with a pattern. */
static bool is_true(struct found *found, const struct config_expr *condition)
{
	int holds = found->target->holds(found->target->call, condition);
	found->failed |= holds < 0;
	found->target->volatile_settings |= condition->depends != CONFIG_EXPR_ON_NOTHING;
	return holds > 0;
}

static bool condition_holds(struct found *found, const struct config_section *s)
{
	for (const struct config_section *before = s->unless; before; before = before->unless)
		if (is_true(found, before->condition))
			return false;
	return !s->condition || is_true(found, s->condition);
}

static void look_at_conditions_of(struct found *found, const struct config_sections *sections)
{
	for (size_t i = 0; i < sections->count; i++)
		if (sections->all[i]->kind == CONFIG_SECTION_IF &&
			condition_holds(found, sections->all[i]))
			add(found, sections->all[i]);
}

/* Those of the host, then those in sections that hold, which may be conditions themselves. */
static void look_at_conditions(struct found *found)
{
	if (!found->target->holds)
		return;
	look_at_conditions_of(found, &found->host->sections);
	for (size_t i = 0; i < found->count; i++)
		look_at_conditions_of(found, &found->all[i]->inner);
}

/* --- merging --- */

static bool merge(const struct found *found, struct config_dir *dir)
{
	*dir = found->host->dir;
	for (size_t i = 0; i < found->count; i++)
		if (!config_merge_lay_over(found->host->config->memory, dir, &found->all[i]->dir))
			return false;
	config_merge_take_back(dir);
	return true;
}

static uint32_t hash_of(const struct found *found)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < found->count; i++)
		h = (h ^ found->all[i]->serial) * 16777619u;
	return h;
}

static bool is_same(const struct config_merged *m, const struct found *found)
{
	if (m->count != found->count)
		return false;
	for (size_t i = 0; i < m->count; i++)
		if (m->serials[i] != found->all[i]->serial)
			return false;
	return true;
}

static const struct config_dir *make(const struct found *found, struct config_merged **bucket)
{
	struct arena *memory = found->host->config->memory;
	struct config_merged *m = arena_take(memory, sizeof *m);
	uint32_t *serials = arena_take(memory, (found->count + 1) * sizeof *serials);
	if (!m || !serials || !merge(found, &m->dir))
		return NULL;
	for (size_t i = 0; i < found->count; i++)
		serials[i] = found->all[i]->serial;
	m->hash = hash_of(found);
	m->count = found->count;
	m->serials = serials;
	m->next = *bucket;
	*bucket = m;
	return &m->dir;
}

static const struct config_dir *merged(struct found *found)
{
	struct config_host *host = found->host;
	if (!found->count)
		return &host->dir;
	if (!host->merged)
		host->merged =
			arena_take(host->config->memory, BUCKETS * sizeof(struct config_merged *));
	if (!host->merged)
		return NULL;
	uint32_t hash = hash_of(found);
	struct config_merged **bucket = &host->merged[hash % BUCKETS];
	for (const struct config_merged *m = *bucket; m; m = m->next)
		if (m->hash == hash && is_same(m, found))
			return &m->dir;
	return make(found, bucket);
}

const struct config_dir *config_match(struct config_host *host, struct config_target *target)
{
	struct found found; /* but for `all`: zeroing that would cost more than most answers */
	found.host = host;
	found.target = target;
	found.count = 0;
	found.failed = false;
	target->status = 0;
	if (target->file.size) {
		look_at_directories(&found);
		look_at_files(&found);
	}
	look_at_locations(&found);
	look_at_conditions(&found);
	const struct config_dir *dir = found.failed ? NULL : merged(&found);
	if (!dir && !target->status)
		target->status = 500;
	return dir;
}

const struct config_dir *config_dir_for(struct config_host *host, struct text path)
{
	struct config_target target = {.path = path};
	return config_match(host, &target);
}
