/*
 * config_section - sections, and which settings a URL path gets from them
 *
 * Runs in:  the parent while it reads a configuration; config_dir_for in workers, for each request
 *           that is not answered from a cache
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Which <Location>s match a path is decided by the longest one that does: all others that match
 * are prefixes of it. So each location has one result of merging, made while the configuration is
 * read; workers share it, and a request only has to find the longest match.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_section.h"

#include "config/config_content.h"
#include "config/config_expand.h"

/* --- conditions --- */

static const char *const modules[] = {
#define CONFIG_MODULE(name) name,
#include "config/modules.def"
#undef CONFIG_MODULE
};

/* name without `before` and `behind`, or an empty text where it does not have both. */
static struct text between(struct text name, struct text before, struct text behind)
{
	if (name.size <= before.size + behind.size || !text_starts(name, before) ||
		!text_equal(text_from(name.at + name.size - behind.size, behind.size), behind))
		return text_from(name.at, 0);
	return text_from(name.at + before.size, name.size - before.size - behind.size);
}

/* "mime_module", "mod_mime.c", and for the files Apache names differently "core.c", "prefork.c". */
static bool is_built_in(struct text name)
{
	struct text identifier = between(name, TEXT(""), TEXT("_module"));
	struct text file = between(name, TEXT("mod_"), TEXT(".c"));
	for (size_t i = 0; i < sizeof modules / sizeof *modules; i++)
		if (text_equal(identifier, text_of(modules[i])) ||
			text_equal(file, text_of(modules[i])))
			return true;
	return text_equal(name, TEXT("core.c")) || text_equal(name, TEXT("http_core.c")) ||
	       text_equal(name, TEXT("prefork.c"));
}

/* Takes the ! off a condition: what it must come out as. */
static bool expected(struct text *condition)
{
	if (condition->size == 0 || condition->at[0] != '!')
		return true;
	condition->at++;
	condition->size--;
	return false;
}

bool config_section_if_module(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	(void)reader;
	struct text condition = text_of(line->words[0]);
	bool wanted = expected(&condition);
	*enter = is_built_in(condition) == wanted;
	return true;
}

bool config_section_if_define(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	struct text condition = text_of(line->words[0]);
	bool wanted = expected(&condition);
	*enter = config_expand_defined(reader, condition) == wanted;
	return true;
}

bool config_section_load_module(struct config_reader *reader, const struct config_line *line)
{
	struct text name = text_of(line->words[0]);
	if (between(name, TEXT(""), TEXT("_module")).size == 0)
		return config_reader_fail(reader, line->place,
			"LoadModule: '%s' is not of the form NAME_module", line->words[0]);
	if (!is_built_in(name))
		return config_reader_fail(reader, line->place,
			"LoadModule: preforkd loads no modules, and the job of %s is not built in",
			line->words[0]);
	return true;
}

/* --- <Location> --- */

struct config_dir config_section_silent(void)
{
	struct config_dir dir = {.limit_request_body = -1,
		.max_ranges = -1,
		.max_range_overlaps = -1,
		.max_range_reversals = -1,
		.directory_slash = -1};
	config_content_silent(&dir);
	return dir;
}

bool config_section_location(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	struct text path = text_of(line->words[0]);
	if (path.size == 0 || path.at[0] != '/')
		return config_reader_fail(reader, line->place,
			"<Location>: the path must begin with '/', not '%s'", line->words[0]);
	if (strpbrk(path.at, "*?[") || strstr(path.at, "//"))
		return config_reader_fail(reader, line->place,
			"<Location>: a path is compared as it is; '%s' holds a pattern, a query or "
			"'//' and would match nothing",
			line->words[0]);
	struct config_location *all =
		arena_more(reader->memory, reader->locations, reader->location_count, sizeof *all);
	char *copy = arena_text(reader->memory, path);
	if (!all || !copy)
		return config_reader_no_memory(reader);
	bool below = path.size > 1 && path.at[path.size - 1] == '/';
	size_t size = path.size - (path.at[path.size - 1] == '/');
	copy[size] = '\0';
	all[reader->location_count] = (struct config_location){.path = copy,
		.size = size,
		.only_below = below,
		.dir = config_section_silent(),
		.file = line->place.file,
		.line = line->place.line};
	reader->locations = all;
	reader->dir = &all[reader->location_count++].dir;
	reader->in_location = true;
	*enter = true;
	return true;
}

