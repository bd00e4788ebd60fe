/*
 * fuzz_chunked - any bytes as a chunked body, whole and in pieces
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of http_chunked.h is broken, or a cut changes the result
 *
 * The first byte says how large the pieces are.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buffer.h"
#include "fuzz/fuzz.h"
#include "http/http_chunked.h"

enum { MOST = 5000 };

static int decode(const char *data, size_t size, size_t step, struct buffer *out, size_t *consumed)
{
	struct http_chunked c;
	int status = HTTP_MORE;
	size_t at = 0;
	http_chunked_init(&c, &(struct http_limits){100, 5, 50, false}, MOST);
	while (status == HTTP_MORE && at < size) {
		size_t piece = size - at < step ? size - at : step, used = 0;
		struct text content;
		status = http_chunked_read(&c, data + at, piece, &used, &content);
		MUST(used > 0 && used <= piece);
		MUST(!content.size ||
			(content.at >= data + at && content.at + content.size <= data + at + used));
		buffer_text(out, content);
		at += used;
	}
	*consumed = at;
	return status;
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	struct buffer whole = BUFFER_INIT, cut = BUFFER_INIT;
	size_t used_whole, used_cut;
	if (size < 1)
		return 0;
	const char *data = (const char *)input + 1;
	int status = decode(data, size - 1, size, &whole, &used_whole);
	int again = decode(data, size - 1, 1u + input[0] % 16, &cut, &used_cut);
	MUST(status == 0 || status == HTTP_MORE || status == 400 || status == 413 || status == 431);
	MUST(status == again && used_whole == used_cut && whole.size <= MOST);
	MUST(text_equal(buffer_view(&whole), buffer_view(&cut)));
	MUST(status != 0 || (used_whole >= 5 && memcmp(data + used_whole - 2, "\r\n", 2) == 0));
	buffer_free(&whole);
	buffer_free(&cut);
	return 0;
}
