/*
 * test_config_media - what the name of a file says of its content
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_media.h"

static const char directives[] = "TypesConfig conf/types\n"
				 "AddType text/x-added .add\n"
				 "AddEncoding x-gzip .gz .tgz\nAddEncoding br br\n"
				 "AddLanguage de .de\nAddLanguage en .en\nAddLanguage es .es\n"
				 "AddCharset utf-8 .utf8\nAddCharset koi8-r .koi\n"
				 "<Location /sub>\nAddLanguage de-CH .de\n"
				 "AddEncoding compress .gz\n</Location>\n";
static const char types[] = "text/html html htm\ntext/plain txt\napplication/gzip gz\n"
			    "application/ecmascript es\nimage/png png\n";

static struct config *load(const char *more)
{
	char text[2048];
	case_file("conf/types", types);
	snprintf(text, sizeof text, "%s%s", directives, more);
	return case_load(text);
}

/* "type charset language+language coding+coding known_from", what is absent as "-". */
static void describe(const struct config_media *m, char *to, size_t room)
{
	struct buffer b = BUFFER_INIT;
	buffer_printf(&b, "%s %s", m->type ? m->type : "-", m->charset ? m->charset : "-");
	for (size_t i = 0; i < m->language_count; i++)
		buffer_printf(&b, "%s%s", i ? "+" : " ", m->languages[i]);
	for (size_t i = 0; i < m->coding_count; i++)
		buffer_printf(&b, "%s%s", i ? "+" : m->language_count ? " " : " - ", m->codings[i]);
	snprintf(to, room, "%.*s %zu", TEXT_ARGS(buffer_view(&b)), m->known_from);
	buffer_free(&b);
}

START_TEST(names)
{
	static const struct {
		const char *name, *media;
	} rows[] = {
		{"page.html", "text/html - 4"},
		{"/a.b/page.HTML", "text/html - 4"},
		{"page.html.de", "text/html - de 4"},
		{"page.de.html", "text/html - de 4"},
		{"page.en.de.html", "text/html - en+de 4"},
		{"page.html.en.gz", "text/html - en gzip 4"},
		{"page.gz.br.html", "text/html - - gzip+br 4"},
		{"page.utf8.html", "text/html utf-8 4"},
		{"page.utf8.koi.txt", "text/plain koi8-r 4"},
		{"page.html.txt", "text/plain - 4"},
		{"page.es", "- - es 4"},
		{"page.gz", "- - - gzip 4"},
		{"page.tgz", "- - - gzip 4"},
		{"page.add.gz", "text/x-added - - gzip 4"},
		{"page", "- - 4"},
		{"page.", "- - 4"},
		{"page..html", "text/html - 4"},
		{"page.html~", "- - 10"},
		{"page.html.bak", "text/html - 13"},
		{"page-1.2.html", "text/html - 8"},
		{"page.1.2.html.3.de", "text/html - de 15"},
		{".html", "- - 5"},
		{"..html.txt", "text/plain - 6"},
		{"", "- - 0"},
		{"dir.html/", "- - 0"},
		{"a.de.de.de.de.de", "- - de+de+de+de 1"},
	};
	struct config *config = load("");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config_media m;
		char got[256];
		config_media_of(config, &config->host.dir, text_of(rows[i].name), &m);
		describe(&m, got, sizeof got);
		ck_assert_msg(strcmp(got, rows[i].media) == 0, "%s: %s instead of %s", rows[i].name,
			got, rows[i].media);
	}
	config_free(config);
}
END_TEST

START_TEST(sections_go_first)
{
	struct config *config = load("DefaultLanguage fr\n");
	struct config_media m;
	const struct config_dir *sub = config_dir_for(&config->host, TEXT("/sub/x"));
	config_media_of(config, sub, TEXT("x.html.de.gz"), &m);
	ck_assert_str_eq(m.languages[0], "de-CH");
	ck_assert_str_eq(m.codings[0], "compress");
	config_media_of(config, sub, TEXT("x.html.br"), &m);
	ck_assert_uint_eq(m.language_count, 1);
	ck_assert_str_eq(m.languages[0], "fr");
	ck_assert_str_eq(m.codings[0], "br");
	ck_assert_str_eq(config_media_suffix(&config->host.dir, TEXT("gzip")), "gz");
	ck_assert_str_eq(config_media_suffix(sub, TEXT("gzip")), "gz");
	ck_assert_str_eq(config_media_suffix(sub, TEXT("BR")), "br");
	ck_assert_ptr_null(config_media_suffix(sub, TEXT("zstd")));
	config_free(config);
}
END_TEST

