/*
 * test_negotiation - pages in several languages, types and codings (Options MultiViews)
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <string.h>

static const char config[] =
	"Options +MultiViews\n"
	"AddLanguage en .en\nAddLanguage de .de\nAddLanguage pt-BR .pt-br\n"
	"AddEncoding gzip .gz\nAddCharset utf-8 .utf8\n"
	"LanguagePriority en de\nAddDefaultCharset utf-8\n"
	"DirectoryIndex index\n"
	"<Location /force>\nForceLanguagePriority Prefer Fallback\n</Location>\n"
	"<Location /none>\nForceLanguagePriority None\n</Location>\n"
	"<Location /off>\nOptions -MultiViews\n</Location>\n";

/* Each file holds its own name, so that a body says which one was sent. */
static const char *const files[] = {"page.html.en", "page.html.de", "page.html.pt-br",
	"index.html.en", "index.de.html", "pack.txt.en.gz", "pack.txt.en", "force/page.html.en",
	"force/page.html.de", "none/page.html.en", "none/page.html.de", "off/page.html.en",
	"char.utf8.html", "kind.html", "kind.txt"};

static const struct {
	const char *path, *fields;
	int status;
	const char *file, *vary;
} rows[] = {
	{"/page", "", 200, "page.html.en", "Accept-Language"},
	{"/page.html", "Accept-Language: de\r\n", 200, "page.html.de", "Accept-Language"},
	{"/page", "Accept-Language: pt\r\n", 200, "page.html.pt-br", "Accept-Language"},
	{"/page", "Accept-Language: pt-PT, de;q=0.1\r\n", 200, "page.html.de", "Accept-Language"},
	{"/page", "Accept-Language: fr;q=0.9, de;q=0.2, en;q=0.3\r\n", 200, "page.html.en",
		"Accept-Language"},
	{"/page", "Accept-Language: fr\r\n", 406, NULL, "Accept-Language"},
	{"/page?query", "Accept-Language: de\r\n", 200, "page.html.de", "Accept-Language"},
	{"/page.html.en", "Accept-Language: de\r\n", 200, "page.html.en", NULL},
	{"/", "", 200, "index.html.en", "Accept-Language"},
	{"/", "Accept-Language: de\r\n", 200, "index.de.html", "Accept-Language"},
	{"/pack", "", 200, "pack.txt.en", "Accept-Encoding"},
	{"/pack", "Accept-Encoding: gzip\r\n", 200, "pack.txt.en.gz", "Accept-Encoding"},
	{"/pack.txt", "Accept-Encoding: gzip;q=0\r\n", 200, "pack.txt.en", "Accept-Encoding"},
	{"/force/page", "Accept-Language: fr\r\n", 200, "force/page.html.en", "Accept-Language"},
	{"/none/page", "Accept-Language: de, en\r\n", 200, "none/page.html.de", "Accept-Language"},
	{"/none/page", "Accept-Language: de, en;q=0.5\r\n", 200, "none/page.html.de",
		"Accept-Language"},
	{"/off/page", "", 404, NULL, NULL},
	{"/char", "", 200, "char.utf8.html", NULL},
	{"/kind", "Accept: text/html\r\n", 200, "kind.html", "Accept"},
	{"/kind", "Accept: text/plain\r\n", 200, "kind.txt", "Accept"},
	{"/kind", "Accept: text/*;q=0.5, text/plain;q=0.1\r\n", 200, "kind.html", "Accept"},
	{"/kind", "Accept: image/png\r\n", 406, NULL, "Accept"},
	{"/nothing", "", 404, NULL, NULL},
};

static void make_files(const struct support_server *s)
{
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		support_site_write(s->root, files[i], files[i], strlen(files[i]));
	ck_assert_int_eq(remove(support_site_path(s->root, "index.html")), 0);
}

static void ask(struct support_conn *c, unsigned port, const char *method, const char *path,
	const char *fields)
{
	support_conn_open(c, port);
	support_conn_print(c, "%s %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s\r\n", method,
		path, fields);
	ck_assert(support_conn_read(c, method));
	support_conn_expect_closed(c);
}

