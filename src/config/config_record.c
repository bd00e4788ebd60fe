/*
 * config_record - what a configuration said, as bytes another process can say again
 *
 * Runs in:  the parent records, a child that was executed anew replays
 * Owns:     nothing; see config_record.h
 * Errors:   false with a message in the reader
 *
 * A line is its words, each ended by a NUL, and an empty word behind the last; the end of a section
 * is the section's name with a slash before it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_record.h"

#include "config/config_listing.h"

#include <stdlib.h>

enum { WORDS_MOST = 4096 };

static void put_word(struct buffer *to, const char *word)
{
	/* An argument may be empty where a line's end may not: it travels as one byte 1. */
	buffer_append(to, *word ? word : "\1", (*word ? strlen(word) : 1) + 1);
}

static bool is_recorded(const struct config_reader *reader, const struct config_directive *d)
{
	return !reader->completing && !(d->context & CONFIG_STEERS);
}

bool config_record_line(struct config_reader *reader, const struct config_line *line)
{
	struct buffer *to = &reader->record;
	if (!is_recorded(reader, line->directive))
		return true;
	if (reader->listing)
		config_listing_line(reader->listing, line);
	put_word(to, line->directive->name);
	for (size_t i = 0; i < line->count; i++)
		put_word(to, line->words[i]);
	buffer_append(to, "", 1);
	return !to->failed || config_reader_no_memory(reader);
}

bool config_record_close(struct config_reader *reader, const struct config_directive *section)
{
	struct buffer *to = &reader->record;
	if (!is_recorded(reader, section))
		return true;
	if (reader->listing)
		config_listing_close(reader->listing, section);
	buffer_append(to, "/", 1);
	buffer_append(to, section->name, strlen(section->name) + 1);
	buffer_append(to, "", 1);
	return !to->failed || config_reader_no_memory(reader);
}

/* The words up to the empty one into `words`; how many, or 0: the record ends or is damaged. */
static size_t next_line(struct config_reader *reader, struct text *rest, const char **words)
{
	for (size_t count = 0; count < WORDS_MOST; count++) {
		const char *end = memchr(rest->at, '\0', rest->size);
		if (!end)
			return 0;
		struct text word = text_from(rest->at, (size_t)(end - rest->at));
		*rest = text_from(end + 1, rest->size - word.size - 1);
		if (word.size == 0) {
			words[count] = NULL;
			return count;
		}
		if (text_equal(word, TEXT("\1")))
			word.size = 0;
		words[count] = arena_text(reader->memory, word);
		if (!words[count])
			return 0;
	}
	return 0;
}

/* Directives may keep the array of their words, so each line has one of its own. */
static bool say_line(struct config_reader *reader, const char *const *words, size_t count)
{
	struct config_place place = {"the parent's configuration", 0};
	if (words[0][0] != '/') {
		const char **own = arena_take(reader->memory, count * sizeof *own);
		if (!own)
			return config_reader_no_memory(reader);
		memcpy(own, words + 1, count * sizeof *own); /* the NULL behind them too */
		return config_reader_say(reader, place, words[0], own);
	}
	const struct config_directive *d = config_directive_find(text_of(words[0] + 1));
	if (!d || !d->close)
		return config_reader_fail(reader, place, "no such section: %s", words[0] + 1);
	return config_directive_close(reader, d);
}

bool config_record_replay(struct config_reader *reader, struct text record)
{
	const char **words = malloc((WORDS_MOST + 1) * sizeof *words);
	bool good = words != NULL;
	while (good && record.size) {
		size_t count = next_line(reader, &record, words);
		good = count > 0 && say_line(reader, words, count);
	}
	free(words);
	return good || config_reader_fail(reader, (struct config_place){NULL, 0},
			       "the parent's configuration did not arrive whole");
}
