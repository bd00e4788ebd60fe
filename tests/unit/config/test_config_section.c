/*
 * test_config_section - conditions, <Location> and what a path gets from it
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static bool reads(const char *condition)
{
	char text[256];
	snprintf(text, sizeof text, "Define SET\n%s\nServerAdmin inside\n</%.8s>", condition,
		condition + 1);
	struct config *config = case_load(text);
	bool inside = config->host.server_admin != NULL;
	config_free(config);
	return inside;
}

START_TEST(conditions)
{
	static const char *const built_in[] = {"mime_module", "mod_mime.c", "core.c", "core_module",
		"http_core.c", "prefork.c", "mpm_prefork_module", "mod_mpm_prefork.c", "mod_so.c",
		"dir_module", "log_config_module", "mod_logio.c", "status_module", "unixd_module"};
	static const char *const absent[] = {"ssl_module", "mod_dav.c", "mime", "mod_mime",
		"_module", "mod_.c", "", "mod_mime_module", "MIME_MODULE", "mpm_event_module"};
	char text[128];
	for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
		snprintf(text, sizeof text, "<IfModule %s>", built_in[i]);
		ck_assert_msg(reads(text), "%s", text);
		snprintf(text, sizeof text, "<IfModule !%s>", built_in[i]);
		ck_assert_msg(!reads(text), "%s", text);
	}
	for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
		snprintf(text, sizeof text, "<IfModule '%s'>", absent[i]);
		ck_assert_msg(!reads(text), "%s", text);
		snprintf(text, sizeof text, "<IfModule '!%s'>", absent[i]);
		ck_assert_msg(reads(text), "%s", text);
	}
	ck_assert(reads("<IfDefine SET>"));
	ck_assert(reads("<IfDefine \"SET\">"));
	ck_assert(reads("<IfDefine !set>"));
	ck_assert(!reads("<IfDefine !SET>"));
	ck_assert(!reads("<IfDefine set>"));
}
END_TEST

/* What is skipped is not read at all, but its sections must still fit together. */
START_TEST(skipping)
{
	struct config *config = case_load("<IfModule ssl_module>\n"
					  "Bad line \"\n"
					  "<VirtualHost *:443>\n"
					  "<IfModule mime_module>\n"
					  "Define INSIDE\n"
					  "Include /nonexistent\n"
					  "</IfModule>\n"
					  "SSLEngine On\n"
					  "</VirtualHost>\n"
					  "<Odd\n"
					  "</Odd>\n"
					  "</IfModule>\n"
					  "<IfDefine INSIDE>\n"
					  "ServerAdmin inside\n"
					  "</IfDefine>\n"
					  "<IfDefine !INSIDE>\n"
					  "<IfDefine INSIDE>\n"
					  "</IfDefine>\n"
					  "DirectoryIndex after\n"
					  "</IfDefine>\n");
	ck_assert_ptr_null(config->host.server_admin);
	ck_assert_str_eq(config->host.dir.directory_index[0], "after");
	config_free(config);
}
END_TEST

START_TEST(load_module)
{
	config_free(case_load("LoadModule mime_module modules/mod_mime.so\n"
			      "LoadModule mpm_prefork_module modules/mod_mpm_prefork.so"));
	case_refused("LoadModule ssl_module modules/mod_ssl.so",
		"ROOT/t.conf:1: LoadModule: preforkd loads no modules, and the job of ssl_module "
		"is not "
		"built in");
	case_refused("LoadModule mod_mime.c modules/mod_mime.so",
		"ROOT/t.conf:1: LoadModule: 'mod_mime.c' is not of the form NAME_module");
	case_refused("LoadModule mime_module",
		"ROOT/t.conf:1: LoadModule takes 2 arguments: LoadModule module file");
}
END_TEST

static const struct config_dir *at(struct config *config, const char *path)
{
	const struct config_dir *dir = config_dir_for(&config->host, text_of(path));
	ck_assert_ptr_nonnull(dir);
	return dir;
}

