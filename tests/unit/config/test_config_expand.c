/*
 * test_config_expand - Define, the environment and ${NAME}
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

START_TEST(values)
{
	static const struct {
		const char *text, *word;
	} rows[] = {
		{"Define A x\nServerAdmin ${A}", "x"},
		{"Define A x\nServerAdmin 1${A}2${A}3", "1x2x3"},
		{"Define A \"x y\"\nServerAdmin ${A}", "x y"}, /* a value is never cut into words */
		{"Define A x\nServerAdmin '${A}'", "x"},
		{"Define A x\nDefine A y\nServerAdmin ${A}", "y"},
		{"Define A x\nDefine B ${A}z\nServerAdmin ${B}", "xz"},
		{"Define A\nServerAdmin -${A}-", "--"},
		{"Define A '\\\\${B}'\nServerAdmin ${A}", "\\${B}"}, /* replaced once only */
		{"ServerAdmin ${CONFIG_TEST}", "from outside"},
		{"Define CONFIG_TEST inside\nServerAdmin ${CONFIG_TEST}", "inside"},
		{"Define CONFIG_TEST inside\nUnDefine CONFIG_TEST\nServerAdmin ${CONFIG_TEST}",
			"from outside"},
		{"UnDefine NEVER\nServerAdmin ${", "${"},
		{"ServerAdmin $A", "$A"},
		{"ServerAdmin ${A", "${A"},
	};
	setenv("CONFIG_TEST", "from outside", 1);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = case_load(rows[i].text);
		ck_assert_str_eq(config->host.server_admin, rows[i].word);
		config_free(config);
	}
}
END_TEST

START_TEST(unknown_stays)
{
	struct config *config = case_load("\nServerAdmin a${CONFIG_NOT_SET}b");
	ck_assert_str_eq(config->host.server_admin, "a${CONFIG_NOT_SET}b");
	case_warned(config, "ROOT/t.conf:2: ${CONFIG_NOT_SET} is not defined\n");
	config_free(config);
}
END_TEST

/* ${map:key} is for the time of a request: no name of a Define holds a colon. */
START_TEST(maps_stay)
{
	struct config *config = case_load("RewriteMap m txt:/dev/null\n"
					  "RewriteRule ^ ${m:%{REMOTE_ADDR}|NOT-FOUND}\n"
					  "ServerAdmin ${m:static}");
	ck_assert_str_eq(config->host.server_admin, "${m:static}");
	case_warned(config, "");
	config_free(config);
}
END_TEST

START_TEST(bad)
{
	setenv("CONFIG_TEST", "a\nb", 1);
	case_refused("ServerAdmin ${CONFIG_TEST}",
		"ROOT/t.conf:1: the value of ${CONFIG_TEST} holds a control character");
	case_refused("Define a:b c",
		"ROOT/t.conf:1: Define: a name must not be empty or hold ':' or '}'");
	case_refused("Define \"\" c",
		"ROOT/t.conf:1: Define: a name must not be empty or hold ':' or '}'");
}
END_TEST

/* Ten lines that each double what they are given must not take all memory. */
START_TEST(bomb)
{
	struct buffer b = BUFFER_INIT;
	buffer_string(&b, "Define A0 0123456789\n");
	for (int i = 1; i < 30; i++)
		buffer_printf(&b, "Define A%d ${A%d}${A%d}\n", i, i - 1, i - 1);
	buffer_append(&b, "", 1);
	case_refused(b.data, "ROOT/t.conf:14: the line is too long with its variables replaced");
	buffer_free(&b);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, values);
	tcase_add_test(tests, unknown_stays);
	tcase_add_test(tests, maps_stay);
	tcase_add_test(tests, bad);
	tcase_add_test(tests, bomb);
}

int main(void)
{
	return case_main("config_expand", add);
}
