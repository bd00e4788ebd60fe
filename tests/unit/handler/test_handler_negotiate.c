/*
 * test_handler_negotiate - Options MultiViews
 *
 * Runs in:  a test program
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"
#include "unit/openat2.h"

#include <fcntl.h>

static struct config *make_site(const char *more)
{
	char all[1024];
	static const char *const files[] = {"page.html.en", "page.html.de", "page.txt.de",
		"other.html", "other.html.en", "one.html.fr", "back.html~", "back.html.bak",
		"jquery-1.2.js", "dir.html", "index.html.de", "index.html.en", "koi.koi.html",
		"x<y.html.en", "x<y.html.de", "packed.html.gz"};
	snprintf(all, sizeof all,
		"Options +MultiViews\nAddLanguage en .en\nAddLanguage de .de\n"
		"AddLanguage fr .fr\nAddCharset koi8-r .koi\nAddEncoding gzip .gz\n"
		"LanguagePriority en\n%s",
		more);
	struct config *config = site_config(all);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char name[64];
		snprintf(name, sizeof name, "www/%s", files[i]);
		if (strcmp(files[i], "dir.html") == 0) {
			if (access(unit_path(name), F_OK) < 0)
				unit_mkdir(name);
			continue;
		}
		unit_write(name, text_of(files[i])); /* each says its name */
		unit_age(name, 100);
	}
	return config;
}

struct row {
	const char *path, *fields;
	int status;
	const char *body; /* the name of the file */
	const char *vary;
};

static void check(const struct row *row, struct config *config)
{
	struct call c;
	char location[64];
	call_get(&c, config, row->path, row->fields);
	ck_assert_msg(c.response.status == row->status, "%s %s: %d", row->path, row->fields,
		c.response.status);
	call_field_eq(&c, "Vary", row->vary);
	if (row->status == 200) {
		ck_assert_msg(text_equal(buffer_view(&c.body), text_of(row->body)), "%s %s: %.*s",
			row->path, row->fields, TEXT_ARGS(buffer_view(&c.body)));
		bool chosen = strcmp(row->path + 1, row->body) != 0;
		snprintf(location, sizeof location, "/%s", row->body);
		call_field_eq(&c, "Content-Location", chosen ? location : NULL);
		ck_assert(!chosen || !c.response.cacheable);
	}
	call_end(&c);
}

#define AL(list) "Accept-Language: " list "\r\n"

START_TEST(choices)
{
	static const char both[] = "Accept, Accept-Language", language[] = "Accept-Language";
	static const struct row rows[] = {
		{"/page", "", 200, "page.html.en", both},
		{"/page", AL("de"), 200, "page.txt.de", both}, /* the smaller one */
		{"/page", AL("de") "Accept: text/html\r\n", 200, "page.html.de", both},
		{"/page.html", AL("de"), 200, "page.html.de", language},
		{"/page.html", AL("de, en"), 200, "page.html.en", language},
		{"/page.html", AL("es"), 406, NULL, language},
		{"/page.html.de", AL("en"), 200, "page.html.de", NULL},
		{"/other", AL("es"), 200, "other.html", language},
		{"/other", AL("en"), 200, "other.html.en", language},
		{"/other.html", AL("en"), 200, "other.html", NULL}, /* it is there itself */
		{"/one", "", 200, "one.html.fr", NULL},
		{"/one", AL("en"), 406, NULL, NULL},
		{"/back", "", 404, NULL, NULL},
		{"/jquery-1.2", "", 200, "jquery-1.2.js", NULL},
		{"/jquery-1", "", 404, NULL, NULL},
		{"/dir", "", 404, NULL, NULL},
		{"/pag", "", 404, NULL, NULL},
		{"/page.", "", 404, NULL, NULL},
		{"/page/", "", 404, NULL, NULL},
		{"/page/x", "", 404, NULL, NULL},
		{"/none/page", "", 404, NULL, NULL},
		{"/packed", "Accept-Encoding: identity\r\n", 406, NULL, NULL},
		{"/packed", "", 200, "packed.html.gz", NULL},
	};
	struct config *config = make_site("");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		check(&rows[i], config);
	config_free(config);
}
END_TEST

