/*
 * test_config_docs - -L and the directive reference
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_directive.h"

static void has(const struct buffer *b, const char *text)
{
	ck_assert_msg(strstr(b->data, text) != NULL, "missing: %s", text);
}

START_TEST(list)
{
	struct buffer b = BUFFER_INIT;
	config_list_directives(&b);
	buffer_append(&b, "", 1);
	ck_assert(!b.failed);
	has(&b, "\nTimeout seconds\n"
		"    the longest wait for one read or write\n"
		"    Default:  60\n"
		"    Range:    1 to 1000000 seconds\n"
		"    Context:  server, host\n");
	has(&b, "\nMaxConnectionsPerChild number\n"
		"    after how many connections a worker is replaced\n"
		"    Default:  0\n"
		"    Range:    0 to 4294967295\n"
		"    Alias:    MaxRequestsPerChild\n"
		"    Context:  server\n");
	has(&b, "\n<Location \"/path\"|~ \"regex\">\n"
		"    settings for a part of the site, by URL path\n"
		"    Context:  server, host\n");
	has(&b, "\nSetHandler handler|none\n"
		"    what answers requests here\n"
		"    Context:  server, host, section, .htaccess\n");
	ck_assert_ptr_eq(strstr(b.data, "AcceptFilter"), b.data); /* sorted */
	buffer_free(&b);
}
END_TEST

/* One article with its facts for every row; how it looks is checked against the checked-in page. */
START_TEST(page)
{
	struct buffer b = BUFFER_INIT;
	config_directives_html(&b);
	buffer_append(&b, "", 1);
	ck_assert(!b.failed);
	size_t articles = 0;
	for (const char *at = b.data; (at = strstr(at, "<article class=\"directive\" id=\"")); at++)
		articles++;
	ck_assert_uint_eq(articles, CONFIG_DIRECTIVE_COUNT);
	has(&b, "id=\"location\">\n        <h2>&lt;Location&gt;</h2>");
	has(&b, "<a href=\"#ifmodule\">&lt;IfModule&gt;</a>");
	has(&b, "<dt>Syntax</dt><dd><code>&lt;Location &quot;/path&quot;|~ "
		"&quot;regex&quot;&gt;</code></dd>");
	has(&b, "<dt>Also spelled</dt><dd><code>MaxClients</code></dd>");
	has(&b, "</html>\n");
	buffer_free(&b);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, list);
	tcase_add_test(tests, page);
}

int main(void)
{
	return case_main("config_docs", add);
}
