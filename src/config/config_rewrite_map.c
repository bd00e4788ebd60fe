/*
 * config_rewrite_map - RewriteMap, and ${map:key|default} in rules
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false, or -1, with a message in the reader
 *
 * Maps are known by name, and looked for when a request comes: as in Apache a rule may stand before
 * the map it uses. A host has those of the main server beside its own.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_access.h"
#include "config/config_reader.h"
#include "config/config_rewrite.h"

#include <errno.h>
#include <sys/stat.h>

enum { DEEP = 8 /* maps in keys of maps */ };

/* --- the directive --- */

static const struct {
	const char *prefix;
	enum config_rewrite_map_kind kind;
} kinds[] = {{"int:toupper", CONFIG_REWRITE_MAP_UPPER}, {"int:tolower", CONFIG_REWRITE_MAP_LOWER},
	{"int:escape", CONFIG_REWRITE_MAP_ESCAPE}, {"int:unescape", CONFIG_REWRITE_MAP_UNESCAPE},
	{"txt:", CONFIG_REWRITE_MAP_TEXT}, {"rnd:", CONFIG_REWRITE_MAP_RANDOM}};

static bool take_file(struct config_reader *reader, const struct config_line *line,
	struct config_rewrite_map *map, const char *name)
{
	struct stat st;
	map->path = config_reader_path(reader, name);
	if (!map->path)
		return false;
	if (stat(map->path, &st) < 0)
		return config_reader_fail(
			reader, line->place, "RewriteMap: %s: %s", map->path, strerror(errno));
	return config_access_hold_directory(reader, map->path);
}

bool config_rewrite_map(struct config_reader *reader, const struct config_line *line)
{
	struct config_rewrite_map *map = arena_take(reader->memory, sizeof *map);
	const char *source = line->words[1];
	if (!map)
		return config_reader_no_memory(reader);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		size_t size = strlen(kinds[i].prefix);
		bool file = kinds[i].prefix[size - 1] == ':';
		if (strncmp(source, kinds[i].prefix, size) != 0 || (!file && source[size]))
			continue;
		*map = (struct config_rewrite_map){.name = line->words[0],
			.kind = kinds[i].kind,
			.next = reader->host->rewrite_maps};
		if (file && !take_file(reader, line, map, source + size))
			return false;
		reader->host->rewrite_maps = map;
		return true;
	}
	return config_reader_fail(reader, line->place,
		"RewriteMap: '%s' is not supported by preforkd: int:toupper, int:tolower, "
		"int:escape, int:unescape, txt:file and rnd:file are",
		source);
}

/* --- ${map:key|default} --- */

/* The end of what begins with "${" or "%{" at `i`: behind its "}"; 0: there is none. */
static size_t end_of_braces(struct text t, size_t i)
{
	size_t open = 0;
	for (; i < t.size; i++) {
		if (t.at[i] == '\\')
			i++;
		else if (t.at[i] == '{')
			open++;
		else if (t.at[i] == '}' && --open == 0)
			return i + 1;
	}
	return 0;
}

/* Cuts *rest at the first `separator` that stands in no braces. */
static struct text cut(struct text *rest, char separator)
{
	struct text t = *rest;
	for (size_t i = 0; i < t.size; i++) {
		if (t.at[i] == '\\') {
			i++;
		} else if (i + 1 < t.size && t.at[i + 1] == '{' &&
			   (t.at[i] == '$' || t.at[i] == '%')) {
			size_t end = end_of_braces(t, i);
			i = end ? end - 1 : t.size;
		} else if (t.at[i] == separator) {
			*rest = text_from(t.at + i + 1, t.size - i - 1);
			return text_from(t.at, i);
		}
	}
	*rest = (struct text){NULL, 0};
	return t;
}

int config_rewrite_map_call(struct config_reader *reader, const struct config_line *line,
	struct text t, unsigned depth, const struct config_rewrite_map_call **to)
{
	size_t size = end_of_braces(t, 1);
	struct text rest = text_from(t.at + 2, size ? size - 3 : 0), name = text_split(&rest, ':');
	struct config_rewrite_map_call *call = arena_take(reader->memory, sizeof *call);
	if (!size || !name.size || !rest.at || depth >= DEEP) {
		config_reader_fail(reader, line->place,
			"%s: '%.*s' is not of the form ${map:key} or ${map:key|default}",
			line->directive->name, TEXT_ARGS(t));
		return -1;
	}
	struct text key = cut(&rest, '|');
	const char *copy = call ? arena_text(reader->memory, name) : NULL;
	if (!copy) {
		config_reader_no_memory(reader);
		return -1;
	}
	call->name = copy;
	bool good = config_rewrite_parse_deep(reader, line, key, depth + 1, &call->key) &&
		    config_rewrite_parse_deep(reader, line, rest, depth + 1, &call->fallback);
	*to = call;
	return good ? (int)size : -1;
}
