/*
 * test_handler_expr - expressions come to what Apache makes of them
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_expr.h"

#include "unit/unit.h"

/* ---- the world: one request that expr_cases.h is about ---- */

struct pair {
	const char *name, *value;
};

static struct text look_up(const struct pair *pairs, struct text name)
{
	for (; pairs->name; pairs++)
		if (text_equal_nocase(name, text_of(pairs->name)))
			return text_of(pairs->value);
	return (struct text){NULL, 0};
}

static struct text variable(void *with, enum config_expr_variable which, struct arena *memory)
{
	static const struct pair pairs[] = {{"REQUEST_METHOD", "GET"}, {"REQUEST_SCHEME", "http"},
		{"REQUEST_URI", "/dir/Fi le.html"}, {"DOCUMENT_URI", "/dir/Fi le.html"},
		{"REQUEST_FILENAME", "/site/dir/Fi le.html"},
		{"SCRIPT_FILENAME", "/site/dir/Fi le.html"}, {"QUERY_STRING", "q=1&x=y"},
		{"THE_REQUEST", "GET /dir/Fi%20le.html?q=1&x=y HTTP/1.1"},
		{"HTTP_HOST", "h.example:18791"}, {"HTTP_USER_AGENT", "Moz/5.0 (X)"},
		{"HTTP_COOKIE", "a=b; c=d"}, {"HTTP_ACCEPT", "text/html,*/*"},
		{"REMOTE_ADDR", "127.0.0.1"}, {"REMOTE_HOST", "127.0.0.1"},
		{"CONN_REMOTE_ADDR", "127.0.0.1"}, {"SERVER_PROTOCOL", "HTTP/1.1"},
		{"DOCUMENT_ROOT", "/site"}, {"CONTEXT_DOCUMENT_ROOT", "/site"}, {"HTTPS", "off"},
		{"IPV6", "off"}, {"HTTP2", "off"}, {"IS_SUBREQ", "false"},
		{"REQUEST_STATUS", "200"}, {NULL, NULL}};
	(void)with;
	ck_assert_ptr_nonnull(memory);
	return look_up(pairs, text_of(config_expr_variable_name(which)));
}

static struct text named(
	void *with, enum config_expr_function which, struct text name, struct arena *memory)
{
	static const struct pair fields[] = {{"Host", "h.example:18791"},
		{"User-Agent", "Moz/5.0 (X)"}, {"Cookie", "a=b; c=d"}, {"Accept", "text/html,*/*"},
		{"X-Num", "42"}, {"X-Empty", ""}, {"X-B64", "aGVsbG8"}, {"X-Path", "/a/b/c"},
		{"X-Spaces", "a b  c"}, {NULL, NULL}};
	static const struct pair environment[] = {{"SETME", "set"}, {"NUM", "7"}, {NULL, NULL}};
	(void)with;
	ck_assert_ptr_nonnull(memory);
	switch (which) {
	case CONFIG_EXPR_FUNCTION_REQ:
	case CONFIG_EXPR_FUNCTION_HTTP:
	case CONFIG_EXPR_FUNCTION_REQ_NOVARY:
		return look_up(fields, name);
	case CONFIG_EXPR_FUNCTION_REQENV:
	case CONFIG_EXPR_FUNCTION_ENV:
		return look_up(environment, name);
	default:
		return (struct text){NULL, 0};
	}
}

static const struct os_address *client(void *with)
{
	static struct os_address address;
	(void)with;
	ck_assert_int_eq(os_network_address(&address, TEXT("127.0.0.1")), 0);
	return &address;
}

static bool allowed(void *with, bool is_url, struct text path)
{
	(void)with;
	return text_equal(path, is_url ? TEXT("/open") : TEXT("/site/open"));
}

static const struct handler_expr_world world = {
	.variable = variable, .named = named, .client = client, .allowed = allowed, .now = 86400};

/* ---- one expression ---- */

static struct arena *memory;

static const struct config_expr *parse(const char *source, unsigned flags)
{
	struct buffer error = BUFFER_INIT;
	const struct config_expr *expr = config_expr_parse(memory, source, flags, &error);
	ck_assert_msg(expr, "%s: %.*s", source, TEXT_ARGS(buffer_view(&error)));
	buffer_free(&error);
	return expr;
}

