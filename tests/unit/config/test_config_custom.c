/*
 * test_config_custom - the directives with a grammar of their own
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static void refused(const char *text, const char *message)
{
	char whole[256];
	snprintf(whole, sizeof whole, "ROOT/t.conf:1: %s", message);
	case_refused(text, whole);
}

/* Whether an Action is there shows at the end, wherever it stands. */
START_TEST(handler_of_an_action)
{
	struct config *config = case_load("<Location /a>\nSetHandler My-H\n</Location>\n"
					  "<Location /b>\nSetHandler cgi-scripts\n</Location>\n"
					  "Action my-h /cgi-bin/h virtual");
	case_warned(config, "ROOT/t.conf:5: SetHandler: there is no handler 'cgi-scripts' (did you "
			    "mean 'cgi-script'?): without an Action for it files are sent as they "
			    "are\n");
	config_free(config);
}
END_TEST

START_TEST(listen_at)
{
	struct config *config = case_load("Listen 8080\nListen [::1]:81 http\nListen 127.0.0.1:82");
	char address[OS_ADDRESS_TEXT];
	ck_assert_uint_eq(config->listen_count, 4); /* with the one of case_read */
	ck_assert_str_eq(config->listens[0].text, "8080");
	ck_assert_uint_eq(os_address_port(&config->listens[0].address), 8080);
	ck_assert_str_eq(os_address_format(&config->listens[1].address, address), "[::1]:81");
	ck_assert_str_eq(os_address_format(&config->listens[2].address, address), "127.0.0.1:82");
	ck_assert_uint_eq(config->listens[2].line, 3);
	ck_assert(strstr(config->listens[2].file, "/t.conf"));
	config_free(config);
	refused("Listen x",
		"Listen: 'x' is not of the form PORT, ADDRESS:PORT or [IPV6ADDRESS]:PORT");
	refused("Listen 0", "Listen: 0 is no port that clients could know; one the kernel chooses "
			    "is asked for by an address, as in 127.0.0.1:0");
	config_free(case_load("Listen 127.0.0.1:0"));
	refused("Listen 65536",
		"Listen: '65536' is not of the form PORT, ADDRESS:PORT or [IPV6ADDRESS]:PORT");
	refused("Listen localhost:80",
		"Listen: 'localhost:80' is not of the form PORT, ADDRESS:PORT or "
		"[IPV6ADDRESS]:PORT");
	refused("Listen 443 https", "Listen: the protocol must be http, not 'https'");
	refused("Listen 1 2 3", "Listen takes 1 to 2 arguments: Listen [address:]port");
	case_refused("Listen 127.0.0.1:81\nListen 82\n\nListen 127.0.0.1:81",
		"ROOT/t.conf:4: Listen 127.0.0.1:81: the same address was said at ROOT/t.conf:1");
	case_refused("Listen 81\nListen *:81",
		"ROOT/t.conf:2: Listen *:81: the same address was said at ROOT/t.conf:1");
}
END_TEST

START_TEST(server_name)
{
	static const struct {
		const char *text, *name;
		unsigned port;
	} rows[] = {
		{"ServerName www.example.com", "www.example.com", 0},
		{"ServerName example.com:8080", "example.com", 8080},
		{"ServerName http://example.com", "example.com", 0},
		{"ServerName https://example.com:443", "example.com", 443},
		{"ServerName 10.0.0.1", "10.0.0.1", 0},
		{"ServerName [::1]", "[::1]", 0},
		{"ServerName [::1]:80", "[::1]", 80},
		{"ServerName under_score-1", "under_score-1", 0},
	};
	static const char *const bad[] = {"a b", "", ":80", "a:", "a:0", "a:65536", "a:x", "a/b",
		"::1", "ftp://a", "[]", "a\"b", "[::1", "http://"};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct config *config = case_load(rows[i].text);
		ck_assert_str_eq(config->host.server_name, rows[i].name);
		ck_assert_uint_eq(config->host.server_port, rows[i].port);
		config_free(config);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char text[64], message[128];
		snprintf(text, sizeof text, "ServerName '%s'", bad[i]);
		snprintf(message, sizeof message,
			"ServerName: '%s' is not of the form [scheme://]host[:port]", bad[i]);
		refused(text, message);
	}
}
END_TEST

