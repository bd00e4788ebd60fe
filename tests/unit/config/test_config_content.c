/*
 * test_config_content - directives about the content of files
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

enum {
	M = CONFIG_OPTION_MULTIVIEWS,
	I = CONFIG_OPTION_INDEXES,
	F = CONFIG_OPTION_FOLLOW_LINKS,
	X = CONFIG_OPTION_EXEC_CGI,
	S = CONFIG_OPTION_INCLUDES
};

START_TEST(options)
{
	static const struct {
		const char *text;
		unsigned outside, inside; /* of <Location /in> */
	} rows[] = {
		{"", F, F},
		{"Options None\n", 0, 0},
		{"Options All\n", I | F | S | X, I | F | S | X},
		{"options multiviews INDEXES\n", M | I, M | I},
		{"Options +MultiViews\n", M | F, M | F},
		{"Options -FollowSymLinks\n", 0, 0},
		{"Options Indexes\nOptions MultiViews\n", M, M},
		{"Options Indexes\nOptions +MultiViews -Indexes\n", M, M},
		{"Options -Indexes\nOptions +Indexes\n", I | F, I | F},
		{"<Location /in>\nOptions +MultiViews\n</Location>\n", F, M | F},
		{"<Location /in>\nOptions MultiViews\n</Location>\n", F, M},
		{"<Location /in>\nOptions None\n</Location>\n", F, 0},
		{"<Location /in>\nOptions None\nOptions +Indexes\n</Location>\n", F, I},
		{"Options Indexes MultiViews\n<Location /in>\nOptions -Indexes\n</Location>\n",
			I | M, M},
		{"<Location />\nOptions Indexes\n</Location>\n"
		 "<Location /in>\nOptions +ExecCGI -Indexes\n</Location>\n",
			I, X},
		{"Options FollowSymLinks SymLinksIfOwnerMatch IncludesNOEXEC\n",
			F | CONFIG_OPTION_FOLLOW_OWN_LINKS | CONFIG_OPTION_INCLUDES_NO_EXEC,
			F | CONFIG_OPTION_FOLLOW_OWN_LINKS | CONFIG_OPTION_INCLUDES_NO_EXEC},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = case_load(rows[i].text);
		unsigned outside = config_dir_for(&config->host, TEXT("/x"))->options;
		unsigned inside = config_dir_for(&config->host, TEXT("/in/x"))->options;
		ck_assert_msg(outside == rows[i].outside && inside == rows[i].inside,
			"%s: %x and %x instead of %x and %x", rows[i].text, outside, inside,
			rows[i].outside, rows[i].inside);
		config_free(config);
	}
}
END_TEST

START_TEST(defaults)
{
	struct config *config = case_load("");
	const struct config_dir *dir = &config->host.dir;
	ck_assert_int_eq(dir->force_language, CONFIG_FORCE_PREFER);
	ck_assert_int_eq(dir->output_filters, -1);
	ck_assert_str_eq(dir->default_charset, "");
	ck_assert_ptr_null(dir->default_language);
	ck_assert_ptr_null(dir->language_priority);
	ck_assert_uint_eq(dir->extension_count, 0);
	ck_assert_uint_eq(config->host.deflate_level, 6);
	ck_assert_uint_eq(config->host.brotli_quality, 5);
	ck_assert_uint_eq(config->host.compression_max_size, 512 * 1024);
	config_free(config);
}
END_TEST

START_TEST(values)
{
	struct config *config = case_load(
		"LanguagePriority en de fr\nForceLanguagePriority Prefer Fallback\n"
		"DefaultLanguage en-GB\nAddDefaultCharset utf-8\nDeflateCompressionLevel 9\n"
		"BrotliCompressionQuality 0\nCompressionMaxSize 1M\n"
		"<Location /in>\nLanguagePriority ja\nForceLanguagePriority None\n"
		"DefaultLanguage ja\nAddDefaultCharset Off\n</Location>\n"
		"<Location /in/deep>\nForceLanguagePriority fallback\n</Location>\n");
	const struct config_dir *out = config_dir_for(&config->host, TEXT("/"));
	const struct config_dir *in = config_dir_for(&config->host, TEXT("/in/deep"));
	ck_assert_str_eq(out->language_priority[0], "en");
	ck_assert_str_eq(out->language_priority[2], "fr");
	ck_assert_ptr_null(out->language_priority[3]);
	ck_assert_int_eq(out->force_language, CONFIG_FORCE_PREFER | CONFIG_FORCE_FALLBACK);
	ck_assert_str_eq(out->default_language, "en-GB");
	ck_assert_str_eq(out->default_charset, "utf-8");
	ck_assert_uint_eq(config->host.deflate_level, 9);
	ck_assert_uint_eq(config->host.brotli_quality, 0);
	ck_assert_uint_eq(config->host.compression_max_size, 1024 * 1024);
	ck_assert_str_eq(in->language_priority[0], "ja");
	ck_assert_ptr_null(in->language_priority[1]);
	ck_assert_int_eq(in->force_language, CONFIG_FORCE_FALLBACK);
	ck_assert_str_eq(in->default_language, "ja");
	ck_assert_str_eq(in->default_charset, "");
	ck_assert_int_eq(config_dir_for(&config->host, TEXT("/in"))->force_language, 0);
	config_free(config);
}
END_TEST