START_TEST(what_is_said_of_them)
{
	struct config *config = make_site("DefaultLanguage en-GB\n");
	struct call c;
	call_get(&c, config, "/page.html", AL("de"));
	call_field_eq(&c, "Content-Type", "text/html");
	call_field_eq(&c, "Content-Language", "de");
	char fields[256];
	snprintf(
		fields, sizeof fields, AL("de") "If-None-Match: %.60s\r\n", call_field(&c, "ETag"));
	call_end(&c);
	call_get(&c, config, "/page.html", fields);
	ck_assert_int_eq(c.response.status, 304);
	call_field_eq(&c, "Vary", "Accept-Language");
	call_field_eq(&c, "Content-Location", "/page.html.de");
	call_field_eq(&c, "Content-Language", NULL);
	call_end(&c);
	call_get(&c, config, "/koi", "");
	call_field_eq(&c, "Content-Type", "text/html; charset=koi8-r");
	call_field_eq(&c, "Content-Language", "en-GB");
	call_end(&c);
	call_get(&c, config, "/packed", "Accept-Encoding: gzip\r\n");
	call_field_eq(&c, "Content-Type", "text/html");
	call_field_eq(&c, "Content-Encoding", "gzip");
	call_end(&c);
	call_get(&c, config, "/page.html", AL("de") "Range: bytes=5-8\r\n");
	ck_assert_int_eq(c.response.status, 206);
	unit_text_eq(buffer_view(&c.body), "html");
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(index_files)
{
	struct config *config = make_site("");
	struct call c;
	call_get(&c, config, "/", AL("de"));
	ck_assert_int_eq(c.response.status, 200);
	unit_text_eq(buffer_view(&c.body), "index.html.de");
	call_field_eq(&c, "Content-Location", "/index.html.de");
	call_end(&c);
	config_free(config);
}
END_TEST

/* The list of a 406, with links that are safe whatever the names are. */
START_TEST(lists)
{
	struct config *config = make_site("");
	struct call c;
	call_get(&c, config, "/x%3Cy", AL("es"));
	ck_assert_int_eq(c.response.status, 406);
	buffer_append(&c.body, "", 1);
	const char *de = strstr(c.body.data, "<li><a href=\"/x%3Cy.html.de\">x&lt;y.html.de</a>, "
					     "type text/html, language de</li>");
	const char *en = strstr(c.body.data, "<a href=\"/x%3Cy.html.en\">");
	ck_assert_msg(de && en && de < en, "%s", c.body.data);
	call_field_eq(&c, "Content-Type", "text/html; charset=utf-8");
	call_end(&c);
	config_free(config);
	config = make_site("ErrorDocument 406 \"Nothing for you\"\n");
	call_get(&c, config, "/x%3Cy", AL("es"));
	ck_assert_int_eq(c.response.status, 406);
	unit_text_eq(buffer_view(&c.body), "Nothing for you");
	call_field_eq(&c, "Vary", "Accept-Language");
	call_end(&c);
	config_free(config);
}
END_TEST

START_TEST(priorities)
{
	/* The first of the smallest, as in Apache. */
	static const struct row none = {
		"/page.html", AL("de, en"), 200, "page.html.de", "Accept-Language"};
	static const struct row fallback = {
		"/page.html", AL("es"), 200, "page.html.en", "Accept-Language"};
	struct config *config = make_site("ForceLanguagePriority None\n");
	check(&none, config);
	config_free(config);
	config = make_site("ForceLanguagePriority Prefer Fallback\n");
	check(&fallback, config);
	config_free(config);
}
END_TEST

START_TEST(only_where_it_is_on)
{
	static const struct row off = {"/page", "", 404, NULL, NULL};
	struct config *config = make_site("<Location />\nOptions -MultiViews\n</Location>\n");
	check(&off, config);
	config_free(config);
}
END_TEST

/* A link may lead a name elsewhere, but nothing out of the root. */
START_TEST(links_out_of_the_root)
{
	struct config *config = make_site("");
	struct call c;
	unit_write("secret", TEXT("secret"));
	ck_assert_int_eq(symlink("../secret", unit_path("www/out.html.en")), 0);
	ck_assert_int_eq(symlink("page.html.en", unit_path("www/in.html.en")), 0);
	call_get(&c, config, "/out", "");
	ck_assert_int_eq(c.response.status, 403);
	call_end(&c);
	call_get(&c, config, "/in", "");
	ck_assert_int_eq(c.response.status, 200);
	call_end(&c);
	config_free(config);
}
END_TEST

/* However many there are, some are looked at and the answer comes. */
START_TEST(many)
{
	struct config *config = make_site("");
	struct call c;
	char name[160];
	for (unsigned i = 0; i < 100; i++) {
		char dots[101];
		memset(dots, '.', sizeof dots);
		snprintf(name, sizeof name, "www/many%.*s.html.en", (int)i, dots);
		unit_write(name, TEXT("x"));
	}
	call_get(&c, config, "/many", "");
	ck_assert_int_eq(c.response.status, 200);
	call_end(&c);
	config_free(config);
}
END_TEST

/* From now on no directory can be opened to be read; 0: they can. */
static int no_directories;

static int openat2_fails(const char *path, const struct open_how *how)
{
	(void)path;
	return (how->flags & (O_DIRECTORY | O_PATH)) == O_DIRECTORY ? no_directories : 0;
}

/* Whether there are variants is not known then: it would be wrong to say that there are none. */
START_TEST(nothing_to_look_with)
{
	static const struct {
		int why, status;
	} rows[] = {{EMFILE, 503}, {ENFILE, 503}, {ENOMEM, 503}, {EIO, 500}, {ENOENT, 404}};
	struct config *config = make_site("DirectoryIndex page\n");
	struct call c;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		no_directories = rows[i].why;
		call_get(&c, config, "/page", "");
		ck_assert_int_eq(c.response.status, rows[i].status);
		call_end(&c);
		no_directories = 0;
	}
	no_directories = EMFILE;
	call_get(&c, config, "/", "");
	ck_assert_int_eq(c.response.status, 503);
	call_end(&c);
	no_directories = 0;
	call_get(&c, config, "/page", "");
	ck_assert_int_eq(c.response.status, 200);
	call_end(&c);
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_negotiate", nothing_to_look_with, choices, what_is_said_of_them, index_files,
	lists, priorities, only_where_it_is_on, links_out_of_the_root, many)
