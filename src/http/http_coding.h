/*
 * http_coding - content codings: which one a client gets, and how bytes are put into it
 *
 * Runs in:  worker
 * Owns:     nothing; the encoders take memory while they work and give it back
 * Errors:   http_coding_encode: false where a coding is not built in or memory runs out
 *
 * gzip and br are made here (http_coder.h); zstd is known, so that files that were compressed
 * before can be sent.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_CODING_H
#define HTTP_CODING_H

#include "base/buffer.h"
#include "http/http_request.h"

enum http_coding {
#define HTTP_CODING(symbol, name, suffix) HTTP_CODING_##symbol,
#include "http/http_codings.def"
#undef HTTP_CODING
	HTTP_CODING_COUNT,
	HTTP_CODING_OTHER = HTTP_CODING_COUNT /* a coding this server knows nothing of */
};

/* A set of codings. */
#define HTTP_CODING_BIT(coding) (1u << (coding))

/* "gzip", in any case and as "x-gzip" too. */
enum http_coding http_coding_named(struct text name);

/* "gzip"; of HTTP_CODING_OTHER the empty text. */
struct text http_coding_name(enum http_coding coding);

/* What tells the entity tags of a file's codings apart: "-gzip", as Apache; NULL for identity. */
const char *http_coding_suffix(enum http_coding coding);

/* The coding to send to this client, of identity and the set `offered`: the one with the highest
 * weight in Accept-Encoding, of equals the last in the table. "*" stands for gzip alone, which
 * everybody has, unless identity is refused. Identity where nothing else fits, even if it is
 * refused: RFC 9110 12.4.1 leaves that to the server, and an answer is of more use than a 406. */
enum http_coding http_coding_choose(const struct http_request *r, unsigned offered);

/* Is there an encoder for it? */
bool http_coding_built_in(enum http_coding coding);

/* Appends `from` in the coding. `level`: 1 to 9 for gzip, 0 to 11 for br; below 0, the encoder's
 * own choice. The same bytes in give the same bytes out. false: nothing is appended. */
bool http_coding_encode(enum http_coding coding, int level, struct text from, struct buffer *to);

#endif
