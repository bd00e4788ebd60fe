/*
 * config_section - <Directory>, <Files>, <Location>, <If> and their Match forms
 *
 * Runs in:  the parent while it reads a configuration; a worker while it reads an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * A section is a pattern and the settings that stand in it. They are kept in the order in which
 * they were read; which of them hold for a request is config_match's to say.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_section.h"

#include "config/config_merge.h"
#include "config/config_require.h"

#include <stdlib.h>

const char *config_section_kind(enum config_section_kind kind)
{
	static const char *const names[] = {[CONFIG_SECTION_DIRECTORY] = "Directory",
		[CONFIG_SECTION_FILES] = "Files",
		[CONFIG_SECTION_LOCATION] = "Location",
		[CONFIG_SECTION_IF] = "If"};
	return names[kind];
}

/* <Files> and <If> may stand in other sections, <Directory> and <Location> in none. */
static bool may_stand_here(const struct config_reader *reader, enum config_section_kind kind)
{
	const struct config_section *in = reader->section;
	if (!in)
		return true;
	if (kind == CONFIG_SECTION_IF)
		return true;
	return kind == CONFIG_SECTION_FILES && in->kind == CONFIG_SECTION_DIRECTORY;
}

static bool append(
	struct config_reader *reader, struct config_sections *to, struct config_section *section)
{
	struct config_section **all =
		arena_more(reader->memory, to->all, to->count, sizeof(struct config_section *));
	if (!all)
		return false;
	all[to->count++] = section;
	to->all = all;
	return true;
}

struct config_section *config_section_open(
	struct config_reader *reader, const struct config_line *line, enum config_section_kind kind)
{
	struct config_section *in = reader->section;
	if (config_require_inside(reader)) {
		config_reader_fail(reader, line->place, "%s cannot stand in %s",
			line->directive->name, config_require_inside(reader));
		return NULL;
	}
	if (!may_stand_here(reader, kind)) {
		config_reader_fail(reader, line->place, "%s cannot stand in <%s>",
			line->directive->name, config_section_kind(in->kind));
		return NULL;
	}
	if (reader->depth == CONFIG_READER_DEEP) {
		config_reader_fail(reader, line->place, "more than %d sections in each other",
			(int)CONFIG_READER_DEEP);
		return NULL;
	}
	struct config_section *section = arena_take(reader->memory, sizeof *section);
	if (!section || !append(reader, in ? &in->inner : &reader->host->sections, section)) {
		config_reader_no_memory(reader);
		return NULL;
	}
	*section = (struct config_section){.kind = kind,
		.serial = ++reader->config->serials,
		.path = "",
		.dir = config_merge_silent(),
		.file = line->place.file,
		.line = line->place.line};
	reader->outer[reader->depth++] = in;
	reader->section = section;
	reader->dir = &section->dir;
	return section;
}

void config_section_end(struct config_reader *reader)
{
	reader->section = reader->outer[--reader->depth];
	reader->dir = reader->section ? &reader->section->dir : &reader->host->dir;
}

/* --- patterns --- */

static bool take_regex(struct config_reader *reader, const struct config_line *line,
	struct config_section *section, const char *pattern)
{
	section->path = pattern;
	section->regex = config_reader_regex(reader, line, pattern, 0);
	return section->regex != NULL;
}

/* A path that is compared as it is, or a pattern of the shell. A path without its first slash is
 * one as well: nothing is like it. */
static bool take_path(
	struct config_reader *reader, struct config_section *section, const char *path)
{
	bool place = section->kind == CONFIG_SECTION_DIRECTORY, rooted = path[0] == '/';
	if (place && rooted && !(path = config_reader_place(reader, path)))
		return false;
	struct text t = text_of(path);
	char *copy = arena_text(reader->memory, t);
	if (!copy)
		return config_reader_no_memory(reader);
	section->pattern = strpbrk(path, "*?[") != NULL || (place && !rooted);
	if ((place || !section->pattern) && t.size && path[t.size - 1] == '/') {
		section->only_below = t.size > 1;
		copy[--t.size] = '\0';
	}
	section->path = copy;
	section->size = t.size;
	return true;
}

/* The words of a section: a pattern, or "~" and a regular expression. */
static bool take_pattern(struct config_reader *reader, const struct config_line *line,
	struct config_section *section, bool match)
{
	bool tilde = strcmp(line->words[0], "~") == 0;
	if (tilde && line->count == 2)
		return take_regex(reader, line, section, line->words[1]);
	if (tilde || line->count != 1)
		return config_reader_fail(reader, line->place,
			"%s takes a path, or ~ and a regular expression", line->directive->name);
	if (match)
		return take_regex(reader, line, section, line->words[0]);
	return take_path(reader, section, line->words[0]);
}

static bool open_section(struct config_reader *reader, const struct config_line *line,
	enum config_section_kind kind, bool match)
{
	struct config_section *section = config_section_open(reader, line, kind);
	return section && take_pattern(reader, line, section, match);
}

/* As in Apache no error; but who wrote it meant something by it. */
static bool check_path(
	struct config_reader *reader, const struct config_line *line, enum config_section_kind kind)
{
	const char *word = line->words[0];
	bool place = kind == CONFIG_SECTION_DIRECTORY;
	if (word[0] == '~' || (word[0] == '/' && (place || !strstr(word, "//"))) ||
		(!*word && !place)) /* which is like "/" */
		return true;
	return config_reader_warn(reader, line->place, "%s '%s' matches nothing: %s",
		line->directive->name, word,
		word[0] == '/' ? "paths are compared without '//'"
		: place        ? "the name of a directory begins with '/'"
			       : "paths begin with '/'");
}

bool config_section_directory(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	if (!check_path(reader, line, CONFIG_SECTION_DIRECTORY))
		return false;
	if (!open_section(reader, line, CONFIG_SECTION_DIRECTORY, false))
		return false;
	reader->section->only_below = false; /* "/srv/" is "/srv" */
	return true;
}

bool config_section_directory_match(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_section(reader, line, CONFIG_SECTION_DIRECTORY, true);
}

bool config_section_files(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_section(reader, line, CONFIG_SECTION_FILES, false);
}

bool config_section_files_match(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_section(reader, line, CONFIG_SECTION_FILES, true);
}

bool config_section_location(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	if (!check_path(reader, line, CONFIG_SECTION_LOCATION))
		return false;
	return open_section(reader, line, CONFIG_SECTION_LOCATION, false);
}

bool config_section_location_match(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_section(reader, line, CONFIG_SECTION_LOCATION, true);
}