static void charset_is(const char *more, const char *name, const char *expected)
{
	struct config *config = load(more);
	struct config_media m;
	config_media_of(config, &config->host.dir, text_of(name), &m);
	const char *got = config_media_charset(&config->host.dir, &m);
	ck_assert_msg(got && expected ? strcmp(got, expected) == 0 : got == expected,
		"%s: %s instead of %s", name, got, expected);
	config_free(config);
}

START_TEST(charsets)
{
	charset_is("", "a.html", NULL);
	charset_is("AddDefaultCharset utf-8\n", "a.html", "utf-8");
	charset_is("AddDefaultCharset On\n", "a.txt", "iso-8859-1");
	charset_is("AddDefaultCharset Off\n", "a.txt", NULL);
	charset_is("AddDefaultCharset utf-8\n", "a.png", NULL);
	charset_is("AddDefaultCharset utf-8\n", "a", NULL);
	charset_is("AddDefaultCharset utf-8\n", "a.add", NULL);
	charset_is("AddDefaultCharset utf-8\n", "a.koi.html", "koi8-r");
	charset_is("AddDefaultCharset utf-8\n", "a.koi.add", "koi8-r");
	charset_is("AddType \"text/html; Charset=x\" html\nAddDefaultCharset utf-8\n", "a.koi.html",
		NULL);
	/* an extension that says the charset is of its type all the same */
	charset_is("AddCharset koi8-r .html\n", "a.html", "koi8-r");
	charset_is("AddCharset koi8-r .html\n", "a.es.html", "koi8-r");
	charset_is("AddType \"text/html; a=b\" html\nAddDefaultCharset utf-8\n", "a.html", "utf-8");
}
END_TEST

#if defined WITH_ZLIB && defined WITH_BROTLI
START_TEST(filters)
{
	struct config *config = load("AddOutputFilterByType DEFLATE text/html TEXT/PLAIN\n"
				     "AddOutputFilterByType BROTLI_COMPRESS text/* \n"
				     "<Location /all>\nSetOutputFilter DEFLATE\n</Location>\n"
				     "<Location /all/none>\nSetOutputFilter none\n</Location>\n");
	enum { D = CONFIG_FILTER_DEFLATE, B = CONFIG_FILTER_BROTLI };
	static const struct {
		const char *path, *type;
		unsigned filters;
	} rows[] = {{"/", "text/html", D | B}, {"/", "text/plain; charset=x", D | B},
		{"/", "text/css", B}, {"/", "textual/css", 0}, {"/", "text", 0},
		{"/", "image/png", 0}, {"/", NULL, 0}, {"/all/x", "image/png", D},
		{"/all/x", NULL, D}, {"/all/x", "text/css", D | B}, {"/all/none/x", "image/png", 0},
		{"/all/none/x", "text/css", B}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct config_dir *dir = config_dir_for(&config->host, text_of(rows[i].path));
		unsigned got =
			config_media_filters(dir, rows[i].type ? text_of(rows[i].type) : TEXT(""));
		ck_assert_msg(got == rows[i].filters, "%s %s: %u", rows[i].path, rows[i].type, got);
	}
	config_free(config);
}
END_TEST
#endif

static void add(TCase *tests)
{
	tcase_add_test(tests, names);
	tcase_add_test(tests, sections_go_first);
	tcase_add_test(tests, charsets);
#if defined WITH_ZLIB && defined WITH_BROTLI
	tcase_add_test(tests, filters);
#endif
}

int main(void)
{
	return case_main("config_media", add);
}
