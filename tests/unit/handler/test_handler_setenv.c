/*
 * test_handler_setenv - the variables of a request
 *
 * Runs in:  a test program
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"

#include "os/os_address.h"

static void get(struct call *c, const char *lines, const char *target, const char *fields,
	struct config **config)
{
	static struct os_address client;
	ck_assert_int_eq(os_address_parse(&client, TEXT("10.1.2.3:4711")), 0);
	*config = site_config(lines);
	if (access(unit_path("www/in"), F_OK) < 0)
		unit_mkdir("www/in");
	unit_write("www/in/a.txt", TEXT("a"));
	unit_write("www/in/index.html", TEXT("i"));
	call_client = &client;
	call_get(c, *config, target, fields);
	call_client = NULL;
}

START_TEST(values)
{
	static const struct {
		const char *lines, *fields;
		const char *value; /* of v; NULL: it is not set */
	} rows[] = {
		{"SetEnvIf Remote_Addr ^10\\. v", "", "1"},
		{"SetEnvIf Remote_Host ^10\\. v", "", "1"},
		{"SetEnvIf Remote_Addr ^11\\. v", "", NULL},
		{"SetEnvIf Request_Method ^GET$ v=m", "", "m"},
		{"SetEnvIf Request_Protocol HTTP/1.1 v", "", "1"},
		{"SetEnvIf Request_URI ^/in/a\\.txt$ v", "", "1"},
		{"SetEnvIf Server_Addr ^$ v", "", "1"},
		{"SetEnvIf X-A \"(.)-(.)\" v=$2$1$0", "X-A: x-y\r\n", "yxx-y"},
		{"SetEnvIf X-A \"(.)-(.)\" v=\\$2", "X-A: x-y\r\n", "$2"},
		{"SetEnvIf X-A B v", "X-A: b\r\n", NULL},
		{"SetEnvIfNoCase X-A B v", "X-A: b\r\n", "1"},
		{"SetEnvIf x-a b v", "X-A: b\r\n", "1"},
		{"SetEnvIf X-A ^$ v", "", "1"},
		{"SetEnvIf X-A ^$ v", "X-A: b\r\n", NULL},
		{"SetEnvIf X-A \"^1, 2$\" v", "X-A: 1\r\nX-A: 2\r\n", "1"},
		{"SetEnvIf ^X-.$ yes v", "X-A: yes\r\nX-BB: no\r\n", "1"},
		{"SetEnvIf ^X- yes v", "X-A: yes\r\nX-B: no\r\n", NULL},
		{"SetEnvIf X-A b u\nSetEnvIf u 1 v", "X-A: b\r\n", "1"},
		{"SetEnvIf X-A b v\nSetEnvIf v 1 !v", "X-A: b\r\n", NULL},
		{"BrowserMatch Fox v", "User-Agent: Fox/1\r\n", "1"},
		{"BrowserMatch fox v", "User-Agent: Fox/1\r\n", NULL},
		{"BrowserMatchNoCase fox v", "User-Agent: Fox/1\r\n", "1"},
		{"SetEnvIfExpr \"%{REQUEST_URI} =~ m#^/(in)/#\" v=$1", "", "in"},
		{"SetEnvIfExpr \"%{REQUEST_METHOD} == 'PUT'\" v", "", NULL},
		{"SetEnv v 1", "", "1"},
		{"SetEnv v", "", ""},
		{"SetEnv v 1\nSetEnv v 2", "", "2"},
		{"SetEnv v 1\n<Location /in>\nUnsetEnv v\n</Location>", "", NULL},
		{"SetEnv v 1\n<Location /in>\nSetEnv v 2\n</Location>", "", "2"},
		{"SetEnvIf X-A b v=if\nSetEnv v set", "X-A: b\r\n", "if"},
		{"<Location /in>\nSetEnvIf Request_URI . v=in\n</Location>", "", "in"},
		{"<Location /out>\nSetEnvIf Request_URI . v=in\n</Location>", "", NULL},
		{"SetEnvIf Request_URI . v=1\n<Location /in>\nSetEnvIf v 1 v=2\n</Location>", "",
			"2"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		struct config *config;
		get(&c, rows[i].lines, "/in/a.txt", rows[i].fields, &config);
		ck_assert_int_eq(c.response.status, 200);
		const char *value = handler_env_get(&c.handler.env, "v");
		ck_assert_msg(value && rows[i].value ? strcmp(value, rows[i].value) == 0
						     : value == rows[i].value,
			"%s: %s", rows[i].lines, value ? value : "(none)");
		call_end(&c);
		config_free(config);
	}
}
END_TEST

