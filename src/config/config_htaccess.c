/*
 * config_htaccess - settings in the directories themselves
 *
 * Runs in:  workers
 * Owns:     what it read, in the configuration's memory
 * Errors:   an HTTP status, with a message
 *
 * Each file is read once and again when it changed. What it said before stays in memory until the
 * worker ends, as answers being made may still look at it; files are seldom edited, and workers are
 * replaced.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_htaccess.h"

#include "base/assert.h"
#include "config/config_content.h"
#include "config/config_directive.h"
#include "config/config_merge.h"
#include "config/config_reader.h"
#include "config/config_section.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { BUCKETS = 256 };

/* A file that was read, by its path and by what AllowOverride let it say. */
struct config_htaccess {
	struct config_htaccess *next;
	const char *path;
	const char *directory; /* without a slash at its end */
	struct config_grant grant;
	struct stat st;
	const struct config_section *section;
	const char *error; /* what was wrong with it; NULL: nothing */
};

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static struct config_htaccess **bucket_of(struct config *config, const char *path)
{
	uint32_t h = 2166136261u;
	if (!config->htaccess)
		config->htaccess =
			arena_take(config->memory, BUCKETS * sizeof(struct config_htaccess *));
	for (const char *c = path; *c; c++)
		h = (h ^ (unsigned char)*c) * 16777619u;
	return config->htaccess ? &config->htaccess[h % BUCKETS] : NULL;
}

/* Reads the file into entry->section; false: entry->error says why not. */
static bool read_file(struct config_host *host, struct config_htaccess *entry)
{
	struct config *config = host->config;
	struct buffer error = BUFFER_INIT;
	struct config_section *section = arena_take(config->memory, sizeof *section);
	if (!section)
		return false;
	*section = (struct config_section){.kind = CONFIG_SECTION_DIRECTORY,
		.serial = ++config->serials,
		.path = entry->directory,
		.dir = config_merge_silent(),
		.file = entry->path};
	struct config_reader reader = {.config = config,
		.memory = config->memory,
		.error = &error,
		.host = host,
		.dir = &section->dir,
		.section = section,
		.override = entry->grant.allowed ? entry->grant.allowed->groups : 0,
		.grant = entry->grant,
		.completing = true};
	entry->section = section;
	entry->error = NULL;
	if (!config_reader_file(&reader, (struct config_place){entry->path, 0}, entry->path))
		entry->error = arena_text(config->memory, buffer_view(&error));
	buffer_free(&error);
	return true;
}

static bool is_equal(struct config_grant a, struct config_grant b)
{
	return a.allowed == b.allowed && a.listed == b.listed;
}

static struct config_htaccess *find(
	struct config_htaccess *entry, const char *path, struct config_grant grant)
{
	while (entry && (!is_equal(entry->grant, grant) || strcmp(entry->path, path) != 0))
		entry = entry->next;
	return entry;
}

/* The entry for a file that is there. */
static struct config_htaccess *look_up(struct config_host *host, struct text dir, const char *path,
	struct config_grant grant, const struct stat *st)
{
	struct arena *memory = host->config->memory;
	struct config_htaccess **bucket = bucket_of(host->config, path);
	struct config_htaccess *entry = bucket ? find(*bucket, path, grant) : NULL;
	if (entry && is_same(&entry->st, st))
		return entry;
	if (bucket && !entry && (entry = arena_take(memory, sizeof *entry))) {
		entry->path = arena_text(memory, text_of(path));
		entry->directory = arena_text(memory, dir);
		entry->grant = grant;
		entry->next = *bucket;
		if (!entry->path || !entry->directory)
			return NULL;
		*bucket = entry;
	}
	if (!entry || !read_file(host, entry))
		return NULL;
	entry->st = *st;
	return entry;
}

bool config_htaccess_is_granted(struct config_grant grant)
{
	bool any = grant.allowed && grant.allowed->groups;
	for (size_t i = 0; !any && grant.listed && i < CONFIG_DIRECTIVE_COUNT; i++)
		any = grant.listed[i];
	return any;
}

int config_htaccess(struct config_host *host, struct text dir, struct config_grant grant,
	struct buffer *error, const struct config_section **section)
{
	struct stat st;
	char path[4096];
	*section = NULL;
	for (const char *const *name = host->config->access_file_names; name && *name; name++) {
		int size = snprintf(path, sizeof path, "%.*s/%s", TEXT_ARGS(dir), *name);
		if (size < 0 || (size_t)size >= sizeof path)
			return 0;
		if (stat(path, &st) < 0) {
			if (errno == EACCES)
				return 403;
			continue;
		}
		struct config_htaccess *entry = look_up(host, dir, path, grant, &st);
		if (entry && entry->error && error)
			buffer_string(error, entry->error);
		if (!entry || entry->error)
			return 500;
		*section = entry->section;
		return 0;
	}
	return 0;
}

/* --- the directives --- */

