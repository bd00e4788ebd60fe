/*
 * wire_succession - what a parent hands to the program that takes its place
 *
 * Runs in:  the parent that upgrades, and the one it executes
 * Owns:     see wire_succession.h
 * Errors:   see wire_succession.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_succession.h"

#include "base/assert.h"

#include <limits.h>
#include <stdlib.h>

static void pack_listener(const char *name, const struct wire_listener *l, struct buffer *to)
{
	buffer_printf(to, " %s=%d@", name, l->fd);
	for (socklen_t at = 0; at < l->address.size; at++)
		buffer_printf(to, "%02x", ((const unsigned char *)&l->address.of)[at]);
}

bool wire_succession_pack(const struct wire_succession *s, struct buffer *to)
{
	buffer_printf(to, "generation=%u pid=%d channel=%d errors=%d", (unsigned)s->generation,
		(int)s->pid, s->channel, s->errors);
	if (s->keeper[0] >= 0)
		buffer_printf(to, " keeper=%d,%d", s->keeper[0], s->keeper[1]);
	if (*s->lab)
		buffer_printf(to, " lab=%s", s->lab);
	if (s->status.fd >= 0)
		pack_listener("status", &s->status, to);
	for (size_t i = 0; i < s->count; i++)
		pack_listener("listen", &s->listeners[i], to);
	return !to->failed;
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* The bytes of a socket address of a family we know, and no others. */
static bool read_address(struct text hex, struct os_address *to)
{
	*to = (struct os_address){.size = (socklen_t)(hex.size / 2)};
	if (hex.size % 2 || to->size > sizeof to->of)
		return false;
	for (socklen_t i = 0; i < to->size; i++) {
		int high = digit(hex.at[(size_t)i * 2]), low = digit(hex.at[(size_t)i * 2 + 1]);
		if (high < 0 || low < 0)
			return false;
		((unsigned char *)&to->of)[i] = (unsigned char)(high * 16 + low);
	}
	return (to->size == sizeof to->of.v4 && to->of.any.sa_family == AF_INET) ||
	       (to->size == sizeof to->of.v6 && to->of.any.sa_family == AF_INET6);
}

static bool read_fd(struct text digits, int *fd)
{
	unsigned long long n;
	if (!text_number(digits, INT_MAX, &n))
		return false;
	*fd = (int)n;
	return true;
}

static bool read_listener(struct text value, struct wire_listener *to)
{
	return read_fd(text_split(&value, '@'), &to->fd) && read_address(value, &to->address);
}

static bool add_listener(struct wire_succession *s, struct text value)
{
	struct wire_listener *list = realloc(s->listeners, (s->count + 1) * sizeof *list);
	if (!list)
		return false;
	s->listeners = list;
	if (!read_listener(value, &list[s->count]))
		return false;
	s->count++;
	return true;
}

static bool take_word(struct wire_succession *s, struct text word)
{
	struct text name = text_split(&word, '=');
	unsigned long long n;
	if (text_equal(name, TEXT("listen")))
		return add_listener(s, word);
	if (text_equal(name, TEXT("status")))
		return read_listener(word, &s->status);
	if (text_equal(name, TEXT("channel")))
		return read_fd(word, &s->channel);
	if (text_equal(name, TEXT("keeper")))
		return read_fd(text_split(&word, ','), &s->keeper[0]) &&
		       read_fd(word, &s->keeper[1]);
	if (text_equal(name, TEXT("lab"))) {
		if (word.size >= sizeof s->lab)
			return false;
		if (word.size)
			memcpy(s->lab, word.at, word.size);
		s->lab[word.size] = '\0';
	}
	if (text_equal(name, TEXT("errors")))
		return text_equal(word, TEXT("-1")) || read_fd(word, &s->errors);
	if (text_equal(name, TEXT("generation"))) {
		if (!text_number(word, UINT32_MAX - 1, &n))
			return false;
		s->generation = (uint32_t)n;
	}
	if (text_equal(name, TEXT("pid"))) {
		if (!text_number(word, INT32_MAX, &n))
			return false;
		s->pid = (int32_t)n;
	}
	return true;
}

bool wire_succession_unpack(struct text from, struct wire_succession *to)
{
	*to = (struct wire_succession){
		.channel = -1, .errors = -1, .keeper = {-1, -1}, .status.fd = -1};
	while (from.at)
		if (!take_word(to, text_split(&from, ' ')))
			return false;
	return to->channel >= 0 && to->pid > 0;
}
