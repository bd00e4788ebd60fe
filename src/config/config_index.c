/*
 * config_index - how a directory without an index page is shown
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_index.h"

#include "config/config_merge.h"
#include "config/config_reader.h"

static const char *const option_names[] = {
#define INDEX_OPTION(symbol, name) name,
#include "config/index_options.def"
#undef INDEX_OPTION
};

void config_index_silent(struct config_index *index)
{
	*index = (struct config_index){.on = 0};
}

static void lay_texts(struct config_index *under, const struct config_index *inner)
{
	static const size_t members[] = {offsetof(struct config_index, charset),
		offsetof(struct config_index, type), offsetof(struct config_index, style_sheet),
		offsetof(struct config_index, head_insert), offsetof(struct config_index, header),
		offsetof(struct config_index, readme), offsetof(struct config_index, default_icon)};
	for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
		const char *const *from = (const void *)((const char *)inner + members[i]);
		if (*from)
			memcpy((char *)under + members[i], from, sizeof *from);
	}
}

bool config_index_lay_over(
	struct arena *memory, struct config_index *under, const struct config_index *inner)
{
	const void *ignore = under->ignore, *rows = under->rows;
	under->on = (under->on & ~inner->off) | inner->on;
	if (inner->order_said) {
		under->order_said = true;
		under->order = inner->order;
		under->descending = inner->descending;
	}
	lay_texts(under, inner);
	bool good = config_merge_rows(memory, inner->ignore, inner->ignore_count, &ignore,
			    &under->ignore_count, sizeof *under->ignore) &&
		    config_merge_rows(memory, inner->rows, inner->row_count, &rows,
			    &under->row_count, sizeof *under->rows);
	under->ignore = ignore;
	under->rows = rows;
	return good;
}

/* --- IndexOptions --- */

static const unsigned ALL = (1u << CONFIG_INDEX_BITS) - 1;

/* NameWidth=*, IconHeight, Charset=utf-8: false: it is none of these. */
static bool take_valued(struct config_reader *reader, struct text word, bool *good)
{
	struct config_index *index = &reader->dir->index;
	struct text value = word, name = text_split(&value, '=');
	const char **to = NULL;
	*good = true;
	if (text_equal_nocase(name, TEXT("Charset")))
		to = &index->charset;
	else if (text_equal_nocase(name, TEXT("Type")))
		to = &index->type;
	else /* widths are the browser's business */
		return text_equal_nocase(name, TEXT("NameWidth")) ||
		       text_equal_nocase(name, TEXT("DescriptionWidth")) ||
		       text_equal_nocase(name, TEXT("IconHeight")) ||
		       text_equal_nocase(name, TEXT("IconWidth"));
	*to = arena_text(reader->memory, value);
	*good = *to || config_reader_no_memory(reader);
	return true;
}

bool config_index_options(struct config_reader *reader, const struct config_line *line)
{
	struct config_index *index = &reader->dir->index;
	for (size_t w = 0; w < line->count; w++) {
		const char *word = line->words[w];
		char sign = *word == '+' || *word == '-' ? *word++ : '\0';
		struct text t = text_of(word);
		unsigned bit = 0;
		bool good;
		for (unsigned i = 0; i < CONFIG_INDEX_BITS; i++)
			if (text_equal_nocase(t, text_of(option_names[i])))
				bit = 1u << i;
		if (!bit && text_equal_nocase(t, TEXT("None"))) {
			index->on = 0;
			index->off = ALL;
			continue;
		}
		if (!bit && take_valued(reader, t, &good)) {
			if (!good)
				return false;
			continue;
		}
		if (!bit)
			return config_reader_fail(
				reader, line->place, "IndexOptions: there is no option '%s'", word);
		if (sign == '-') {
			index->on &= ~bit;
			index->off |= bit;
			continue;
		}
		if (!sign && index->off != ALL) { /* the words without a sign are all there is */
			index->on = 0;
			index->off = ALL;
		}
		index->on |= bit;
	}
	return true;
}

bool config_index_order(struct config_reader *reader, const struct config_line *line)
{
	static const struct {
		struct text word;
		enum config_index_key key;
	} keys[] = {{TEXT("Name"), CONFIG_INDEX_NAME}, {TEXT("Date"), CONFIG_INDEX_DATE},
		{TEXT("Size"), CONFIG_INDEX_SIZE}, {TEXT("Description"), CONFIG_INDEX_TEXT}};
	struct config_index *index = &reader->dir->index;
	struct text direction = text_of(line->words[0]), key = text_of(line->words[1]);
	size_t i = 0;
	while (i < sizeof keys / sizeof *keys && !text_equal_nocase(key, keys[i].word))
		i++;
	index->descending = text_equal_nocase(direction, TEXT("Descending"));
	if ((!index->descending && !text_equal_nocase(direction, TEXT("Ascending"))) ||
		i == sizeof keys / sizeof *keys)
		return config_reader_fail(reader, line->place,
			"IndexOrderDefault takes Ascending or Descending, and Name, Date, Size or "
			"Description");
	index->order = keys[i].key;
	index->order_said = true;
	return true;
}