void config_section_location_end(struct config_reader *reader)
{
	reader->dir = &reader->config->host.dir;
	reader->in_location = false;
}

/* --- merging --- */

/* Whether a location covers a path. */
static bool covers(const struct config_location *location, struct text path)
{
	if (!text_starts(path, text_from(location->path, location->size)))
		return false;
	if (path.size == location->size)
		return !location->only_below;
	return location->size == 0 || path.at[location->size] == '/';
}

/* The rows of `inner` before those of `outer`: who looks for the first that fits finds the inner
 * one. NULL only without memory, or when there are none. */
static void *joined(struct arena *memory, const void *inner, size_t inner_count, const void *outer,
	size_t outer_count, size_t each)
{
	char *all = arena_take(memory, (inner_count + outer_count) * each);
	if (all && inner_count)
		memcpy(all, inner, inner_count * each);
	if (all && outer_count)
		memcpy(all + inner_count * each, outer, outer_count * each);
	return all;
}

/* Lays `inner` over *dir. false: out of memory. */
static bool lay_over(struct arena *memory, struct config_dir *dir, const struct config_dir *inner)
{
	if (inner->handler)
		dir->handler = inner->handler;
	if (inner->directory_index)
		dir->directory_index = inner->directory_index;
	if (inner->limit_request_body >= 0)
		dir->limit_request_body = inner->limit_request_body;
	if (inner->max_ranges >= 0)
		dir->max_ranges = inner->max_ranges;
	if (inner->max_range_overlaps >= 0)
		dir->max_range_overlaps = inner->max_range_overlaps;
	if (inner->max_range_reversals >= 0)
		dir->max_range_reversals = inner->max_range_reversals;
	if (inner->directory_slash >= 0)
		dir->directory_slash = inner->directory_slash;
	if (inner->error_document_count) {
		dir->error_documents = joined(memory, inner->error_documents,
			inner->error_document_count, dir->error_documents,
			dir->error_document_count, sizeof *dir->error_documents);
		dir->error_document_count += inner->error_document_count;
		if (!dir->error_documents)
			return false;
	}
	if (inner->type_count) {
		dir->types = joined(memory, inner->types, inner->type_count, dir->types,
			dir->type_count, sizeof *dir->types);
		dir->type_count += inner->type_count;
		if (!dir->types)
			return false;
	}
	return config_content_lay_over(memory, dir, inner);
}

static void take_none_back(struct config_dir *dir)
{
	if (dir->handler && strcmp(dir->handler, "none") == 0)
		dir->handler = NULL;
}

/* What a request whose longest match is `location` gets. */
static bool merge_one(struct config_reader *reader, struct config_location *location)
{
	char *path = arena_text(reader->memory, text_from(location->path, location->size + 1));
	if (!path)
		return config_reader_no_memory(reader);
	/* A path below it stands for all of them where the location leaves itself out. */
	path[location->size] = '/';
	struct text covered = text_from(path, location->size + location->only_below);
	location->merged = reader->config->host.dir;
	for (size_t i = 0; i < reader->location_count; i++)
		if (covers(&reader->locations[i], covered) &&
			!lay_over(reader->memory, &location->merged, &reader->locations[i].dir))
			return config_reader_no_memory(reader);
	take_none_back(&location->merged);
	return true;
}

bool config_section_merge(struct config_reader *reader)
{
	struct config_host *host = &reader->config->host;
	take_none_back(&host->dir);
	for (size_t i = 0; i < reader->location_count; i++)
		if (!merge_one(reader, &reader->locations[i]))
			return false;
	host->locations = reader->locations;
	host->location_count = reader->location_count;
	return true;
}

const struct config_dir *config_dir_for(struct config_host *host, struct text path)
{
	const struct config_location *longest = NULL;
	for (size_t i = 0; i < host->location_count; i++) {
		const struct config_location *l = &host->locations[i];
		if ((!longest || l->size + l->only_below > longest->size + longest->only_below) &&
			covers(l, path))
			longest = l;
	}
	return longest ? &longest->merged : &host->dir;
}
