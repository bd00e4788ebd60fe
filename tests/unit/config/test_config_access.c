/*
 * test_config_access - Order, Allow, Deny, Satisfy, AuthType and their like, and how sections merge
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static const struct config_access *at(struct config *config, const char *path)
{
	return &config_dir_for(&config->host, text_of(path))->access;
}

/* In <Location /in>, so each is on line 2. */
START_TEST(bad_forms)
{
	static const struct {
		const char *line, *message;
	} rows[] = {
		{"AuthMerging maybe", "AuthMerging must be one of Off, And and Or, not 'maybe'"},
		{"Order foo", "unknown order 'foo': it is Allow,Deny or Deny,Allow or "
			      "Mutual-failure, without a blank"},
		{"Order Allow, Deny", "Order takes 1 argument: Order "
				      "Allow,Deny|Deny,Allow|Mutual-failure"},
		{"Allow all", "Allow takes at least 2 arguments: Allow from "
			      "all|address|name|env=[!]variable ..."},
		{"Allow to all", "Allow must be followed by 'from'"},
		{"Deny to all", "Deny must be followed by 'from'"},
		{"Deny from env=", "Deny from env= names no variable"},
		{"Deny from env=!", "Deny from env=! names no variable"},
		{"Satisfy maybe", "Satisfy either 'any' or 'all', not 'maybe'"},
		{"AuthType Digest",
			"AuthType Digest is not supported by preforkd: Basic and None are"},
		{"AuthBasicProvider file ldap",
			"AuthBasicProvider ldap is not supported by preforkd: file is"},
		{"AuthBasicAuthoritative maybe",
			"AuthBasicAuthoritative must be On or Off, not 'maybe'"},
		{"AuthzSendForbiddenOnFailure 1",
			"AuthzSendForbiddenOnFailure must be On or Off, not '1'"},
		{"AuthUserFile \"\"", "AuthUserFile: the name is empty"},
		{"AuthGroupFile \"\"", "AuthGroupFile: the name is empty"},
		{"AuthName", "AuthName takes 1 argument: AuthName realm"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[256], message[512];
		snprintf(text, sizeof text, "<Location /in>\n%s\n</Location>\n", rows[i].line);
		snprintf(message, sizeof message, "ROOT/t.conf:2: %s", rows[i].message);
		case_refused(text, message);
	}
}
END_TEST

START_TEST(bad_addresses)
{
	static const char *const rows[] = {"Allow from 10.256", "Deny from 10/33",
		"Allow from 1.2.3.4.5", "Deny from host/x", "Allow from ::g", "Allow from a#b"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct buffer error = BUFFER_INIT;
		char text[128];
		snprintf(text, sizeof text, "<Location /in>\n%s\n</Location>\n", rows[i]);
		struct config *config = case_read(text, &error);
		ck_assert_msg(!config, "taken: %s", rows[i]);
		buffer_append(&error, "", 1);
		ck_assert_msg(strstr(error.data, "t.conf:2: "), "%s", error.data);
		buffer_free(&error);
	}
}
END_TEST

START_TEST(only_in_sections)
{
	static const char *const names[] = {"Require all granted", "Order allow,deny",
		"Allow from all", "Deny from all", "Satisfy any", "AuthType Basic", "AuthName x",
		"AuthUserFile x", "AuthGroupFile x", "AuthBasicProvider file",
		"AuthBasicAuthoritative On", "AuthMerging And", "AuthzSendForbiddenOnFailure On",
		"<Limit GET>\n</Limit>", "<LimitExcept GET>\n</LimitExcept>",
		"<RequireAll>\n</RequireAll>", "<RequireAny>\n</RequireAny>",
		"<RequireNone>\n</RequireNone>"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char name[64], message[256];
		snprintf(name, sizeof name, "%.*s", (int)strcspn(names[i], " "), names[i]);
		if (name[0] == '<') /* "<Limit GET>" and "<RequireAll>" alike */
			snprintf(
				name, sizeof name, "%.*s>", (int)strcspn(names[i], " >"), names[i]);
		snprintf(message, sizeof message,
			"ROOT/t.conf:1: %s is not allowed here: it may stand in <Directory>, "
			"<Files>, "
			"<Location>, <If> and .htaccess",
			name);
		case_refused(names[i], message);
	}
}
END_TEST

START_TEST(values)
{
	struct config *config = case_load(
		"<Location /in>\nAuthType basic\nAuthName \"a realm\"\nAuthUserFile conf/users\n"
		"AuthGroupFile /etc/groups\nAuthBasicProvider file\nAuthBasicAuthoritative off\n"
		"AuthzSendForbiddenOnFailure on\n</Location>\n"
		"<Location /in/er>\nAuthType None\n</Location>\n");
	const struct config_access *a = at(config, "/in");
	char users[128];
	snprintf(users, sizeof users, "%s/conf/users", case_root);
	ck_assert_int_eq(a->auth_type, CONFIG_AUTH_BASIC);
	ck_assert_str_eq(a->auth_name->text, "a realm");
	ck_assert_str_eq(a->user_file, users);
	ck_assert_str_eq(a->group_file, "/etc/groups");
	ck_assert_int_eq(a->authoritative, 0);
	ck_assert_int_eq(a->forbidden_on_failure, 1);
	a = at(config, "/in/er");
	ck_assert_int_eq(a->auth_type, CONFIG_AUTH_NONE);
	ck_assert_str_eq(a->auth_name->text, "a realm");
	a = at(config, "/");
	ck_assert_int_eq(a->auth_type, CONFIG_AUTH_UNSAID);
	ck_assert_ptr_null(a->auth_name);
	ck_assert_ptr_null(a->require);
	config_free(config);
}
END_TEST

START_TEST(old_rules_are_not_inherited)
{
	struct config *config = case_load("<Location />\nOrder allow,deny\nAllow from 10\n"
					  "Deny from env=!x all example.org\n</Location>\n"
					  "<Location /in>\nSatisfy any\n</Location>\n"
					  "<Location /un>\nAuthType Basic\n</Location>\n");
	const struct config_compat *c = at(config, "/")->compat;
	ck_assert_uint_eq(c->order_count, 1);
	ck_assert_uint_eq(c->orders[0].value, CONFIG_ALLOW_DENY);
	ck_assert_uint_eq(c->allow_count, 4);
	ck_assert(!c->allows[0].deny && c->allows[0].kind == CONFIG_ALLOW_IP);
	ck_assert(c->allows[1].deny && c->allows[1].kind == CONFIG_ALLOW_NO_ENV);
	ck_assert_str_eq(c->allows[1].name, "x");
	ck_assert(c->allows[2].kind == CONFIG_ALLOW_ALL && c->allows[3].kind == CONFIG_ALLOW_HOST);
	ck_assert_ptr_eq(at(config, "/un")->compat, c);
	c = at(config, "/in")->compat;
	ck_assert_uint_eq(c->order_count, 0);
	ck_assert_uint_eq(c->allow_count, 0);
	ck_assert_uint_eq(c->satisfies[0].value, 1);
	config_free(config);
}
END_TEST

/* Of the rule "ip" outside and the rule "local" inside. */
START_TEST(merging)
{
	static const struct {
		const char *said, *own;
		enum config_require_kind group;
		unsigned count; /* of what stands in it; 0: there is no rule at all */
		enum config_require_kind first;
	} rows[] = {
		{"", "", CONFIG_REQUIRE_SOME, 1, CONFIG_REQUIRE_IP},
		{"", "Require local\n", CONFIG_REQUIRE_SOME, 1, CONFIG_REQUIRE_LOCAL},
		{"AuthMerging Off\n", "Require local\n", CONFIG_REQUIRE_SOME, 1,
			CONFIG_REQUIRE_LOCAL},
		{"AuthMerging Off\n", "", CONFIG_REQUIRE_SOME, 0, CONFIG_REQUIRE_SOME},
		{"AuthMerging And\n", "", CONFIG_REQUIRE_SOME, 1, CONFIG_REQUIRE_IP},
		{"AuthMerging And\n", "Require local\n", CONFIG_REQUIRE_EVERY, 2,
			CONFIG_REQUIRE_SOME},
		{"AuthMerging Or\n", "Require local\n", CONFIG_REQUIRE_SOME, 2,
			CONFIG_REQUIRE_SOME},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[256];
		unsigned count = 0;
		snprintf(text, sizeof text,
			"<Location />\nRequire ip 10\n</Location>\n<Location "
			"/in>\n%s%s</Location>\n",
			rows[i].said, rows[i].own);
		struct config *config = case_load(text);
		const struct config_require *group = at(config, "/in")->require;
		for (const struct config_require *r = group ? group->first : NULL; r; r = r->next)
			count++;
		ck_assert_msg(count == rows[i].count, "%s: %u rules", text, count);
		if (count)
			ck_assert_msg(
				group->kind == rows[i].group && group->first->kind == rows[i].first,
				"%s", text);
		ck_assert_int_eq(at(config, "/")->require->first->kind, CONFIG_REQUIRE_IP);
		ck_assert_ptr_null(at(config, "/")->require->first->next);
		config_free(config);
	}
}
END_TEST

/* Workers that ask the name service cannot be confined, and those that are confined must not ask.
 */
START_TEST(names)
{
	static const char *const rules[] = {
		"Require host a", "Require forward-dns a", "Allow from a.example", "Deny from a"};
	struct config *config = case_load("<Location />\nRequire ip 10\n</Location>\n");
	ck_assert(!config->asks_names);
	ck_assert_int_eq(config->sandbox, CONFIG_SANDBOX_ON);
	config_free(config);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		char text[128];
		snprintf(text, sizeof text, "<Location />\n%s\n</Location>\n", rules[i]);
		config = case_load(text);
		ck_assert(config->asks_names);
		ck_assert_int_eq(config->sandbox, CONFIG_SANDBOX_OFF);
		case_warned(config, "a rule names hosts, or HostnameLookups is on, so workers must "
				    "ask the name service, and "
				    "Sandbox is Off\n");
		config_free(config);
	}
}
END_TEST

