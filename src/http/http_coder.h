/*
 * http_coder - bytes put into a content coding, piece by piece
 *
 * Runs in:  worker
 * Owns:     the encoder
 * Errors:   NULL or false where a coding is not built in or memory runs out
 *
 * gzip is made by zlib (WITH_ZLIB), br by libbrotlienc (WITH_BROTLI).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_CODER_H
#define HTTP_CODER_H

#include "base/buffer.h"
#include "http/http_coding.h"

struct http_coder;

enum http_coder_step {
	HTTP_CODER_MORE,  /* further pieces follow soon: as much may stay behind as helps */
	HTTP_CODER_FLUSH, /* all that was put in can be read out of what has come out */
	HTTP_CODER_END    /* nothing follows */
};

/* `level`: 1 to 9 for gzip, 0 to 11 for br; below 0, the encoder's own choice. */
struct http_coder *http_coder_new(enum http_coding coding, int level);

/* Appends what comes out when `from` goes in. A flush with nothing left behind adds nothing. false:
 * what `to` holds from its old end on is worth nothing, and so is the coder. */
bool http_coder_put(
	struct http_coder *coder, struct text from, enum http_coder_step step, struct buffer *to);

/* NULL: nothing. */
void http_coder_free(struct http_coder *coder);

#endif
