/*
 * test_cgi - which programs are run, and what they are told
 *
 * Runs in:  make check
 * Owns:     a server and the scripts it runs
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cgi.h"

START_TEST(methods)
{
	static const char *const names[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS",
		"PATCH", "PROPFIND", "FROBNICATE"};
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK, NULL);
	cgi_script(
		&s, "method", "printf 'X-Method: %s\\n" CGI_PLAIN "body\\n' \"$REQUEST_METHOD\"");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		support_conn_print(
			&c, "%s /cgi-bin/method HTTP/1.1\r\nHost: test\r\n\r\n", names[i]);
		ck_assert(support_conn_read(&c, names[i]));
		ck_assert_msg(c.reply.status == 200, "%s: %s", names[i], c.reply.line);
		ck_assert_str_eq(support_reply_field(&c.reply, "X-Method"), names[i]);
		ck_assert_str_eq(c.reply.body, strcmp(names[i], "HEAD") == 0 ? "" : "body\n");
	}
	support_conn_print(&c, "TRACE /cgi-bin/method HTTP/1.1\r\nHost: test\r\n\r\n");
	ck_assert(support_conn_read(&c, "TRACE"));
	ck_assert_ptr_null(support_reply_field(&c.reply, "X-Method"));
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(variables)
{
	static const char *const wanted[] = {"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST",
		"SERVER_PROTOCOL=HTTP/1.1", "SERVER_NAME=test.example", "SERVER_ADDR=127.0.0.1",
		"REMOTE_ADDR=127.0.0.1", "REQUEST_SCHEME=http", "SCRIPT_NAME=/cgi-bin/env",
		"PATH_INFO=/more/of it", "QUERY_STRING=a=1&b=%20", "CONTENT_TYPE=text/x",
		"CONTENT_LENGTH=3", "HTTP_ACCEPT=text/*", "HTTP_COOKIE=a=b, c=d",
		"HTTP_HOST=test.example:8080", "REQUEST_URI=/cgi-bin/env/more/of%20it?a=1&b=%20",
		"SERVER_PORT=8080", "CONTEXT_PREFIX=/cgi-bin/", "SERVER_ADMIN=me@example.org",
		"SERVER_SIGNATURE=", "OF_MINE=one two", "A_B=x"};
	static const char *const unwanted[] = {"HTTP_PROXY", "HTTP_AUTHORIZATION", "HTTP_X_UNDER",
		"HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_TRANSFER_ENCODING", "REMOTE_USER",
		"AUTH_TYPE", "REDIRECT_STATUS", "REMOTE_ADDR=1.2", "A.B"};
	struct support_server s;
	struct support_conn c;
	char line[256];
	cgi_prepare(&s, _i,
		"ServerAdmin me@example.org\nSetEnv OF_MINE \"one two\"\nSetEnv A.B x\n"
		"SetEnv REMOTE_ADDR 1.2.3.4\n");
	cgi_script(&s, "env", "printf '" CGI_PLAIN "'; env; pwd");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c,
		"POST /cgi-bin/env/more/of%%20it?a=1&b=%%20 HTTP/1.1\r\n"
		"Host: test.example:8080\r\nContent-Type: text/x\r\nAccept: text/*\r\n"
		"Content-Length: 3\r\nProxy: http://evil/\r\nX_Under: 1\r\n"
		"Authorization: Basic YTpi\r\nCookie: a=b\r\nCookie: c=d\r\n\r\nabc");
	support_conn_expect(&c, 200);
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		ck_assert_msg(cgi_has_line(c.reply.body, wanted[i]), "no %s in\n%s", wanted[i],
			c.reply.body);
	for (size_t i = 0; i < sizeof unwanted / sizeof *unwanted; i++) {
		snprintf(line, sizeof line, "\n%s", unwanted[i]);
		ck_assert_msg(!strstr(c.reply.body, line), "%s in\n%s", unwanted[i], c.reply.body);
	}
	snprintf(line, sizeof line, "SCRIPT_FILENAME=%s/cgi-bin/env", s.root);
	ck_assert_msg(cgi_has_line(c.reply.body, line), "no %s in\n%s", line, c.reply.body);
	snprintf(line, sizeof line, "PATH_TRANSLATED=%s/htdocs/more/of it", s.root);
	ck_assert_msg(cgi_has_line(c.reply.body, line), "no %s in\n%s", line, c.reply.body);
	snprintf(line, sizeof line, "REMOTE_PORT=%u", c.port);
	ck_assert_msg(cgi_has_line(c.reply.body, line), "no %s in\n%s", line, c.reply.body);
	/* It works where it lies. */
	snprintf(line, sizeof line, "%s/cgi-bin", s.root);
	ck_assert_msg(cgi_has_line(c.reply.body, line), "no %s in\n%s", line, c.reply.body);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(arguments)
{
	static const struct {
		const char *query, *words;
	} rows[] = {
		{"", "0"},
		{"?", "0"},
		{"?a", "1[a]"},
		{"?a+b%20c+d", "3[a][b c][d]"},
		{"?a=b+c", "0"},
		{"?-rf+x;y", "2[-rf][x\\;y]"},
		{"?%24HOME+a%3Db", "2[\\$HOME][a=b]"},
		{"?100%25+%zz", "2[100%][%zz]"},
		{"?a+", "2[a][]"},
	};
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK, NULL);
	cgi_script(&s, "args", "printf '" CGI_PLAIN "%s' $#; for a; do printf '[%s]' \"$a\"; done");
	support_server_launch(&s);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char target[128];
		if (strstr(rows[i].query, "%zz")) /* no path or query a client may send */
			continue;
		snprintf(target, sizeof target, "/cgi-bin/args%s", rows[i].query);
		cgi_ask(&c, &s, target, 200);
		ck_assert_msg(
			strcmp(c.reply.body, rows[i].words) == 0, "%s: %s", target, c.reply.body);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

