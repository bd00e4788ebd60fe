/*
 * fuzz_basic - any bytes as the value of Authorization, and as base64
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of http_basic.h or base64.h is broken
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "fuzz/fuzz.h"
#include "http/http_basic.h"

static void credentials(struct text value)
{
	struct buffer bytes = BUFFER_INIT, again = BUFFER_INIT;
	struct http_basic c;
	if (http_basic_read(value, &bytes, &c)) {
		MUST(c.user.at[c.user.size] == '\0' && c.password.at[c.password.size] == '\0');
		MUST(strlen(c.user.at) == c.user.size && !memchr(c.user.at, ':', c.user.size));
		MUST(strlen(c.password.at) == c.password.size);
		buffer_text(&again, c.user);
		buffer_string(&again, ":");
		buffer_text(&again, c.password);
		struct buffer coded = BUFFER_INIT;
		base64_encode(&coded, buffer_view(&again));
		struct text sent = text_trim(value);
		MUST(coded.size < sent.size);
		MUST(text_equal(text_from(sent.at + sent.size - coded.size, coded.size),
			buffer_view(&coded)));
		buffer_free(&coded);
	}
	buffer_free(&bytes);
	buffer_free(&again);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	struct text t = text_from((const char *)input, size);
	credentials(t);
	struct buffer strict = BUFFER_INIT, loose = BUFFER_INIT, coded = BUFFER_INIT;
	base64_decode_loosely(&loose, t);
	if (base64_decode(&strict, t)) {
		MUST(text_equal(buffer_view(&strict), buffer_view(&loose)));
		base64_encode(&coded, buffer_view(&strict));
		MUST(text_equal(buffer_view(&coded), t));
	} else {
		MUST(strict.size == 0);
	}
	buffer_free(&strict);
	buffer_free(&loose);
	buffer_free(&coded);
	return 0;
}
