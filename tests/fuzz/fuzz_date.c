/*
 * fuzz_date - any bytes as a date
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a date does not survive being written and read again
 *
 * The first eight bytes are the present time and a time to format.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_date.h"

#include "fuzz/fuzz.h"

#include <stdint.h>

static void round_trip(time_t t, time_t now)
{
	char date[HTTP_DATE_SIZE];
	time_t back = -1;
	http_date_format(date, t);
	MUST(http_date_parse(text_from(date, sizeof date), now, &back));
	if (t >= -62135596800 && t <= 253402300799)
		MUST(back == t);
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	int64_t now;
	time_t t;
	if (size < sizeof now)
		return 0;
	memcpy(&now, input, sizeof now);
	round_trip((time_t)now, 0);
	now %= 253402300800;
	if (http_date_parse(
		    text_from((const char *)input + sizeof now, size - sizeof now), now, &t)) {
		MUST(size - sizeof now >= 24);
		round_trip(t, now);
	}
	return 0;
}
