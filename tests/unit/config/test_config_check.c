/*
 * test_config_check - defaults, files, users and what a configuration must have
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include <grp.h>
#include <pwd.h>

START_TEST(defaults)
{
	struct config *c =
		case_load("<Location /a>\nLimitRequestBody 1\nDirectoryIndex a\n</Location>");
	struct config_host *h = &c->host;
	static const char *const paths[] = {"ROOT", "ROOT/t.conf", "ROOT/logs/preforkd.pid",
		"ROOT/logs/error_log", "ROOT/conf/mime.types", "ROOT/www"};
	const char *const got[] = {c->server_root, c->file, c->pid_file, c->error_log,
		c->types_config, h->document_root};
	for (size_t i = 0; i < sizeof got / sizeof *got; i++) {
		char *path = case_shorten(got[i]);
		ck_assert_str_eq(path, paths[i]);
		free(path);
	}
	ck_assert_str_eq(c->user_name, "nobody");
	ck_assert_str_eq(c->group_name, "nogroup");
	ck_assert_int_eq(c->server_tokens, CONFIG_TOKENS_FULL);
	ck_assert(c->extended_status);
	ck_assert_uint_eq(c->listen_backlog, 511);
	ck_assert_int_eq(c->process_model, CONFIG_PREFORK);
	ck_assert_int_eq(c->start_method, CONFIG_START_FORK);
	ck_assert_int_eq(c->accept_mutex, CONFIG_MUTEX_NONE);
	ck_assert_uint_eq(c->max_connections_per_child, 0);
	ck_assert_uint_eq(c->graceful_shutdown_timeout, 0);
	ck_assert_uint_eq(c->file_cache_size, 16u << 20);
	ck_assert_ptr_null(h->server_name);
	ck_assert_ptr_null(h->server_admin);
	ck_assert(h->keep_alive);
	ck_assert_uint_eq(h->keep_alive_timeout_ms, 5000);
	ck_assert_uint_eq(h->max_keep_alive_requests, 100);
	ck_assert_uint_eq(h->timeout_ms, 60000);
	ck_assert_uint_eq(h->limit_request_line, 8190);
	ck_assert_uint_eq(h->limit_request_fields, 100);
	ck_assert_uint_eq(h->limit_request_field_size, 8190);
	ck_assert_uint_eq(h->log_count, 0);
	/* what only a section says leaves the default of the server in force */
	ck_assert_int_eq(h->dir.limit_request_body, 1073741824);
	ck_assert_str_eq(h->dir.directory_index[0], "index.html");
	case_warned(c, "");
	config_free(c);
}
END_TEST

START_TEST(document_root)
{
	struct stat st, direct;
	struct config *config = case_load("DocumentRoot conf");
	ck_assert_int_eq(fstat(config->host.root_fd, &st), 0);
	ck_assert_int_eq(stat(config->host.document_root, &direct), 0);
	ck_assert(st.st_ino == direct.st_ino && st.st_dev == direct.st_dev);
	ck_assert_int_eq(fcntl(config->host.root_fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(fcntl(config->host.root_fd, F_GETFL) & O_PATH, O_PATH);
	config_free(config);
	case_refused("\nDocumentRoot /nonexistent",
		"ROOT/t.conf:2: DocumentRoot '/nonexistent': No such file or directory");
	case_refused("DocumentRoot www/index.html",
		"ROOT/t.conf:1: DocumentRoot 'ROOT/www/index.html': Not a directory");
	case_file("other/x", "");
	char text[128];
	snprintf(text, sizeof text, "ServerRoot %s/other", case_root);
	case_refused(text, "ROOT/t.conf: DocumentRoot 'ROOT/other/www': No such file or directory");
}
END_TEST

START_TEST(no_listen)
{
	const struct config_source source = {.server_root = case_root, .file = "t.conf"};
	struct buffer error = BUFFER_INIT;
	case_file("t.conf", "# nothing\n");
	ck_assert_ptr_null(config_load(&source, &error));
	buffer_append(&error, "", 1);
	char *message = case_shorten(error.data);
	ck_assert_str_eq(
		message, "ROOT/t.conf: no listening sockets available: there is no Listen");
	free(message);
	buffer_free(&error);
}
END_TEST

/* Root looks names up and never stays itself; another user's names are not even looked at. */
START_TEST(ids)
{
	struct config *config = case_load("User #12345\nGroup #23456");
	bool root = geteuid() == 0;
	ck_assert_uint_eq(config->user, root ? 12345 : geteuid());
	ck_assert_uint_eq(config->group, root ? 23456 : getegid());
	config_free(config);
	config = case_load("");
	const struct passwd *nobody = getpwnam("nobody");
	const struct group *nogroup = getgrnam("nogroup");
	ck_assert_uint_eq(config->user, !root ? geteuid() : nobody ? nobody->pw_uid : 65534);
	ck_assert_uint_eq(config->group, !root ? getegid() : nogroup ? nogroup->gr_gid : 65534);
	config_free(config);
	if (!root) {
		config_free(case_load("User no-such-user\nGroup no-such-group"));
		return;
	}
	case_refused(
		"\nUser no-such-user", "ROOT/t.conf:2: User 'no-such-user': there is no such user");
	case_refused("Group no-such-group",
		"ROOT/t.conf:1: Group 'no-such-group': there is no such group");
	case_refused("User #x", "ROOT/t.conf:1: User '#x': there is no such user");
	case_refused("User root", "ROOT/t.conf:1: User 'root': workers do not run as root");
	case_refused("User #0", "ROOT/t.conf:1: User '#0': workers do not run as root");
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, defaults);
	tcase_add_test(tests, document_root);
	tcase_add_test(tests, no_listen);
	tcase_add_test(tests, ids);
}

int main(void)
{
	return case_main("config_check", add);
}