/* A row said again in one section is the same row. */
START_TEST(extensions)
{
	struct config *config = case_load("AddLanguage de .X y\nAddLanguage en x\nAddCharset a x\n"
					  "<Location /in>\nAddLanguage fr .x\n</Location>\n");
	const struct config_dir *out = &config->host.dir;
	const struct config_dir *in = config_dir_for(&config->host, TEXT("/in"));
	ck_assert_uint_eq(out->extension_count, 3);
	ck_assert_str_eq(out->extensions[0].value, "en");
	ck_assert_str_eq(out->extensions[1].extension, "y");
	ck_assert_int_eq(out->extensions[2].kind, CONFIG_EXTENSION_CHARSET);
	ck_assert_uint_eq(in->extension_count, 4);
	ck_assert_str_eq(in->extensions[0].value, "fr");
	config_free(config);
}
END_TEST

START_TEST(refused)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"Options Index\n",
			"ROOT/t.conf:1: Options: 'Index' is none of None, All, ExecCGI, "
			"FollowSymLinks, Includes, IncludesNOEXEC, Indexes, MultiViews and "
			"SymLinksIfOwnerMatch"},
		{"Options +Indexes MultiViews\n",
			"ROOT/t.conf:1: Options: either all words begin with + or -, or none does: "
			"'MultiViews'"},
		{"Options Indexes -MultiViews\n",
			"ROOT/t.conf:1: Options: either all words begin with + or -, or none does: "
			"'-MultiViews'"},
		{"AddEncoding \"a b\" .x\n",
			"ROOT/t.conf:1: AddEncoding: 'a b' is not the name of a content coding"},
		{"AddLanguage en .a.b\n",
			"ROOT/t.conf:1: AddLanguage: '.a.b' is not a single extension such as .x"},
		{"AddCharset utf-8 .\n",
			"ROOT/t.conf:1: AddCharset: '.' is not a single extension such as .x"},
		{"AddCharset \"\" .x\n",
			"ROOT/t.conf:1: AddCharset: '' is not the name of a charset"},
		{"DefaultLanguage \"e\\\"n\"\n",
			"ROOT/t.conf:1: DefaultLanguage: 'e\"n' is not the name of a language"},
		{"AddDefaultCharset \"a;b\"\n",
			"ROOT/t.conf:1: AddDefaultCharset: 'a;b' is not the name of a charset"},
		{"LanguagePriority en d/e\n",
			"ROOT/t.conf:1: LanguagePriority: 'd/e' is not the name of a language"},
		{"ForceLanguagePriority None Prefer\n",
			"ROOT/t.conf:1: ForceLanguagePriority must be None, Prefer, Fallback or "
			"the last two together, not 'None'"},
		{"AddOutputFilterByType INCLUDES text/html\n",
			"ROOT/t.conf:1: AddOutputFilterByType: 'INCLUDES' is none of the filters "
			"DEFLATE and BROTLI_COMPRESS"},
#ifdef WITH_ZLIB
		{"AddOutputFilterByType DEFLATE text\n",
			"ROOT/t.conf:1: AddOutputFilterByType: 'text' is not a media type such as "
			"text/html"},
		{"SetOutputFilter DEFLATE;\n",
			"ROOT/t.conf:1: SetOutputFilter: '' is none of the filters DEFLATE and "
			"BROTLI_COMPRESS"},
#else
		{"SetOutputFilter DEFLATE\n",
			"ROOT/t.conf:1: DEFLATE is not built in: there was no zlib"},
#endif
		{"DeflateCompressionLevel 10\n", "ROOT/t.conf:1: DeflateCompressionLevel must be a "
						 "number from 1 to 9, not '10'"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		case_refused(rows[i].text, rows[i].message);
}
END_TEST

/* What is not built in counts as a module that is not there. */
START_TEST(modules)
{
	struct config *config =
		case_load("<IfModule mod_deflate.c>\nDefaultLanguage a\n</IfModule>\n"
			  "<IfModule negotiation_module>\nAddDefaultCharset b\n"
			  "</IfModule>\n");
#ifdef WITH_ZLIB
	ck_assert_str_eq(config->host.dir.default_language, "a");
#else
	ck_assert_ptr_null(config->host.dir.default_language);
#endif
	ck_assert_str_eq(config->host.dir.default_charset, "b");
	config_free(config);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, options);
	tcase_add_test(tests, defaults);
	tcase_add_test(tests, values);
	tcase_add_test(tests, extensions);
	tcase_add_test(tests, refused);
	tcase_add_test(tests, modules);
}

int main(void)
{
	return case_main("config_content", add);
}
