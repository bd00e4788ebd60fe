/*
 * test_http_request - a request read, looked at, moved, and used again
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http_cases.h"

static void read_good(struct http_request *r, const char *raw)
{
	int status = http_request_read(r, raw, strlen(raw), &LIMITS);
	ck_assert_msg(status == 0, "%d %s", status, r->why ? r->why : "");
}

static void same(struct text t, const char *expected)
{
	ck_assert_msg(text_equal(t, text_of(expected)), "\"%.*s\" instead of \"%s\"", TEXT_ARGS(t),
		expected);
}

static const char everything[] = "POST /a/b?c=d HTTP/1.1\r\n"
				 "Host: www.example.com:8080\r\n"
				 "User-Agent: test\r\n"
				 "X-Thing: one\r\n"
				 "x-thing: two\r\n"
				 "Accept: a\r\n"
				 "ACCEPT: b\r\n"
				 "Content-Length: 7\r\n"
				 "\r\n"
				 "content";

START_TEST(what_was_sent_can_be_looked_at)
{
	struct http_request r;
	http_request_init(&r);
	read_good(&r, everything);
	same(r.line, "POST /a/b?c=d HTTP/1.1");
	same(r.method_name, "POST");
	same(r.target, "/a/b?c=d");
	same(r.path, "/a/b");
	same(r.query, "c=d");
	same(r.authority, "www.example.com:8080");
	ck_assert_uint_eq(r.field_count, 7);
	ck_assert_uint_eq(r.head_size, sizeof everything - 1 - 7);
	ck_assert_uint_eq(r.content_length, 7);
	same(http_request_field(&r, HTTP_USER_AGENT), "test");
	same(http_request_field(&r, HTTP_ACCEPT), "a");
	ck_assert(http_request_repeated(&r, HTTP_ACCEPT));
	ck_assert(!http_request_repeated(&r, HTTP_HOST));
	ck_assert(http_request_has(&r, HTTP_CONTENT_LENGTH));
	ck_assert(!http_request_has(&r, HTTP_REFERER));
	ck_assert_ptr_null(http_request_field(&r, HTTP_REFERER).at);

	const struct http_field *f = http_request_find(&r, TEXT("X-THING"), NULL);
	ck_assert_ptr_nonnull(f);
	same(f->value, "one");
	ck_assert_int_eq(f->known, HTTP_OTHER);
	f = http_request_find(&r, TEXT("X-THING"), f);
	ck_assert_ptr_nonnull(f);
	same(f->value, "two");
	ck_assert_ptr_null(http_request_find(&r, TEXT("X-THING"), f));
	ck_assert_ptr_null(http_request_find(&r, TEXT("X-THIN"), NULL));
	http_request_free(&r);
}
END_TEST

START_TEST(a_head_is_its_own)
{
	struct http_request r;
	char before[TOLD], after[TOLD];
	size_t size = sizeof everything - 1;
	char *first = malloc(size);
	ck_assert(first);
	memcpy(first, everything, size);
	http_request_init(&r);
	ck_assert_int_eq(http_request_read(&r, first, size, &LIMITS), 0);
	describe(&r, 0, before, sizeof before);
	memset(first, 'z', size);
	free(first);
	describe(&r, 0, after, sizeof after);
	ck_assert_str_eq(before, after);
	same(r.line, "POST /a/b?c=d HTTP/1.1");
	same(http_request_field(&r, HTTP_USER_AGENT), "test");
	http_request_free(&r);
}
END_TEST

/* What was said of the one before holds for the same bytes, and for no others. */
START_TEST(a_head_that_comes_again_is_known)
{
	static const char head[] = "GET /a?b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
	size_t size = sizeof head - 1;
	struct http_request fresh, r;
	char bytes[sizeof head + 1], expected[TOLD], told[TOLD];
	http_request_init(&r);
	for (size_t changed = 0; changed <= size; changed++) {
		memcpy(bytes, head, sizeof head);
		bytes[size] = '!'; /* the next request begins behind it */
		ck_assert_int_eq(http_request_read(&r, bytes, size + 1, &LIMITS), 0);
		http_request_reset(&r);
		ck_assert(!http_request_begun(&r));
		bytes[changed] = changed == size ? 'G' : bytes[changed] == 'Z' ? 'Y' : 'Z';
		int status = http_request_read(&r, bytes, size + 1, &LIMITS);
		describe(&r, status, told, sizeof told);
		http_request_init(&fresh);
		status = http_request_read(&fresh, bytes, size + 1, &LIMITS);
		describe(&fresh, status, expected, sizeof expected);
		ck_assert_str_eq(told, expected);
		http_request_free(&fresh);
		r.why = "refused for its body"; /* as who reads that may say */
		http_request_reset(&r);
		ck_assert_int_eq(http_request_read(&r, head, size, &LIMITS), 0);
		ck_assert_ptr_null(r.why);
		http_request_reset(&r);
		ck_assert_int_eq(http_request_read(&r, head, size - 1, &LIMITS), HTTP_MORE);
		ck_assert_int_eq(http_request_read(&r, head, size, &LIMITS), 0);
		http_request_reset(&r);
	}
	http_request_free(&r);
}
END_TEST