START_TEST(what_is_run)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK,
		"<Location /on>\nOptions +ExecCGI\nSetHandler cgi-script\n</Location>\n"
		"<Location /off>\nSetHandler cgi-script\n</Location>\n"
		"<Location /on/no-info>\nAcceptPathInfo Off\n</Location>\n"
		"<Location /info>\nAcceptPathInfo On\n</Location>\n");
	support_server_allow(&s, "Options ExecCGI is off in this directory");
	support_server_allow(&s, "script not found or unable to stat");
	support_server_allow(&s, "attempt to invoke directory as script");
	support_server_allow(&s, "couldn't create child process");
	support_server_allow(&s, "AcceptPathInfo off disallows user's path");
	ck_assert_int_eq(mkdir(support_server_path(&s, "htdocs/on"), 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(&s, "htdocs/off"), 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(&s, "htdocs/on/dir"), 0755), 0);
	support_server_script(&s, "htdocs/on/a", "printf '" CGI_PLAIN "%s' \"$PATH_INFO\"");
	support_server_script(&s, "htdocs/on/no-info", "printf '" CGI_PLAIN "%s' \"$PATH_INFO\"");
	support_server_script(&s, "htdocs/off/a", "printf '" CGI_PLAIN "never'");
	support_server_script(&s, "cgi-bin/plain", "printf '" CGI_PLAIN "never'");
	ck_assert_int_eq(chmod(support_server_path(&s, "cgi-bin/plain"), 0644), 0);
	cgi_script(&s, "interpreter", "");
	FILE *f = fopen(support_server_path(&s, "cgi-bin/interpreter"), "we");
	fputs("#!/no/such/thing\n", f);
	fclose(f);
	support_site_write(s.root, "info", "a file", 6);
	support_server_launch(&s);
	static const struct {
		const char *target;
		int status;
		const char *body;
	} rows[] = {{"/on/a", 200, ""}, {"/on/a/b/c", 200, "/b/c"}, {"/off/a", 403, NULL},
		{"/on/missing", 404, NULL}, {"/on/dir/", 403, NULL}, {"/on/no-info", 200, ""},
		{"/on/no-info/x", 404, NULL}, {"/info", 200, "a file"}, {"/info/x", 200, "a file"},
		{"/hello.txt/x", 404, NULL}, {"/cgi-bin/plain", 500, NULL},
		{"/cgi-bin/interpreter", 500, NULL}, {"/cgi-bin/missing", 404, NULL}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		cgi_ask(&c, &s, rows[i].target, rows[i].status);
		if (rows[i].body)
			ck_assert_str_eq(c.reply.body, rows[i].body);
		support_conn_close(&c);
	}
	/* Who is refused is also told so when it brings a body, and the next request is found. */
	support_conn_open(&c, s.port);
	support_conn_print(&c, "POST /off/a HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc"
			       "GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 403);
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "hello, world\n");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Also where an .htaccess says it of some requests only, and more than there was. */
START_TEST(limits_under_a_condition)
{
	static const char some[] = "<If \"%{QUERY_STRING} == 'more'\">\nRLimitCPU 70 90\n</If>\n";
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK,
		"RLimitCPU 7 9\n<Directory />\nAllowOverride All\n</Directory>\n");
	cgi_script(&s, "cpu", "printf '" CGI_PLAIN "'; ulimit -S -t; ulimit -H -t");
	int fd = open(support_server_path(&s, "cgi-bin/.htaccess"), O_WRONLY | O_CREAT, 0644);
	ck_assert_int_eq(write(fd, some, sizeof some - 1), sizeof some - 1);
	close(fd);
	support_server_launch(&s);
	cgi_ask(&c, &s, "/cgi-bin/cpu", 200);
	ck_assert_str_eq(c.reply.body, "7\n9\n");
	support_conn_close(&c);
	cgi_ask(&c, &s, "/cgi-bin/cpu?more", 200);
	ck_assert_str_eq(c.reply.body, "70\n90\n");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(settings)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK,
		"<Location /cgi-bin>\nCGIPassAuth On\nRLimitCPU 7 9\nRLimitMEM max\n"
		"RLimitNPROC 4000 max\n</Location>\n"
		"<Location /e>\nErrorDocument 404 /cgi-bin/env?why\n</Location>\n"
		"<Location /now>\nCGIVar REQUEST_URI current-uri\n</Location>\n");
	cgi_script(&s, "env", "printf '" CGI_PLAIN "'; env; ulimit -S -t; ulimit -H -t");
	cgi_script(&s, "go", "printf 'Location: /cgi-bin/env/x?q=1\\n\\n'");
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "GET /cgi-bin/env HTTP/1.1\r\nHost: test\r\n"
			       "Authorization: Basic YTpi\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(cgi_has_line(c.reply.body, "HTTP_AUTHORIZATION=Basic YTpi"));
	ck_assert_ptr_nonnull(strstr(c.reply.body, "\n7\n9\n"));
	support_conn_close(&c);
	/* An error document knows what it stands for. */
	cgi_ask(&c, &s, "/e/nothing?a=b", 404);
	ck_assert(cgi_has_line(c.reply.body, "REDIRECT_STATUS=404"));
	ck_assert(cgi_has_line(c.reply.body, "REDIRECT_URL=/e/nothing"));
	ck_assert(cgi_has_line(c.reply.body, "REDIRECT_QUERY_STRING=a=b"));
	ck_assert(cgi_has_line(c.reply.body, "REDIRECT_REQUEST_METHOD=GET"));
	ck_assert(cgi_has_line(c.reply.body, "QUERY_STRING=why"));
	ck_assert(cgi_has_line(c.reply.body, "REQUEST_URI=/e/nothing?a=b"));
	support_conn_close(&c);
	/* So does what a local redirect leads to; it is asked by GET and has no body. */
	support_conn_open(&c, s.port);
	support_conn_print(&c,
		"POST /cgi-bin/go?z HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nab"
		"GET /hello.txt HTTP/1.1\r\nHost: test\r\n\r\n");
	support_conn_expect(&c, 200);
	ck_assert(cgi_has_line(c.reply.body, "REQUEST_METHOD=GET"));
	ck_assert(cgi_has_line(c.reply.body, "PATH_INFO=/x"));
	ck_assert(cgi_has_line(c.reply.body, "QUERY_STRING=q=1"));
	ck_assert(cgi_has_line(c.reply.body, "REDIRECT_URL=/cgi-bin/go"));
	ck_assert(cgi_has_line(c.reply.body, "REDIRECT_CONTENT_LENGTH=2"));
	ck_assert_ptr_null(strstr(c.reply.body, "\nCONTENT_LENGTH"));
	ck_assert_ptr_ne(strstr(c.reply.body, "CONTENT_LENGTH"), c.reply.body);
	support_conn_expect(&c, 200);
	ck_assert_str_eq(c.reply.body, "hello, world\n");
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

