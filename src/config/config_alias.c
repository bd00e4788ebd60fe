/*
 * config_alias - Alias, ScriptAlias and Redirect, and their Match forms
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing; descriptors belong to the configuration
 * Errors:   false with a message in the reader
 *
 * Each row of an alias holds a directory open: files are opened beneath it, so no link leads from
 * there to anywhere else. Where a pattern decides what follows, it is the directory before it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_alias.h"

#include "config/config_merge.h"
#include "config/config_reader.h"

#include <fcntl.h>
#include <sys/stat.h>

void config_alias_silent(struct config_alias *alias)
{
	*alias = (struct config_alias){.preserve_path = -1};
}

bool config_alias_lay_over(
	struct arena *memory, struct config_alias *under, const struct config_alias *inner)
{
	const void *rows = under->rows, *redirects = under->redirects;
	if (inner->preserve_path >= 0)
		under->preserve_path = inner->preserve_path;
	bool good = config_merge_rows(memory, inner->rows, inner->row_count, &rows,
			    &under->row_count, sizeof *under->rows) &&
		    config_merge_rows(memory, inner->redirects, inner->redirect_count, &redirects,
			    &under->redirect_count, sizeof *under->redirects);
	under->rows = rows;
	under->redirects = redirects;
	return good;
}

/* --- Alias --- */

/* The longest directory at the beginning of row->to that exists; of a path with groups or
 * variables the part before the first. The root of the file system, where nothing else is there
 * (yet). */
static bool open_root(struct config_reader *reader, struct config_alias_row *row)
{
	struct stat st;
	char *root = arena_text(reader->memory, text_of(row->to));
	if (!root)
		return config_reader_no_memory(reader);
	if (row->regex || row->expr)
		root[strcspn(root, row->expr ? "%" : "$\\")] = '\0';
	bool whole = !row->regex && !row->expr && stat(root, &st) == 0 && S_ISDIR(st.st_mode);
	for (char *slash; !whole && (slash = strrchr(root, '/'));) {
		*slash = '\0';
		whole = *root == '\0' || (stat(root, &st) == 0 && S_ISDIR(st.st_mode));
	}
	size_t size = strlen(root);
	while (size && root[size - 1] == '/')
		root[--size] = '\0';
	row->root = root;
	row->root_fd = open(size ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return config_reader_own(reader, row->root_fd);
}

static bool add_alias(
	struct config_reader *reader, const struct config_line *line, struct config_alias_row row)
{
	struct config_alias *alias = &reader->dir->alias;
	/* What groups and variables put in may be a part of "..". */
	row.to = row.to[strcspn(row.to, "$%\\")] ? config_reader_path(reader, row.to)
						 : config_reader_place(reader, row.to);
	if (!row.to || (row.whole && !config_reader_variables(reader, line, row.to, &row.expr)) ||
		!open_root(reader, &row))
		return false;
	struct config_alias_row *rows =
		arena_more(reader->memory, alias->rows, alias->row_count, sizeof row);
	if (!rows)
		return config_reader_no_memory(reader);
	rows[alias->row_count++] = row;
	alias->rows = rows;
	return true;
}

/* Alias /from to; in <Location /from>: Alias to. */
static bool read_alias(struct config_reader *reader, const struct config_line *line, bool script)
{
	const struct config_section *in = reader->section;
	struct config_alias_row row = {.script = script};
	if (line->count == 2) {
		if (in)
			return config_reader_fail(reader, line->place,
				"%s in a section takes one argument: the section says the path",
				line->directive->name);
		row.from = line->words[0];
		row.to = line->words[1];
	} else {
		if (!in || in->kind != CONFIG_SECTION_LOCATION || in->pattern)
			return config_reader_fail(reader, line->place,
				"%s takes one argument in <Location \"/path\"> and <LocationMatch> "
				"only, else two: the path and where it lies",
				line->directive->name);
		row.from = in->size && !in->regex ? in->path : "/";
		row.to = line->words[0];
		row.whole = true;
	}
	if (row.from[0] != '/')
		return config_reader_fail(reader, line->place,
			"%s: the path must begin with '/', not '%s'", line->directive->name,
			row.from);
	return add_alias(reader, line, row);
}

bool config_alias_alias(struct config_reader *reader, const struct config_line *line)
{
	return read_alias(reader, line, false);
}

bool config_alias_script(struct config_reader *reader, const struct config_line *line)
{
	return read_alias(reader, line, true);
}

bool config_alias_preserve(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	bool on = text_equal_nocase(word, TEXT("on"));
	if (!on && !text_equal_nocase(word, TEXT("off")))
		return config_reader_fail(reader, line->place,
			"AliasPreservePath must be On or Off, not '%s'", line->words[0]);
	reader->dir->alias.preserve_path = on;
	return true;
}

static bool read_match(struct config_reader *reader, const struct config_line *line, bool script)
{
	struct config_alias_row row = {
		.regex = config_reader_regex(reader, line, line->words[0], 0),
		.to = line->words[1],
		.script = script};
	return row.regex && add_alias(reader, line, row);
}

bool config_alias_match(struct config_reader *reader, const struct config_line *line)
{
	return read_match(reader, line, false);
}

bool config_alias_script_match(struct config_reader *reader, const struct config_line *line)
{
	return read_match(reader, line, true);
}

/* --- Redirect --- */

/* "permanent", "303"; 0: the word is no status. */
static int status_of(const char *word)
{
	static const struct {
		const char *word;
		int status;
	} words[] = {{"permanent", 301}, {"temp", 302}, {"seeother", 303}, {"gone", 410}};
	unsigned long long n;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equal_nocase(text_of(word), text_of(words[i].word)))
			return words[i].status;
	return text_number(text_of(word), 599, &n) && n >= 300 ? (int)n : 0;
}

