/*
 * config_expand - words of a line, and what ${NAME} in them stands for
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing; words live in the configuration's memory
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_expand.h"

#include <stdlib.h>

static const size_t UNCLOSED = (size_t)-1;

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static const struct config_define *find_define(const struct config_reader *reader, struct text name)
{
	for (size_t i = 0; i < reader->define_count; i++)
		if (text_equal(name, text_of(reader->defines[i].name)))
			return &reader->defines[i];
	return NULL;
}

bool config_expand_defined(const struct config_reader *reader, struct text name)
{
	return find_define(reader, name) != NULL;
}

/* The value of a name: its Define's, else the environment's, else NULL. */
static const char *value_of(const struct config_reader *reader, const char *name)
{
	const struct config_define *define = find_define(reader, text_of(name));
	return define ? define->value : getenv(name);
}

/* A value from the environment can hold what no line can. */
static bool is_printable(const char *value)
{
	for (; *value; value++)
		if (((unsigned char)*value < ' ' && *value != '\t') || *value == 0x7f)
			return false;
	return true;
}

/* Appends what `name` stands for, or ${name} itself where it stands for nothing. */
static bool append_value(struct config_reader *reader, struct config_place place, struct buffer *to,
	struct text name)
{
	char *key = arena_text(reader->memory, name);
	if (!key)
		return config_reader_no_memory(reader);
	const char *value = value_of(reader, key);
	if (value && !is_printable(value))
		return config_reader_fail(
			reader, place, "the value of ${%s} holds a control character", key);
	if (value) {
		buffer_string(to, value);
		return true;
	}
	buffer_printf(to, "${%s}", key);
	if (strchr(key, ':')) /* ${map:key}: a RewriteMap is asked when a request comes */
		return true;
	return config_reader_warn(reader, place, "${%s} is not defined", key);
}

/* `word` with every ${NAME} replaced, once: what a value holds is not looked at again. */
static const char *expand(struct config_reader *reader, struct config_place place, const char *word)
{
	struct buffer whole = BUFFER_INIT;
	const char *result = NULL, *start, *end;
	if (!strstr(word, "${"))
		return word;
	while ((start = strstr(word, "${")) && (end = strchr(start, '}'))) {
		buffer_append(&whole, word, (size_t)(start - word));
		if (!append_value(
			    reader, place, &whole, text_from(start + 2, (size_t)(end - start - 2))))
			goto done;
		word = end + 1;
		if (whole.size > CONFIG_READER_LINE)
			break; /* config_expand_words says so */
	}
	buffer_string(&whole, word);
	result = whole.failed ? NULL : arena_text(reader->memory, buffer_view(&whole));
	if (!result)
		config_reader_no_memory(reader);
done:
	buffer_free(&whole);
	return result;
}

/* Takes the first word off *rest into `to`, unquoted. Its length, or UNCLOSED: a quote is. A word
 * with its NUL is never longer than what it took off the line, and one byte more for the last. */
static size_t take_word(struct text *rest, char *to)
{
	const char *at = rest->at, *end = rest->at + rest->size;
	char *start = to;
	char quote = *at == '"' || *at == '\'' ? *at++ : '\0';
	while (at < end && (quote ? *at != quote : !is_space(*at))) {
		if (*at == '\\' && at + 1 < end && (at[1] == '\\' || (quote && at[1] == quote)))
			at++;
		*to++ = *at++;
	}
	*to = '\0';
	if (quote && at == end)
		return UNCLOSED;
	at += quote != '\0';
	*rest = text_trim(text_from(at, (size_t)(end - at)));
	return (size_t)(to - start);
}

/* The rest of the line as one word. */
static bool take_raw(struct config_reader *reader, struct config_line *line, struct text from)
{
	const char **list = arena_take(reader->memory, sizeof *list);
	char *whole = arena_text(reader->memory, text_trim(from));
	if (!list || !whole)
		return config_reader_no_memory(reader);
	list[0] = expand(reader, line->place, whole);
	line->words = list;
	line->count = *whole != '\0';
	if (list[0] && strlen(list[0]) > CONFIG_READER_LINE)
		return config_reader_fail(
			reader, line->place, "the line is too long with its variables replaced");
	return list[0] != NULL;
}

bool config_expand_words(struct config_reader *reader, struct config_line *line, struct text from)
{
	if (line->directive->context & CONFIG_RAW)
		return take_raw(reader, line, from);
	char *words = arena_take(reader->memory, from.size + 1); /* one behind the other */
	const char **list = NULL;
	size_t count = 0, size = 0;
	if (!words)
		return config_reader_no_memory(reader);
	for (from = text_trim(from); from.size;) {
		char quote = from.at[0];
		size_t length = take_word(&from, words);
		if (length == UNCLOSED && line->directive->context & CONFIG_OPEN) {
			length = strlen(words);
			from.size = 0;
		}
		if (length == UNCLOSED)
			return config_reader_fail(
				reader, line->place, "a quote (%c) is not closed", quote);
		const char *word = expand(reader, line->place, words);
		words += length + 1;
		list = word ? arena_more(reader->memory, list, count, sizeof *list) : NULL;
		if (!list)
			return config_reader_no_memory(reader);
		list[count++] = word;
		size += strlen(word);
		if (size > CONFIG_READER_LINE)
			return config_reader_fail(reader, line->place,
				"the line is too long with its variables replaced");
	}
	line->words = list;
	line->count = count;
	return true;
}

bool config_expand_split(struct config_reader *reader, struct config_line *line, struct text from)
{
	char *words = arena_take(reader->memory, from.size + 1);
	const char **list = NULL;
	size_t count = 0;
	if (!words)
		return config_reader_no_memory(reader);
	for (from = text_trim(from); from.size;) {
		char quote = from.at[0];
		size_t length = take_word(&from, words);
		if (length == UNCLOSED)
			return config_reader_fail(
				reader, line->place, "a quote (%c) is not closed", quote);
		list = arena_more(reader->memory, list, count, sizeof *list);
		if (!list)
			return config_reader_no_memory(reader);
		list[count++] = words;
		words += length + 1;
	}
	line->words = list;
	line->count = count;
	return true;
}

bool config_expand_set(struct config_reader *reader, const char *name, const char *value)
{
	for (size_t i = 0; i < reader->define_count; i++)
		if (strcmp(reader->defines[i].name, name) == 0) {
			reader->defines[i].value = value;
			return true;
		}
	reader->defines = arena_more(
		reader->memory, reader->defines, reader->define_count, sizeof *reader->defines);
	if (!reader->defines)
		return config_reader_no_memory(reader);
	reader->defines[reader->define_count++] = (struct config_define){name, value};
	return true;
}

bool config_expand_define(struct config_reader *reader, const struct config_line *line)
{
	const char *name = line->words[0];
	if (name[0] == '\0' || strpbrk(name, ":}"))
		return config_reader_fail(
			reader, line->place, "Define: a name must not be empty or hold ':' or '}'");
	return config_expand_set(reader, name, line->count > 1 ? line->words[1] : "");
}

bool config_expand_undefine(struct config_reader *reader, const struct config_line *line)
{
	for (size_t i = 0; i < reader->define_count; i++)
		if (strcmp(reader->defines[i].name, line->words[0]) == 0)
			reader->defines[i] = reader->defines[--reader->define_count];
	return true;
}
