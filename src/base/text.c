/*
 * text - comparing, trimming and splitting runs of bytes
 *
 * Runs in:  every process
 * Owns:     nothing (text_dup's copies belong to the caller)
 * Errors:   text_dup: NULL and errno; the others cannot fail
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <stdlib.h>

static unsigned char lower(char c)
{
	unsigned char u = (unsigned char)c;
	return u >= 'A' && u <= 'Z' ? u | 0x20 : u;
}

bool text_equal_nocase(struct text a, struct text b)
{
	if (a.size != b.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		if (lower(a.at[i]) != lower(b.at[i]))
			return false;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct text text_trim(struct text t)
{
	while (t.size && is_blank(t.at[0]))
		t.at++, t.size--;
	while (t.size && is_blank(t.at[t.size - 1]))
		t.size--;
	return t;
}

struct text text_split(struct text *rest, char separator)
{
	struct text part = *rest;
	const char *cut = rest->size ? memchr(rest->at, separator, rest->size) : NULL;
	if (!cut) {
		*rest = (struct text){NULL, 0};
		return part;
	}
	part.size = (size_t)(cut - part.at);
	rest->at = cut + 1;
	rest->size -= part.size + 1;
	return part;
}

struct text text_word(struct text *rest)
{
	struct text word = *rest = text_trim(*rest);
	for (; rest->size && !is_blank(*rest->at); rest->size--)
		rest->at++;
	word.size -= rest->size;
	*rest = text_trim(*rest);
	return word;
}

bool text_number(struct text t, unsigned long long most, unsigned long long *value)
{
	unsigned long long n = 0;
	if (t.size == 0)
		return false;
	for (size_t i = 0; i < t.size; i++) {
		unsigned digit = (unsigned char)t.at[i] - (unsigned)'0';
		if (digit > 9 || digit > most || n > (most - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*value = n;
	return true;
}

char *text_dup(struct text t)
{
	char *copy = malloc(t.size + 1);
	if (!copy)
		return NULL;
	if (t.size)
		memcpy(copy, t.at, t.size);
	copy[t.size] = '\0';
	return copy;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned text_distance(struct text a, struct text b)
{
	enum { MOST = 64 };
	unsigned row[MOST + 1]; /* row[j]: edits from the first i bytes of a to the first j of b */
	size_t rows = a.size < MOST ? a.size : MOST, columns = b.size < MOST ? b.size : MOST;

	for (size_t j = 0; j <= columns; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= rows; i++) {
		unsigned diagonal = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= columns; j++) {
			unsigned above = row[j];
			unsigned swap = diagonal + (lower(a.at[i - 1]) != lower(b.at[j - 1]));
			row[j] = least(swap, least(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[columns];
}