/* What the server makes of a variable: the connection, and who else may have the answer. */
START_TEST(known_names)
{
	static const struct {
		const char *lines;
		bool keep_alive, personal;
	} rows[] = {
		{"", true, false},
		{"BrowserMatch Fox ordinary", true, false},
		{"BrowserMatch Fox nokeepalive", false, true},
		{"BrowserMatch Fox downgrade-1.0", false, true},
		{"BrowserMatch Fox no-gzip", true, true},
		{"BrowserMatch Cat nokeepalive", true, false},
		{"SetEnv nokeepalive", false, true},
		{"<Location /in>\nBrowserMatch Fox nokeepalive\n</Location>", false, true},
		{"<Location /in>\nBrowserMatch Fox ordinary\n</Location>", true, true},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct call c;
		struct config *config;
		get(&c, rows[i].lines, "/in/a.txt", "User-Agent: Fox\r\n", &config);
		ck_assert_msg(c.response.keep_alive == rows[i].keep_alive &&
				      c.handler.personal == rows[i].personal,
			"%s", rows[i].lines);
		call_end(&c);
		config_free(config);
	}
}
END_TEST

/* An index belongs to its directory; the document of an error finds what was set elsewhere. */
START_TEST(on_the_way)
{
	struct call c;
	struct config *config;
	get(&c, "SetEnvIf Request_URI ^/in/$ v", "/in/", "", &config);
	ck_assert_int_eq(c.response.status, 200);
	ck_assert_ptr_nonnull(handler_env_get(&c.handler.env, "v"));
	call_end(&c);
	config_free(config);
	get(&c, "SetEnvIf Request_URI none v\nErrorDocument 404 /in/a.txt", "/none", "", &config);
	ck_assert_int_eq(c.response.status, 404);
	ck_assert_ptr_null(handler_env_get(&c.handler.env, "v"));
	ck_assert_str_eq(handler_env_get(&c.handler.env, "REDIRECT_v"), "1");
	ck_assert_str_eq(handler_env_get(&c.handler.env, "REDIRECT_STATUS"), "404");
	call_end(&c);
	config_free(config);
}
END_TEST

/* Before a ready-made answer is looked for, and for its log line. */
START_TEST(ready_made)
{
	struct call c;
	struct config *config;
	get(&c, "BrowserMatch Fox nokeepalive\nSetEnvIf Request_URI ^/in v\nSetEnv w 1",
		"/in/a.txt", "User-Agent: Cat\r\n", &config);
	c.handler.env.count = 0;
	ck_assert(handler_setenv_ready(&c.handler));
	ck_assert_str_eq(handler_env_get(&c.handler.env, "v"), "1");
	ck_assert_ptr_null(handler_env_get(&c.handler.env, "w"));
	handler_setenv_of(&c.handler, c.handler.dir);
	ck_assert_str_eq(handler_env_get(&c.handler.env, "w"), "1");
	call_end(&c);
	config_free(config);
	get(&c, "BrowserMatch Fox nokeepalive", "/in/a.txt", "User-Agent: Fox\r\n", &config);
	c.handler.env.count = 0;
	ck_assert(!handler_setenv_ready(&c.handler));
	call_end(&c);
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_setenv", values, known_names, on_the_way, ready_made)
