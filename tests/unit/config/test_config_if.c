/*
 * test_config_if - <If>, <ElseIf> and <Else>
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_expr.h"

START_TEST(bad_forms)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{"<Else>\n</Else>\n", "1: <Else> without an <If> or <ElseIf> before it in the same "
				      "section"},
		{"<ElseIf true>\n</ElseIf>\n",
			"1: <ElseIf> without an <If> or <ElseIf> before it in "
			"the same section"},
		{"<If true>\n</If>\n<Else>\n</Else>\n<Else>\n</Else>\n",
			"5: <Else> without an <If> or <ElseIf> before it in the same section"},
		{"<If true>\n<Else>\n</Else>\n</If>\n",
			"2: <Else> without an <If> or <ElseIf> before it in the same section"},
		{"<Location />\n<If true>\n</If>\n</Location>\n<Else>\n</Else>\n",
			"5: <Else> without an <If> or <ElseIf> before it in the same section"},
		{"<If>\n</If>\n", "1: <If> takes 1 argument: <If \"condition\">"},
		{"<If true && true>\n</If>\n", "1: <If> takes 1 argument: <If \"condition\">"},
		{"<If true>\n</If>\n<Else x>\n</Else>\n", "3: <Else> takes no arguments: <Else>"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char message[256];
		snprintf(message, sizeof message, "ROOT/t.conf:%s", rows[i].message);
		case_refused(rows[i].text, message);
	}
}
END_TEST

START_TEST(bad_conditions)
{
	struct buffer error = BUFFER_INIT;
	struct config *config = case_read("<If \"%{FOO\">\n</If>\n", &error);
	ck_assert_ptr_null(config);
	buffer_append(&error, "", 1);
	ck_assert_msg(strstr(error.data, "t.conf:1: <If>: cannot parse the condition: column "),
		"%s", error.data);
	buffer_free(&error);
}
END_TEST

/* What stands in "call": each condition's name is its answer. */
static int holds(void *call, const struct config_expr *condition)
{
	++*(unsigned *)call;
	if (strstr(condition->source, "who knows"))
		return -1;
	return strstr(condition->source, "yes") != NULL;
}

static const char *index_of(struct config *config, const char *path, struct config_target *target)
{
	static unsigned asked;
	*target = (struct config_target){.path = text_of(path), .holds = holds, .call = &asked};
	const struct config_dir *dir = config_match(&config->host, target);
	return dir ? dir->directory_index[0] : NULL;
}

START_TEST(chains)
{
	static const struct {
		const char *first, *second, *index;
	} rows[] = {{"yes", "yes", "1"}, {"yes", "no", "1"}, {"no", "yes", "2"}, {"no", "no", "3"}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config_target target;
		char text[512];
		snprintf(text, sizeof text,
			"<Location /in>\n<If \"%%{QUERY_STRING} == '%s'\">\nDirectoryIndex "
			"1\n</If>\n"
			"<ElseIf \"%%{QUERY_STRING} == '%s'\">\nDirectoryIndex 2\n</ElseIf>\n"
			"<Else>\nDirectoryIndex 3\n</Else>\n</Location>\n",
			rows[i].first, rows[i].second);
		struct config *config = case_load(text);
		ck_assert_str_eq(index_of(config, "/in", &target), rows[i].index);
		ck_assert(target.volatile_settings);
		ck_assert_str_eq(index_of(config, "/", &target), "index.html");
		ck_assert(!target.volatile_settings);
		config_free(config);
	}
}
END_TEST

/* Conditions in conditions, and of the host; what depends on the path alone may be kept. */
START_TEST(places)
{
	struct config_target target;
	struct config *config = case_load("<If \"%{REQUEST_URI} == 'yes'\">\nDirectoryIndex a\n"
					  "<If \"%{REQUEST_URI} == 'yes too'\">\nDirectoryIndex b\n"
					  "</If>\n</If>\n");
	ck_assert_str_eq(index_of(config, "/", &target), "b");
	ck_assert(!target.volatile_settings);
	config_free(config);
}
END_TEST

/* It may be the one that refuses. */
START_TEST(who_knows)
{
	struct config_target target;
	struct config *config = case_load("<If \"%{REQUEST_URI} == 'who knows'\">\n</If>\n");
	ck_assert_ptr_null(index_of(config, "/", &target));
	ck_assert_int_eq(target.status, 500);
	config_free(config);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, bad_forms);
	tcase_add_test(tests, bad_conditions);
	tcase_add_test(tests, chains);
	tcase_add_test(tests, places);
	tcase_add_test(tests, who_knows);
}

int main(void)
{
	return case_main("config_if", add);
}
