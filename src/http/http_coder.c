/*
 * http_coder - bytes put into a content coding, piece by piece
 *
 * Runs in:  worker
 * Owns:     the encoder
 * Errors:   NULL or false where a coding is not built in or memory runs out
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_coder.h"

#include <stdlib.h>

#ifdef WITH_ZLIB
#include <zlib.h>
#endif
#ifdef WITH_BROTLI
#include <brotli/encode.h>
#endif

struct http_coder {
	enum http_coding coding;
	bool behind; /* something went in that need not have come out yet */
#ifdef WITH_ZLIB
	z_stream z;
#endif
#ifdef WITH_BROTLI
	BrotliEncoderState *br;
#endif
};

#ifdef WITH_ZLIB
static bool begin_gzip(struct http_coder *c, int level)
{
	enum { WINDOW = 15, GZIP_HEADER = 16, MEMORY = 8 };
	return deflateInit2(&c->z, level < 0 ? Z_DEFAULT_COMPRESSION : level, Z_DEFLATED,
		       WINDOW + GZIP_HEADER, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK;
}

static bool put_gzip(
	struct http_coder *c, struct text from, enum http_coder_step step, struct buffer *to)
{
	enum { PIECE = 16 * 1024 };
	static const int steps[] = {Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH};
	if (from.size > UINT32_MAX / 2)
		return false;
	c->z.next_in = (Bytef *)(uintptr_t)from.at; /* zlib only reads there */
	c->z.avail_in = (uInt)from.size;
	do {
		char *room = buffer_reserve(to, PIECE);
		if (!room)
			return false;
		c->z.next_out = (Bytef *)room;
		c->z.avail_out = PIECE;
		if (deflate(&c->z, steps[step]) == Z_STREAM_ERROR)
			return false;
		buffer_grew(to, PIECE - c->z.avail_out);
	} while (!c->z.avail_out);
	return true;
}
#endif

#ifdef WITH_BROTLI
static bool begin_brotli(struct http_coder *c, int level)
{
	enum { LEVEL = 5, WINDOW = 18 }; /* as Apache's mod_brotli */
	c->br = BrotliEncoderCreateInstance(NULL, NULL, NULL);
	return c->br &&
	       BrotliEncoderSetParameter(
		       c->br, BROTLI_PARAM_QUALITY, level < 0 ? LEVEL : (uint32_t)level) &&
	       BrotliEncoderSetParameter(c->br, BROTLI_PARAM_LGWIN, WINDOW);
}

static bool put_brotli(
	struct http_coder *c, struct text from, enum http_coder_step step, struct buffer *to)
{
	static const BrotliEncoderOperation steps[] = {
		BROTLI_OPERATION_PROCESS, BROTLI_OPERATION_FLUSH, BROTLI_OPERATION_FINISH};
	const uint8_t *in = (const uint8_t *)from.at;
	size_t left = from.size, none = 0;
	do {
		if (!BrotliEncoderCompressStream(c->br, steps[step], &left, &in, &none, NULL, NULL))
			return false;
		size_t size = 0; /* all there is */
		const uint8_t *made = BrotliEncoderTakeOutput(c->br, &size);
		buffer_append(to, made, size);
	} while (left || BrotliEncoderHasMoreOutput(c->br));
	return !to->failed;
}
#endif

static bool begin(struct http_coder *c, int level)
{
#ifdef WITH_ZLIB
	if (c->coding == HTTP_CODING_GZIP)
		return begin_gzip(c, level);
#endif
#ifdef WITH_BROTLI
	if (c->coding == HTTP_CODING_BR)
		return begin_brotli(c, level);
#endif
	(void)level;
	return false;
}

struct http_coder *http_coder_new(enum http_coding coding, int level)
{
	struct http_coder *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->coding = coding;
	if (begin(c, level))
		return c;
	http_coder_free(c);
	return NULL;
}

bool http_coder_put(
	struct http_coder *c, struct text from, enum http_coder_step step, struct buffer *to)
{
	if (step == HTTP_CODER_FLUSH && !from.size && !c->behind)
		return true;
	c->behind = step == HTTP_CODER_MORE && (c->behind || from.size);
#ifdef WITH_ZLIB
	if (c->coding == HTTP_CODING_GZIP)
		return put_gzip(c, from, step, to);
#endif
#ifdef WITH_BROTLI
	if (c->coding == HTTP_CODING_BR)
		return put_brotli(c, from, step, to);
#endif
	(void)to;
	return false;
}

void http_coder_free(struct http_coder *c)
{
	if (!c)
		return;
#ifdef WITH_ZLIB
	if (c->coding == HTTP_CODING_GZIP)
		deflateEnd(&c->z);
#endif
#ifdef WITH_BROTLI
	if (c->br)
		BrotliEncoderDestroyInstance(c->br);
#endif
	free(c);
}
