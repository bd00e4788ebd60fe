/*
 * test_handler_error - what is said when something cannot be done
 *
 * Runs in:  a test program
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"

#include "http/http_status.h"

static bool contains(const struct buffer *b, const char *what)
{
	return memmem(b->data, b->size, what, strlen(what)) != NULL;
}

START_TEST(our_own_page)
{
	struct config *config = site_config("");
	for (int status = 400; status < 600; status++) {
		if (!http_status_line(status).size)
			continue;
		struct call c;
		call_get(
			&c, config, "/", ""); /* whatever was there before must not shine through */
		handler_error(&c.handler, status);
		ck_assert_int_eq(c.response.status, status);
		ck_assert_int_eq(c.response.kind, HTTP_BODY_BYTES);
		ck_assert(c.response.cacheable == (status == 404) && !c.response.accept_ranges);
		ck_assert(!c.response.cacheable || c.response.momentary);
		ck_assert_uint_eq(c.response.etag_size, 0);
		ck_assert_int_eq(c.response.modified, -1);
		buffer_free(&c.body);
		call_read_body(&c);
		char number[32];
		snprintf(number, sizeof number, "<title>%d ", status);
		ck_assert_msg(contains(&c.body, number), "%d", status);
		ck_assert(contains(&c.body, "</html>"));
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(nothing_is_given_away)
{
	struct config *config = site_config("ServerAdmin boss@example.com\n");
	struct call c;
	call_ask(&c, config, NULL,
		"GET /<script>?<b> HTTP/1.1\r\nHost: evil.example\r\nX: <i>\r\n\r\n");
	ck_assert_int_ge(c.response.status, 400);
	static const char *const secrets[] = {
		"script", "evil", "<b>?", "<i>", "boss@", "preforkd", "/unit-", "GET"};
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		ck_assert_msg(!contains(&c.body, secrets[i]), "%s", secrets[i]);
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(kinds)
{
	static const struct {
		const char *target;
		int status;
		const char *type, *location, *body; /* body NULL: our own page */
	} rows[] = {
		{"/none", 404, "text/html", NULL, "<p>missing"},
		{"/text/none", 404, "text/html; charset=utf-8", NULL, "gone for good"},
		{"/url/none", 302, "text/html; charset=utf-8", "http://elsewhere.example/a?b",
			NULL},
		{"/default/none", 404, "text/html; charset=utf-8", NULL, NULL},
		{"/dir/none", 404, "text/plain", NULL, "in a directory"},
		{"/lost/none", 404, "text/html; charset=utf-8", NULL, NULL},
		{"/redirects/none", 404, "text/html; charset=utf-8", NULL, NULL},
		{"/out/none", 404, "text/html; charset=utf-8", NULL, NULL},
		{"/fifo/none", 404, "text/html; charset=utf-8", NULL, NULL},
	};
	struct config *config = site_config(
		"ErrorDocument 404 /missing.html\n"
		"<Location /text>\nErrorDocument 404 \"gone for good\"\n</Location>\n"
		"<Location /url>\nErrorDocument 404 http://elsewhere.example/a?b\n</Location>\n"
		"<Location /default>\nErrorDocument 404 default\n</Location>\n"
		"<Location /dir>\nErrorDocument 404 /pages/\n</Location>\n"
		"<Location /lost>\nErrorDocument 404 /nowhere.html\n</Location>\n"
		"<Location /redirects>\nErrorDocument 404 /pages\n</Location>\n"
		"<Location /out>\nErrorDocument 404 /../httpd.conf\n</Location>\n"
		"<Location /fifo>\nErrorDocument 404 /fifo\n</Location>\n"
		"<Location /pages>\nDirectoryIndex x.txt\n</Location>\n");
	unit_write("www/missing.html", TEXT("<p>missing"));
	unit_mkdir("www/pages");
	unit_write("www/pages/x.txt", TEXT("in a directory"));
	ck_assert_int_eq(mkfifo(unit_path("www/fifo"), 0644), 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		call_get(&c, config, rows[i].target, "");
		ck_assert_msg(c.response.status == rows[i].status, "%s: %d", rows[i].target,
			c.response.status);
		call_field_eq(&c, "Content-Type", rows[i].type);
		call_field_eq(&c, "Location", rows[i].location);
		bool own = rows[i].type && strstr(rows[i].type, "utf-8"); /* no file's */
		ck_assert_msg(c.response.cacheable == (own && rows[i].status == 404), "%s",
			rows[i].target);
		if (rows[i].body)
			ck_assert_msg(text_equal(buffer_view(&c.body), text_of(rows[i].body)), "%s",
				rows[i].target);
		else
			ck_assert_msg(contains(&c.body, "<title>"), "%s", rows[i].target);
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(a_document_that_is_missing_itself)
{
	/* The page for 404 is not there: that 404 is not answered with the page for 404. */
	struct call c;
	struct config *config =
		site_config("ErrorDocument 404 /nowhere.html\nErrorDocument 403 /nowhere.html\n");
	unit_mkdir("www/closed");
	call_get(&c, config, "/nowhere.html", "");
	ck_assert_int_eq(c.response.status, 404);
	ck_assert(contains(&c.body, "<title>404 "));
	call_end(&c);
	call_get(&c, config, "/closed/", "");
	ck_assert_int_eq(c.response.status, 403); /* the first status counts */
	ck_assert(contains(&c.body, "<title>403 "));
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(a_document_is_told_without_the_clients_conditions)
{
	static const char *const fields[] = {"Range: bytes=0-1\r\n", "If-None-Match: *\r\n",
		"If-Match: \"x\"\r\n", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n"};
	struct config *config = site_config("ErrorDocument 404 /missing.html\n");
	unit_write("www/missing.html", TEXT("<p>missing"));
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct call c;
		call_get(&c, config, "/none", fields[i]);
		ck_assert_int_eq(c.response.status, 404);
		unit_text_eq(buffer_view(&c.body), "<p>missing");
		call_end(&c);
	}
	config_free(config);
}
END_TEST

START_TEST(fields_of_the_first_status_stay)
{
	struct call c;
	struct config *config =
		site_config("ErrorDocument 405 /page.html\nErrorDocument 416 /page.html\n");
	unit_write("www/page.html", TEXT("<p>page"));
	call_ask(&c, config, NULL, "DELETE / HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert_int_eq(c.response.status, 405);
	call_field_eq(&c, "Allow", "GET, HEAD, POST, OPTIONS, TRACE");
	unit_text_eq(buffer_view(&c.body), "<p>page");
	call_end(&c);
	call_get(&c, config, "/page.html", "Range: bytes=99-\r\n");
	ck_assert_int_eq(c.response.status, 416);
	call_field_eq(&c, "Content-Range", "bytes */7");
	unit_text_eq(buffer_view(&c.body), "<p>page");
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(requests_that_could_not_be_read)
{
	static const struct {
		const char *raw;
		int status;
	} rows[] = {
		{"GET / HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
		{"nonsense\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400},
	};
	struct config *config = site_config("ErrorDocument 400 \"bad\"\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		call_ask(&c, config, NULL, rows[i].raw);
		ck_assert_int_eq(c.response.status, rows[i].status);
		if (rows[i].status == 400)
			unit_text_eq(buffer_view(&c.body), "bad");
		call_end(&c);
	}
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_error", our_own_page, nothing_is_given_away, kinds,
	a_document_that_is_missing_itself, a_document_is_told_without_the_clients_conditions,
	fields_of_the_first_status_stay, requests_that_could_not_be_read)
