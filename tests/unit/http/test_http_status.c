/*
 * test_http_status - the words of the statuses
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_status.h"

#include "http_cases.h"

START_TEST(every_status_is_found)
{
	static const int codes[] = {
#define HTTP_STATUS(code, reason, sentence) code,
#include "http/http_status.def"
#undef HTTP_STATUS
	};
	size_t known = 0;
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		char start[16];
		ck_assert_msg(i == 0 || codes[i] > codes[i - 1], "%d stands in the wrong place",
			codes[i]);
		snprintf(start, sizeof start, "HTTP/1.1 %d ", codes[i]);
		struct text line = http_status_line(codes[i]);
		ck_assert(text_starts(line, text_of(start)));
		ck_assert(line.at[line.size - 2] == '\r' && line.at[line.size - 1] == '\n');
		struct text reason = http_status_reason(codes[i]);
		ck_assert(text_equal(text_from(line.at + 13, line.size - 15), reason));
		struct text sentence = http_status_sentence(codes[i]);
		ck_assert(sentence.size && sentence.at[sentence.size - 1] == '.');
	}
	for (int code = -10; code < 1000; code++)
		known += http_status_line(code).size > 0;
	ck_assert_uint_eq(known, sizeof codes / sizeof *codes);
	ck_assert(text_equal(http_status_reason(404), TEXT("Not Found")));
	ck_assert(text_equal(http_status_reason(299), TEXT("Unknown")));
	ck_assert_uint_gt(http_status_sentence(299).size, 0);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, every_status_is_found);
}

int main(void)
{
	return run_suite("http_status", add);
}
