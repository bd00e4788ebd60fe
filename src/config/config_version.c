/*
 * config_version - <IfVersion>: which Apache's language a configuration is read as
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * The operators and their meaning are mod_version's. The version that is compared is that of the
 * Apache whose directives preforkd reads, so that what is guarded for Apache 2.4 is read.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/regex.h"
#include "config/config_condition.h"

#include <stdio.h>

static const unsigned apache[3] = CONFIG_CONDITION_APACHE;

/* "2.4" as three numbers; what is missing is 0. */
static bool read_version(struct text from, unsigned to[3])
{
	for (size_t i = 0; i < 3; i++) {
		unsigned long long n = 0;
		if (from.at && !text_number(text_split(&from, '.'), 9999, &n))
			return false;
		to[i] = (unsigned)n;
	}
	return !from.at;
}

/* < 0, 0, > 0: Apache's version is lower, the same, higher. */
static int compare(const unsigned to[3])
{
	for (size_t i = 0; i < 3; i++)
		if (apache[i] != to[i])
			return apache[i] < to[i] ? -1 : 1;
	return 0;
}

static bool match(struct config_reader *reader, const struct config_line *line, struct text pattern,
	bool *holds)
{
	char version[48];
	struct buffer error = BUFFER_INIT;
	if (pattern.size >= 2 && pattern.at[0] == '/' && pattern.at[pattern.size - 1] == '/')
		pattern = text_from(pattern.at + 1, pattern.size - 2);
	const char *copy = arena_text(reader->memory, pattern);
	const struct regex *regex = copy ? regex_compile(reader->memory, copy, 0, &error) : NULL;
	snprintf(version, sizeof version, "%u.%u.%u", apache[0], apache[1], apache[2]);
	int matches = regex ? regex_match(regex, text_of(version), NULL) : -1;
	if (matches < 0)
		config_reader_fail(reader, line->place, "<IfVersion>: bad pattern '%.*s': %.*s",
			TEXT_ARGS(pattern), TEXT_ARGS(buffer_view(&error)));
	buffer_free(&error);
	*holds = matches > 0;
	return matches >= 0;
}

static bool holds_by_number(struct text sign, int difference, bool *holds)
{
	if (text_equal(sign, TEXT("=")) || text_equal(sign, TEXT("==")))
		*holds = difference == 0;
	else if (text_equal(sign, TEXT(">")))
		*holds = difference > 0;
	else if (text_equal(sign, TEXT(">=")))
		*holds = difference >= 0;
	else if (text_equal(sign, TEXT("<")))
		*holds = difference < 0;
	else if (text_equal(sign, TEXT("<=")))
		*holds = difference <= 0;
	else
		return false;
	return true;
}

bool config_condition_version(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	struct text sign = line->count == 2 ? text_of(line->words[0]) : TEXT("=");
	struct text version = text_of(line->words[line->count - 1]);
	bool wanted = true, holds = false;
	unsigned numbers[3];
	if (sign.size > 1 && sign.at[0] == '!') {
		wanted = false;
		sign = text_from(sign.at + 1, sign.size - 1);
	}
	if (text_equal(sign, TEXT("~")) ||
		(text_equal(sign, TEXT("=")) && text_starts(version, TEXT("/")))) {
		if (!match(reader, line, version, &holds))
			return false;
	} else if (!read_version(version, numbers)) {
		return config_reader_fail(reader, line->place,
			"<IfVersion>: '%.*s' is not a version such as 2.4.10", TEXT_ARGS(version));
	} else if (!holds_by_number(sign, compare(numbers), &holds)) {
		return config_reader_fail(reader, line->place,
			"<IfVersion>: the operators are =, ==, >, >=, <, <= and ~, not '%.*s'",
			TEXT_ARGS(sign));
	}
	*enter = holds == wanted;
	return true;
}