START_TEST(nothing_of_a_request_is_left_for_the_next)
{
	static const char *const heads[] = {everything, "GET / HTTP/1.0\r\n\r\n",
		"GET /x HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
		"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "BAD\r\n\r\n", "GET"};
	struct http_request fresh, used;
	char expected[TOLD], told[TOLD];
	http_request_init(&used);
	for (size_t i = 0; i < 7; i++)
		for (size_t j = 0; j < 7; j++) {
			http_request_reset(&used);
			http_request_read(&used, heads[i], strlen(heads[i]), &LIMITS);
			http_request_reset(&used);
			ck_assert(!http_request_begun(&used));
			int status = http_request_read(&used, heads[j], strlen(heads[j]), &LIMITS);
			describe(&used, status, told, sizeof told);
			http_request_init(&fresh);
			status = http_request_read(&fresh, heads[j], strlen(heads[j]), &LIMITS);
			describe(&fresh, status, expected, sizeof expected);
			ck_assert_str_eq(told, expected);
			ck_assert_mem_eq(fresh.first, used.first, sizeof fresh.first);
			http_request_free(&fresh);
		}
	http_request_free(&used);
}
END_TEST

START_TEST(pipelined_requests_follow_each_other)
{
	char raw[4096] = "";
	for (int i = 0; i < 16; i++)
		snprintf(raw + strlen(raw), sizeof raw - strlen(raw),
			"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
	struct http_request r;
	http_request_init(&r);
	const char *at = raw;
	size_t left = strlen(raw);
	for (int i = 0; i < 16; i++) {
		char path[16];
		snprintf(path, sizeof path, "/%d", i);
		http_request_reset(&r);
		ck_assert_int_eq(http_request_read(&r, at, left, &LIMITS), 0);
		same(r.path, path);
		at += r.head_size;
		left -= r.head_size;
	}
	ck_assert_uint_eq(left, 0);
	http_request_free(&r);
}
END_TEST

START_TEST(a_request_begins_with_its_first_byte)
{
	static const struct {
		const char *raw;
		bool begun;
	} rows[] = {{"", false}, {"\r", false}, {"\r\n", false}, {"\r\n\r\n", false}, {"G", true},
		{"\r\nG", true}, {"GET / HTTP/1.1\r\n", true}, {"\1", true}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_request r;
		http_request_init(&r);
		http_request_read(&r, rows[i].raw, strlen(rows[i].raw), &LIMITS);
		ck_assert_int_eq(http_request_begun(&r), rows[i].begun);
		http_request_free(&r);
	}
}
END_TEST

START_TEST(a_refused_request_has_a_line_for_the_log)
{
	static const struct {
		const char *raw, *line;
	} rows[] = {
		{"GET /x HTTP/9.1\r\nHost: a\r\n\r\n", "GET /x HTTP/9.1"},
		{"GET /\x01 HTTP/1.1\r\n", "GET /\x01 HTTP/1.1"},
		{"GET / HTTP/1.1\r\nX Y: z\r\n", "GET / HTTP/1.1"},
		{"GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1"},
		{"\r\n\x16\x03\x01", "\x16\x03\x01"},
		{"\n", ""},
		{"\rGET / HTTP/1.1\r\n\r\n", ""},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct http_request r;
		http_request_init(&r);
		ck_assert_int_ge(
			http_request_read(&r, rows[i].raw, strlen(rows[i].raw), &LIMITS), 400);
		same(r.line, rows[i].line);
		ck_assert_ptr_nonnull(r.why);
		http_request_free(&r);
	}
}
END_TEST

START_TEST(fields_by_the_hundred)
{
	char raw[65536] = "GET / HTTP/1.1\r\nHost: a\r\n";
	size_t used = strlen(raw);
	for (int i = 1; i < 1000; i++)
		used += (size_t)sprintf(raw + used, "X%d: %d\r\n", i, i * 7);
	memcpy(raw + used, "\r\n", 3);
	struct http_request r;
	http_request_init(&r);
	struct http_limits limits = {8190, 0, 8190, false};
	ck_assert_int_eq(http_request_read(&r, raw, strlen(raw), &limits), 0);
	ck_assert_uint_eq(r.field_count, 1000);
	for (int i = 1; i < 1000; i++) {
		char name[16], value[16];
		snprintf(name, sizeof name, "x%d", i);
		snprintf(value, sizeof value, "%d", i * 7);
		const struct http_field *f = http_request_find(&r, text_of(name), NULL);
		ck_assert_ptr_nonnull(f);
		same(f->value, value);
	}
	limits.fields = 999;
	http_request_free(&r);
	ck_assert_int_eq(http_request_read(&r, raw, strlen(raw), &limits), 431);
	http_request_free(&r);
}
END_TEST

START_TEST(a_head_as_large_as_the_directives_allow)
{
	/* 100 fields of 8190 bytes: ten times what http-parser takes of itself. */
	size_t room = 900000, used = 0;
	char *raw = malloc(room);
	ck_assert_ptr_nonnull(raw);
	used += (size_t)sprintf(raw, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 1; i < 100; i++) {
		raw[used] = 'X';
		raw[used + 1] = ':';
		memset(raw + used + 2, 'v', 8188);
		memcpy(raw + used + 8190, "\r\n", 2);
		used += 8192;
	}
	memcpy(raw + used, "\r\n", 2);
	used += 2;
	struct http_request r;
	http_request_init(&r);
	int status = http_request_read(&r, raw, used, &LIMITS);
	ck_assert_msg(status == 0, "%d %s", status, r.why ? r.why : "");
	ck_assert_uint_eq(r.field_count, 100);
	ck_assert_uint_eq(r.fields[99].value.size, 8188);
	http_request_free(&r);
	free(raw);
}
END_TEST

START_TEST(names_are_known_in_any_case)
{
	struct http_request r;
	http_request_init(&r);
	for (unsigned k = 0; k < HTTP_KNOWN_COUNT; k++) {
		struct text name = http_request_known((enum http_known)k);
		char other[64];
		ck_assert_int_eq(http_request_known_named(name), k);
		for (int way = 0; way < 2; way++) {
			for (size_t i = 0; i < name.size; i++)
				other[i] = name.at[i] == '-' ? '-'
					   : way             ? (char)(name.at[i] | 0x20)
							     : (char)(name.at[i] & ~0x20);
			ck_assert_int_eq(http_request_known_named(text_from(other, name.size)), k);
		}
		/* One byte changed, removed or added is another name. */
		for (size_t i = 0; i < name.size; i++)
			for (int c = 0; c < 256; c++) {
				memcpy(other, name.at, name.size);
				other[i] = (char)c;
				struct text t = text_from(other, name.size);
				ck_assert_int_eq(http_request_known_named(t) == (enum http_known)k,
					text_equal_nocase(t, name));
			}
		ck_assert_int_ne(
			http_request_known_named(text_from(name.at, name.size - 1)), (int)k);
	}
	ck_assert_int_eq(http_request_known_named(TEXT("")), HTTP_OTHER);
	ck_assert_int_eq(http_request_known_named(TEXT("X-Nothing")), HTTP_OTHER);
	http_request_free(&r);
}
END_TEST

START_TEST(methods_are_known_by_name)
{
	for (unsigned m = 0; m < HTTP_METHOD_COUNT; m++)
		ck_assert_int_eq(
			http_request_method_named(http_request_method((enum http_method_id)m)), m);
	same(http_request_method(HTTP_METHOD_GET), "GET");
	same(http_request_method(HTTP_METHOD_UNKNOWN), "-");
	ck_assert_int_eq(http_request_method_named(TEXT("get")), HTTP_METHOD_UNKNOWN);
	ck_assert_int_eq(http_request_method_named(TEXT("GE")), HTTP_METHOD_UNKNOWN);
	ck_assert_int_eq(http_request_method_named(TEXT("")), HTTP_METHOD_UNKNOWN);
}
END_TEST

/* Every method of the table is also one http-parser knows: no stand-in hides it. */
START_TEST(every_known_method_is_parsed)
{
	struct http_request r;
	http_request_init(&r);
	for (unsigned m = 0; m < HTTP_METHOD_COUNT; m++) {
		char raw[128];
		snprintf(raw, sizeof raw, "%.*s %s HTTP/1.1\r\nHost: a\r\n\r\n",
			TEXT_ARGS(http_request_method((enum http_method_id)m)),
			m == HTTP_METHOD_CONNECT ? "a:1" : "/");
		http_request_reset(&r);
		read_good(&r, raw);
		ck_assert_uint_eq(r.method, m);
	}
	http_request_free(&r);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, what_was_sent_can_be_looked_at);
	tcase_add_test(t, a_head_is_its_own);
	tcase_add_test(t, a_head_that_comes_again_is_known);
	tcase_add_test(t, nothing_of_a_request_is_left_for_the_next);
	tcase_add_test(t, pipelined_requests_follow_each_other);
	tcase_add_test(t, a_request_begins_with_its_first_byte);
	tcase_add_test(t, a_refused_request_has_a_line_for_the_log);
	tcase_add_test(t, fields_by_the_hundred);
	tcase_add_test(t, a_head_as_large_as_the_directives_allow);
	tcase_add_test(t, names_are_known_in_any_case);
	tcase_add_test(t, methods_are_known_by_name);
	tcase_add_test(t, every_known_method_is_parsed);
}

int main(void)
{
	return run_suite("http_request", add);
}
