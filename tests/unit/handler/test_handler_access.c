/*
 * test_handler_access - who is let in, rule by rule
 *
 * Runs in:  a test program
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"

#include "base/base64.h"
#include "os/os_address.h"

/* Passwords: alice "secret" (bcrypt), bob "builder" (SHA-1), carol "pw" (MD5), dave of a kind that
 * nobody knows. */
static const char users[] = "alice:$2y$04$0QLb1x38b04K3Jyhz9vXSOqbLBF7/UGHh8xgGZ7L7s1tpOJ.gmL.K\n"
			    "bob:{SHA}9SMYoF5RilWWASry7TjeaKwmpGg=\n"
			    "carol:$apr1$ZanCg1c9$2k9iRsP0yzcfMb8r1Hkni.\ndave:plain\n";

#define BASIC                                                                                      \
	"AuthType Basic\nAuthName \"the \\\"realm\\\"\"\nAuthUserFile users\nAuthGroupFile "       \
	"groups\n"
#define REALM "Basic realm=\"the \\\"realm\\\"\""

struct row {
	const char *rules; /* of <Location /in> */
	const char *line;  /* method and further fields; "alice:secret" behind a blank: who it is */
	const char *client;
	int status;
	bool personal;
};

static struct config *make_site(const char *rules)
{
	char text[2048];
	snprintf(
		text, sizeof text, "DirectoryIndex none\n<Location /in>\n%s\n</Location>\n", rules);
	unit_write("users", text_of(users));
	unit_write("groups", TEXT("staff: alice carol\nteam: bob\n"));
	return site_config(text);
}

static void ask(struct call *c, struct config *config, const struct row *row)
{
	static struct os_address client;
	char raw[1024], method[16] = "GET";
	struct buffer fields = BUFFER_INIT;
	const char *rest = row->line ? row->line : "";
	size_t word = strcspn(rest, " ");
	if (word)
		snprintf(method, sizeof method, "%.*s", (int)word, rest);
	rest += word + (rest[word] == ' ');
	if (strchr(rest, ' ')) { /* a field as it is */
		buffer_printf(&fields, "%s\r\n", rest);
	} else if (*rest) {
		buffer_string(&fields, "Authorization: Basic ");
		base64_encode(&fields, text_of(rest));
		buffer_string(&fields, "\r\n");
	}
	if (row->client)
		ck_assert_int_eq(os_address_parse(&client, text_of(row->client)), 0);
	call_client = row->client ? &client : NULL;
	snprintf(raw, sizeof raw, "%s /in/hello.txt HTTP/1.1\r\nHost: a\r\n%.*s\r\n", method,
		TEXT_ARGS(buffer_view(&fields)));
	call_ask(c, config, NULL, raw);
	buffer_free(&fields);
	call_client = NULL;
}

static void try(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct call c;
		struct config *config = make_site(rows[i].rules);
		if (access(unit_path("www/in"), F_OK) < 0) {
			unit_mkdir("www/in");
			unit_write("www/in/hello.txt", TEXT("hello"));
			unit_age("www/in/hello.txt", 1000);
		}
		ask(&c, config, &rows[i]);
		int status = c.response.status;
		ck_assert_msg(status == rows[i].status, "%s, %s: %d instead of %d", rows[i].rules,
			rows[i].line, status, rows[i].status);
		call_field_eq(&c, "WWW-Authenticate", status == 401 ? REALM : NULL);
		ck_assert_msg(c.handler.personal == rows[i].personal, "%s, %s: personal is %d",
			rows[i].rules, rows[i].line, c.handler.personal);
		ck_assert(!c.response.cacheable || !c.handler.personal);
		call_end(&c);
		config_free(config);
	}
}

#define TEN "10.1.2.3:4711"