/* --- lists --- */

bool config_index_ignore(struct config_reader *reader, const struct config_line *line)
{
	struct config_index *index = &reader->dir->index;
	for (size_t i = 0; i < line->count; i++) {
		const char **all = arena_more(
			reader->memory, index->ignore, index->ignore_count, sizeof(const char *));
		if (!all)
			return config_reader_no_memory(reader);
		size_t at = index->ignore_count++;
		if (at && all[at - 1][0] == '/') { /* the end of the section's own stays the end */
			all[at] = all[at - 1];
			at--;
		}
		all[at] = line->words[i];
		index->ignore = all;
	}
	return true;
}

/* A pattern that no name matches hides what outer sections said: it is looked for by its address.
 */
bool config_index_ignore_reset(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	if (!text_equal_nocase(word, TEXT("On")) && !text_equal_nocase(word, TEXT("Off")))
		return config_reader_fail(reader, line->place,
			"IndexIgnoreReset must be On or Off, not '%s'", line->words[0]);
	if (text_equal_nocase(word, TEXT("Off")))
		return true;
	static const char *const reset[] = {"/"}; /* no name holds a slash */
	const struct config_line end = {.place = line->place, .count = 1, .words = reset};
	return config_index_ignore(reader, &end);
}

/* HeaderName, ReadmeName, IndexStyleSheet, IndexHeadInsert, DefaultIcon. */
bool config_index_name(struct config_reader *reader, const struct config_line *line)
{
	struct config_index *index = &reader->dir->index;
	const struct {
		const char *directive;
		const char **to;
	} names[] = {{"HeaderName", &index->header}, {"ReadmeName", &index->readme},
		{"IndexStyleSheet", &index->style_sheet}, {"IndexHeadInsert", &index->head_insert},
		{"DefaultIcon", &index->default_icon}};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i].directive, line->directive->name) == 0)
			*names[i].to = line->words[0];
	return true;
}

static const struct {
	const char *directive;
	enum config_index_by by;
	enum config_index_what what;
} adders[] = {{"AddIcon", CONFIG_INDEX_BY_NAME, CONFIG_INDEX_ICON},
	{"AddIconByType", CONFIG_INDEX_BY_TYPE, CONFIG_INDEX_ICON},
	{"AddIconByEncoding", CONFIG_INDEX_BY_ENCODING, CONFIG_INDEX_ICON},
	{"AddAlt", CONFIG_INDEX_BY_NAME, CONFIG_INDEX_ALT},
	{"AddAltByType", CONFIG_INDEX_BY_TYPE, CONFIG_INDEX_ALT},
	{"AddAltByEncoding", CONFIG_INDEX_BY_ENCODING, CONFIG_INDEX_ALT},
	{"AddDescription", CONFIG_INDEX_BY_NAME, CONFIG_INDEX_DESCRIPTION}};

/* (TXT,/icons/text.gif) in two. */
static bool split_icon(struct config_reader *reader, struct config_index_row *row)
{
	size_t size = strlen(row->value);
	if (row->what != CONFIG_INDEX_ICON || row->value[0] != '(' || row->value[size - 1] != ')')
		return true;
	struct text icon = text_from(row->value + 1, size - 2), alt = text_split(&icon, ',');
	row->alt = arena_text(reader->memory, alt);
	row->value = arena_text(reader->memory, icon);
	return (row->alt && row->value) || config_reader_no_memory(reader);
}

bool config_index_add(struct config_reader *reader, const struct config_line *line)
{
	struct config_index *index = &reader->dir->index;
	size_t a = 0;
	while (strcmp(adders[a].directive, line->directive->name) != 0)
		a++;
	for (size_t i = 1; i < line->count; i++) {
		struct config_index_row row = {.by = adders[a].by,
			.what = adders[a].what,
			.pattern = line->words[i],
			.value = line->words[0]};
		struct config_index_row *all =
			arena_more(reader->memory, index->rows, index->row_count, sizeof row);
		if (!all)
			return config_reader_no_memory(reader);
		if (!split_icon(reader, &row))
			return false;
		all[index->row_count++] = row;
		index->rows = all;
	}
	return true;
}