START_TEST(matching)
{
	static const struct {
		const char *location, *path;
		bool matches;
	} rows[] = {
		{"/a", "/a", true},
		{"/a", "/a/", true},
		{"/a", "/a/b", true},
		{"/a", "/ab", false},
		{"/a", "/", false},
		{"/a", "/A", false},
		{"/a", "/b/a", false},
		{"/a/", "/a/", true},
		{"/a/", "/a/b", true},
		{"/a/", "/a", false},
		{"/a/", "/ab/", false},
		{"/a/b", "/a/b/c", true},
		{"/a/b", "/a", false},
		{"/", "/", true},
		{"/", "/a/b", true},
		{"/", "*", true},
		{"/a b", "/a b/c", true},
		{"/a*", "/abc", true},
		{"/a*", "/a/c", false},
		{"/*/c", "/b/c", true},
		{"~\" \"^/a.c$", "/abc", true},
		{"~\" \"^/a.c$", "/abcd", false},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[128];
		snprintf(text, sizeof text, "<Location \"%s\">\nSetHandler h\n</Location>",
			rows[i].location);
		struct config *config = case_load(text);
		const char *handler = at(config, rows[i].path)->handler;
		ck_assert_msg((handler != NULL) == rows[i].matches, "%s %s", rows[i].location,
			rows[i].path);
		if (!rows[i].matches)
			ck_assert_ptr_eq(at(config, rows[i].path), &config->host.dir);
		config_free(config);
	}
}
END_TEST

START_TEST(location_fields)
{
	struct config *config =
		case_load("<Location /a/b/>\n</Location>\n<Location />\n</Location>");
	const struct config_sections *l = &config->host.sections;
	ck_assert_uint_eq(l->count, 2);
	ck_assert_str_eq(l->all[0]->path, "/a/b");
	ck_assert_uint_eq(l->all[0]->size, 4);
	ck_assert_uint_eq(l->all[0]->line, 1);
	ck_assert(l->all[0]->only_below);
	ck_assert_str_eq(l->all[1]->path, "");
	ck_assert_uint_eq(l->all[1]->line, 3);
	ck_assert(!l->all[1]->only_below);
	ck_assert_int_eq(l->all[1]->dir.limit_request_body, -1);
	config_free(config);
	case_refused("<Location ~ (>\n</Location>",
		"ROOT/t.conf:1: <Location>: the pattern '(': missing closing parenthesis at offset "
		"1 of the regular expression");
	case_refused("<Location /a>\n<Location /b>\n</Location>\n</Location>",
		"ROOT/t.conf:2: <Location> is not allowed in <Location>");
}
END_TEST

START_TEST(matching_nothing)
{
	struct config *c = case_load("<Location a>\n</Location>\n<Location //a>\n</Location>\n"
				     "<Location ''>\n</Location>\n<Directory a>\n</Directory>\n"
				     "<Directory ''>\n</Directory>\n<Directory //a>\n</Directory>");
	case_warned(c, "ROOT/t.conf:1: <Location> 'a' matches nothing: paths begin with '/'\n"
		       "ROOT/t.conf:3: <Location> '//a' matches nothing: paths are compared "
		       "without '//'\n"
		       "ROOT/t.conf:7: <Directory> 'a' matches nothing: the name of a directory "
		       "begins with '/'\n"
		       "ROOT/t.conf:9: <Directory> '' matches nothing: the name of a directory "
		       "begins with '/'\n");
	config_free(c);
}
END_TEST

START_TEST(cleaned_places)
{
	struct config *c =
		case_load("DocumentRoot /tmp//./../tmp\n"
			  "Alias /a //x/./y/\nAlias /b /x/../z\nAliasMatch ^/c(.*) /x/$1../\n"
			  "<Directory /x//y/../z/>\n</Directory>\n"
			  "<Directory //x/*/./z/>\n</Directory>");
	const struct config_section *const *s =
		(const struct config_section *const *)c->host.sections.all;
	const struct config_alias_row *rows = c->host.dir.alias.rows;
	ck_assert_str_eq(c->host.document_root, "/tmp");
	ck_assert_str_eq(rows[0].to, "/x/y/");
	ck_assert_str_eq(rows[1].to, "/z");
	ck_assert_str_eq(rows[2].to, "/x/$1../");
	ck_assert_str_eq(s[0]->path, "/x/z");
	ck_assert_str_eq(s[1]->path, "/x/*/z");
	config_free(c);
}
END_TEST

