/*
 * test_config_expr - expressions are understood, and what is none is refused with its column
 *
 * Runs in:  make check
 * Owns:     nothing
 * Errors:   fail the test
 *
 * What the good ones come to is in test_handler_expr.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_expr.h"

#include "unit/unit.h"

static struct arena *memory;
static struct buffer out;

static void begin(void)
{
	memory = arena_new();
	out = BUFFER_INIT;
}

static void end(void)
{
	arena_free(memory);
	buffer_free(&out);
}

static const char *string(void)
{
	buffer_append(&out, "", 1);
	return out.data;
}

/* "or(true and(false not(true)))": the tree, for comparing. */
static void draw(const struct config_expr_node *node)
{
	static const char *const kinds[] = {"true", "false", "not", "and", "or", "strings",
		"integers", "matches", "in", "test", "literal", "group", "variable", "function",
		"concat"};
	if (node->kind == CONFIG_EXPR_LITERAL)
		buffer_printf(&out, "'%s'", node->literal.at);
	else if (node->kind == CONFIG_EXPR_GROUP)
		buffer_printf(&out, "$%u", node->what);
	else if (node->kind == CONFIG_EXPR_VARIABLE)
		buffer_printf(&out, "%%%s", config_expr_variable_name(node->what));
	else
		buffer_string(&out, node->kind == CONFIG_EXPR_FUNCTION
					    ? config_expr_function_name(node->what)
					    : kinds[node->kind]);
	for (const struct config_expr_node *part = node->first; part; part = part->next) {
		buffer_string(&out, part == node->first ? "(" : " ");
		draw(part);
	}
	if (node->first)
		buffer_string(&out, ")");
}

