/*
 * config_apply - the argument forms that many directives share
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_apply.h"

#include "base/assert.h"

#include <stddef.h>
#include <string.h>

/* Where the line's value goes. */
static void *field_of(struct config_reader *reader, const struct config_line *line)
{
	const size_t host = offsetof(struct config, host), offset = line->directive->offset;
	ASSERT(offset != 0); /* 0 is server_root, which has a function */
	if (offset >= host && offset < host + sizeof *reader->host)
		return (char *)reader->host + (offset - host);
	return (char *)reader->config + offset;
}

static bool bad_number(struct config_reader *reader, const struct config_line *line, const char *of)
{
	const struct config_directive *d = line->directive;
	return config_reader_fail(reader, line->place,
		"%s must be a number%s%s from %llu to %llu%s, not '%s'", d->name,
		d->unit ? " of " : "", d->unit ? d->unit : "", d->low, d->high, of, line->words[0]);
}

bool config_apply_number(struct config_reader *reader, const struct config_line *line)
{
	const struct config_directive *d = line->directive;
	unsigned long long n;
	if (!text_number(text_of(line->words[0]), d->high, &n) || n < d->low)
		return bad_number(reader, line, "");
	*(unsigned *)field_of(reader, line) = (unsigned)n;
	return true;
}

/* Takes `suffix`, in any case, off the end of *t. */
static bool ends_with(struct text *t, const char *suffix)
{
	struct text s = text_of(suffix);
	if (t->size <= s.size || !text_equal_nocase(text_from(t->at + t->size - s.size, s.size), s))
		return false;
	t->size -= s.size;
	return true;
}

bool config_apply_milliseconds(struct config_reader *reader, const struct config_line *line)
{
	const struct config_directive *d = line->directive;
	struct text word = text_of(line->words[0]);
	unsigned long long unit = 1000, n;
	if (ends_with(&word, "ms"))
		unit = 1;
	else
		ends_with(&word, "s");
	if (!text_number(word, d->high * 1000 / unit, &n) || n * unit < d->low * 1000)
		return bad_number(reader, line, " (or milliseconds, 500ms)");
	*(unsigned *)field_of(reader, line) = (unsigned)(n * unit);
	return true;
}

bool config_apply_size(struct config_reader *reader, const struct config_line *line)
{
	static const struct {
		const char *suffix;
		unsigned shift;
	} units[] = {{"K", 10}, {"M", 20}, {"G", 30}};
	const struct config_directive *d = line->directive;
	struct text word = text_of(line->words[0]);
	unsigned shift = 0;
	unsigned long long n;
	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (shift == 0 && ends_with(&word, units[i].suffix))
			shift = units[i].shift;
	if (!text_number(word, d->high >> shift, &n) || n << shift < d->low)
		return bad_number(reader, line, " (K, M or G may follow)");
	*(size_t *)field_of(reader, line) = (size_t)(n << shift);
	return true;
}

bool config_apply_flag(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	bool on = text_equal_nocase(word, TEXT("on"));
	if (!on && !text_equal_nocase(word, TEXT("off")))
		return config_reader_fail(reader, line->place, "%s must be On or Off, not '%s'",
			line->directive->name, line->words[0]);
	*(bool *)field_of(reader, line) = on;
	return true;
}

bool config_apply_choice(struct config_reader *reader, const struct config_line *line)
{
	const struct config_directive *d = line->directive;
	struct text word = text_of(line->words[0]);
	struct buffer known = BUFFER_INIT;
	for (const struct config_choice *c = d->choices; c->word; c++)
		if (text_equal_nocase(word, text_of(c->word))) {
			memcpy(field_of(reader, line), &c->value, sizeof c->value);
			return true;
		}
	for (const struct config_choice *c = d->choices; c->word; c++)
		buffer_printf(&known, "%s%s",
			c == d->choices ? ""
			: c[1].word     ? ", "
					: " or ",
			c->word);
	config_reader_fail(reader, line->place, "%s must be %.*s, not '%s'", d->name,
		TEXT_ARGS(buffer_view(&known)), line->words[0]);
	buffer_free(&known);
	return false;
}

bool config_apply_string(struct config_reader *reader, const struct config_line *line)
{
	const struct config_directive *d = line->directive;
	if (line->words[0][0] == '\0')
		return config_reader_fail(reader, line->place, "%s must not be empty", d->name);
	*(const char **)field_of(reader, line) = line->words[0];
	return true;
}