START_TEST(merging)
{
	/* a later section wins over an earlier one, however long their paths are */
	struct config *config = case_load("SetHandler outer\n"
					  "DirectoryIndex o\n"
					  "ErrorDocument 404 o4\n"
					  "ErrorDocument 403 o3\n"
					  "AddType text/x-o x y\n"
					  "<Location /a/b>\n"
					  "SetHandler ab\n"
					  "LimitRequestBody 5\n"
					  "ErrorDocument 404 default\n"
					  "AddType text/x-ab x\n"
					  "</Location>\n"
					  "<Location /a>\n"
					  "SetHandler a\n"
					  "DirectoryIndex i j\n"
					  "ErrorDocument 500 a5\n"
					  "</Location>\n"
					  "<Location /none>\n"
					  "SetHandler none\n"
					  "DirectoryIndex disabled\n"
					  "</Location>\n"
					  "<Location /a/b/>\n"
					  "LimitRequestBody 6\n"
					  "</Location>\n");
	const struct config_dir *dir = at(config, "/x");
	ck_assert_ptr_eq(dir, &config->host.dir);
	ck_assert_str_eq(dir->handler, "outer");

	dir = at(config, "/a/x");
	ck_assert_str_eq(dir->handler, "a");
	ck_assert_str_eq(dir->directory_index[1], "j");
	ck_assert_ptr_null(dir->directory_index[2]);
	ck_assert_int_eq(dir->limit_request_body, 1073741824);
	ck_assert_str_eq(config_error_document(dir, 404)->value, "o4");
	ck_assert_str_eq(config_error_document(dir, 500)->value, "a5");
	ck_assert_str_eq(config_type_for(config, dir, TEXT("f.x")), "text/x-o");

	dir = at(config, "/a/b");
	ck_assert_str_eq(dir->handler, "a");
	ck_assert_str_eq(dir->directory_index[0], "i");
	ck_assert_int_eq(dir->limit_request_body, 5);
	ck_assert_ptr_null(config_error_document(dir, 404));
	ck_assert_str_eq(config_error_document(dir, 403)->value, "o3");
	ck_assert_str_eq(config_error_document(dir, 500)->value, "a5");
	ck_assert_str_eq(config_type_for(config, dir, TEXT("f.x")), "text/x-ab");
	ck_assert_str_eq(config_type_for(config, dir, TEXT("f.y")), "text/x-o");

	ck_assert_int_eq(at(config, "/a/b/")->limit_request_body, 6);
	ck_assert_int_eq(at(config, "/a/b/c")->limit_request_body, 6);
	ck_assert_ptr_eq(at(config, "/a/b/c"), at(config, "/a/b/d")); /* merged once */

	dir = at(config, "/none");
	ck_assert_ptr_null(dir->handler);
	ck_assert_ptr_null(dir->directory_index[0]);
	config_free(config);
}
END_TEST

START_TEST(twice)
{
	struct config *config =
		case_load("<Location /a>\nSetHandler x\nLimitRequestBody 1\n</Location>\n"
			  "<Location /a>\nSetHandler y\n</Location>");
	ck_assert_str_eq(at(config, "/a")->handler, "y");
	ck_assert_int_eq(at(config, "/a")->limit_request_body, 1);
	config_free(config);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, conditions);
	tcase_add_test(tests, skipping);
	tcase_add_test(tests, load_module);
	tcase_add_test(tests, matching);
	tcase_add_test(tests, location_fields);
	tcase_add_test(tests, matching_nothing);
	tcase_add_test(tests, cleaned_places);
	tcase_add_test(tests, merging);
	tcase_add_test(tests, twice);
}

int main(void)
{
	return case_main("config_section", add);
}