static void field_is(const struct support_conn *c, const char *name, const char *expected)
{
	const char *got = support_reply_field(&c->reply, name);
	ck_assert_msg(got && expected ? strcmp(got, expected) == 0 : got == expected,
		"%s: %s instead of %s\n%s", name, got, expected, c->reply.text);
}

START_TEST(chooses)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, (enum support_model)_i, config);
	make_files(&s);
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ask(&c, s.port, "GET", rows[i].path, rows[i].fields);
		ck_assert_msg(c.reply.status == rows[i].status, "%s %s: %s", rows[i].path,
			rows[i].fields, c.reply.line);
		field_is(&c, "Vary", rows[i].vary);
		if (rows[i].file)
			ck_assert_msg(strcmp(c.reply.body, rows[i].file) == 0, "%s %s: %s",
				rows[i].path, rows[i].fields, c.reply.body);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* HEAD says what GET says, and what is said fits the file. */
START_TEST(describes)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, SUPPORT_PREFORK, config);
	make_files(&s);
	support_server_launch(&s);
	for (int i = 0; i < 2; i++) {
		ask(&c, s.port, i ? "HEAD" : "GET", "/pack",
			"Accept-Encoding: gzip\r\nAccept-Language: en\r\n");
		field_is(&c, "Content-Type", "text/plain; charset=utf-8");
		field_is(&c, "Content-Language", "en");
		field_is(&c, "Content-Encoding", "gzip");
		field_is(&c, "Content-Location", "/pack.txt.en.gz");
		field_is(&c, "Content-Length", "14");
		field_is(&c, "Last-Modified", SUPPORT_SITE_DATE);
		support_conn_close(&c);
	}
	ask(&c, s.port, "GET", "/char", "");
	field_is(&c, "Content-Type", "text/html; charset=utf-8");
	support_conn_close(&c);
	ask(&c, s.port, "GET", "/page", "Range: bytes=5-8\r\n");
	ck_assert_int_eq(c.reply.status, 206);
	ck_assert_str_eq(c.reply.body, "html");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Whoever can take none of them is shown all. */
START_TEST(lists)
{
	static const struct {
		const char *path, *fields;
		int status;
		const char *link;
	} pages[] = {{"/page", "Accept-Language: fr\r\n", 406,
			     "<a href=\"/page.html.pt-br\">page.html.pt-br</a>"},
		{"/none/page", "Accept-Language: fr\r\n", 406,
			"<a href=\"/none/page.html.de\">page.html.de</a>"}};
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, SUPPORT_PREFORK, config);
	make_files(&s);
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
		ask(&c, s.port, "GET", pages[i].path, pages[i].fields);
		ck_assert_int_eq(c.reply.status, pages[i].status);
		ck_assert_msg(strstr(c.reply.body, pages[i].link) != NULL, "%s", c.reply.body);
		field_is(&c, "Content-Type", "text/html; charset=utf-8");
		field_is(&c, "Content-Language", NULL);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* The directory is looked at anew each time: what comes and goes is there and gone at once. */
START_TEST(notices_changes)
{
	struct support_server s;
	struct support_conn c;
	support_server_prepare(&s, SUPPORT_PREFORK, config);
	make_files(&s);
	support_server_launch(&s);
	ask(&c, s.port, "GET", "/kind", "Accept: text/html\r\n");
	ck_assert_str_eq(c.reply.body, "kind.html");
	support_conn_close(&c);
	support_site_write(s.root, "kind.html.de", "new", 3);
	ask(&c, s.port, "GET", "/kind", "Accept: text/html\r\nAccept-Language: de\r\n");
	ck_assert_str_eq(c.reply.body, "new");
	support_conn_close(&c);
	support_site_write(s.root, "kind", "itself", 6);
	ask(&c, s.port, "GET", "/kind", "Accept: text/html\r\n");
	ck_assert_str_eq(c.reply.body, "itself");
	field_is(&c, "Vary", NULL);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN(
	"negotiation", {chooses, SUPPORT_MODELS}, {describes, 1}, {lists, 1}, {notices_changes, 1})