bool config_htaccess_names(struct config_reader *reader, const struct config_line *line)
{
	const char **names = arena_take(reader->memory, (line->count + 1) * sizeof *names);
	if (!names)
		return config_reader_no_memory(reader);
	for (size_t i = 0; i < line->count; i++) {
		if (!line->words[i][0] || strchr(line->words[i], '/'))
			return config_reader_fail(reader, line->place,
				"AccessFileName: '%s' is not the name of a file", line->words[i]);
		names[i] = line->words[i];
	}
	reader->config->access_file_names = names;
	return true;
}

/* As in Apache another word is no error, and means nothing. */
static bool take_nonfatal(struct config_reader *reader, const struct config_line *line,
	struct text what, struct config_allowed *to)
{
	bool all = text_equal_nocase(what, TEXT("All"));
	bool forbidden = all || text_equal_nocase(what, TEXT("Override"));
	bool unknown = all || text_equal_nocase(what, TEXT("Unknown"));
	to->skips_forbidden |= forbidden;
	to->skips_unknown |= unknown;
	return forbidden || unknown ||
	       config_reader_warn(reader, line->place,
		       "AllowOverride: Nonfatal is Override, Unknown or All; '%.*s' has no effect",
		       TEXT_ARGS(what));
}

/* One word of AllowOverride. */
static bool take_group(struct config_reader *reader, const struct config_line *line,
	const char *word, struct config_allowed *to)
{
	static const struct {
		struct text word;
		int bits;
	} words[] = {{TEXT("None"), 0}, {TEXT("All"), CONFIG_OVERRIDE_ALL},
		{TEXT("AuthConfig"), CONFIG_OVERRIDE_AUTHCONFIG},
		{TEXT("FileInfo"), CONFIG_OVERRIDE_FILEINFO},
		{TEXT("Indexes"), CONFIG_OVERRIDE_INDEXES}, {TEXT("Limit"), CONFIG_OVERRIDE_LIMIT},
		{TEXT("Options"), CONFIG_OVERRIDE_OPTIONS}};
	struct text rest = text_of(word), name = text_split(&rest, '=');
	size_t k = 0;
	if (text_equal_nocase(name, TEXT("Nonfatal")))
		return take_nonfatal(reader, line, rest, to);
	while (k < COUNT_OF(words) && !text_equal_nocase(name, words[k].word))
		k++;
	if (k == COUNT_OF(words) || (rest.at && words[k].bits != CONFIG_OVERRIDE_OPTIONS))
		return config_reader_fail(reader, line->place,
			"AllowOverride takes All, None, AuthConfig, FileInfo, Indexes, Limit, "
			"Options and Options=option,..., not '%s'",
			word);
	to->groups |= words[k].bits;
	if (rest.at && !config_content_option_list(rest, &to->options))
		return config_reader_fail(reader, line->place,
			"AllowOverride: '%.*s' is no list of Options", TEXT_ARGS(rest));
	return true;
}

/* In <Location>, <Files> and <If> it is too late: the .htaccess were read before. As in Apache that
 * is no error, and counts for nothing. */
static bool check_place(struct config_reader *reader, const struct config_line *line, bool *counts)
{
	*counts = reader->section && reader->section->kind == CONFIG_SECTION_DIRECTORY;
	if (*counts)
		return true;
	if (reader->section)
		return config_reader_warn(reader, line->place,
			"%s has no effect in <%s>: it says what the .htaccess of a <Directory> may "
			"hold",
			line->directive->name, config_section_kind(reader->section->kind));
	return config_reader_fail(reader, line->place,
		"%s is allowed in <Directory> only: it says what the .htaccess of a directory may "
		"hold",
		line->directive->name);
}

bool config_htaccess_override(struct config_reader *reader, const struct config_line *line)
{
	struct config_allowed *allowed = arena_take(reader->memory, sizeof *allowed);
	bool counts;
	if (!allowed)
		return config_reader_no_memory(reader);
	*allowed = (struct config_allowed){.options = ~0u};
	for (size_t i = 0; i < line->count; i++)
		if (!take_group(reader, line, line->words[i], allowed))
			return false;
	if (check_place(reader, line, &counts) && counts)
		reader->dir->grant.allowed = allowed;
	return reader->error->size == 0;
}

bool config_htaccess_override_list(struct config_reader *reader, const struct config_line *line)
{
	bool none = line->count == 1 && text_equal_nocase(text_of(line->words[0]), TEXT("None"));
	bool *listed = arena_take(reader->memory, CONFIG_DIRECTIVE_COUNT * sizeof *listed);
	bool counts;
	if (!listed)
		return config_reader_no_memory(reader);
	for (size_t i = 0; !none && i < line->count; i++) {
		const struct config_directive *d = config_directive_find(text_of(line->words[i]));
		if (!d || !(d->context & CONFIG_OVERRIDE_ALL))
			return config_reader_fail(reader, line->place,
				"AllowOverrideList: '%s' is no directive that an .htaccess may "
				"hold",
				line->words[i]);
		listed[d - config_directive_table] = true;
	}
	if (check_place(reader, line, &counts) && counts)
		reader->dir->grant.listed = listed;
	return reader->error->size == 0;
}
