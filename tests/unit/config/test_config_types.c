/*
 * test_config_types - media types by extension
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_types.h"

#include <errno.h>

START_TEST(file)
{
	char path[128];
	case_file("types", "# comment\n"
			   "text/x-a\ta A2\r\n"
			   "  text/x-b   b  bb # more\n"
			   "text/x-none\n"
			   "\n"
			   "text/x-html html\n"
			   "b\001d c\n"
			   "text/x-last last");
	snprintf(path, sizeof path, "%s/types", case_root);
	struct arena *memory = arena_new();
	struct config_types *types = config_types_new(memory);
	ck_assert_str_eq(config_types_find(types, TEXT("html")), "text/html");
	ck_assert_int_eq(config_types_read(types, path), 0);
	ck_assert_str_eq(config_types_find(types, TEXT("a")), "text/x-a");
	ck_assert_str_eq(config_types_find(types, TEXT("a2")), "text/x-a");
	ck_assert_str_eq(config_types_find(types, TEXT("BB")), "text/x-b");
	ck_assert_str_eq(config_types_find(types, TEXT("html")), "text/x-html");
	ck_assert_str_eq(config_types_find(types, TEXT("last")), "text/x-last");
	ck_assert_str_eq(config_types_find(types, TEXT("css")), "text/css");
	ck_assert_ptr_null(config_types_find(types, TEXT("c")));
	ck_assert_ptr_null(config_types_find(types, TEXT("more")));
	ck_assert_ptr_null(config_types_find(types, TEXT("")));
	ck_assert_int_eq(config_types_read(types, "/nonexistent"), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(config_types_read(types, case_root), -1);
	ck_assert_int_eq(errno, EISDIR);
	arena_free(memory);
}
END_TEST

START_TEST(many)
{
	struct arena *memory = arena_new();
	struct config_types *types = config_types_new(memory);
	char name[16];
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "x%d", i);
		ck_assert_int_eq(config_types_set(types, text_of(name), text_of(name)), 0);
	}
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "X%d", i);
		ck_assert_str_eq(config_types_find(types, text_of(name)) + 1, name + 1);
	}
	ck_assert_ptr_null(config_types_find(types, TEXT("x5000")));
	arena_free(memory);
}
END_TEST

START_TEST(in_a_config)
{
	case_file("conf/mime.types", "text/x-file f g");
	struct config *config = case_load("AddType text/x-added g");
	const struct config_dir *dir = &config->host.dir;
	ck_assert_str_eq(config_type_for(config, dir, TEXT("a.f")), "text/x-file");
	ck_assert_str_eq(config_type_for(config, dir, TEXT("a.G")), "text/x-added");
	ck_assert_str_eq(config_type_for(config, dir, TEXT("a.png")), "image/png");
	ck_assert_ptr_null(config_type_for(config, dir, TEXT("a.unknown")));
	ck_assert_ptr_null(config_type_for(config, dir, TEXT("f")));
	char *path = case_shorten(config->types_config);
	ck_assert_str_eq(path, "ROOT/conf/mime.types");
	free(path);
	config_free(config);
	case_refused("\nTypesConfig no/types",
		"ROOT/t.conf:2: TypesConfig 'ROOT/no/types': No such file or directory");
	case_refused("TypesConfig www", "ROOT/t.conf:1: TypesConfig 'ROOT/www': Is a directory");

	char types[128];
	snprintf(types, sizeof types, "%s/conf/mime.types", case_root);
	unlink(types);
	config = case_load("");
	case_warned(config, "");
	ck_assert_ptr_null(config->types_config);
	ck_assert_str_eq(
		config_type_for(config, dir = &config->host.dir, TEXT("a.png")), "image/png");
	config_free(config);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, file);
	tcase_add_test(tests, many);
	tcase_add_test(tests, in_a_config);
}

int main(void)
{
	return case_main("config_types", add);
}
