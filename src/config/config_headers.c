/*
 * config_headers - Header and RequestHeader
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_headers.h"

#include "config/config_expr.h"
#include "config/config_reader.h"

void config_headers_silent(struct config_headers *headers)
{
	*headers = (struct config_headers){.row_count = 0};
}

/* In order: what an outer section did is there when the inner one is looked at. */
static bool behind(struct arena *memory, const struct config_header_row **under, size_t *count,
	const struct config_header_row *inner, size_t inner_count)
{
	if (!inner_count)
		return true;
	struct config_header_row *all = arena_take(memory, (*count + inner_count) * sizeof *all);
	if (!all)
		return false;
	if (*count)
		memcpy(all, *under, *count * sizeof *all);
	memcpy(all + *count, inner, inner_count * sizeof *all);
	*under = all;
	*count += inner_count;
	return true;
}

bool config_headers_lay_over(
	struct arena *memory, struct config_headers *under, const struct config_headers *inner)
{
	return behind(memory, &under->rows, &under->row_count, inner->rows, inner->row_count) &&
	       behind(memory, &under->request, &under->request_count, inner->request,
		       inner->request_count);
}

/* --- values --- */

struct value {
	struct config_reader *reader;
	const struct config_line *line;
	struct config_header_row *row;
	struct config_header_piece *pieces;
	struct buffer literal;
};

static bool add_piece(struct value *v, struct config_header_piece piece)
{
	v->pieces = arena_more(v->reader->memory, v->pieces, v->row->piece_count, sizeof piece);
	if (!v->pieces)
		return config_reader_no_memory(v->reader);
	v->pieces[v->row->piece_count++] = piece;
	v->row->pieces = v->pieces;
	return true;
}

static bool end_literal(struct value *v)
{
	if (!v->literal.size)
		return true;
	char *copy = arena_text(v->reader->memory, buffer_view(&v->literal));
	struct text literal = text_from(copy, v->literal.size);
	buffer_clear(&v->literal);
	return copy ? add_piece(v, (struct config_header_piece){.literal = literal})
		    : config_reader_no_memory(v->reader);
}

/* "%t", "%{NAME}e": the bytes it takes; 0 with a message. */
static size_t take_letter(struct value *v, const char *from)
{
	struct config_header_piece piece = {.letter = from[1]};
	size_t size = 2;
	if (from[1] == '%') {
		buffer_append(&v->literal, "%", 1);
		return 2;
	}
	if (from[1] == '{') {
		const char *end = strchr(from, '}');
		piece.letter = end ? end[1] : '\0';
		piece.name = end ? arena_text(v->reader->memory,
					   text_from(from + 2, (size_t)(end - from) - 2))
				 : NULL;
		size = end ? (size_t)(end - from) + 2 : 0;
		if (piece.letter != 'e' && piece.letter != 's')
			piece.letter = '\0';
	} else if (!strchr("tDlib", from[1])) {
		piece.letter = '\0';
	}
	if (!piece.letter) {
		config_reader_fail(v->reader, v->line->place,
			"%s: '%s' is none of %%%%, %%t, %%D, %%l, %%i, %%b, %%{NAME}e and "
			"%%{NAME}s",
			v->line->directive->name, from);
		return 0;
	}
	v->row->personal = true;
	return end_literal(v) && add_piece(v, piece) ? size : 0;
}

static bool read_value(struct config_reader *reader, const struct config_line *line,
	struct config_header_row *row, const char *value)
{
	struct value v = {.reader = reader, .line = line, .row = row, .literal = BUFFER_INIT};
	bool good = true;
	if (strncmp(value, "expr=", 5) == 0) {
		row->value = config_reader_expr(reader, line, value + 5, CONFIG_EXPR_TEXT);
		return row->value != NULL;
	}
	while (good && *value) {
		size_t size = 1;
		if (*value == '%')
			good = (size = take_letter(&v, value)) > 0;
		else
			buffer_append(&v.literal, value, 1);
		value += size;
	}
	good = good && end_literal(&v);
	buffer_free(&v.literal);
	return good;
}

/* --- the directives --- */

static bool is_condition(const char *word)
{
	return strncmp(word, "env=", 4) == 0 || strncmp(word, "expr=", 5) == 0 ||
	       strcmp(word, "early") == 0;
}