START_TEST(trees)
{
	static const struct {
		const char *source;
		unsigned flags;
		const char *tree;
	} rows[] = {
		{"true", 0, "true"},
		{"((true))", 0, "true"},
		{"true or true and false", 0, "or(true and(true false))"},
		{"(true or true) and false", 0, "and(or(true true) false)"},
		{"true && true && false", 0, "and(true true false)"},
		{"!true && false", 0, "and(not(true) false)"},
		{"! 'a' == 'b'", 0, "not(strings('a' 'b'))"},
		{"not not not true", 0, "not(true)"},
		{"!!true", 0, "true"},
		{"'a' . \"b\" == 1.2", 0, "strings(concat('a' 'b') concat('1' '2'))"},
		{"%{REMOTE_ADDR} -eq -1", 0, "integers(%REMOTE_ADDR '-1')"},
		{"'x%{REMOTE_ADDR}$1y' = ''", 0, "strings(concat('x' %REMOTE_ADDR $1 'y') '')"},
		{"'a' in { 'b' , 'c' }", 0, "in('a' 'b' 'c')"},
		{"'a' =~ /b/", 0, "matches('a')"},
		{"'a' !~ m#b#i", 0, "not(matches('a'))"},
		{"-n %{req:Host}", 0, "test(req('Host'))"},
		{"%{tolower:%{QUERY_STRING}x} == req('a')", 0,
			"strings(tolower(concat(%QUERY_STRING 'x')) req('a'))"},
		{"'a' -strmatch 'b'", 0, "test('a' 'b')"},
		{"", CONFIG_EXPR_TEXT, "''"},
		{"true", CONFIG_EXPR_TEXT, "'true'"},
		{"a '%{HTTPS}' \\$1 $1", CONFIG_EXPR_TEXT, "concat('a '' %HTTPS '' $1 ' $1)"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		struct buffer error = BUFFER_INIT;
		const struct config_expr *expr =
			config_expr_parse(memory, rows[i].source, rows[i].flags, &error);
		ck_assert_msg(expr, "%s: %.*s", rows[i].source, TEXT_ARGS(buffer_view(&error)));
		ck_assert_str_eq(expr->source, rows[i].source);
		ck_assert_int_eq(expr->is_text, rows[i].flags != 0);
		draw(expr->root);
		ck_assert_str_eq(string(), rows[i].tree);
		buffer_free(&error);
		end();
	}
}
END_TEST

#define WORD "a word (a string in quotes, a number, %{NAME}, $1 or a function) is expected, not "
#define OPERATOR "an operator such as ==, =~, -eq or in is expected, not "

START_TEST(refused)
{
	static const struct {
		const char *source;
		unsigned flags;
		const char *says;
	} rows[] = {
		{"", 0, "column 1: " WORD "the end"},
		{" ", 0, "column 2: " WORD "the end"},
		{"'a' ==", 0, "column 7: " WORD "the end"},
		{"foo", 0, "column 1: " WORD "\"foo\""},
		{"true &&", 0, "column 8: " WORD "the end"},
		{"()", 0, "column 2: " WORD "\")\""},
		{"'a'", 0, "column 4: " OPERATOR "the end"},
		{"'a' 'b'", 0, "column 5: " OPERATOR "\"'\""},
		{"'a' ~ 'b'", 0, "column 5: " OPERATOR "\"~\""},
		{"('a') == 'a'", 0, "column 5: " OPERATOR "\")\""},
		{"true true", 0, "column 6: &&, || or the end is expected, not \"true\""},
		{"true)", 0, "column 5: &&, || or the end is expected, not \")\""},
		{"'a' == 'b' == 'c'", 0, "column 12: &&, || or the end is expected, not \"=\""},
		{"true && (true", 0, "column 9: ) is missing for this ("},
		{"(true true)", 0, "column 7: ), && or || is expected, not \"true\""},
		{"'a' == 'b", 0, "column 9: ' is missing behind what begins here"},
		{"'a' == \"b'", 0, "column 9: \" is missing behind what begins here"},
		{"'a\nb' == 'x'", 0, "column 3: a line ends within a string"},
		{"'\\", 0, "column 3: something behind the backslash is expected"},
		{"'\\0' == ''", 0,
			"column 2: behind a backslash a number means a byte, octal, "
			"from 1 to 377"},
		{"'\\400' == ''", 0,
			"column 2: behind a backslash a number means a byte, octal, "
			"from 1 to 377"},
		{"'\\18' == ''", 0,
			"column 2: behind a backslash a number means a byte, octal, "
			"from 1 to 377"},
		{"%{REMOTE_ADR} == ''", 0,
			"column 3: no variable \"REMOTE_ADR\"; did you mean \"REMOTE_ADDR\"?"},
		{"%{NOTHING} == ''", 0, "column 3: no variable \"NOTHING\""},
		{"%{} == ''", 0,
			"column 3: the name of a variable or function is expected, not "
			"\"}\""},
		{"%{HTTPS == ''", 0, "column 8: } or : is expected, not \" \""},
		{"%{tolower:} == ''", 0, "column 11: an argument is expected, not \"}\""},
		{"%{tolower:x", CONFIG_EXPR_TEXT,
			"column 11: } is missing behind what begins here"},
		{"tolwer('x') == ''", 0,
			"column 1: no function \"tolwer\"; did you mean \"tolower\"?"},
		{"nothing('x') == ''", 0, "column 1: no function \"nothing\""},
		{"ldap('x') == ''", 0, "column 1: the function ldap is not supported by preforkd"},
		{"tolower('x'", 0, "column 12: ) is expected, not the end"},
		{"tolower('x','y')", 0, "column 12: ) is expected, not \",\""},
		{"-Q 'x'", 0, "column 1: no operator \"-Q\" before a word"},
		{"-ipmatch 'x'", 0, "column 1: no operator \"-ipmatch\" before a word"},
		{"'a' -n 'b'", 0, "column 5: no operator \"-n\" between two words"},
		{"'a' -eqx 'b'", 0, "column 5: no operator \"-eqx\" between two words"},
		{"-R %{REMOTE_ADDR}", 0,
			"column 4: behind -R a network is expected that is written "
			"out, without variables"},
		{"-R '10.256'", 0,
			"column 4: \"10.256\" is no network: each part of an IPv4 "
			"address is a number from 0 to 255"},
		{"'1.2.3.4' -ipmatch 'x'", 0,
			"column 20: \"x\" is no network: an IP address is expected"},
		{"'a' =~ 'b'", 0,
			"column 8: a regular expression, as /.../ or m#...#, is expected, "
			"not \"'\""},
		{"'a' =~ mab", 0,
			"column 9: a regular expression, as /.../ or m#...#, is expected, "
			"not \"ab\""},
		{"'a' =~", 0,
			"column 7: a regular expression, as /.../ or m#...#, is expected, not "
			"the end"},
		{"'a' =~ /b", 0,
			"column 8: / is missing behind the regular expression that begins here"},
		{"'a' =~ /(/", 0,
			"column 9: missing closing parenthesis at offset 1 of the regular "
			"expression"},
		{"'a' =~ /b/x", 0, "column 11: &&, || or the end is expected, not \"x\""},
		{"'a' in 'b'", 0, "column 8: { is expected, not \"'\""},
		{"'a' in foo('b')", 0,
			"column 8: a list in { } is expected; no function gives one"},
		{"'a' in {'b'", 0, "column 12: , or } is expected, not the end"},
		{"'a' in {'b' 'c'}", 0, "column 13: , or } is expected, not \"'\""},
		{"-f '/x'", CONFIG_EXPR_RESTRICTED,
			"column 1: -f may not be used here: it looks at files"},
		{"file('/x') == ''", CONFIG_EXPR_RESTRICTED,
			"column 1: function file may not be used here: it looks at files"},
		{"%{filesize:/x}", CONFIG_EXPR_RESTRICTED | CONFIG_EXPR_TEXT,
			"column 3: function filesize may not be used here: it looks at files"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		ck_assert_msg(!config_expr_parse(memory, rows[i].source, rows[i].flags, &out), "%s",
			rows[i].source);
		ck_assert_str_eq(string(), rows[i].says);
		end();
	}
}
END_TEST

START_TEST(dependence)
{
	static const struct {
		const char *source;
		unsigned depends;
	} rows[] = {
		{"true", CONFIG_EXPR_ON_NOTHING},
		{"%{REQUEST_URI} =~ m#^/a# && $1 == 'x'", CONFIG_EXPR_ON_NOTHING},
		{"tolower(%{REQUEST_FILENAME}) == %{DOCUMENT_ROOT}", CONFIG_EXPR_ON_NOTHING},
		{"%{REQUEST_METHOD} == 'GET'", CONFIG_EXPR_ON_REQUEST},
		{"false && -n req('Host')", CONFIG_EXPR_ON_REQUEST},
		{"-R '10'", CONFIG_EXPR_ON_REQUEST},
		{"-n resp('Vary')", CONFIG_EXPR_ON_ANSWER},
		{"%{TIME_HOUR} -lt 8", CONFIG_EXPR_ON_TIME},
		{"-f %{REQUEST_FILENAME}", CONFIG_EXPR_ON_FILES},
		{"-s '/x' || %{TIME} == '' || %{env:A} == ''",
			CONFIG_EXPR_ON_FILES | CONFIG_EXPR_ON_TIME | CONFIG_EXPR_ON_REQUEST},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		begin();
		const struct config_expr *expr = config_expr_parse(memory, rows[i].source, 0, &out);
		ck_assert_ptr_nonnull(expr);
		ck_assert_msg(
			expr->depends == rows[i].depends, "%s: %u", rows[i].source, expr->depends);
		end();
	}
}
END_TEST

/* `times` times `open`, then `middle`, then as often `close`. */
static const struct config_expr *nest(
	const char *open, const char *middle, const char *close, unsigned times)
{
	struct buffer source = BUFFER_INIT;
	for (unsigned i = 0; i < times; i++)
		buffer_string(&source, open);
	buffer_string(&source, middle);
	for (unsigned i = 0; i < times; i++)
		buffer_string(&source, close);
	buffer_append(&source, "", 1);
	buffer_clear(&out);
	const struct config_expr *expr = config_expr_parse(memory, source.data, 0, &out);
	buffer_free(&source);
	return expr;
}

START_TEST(depth)
{
	static const char too_deep[] = "nested deeper than 64 levels";
	begin();
	ck_assert_ptr_nonnull(nest("(", "true", ")", CONFIG_EXPR_DEPTH));
	ck_assert_ptr_null(nest("(", "true", ")", CONFIG_EXPR_DEPTH + 1));
	ck_assert_ptr_nonnull(strstr(string(), too_deep));
	ck_assert_ptr_nonnull(nest("-n %{md5:", "x", "}", 1));
	ck_assert_ptr_null(nest("'a' == md5(", "'x'", ")", 2)); /* once is no condition */
	ck_assert_ptr_null(nest("(", "true", ")", 200000));
	ck_assert_ptr_nonnull(strstr(string(), too_deep));
	ck_assert_ptr_null(nest("(((", "'a' == md5(md5('x'))", ")))", 21 + 1));
	/* Long is not deep. */
	ck_assert_ptr_nonnull(nest("!", "true", "", 100000));
	ck_assert_ptr_nonnull(nest("true && ", "false", " || true", 20000));
	ck_assert_ptr_nonnull(nest("", "'a' == 'a'", " . 'b'", 20000));
	end();
}
END_TEST

START_TEST(names)
{
	/* Each name in the tables is taken, in any case, and is the one it stands for. */
	begin();
	for (unsigned i = 0; i < CONFIG_EXPR_VARIABLES; i++) {
		const char *source = arena_printf(memory, "%%{%s}", config_expr_variable_name(i));
		const struct config_expr *expr =
			config_expr_parse(memory, source, CONFIG_EXPR_TEXT, &out);
		ck_assert_msg(
			expr && expr->root->kind == CONFIG_EXPR_VARIABLE && expr->root->what == i,
			"%s", source);
	}
	for (unsigned i = 0; i < CONFIG_EXPR_FUNCTIONS; i++) {
		char *source = arena_printf(memory, "%%{%s:x}", config_expr_function_name(i));
		source[2] ^= 32;
		const struct config_expr *expr =
			config_expr_parse(memory, source, CONFIG_EXPR_TEXT, &out);
		ck_assert_msg(
			expr && expr->root->kind == CONFIG_EXPR_FUNCTION && expr->root->what == i,
			"%s", source);
	}
	end();
}
END_TEST

UNIT_MAIN("config_expr", trees, refused, dependence, depth, names)
