/*
 * text - a run of bytes that somebody else owns
 *
 * Runs in:  every process
 * Owns:     nothing; a text is a view and is valid only as long as what it looks at
 * Errors:   none
 *
 * Bytes from the network are never NUL-terminated here: what has a length cannot be read past.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
	const char *at; /* first byte; may be NULL only when size is 0 */
	size_t size;    /* in bytes */
};

/* A text over a string literal, usable in initialisers. */
#define TEXT(literal) ((struct text){"" literal, sizeof(literal) - 1})

/* For printf: "%.*s", TEXT_ARGS(t). */
#define TEXT_ARGS(t) (int)(t).size, (t).at

static inline struct text text_of(const char *string)
{
	return (struct text){string, string ? strlen(string) : 0};
}

static inline struct text text_from(const char *at, size_t size)
{
	return (struct text){at, size};
}

static inline bool text_equal(struct text a, struct text b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static inline bool text_starts(struct text t, struct text with)
{
	return t.size >= with.size && (with.size == 0 || memcmp(t.at, with.at, with.size) == 0);
}

/* Equal but for the case of ASCII letters, whatever the locale (RFC 9110 5.1). */
bool text_equal_nocase(struct text a, struct text b);

/* t without spaces and tabs at both ends (OWS, RFC 9110 5.6.3). */
struct text text_trim(struct text t);

/* Cuts the part of *rest before the first `separator` off and returns it; *rest keeps what
 * follows. Without a separator the whole is returned and *rest becomes empty with at == NULL, so
 * that `while (rest.at)` visits every part, empty ones too. */
struct text text_split(struct text *rest, char separator);

/* Cuts the first word off *rest and returns it, words being apart by spaces and tabs; *rest keeps
 * what follows, trimmed. Empty: there is none. */
struct text text_word(struct text *rest);

/* As much of t as there is room for, with a NUL behind it; room is at least 1. */
static inline void text_copy(char *to, size_t room, struct text t)
{
	size_t size = t.size < room ? t.size : room - 1;
	if (size)
		memcpy(to, t.at, size);
	to[size] = '\0';
}

/* The digits of t as a number: true and *value, or false when t is empty, holds anything but
 * digits, or is larger than `most`. */
bool text_number(struct text t, unsigned long long most, unsigned long long *value);

/* A NUL-terminated copy, for free(). NULL with errno ENOMEM. */
char *text_dup(struct text t);

/* How many single-byte edits lead from a to b, letters compared without case: for hints
 * ("did you mean ..."). Both are cut at 64 bytes. */
unsigned text_distance(struct text a, struct text b);

#endif
