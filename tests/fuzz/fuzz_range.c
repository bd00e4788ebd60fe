/*
 * fuzz_range - any bytes as a Range
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of http_range.h is broken
 *
 * The first byte chooses the limits, the next two the length, the rest is the value.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_range.h"

#include "fuzz/fuzz.h"

enum { ROOM = 6 };

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	static const struct http_range_limits limits[] = {
		{200, 20, 20, 80}, {10, 10, 10, 0}, {3, 1, 1, 2}};
	struct http_span spans[ROOM];
	size_t count = 0;
	if (size < 3)
		return 0;
	const struct http_range_limits *l = &limits[input[0] % 3];
	uint64_t length = input[1] | (uint64_t)input[2] << 8;
	if (length == 65535)
		length = UINT64_MAX;
	int status = http_range_parse(
		text_from((const char *)input + 3, size - 3), length, l, spans, ROOM, &count);
	MUST(status == 0 || (status == 416 && count == 0));
	MUST(count <= ROOM);
	for (size_t i = 0; i < count; i++) {
		char text[HTTP_CONTENT_RANGE_SIZE];
		MUST(spans[i].first <= spans[i].last && spans[i].last < length);
		MUST(http_range_content(text, &spans[i], length) <= sizeof text);
		for (size_t j = 0; j < i; j++) /* merged: apart from each other */
			MUST(spans[i].first > spans[j].last || spans[j].first > spans[i].last);
	}
	return 0;
}
