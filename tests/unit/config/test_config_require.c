/*
 * test_config_require - Require, its groups, and <Limit>
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static const struct config_require *rules(struct config *config)
{
	return config_dir_for(&config->host, TEXT("/in"))->access.require;
}

static struct config *load(const char *rules)
{
	char text[1024];
	snprintf(text, sizeof text, "<Location /in>\n%s\n</Location>\n", rules);
	return case_load(text);
}

START_TEST(bad_forms)
{
	static const struct {
		const char *said, *message; /* with the line */
	} rows[] = {
		{"Require", "2: Require takes 1 argument: Require [not] rule [argument] ..."},
		{"Require foo", "2: Unknown Authz provider: foo"},
		{"Require valid_user",
			"2: Unknown Authz provider: valid_user (did you mean 'valid-user'?)"},
		{"Require not", "2: Unknown Authz provider: "},
		{"Require all", "2: the argument of 'Require all' must be 'granted' or 'denied'"},
		{"Require all maybe",
			"2: the argument of 'Require all' must be 'granted' or 'denied'"},
		{"Require all granted x",
			"2: the argument of 'Require all' must be 'granted' or 'denied'"},
		{"Require ip", "2: 'require ip' requires an argument"},
		{"Require local yes", "2: 'require local' takes no argument, not 'yes'"},
		{"Require valid-user a", "2: 'require valid-user' takes no argument, not 'a'"},
		{"Require method GTE", "2: Invalid Method 'GTE'"},
		{"Require method get", "2: Invalid Method 'get'"},
		{"Require env", "2: this Require requires an argument"},
		{"Require user", "2: this Require requires an argument"},
		{"Require user \"a", "2: a quote (\") is not closed"},
		{"Require not ip 10",
			"2: negative Require directive has no effect in <RequireAny>"},
		{"<RequireNone>\nRequire all denied\n</RequireNone>",
			"2: <RequireNone> has no effect in <RequireAny>"},
		{"<RequireAll>\n</RequireAll>", "2: <RequireAll> contains no authorization "
						"directives, that is, no Require"},
		{"<RequireAll x>\n</RequireAll>",
			"2: <RequireAll> takes no arguments: <RequireAll>"},
		{"<RequireAll>\nRequire not ip 1\n</RequireAll>",
			"2: <RequireAll> contains only negative authorization directives: nobody "
			"would be let in"},
		{"<RequireAll>\nRequire all granted\n<RequireNone>\nRequire not ip 1\n"
		 "</RequireNone>\n</RequireAll>",
			"5: negative Require directive has no effect in <RequireNone>"},
		{"<RequireAll>\nRequire all granted\n<RequireAny>\n<RequireAll>\nRequire not ip 1\n"
		 "</RequireAll>\n</RequireAny>\n</RequireAll>",
			"5: <RequireAll> contains only negative authorization directives: nobody "
			"would be let in"},
		{"<RequireAll>\n<Files x>\n</Files>\n</RequireAll>",
			"3: <Files> cannot stand in <RequireAll>"},
		{"<Limit GET>\n<Files x>\n</Files>\n</Limit>",
			"3: <Files> cannot stand in <Limit> or <LimitExcept>"},
		{"<Limit GET>\n<LimitExcept GET>\n</LimitExcept>\n</Limit>",
			"3: <LimitExcept> cannot stand in <Limit> or <LimitExcept>"},
		{"<Limit TRACE>\n</Limit>",
			"2: TRACE cannot be controlled by <Limit>, see TraceEnable"},
		{"<Limit>\n</Limit>",
			"2: <Limit> takes at least 1 argument: <Limit method [method] ...>"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[512], message[512];
		snprintf(text, sizeof text, "<Location /in>\n%s\n</Location>\n", rows[i].said);
		snprintf(message, sizeof message, "ROOT/t.conf:%s", rows[i].message);
		case_refused(text, message);
	}
}
END_TEST

START_TEST(bad_arguments)
{
	static const struct {
		const char *said, *begins;
	} rows[] = {
		{"Require ip 10.256", "ROOT/t.conf:2: ip address '10.256' appears to be invalid: "},
		{"Require ip foo", "ROOT/t.conf:2: ip address 'foo' appears to be invalid: "},
		{"Require ip 10 10.1.0.0/33",
			"ROOT/t.conf:2: ip address '10.1.0.0/33' appears to be invalid: "},
		{"Require expr", "ROOT/t.conf:2: cannot parse the expression of 'require expr': "},
		{"Require expr %{FOO", "ROOT/t.conf:2: cannot parse the expression"},
		{"Require user %{FOO", "ROOT/t.conf:2: Require: '%{FOO': "},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer error = BUFFER_INIT;
		char text[256];
		snprintf(text, sizeof text, "<Location /in>\n%s\n</Location>\n", rows[i].said);
		struct config *config = case_read(text, &error);
		ck_assert_msg(!config, "taken: %s", rows[i].said);
		buffer_append(&error, "", 1);
		char *got = case_shorten(error.data);
		ck_assert_msg(strncmp(got, rows[i].begins, strlen(rows[i].begins)) == 0, "%s", got);
		free(got);
		buffer_free(&error);
	}
}
END_TEST

