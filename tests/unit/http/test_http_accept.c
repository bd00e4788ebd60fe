/*
 * test_http_accept - Accept, Accept-Charset, Accept-Encoding, Accept-Language
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_accept.h"

#include "unit/unit.h"

static struct http_request request;
static char raw[4096];

/* A request with these field lines, each with its CRLF. */
static void ask(const char *fields)
{
	const struct http_limits limits = {8190, 100, 8190, false};
	http_request_free(&request);
	snprintf(raw, sizeof raw, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
	ck_assert_int_eq(http_request_read(&request, raw, strlen(raw), &limits), 0);
}

static void ask_one(const char *name, const char *value)
{
	char fields[2048];
	snprintf(fields, sizeof fields, "%s: %s\r\n", name, value);
	ask(value ? fields : "");
}

/* The elements that are left, as "range weight|range weight*": an asterisk behind a written one. */
static void elements_are(const char *name, const char *value, const char *expected)
{
	char got[2048] = "";
	struct http_accept a;
	ask_one(name, value);
	struct http_list l = http_list(&request, http_request_known_named(text_of(name)));
	while (http_accept_next(&l, &a))
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s %u%s",
			*got ? "|" : "", TEXT_ARGS(a.range), a.weight, a.weighted ? "*" : "");
	ck_assert_msg(strcmp(got, expected) == 0, "%s: %s\n     got: %s\nexpected: %s", name, value,
		got, expected);
	http_request_free(&request);
}