/* Only where a name may be wanted is it waited for. */
START_TEST(names_of_clients)
{
	static const struct {
		const char *main, *own;
		bool asks;
	} rows[] = {{"", "", false}, {"HostnameLookups On", "", true},
		{"HostnameLookups On", "HostnameLookups Off", false},
		{"HostnameLookups Double", "HostnameLookups On\nHostnameLookups Off", false},
		{"HostnameLookups Off", "HostnameLookups Double", true},
		{"<Location /a>\nHostnameLookups On\n</Location>", "HostnameLookups Off", true},
		{"HostnameLookups On",
			"<Location /a>\nHostnameLookups On\n</Location>\nHostnameLookups Off",
			true},
		{"HostnameLookups On",
			"HostnameLookups Off\n<Location /a>\nHostnameLookups Off\n</Location>",
			false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[256];
		snprintf(text, sizeof text, "%s\n<VirtualHost *>\n%s\n</VirtualHost>\n",
			rows[i].main, rows[i].own);
		struct config *config = case_load(text);
		const struct config_host *host = config->host_sets[0].hosts[0];
		ck_assert_msg((host->names_clients || host->names_clients_within) == rows[i].asks,
			"%s", text);
		config_free(config);
	}
}
END_TEST

static void ask(struct config *config, int status, const char *words)
{
	struct buffer error = BUFFER_INIT;
	char file[128];
	snprintf(file, sizeof file, "%s/www/index.html", case_root);
	struct config_target target = {
		.path = TEXT("/index.html"), .file = text_of(file), .error = &error};
	const struct config_dir *dir = config_match(&config->host, &target);
	ck_assert_int_eq(target.status, status);
	ck_assert((dir != NULL) == (status == 0));
	buffer_append(&error, "", 1);
	ck_assert_msg(strstr(error.data, words), "%s", error.data);
	buffer_free(&error);
}

START_TEST(htaccess)
{
	static const struct {
		const char *grant, *said, *words;
		int status;
	} rows[] = {
		{"AuthConfig", "Require all denied\n", "", 0},
		{"Limit", "Require all denied\n", ".htaccess:1: Require is not allowed here", 500},
		{"Limit", "Order deny,allow\n", "", 0},
		{"AuthConfig", "Order deny,allow\n", ".htaccess:1: Order is not allowed here", 500},
		{"AuthConfig", "<RequireAll>\nRequire not ip 1\n</RequireAll>\n",
			".htaccess:1: <RequireAll> contains only negative", 500},
		{"AuthConfig", "<RequireAll>\nRequire all granted\n", "never closed", 500},
		{"AuthConfig", "Require host example.org\n", "cannot ask the name service", 500},
		{"Limit", "<Limit POST>\nDeny from all\n</Limit>\n", "", 0},
		{"AuthConfig", "Require expr -f '/etc/passwd'\n", ".htaccess:1: ", 500},
		{"AuthConfig", "Require expr true\n", "", 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[256];
		case_file("www/.htaccess", rows[i].said);
		snprintf(text, sizeof text, "<Directory %s/www>\nAllowOverride %s\n</Directory>\n",
			case_root, rows[i].grant);
		struct config *config = case_load(text);
		ask(config, rows[i].status, rows[i].words);
		config_free(config);
	}
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, bad_forms);
	tcase_add_test(tests, bad_addresses);
	tcase_add_test(tests, only_in_sections);
	tcase_add_test(tests, values);
	tcase_add_test(tests, old_rules_are_not_inherited);
	tcase_add_test(tests, merging);
	tcase_add_test(tests, names);
	tcase_add_test(tests, names_of_clients);
	tcase_add_test(tests, htaccess);
}

int main(void)
{
	return case_main("config_access", add);
}
