/*
 * test_http_variant - which variant of a page suits a request best
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_variant.h"

#include "unit/unit.h"

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static const char *const en[] = {"en"}, *const de[] = {"de"}, *const fr[] = {"fr"};
static const char *const us[] = {"en-US"}, *const gb[] = {"en-GB"};
static const char *const both[] = {"fr", "de"};
static const char *const gzip[] = {"gzip"}, *const br[] = {"br"}, *const two[] = {"gzip", "br"};

/* The sets of variants the cases choose from. */
static const struct http_variant languages[] = {
	{"text/html", NULL, en, 1, NULL, 0, 30},
	{"text/html", NULL, de, 1, NULL, 0, 20},
	{"text/html", NULL, fr, 1, NULL, 0, 25},
};
static const struct http_variant families[] = {
	{"text/html", NULL, us, 1, NULL, 0, 30},
	{"text/html", NULL, gb, 1, NULL, 0, 20},
	{"text/html", NULL, both, 2, NULL, 0, 25},
};
static const struct http_variant mixed[] = {
	{"text/html", NULL, NULL, 0, NULL, 0, 10},
	{"text/html", NULL, fr, 1, NULL, 0, 25},
};
static const struct http_variant kinds[] = {
	{"text/html", NULL, NULL, 0, NULL, 0, 30},
	{"text/plain", NULL, NULL, 0, NULL, 0, 20},
	{"image/png", NULL, NULL, 0, NULL, 0, 5},
	{NULL, NULL, NULL, 0, NULL, 0, 50},
};
static const struct http_variant coded[] = {
	{"text/html", NULL, NULL, 0, NULL, 0, 30},
	{"text/html", NULL, NULL, 0, gzip, 1, 20},
	{"text/html", NULL, NULL, 0, br, 1, 15},
	{"text/html", NULL, NULL, 0, two, 2, 5},
};
static const struct http_variant packed[] = {
	{"text/html", NULL, NULL, 0, gzip, 1, 20},
};
static const struct http_variant charsets[] = {
	{"text/html", "iso-8859-1", NULL, 0, NULL, 0, 10},
	{"text/html", "utf-8", NULL, 0, NULL, 0, 20},
	{"text/html", NULL, NULL, 0, NULL, 0, 5},
};
#define SET(s) s, sizeof(s) / sizeof *(s)

static const struct http_variant_taste none = {NULL, true, false};
static const struct http_variant_taste english = {NAMES("en", "de"), true, false};
static const struct http_variant_taste german = {NAMES("de", "en"), true, false};
static const struct http_variant_taste fallback = {NAMES("fr"), true, true};
static const struct http_variant_taste undecided = {NAMES("en", "de"), false, false};

#define AL "Accept-Language: "
#define AE "Accept-Encoding: "
#define AC "Accept-Charset: "

