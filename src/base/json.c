/*
 * json - writes JSON, one value after the other
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   see base/json.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/assert.h"

#include <math.h>

void json_begin(struct json *j, struct buffer *to)
{
	*j = (struct json){.to = to};
}

/* What goes before a value: a comma and its name. */
static void begin_value(struct json *j, const char *name)
{
	if (j->more)
		buffer_append(j->to, ",", 1);
	j->more = true;
	if (!name)
		return;
	buffer_append(j->to, "\"", 1);
	buffer_string(j->to, name);
	buffer_append(j->to, "\":", 2);
}

static void open_bracket(struct json *j, const char *name, const char *bracket, char closing)
{
	begin_value(j, name);
	buffer_append(j->to, bracket, 1);
	ASSERT(j->depth < JSON_DEPTH);
	j->closing[j->depth++] = closing;
	j->more = false;
}

void json_object(struct json *j, const char *name)
{
	open_bracket(j, name, "{", '}');
}

void json_array(struct json *j, const char *name)
{
	open_bracket(j, name, "[", ']');
}

void json_end(struct json *j)
{
	ASSERT(j->depth > 0);
	buffer_append(j->to, &j->closing[--j->depth], 1);
	j->more = true;
}

/* The second byte decides about overlong forms, surrogates and what lies behind U+10FFFF. */
static bool is_second(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xE0:
		return second >= 0xA0 && second <= 0xBF;
	case 0xED:
		return second >= 0x80 && second <= 0x9F;
	case 0xF0:
		return second >= 0x90 && second <= 0xBF;
	case 0xF4:
		return second >= 0x80 && second <= 0x8F;
	default:
		return second >= 0x80 && second <= 0xBF;
	}
}

size_t json_utf8(struct text t)
{
	if (t.size == 0)
		return 0;
	unsigned char first = (unsigned char)t.at[0];
	size_t size = first < 0x80                     ? 1
		      : first >= 0xC2 && first <= 0xDF ? 2
		      : first >= 0xE0 && first <= 0xEF ? 3
		      : first >= 0xF0 && first <= 0xF4 ? 4
						       : 0;
	if (size > t.size || (size > 1 && !is_second(first, (unsigned char)t.at[1])))
		return 0;
	for (size_t i = 2; i < size; i++)
		if (((unsigned char)t.at[i] & 0xC0) != 0x80)
			return 0;
	return size;
}

/* The escape of an ASCII character, NULL where it stands for itself. */
static const char *escape_of(unsigned char c, char *room, size_t size)
{
	static const char hex[] = "0123456789abcdef";
	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		break;
	}
	if (c >= 0x20 && c != '<' && c != 0x7F)
		return NULL;
	ASSERT(size >= sizeof "\\u0000");
	memcpy(room, "\\u00", 4);
	room[4] = hex[c >> 4];
	room[5] = hex[c & 15];
	room[6] = '\0';
	return room;
}

void json_text(struct json *j, const char *name, struct text value)
{
	char room[8];
	size_t plain = 0; /* bytes that stand for themselves, not written yet */
	begin_value(j, name);
	buffer_append(j->to, "\"", 1);
	while (plain < value.size) {
		struct text rest = text_from(value.at + plain, value.size - plain);
		size_t size = json_utf8(rest);
		const char *instead =
			size == 0   ? "\xEF\xBF\xBD"
			: size == 1 ? escape_of((unsigned char)rest.at[0], room, sizeof room)
				    : NULL;
		if (!instead) {
			plain += size;
			continue;
		}
		buffer_append(j->to, value.at, plain);
		buffer_string(j->to, instead);
		value = text_from(rest.at + 1, rest.size - 1);
		plain = 0;
	}
	buffer_append(j->to, value.at, plain);
	buffer_append(j->to, "\"", 1);
}

void json_string(struct json *j, const char *name, const char *value)
{
	if (value)
		json_text(j, name, text_of(value));
	else
		json_null(j, name);
}

void json_number(struct json *j, const char *name, unsigned long long value)
{
	begin_value(j, name);
	buffer_number(j->to, value);
}

void json_integer(struct json *j, const char *name, long long value)
{
	begin_value(j, name);
	buffer_printf(j->to, "%lld", value);
}

void json_real(struct json *j, const char *name, double value, int digits)
{
	if (!isfinite(value)) {
		json_null(j, name);
		return;
	}
	begin_value(j, name);
	buffer_printf(j->to, "%.*f", digits, value);
}

void json_seconds(struct json *j, const char *name, uint64_t us)
{
	begin_value(j, name);
	buffer_printf(j->to, "%llu.%06llu", (unsigned long long)us / 1000000,
		(unsigned long long)us % 1000000);
}

void json_bool(struct json *j, const char *name, bool value)
{
	begin_value(j, name);
	buffer_string(j->to, value ? "true" : "false");
}

void json_null(struct json *j, const char *name)
{
	begin_value(j, name);
	buffer_string(j->to, "null");
}
