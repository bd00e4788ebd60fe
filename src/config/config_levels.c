/*
 * config_levels - LogLevel, as it may differ from one part of the site to another
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   see config_levels.h
 *
 * Areas have the names of Apache's modules where they do the same, and a name of Apache's that is
 * spelt like a file or a symbol means the same too: rewrite, mod_rewrite.c, rewrite_module.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_levels.h"

#include "base/assert.h"
#include "config/config_condition.h"
#include "config/config_reader.h"

void config_levels_silent(struct config_levels *levels)
{
	*levels = (struct config_levels){{0, NULL}};
}

/* The level of an area, or with area NULL the general one, which forgets the areas. */
static bool set_level(
	struct arena *memory, struct log_levels *levels, const char *area, enum log_severity most)
{
	struct log_area_level *rows = (struct log_area_level *)levels->rows;
	size_t i = 0;
	if (!area)
		levels->count = 0;
	while (i < levels->count &&
		(!levels->rows[i].area || strcmp(levels->rows[i].area, area) != 0))
		i++;
	if (i == levels->count) {
		rows = arena_more(
			memory, levels->count ? levels->rows : NULL, levels->count, sizeof *rows);
		if (!rows)
			return false;
		levels->rows = rows;
		levels->count++;
	}
	rows[i] = (struct log_area_level){area, most};
	return true;
}

bool config_levels_lay_over(
	struct arena *memory, struct config_levels *under, const struct config_levels *inner)
{
	struct log_levels both = {0, NULL}; /* a copy: what lies under may lie under others too */
	const struct log_levels *layers[] = {&under->all, &inner->all};
	for (size_t layer = 0; layer < COUNT_OF(layers); layer++)
		for (size_t i = 0; i < layers[layer]->count; i++)
			if (!set_level(memory, &both, layers[layer]->rows[i].area,
				    layers[layer]->rows[i].most))
				return false;
	under->all = both;
	return true;
}

/* What of Apache's lies in an area here that has a name of its own. */
static const char *here(const char *module)
{
	static const char *const names[][2] = {{"mpm_prefork", "parent"}, {"mpm_worker", "parent"},
		{"mpm_event", "parent"}, {"unixd", "parent"}, {"http", "worker"},
		{"reqtimeout", "worker"}};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i][0], module) == 0)
			return names[i][1];
	return module;
}

/* "mod_rewrite.c", "rewrite_module" and "rewrite" are the same area. NULL: out of memory. */
static const char *area_of(struct arena *memory, struct text name)
{
	static const char file[] = "mod_", symbol[] = "_module";
	size_t begin = sizeof file - 1, end = sizeof symbol - 1;
	if (text_starts(name, text_of(file)) && name.size > begin + 2 &&
		memcmp(name.at + name.size - 2, ".c", 2) == 0)
		name = text_from(name.at + begin, name.size - begin - 2);
	else if (name.size > end && memcmp(name.at + name.size - end, symbol, end) == 0)
		name.size -= end;
	const char *copy = arena_text(memory, name);
	return copy ? here(copy) : NULL;
}

/* Does anything here speak as this? Apache refuses the name of a module that is not loaded; a file
 * that was written for one with more modules shall start here. */
static bool is_heard(const char *area)
{
	static const char *const own[] = {"parent", "worker", "keeper"};
	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (strcmp(own[i], area) == 0)
			return true;
	return config_condition_has(text_of(area));
}

static bool say_word(struct config_reader *reader, const struct config_line *line, const char *word)
{
	struct log_levels *levels = &reader->dir->levels.all;
	const char *colon = strchr(word, ':');
	const char *area = NULL;
	int severity = log_severity_named(colon ? colon + 1 : word);
	if (severity < 0 || colon == word)
		return config_reader_fail(reader, line->place,
			"LogLevel: '%s' is not a level (emerg, alert, crit, error, warn, notice, "
			"info, debug, trace1 to trace8) or area:level",
			word);
	if (colon && !(area = area_of(reader->memory, text_from(word, (size_t)(colon - word)))))
		return config_reader_no_memory(reader);
	/* The server's general level comes first, whatever is said first. */
	if (levels->count == 0 && reader->dir == &reader->config->host.dir &&
		!set_level(reader->memory, levels, NULL, LOG_WARN))
		return config_reader_no_memory(reader);
	if (area && !is_heard(area) &&
		!config_reader_warn(reader, line->place,
			"LogLevel: '%s' is no module of this server; the level has no effect",
			area))
		return config_reader_no_memory(reader);
	return set_level(reader->memory, levels, area, (enum log_severity)severity) ||
	       config_reader_no_memory(reader);
}

bool config_levels_say(struct config_reader *reader, const struct config_line *line)
{
	for (size_t i = 0; i < line->count; i++)
		if (!say_word(reader, line, line->words[i]))
			return false;
	return true;
}
