/*
 * config_expires - ExpiresActive, ExpiresDefault, ExpiresByType
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_headers.h"

#include "config/config_merge.h"
#include "config/config_reader.h"

void config_expires_silent(struct config_expires *expires)
{
	*expires = (struct config_expires){.active = -1};
}

bool config_expires_lay_over(
	struct arena *memory, struct config_expires *under, const struct config_expires *inner)
{
	const void *types = under->types;
	if (inner->active >= 0)
		under->active = inner->active;
	if (inner->other.from != CONFIG_PERIOD_NONE)
		under->other = inner->other;
	bool good = config_merge_rows(memory, inner->types, inner->type_count, &types,
		&under->type_count, sizeof *under->types);
	under->types = types;
	return good;
}

/* "A3600", "M3600" */
static bool read_short(const char *text, struct config_period *period)
{
	unsigned long long n;
	period->from = text[0] == 'A' ? CONFIG_PERIOD_ACCESS : CONFIG_PERIOD_MODIFIED;
	if ((text[0] != 'A' && text[0] != 'M') ||
		!text_number(text_of(text + 1), 100000000000u, &n))
		return false;
	period->seconds = (long long)n;
	return true;
}

static long long unit_of(struct text word)
{
	static const struct {
		struct text name;
		long long seconds;
	} units[] = {{TEXT("year"), 31536000}, {TEXT("month"), 2592000}, {TEXT("week"), 604800},
		{TEXT("day"), 86400}, {TEXT("hour"), 3600}, {TEXT("minute"), 60},
		{TEXT("second"), 1}};
	if (word.size && (word.at[word.size - 1] == 's'))
		word.size--;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (text_equal_nocase(word, units[i].name))
			return units[i].seconds;
	return 0;
}

static struct text next_word(struct text *rest)
{
	struct text word;
	do
		word = text_split(rest, ' ');
	while (!word.size && rest->at);
	return word;
}

/* "access plus 1 month 2 days"; "now" and "modification" too; "plus" may be left out, and as in
 * Apache all that follows. */
static bool read_long(const char *text, struct config_period *period)
{
	struct text rest = text_of(text), word = next_word(&rest);
	period->from = text_equal_nocase(word, TEXT("modification")) ? CONFIG_PERIOD_MODIFIED
								     : CONFIG_PERIOD_ACCESS;
	if (period->from == CONFIG_PERIOD_ACCESS && !text_equal_nocase(word, TEXT("access")) &&
		!text_equal_nocase(word, TEXT("now")))
		return false;
	word = next_word(&rest);
	if (text_equal_nocase(word, TEXT("plus")))
		word = next_word(&rest);
	period->seconds = 0;
	while (word.size) {
		unsigned long long n;
		long long unit = text_number(word, 100000, &n) ? unit_of(next_word(&rest)) : 0;
		if (!unit)
			return false;
		period->seconds += (long long)n * unit;
		word = next_word(&rest);
	}
	return true;
}

static bool read_period(struct config_reader *reader, const struct config_line *line,
	const char *text, struct config_period *period)
{
	return read_short(text, period) || read_long(text, period) ||
	       config_reader_fail(reader, line->place,
		       "%s: '%s' is neither of the form \"access plus 1 month 2 days\" nor of the "
		       "form "
		       "A2592000",
		       line->directive->name, text);
}

bool config_expires_active(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	bool on = text_equal_nocase(word, TEXT("on"));
	if (!on && !text_equal_nocase(word, TEXT("off")))
		return config_reader_fail(reader, line->place,
			"ExpiresActive must be On or Off, not '%s'", line->words[0]);
	reader->dir->expires.active = on;
	return true;
}

bool config_expires_default(struct config_reader *reader, const struct config_line *line)
{
	return read_period(reader, line, line->words[0], &reader->dir->expires.other);
}

bool config_expires_by_type(struct config_reader *reader, const struct config_line *line)
{
	struct config_expires *e = &reader->dir->expires;
	struct config_expires_type row = {.type = line->words[0]};
	if (!strchr(row.type, '/'))
		return config_reader_fail(reader, line->place,
			"ExpiresByType: '%s' is not a media type such as image/png", row.type);
	if (!read_period(reader, line, line->words[1], &row.period))
		return false;
	/* a type said again is said anew */
	struct config_expires_type *all =
		arena_take(reader->memory, (e->type_count + 1) * sizeof row);
	if (!all)
		return config_reader_no_memory(reader);
	all[0] = row;
	if (e->type_count)
		memcpy(all + 1, e->types, e->type_count * sizeof row);
	e->types = all;
	e->type_count++;
	return true;
}