static bool read_condition(struct config_reader *reader, const struct config_line *line,
	struct config_header_row *row, const char *word)
{
	row->early = strcmp(word, "early") == 0;
	if (row->early && reader->section)
		return config_reader_fail(reader, line->place,
			"%s: 'early' is for hosts: nothing is known of sections then",
			line->directive->name);
	if (row->early)
		return true;
	row->personal = true;
	if (strncmp(word, "expr=", 5) == 0) {
		row->condition = config_reader_expr(reader, line, word + 5, 0);
		return row->condition != NULL;
	}
	row->env = word + 4;
	if (row->env[0] == '!') {
		row->env++;
		row->env_unset = true;
	}
	return row->env[0] || config_reader_fail(reader, line->place, "%s: env= names no variable",
				      line->directive->name);
}

static const struct {
	const char *word;
	enum config_header_action action;
	size_t values; /* words behind the name */
	bool of_request;
} actions[] = {{"set", CONFIG_HEADER_SET, 1, true},
	{"setifempty", CONFIG_HEADER_SET_IF_EMPTY, 1, true},
	{"append", CONFIG_HEADER_APPEND, 1, true}, {"merge", CONFIG_HEADER_MERGE, 1, true},
	{"add", CONFIG_HEADER_ADD, 1, true}, {"unset", CONFIG_HEADER_UNSET, 0, true},
	{"edit", CONFIG_HEADER_EDIT, 2, true}, {"edit*", CONFIG_HEADER_EDIT_ALL, 2, true},
	{"echo", CONFIG_HEADER_ECHO, 0, false}};

/* The words from the action on. */
static bool read_row(struct config_reader *reader, const struct config_line *line, size_t at,
	bool request, struct config_header_row *row)
{
	size_t count = line->count - at, a = 0;
	const char *const *words = line->words + at;
	while (a < sizeof actions / sizeof *actions &&
		(!text_equal_nocase(text_of(words[0]), text_of(actions[a].word)) ||
			(request && !actions[a].of_request)))
		a++;
	if (a == sizeof actions / sizeof *actions)
		return config_reader_fail(reader, line->place,
			"%s: '%s' is none of set, setifempty, append, merge, add, unset, edit%s",
			line->directive->name, words[0],
			request ? " and edit*" : ", edit* and echo");
	size_t values = actions[a].values;
	if (count < 2 + values || count > 3 + values ||
		(count == 3 + values && !is_condition(words[2 + values])))
		return config_reader_fail(reader, line->place,
			"%s %s takes the name of a field%s, and perhaps env=NAME or expr=CONDITION",
			line->directive->name, words[0],
			values == 0   ? ""
			: values == 1 ? " and a value"
				      : ", a pattern and what takes its place");
	row->action = actions[a].action;
	row->name = words[1];
	size_t size = strlen(row->name);
	if (size > 1 && row->name[size - 1] == ':')
		row->name = arena_text(reader->memory, text_from(row->name, size - 1));
	if (!row->name)
		return config_reader_no_memory(reader);
	if (count == 3 + values && !read_condition(reader, line, row, words[2 + values]))
		return false;
	if (row->action == CONFIG_HEADER_ECHO) {
		row->personal = true;
		row->regex = config_reader_regex(reader, line, row->name, 0);
		return row->regex != NULL;
	}
	if (values == 2 && !(row->regex = config_reader_regex(reader, line, words[2], 0)))
		return false;
	return values == 0 || read_value(reader, line, row, words[1 + values]);
}

static bool add_row(struct config_reader *reader, const struct config_header_row **rows,
	size_t *count, const struct config_header_row *row)
{
	struct config_header_row *all = arena_more(reader->memory, *rows, *count, sizeof *row);
	if (!all)
		return config_reader_no_memory(reader);
	all[(*count)++] = *row;
	*rows = all;
	return true;
}

bool config_headers_header(struct config_reader *reader, const struct config_line *line)
{
	struct config_headers *h = &reader->dir->headers;
	struct config_header_row row = {.always = false};
	struct text first = text_of(line->words[0]);
	size_t at = 0;
	if (text_equal_nocase(first, TEXT("always")) ||
		text_equal_nocase(first, TEXT("onsuccess"))) {
		row.always = text_equal_nocase(first, TEXT("always"));
		at = 1;
	}
	if (at == line->count)
		return config_reader_fail(
			reader, line->place, "Header %s: what is to be done?", line->words[0]);
	return read_row(reader, line, at, false, &row) &&
	       add_row(reader, &h->rows, &h->row_count, &row);
}

bool config_headers_request(struct config_reader *reader, const struct config_line *line)
{
	struct config_headers *h = &reader->dir->headers;
	struct config_header_row row = {.always = false};
	return read_row(reader, line, 0, true, &row) &&
	       add_row(reader, &h->request, &h->request_count, &row);
}
