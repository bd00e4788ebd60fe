/*
 * test_starter_place - which files the starter lets be run, whoever asks
 *
 * Runs in:  a test program
 * Owns:     the site of each row
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "starter/starter.h"

#include "base/assert.h"
#include "unit/site.h"

#include <sys/stat.h>

/* Every row has these files: in www, in www/sub, in cgi-bin and outside. */
static void make_site(void)
{
	static const char *const folders[] = {"www", "www/sub", "www/up", "cgi-bin", "out"};
	static const char *const files[] = {"www/a.cgi", "www/a.txt", "www/sub/b.cgi",
		"www/sub/b.txt", "www/up/c.cgi", "cgi-bin/d", "out/e.cgi", "out/e"};
	for (size_t i = 0; i < COUNT_OF(folders); i++)
		unit_mkdir(folders[i]);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		unit_write(files[i], TEXT("#!/bin/sh\n"));
	ck_assert_int_eq(symlink("../out/e.cgi", unit_path("www/link.cgi")), 0);
	ck_assert_int_eq(symlink("sub/b.cgi", unit_path("www/near.cgi")), 0);
	ck_assert_int_eq(symlink("../out/e", unit_path("cgi-bin/link")), 0);
	ck_assert_int_eq(symlink("../out", unit_path("www/away")), 0);
}

#define CGI "AddHandler cgi-script .cgi\n"
#define WWW "<Directory ${UNIT}/www>\n"
#define END "</Directory>\n"

static const struct {
	const char *lines;
	const char *htaccess; /* of www/sub */
	const char *may;      /* files, with a space behind each */
} rows[] = {
	{"", NULL, ""},
	{CGI, NULL, ""},
	{"Options +ExecCGI\n", NULL, ""},
	{CGI "Options +ExecCGI -FollowSymLinks\n", NULL, "www/a.cgi www/sub/b.cgi www/up/c.cgi "},
	{CGI "Options +ExecCGI +FollowSymLinks\n", NULL,
		"www/a.cgi www/sub/b.cgi www/up/c.cgi www/near.cgi "},
	{CGI WWW "Options +ExecCGI +FollowSymLinks\n" END "<Directory ${UNIT}/out>\n" END, NULL,
		"www/a.cgi www/sub/b.cgi www/up/c.cgi www/near.cgi www/link.cgi www/away/e.cgi "},
	{CGI "Options +ExecCGI -FollowSymLinks +SymLinksIfOwnerMatch\n", NULL,
		"www/a.cgi www/sub/b.cgi www/up/c.cgi www/near.cgi "},
	{CGI "Options -FollowSymLinks\n<Directory ${UNIT}/www/sub>\nOptions +ExecCGI\n" END, NULL,
		"www/sub/b.cgi "},
	{CGI "Options +ExecCGI -FollowSymLinks\n<Directory ${UNIT}/www/up>\nOptions -ExecCGI\n" END,
		NULL, "www/a.cgi www/sub/b.cgi "},
	{CGI "Options +ExecCGI -FollowSymLinks\n<Files b.cgi>\nRemoveHandler .cgi\n</Files>\n",
		NULL, "www/a.cgi www/up/c.cgi "},
	{"<Directory ${UNIT}/www/sub>\nOptions +ExecCGI -FollowSymLinks\nSetHandler "
	 "cgi-script\n" END,
		NULL, "www/sub/b.cgi www/sub/b.txt "},
	/* An .htaccess may say it, where it may say it. */
	{CGI "Options -FollowSymLinks\n" WWW "AllowOverride Options\n" END, "Options +ExecCGI\n",
		"www/sub/b.cgi "},
	{CGI "Options -FollowSymLinks\n" WWW "AllowOverride Options\n" END, NULL, ""},
	{CGI "Options -FollowSymLinks\n" WWW "AllowOverride None\n" END, "Options +ExecCGI\n", ""},
	{CGI "Options -FollowSymLinks\n" WWW "AllowOverride Options\n" END, "Nonsense\n", ""},
	{CGI "Options -FollowSymLinks\n" WWW "AllowOverride Options\n" END,
		"<If \"%{HTTP_HOST} == 'a'\">\nOptions +ExecCGI\n</If>\n", "www/sub/b.cgi "},
	{CGI "Options -FollowSymLinks\n" WWW "AllowOverride Options\n" END,
		"<If \"%{HTTP_HOST} == 'a'\">\nOptions +Indexes\n</If>\n", ""},
	{CGI "Options -FollowSymLinks\n" WWW "AllowOverride None\n" END,
		"<If \"%{HTTP_HOST} == 'a'\">\nOptions +ExecCGI\n</If>\n", ""},
	{"Options -FollowSymLinks\n" WWW "AllowOverride All\n" END,
		"Options +ExecCGI\n<If \"%{HTTP_HOST} == 'a'\">\nSetHandler cgi-script\n</If>\n",
		"www/sub/b.cgi www/sub/b.txt "},
	/* The request decides, and is not seen. */
	{"Options -FollowSymLinks\n<Location /x>\nOptions +ExecCGI\nSetHandler cgi-script\n"
	 "</Location>\n",
		NULL, "www/a.cgi www/a.txt www/sub/b.cgi www/sub/b.txt www/up/c.cgi "},
	{"RewriteEngine On\nRewriteRule ^/x$ - [H=cgi-script]\nOptions -FollowSymLinks\n"
	 "<Directory ${UNIT}/www/sub>\nOptions +ExecCGI\n" END,
		NULL, "www/sub/b.cgi www/sub/b.txt "},
	/* ScriptAlias, with and without links. */
	{"Options -FollowSymLinks\nScriptAlias /cgi-bin/ cgi-bin/\n", NULL, "cgi-bin/d "},
	{"Options +FollowSymLinks\nScriptAlias /cgi-bin/ cgi-bin/\n", NULL,
		"cgi-bin/d cgi-bin/link "},
	{"Options -FollowSymLinks\nScriptAlias /e out/e\n", NULL, "out/e "},
	{"Options -FollowSymLinks\nScriptAliasMatch ^/s/(.*) cgi-bin/$1\n", NULL, "cgi-bin/d "},
	{"<VirtualHost *:80>\nScriptAlias /cgi-bin/ cgi-bin/\nOptions -FollowSymLinks\n"
	 "</VirtualHost>\n",
		NULL, "cgi-bin/d "},
	/* Places of an Alias. */
	{CGI "Options +ExecCGI -FollowSymLinks\nAlias /o out\n", NULL,
		"www/a.cgi www/sub/b.cgi www/up/c.cgi out/e.cgi "},
};

