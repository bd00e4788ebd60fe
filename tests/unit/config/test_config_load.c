/*
 * test_config_load - where a configuration comes from: -d, -f, -C, -c, -D, --serve
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static struct config *load(struct config_source source)
{
	struct buffer error = BUFFER_INIT;
	struct config *config = config_load(&source, &error);
	ck_assert_msg(config != NULL, "%.*s", (int)error.size, error.data);
	buffer_free(&error);
	return config;
}

static void refused(struct config_source source, const char *message)
{
	struct buffer error = BUFFER_INIT;
	buffer_string(&error, "what was there before");
	ck_assert_ptr_null(config_load(&source, &error));
	buffer_append(&error, "", 1);
	char *got = case_shorten(error.data);
	ck_assert_str_eq(got, message);
	free(got);
	buffer_free(&error);
}

START_TEST(order)
{
	const char *const before[] = {"Listen 81", "DirectoryIndex before", "Define A", NULL};
	const char *const after[] = {"DirectoryIndex after", "ServerAdmin after", NULL};
	case_file("f.conf", "ServerAdmin file\n<IfDefine A>\nDirectoryIndex file\n</IfDefine>");
	struct config *config = load((struct config_source){
		.server_root = case_root, .file = "f.conf", .before = before, .after = after});
	const char *const *index = config->host.dir.directory_index;
	ck_assert_str_eq(index[0], "before");
	ck_assert_str_eq(index[1], "file");
	ck_assert_str_eq(index[2], "after");
	ck_assert_str_eq(config->host.server_admin, "after");
	ck_assert_str_eq(config->listens[0].file, "-C");
	ck_assert_uint_eq(config->listens[0].line, 1);
	config_free(config);
}
END_TEST

START_TEST(defined)
{
	const char *const defines[] = {"ONE", "TWO", NULL};
	case_file("f.conf", "Listen 80\n<IfDefine TWO>\nServerAdmin '${ONE}x'\n</IfDefine>");
	struct config *config = load((struct config_source){
		.server_root = case_root, .file = "f.conf", .defines = defines});
	ck_assert_str_eq(config->host.server_admin, "x");
	config_free(config);
}
END_TEST

START_TEST(bad_lines)
{
	const char *const bad[] = {"Listen 80", "Foo", NULL};
	const char *const open[] = {"<Location /a>", "SetHandler server-status", NULL};
	const char *const whole[] = {
		"<Location /a>", "SetHandler server-status", "</Location>", "Listen 80", NULL};
	case_file("f.conf", "");
	refused((struct config_source){.server_root = case_root, .file = "f.conf", .before = bad},
		"-C:2: Invalid command 'Foo': there is no such directive (preforkd -L lists them)");
	refused((struct config_source){.server_root = case_root, .file = "f.conf", .after = open},
		"-c:1: <Location> is never closed");
	config_free(load((struct config_source){
		.server_root = case_root, .file = "f.conf", .after = whole}));
}
END_TEST

START_TEST(places)
{
	char absolute[128], link[128];
	case_file("conf/httpd.conf", "Listen 80");
	case_file("else/where.conf", "Listen 81");
	struct config *config = load((struct config_source){.server_root = case_root});
	char *file = case_shorten(config->file);
	ck_assert_str_eq(file, "ROOT/conf/httpd.conf");
	free(file);
	config_free(config);

	snprintf(absolute, sizeof absolute, "%s/else/where.conf", case_root);
	config = load((struct config_source){.server_root = case_root, .file = absolute});
	ck_assert_uint_eq(os_address_port(&config->listens[0].address), 81);
	config_free(config);

	/* the root is named without links, and stays when the process goes elsewhere */
	snprintf(link, sizeof link, "%s/link", case_root);
	ck_assert_int_eq(symlink(case_root, link), 0);
	config = load((struct config_source){.server_root = link});
	ck_assert_str_eq(config->server_root, case_root);
	config_free(config);
	ck_assert_int_eq(chdir(case_root), 0);
	config = load((struct config_source){.server_root = "."});
	ck_assert_str_eq(config->server_root, case_root);
	config_free(config);

	refused((struct config_source){.server_root = "/nonexistent"},
		"-d: '/nonexistent': No such file or directory");
	refused((struct config_source){.server_root = case_root, .file = "no.conf"},
		"cannot read 'ROOT/no.conf': No such file or directory");
	refused((struct config_source){.server_root = case_root, .file = "www"},
		"cannot read 'ROOT/www': not a plain file");
}
END_TEST