static int holds(const char *source, struct regex_groups *groups)
{
	const char *why = "unset";
	int result = handler_expr_holds(parse(source, 0), &world, memory, groups, &why);
	ck_assert((result < 0) == (why != NULL));
	return result;
}

static void check_condition(const char *source, bool expected)
{
	memory = arena_new();
	ck_assert_msg(holds(source, NULL) == expected, "%s", source);
	arena_free(memory);
}

static void check_text(const char *source, const char *expected)
{
	struct text text;
	const char *why;
	memory = arena_new();
	ck_assert_msg(handler_expr_text(parse(source, CONFIG_EXPR_TEXT), &world, memory, NULL,
			      &text, &why) == 0,
		"%s", source);
	ck_assert_msg(text_equal(text, text_of(expected)), "%s: %.*s", source, TEXT_ARGS(text));
	arena_free(memory);
}

static void check_failure(const char *source, const char *expected)
{
	const char *why = NULL;
	ck_assert_int_eq(handler_expr_holds(parse(source, 0), &world, memory, NULL, &why), -1);
	ck_assert_str_eq(why, expected);
}

START_TEST(as_apache)
{
#define CONDITION(source, expected) check_condition(source, expected);
#define WORDS(source, expected)
#include "unit/handler/expr_cases.h"
#undef CONDITION
#undef WORDS
}
END_TEST

START_TEST(texts_as_apache)
{
#define CONDITION(source, expected)
#define WORDS(source, expected) check_text(source, expected);
#include "unit/handler/expr_cases.h"
#undef CONDITION
#undef WORDS
}
END_TEST

START_TEST(files)
{
	static const struct {
		const char *test, *name;
		bool holds;
	} rows[] = {
		{"-e", "full", true},
		{"-e", "none", false},
		{"-e", "dir", true},
		{"-e", "dangling", false},
		{"-f", "full", true},
		{"-f", "dir", false},
		{"-f", "link", true},
		{"-d", "dir", true},
		{"-d", "full", false},
		{"-s", "full", true},
		{"-s", "empty", false},
		{"-s", "dir", false},
		{"-L", "link", true},
		{"-L", "dangling", true},
		{"-L", "full", false},
		{"-h", "link", true},
		{"-x", "program", true},
		{"-x", "full", false},
	};
	unit_mkdir("dir");
	unit_write("full", TEXT("text"));
	unit_write("empty", TEXT(""));
	unit_write("program", TEXT("#!"));
	ck_assert_int_eq(chmod(unit_path("program"), 0711), 0);
	ck_assert_int_eq(symlink("full", unit_path("link")), 0);
	ck_assert_int_eq(symlink("nowhere", unit_path("dangling")), 0);
	memory = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *source =
			arena_printf(memory, "%s '%s'", rows[i].test, unit_path(rows[i].name));
		ck_assert_msg(holds(source, NULL) == rows[i].holds, "%s", source);
	}
	static const char *const sizes[][2] = {{"file('%s') == 'text'", "full"},
		{"file('%s') == ''", "empty"}, {"filesize('%s') == 4", "full"},
		{"filesize('%s') == 0", "dir"}, {"filesize('%s') == 0", "none"}};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char source[UNIT_PATH + 32];
		const char *percent = strchr(sizes[i][0], '%');
		snprintf(source, sizeof source, "%.*s%s%s", (int)(percent - sizes[i][0]),
			sizes[i][0], unit_path(sizes[i][1]), percent + 2);
		ck_assert_msg(holds(source, NULL) == 1, "%s", source);
	}
	check_failure(arena_printf(memory, "file('%s') == ''", unit_path("none")),
		"file(): the file cannot be opened");
	check_failure(arena_printf(memory, "file('%s') == ''", unit_path("dir")),
		"file(): this is no regular file");
	ck_assert_int_eq(truncate(unit_path("full"), HANDLER_EXPR_MOST + 1), 0);
	check_failure(arena_printf(memory, "file('%s') == ''", unit_path("full")),
		"file(): the file is too large");
	arena_free(memory);
}
END_TEST