START_TEST(actions)
{
	struct support_server s;
	struct support_conn c;
	cgi_prepare(&s, SUPPORT_PREFORK,
		"AddHandler of-mine .mine\nAction of-mine /cgi-bin/act\n"
		"Action image/png /cgi-bin/act\n"
		"<Location /virtual>\nSetHandler x-test/made\nAction x-test/made /cgi-bin/act "
		"virtual\n</Location>\n"
		"<Location /f>\nScript PUT /cgi-bin/act\n</Location>\n"
		"<Location /none>\nAction of-mine none\n</Location>\n");
	cgi_script(&s, "act", "printf '" CGI_PLAIN "'; env; cat");
	support_site_write(s.root, "a.mine", "x", 1);
	support_site_write(s.root, "none/a.mine", "plain", 5);
	support_site_write(s.root, "a.png", "x", 1);
	support_server_launch(&s);
	support_conn_open(&c, s.port);
	support_conn_print(
		&c, "POST /a.mine?q HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody");
	support_conn_expect(&c, 200);
	ck_assert(cgi_has_line(c.reply.body, "PATH_INFO=/a.mine"));
	ck_assert(cgi_has_line(c.reply.body, "SCRIPT_NAME=/cgi-bin/act"));
	ck_assert(cgi_has_line(c.reply.body, "QUERY_STRING=q"));
	ck_assert(cgi_has_line(c.reply.body, "REDIRECT_STATUS=200"));
	ck_assert(cgi_has_line(c.reply.body, "REDIRECT_HANDLER=of-mine"));
	ck_assert(cgi_has_line(c.reply.body, "REQUEST_URI=/a.mine?q"));
	ck_assert(cgi_has_line(c.reply.body, "body"));
	support_conn_close(&c);
	cgi_ask(&c, &s, "/a.png", 200);
	ck_assert(cgi_has_line(c.reply.body, "PATH_INFO=/a.png"));
	support_conn_close(&c);
	cgi_ask(&c, &s, "/virtual/thing", 200);
	ck_assert(cgi_has_line(c.reply.body, "PATH_INFO=/virtual/thing"));
	support_conn_close(&c);
	cgi_ask(&c, &s, "/missing.mine", 404);
	support_conn_close(&c);
	cgi_ask(&c, &s, "/none/a.mine", 200);
	ck_assert_str_eq(c.reply.body, "plain");
	support_conn_close(&c);
	support_conn_open(&c, s.port);
	support_conn_print(&c, "PUT /f/100 HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\nabc");
	support_conn_expect(&c, 200);
	ck_assert(cgi_has_line(c.reply.body, "PATH_INFO=/f/100"));
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("cgi", {methods, 1}, {variables, SUPPORT_MODELS}, {arguments, 1},
	{what_is_run, 1}, {limits_under_a_condition, 1}, {settings, 1}, {actions, 1})