START_TEST(rules)
{
	static const struct row rows[] = {
		{"", NULL, TEN, 200, false},
		{"Require all granted", NULL, TEN, 200, false},
		{"Require all denied", NULL, TEN, 403, false},
		{"Require all denied\nRequire all granted", NULL, TEN, 200, false},
		{"Require ip 10", NULL, TEN, 200, true},
		{"Require ip 10.2 192.168", NULL, TEN, 403, true},
		{"Require ip 10.2 192.168", NULL, "192.168.7.7:1", 200, true},
		{"Require ip 10", NULL, NULL, 403, true},
		{"Require ip 10", NULL, "[::ffff:10.1.1.1]:1", 200, true},
		{"Require ip ::/0", NULL, "[2001:db8::1]:1", 200, true},
		{"Require all granted\nRequire ip 10", NULL, TEN, 200, false},
		{"Require local", NULL, "127.0.0.1:1", 200, true},
		{"Require local", NULL, "127.9.9.9:1", 200, true},
		{"Require local", NULL, "[::1]:1", 200, true},
		{"Require local", NULL, TEN, 403, true},
		{"Require method GET", NULL, TEN, 200, true},
		{"Require method HEAD", NULL, TEN, 200, true},
		{"Require method GET", "HEAD", TEN, 200, true},
		{"Require method GET", "POST", TEN, 403, true},
		{"Require expr %{REMOTE_ADDR} == '10.1.2.3'", NULL, TEN, 200, true},
		{"Require expr %{REMOTE_ADDR} == '10.1.2.4'", NULL, TEN, 403, true},
		{"Require expr %{REQUEST_URI} =~ m#^/in/#", NULL, TEN, 200, false},
		{"Require expr -e '/'", NULL, TEN, 200, true},
		{"SetEnvIf X-A ^b ok\nRequire env ok", "GET X-A: bc", TEN, 200, true},
		{"SetEnvIf X-A ^b ok\nRequire env ok", "GET X-A: cb", TEN, 403, true},
		{"SetEnv ok 1\nRequire env ok", NULL, TEN, 403, true},
		{"Require all denied", "TRACE", TEN, 200, false},
		{"Require all denied", "OPTIONS", TEN, 403, false},
	};
	try(rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(groups)
{
	static const struct row rows[] = {
		{"<RequireAll>\nRequire ip 10\nRequire not ip 10.1\n</RequireAll>", NULL, TEN, 403,
			true},
		{"<RequireAll>\nRequire ip 10\nRequire not ip 10.2\n</RequireAll>", NULL, TEN, 200,
			true},
		{"<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 10\nRequire ip 11\n"
		 "</RequireNone>\n</RequireAll>",
			NULL, TEN, 403, true},
		{"<RequireAll>\nRequire all granted\n<RequireNone>\nRequire ip 12\nRequire ip 11\n"
		 "</RequireNone>\n</RequireAll>",
			NULL, TEN, 200, true},
		{"<RequireAll>\n<RequireAny>\nRequire ip 11\nRequire all granted\n</RequireAny>\n"
		 "Require ip 10\n</RequireAll>",
			NULL, TEN, 200, true},
		{"<RequireAll>\nRequire all denied\nRequire ip 10\n</RequireAll>", NULL, TEN, 403,
			false},
		{"<Limit POST>\nRequire all denied\n</Limit>", NULL, TEN, 200, false},
		{"<Limit POST>\nRequire all denied\n</Limit>", "POST", TEN, 403, false},
		{"<Limit GET>\nRequire all denied\n</Limit>", "HEAD", TEN, 403, false},
		{"<Limit POST>\nRequire all denied\n</Limit>\nRequire ip 11", NULL, TEN, 403, true},
		{"<Limit POST>\nRequire all granted\n</Limit>\nRequire ip 11", "POST", TEN, 200,
			false},
		{"<LimitExcept GET>\nRequire all denied\n</LimitExcept>", NULL, TEN, 200, false},
		{"<LimitExcept GET>\nRequire all denied\n</LimitExcept>", "POST", TEN, 403, false},
		{"<LimitExcept GET>\nRequire all denied\n</LimitExcept>", "HEAD", TEN, 200, false},
		{"<RequireAll>\n<Limit POST>\nRequire all denied\n</Limit>\nRequire all granted\n"
		 "</RequireAll>",
			NULL, TEN, 200, false},
	};
	try(rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(old_rules)
{
	static const struct row rows[] = {
		{"Order allow,deny", NULL, TEN, 403, false},
		{"Order deny,allow", NULL, TEN, 200, false},
		{"Deny from all", NULL, TEN, 403, false},
		{"Allow from 11", NULL, TEN, 200, false},
		{"Order allow,deny\nAllow from all", NULL, TEN, 200, false},
		{"Order allow,deny\nAllow from all\nDeny from 10.1", NULL, TEN, 403, true},
		{"Order deny,allow\nDeny from all\nAllow from 10.1.2.3", NULL, TEN, 200, true},
		{"Order deny,allow\nDeny from all\nAllow from 10.1.2.4", NULL, TEN, 403, true},
		{"Order mutual-failure\nDeny from 11", NULL, TEN, 403, false},
		{"Order mutual-failure\nAllow from 10", NULL, TEN, 200, true},
		{"SetEnvIf X-A b ok\nOrder deny,allow\nDeny from all\nAllow from env=ok",
			"GET X-A: b", TEN, 200, true},
		{"SetEnvIf X-A b ok\nOrder allow,deny\nAllow from env=!ok", "GET X-A: b", TEN, 403,
			true},
		{"Order deny,allow\n<Limit POST>\nDeny from all\n</Limit>", NULL, TEN, 200, false},
		{"Order deny,allow\n<Limit POST>\nDeny from all\n</Limit>", "POST", TEN, 403,
			false},
		{"<Limit POST>\nOrder allow,deny\n</Limit>", NULL, TEN, 200, false},
		{"Order allow,deny\nAllow from all\nRequire all denied", NULL, TEN, 403, false},
		{"Satisfy any\nDeny from all", NULL, TEN, 200, false},
		{"Satisfy any\nDeny from all\nRequire all denied", NULL, TEN, 403, false},
		{BASIC "Satisfy any\nDeny from all\nRequire valid-user", NULL, TEN, 401, true},
		{BASIC "Satisfy any\nDeny from all\nRequire valid-user", "GET bob:builder", TEN,
			200, true},
		{BASIC "Satisfy any\nAllow from all\nRequire valid-user", NULL, TEN, 200, false},
		{BASIC "Satisfy all\nAllow from all\nRequire valid-user", NULL, TEN, 401, true},
	};
	try(rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(passwords)
{
	static const struct row rows[] = {
		{BASIC "Require valid-user", NULL, TEN, 401, true},
		{BASIC "Require valid-user", "GET alice:secret", TEN, 200, true},
		{BASIC "Require valid-user", "GET bob:builder", TEN, 200, true},
		{BASIC "Require valid-user", "GET carol:pw", TEN, 200, true},
		{BASIC "Require valid-user", "GET alice:wrong", TEN, 401, true},
		{BASIC "Require valid-user", "GET alice:", TEN, 401, true},
		{BASIC "Require valid-user", "GET :secret", TEN, 401, true},
		{BASIC "Require valid-user", "GET alice", TEN, 401, true},
		{BASIC "Require valid-user", "GET dave:plain", TEN, 401, true},
		{BASIC "Require valid-user", "GET nobody:x", TEN, 401, true},
		{BASIC "Require valid-user", "GET Authorization: Basic !!", TEN, 401, true},
		{BASIC "Require valid-user", "GET Authorization: Digest foo", TEN, 401, true},
		{BASIC "Require valid-user",
			"GET Authorization: Basic Ym9iOmJ1aWxkZXI=\r\nAuthorization: Basic eDp5",
			TEN, 401, true},
		{BASIC "Require user bob", "GET alice:secret", TEN, 401, true},
		{BASIC "Require user carol bob", "GET bob:builder", TEN, 200, true},
		{BASIC "Require user %{QUERY_STRING}bob", "GET bob:builder", TEN, 200, true},
		{BASIC "Require group staff", "GET alice:secret", TEN, 200, true},
		{BASIC "Require group team x", "GET alice:secret", TEN, 401, true},
		{BASIC "Require user bob\nRequire group staff", "GET carol:pw", TEN, 200, true},
		{BASIC "Require ip 10\nRequire valid-user", NULL, TEN, 200, true},
		{BASIC "Require ip 11\nRequire valid-user", NULL, TEN, 401, true},
		{BASIC "<RequireAll>\nRequire ip 11\nRequire valid-user\n</RequireAll>", NULL, TEN,
			403, true},
		{BASIC "<RequireAll>\nRequire valid-user\nRequire not user bob\n</RequireAll>",
			"GET bob:builder", TEN, 401, true},
		{BASIC "<RequireAll>\nRequire valid-user\nRequire not user bob\n</RequireAll>",
			"GET alice:secret", TEN, 200, true},
		{BASIC "Require expr %{REMOTE_USER} == 'bob'", NULL, TEN, 401, true},
		{BASIC "Require expr %{REMOTE_USER} == 'bob'", "GET bob:builder", TEN, 200, true},
		{BASIC "Require all denied", "GET bob:builder", TEN, 403, false},
		{BASIC "Require all granted", "GET bob:wrong", TEN, 200, false},
		{BASIC "AuthzSendForbiddenOnFailure On\nRequire user bob", "GET alice:secret", TEN,
			403, true},
		{BASIC, NULL, TEN, 200, false},
	};
	try(rows, sizeof rows / sizeof *rows);
}
END_TEST

/* What is not configured, cannot be read or cannot be told lets nobody in. */
START_TEST(fails_closed)
{
	static const struct row rows[] = {
		{"Require valid-user", "GET bob:builder", TEN, 500, true},
		{"AuthType None\nRequire valid-user", "GET bob:builder", TEN, 500, true},
		{"AuthType Basic\nRequire valid-user", "GET bob:builder", TEN, 500, true},
		{"AuthType Basic\nAuthName x\nRequire valid-user", "GET bob:builder", TEN, 500,
			true},
		{BASIC "AuthUserFile none\nRequire valid-user", "GET bob:builder", TEN, 500, true},
		{BASIC "AuthUserFile www\nRequire valid-user", "GET bob:builder", TEN, 500, true},
		{BASIC "AuthBasicAuthoritative Off\nRequire valid-user", "GET nobody:x", TEN, 500,
			true},
		{BASIC "AuthGroupFile none\nRequire group staff", "GET alice:secret", TEN, 401,
			true},
		{"AuthName x\nAuthType Basic\nAuthUserFile users\nRequire valid-user\n"
		 "AuthName \"%{REQUEST_URI} \\\"\"",
			"GET bob:builder", TEN, 200, true},
		/* a pattern that takes too long */
		{"Require expr %{HTTP_USER_AGENT} =~ /^(a+)+$/",
			"GET User-Agent: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
			TEN, 500, true},
		{"<RequireAll>\nRequire all granted\nRequire not expr %{HTTP_USER_AGENT} =~ "
		 "/^(a+)+$/\n</RequireAll>",
			"GET User-Agent: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
			TEN, 500, true},
		{"SetEnvIf User-Agent ^(a+)+$ bad\nOrder allow,deny\nAllow from all\n"
		 "Deny from env=bad",
			"GET User-Agent: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
			TEN, 500, true},
		{"<If \"%{HTTP_USER_AGENT} =~ /^(a+)+$/\">\nRequire all denied\n</If>",
			"GET User-Agent: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b",
			TEN, 500, true},
	};
	try(rows, sizeof rows / sizeof *rows);
}
END_TEST

START_TEST(user_is_told)
{
	struct call c;
	struct config *config = make_site(BASIC "Require valid-user");
	ask(&c, config, &(struct row){.line = "GET alice:secret"});
	ck_assert_str_eq(c.handler.user, "alice");
	ck_assert_str_eq(c.handler.auth_type, "Basic");
	call_end(&c);
	ask(&c, config, &(struct row){.line = "GET alice:wrong"});
	ck_assert_ptr_null(c.handler.user);
	call_end(&c);
	config_free(config);
}
END_TEST

static int status_of(struct config *config, const char *path, const char *body)
{
	struct call c;
	call_get(&c, config, path, "");
	int status = c.response.status;
	if (body)
		ck_assert_msg(text_equal(buffer_view(&c.body), text_of(body)), "%s: %.*s", path,
			TEXT_ARGS(buffer_view(&c.body)));
	call_end(&c);
	return status;
}

/* Whatever way leads to a path, it has to be allowed itself. */
START_TEST(every_path_is_checked)
{
	struct config *config =
		site_config("DirectoryIndex hidden.html /secret/in.html\nAddLanguage en .en\n"
			    "RewriteEngine On\nRewriteRule ^/way$ /secret/in.html\n"
			    "ErrorDocument 404 /secret/in.html\nOptions +MultiViews\n"
			    "<Files hidden.html>\nRequire all denied\n</Files>\n"
			    "<Files *.en>\nRequire all denied\n</Files>\n"
			    "<Location /secret>\nRequire all denied\n</Location>\n");
	unit_mkdir("www/secret");
	unit_mkdir("www/a");
	unit_mkdir("www/b");
	unit_write("www/secret/in.html", TEXT("secret"));
	unit_write("www/a/hidden.html", TEXT("secret"));
	unit_write("www/b/page.html.en", TEXT("secret"));
	ck_assert_int_eq(status_of(config, "/secret/in.html", NULL), 403);
	ck_assert_int_eq(status_of(config, "/%73ecret//in.html", NULL), 403);
	ck_assert_int_eq(status_of(config, "/a/", NULL), 403);
	ck_assert_int_eq(status_of(config, "/b/", NULL), 403);
	ck_assert_int_eq(status_of(config, "/way", NULL), 403);
	ck_assert_int_eq(status_of(config, "/b/page", NULL), 403);
	ck_assert_int_eq(status_of(config, "/b/page.html", NULL), 403);
	ck_assert_int_eq(status_of(config, "/secret/none", NULL), 403);
	ck_assert_int_eq(status_of(config, "/secret", NULL), 403);
	struct call c;
	call_get(&c, config, "/none", ""); /* our own page, and the first status */
	ck_assert_int_eq(c.response.status, 404);
	ck_assert_ptr_null(memmem(c.body.data, c.body.size, "secret", 6));
	call_end(&c);
	config_free(config);
}
END_TEST

/* As in Apache: exactly the settings that refused may show the page that says so. */
START_TEST(document_of_a_refusal)
{
	struct config *config =
		site_config("<Location /in>\nErrorDocument 403 /in/why.html\nRequire all denied\n"
			    "</Location>\n<Location /or>\nErrorDocument 403 /in/why.html\n"
			    "Require all denied\n</Location>\n");
	unit_mkdir("www/in");
	unit_write("www/in/why.html", TEXT("why"));
	ck_assert_int_eq(status_of(config, "/in/x", "why"), 403);
	struct call c;
	call_get(&c, config, "/or/x", "");
	ck_assert_int_eq(c.response.status, 403);
	ck_assert_ptr_null(memmem(c.body.data, c.body.size, "why<", 4));
	ck_assert(!text_equal(buffer_view(&c.body), TEXT("why")));
	call_end(&c);
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_access", rules, groups, old_rules, passwords, fails_closed, user_is_told,
	every_path_is_checked, document_of_a_refusal)
