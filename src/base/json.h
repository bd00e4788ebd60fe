/*
 * json - writes JSON, one value after the other
 *
 * Runs in:  every process
 * Owns:     nothing; what is written goes to the caller's buffer
 * Errors:   running out of memory sticks in the buffer, see base/buffer.h
 *
 *	json_begin(&j, &buffer);
 *	json_object(&j, NULL);
 *	json_number(&j, "pid", 812);
 *	json_array(&j, "workers");
 *	json_end(&j);
 *	json_end(&j);
 *
 * makes {"pid":812,"workers":[]}.
 *
 * Commas and brackets follow from the calls. The result is RFC 8259, always valid UTF-8, without a
 * line break, and safe inside a <script> element too.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buffer.h"

#include <stdint.h>

enum { JSON_DEPTH = 16 };

struct json {
	struct buffer *to;
	unsigned depth;           /* brackets that are open */
	bool more;                /* a value stands before the next one: a comma between them */
	char closing[JSON_DEPTH]; /* what ends each of them */
};

void json_begin(struct json *j, struct buffer *to);

/* In all that follow `name` is the member's name, a literal that needs no escape; NULL in arrays
 * and for the outermost value. */
void json_object(struct json *j, const char *name);
void json_array(struct json *j, const char *name);

/* Ends the innermost object or array. */
void json_end(struct json *j);

/* Any bytes: what is no UTF-8 becomes U+FFFD, a byte at a time. */
void json_text(struct json *j, const char *name, struct text value);

/* NULL is written as null. */
void json_string(struct json *j, const char *name, const char *value);

void json_number(struct json *j, const char *name, unsigned long long value);
void json_integer(struct json *j, const char *name, long long value);

/* With so many digits behind the point; null where JSON has no number for it (NaN, infinity). */
void json_real(struct json *j, const char *name, double value, int digits);

/* `us` microseconds as seconds, all six digits of them kept: exact where a double is not. */
void json_seconds(struct json *j, const char *name, uint64_t us);

void json_bool(struct json *j, const char *name, bool value);
void json_null(struct json *j, const char *name);

/* How many bytes the UTF-8 sequence at the beginning of t has; 0: it is none (RFC 3629). */
size_t json_utf8(struct text t);

#endif
