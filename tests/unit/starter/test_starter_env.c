/*
 * test_starter_env - which variables the starter lets a program have, whoever asks
 *
 * Runs in:  a test program
 * Owns:     the configuration of each row
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "starter/starter.h"

#include "base/assert.h"
#include "unit/site.h"

static const struct {
	const char *lines;
	const char *variable;
	bool may;
} rows[] = {
	{"", "QUERY_STRING=a=b", true},
	{"", "HTTP_COOKIE=x", true},
	{"", "HTTP_HOST", false},
	{"", "HTTP_PROXY=http://evil/", false},
	{"", "REDIRECT_STATUS=200", true},
	{"", "REDIRECT_LD_PRELOAD=x", true},
	{"", "REMOTE_USER=root", true},
	{"", "HANDLER=x", true},
	{"", "CONTENT_LENGTH=", true},
	{"", "=", false},
	{"", "", false},
	{"", "A B=c", false},
	{"", "BASH_FUNC_ls%%=() { :; }", false},
	{"", "HTTP_X()=1", false},
	{"", "ANY=thing", false},
	{"", "LD_PRELOAD=/tmp/x.so", false},
	{"", "PATH=/here", true},
	{"", "PATH=/tmp", false},
	/* What is said is had, as it is said. */
	{"SetEnv A 1\n", "A=1", true},
	{"SetEnv A 1\n", "A=2", false},
	{"SetEnv A 1\n", "AB=1", false},
	{"SetEnv A-b.c 1\n", "A_b_c=1", true},
	{"SetEnv LD_LIBRARY_PATH /opt\n", "LD_LIBRARY_PATH=/opt", true},
	{"SetEnv LD_LIBRARY_PATH /opt\n", "LD_LIBRARY_PATH=/tmp", false},
	{"PassEnv PASSED\n", "PASSED=on", true},
	{"PassEnv PASSED\n", "PASSED=off", false},
	{"UnsetEnv A\n", "A=1", false},
	{"<Directory ${UNIT}/www/x>\nSetEnv A 1\n</Directory>\n", "A=1", true},
	{"<VirtualHost *:80>\nSetEnv A 1\n</VirtualHost>\n", "A=1", true},
	{"SetEnv A 1\n<Location /x>\nSetEnv A 2\n</Location>\n", "A=2", true},
	{"SetEnvIf Host . A=1 B\n", "A=1", true},
	{"SetEnvIf Host . A=1 B\n", "B=1", true},
	{"SetEnvIf Host . A=1 !B\n", "B=1", false},
	{"SetEnvIf Host . A=1\n", "A=2", false},
	{"BrowserMatch ^x A\n", "A=1", true},
	/* Of the request: anything. */
	{"SetEnvIf Git-Protocol \".*\" GIT_PROTOCOL=$0\n", "GIT_PROTOCOL=version=2", true},
	{"SetEnvIf Host (.*) LD_PRELOAD=$1\n", "LD_PRELOAD=/tmp/x.so", false},
	{"RewriteEngine On\nRewriteRule . - [E=A:%{HTTP_HOST}]\n", "A=any", true},
	{"RewriteEngine On\nRewriteRule . - [E=PERL5OPT:$0]\n", "PERL5OPT=-d", false},
	{"<Directory ${UNIT}/www>\nRewriteEngine On\nRewriteRule . - [E=A:1]\n</Directory>\n",
		"A=1", true},
	/* An .htaccess may say what nobody here knows. */
	{"<Directory ${UNIT}/www>\nAllowOverride FileInfo\n</Directory>\n", "ANY=thing", true},
	{"<Directory ${UNIT}/www>\nAllowOverride FileInfo\n</Directory>\n", "PYTHONPATH=/tmp",
		false},
	{"<Directory ${UNIT}/www>\nAllowOverride Options\n</Directory>\n", "ANY=thing", false},
};

START_TEST(what_may_be_had)
{
	setenv("UNIT", unit_dir, 1);
	setenv("PASSED", "on", 1);
	setenv("PATH", "/here", 1);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct config *config = site_config(rows[i].lines);
		const struct starter_names *names = starter_env_names(config, config->memory);
		ck_assert_ptr_nonnull(names);
		bool may = starter_env_allows(names, &config->host.dir, rows[i].variable);
		ck_assert_msg(may == rows[i].may, "%s%s: %d", rows[i].lines, rows[i].variable, may);
		config_free(config);
	}
}
END_TEST

/* What an .htaccess on the way says counts for what is below it, word by word. */
START_TEST(an_htaccess_says)
{
	setenv("UNIT", unit_dir, 1);
	struct config *config =
		site_config("<Directory ${UNIT}/www>\nAllowOverride FileInfo\n</Directory>\n");
	unit_write("www/.htaccess", TEXT("SetEnv PERL5LIB /srv/lib\n"));
	struct config_target target = {.path = TEXT(""), .file = text_of(unit_path("www/x.cgi"))};
	const struct config_dir *dir = config_match(&config->host, &target);
	const struct starter_names *names = starter_env_names(config, config->memory);
	ck_assert(dir && names);
	ck_assert(starter_env_allows(names, dir, "PERL5LIB=/srv/lib"));
	ck_assert(!starter_env_allows(names, dir, "PERL5LIB=/tmp"));
	ck_assert(!starter_env_allows(names, &config->host.dir, "PERL5LIB=/srv/lib"));
	config_free(config);
}
END_TEST

UNIT_MAIN("starter_env", what_may_be_had, an_htaccess_says)