static bool is_listed(const char *list, const char *name)
{
	size_t size = strlen(name);
	for (const char *at = list; *at; at = strchr(at, ' ') + 1)
		if (strncmp(at, name, size) == 0 && at[size] == ' ')
			return true;
	return false;
}

static const struct config_dir *place_of(struct config *config, const char *file)
{
	static const struct mp_subprocess_order none;
	bool granted;
	const struct config_dir *dir = starter_place_of(config, file, &none, &granted);
	ck_assert(granted == (dir != NULL));
	return dir;
}

static void try_row(size_t row)
{
	static const char *const names[] = {"www/a.cgi", "www/a.txt", "www/sub/b.cgi",
		"www/sub/b.txt", "www/up/c.cgi", "cgi-bin/d", "cgi-bin/link", "out/e.cgi", "out/e",
		"www/link.cgi", "www/near.cgi", "www/away/e.cgi"};
	/* Other ways to write what may be run, and what nobody may. */
	static const char *const never[] = {"www//sub/b.cgi", "www/./sub/b.cgi",
		"www/up/../sub/b.cgi", "cgi-bin//d", "cgi-bin/../out/e", "cgi-bin/d/", "www/sub",
		"www/sub/none.cgi", "cgi-bin", "cgi-bind", "www/sub/b.cgi/info"};
	static const char *const elsewhere[] = {"", "/", "sh", "/bin/sh", "/bin/true", "cgi-bin/d",
		"./cgi-bin/d", "/proc/self/exe", "/dev/fd/0"};
	if (rows[row].htaccess)
		unit_write("www/sub/.htaccess", text_of(rows[row].htaccess));
	else
		unlink(unit_path("www/sub/.htaccess"));
	struct config *config = site_config(rows[row].lines);
	for (int again = 0; again < 2; again++)
		for (size_t i = 0; i < COUNT_OF(names); i++) {
			bool may = place_of(config, unit_path(names[i])) != NULL;
			ck_assert_msg(may == is_listed(rows[row].may, names[i]), "%s: %s: %d",
				rows[row].lines, names[i], may);
		}
	for (size_t i = 0; i < COUNT_OF(never); i++)
		ck_assert_msg(!place_of(config, unit_path(never[i])), "%s: %s", rows[row].lines,
			never[i]);
	for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
		ck_assert_msg(
			!place_of(config, elsewhere[i]), "%s: %s", rows[row].lines, elsewhere[i]);
	config_free(config);
}

START_TEST(what_may_be_run)
{
	setenv("UNIT", unit_dir, 1);
	make_site();
	for (size_t row = 0; row < COUNT_OF(rows); row++)
		try_row(row);
}
END_TEST

UNIT_MAIN("starter_place", what_may_be_run)
