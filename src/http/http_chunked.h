/*
 * http_chunked - a chunked body, decoded strictly and in pieces (RFC 9112 7.1)
 *
 * Runs in:  worker
 * Owns:     nothing; content is a view of the bytes given in
 * Errors:   400 for what is not the grammar (bare CR or LF, a size that is none or does not fit,
 *           chunk data of another length), 413 for content over the limit, 431 for a trailer
 *           section over the limits
 *
 * Chunk extensions are checked and ignored, and so are trailer fields, which are never merged with
 * the head (RFC 9110 6.5.1), but may be kept for the log.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_CHUNKED_H
#define HTTP_CHUNKED_H

#include "base/buffer.h"
#include "base/text.h"
#include "http/http_scan.h"
#include "http/http_status.h"

/* Bytes of one chunk-size line, and of all extensions of a body together, before it is refused. */
#define HTTP_CHUNK_LINE_MOST 4096
#define HTTP_CHUNK_EXTENSIONS_MOST 16384

struct http_chunked {
	uint64_t left;  /* bytes of the present chunk still to come */
	uint64_t total; /* bytes of content so far, the present chunk's announced ones included */
	uint64_t most;  /* total may not go above this */
	uint32_t extensions; /* bytes of extensions so far */
	uint32_t line;       /* bytes of the present line so far */
	uint32_t field_size; /* limits of the trailer section */
	uint32_t fields;
	uint32_t field_count;
	uint8_t state;          /* enum state of http_chunked.c */
	struct buffer *trailer; /* gets the lines of the trailer section, whole; NULL: nobody wants
				   them */
};

/* `most`: content over this many bytes is refused with 413 (LimitRequestBody); 0 = no limit. Of the
 * limits, fields and field_size hold for the trailer section. */
void http_chunked_init(struct http_chunked *c, const struct http_limits *limits, uint64_t most);

/* Takes bytes of the body from `in`: *used says how many, *content which of them are content (a
 * view of `in`, at most one chunk's part at a time, often empty). HTTP_MORE   there is more to
 * come: call again with what follows the used bytes; when *used is all of size, when more has been
 * read 0           the body is whole; what follows the used bytes is the next request 400 and up
 * refuse with it and close A call with size above 0 that returns HTTP_MORE has used at least one
 * byte. */
int http_chunked_read(
	struct http_chunked *c, const char *in, size_t size, size_t *used, struct text *content);

/* The next value of the field `name` (any case) in *rest, which begins as all lines of a trailer
 * section. false: there is none. */
bool http_chunked_trailer(struct text *rest, struct text name, struct text *value);

#endif