START_TEST(serve)
{
	char directory[128];
	const char *const after[] = {"ProcessModel fork", "CustomLog a common", NULL};
	snprintf(directory, sizeof directory, "%s/o'd d\"ir ${X}", case_root);
	ck_assert_int_eq(mkdir(directory, 0755), 0);
	struct config *config = load((struct config_source){.serve = directory});
	ck_assert_str_eq(config->host.document_root, directory);
	ck_assert_str_eq(config->server_root, directory);
	ck_assert_ptr_null(config->file);
	ck_assert_ptr_null(config->error_log);
	ck_assert_ptr_null(config->pid_file);
	ck_assert_uint_eq(config->host.log_count, 0);
	ck_assert_uint_eq(config->listen_count, 1);
	ck_assert_uint_eq(os_address_port(&config->listens[0].address), 8080);
	ck_assert_str_eq(config->host.dir.directory_index[0], "index.html");
	ck_assert_str_eq(
		config_dir_for(&config->host, TEXT("/server-status"))->handler, "server-status");
	ck_assert_ptr_null(config_dir_for(&config->host, TEXT("/"))->handler);
	ck_assert_str_eq(
		config_type_for(config, &config->host.dir, TEXT("index.html")), "text/html");
	case_warned(config, "");
	config_free(config);

	config = load((struct config_source){.serve = directory, .port = 81, .after = after});
	ck_assert_uint_eq(os_address_port(&config->listens[0].address), 81);
	ck_assert_int_eq(config->process_model, CONFIG_FORK);
	ck_assert_uint_eq(config->host.log_count, 1);
	config_free(config);

	refused((struct config_source){.serve = "/nonexistent"},
		"--serve: '/nonexistent': No such file or directory");
	refused((struct config_source){.serve = "/dev/null"},
		"--serve: DocumentRoot '/dev/null': Not a directory");
}
END_TEST

/* The configuration the server is installed with is read without a word. */
START_TEST(installed)
{
	const char *source = getenv("TEST_SOURCE"); /* make check sets it */
	char path[512], line[600];
	snprintf(path, sizeof path, "%s/conf/httpd.conf", source ? source : ".");
	char *file = realpath(path, NULL);
	ck_assert_msg(file != NULL, "%s is not there: is TEST_SOURCE set?", path);
	struct config *config =
		load((struct config_source){.server_root = case_root, .file = file});
	case_warned(config, "");
	ck_assert_uint_eq(config->host.log_count, 1);
	ck_assert_str_eq(
		config_dir_for(&config->host, TEXT("/server-status"))->handler, "server-status");
	config_free(config);

	/* what is commented out there shows defaults, and can be taken in */
	FILE *in = fopen(file, "r");
	struct buffer b = BUFFER_INIT;
	while (fgets(line, sizeof line, in))
		if (line[0] == '#' && line[1] >= 'A' && line[1] <= 'Z')
			buffer_string(&b, line + 1);
	fclose(in);
	free(file);
	buffer_append(&b, "", 1);
	config = case_load(b.data);
	ck_assert_uint_eq(config->worker_connections, 1);
	case_warned(config, "");
	config_free(config);
	buffer_free(&b);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, order);
	tcase_add_test(tests, defined);
	tcase_add_test(tests, bad_lines);
	tcase_add_test(tests, places);
	tcase_add_test(tests, serve);
	tcase_add_test(tests, installed);
}

int main(void)
{
	return case_main("config_load", add);
}