START_TEST(server_root)
{
	char text[256];
	case_file("other/www/index.html", "");
	case_file("other/conf/mime.types", "");
	case_file("other/logs/kept", "");
	case_file("other/part.conf", "DirectoryIndex part");
	snprintf(text, sizeof text, "DocumentRoot www\nServerRoot \"%s/other\"\nInclude part.conf",
		case_root);
	struct config *config = case_load(text);
	char *root = case_shorten(config->host.document_root);
	ck_assert_str_eq(root, "ROOT/other/www"); /* the last word counts, wherever it stands */
	ck_assert_str_eq(config->host.dir.directory_index[0], "part");
	free(root);
	config_free(config);
	refused("ServerRoot other", "ServerRoot must be an absolute path, not 'other'");
	refused("ServerRoot /nonexistent", "ServerRoot '/nonexistent': No such file or directory");
	refused("ServerRoot /dev/null", "ServerRoot '/dev/null': Not a directory");
}
END_TEST

START_TEST(directory_index)
{
	struct config *config = case_load("DirectoryIndex a b\nDirectoryIndex c");
	ck_assert_str_eq(config->host.dir.directory_index[0], "a");
	ck_assert_str_eq(config->host.dir.directory_index[2], "c");
	ck_assert_ptr_null(config->host.dir.directory_index[3]);
	config_free(config);
	config = case_load("DirectoryIndex a\nDirectoryIndex Disabled");
	ck_assert_ptr_null(config->host.dir.directory_index[0]);
	config_free(config);
	config = case_load("DirectoryIndex disabled\nDirectoryIndex a");
	ck_assert_str_eq(config->host.dir.directory_index[0], "a");
	config_free(config);
	config = case_load("");
	ck_assert_str_eq(config->host.dir.directory_index[0], "index.html");
	ck_assert_ptr_null(config->host.dir.directory_index[1]);
	config_free(config);
	refused("DirectoryIndex a ''", "DirectoryIndex: a name must not be empty");
}
END_TEST

static const char *type_of(const struct config *config, const char *name)
{
	const char *type = config_type_for(config, &config->host.dir, text_of(name));
	return type ? type : "-";
}

START_TEST(add_type)
{
	struct config *config = case_load("AddType text/x-a .A b\nAddType text/x-b B\n"
					  "AddType 'text/html; charset=utf-8' html");
	ck_assert_uint_eq(config->host.dir.type_count, 3);
	ck_assert_str_eq(type_of(config, "x.a"), "text/x-a");
	ck_assert_str_eq(type_of(config, "x.b"), "text/x-b");
	ck_assert_str_eq(type_of(config, "x.HTML"), "text/html; charset=utf-8");
	ck_assert_str_eq(type_of(config, "x.css"), "text/css");
	config_free(config);
	refused("AddType html .html", "AddType: 'html' is not a media type such as text/plain");
	refused("AddType text/ .html", "AddType: 'text/' is not a media type such as text/plain");
	refused("AddType /html .html", "AddType: '/html' is not a media type such as text/plain");
	refused("AddType a/b/c .html", "AddType: 'a/b/c' is not a media type such as text/plain");
	refused("AddType 'te xt/html' .html",
		"AddType: 'te xt/html' is not a media type such as text/plain");
	refused("AddType text/html .", "AddType: '.' is not a single extension such as .txt");
	refused("AddType text/html .tar.gz",
		"AddType: '.tar.gz' is not a single extension such as .txt");
}
END_TEST

START_TEST(set_handler)
{
	struct config *config = case_load("SetHandler Server-Status");
	ck_assert_str_eq(config->host.dir.handler, "server-status");
	config_free(config);
	config = case_load("SetHandler server-status\nSetHandler None");
	ck_assert_ptr_null(config->host.dir.handler);
	config_free(config);
	refused("SetHandler 'a b'", "SetHandler: 'a b' is not the name of a handler");
	refused("SetHandler ''", "SetHandler: '' is not the name of a handler");
}
END_TEST

START_TEST(error_document)
{
	static const struct {
		const char *document;
		enum config_error_kind kind;
	} rows[] = {
		{"/e.html", CONFIG_ERROR_PATH},
		{"/cgi?x=1", CONFIG_ERROR_PATH},
		{"http://a/b", CONFIG_ERROR_URL},
		{"https://a", CONFIG_ERROR_URL},
		{"not here", CONFIG_ERROR_TEXT},
		{"", CONFIG_ERROR_TEXT},
		{"defaults", CONFIG_ERROR_TEXT},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[64];
		snprintf(text, sizeof text, "ErrorDocument 404 x\nErrorDocument 404 '%s'",
			rows[i].document);
		struct config *config = case_load(text);
		const struct config_error_document *e =
			config_error_document(&config->host.dir, 404);
		ck_assert_int_eq(e->status, 404);
		ck_assert_int_eq(e->kind, rows[i].kind);
		ck_assert_str_eq(e->value, rows[i].document);
		ck_assert_uint_eq(config->host.dir.error_document_count, 1);
		ck_assert_ptr_null(config_error_document(&config->host.dir, 403));
		config_free(config);
	}
	struct config *config = case_load("ErrorDocument 404 a\nErrorDocument 404 Default\n"
					  "ErrorDocument 400 a\nErrorDocument 599 b");
	ck_assert_ptr_null(config_error_document(&config->host.dir, 404));
	ck_assert_str_eq(config_error_document(&config->host.dir, 599)->value, "b");
	config_free(config);
	refused("ErrorDocument 399 a",
		"ErrorDocument: the status must be a number from 400 to 599, not '399'");
	refused("ErrorDocument 600 a",
		"ErrorDocument: the status must be a number from 400 to 599, not '600'");
	refused("ErrorDocument 4O4 a",
		"ErrorDocument: the status must be a number from 400 to 599, not '4O4'");
	refused("ErrorDocument 404 'http://a b'", "ErrorDocument: 'http://a b' is not a URL");
}
END_TEST

