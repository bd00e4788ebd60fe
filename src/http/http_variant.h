/*
 * http_variant - which of several variants of a page suits a request best
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   406 where nothing suits the client
 *
 * The rules are those of Apache's mod_negotiation ("server-driven" there, proactive in RFC 9110
 * 12.1): media type, language, charset, content coding, size, in this order.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_VARIANT_H
#define HTTP_VARIANT_H

#include "base/text.h"
#include "http/http_request.h"

#include <stdint.h>

struct http_variant {
	const char *type;             /* NULL: unknown, which only a range for everything accepts */
	const char *charset;          /* NULL: not known */
	const char *const *languages; /* of the text in it, if any */
	size_t language_count;
	const char *const *codings; /* applied to it, if any */
	size_t coding_count;
	uint64_t size; /* bytes */
};

/* What the server likes, where the client does not mind. */
struct http_variant_taste {
	const char *const *languages; /* NULL-terminated, the most wanted first; NULL: none */
	bool prefer;   /* they decide between languages that suit the client equally well */
	bool fallback; /* and where no language suits the client */
};

/* In what variants can differ, a set; the same order as of the fields that decide. */
enum http_variant_dimension {
	HTTP_VARIANT_TYPE = 1 << 0,
	HTTP_VARIANT_LANGUAGE = 1 << 1,
	HTTP_VARIANT_CHARSET = 1 << 2,
	HTTP_VARIANT_CODING = 1 << 3
};

/* In what these differ: the fields to name in Vary. */
unsigned http_variant_differ(const struct http_variant *variants, size_t count);

/* The best of `count` variants (at least one) into *best; of equals the smallest, then the
 * first. 0 or 406. */
int http_variant_choose(const struct http_request *r, const struct http_variant *variants,
	size_t count, const struct http_variant_taste *taste, size_t *best);

#endif
