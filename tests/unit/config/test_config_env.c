/*
 * test_config_env - SetEnvIf, SetEnv and their like
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static const struct config_env *at(struct config *config, const char *path)
{
	return &config_dir_for(&config->host, text_of(path))->env;
}

static const char *value(const struct config_env *env, const char *name)
{
	for (size_t i = 0; i < env->set_count; i++)
		if (strcmp(env->sets[i].name, name) == 0)
			return env->sets[i].value;
	return NULL;
}

START_TEST(bad_forms)
{
	static const struct {
		const char *line, *message;
	} rows[] = {
		{"SetEnvIf a b",
			"SetEnvIf takes at least 3 arguments: SetEnvIf attribute \"regex\" "
			"[!]variable[=value] ..."},
		{"SetEnvIf \"\" b c", "SetEnvIf: the name of the field is empty"},
		{"SetEnvIf OID(\"1.2\") b c", "SetEnvIf OID(\"1.2\") is not supported by preforkd: "
					      "it asks for a certificate"},
		{"SetEnvIf a b =x", "SetEnvIf: the name of a variable is empty"},
		{"SetEnvIf a b !", "SetEnvIf: the name of a variable is empty"},
		{"SetEnv \"\" x", "SetEnv: the name of a variable is empty"},
		{"SetEnv a b c", "SetEnv takes 1 to 2 arguments: SetEnv variable [value]"},
		{"UnsetEnv",
			"UnsetEnv takes at least 1 argument: UnsetEnv variable [variable] ..."},
		{"BrowserMatch x", "BrowserMatch takes at least 2 arguments: BrowserMatch "
				   "\"regex\" [!]variable[=value] ..."},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char message[512];
		snprintf(message, sizeof message, "ROOT/t.conf:1: %s", rows[i].message);
		case_refused(rows[i].line, message);
	}
}
END_TEST

START_TEST(bad_patterns)
{
	static const char *const rows[] = {"SetEnvIf a ( b", "SetEnvIf \"^(\" a b",
		"SetEnvIfNoCase a ( b", "BrowserMatch ( a", "BrowserMatchNoCase ( a",
		"SetEnvIfExpr \"foo bar\" a"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer error = BUFFER_INIT;
		struct config *config = case_read(rows[i], &error);
		ck_assert_msg(!config, "taken: %s", rows[i]);
		buffer_append(&error, "", 1);
		ck_assert_msg(strstr(error.data, "t.conf:1: "), "%s", error.data);
		buffer_free(&error);
	}
}
END_TEST

START_TEST(conditions)
{
	struct config *config = case_load(
		"SetEnvIf remote_addr ^10 a !b c=d=e\nSetEnvIf X-Field x y\nSetEnvIf ^X- x y\n"
		"BrowserMatch MSIE ie\nSetEnvIfExpr true t\n"
		"<Location /in>\nSetEnvIfNoCase Request_URI x y\nBrowserMatchNoCase x y\n"
		"</Location>\n");
	const struct config_env *env = at(config, "/in");
	const struct config_env_condition *c = env->conditions;
	ck_assert_uint_eq(env->condition_count, 7);
	ck_assert_uint_eq(env->in_section_count, 2);
	ck_assert_uint_eq(at(config, "/")->in_section_count, 0);
	ck_assert_int_eq(c[0].attribute, CONFIG_ENV_REMOTE_ADDR);
	ck_assert_uint_eq(c[0].change_count, 3);
	ck_assert_str_eq(c[0].changes[0].value, "1");
	ck_assert_str_eq(c[0].changes[1].name, "b");
	ck_assert_ptr_null(c[0].changes[1].value);
	ck_assert_str_eq(c[0].changes[2].name, "c");
	ck_assert_str_eq(c[0].changes[2].value, "d=e");
	ck_assert_int_eq(c[1].attribute, CONFIG_ENV_FIELD);
	ck_assert_int_eq(c[2].attribute, CONFIG_ENV_FIELDS);
	ck_assert_str_eq(c[3].name, "User-Agent");
	ck_assert_int_eq(c[4].attribute, CONFIG_ENV_EXPR);
	ck_assert(c[5].attribute == CONFIG_ENV_REQUEST_URI && c[5].in_section);
	ck_assert(c[6].in_section && !c[4].in_section);
	config_free(config);
}
END_TEST

START_TEST(settings)
{
	ck_assert_int_eq(setenv("PREFORKD_TEST", "of the parent", 1), 0);
	struct config *config =
		case_load("SetEnv a 1\nSetEnv b\nSetEnv c 3\nPassEnv PREFORKD_TEST\n"
			  "<Location /in>\nSetEnv a 2\nUnsetEnv c b\nSetEnv d 4\n"
			  "</Location>\n<Location /in/er>\nSetEnv c 5\n"
			  "</Location>\n");
	const struct config_env *env = at(config, "/");
	ck_assert_str_eq(value(env, "a"), "1");
	ck_assert_str_eq(value(env, "b"), "");
	ck_assert_str_eq(value(env, "PREFORKD_TEST"), "of the parent");
	env = at(config, "/in");
	ck_assert_str_eq(value(env, "a"), "2");
	ck_assert_ptr_null(value(env, "b"));
	ck_assert_ptr_null(value(env, "c"));
	ck_assert_str_eq(value(env, "d"), "4");
	ck_assert_str_eq(value(at(config, "/in/er"), "c"), "5");
	ck_assert_str_eq(value(at(config, "/"), "c"), "3");
	config_free(config);
	config = case_load("PassEnv NO_SUCH_VARIABLE\n");
	case_warned(config, "ROOT/t.conf:1: PassEnv: the server's environment has no variable "
			    "NO_SUCH_VARIABLE\n");
	config_free(config);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, bad_forms);
	tcase_add_test(tests, bad_patterns);
	tcase_add_test(tests, conditions);
	tcase_add_test(tests, settings);
}

int main(void)
{
	return case_main("config_env", add);
}
