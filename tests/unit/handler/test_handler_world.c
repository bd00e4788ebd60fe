/*
 * test_handler_world - what expressions see of a request
 *
 * Runs in:  a test program
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_world.h"

#include "os/os_address.h"
#include "unit/handler/call.h"

static void ask(struct call *c, struct config *config)
{
	static struct os_address client;
	ck_assert_int_eq(os_address_parse(&client, TEXT("10.1.2.3:4711")), 0);
	call_client = &client;
	call_ask(c, config, NULL,
		"GET /in/a.txt?q=1 HTTP/1.1\r\nHost: Example.org:8080\r\nX-A: one\r\nX-A: two\r\n"
		"User-Agent: Fox\r\nCookie: c=d\r\n\r\n");
	call_client = NULL;
	ck_assert_int_eq(c->response.status, 200);
}

static struct config *make_site(void)
{
	struct config *config =
		site_config("ServerName main.example\nServerAdmin webmaster@example.org\n"
			    "SetEnvIf Request_URI . v=value\n");
	unit_mkdir("www/in");
	unit_write("www/in/a.txt", TEXT("a"));
	unit_age("www/in/a.txt", 1000);
	return config;
}

START_TEST(values)
{
	static const struct {
		const char *source, *value; /* ROOT is the DocumentRoot */
		bool personal;
	} rows[] = {
		{"%{REQUEST_METHOD}", "GET", true},
		{"%{REQUEST_SCHEME}", "http", true},
		{"%{REQUEST_URI}", "/in/a.txt", false},
		{"%{QUERY_STRING}", "q=1", true},
		{"%{THE_REQUEST}", "GET /in/a.txt?q=1 HTTP/1.1", true},
		{"%{REQUEST_FILENAME}", "ROOT/in/a.txt", false},
		{"%{PATH_INFO}", "", false},
		{"%{DOCUMENT_ROOT}", "ROOT", false},
		{"%{SERVER_ADMIN}", "webmaster@example.org", false},
		{"%{REMOTE_ADDR} %{REMOTE_PORT}", "10.1.2.3 4711", true},
		{"%{REMOTE_USER}%{AUTH_TYPE}", "", true},
		{"%{SERVER_PROTOCOL}", "HTTP/1.1", true},
		{"%{HTTP_USER_AGENT} %{HTTP_COOKIE}", "Fox c=d", true},
		{"%{HTTPS} %{HTTP2} %{IPV6} %{IS_SUBREQ}", "off off off false", true},
		{"%{HTTP:X-A}", "one, two", true},
		{"%{req_novary:X-A}", "one, two", true},
		{"%{req:X-None}", "", true},
		{"%{reqenv:v} %{env:v} %{reqenv:none}", "value value ", true},
		{"%{resp:Content-Type}", "text/plain", true},
		{"%{SCRIPT_USER}", "", true},
	};
	struct call c;
	struct config *config = make_site();
	ask(&c, config);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer error = BUFFER_INIT, expected = BUFFER_INIT;
		struct text value;
		const struct config_expr *expr = config_expr_parse(
			c.handler.arena, rows[i].source, CONFIG_EXPR_TEXT, &error);
		ck_assert_msg(
			expr != NULL, "%s: %.*s", rows[i].source, TEXT_ARGS(buffer_view(&error)));
		bool root = strncmp(rows[i].value, "ROOT", 4) == 0;
		buffer_printf(&expected, "%s%s", root ? config->host.document_root : "",
			rows[i].value + (root ? 4 : 0));
		c.handler.personal = false;
		ck_assert_int_eq(handler_world_says(&c.handler, expr, &value), 0);
		ck_assert_msg(text_equal(value, buffer_view(&expected)), "%s: %.*s", rows[i].source,
			TEXT_ARGS(value));
		ck_assert_msg(c.handler.personal == rows[i].personal, "%s", rows[i].source);
		buffer_free(&expected);
		buffer_free(&error);
	}
	call_end(&c);
	config_free(config);
}
END_TEST

/* The log of a request whose client went while its name was asked for: nothing was looked for. */
START_TEST(without_a_place)
{
	struct call c;
	struct buffer error = BUFFER_INIT;
	struct config *config = make_site();
	ask(&c, config);
	c.handler.dir = NULL;
	const struct config_expr *expr = config_expr_parse(
		c.handler.arena, "%{HANDLER}%{SERVER_ADMIN}", CONFIG_EXPR_TEXT, &error);
	struct text value;
	ck_assert_int_eq(handler_world_says(&c.handler, expr, &value), 0);
	ck_assert_msg(text_equal(value, TEXT("webmaster@example.org")), "%.*s", TEXT_ARGS(value));
	call_end(&c);
	config_free(config);
}
END_TEST

/* Vary tells of the fields that were looked at, each once. */
START_TEST(vary)
{
	struct call c;
	struct buffer error = BUFFER_INIT;
	struct config *config = make_site();
	ask(&c, config);
	const struct config_expr *expr = config_expr_parse(c.handler.arena,
		"%{HTTP:X-A}%{req_novary:X-B}%{HTTP:x-a}%{HTTP_HOST}", CONFIG_EXPR_TEXT, &error);
	struct text value;
	ck_assert_int_eq(handler_world_says(&c.handler, expr, &value), 0);
	ck_assert_msg(text_equal(buffer_view(&c.response.fields), TEXT("Vary: X-A\r\n")), "%.*s",
		TEXT_ARGS(buffer_view(&c.response.fields)));
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(users)
{
	static const struct {
		const char *source;
		bool asks;
	} rows[] = {{"true", false}, {"%{REMOTE_USER} == 'a'", true},
		{"!(%{REMOTE_ADDR} == 'a' || tolower(%{REMOTE_USER}) == 'a')", true},
		{"%{REMOTE_ADDR} == 'REMOTE_USER'", false}};
	struct arena *memory = arena_new();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer error = BUFFER_INIT;
		const struct config_expr *expr =
			config_expr_parse(memory, rows[i].source, 0, &error);
		ck_assert_msg(expr != NULL, "%.*s", TEXT_ARGS(buffer_view(&error)));
		ck_assert_msg(handler_world_asks_user(expr) == rows[i].asks, "%s", rows[i].source);
		buffer_free(&error);
	}
	arena_free(memory);
}
END_TEST

UNIT_MAIN("handler_world", values, without_a_place, vary, users)
