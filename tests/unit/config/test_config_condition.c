/*
 * test_config_condition - what is read only where something holds; Error and Warning
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_media.h"

static const struct {
	const char *condition;
	bool holds;
} rows[] = {
	{"<IfFile www/index.html>", true},
	{"<IfFile !www/index.html>", false},
	{"<IfFile www/none>", false},
	{"<IfFile \"!www/none\">", true},
	{"<IfFile www>", true},
	{"<IfFile /dev/null>", true},
	{"<IfDirective Listen>", true},
	{"<IfDirective listen>", true},
	{"<IfDirective !Listen>", false},
	{"<IfDirective ProxyPass>", false},
	{"<IfDirective !ProxyPass>", true},
	{"<IfSection VirtualHost>", true},
	{"<IfSection Proxy>", false},
	{"<IfSection !Proxy>", true},
	{"<IfVersion 2.4.66>", true},
	{"<IfVersion 2.4>", false},
	{"<IfVersion = 2.4.66>", true},
	{"<IfVersion == 2.4.66>", true},
	{"<IfVersion !== 2.4.66>", false},
	{"<IfVersion >= 2.4>", true},
	{"<IfVersion > 2>", true},
	{"<IfVersion < 2.4>", false},
	{"<IfVersion !< 2.4>", true},
	{"<IfVersion <= 2.4.65>", false},
	{"<IfVersion < 3>", true},
	{"<IfVersion > 2.10>", false},
	{"<IfVersion ~ ^2\\.4\\.>", true},
	{"<IfVersion = /^2\\.2/>", false},
	{"<IfVersion !~ ^2\\.2>", true},
	{"<IfModule mod_version.c>", true},
	{"<IfModule !core.c>", false},
};

START_TEST(conditions)
{
	char text[256];
	const char *name = rows[_i].condition + 1;
	snprintf(text, sizeof text, "%s\nServerAdmin inside\n</%.*s>\n", rows[_i].condition,
		(int)strcspn(name, " "), name);
	struct config *config = case_load(text);
	ck_assert_msg((config->host.server_admin != NULL) == rows[_i].holds, "%s", text);
	case_warned(config, "");
	config_free(config);
}
END_TEST

START_TEST(bad_forms)
{
	case_refused("<IfVersion 2.x>\n</IfVersion>\n",
		"ROOT/t.conf:1: <IfVersion>: '2.x' is not a version such as 2.4.10");
	case_refused("<IfVersion 2.4.1.1>\n</IfVersion>\n",
		"ROOT/t.conf:1: <IfVersion>: '2.4.1.1' is not a version such as 2.4.10");
	case_refused("<IfVersion => 2.4>\n</IfVersion>\n",
		"ROOT/t.conf:1: <IfVersion>: the operators are =, ==, >, >=, <, <= and ~, not "
		"'=>'");
	case_refused("<IfVersion>\n</IfVersion>\n",
		"ROOT/t.conf:1: <IfVersion> takes 1 to 2 arguments: <IfVersion [[!]operator] "
		"version>");
	struct buffer error = BUFFER_INIT;
	ck_assert_ptr_null(case_read("<IfVersion ~ (>\n</IfVersion>\n", &error));
	buffer_append(&error, "", 1);
	ck_assert_ptr_nonnull(strstr(error.data, "<IfVersion>: bad pattern '('"));
	buffer_free(&error);
}
END_TEST

START_TEST(messages)
{
	struct config *config =
		case_load("<IfDefine !NONE>\nWarning \"mind the gap\"\n</IfDefine>\n"
			  "<IfDefine NONE>\nError never\n</IfDefine>\n"
			  "<VirtualHost *>\nWarning in a host\n</VirtualHost>\n");
	case_warned(config, "ROOT/t.conf:2: mind the gap\nROOT/t.conf:8: in a host\n");
	config_free(config);
	case_refused("\nError \"say -D HOST\"\n", "ROOT/t.conf:2: say -D HOST");
}
END_TEST

/* What asks for nothing that is not done anyway is accepted in silence. */
START_TEST(accepted)
{
	struct config *config =
		case_load("MaxMemFree 2048\n"
			  "DeflateWindowSize 15\nDeflateInflateLimitRequestBody 1000\n"
			  "DeflateInflateRatioBurst 3\nDeflateInflateRatioLimit 200\n"
			  "<Directory />\nAllowOverride None\n"
			  "AllowOverrideList None\n</Directory>\n");
	case_warned(config, "");
	config_free(config);
	case_refused("<Directory />\n"
		     "AllowOverrideList Redirect Listen\n</Directory>\n",
		"ROOT/t.conf:2: AllowOverrideList: 'Listen' is no directive that an .htaccess may "
		"hold");
	case_refused("<Directory />\n"
		     "AllowOverride Options=Indexes,Foo\n</Directory>\n",
		"ROOT/t.conf:2: AllowOverride: 'Indexes,Foo' is no list of Options");
	case_refused("Use Host a\n",
		"ROOT/t.conf:1: Use is not supported by preforkd (in Apache it belongs to macro)");
	case_refused("<Macro Host $a>\n</Macro>\n",
		"ROOT/t.conf:1: <Macro> is not supported by preforkd (in Apache it belongs to "
		"macro)");
}
END_TEST

#if defined WITH_ZLIB && defined WITH_BROTLI
START_TEST(output_filters)
{
	struct config *config = case_load(
		"AddOutputFilter DEFLATE .log txt\nAddOutputFilter BROTLI_COMPRESS;DEFLATE .x\n");
	static const struct {
		const char *name;
		unsigned filters;
	} files[] = {{"a.log", CONFIG_FILTER_DEFLATE}, {"a.LOG.b", CONFIG_FILTER_DEFLATE},
		{"a.txt", CONFIG_FILTER_DEFLATE}, {"a.html", 0}, {"log", 0},
		{"a.x", CONFIG_FILTER_DEFLATE | CONFIG_FILTER_BROTLI}};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct config_media media;
		config_media_of(config, &config->host.dir, text_of(files[i].name), &media);
		ck_assert_uint_eq(media.filters, files[i].filters);
	}
	config_free(config);
	config = case_load("AddOutputFilter DEFLATE .log\n"
			   "<Location />\n"
			   "RemoveOutputFilter .log\n</Location>\n");
	struct config_target target = {.path = TEXT("/a.log")};
	const struct config_dir *dir = config_match(&config->host, &target);
	struct config_media media;
	ck_assert_ptr_nonnull(dir);
	config_media_of(config, dir, TEXT("a.log"), &media);
	ck_assert_uint_eq(media.filters, 0);
	config_free(config);
	case_refused("AddOutputFilter INCLUDES .shtml\n",
		"ROOT/t.conf:1: AddOutputFilter: 'INCLUDES' is none of the filters DEFLATE and "
		"BROTLI_COMPRESS");
}
END_TEST
#endif

static void add(TCase *tests)
{
	tcase_add_loop_test(tests, conditions, 0, (int)(sizeof rows / sizeof *rows));
	tcase_add_test(tests, bad_forms);
	tcase_add_test(tests, messages);
	tcase_add_test(tests, accepted);
#if defined WITH_ZLIB && defined WITH_BROTLI
	tcase_add_test(tests, output_filters);
#endif
}

int main(void)
{
	return case_main("config_condition", add);
}