static const struct {
	const struct http_variant *variants;
	size_t count;
	const struct http_variant_taste *taste;
	const char *field; /* "": none */
	int status;
	size_t best;
} rows[] = {
	/* languages */
	{SET(languages), &none, "", 0, 1}, /* the smallest */
	{SET(languages), &english, "", 0, 0},
	{SET(languages), &german, "", 0, 1},
	{SET(languages), &none, AL "fr", 0, 2},
	{SET(languages), &english, AL "fr, de;q=0.5", 0, 2},
	{SET(languages), &english, AL "de, en", 0, 0}, /* equally good: the server's taste */
	{SET(languages), &german, AL "de;q=0.8, en;q=0.9", 0, 0},
	{SET(languages), &english, AL "en-US, de;q=0.1", 0, 1}, /* said goes before meant */
	{SET(languages), &none, AL "en-US", 0, 0},
	{SET(languages), &none, AL "es", 406, 0},
	{SET(languages), &none, AL "es, *;q=0.1", 0, 1},
	{SET(languages), &english, AL "*", 0, 0},
	{SET(languages), &fallback, AL "es", 0, 2},
	{SET(languages), &fallback, AL "fr;q=0", 0, 2},
	{SET(languages), &fallback, AL "en", 0, 0},
	{SET(languages), &undecided, "", 0, 1}, /* the smallest again */
	{SET(languages), &undecided, AL "de, en", 0, 1},
	{SET(languages), &undecided, AL "de, en;q=0.9", 0, 1},
	{SET(languages), &none, AL "not_a_tag", 0, 1},
	{SET(families), &none, AL "en", 0, 1},
	{SET(families), &none, AL "en-US", 0, 0},
	{SET(families), &none, AL "en-AU", 0, 1},
	{SET(families), &none, AL "de;q=0.7, fr;q=0.3, en;q=0.5", 0, 2},
	{SET(families), &english, "", 0, 1}, /* "en" covers both; the smaller one */
	{SET(mixed), &none, AL "es", 0, 0},
	{SET(mixed), &none, "", 0, 1},
	{SET(mixed), &none, AL "fr;q=0.1", 0, 1},
	/* media types */
	{SET(kinds), &none, "", 0, 2},
	{SET(kinds), &none, "Accept: text/html;q=0.5, text/plain;q=0.4", 0, 0},
	{SET(kinds), &none, "Accept: text/*;q=0.5, text/html;q=0.4", 0, 1},
	{SET(kinds), &none, "Accept: text/html, */*", 0, 0}, /* stars of who weighs nothing */
	{SET(kinds), &none, "Accept: image/*, text/html, */*", 0, 0},
	{SET(kinds), &none, "Accept: image/*, */*", 0, 2},
	{SET(kinds), &none, "Accept: text/html;q=0.9, */*", 0, 2},
	{SET(kinds), &none, "Accept: application/pdf", 406, 0},
	{SET(kinds), &none, "Accept: text/*;q=0, */*;q=0", 406, 0},
	/* content codings */
	{SET(coded), &none, "", 0, 0},
	{SET(coded), &none, AE "gzip", 0, 1},
	{SET(coded), &none, AE "x-gzip", 0, 1},
	{SET(coded), &none, AE "br;q=0.5, gzip;q=0.6", 0, 1},
	{SET(coded), &none, AE "br, gzip", 0, 3}, /* takes both at once too, and it is smaller */
	{SET(coded), &none, AE "br", 0, 2},
	{SET(coded), &none, AE "", 0, 0},
	{SET(coded), &none, AE "identity;q=0, gzip;q=0.1", 0, 1},
	{SET(coded), &none, AE "identity;q=0", 406, 0},
	{SET(coded), &none, AE "*;q=0", 406, 0},
	{SET(packed), &none, "", 0, 0}, /* better than nothing */
	{SET(packed), &none, AE "identity", 406, 0},
	{SET(packed), &none, AE "*", 0, 0},
	/* charsets */
	{SET(charsets), &none, "", 0, 1}, /* said and not the default */
	{SET(charsets), &none, AC "utf-8;q=0.5", 0, 2},
	{SET(charsets), &none, AC "utf-8, iso-8859-1;q=0.5", 0, 1},
	{SET(charsets), &none, AC "iso-8859-1;q=0, *", 0, 1},
};

START_TEST(choices)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char raw[256];
		const struct http_limits limits = {8190, 100, 8190, false};
		struct http_request r;
		size_t best = 0;
		http_request_init(&r);
		snprintf(raw, sizeof raw, "GET / HTTP/1.1\r\nHost: a\r\n%s%s\r\n", rows[i].field,
			*rows[i].field ? "\r\n" : "");
		ck_assert_int_eq(http_request_read(&r, raw, strlen(raw), &limits), 0);
		int status = http_variant_choose(
			&r, rows[i].variants, rows[i].count, rows[i].taste, &best);
		ck_assert_msg(status == rows[i].status && (status == 406 || best == rows[i].best),
			"row %zu, %s: %d, %zu instead of %d, %zu", i, rows[i].field, status, best,
			rows[i].status, rows[i].best);
		http_request_free(&r);
	}
}
END_TEST

START_TEST(differences)
{
	ck_assert_uint_eq(http_variant_differ(SET(languages)), HTTP_VARIANT_LANGUAGE);
	ck_assert_uint_eq(http_variant_differ(SET(mixed)), HTTP_VARIANT_LANGUAGE);
	ck_assert_uint_eq(http_variant_differ(SET(kinds)), HTTP_VARIANT_TYPE);
	ck_assert_uint_eq(http_variant_differ(SET(coded)), HTTP_VARIANT_CODING);
	ck_assert_uint_eq(http_variant_differ(SET(charsets)), HTTP_VARIANT_CHARSET);
	ck_assert_uint_eq(http_variant_differ(SET(packed)), 0);
	const struct http_variant all[] = {charsets[0], coded[1], languages[1], kinds[2]};
	ck_assert_uint_eq(http_variant_differ(SET(all)), 15);
}
END_TEST

UNIT_MAIN("http_variant", choices, differences)
