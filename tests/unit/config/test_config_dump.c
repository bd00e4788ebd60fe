/*
 * test_config_dump - what -S and -M print
 *
 * Runs in:  make check
 * Owns:     what config_case.h makes
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static void has(const struct buffer *b, const char *what)
{
	ck_assert_msg(memmem(b->data, b->size, what, strlen(what)) != NULL, "no \"%s\" in\n%.*s",
		what, TEXT_ARGS(buffer_view(b)));
}

START_TEST(modules)
{
	struct buffer b = BUFFER_INIT;
	config_dump_modules(&b);
	ck_assert(text_starts(buffer_view(&b), TEXT("Loaded Modules:\n")));
	has(&b, "\n core_module (built in)\n");
	has(&b, "\n mpm_prefork_module (built in)\n");
	buffer_free(&b);
}
END_TEST

START_TEST(settings)
{
	struct buffer b = BUFFER_INIT;
	struct config *config = case_load("Listen 127.0.0.1:8080\nServerName www.example.com");
	config_dump_settings(config, &b);
	has(&b, "VirtualHost configuration:\n");
	has(&b, "127.0.0.1:8080         www.example.com (");
	has(&b, "/t.conf:1)\n");
	has(&b, "\nMain DocumentRoot: \"/");
	has(&b, "\nPidFile: \"/");
	has(&b, "\nUser: name=\"");
	buffer_free(&b);
	config_free(config);
}
END_TEST

START_TEST(hosts)
{
	struct buffer b = BUFFER_INIT;
	struct config *config = case_load("ServerName main.example.com\n"
					  "<VirtualHost *:9080>\nServerName a.example.com\n"
					  "ServerAlias a b *.a.example.com\n</VirtualHost>\n"
					  "<VirtualHost *:9080>\nServerName b.example.com\n"
					  "</VirtualHost>\n"
					  "<VirtualHost 127.0.0.1:9443 [::1]:*>\n</VirtualHost>\n");
	config_dump_settings(config, &b);
	buffer_append(&b, "", 1);
	char *got = case_shorten(b.data);
	const char *expected = "VirtualHost configuration:\n"
			       "127.0.0.1:9443         main.example.com (ROOT/t.conf:9)\n"
			       "[::1]:*                main.example.com (ROOT/t.conf:9)\n"
			       "*:9080                 is a NameVirtualHost\n"
			       "         default server a.example.com (ROOT/t.conf:2)\n"
			       "         port 9080 namevhost a.example.com (ROOT/t.conf:2)\n"
			       "                 alias a\n"
			       "                 alias b\n"
			       "                 wild alias *.a.example.com\n"
			       "         port 9080 namevhost b.example.com (ROOT/t.conf:6)\n"
			       "ServerRoot: ";
	ck_assert_msg(strncmp(got, expected, strlen(expected)) == 0, "%s", got);
	free(got);
	buffer_free(&b);
	config_free(config);
}
END_TEST

/* What -D DUMP_CONFIG prints of a text; for free(). */
static char *list(const char *text)
{
	struct buffer to = BUFFER_INIT, error = BUFFER_INIT;
	struct config_listing listing = {&to, 0};
	const struct config_source source = {
		.server_root = case_root, .file = "t.conf", .listing = &listing};
	case_file("t.conf", text);
	struct config *config = config_load(&source, &error);
	ck_assert_msg(config != NULL, "%s\n%.*s", text, (int)error.size, error.data);
	config_free(config);
	buffer_free(&error);
	buffer_append(&to, "", 1);
	char *got = case_shorten(to.data);
	buffer_free(&to);
	return got;
}

START_TEST(listing)
{
	case_file("more.conf", "serveradmin 'a \"b\" \\c'\n");
	char *first = list(
		"Listen 127.0.0.1:8080\nDefine X www\n<IfDefine X>\nInclude more.conf\n"
		"</IfDefine>\n<Directory \"/a b\">\nOptions -Indexes\n</Directory>\n"
		"<VirtualHost *>\nDocumentRoot \"${X}\"\n<Location />\nErrorDocument 404 \"\"\n"
		"</Location>\n</VirtualHost>\n");
	ck_assert_str_eq(first, "# ROOT/t.conf:1\nListen 127.0.0.1:8080\n"
				"# ROOT/more.conf:1\nServerAdmin \"a \\\"b\\\" \\\\c\"\n"
				"# ROOT/t.conf:6\n<Directory \"/a b\">\n"
				"    # ROOT/t.conf:7\n    Options -Indexes\n</Directory>\n"
				"# ROOT/t.conf:9\n<VirtualHost *>\n"
				"    # ROOT/t.conf:10\n    DocumentRoot www\n"
				"    # ROOT/t.conf:11\n    <Location />\n"
				"        # ROOT/t.conf:12\n        ErrorDocument 404 \"\"\n"
				"    </Location>\n</VirtualHost>\n");
	char *second = list(first);
	/* the same again but for the lines' numbers */
	size_t same = 0;
	for (const char *a = first, *b = second; a && b;
		a = strchr(a, '\n'), b = strchr(b, '\n'), a += a != NULL, b += b != NULL, same++) {
		size_t spaces = strspn(a, " "), size = strcspn(a, "\n");
		if (a[spaces] != '#')
			ck_assert_msg(strncmp(a, b, size) == 0, "%s\n%s", a, b);
	}
	ck_assert_uint_gt(same, 10);
	free(first);
	free(second);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, hosts);
	tcase_add_test(t, listing);
	tcase_add_test(t, modules);
	tcase_add_test(t, settings);
}

int main(void)
{
	return case_main("config_dump", add);
}