START_TEST(groups)
{
	struct regex_groups g;
	struct text text;
	const char *why;
	memory = arena_new();
	/* From outside, and back. */
	struct buffer error = BUFFER_INIT;
	ck_assert_int_eq(regex_match(regex_compile(memory, "^/(.)", 0, &error), TEXT("/a"), &g), 1);
	ck_assert_int_eq(holds("$1 == 'a'", &g), 1);
	ck_assert_int_eq(holds("'xyz' =~ /y/ && $1 == 'a'", &g), 1);
	ck_assert_int_eq(holds("'xyz' =~ /y(z)/ && $1 == 'z'", &g), 1);
	ck_assert_int_eq(handler_expr_text(parse("<$0$1$2>", CONFIG_EXPR_TEXT), &world, memory, &g,
				 &text, &why),
		0);
	ck_assert(text_equal(text, TEXT("<yzz>")));
	ck_assert_int_eq(holds("'xyz' =~ /(q)/", &g), 0);
	ck_assert_int_eq(holds("$1 == ''", &g), 1);
	/* One that looks at a group and replaces it. */
	ck_assert_int_eq(holds("'abc' =~ /(.*)c/ && $1 =~ /(b)/ && $1 == 'b' && $0 == 'b'", &g), 1);
	arena_free(memory);
}
END_TEST

START_TEST(the_rest)
{
	/* What the cases cannot say, or Apache answers otherwise. */
	check_condition("-U '/open'", true);
	check_condition("-A '/open'", true);
	check_condition("-U '/closed'", false);
	check_condition("-F '/site/open'", true);
	check_condition("-F '/open'", false);
	check_text("%{tolower:it's}", "it's");
	check_text("%{TIME_YEAR}|%{TIME_MON}|%{TIME_WDAY}", "1970|01|5");
	ck_assert_int_eq(setenv("UNIT_EXPR", "here", 1), 0);
	check_text("%{env:UNIT_EXPR}%{osenv:UNIT_EXPR}%{reqenv:UNIT_EXPR}", "herehere");
	check_condition("unbase64('YQBi') == 'a'", false); /* a NUL does not end it */
	check_condition("-e unbase64('LwBi')", false);
	check_condition("'9223372036854775808' -eq '9223372036854775807'", true);
	check_condition("'-9223372036854775809' -lt '-9223372036854775807'", true);
	/* Nobody to ask. */
	struct handler_expr_world poor = world;
	const char *why;
	poor.client = NULL;
	poor.allowed = NULL;
	memory = arena_new();
	ck_assert_int_eq(handler_expr_holds(parse("-R '127' || -U '/open' || -F '/site/open'", 0),
				 &poor, memory, NULL, &why),
		0);
	arena_free(memory);
}
END_TEST

/* base64 of base64 of ... a text. */
static const char *grow(unsigned times)
{
	struct buffer b = BUFFER_INIT;
	for (unsigned i = 0; i < times; i++)
		buffer_string(&b, "base64(");
	buffer_string(&b, "req('User-Agent')");
	for (unsigned i = 0; i < times; i++)
		buffer_string(&b, ")");
	buffer_string(&b, " == ''");
	buffer_append(&b, "", 1);
	const char *copy = arena_text(memory, text_of(b.data));
	buffer_free(&b);
	return copy;
}

START_TEST(bounded)
{
	memory = arena_new();
	ck_assert_int_eq(holds(grow(20), NULL), 0);
	check_failure(grow(60), "a text becomes too long");
	/* A subject that no one should wait for is neither a match nor none. */
	struct buffer slow = BUFFER_INIT;
	buffer_string(&slow, "! '");
	for (unsigned i = 0; i < 60; i++)
		buffer_append(&slow, "a", 1);
	buffer_string(&slow, "!' =~ /^(a+)+$/");
	buffer_append(&slow, "", 1);
	check_failure(slow.data, "a regular expression takes too long");
	buffer_free(&slow);
	arena_free(memory);
}
END_TEST

UNIT_MAIN("handler_expr", as_apache, texts_as_apache, files, groups, the_rest, bounded)