static bool leads_somewhere(int status)
{
	return status < 400 && status != 304;
}

static bool has_scheme(const char *url)
{
	size_t letters =
		strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
	return letters && strncmp(url + letters, ":", 1) == 0;
}

static bool check_target(struct config_reader *reader, const struct config_line *line,
	const struct config_redirect_row *row)
{
	const char *name = line->directive->name;
	bool leads = leads_somewhere(row->status);
	if (leads && !row->to)
		return config_reader_fail(reader, line->place, "%s: where to is missing", name);
	if (!leads && row->to)
		return config_reader_fail(reader, line->place,
			"%s: status %d leads nowhere, so '%s' is one argument too many", name,
			row->status, row->to);
	if (row->to && !row->regex && !row->expr && row->to[0] != '/' && !has_scheme(row->to))
		return config_reader_fail(reader, line->place,
			"%s: '%s' is neither a URL nor a path that begins with '/'", name, row->to);
	if (row->from && row->from[0] != '/')
		return config_reader_fail(reader, line->place,
			"%s: the path must begin with '/', not '%s'", name, row->from);
	return true;
}

static bool add_redirect(struct config_reader *reader, const struct config_line *line,
	struct config_redirect_row row)
{
	struct config_alias *alias = &reader->dir->alias;
	if (!check_target(reader, line, &row))
		return false;
	struct config_redirect_row *rows =
		arena_more(reader->memory, alias->redirects, alias->redirect_count, sizeof row);
	if (!rows)
		return config_reader_no_memory(reader);
	row.in_section = reader->section != NULL;
	rows[alias->redirect_count++] = row;
	alias->redirects = rows;
	return true;
}

/* [status] path [URL]; in a section also: [status] URL, or a status that leads nowhere: the section
 * says the path. */
static bool read_redirect(struct config_reader *reader, const struct config_line *line,
	struct config_redirect_row row, bool match)
{
	const struct config_section *in = reader->section;
	size_t at = 0, count = line->count;
	if (!row.status && (count > 1 || (in && !match)) &&
		(row.status = status_of(line->words[0])))
		at++;
	if (!row.status)
		row.status = 302;
	bool leads = leads_somewhere(row.status);
	bool of_section = in && !match && count - at == (leads ? 1u : 0u);
	const char *from = of_section ? "/" : (at < count ? line->words[at++] : NULL);
	row.to = at < count ? line->words[at++] : NULL;
	row.whole = of_section;
	if (row.whole && row.to && !config_reader_variables(reader, line, row.to, &row.expr))
		return false;
	if (!from || at < count)
		return config_reader_fail(
			reader, line->place, "%s takes [status] path URL", line->directive->name);
	if (!match)
		row.from = from;
	else if (!(row.regex = config_reader_regex(reader, line, from, 0)))
		return false;
	return add_redirect(reader, line, row);
}

bool config_alias_redirect(struct config_reader *reader, const struct config_line *line)
{
	return read_redirect(reader, line, (struct config_redirect_row){.status = 0}, false);
}

bool config_alias_redirect_match(struct config_reader *reader, const struct config_line *line)
{
	return read_redirect(reader, line, (struct config_redirect_row){.status = 0}, true);
}

bool config_alias_redirect_permanent(struct config_reader *reader, const struct config_line *line)
{
	return read_redirect(reader, line, (struct config_redirect_row){.status = 301}, false);
}

bool config_alias_redirect_temp(struct config_reader *reader, const struct config_line *line)
{
	return read_redirect(reader, line, (struct config_redirect_row){.status = 302}, false);
}
