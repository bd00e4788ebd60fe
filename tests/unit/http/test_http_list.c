/*
 * test_http_list - list-valued fields
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   exit status 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http_cases.h"

static void join(struct http_list l, char *to, size_t room)
{
	*to = '\0';
	for (struct text e; http_list_next(&l, &e);)
		snprintf(to + strlen(to), room - strlen(to), "[%.*s]", TEXT_ARGS(e));
}

START_TEST(values_are_cut_at_commas)
{
	static const struct {
		const char *value, *elements;
	} rows[] = {
		{"", ""},
		{"a", "[a]"},
		{"a,b", "[a][b]"},
		{" a , b ", "[a][b]"},
		{"a,\tb", "[a][b]"},
		{",", ""},
		{",,,", ""},
		{" , a ,, b , ", "[a][b]"},
		{"a b", "[a b]"},
		{"a;q=1, b;q=0.5", "[a;q=1][b;q=0.5]"},
		{"\"a,b\", c", "[\"a,b\"][c]"},
		{"\"a\\\",b\", c", "[\"a\\\",b\"][c]"},
		{"\"a\\\\\", c", "[\"a\\\\\"][c]"},
		{"x=\"a,b\";y=\"c,d\",e", "[x=\"a,b\";y=\"c,d\"][e]"},
		{"\"a,b", "[\"a,b]"},
		{"a\"", "[a\"]"},
		{"\"\\", "[\"\\]"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char told[256];
		size_t size = strlen(rows[i].value);
		char *exact = malloc(size ? size : 1);
		ck_assert_ptr_nonnull(exact);
		memcpy(exact, rows[i].value, size);
		join(http_list_of(text_from(exact, size)), told, sizeof told);
		ck_assert_str_eq(told, rows[i].elements);
		free(exact);
	}
}
END_TEST

START_TEST(lines_of_one_field_are_one_list)
{
	struct http_request r;
	char told[256];
	static const char raw[] = "GET / HTTP/1.1\r\nHost: a\r\nAccept: a, b\r\nX: no\r\n"
				  "accept:\r\nAccept: ,\r\nACCEPT: c\r\nTE: d\r\n"
				  "If-None-Match: \"a\\\", \"b,c\"\r\nIf-Match: \"\\\"\r\n\r\n";
	http_request_init(&r);
	ck_assert_int_eq(http_request_read(&r, raw, sizeof raw - 1, &LIMITS), 0);
	join(http_list(&r, HTTP_ACCEPT), told, sizeof told);
	ck_assert_str_eq(told, "[a][b][c]");
	join(http_list(&r, HTTP_TE), told, sizeof told);
	ck_assert_str_eq(told, "[d]");
	join(http_list(&r, HTTP_VIA), told, sizeof told);
	ck_assert_str_eq(told, "");
	/* A backslash in an entity-tag escapes nothing. */
	join(http_list(&r, HTTP_IF_NONE_MATCH), told, sizeof told);
	ck_assert_str_eq(told, "[\"a\\\"][\"b,c\"]");
	join(http_list(&r, HTTP_IF_MATCH), told, sizeof told);
	ck_assert_str_eq(told, "[\"\\\"]");
	ck_assert(http_list_has(http_list(&r, HTTP_ACCEPT), TEXT("C")));
	ck_assert(!http_list_has(http_list(&r, HTTP_ACCEPT), TEXT("d")));
	ck_assert(!http_list_has(http_list(&r, HTTP_VIA), TEXT("d")));
	http_request_free(&r);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, values_are_cut_at_commas);
	tcase_add_test(t, lines_of_one_field_are_one_list);
}

int main(void)
{
	return run_suite("http_list", add);
}
