/*
 * base64 - RFC 4648, section 4
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   see base64.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buffer *to, struct text from)
{
	const unsigned char *at = (const unsigned char *)from.at;
	for (size_t i = 0; i < from.size; i += 3) {
		size_t left = from.size - i;
		unsigned long bits = (unsigned long)at[i] << 16;
		if (left > 1)
			bits |= (unsigned long)at[i + 1] << 8;
		if (left > 2)
			bits |= at[i + 2];
		char four[4] = {letters[bits >> 18], letters[bits >> 12 & 63],
			left > 1 ? letters[bits >> 6 & 63] : '=',
			left > 2 ? letters[bits & 63] : '='};
		buffer_append(to, four, sizeof four);
	}
}

/* 0 to 63, or -1. */
static int value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Appends what the letters at the beginning of `from` encode; true when the bits that are left over
 * are zero and few enough to be no byte's. */
static bool decode(struct buffer *to, struct text from, size_t *used)
{
	unsigned long bits = 0;
	unsigned have = 0;
	size_t i = 0;
	for (int v; i < from.size && (v = value(from.at[i])) >= 0; i++) {
		bits = (bits << 6 | (unsigned)v) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			char byte = (char)(bits >> have);
			buffer_append(to, &byte, 1);
		}
	}
	*used = i;
	return have < 6 && (bits & ((1UL << have) - 1)) == 0;
}

bool base64_decode(struct buffer *to, struct text from)
{
	if (from.size % 4)
		return false;
	size_t before = to->size, used, padding = 0;
	bool good = decode(to, from, &used);
	while (padding < 2 && used + padding < from.size && from.at[used + padding] == '=')
		padding++;
	if (good && used + padding == from.size)
		return true;
	to->size = before;
	return false;
}

void base64_decode_loosely(struct buffer *to, struct text from)
{
	size_t used;
	decode(to, from, &used);
}