START_TEST(kinds)
{
	struct config *config =
		load("Require ip 10 192.168.1.0/24\nrequire LOCAL\nRequire method GET POST\n"
		     "Require env a b\nRequire valid-user\nRequire user \"a b\" 'c'\n"
		     "Require group %{REQUEST_METHOD} g\nRequire expr %{REQUEST_URI} == '/a b'\n"
		     "Require expr \"%{REQUEST_URI} == '/a b'\"\nRequire all Denied");
	const struct config_require *r = rules(config);
	ck_assert_int_eq(r->kind, CONFIG_REQUIRE_SOME);
	r = r->first;
	ck_assert(r->kind == CONFIG_REQUIRE_IP && r->count == 2);
	r = r->next;
	ck_assert_int_eq(r->kind, CONFIG_REQUIRE_LOCAL);
	r = r->next;
	ck_assert(r->kind == CONFIG_REQUIRE_METHOD && r->count == 2);
	ck_assert_str_eq(r->words[1].text, "POST");
	r = r->next;
	ck_assert(r->kind == CONFIG_REQUIRE_ENV && r->count == 2);
	r = r->next;
	ck_assert_int_eq(r->kind, CONFIG_REQUIRE_VALID_USER);
	r = r->next;
	ck_assert(r->kind == CONFIG_REQUIRE_USER && r->count == 2 && !r->words[0].expr);
	ck_assert_str_eq(r->words[0].text, "a b");
	ck_assert_str_eq(r->words[1].text, "c");
	r = r->next;
	ck_assert(r->kind == CONFIG_REQUIRE_GROUP && r->words[0].expr && !r->words[1].expr);
	r = r->next;
	ck_assert(r->kind == CONFIG_REQUIRE_EXPR && r->expr);
	r = r->next;
	ck_assert(r->kind == CONFIG_REQUIRE_EXPR && r->expr);
	r = r->next;
	ck_assert(r->kind == CONFIG_REQUIRE_ALL && !r->granted);
	ck_assert_ptr_null(r->next);
	config_free(config);
}
END_TEST

START_TEST(groups)
{
	struct config *config =
		load("<RequireAll>\nRequire ip 10\n<RequireAll>\nRequire not ip 10.1\n"
		     "</RequireAll>\n<RequireNone>\nRequire env a\nRequire env b\n"
		     "</RequireNone>\n</RequireAll>\n<RequireAny>\nRequire local\n"
		     "</RequireAny>");
	const struct config_require *all = rules(config)->first, *r = all->first;
	ck_assert_int_eq(all->kind, CONFIG_REQUIRE_EVERY);
	ck_assert(r->kind == CONFIG_REQUIRE_IP && !r->negate);
	r = r->next; /* a group in its like is its rules */
	ck_assert(r->kind == CONFIG_REQUIRE_IP && r->negate);
	r = r->next;
	ck_assert(r->kind == CONFIG_REQUIRE_SOME && r->negate && r->first->next);
	ck_assert_ptr_null(r->next);
	ck_assert_int_eq(all->next->kind, CONFIG_REQUIRE_LOCAL);
	config_free(config);
}
END_TEST

START_TEST(limits)
{
	struct config *config =
		load("<Limit GET POST>\nRequire local\n</Limit>\n"
		     "<LimitExcept PUT>\n<RequireAll>\nRequire ip 10\n</RequireAll>\n"
		     "</LimitExcept>\nRequire env x");
	const struct config_require *r = rules(config)->first;
	ck_assert(r->methods && !r->methods->except && r->methods->count == 2);
	ck_assert_str_eq(r->methods->names[1], "POST");
	r = r->next->first;
	ck_assert(r->methods && r->methods->except);
	ck_assert_ptr_null(rules(config)->first->next->next->methods);
	config_free(config);
	config = load("<Limit GET>\nSetEnv a b\n</Limit>");
	case_warned(config,
		"ROOT/t.conf:3: SetEnv in <Limit> or <LimitExcept> counts for every method\n");
	config_free(config);
}
END_TEST

/* Workers that were executed anew have the same rules. */
START_TEST(replay)
{
	struct buffer error = BUFFER_INIT;
	struct config *config =
		load("<RequireAll>\n<Limit GET POST>\nRequire user \"a b\"\n</Limit>\n"
		     "Require not env x\n</RequireAll>");
	struct config *again = config_replay(config->record, case_root, &error);
	ck_assert_msg(again != NULL, "%.*s", TEXT_ARGS(buffer_view(&error)));
	const struct config_require *all = rules(again)->first, *r = all->first;
	ck_assert_int_eq(all->kind, CONFIG_REQUIRE_EVERY);
	ck_assert_str_eq(r->words[0].text, "a b");
	ck_assert_str_eq(r->methods->names[0], "GET");
	ck_assert_str_eq(r->methods->names[1], "POST");
	ck_assert(r->next->negate && !r->next->methods);
	buffer_free(&error);
	config_free(again);
	config_free(config);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, bad_forms);
	tcase_add_test(tests, bad_arguments);
	tcase_add_test(tests, kinds);
	tcase_add_test(tests, groups);
	tcase_add_test(tests, limits);
	tcase_add_test(tests, replay);
}

int main(void)
{
	return case_main("config_require", add);
}