START_TEST(elements)
{
	static const struct {
		const char *name, *value, *elements;
	} rows[] = {
		{"Accept-Encoding", "gzip, br", "gzip 1000|br 1000"},
		{"Accept-Encoding", "gzip;q=0.5,br ; q=1.000 , *;Q=0", "gzip 500*|br 1000*|* 0*"},
		{"Accept-Encoding", "a;q=0.001, b;q=0.12, c;q=1.0, d;q=0., e;q=1.",
			"a 1*|b 120*|c 1000*|d 0*|e 1000*"},
		{"Accept-Encoding", "", ""},
		{"Accept-Encoding", ",, ,gzip,,", "gzip 1000"},
		/* not the grammar */
		{"Accept-Encoding",
			"a;q=1.001, b;q=2, c;q=0.1234, d;q=.5, e;q=-1, f;q=, g;q, h;, i;q=1;, "
			"j;;q=1",
			""},
		{"Accept-Encoding",
			"a;q=0.5;q=0.4, b;level=1, c;q=1;level=1, d e, f/g, h;q =1, \"i\"", ""},
		{"Accept-Encoding", "gzip;q=\"0.5\", ok", "ok 1000"},
		{"Accept-Encoding", "gz ip, (x), ok;q=0.3", "ok 300*"},
		{"Accept-Charset", "utf-8, iso-8859-1;q=0.7, *;q=0.1",
			"utf-8 1000|iso-8859-1 700*|* 100*"},
		{"Accept-Language", "de-CH, de;q=0.8, *;q=0.1, zh-Hant-TW, x-1a",
			"de-CH 1000|de 800*|* 100*|zh-Hant-TW 1000|x-1a 1000"},
		{"Accept-Language",
			"de_CH, 1de, de-, -de, abcdefghi, de-123456789, d*, *-CH, de--CH", ""},
		{"Accept", "text/html, */*;q=0.1, image/*", "text/html 1000|*/* 100*|image/* 1000"},
		{"Accept", "text, text/, /html, */html, text/html/x, text /html, *", ""},
		{"Accept", "text/html;level=1;q=0.3, a/b;q=0.2;ext=1, c/d;x=\"a,\\\"b;q=1\"; q=0.4",
			"text/html 300*|a/b 200*|c/d 400*"},
		{"Accept", "a/b;x, a/b;=1, a/b;x=, a/b;x=\"open, c/d", ""},
		{"Accept", "a/b;;q=0.5;, c/d;", "a/b 500*|c/d 1000"},
		{"Accept", "a/b;x=\"open;q=1", ""},
		{"Accept", "a/b;q=0.1;q=0.2, c/d", "c/d 1000"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		elements_are(rows[i].name, rows[i].value, rows[i].elements);
}
END_TEST

START_TEST(several_lines_are_one_list)
{
	enum http_accept_fit fit;
	ask("Accept-Encoding: br;q=0.4\r\nX: y\r\naccept-encoding: gzip;q=0.5, zstd\r\n");
	ck_assert_uint_eq(http_accept_coding(&request, TEXT("br"), &fit), 400);
	ck_assert_uint_eq(http_accept_coding(&request, TEXT("gzip"), &fit), 500);
	ck_assert_uint_eq(http_accept_coding(&request, TEXT("zstd"), &fit), 1000);
	http_request_free(&request);
}
END_TEST

typedef unsigned weigh(const struct http_request *, struct text, enum http_accept_fit *);

struct row {
	const char *value; /* NULL: no such field */
	const char *what;
	unsigned weight;
	enum http_accept_fit fit;
};

static void check_rows(const char *name, weigh *function, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum http_accept_fit fit = HTTP_ACCEPT_PARAMETERS;
		ask_one(name, rows[i].value);
		unsigned weight = function(&request, text_of(rows[i].what), &fit);
		ck_assert_msg(weight == rows[i].weight && fit == rows[i].fit,
			"%s: %s, %s: %u by %d instead of %u by %d", name, rows[i].value,
			rows[i].what, weight, (int)fit, rows[i].weight, (int)rows[i].fit);
		http_request_free(&request);
	}
}

START_TEST(types)
{
	/* The example of RFC 9110 12.5.1, and what lies around it. */
	static const char table[] = "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, "
				    "text/plain;format=fixed;q=0.4, */*;q=0.5";
	static const struct row rows[] = {
		{table, "text/plain;format=flowed", 1000, HTTP_ACCEPT_PARAMETERS},
		{table, "text/plain", 700, HTTP_ACCEPT_EXACT},
		{table, "text/html", 300, HTTP_ACCEPT_FAMILY},
		{table, "image/jpeg", 500, HTTP_ACCEPT_ANY},
		{table, "text/plain;format=fixed", 400, HTTP_ACCEPT_PARAMETERS},
		{table, "text/html;level=3", 300, HTTP_ACCEPT_FAMILY},
		{table, "TEXT/PLAIN; Format=flowed", 1000, HTTP_ACCEPT_PARAMETERS},
		{NULL, "text/html", 1000, HTTP_ACCEPT_NOT},
		{"nonsense", "text/html", 1000, HTTP_ACCEPT_NOT},
		{"image/png", "text/html", 0, HTTP_ACCEPT_NOT},
		{"text/html;q=0", "text/html", 0, HTTP_ACCEPT_EXACT},
		{"*/*, text/html;q=0", "text/html", 0, HTTP_ACCEPT_EXACT},
		{"text/*", "textual/html", 0, HTTP_ACCEPT_NOT},
		{"text/*", "text", 0, HTTP_ACCEPT_NOT},
		{"*/*", "", 1000, HTTP_ACCEPT_ANY},
		{"text/html;charset=UTF-8", "text/html; charset=utf-8", 1000,
			HTTP_ACCEPT_PARAMETERS},
		{"text/html;a=b", "text/html;a=B", 0, HTTP_ACCEPT_NOT},
		{"a/b;q=0.1, a/b", "a/b", 100, HTTP_ACCEPT_EXACT},
	};
	check_rows("Accept", http_accept_type, rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(languages)
{
	static const struct row rows[] = {
		{NULL, "en", 1000, HTTP_ACCEPT_NOT},
		{"en", "en", 1000, HTTP_ACCEPT_EXACT},
		{"EN", "en-gb", 1000, HTTP_ACCEPT_EXACT},
		{"en-GB", "en", 0, HTTP_ACCEPT_NOT},
		{"en", "eng", 0, HTTP_ACCEPT_NOT},
		{"en;q=0.5, en-GB;q=0.1", "en-GB", 100, HTTP_ACCEPT_EXACT},
		{"en-GB;q=0.1, en;q=0.5", "en-GB-oed", 100, HTTP_ACCEPT_EXACT},
		{"*;q=0.2, de", "en", 200, HTTP_ACCEPT_ANY},
		{"*, en;q=0", "en", 0, HTTP_ACCEPT_EXACT},
		{"de", "en", 0, HTTP_ACCEPT_NOT},
	};
	check_rows("Accept-Language", http_accept_language, rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(relatives)
{
	static const struct {
		const char *value, *tag;
		bool related;
	} rows[] = {{"en-US", "en", true}, {"en-US", "en-GB", true}, {"en", "en", false},
		{"en-US;q=0", "en", false}, {"de-CH, EN-us", "en", true}, {"e-x", "en", false},
		{"*", "en", false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ask_one("Accept-Language", rows[i].value);
		ck_assert_msg(
			http_accept_relative(&request, text_of(rows[i].tag)) == rows[i].related,
			"%s, %s", rows[i].value, rows[i].tag);
		http_request_free(&request);
	}
}
END_TEST

START_TEST(charsets)
{
	static const struct row rows[] = {
		{NULL, "utf-8", 1000, HTTP_ACCEPT_NOT},
		{"UTF-8;q=0.5", "utf-8", 500, HTTP_ACCEPT_EXACT},
		{"*;q=0.3, utf-8", "koi8-r", 300, HTTP_ACCEPT_ANY},
		{"utf-8", "koi8-r", 0, HTTP_ACCEPT_NOT},
	};
	check_rows("Accept-Charset", http_accept_charset, rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(codings)
{
	static const struct row rows[] = {
		{NULL, "gzip", 1000, HTTP_ACCEPT_NOT},
		{"", "gzip", 0, HTTP_ACCEPT_NOT},
		{"", "identity", 0, HTTP_ACCEPT_NOT},
		{"gzip;q=", "gzip", 0, HTTP_ACCEPT_NOT},
		{"x-gzip;q=0.5", "gzip", 500, HTTP_ACCEPT_EXACT},
		{"gzip", "X-GZIP", 1000, HTTP_ACCEPT_EXACT},
		{"*;q=0", "identity", 0, HTTP_ACCEPT_ANY},
		{"*;q=0, identity", "identity", 1000, HTTP_ACCEPT_EXACT},
		{"gzip;q=0, *", "gzip", 0, HTTP_ACCEPT_EXACT},
		{"br, *;q=0.1", "gzip", 100, HTTP_ACCEPT_ANY},
	};
	check_rows("Accept-Encoding", http_accept_coding, rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(weighing)
{
	ask("Accept: a/b, c/d;x=1\r\nAccept-Language: de;q=1\r\n");
	ck_assert(!http_accept_weighs(&request, HTTP_ACCEPT));
	ck_assert(http_accept_weighs(&request, HTTP_ACCEPT_LANGUAGE));
	ck_assert(!http_accept_weighs(&request, HTTP_ACCEPT_CHARSET));
	http_request_free(&request);
}
END_TEST

START_TEST(parameters)
{
	struct text rest = TEXT("; charset=utf-8 ;; x=\"a\\\"b\";y=z"), name, value;
	ck_assert(http_accept_parameter(&rest, &name, &value));
	unit_text_eq(name, "charset");
	unit_text_eq(value, "utf-8");
	ck_assert(http_accept_parameter(&rest, &name, &value));
	unit_text_eq(value, "\"a\\\"b\"");
	ck_assert(http_accept_parameter(&rest, &name, &value));
	unit_text_eq(name, "y");
	ck_assert(!http_accept_parameter(&rest, &name, &value));
	ck_assert_uint_eq(rest.size, 0);
	rest = TEXT("; x");
	ck_assert(!http_accept_parameter(&rest, &name, &value));
	ck_assert_uint_ne(rest.size, 0);
}
END_TEST

UNIT_MAIN("http_accept", elements, several_lines_are_one_list, types, languages, relatives,
	charsets, codings, weighing, parameters)