START_TEST(ranges_and_slashes)
{
	struct config *config = case_load("MaxRanges none\nMaxRangeOverlaps unlimited\n"
					  "MaxRangeReversals 7\nDirectorySlash off\n"
					  "AllowEncodedSlashes NoDecode\nTraceEnable Extended\n"
					  "<Location /in>\nMaxRanges 3\nDirectorySlash On\n"
					  "MaxRangeReversals default\n</Location>");
	const struct config_dir *out = config_dir_for(&config->host, TEXT("/"));
	const struct config_dir *in = config_dir_for(&config->host, TEXT("/in"));
	ck_assert_int_eq(out->max_ranges, 0);
	ck_assert_int_eq(out->max_range_overlaps, UINT32_MAX);
	ck_assert_int_eq(out->max_range_reversals, 7);
	ck_assert_int_eq(out->directory_slash, 0);
	ck_assert_int_eq(in->max_ranges, 3);
	ck_assert_int_eq(in->max_range_overlaps, UINT32_MAX);
	ck_assert_int_eq(in->max_range_reversals, 20);
	ck_assert_int_eq(in->directory_slash, 1);
	ck_assert_int_eq(config->host.encoded_slashes, CONFIG_SLASHES_NODECODE);
	ck_assert_int_eq(config->host.trace_enable, CONFIG_TRACE_EXTENDED);
	config_free(config);
	config = case_load("");
	ck_assert_int_eq(config->host.dir.max_ranges, 200);
	ck_assert_int_eq(config->host.dir.max_range_overlaps, 20);
	ck_assert_int_eq(config->host.dir.max_range_reversals, 20);
	ck_assert_int_eq(config->host.dir.directory_slash, 1);
	ck_assert_int_eq(config->host.encoded_slashes, CONFIG_SLASHES_OFF);
	ck_assert_int_eq(config->host.trace_enable, CONFIG_TRACE_ON);
	config_free(config);
	refused("MaxRanges 0",
		"MaxRanges must be default, unlimited, none or a number above 0, not '0'");
	refused("MaxRangeOverlaps x",
		"MaxRangeOverlaps must be default, unlimited, none or a number above 0, not 'x'");
	refused("DirectorySlash perhaps", "DirectorySlash must be On or Off, not 'perhaps'");
	refused("TraceEnable yes", "TraceEnable must be on, off or extended, not 'yes'");
	refused("AllowEncodedSlashes Decode",
		"AllowEncodedSlashes must be On, Off or NoDecode, not 'Decode'");
}
END_TEST

START_TEST(limit_request_body)
{
	struct config *config = case_load("");
	ck_assert_int_eq(config->host.dir.limit_request_body, 1073741824);
	config_free(config);
	config = case_load("LimitRequestBody 0");
	ck_assert_int_eq(config->host.dir.limit_request_body, 0);
	config_free(config);
	config = case_load("LimitRequestBody 9223372036854775807");
	ck_assert_int_eq(config->host.dir.limit_request_body, INT64_MAX);
	config_free(config);
	refused("LimitRequestBody -1", "LimitRequestBody must be a number of bytes, not '-1'");
	refused("LimitRequestBody 9223372036854775808",
		"LimitRequestBody must be a number of bytes, not '9223372036854775808'");
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, listen_at);
	tcase_add_test(tests, server_name);
	tcase_add_test(tests, server_root);
	tcase_add_test(tests, directory_index);
	tcase_add_test(tests, add_type);
	tcase_add_test(tests, set_handler);
	tcase_add_test(tests, handler_of_an_action);
	tcase_add_test(tests, error_document);
	tcase_add_test(tests, ranges_and_slashes);
	tcase_add_test(tests, limit_request_body);
}

int main(void)
{
	return case_main("config_custom", add);
}
