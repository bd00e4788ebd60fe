/*
 * test_config_status - the directives about looking at a running server
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

START_TEST(status_listen)
{
	static const struct {
		const char *text, *address;
	} rows[] = {
		{"StatusListen 8081", "127.0.0.1:8081"},
		{"StatusListen 0", "127.0.0.1:0"},
		{"StatusListen 10.0.0.1:8081", "10.0.0.1:8081"},
		{"StatusListen [::1]:8081", "[::1]:8081"},
		{"StatusListen 8081\nStatusListen NONE", NULL},
		{"", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char address[OS_ADDRESS_TEXT];
		struct config *config = case_load(rows[i].text);
		ck_assert_int_eq(config->status_listen.text != NULL, rows[i].address != NULL);
		if (rows[i].address)
			ck_assert_str_eq(os_address_format(&config->status_listen.address, address),
				rows[i].address);
		config_free(config);
	}
	static const char *const bad[] = {"x", "65536", "localhost:80", "''", "1:2:3"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[64], message[192];
		snprintf(text, sizeof text, "StatusListen %s", bad[i]);
		snprintf(message, sizeof message,
			"ROOT/t.conf:1: StatusListen: '%s' is not none, nor of the form PORT, "
			"ADDRESS:PORT or [IPV6ADDRESS]:PORT",
			strcmp(bad[i], "''") == 0 ? "" : bad[i]);
		case_refused(text, message);
	}
	case_refused("StatusListen 1 2",
		"ROOT/t.conf:1: StatusListen takes 1 argument: StatusListen [address:]port|none");
}
END_TEST

START_TEST(control_socket)
{
	/* What stands before the colon is below the root. */
	static const struct {
		const char *text, *path;
	} rows[] = {
		{"", "logs/preforkd.sock"},
		{"PidFile run/a.pid", "run/a.sock"},
		{"PidFile run/a", "run/a.sock"},
		{"PidFile .pid", ".sock"},
		{"ControlSocket here.sock\nPidFile run/a.pid", "here.sock"},
		{"ControlSocket none", NULL},
		{"ControlSocket NONE", NULL},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char wanted[256];
		struct config *config = case_load(rows[i].text);
		snprintf(wanted, sizeof wanted, "%s/%s", config->server_root,
			rows[i].path ? rows[i].path : "");
		if (rows[i].path)
			ck_assert_pstr_eq(config->control_socket, wanted);
		else
			ck_assert_ptr_null(config->control_socket);
		config_free(config);
	}
	struct config *config = case_load("ControlSocket /run/x.sock");
	ck_assert_str_eq(config->control_socket, "/run/x.sock");
	config_free(config);
	case_refused("ControlSocket ''", "ROOT/t.conf:1: ControlSocket must not be empty");
}
END_TEST

/* --serve leaves no files behind that nobody asked for. */
START_TEST(serving_a_directory)
{
	struct buffer error = BUFFER_INIT;
	const char *const after[] = {"ControlSocket /run/x.sock", NULL};
	struct config_source source = {.serve = case_root};
	struct config *config = config_load(&source, &error);
	ck_assert_ptr_nonnull(config);
	ck_assert_ptr_null(config->control_socket);
	config_free(config);
	source.after = after;
	config = config_load(&source, &error);
	ck_assert_ptr_nonnull(config);
	ck_assert_str_eq(config->control_socket, "/run/x.sock");
	config_free(config);
	buffer_free(&error);
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, status_listen);
	tcase_add_test(tests, control_socket);
	tcase_add_test(tests, serving_a_directory);
}

int main(void)
{
	return case_main("config_status", add);
}
