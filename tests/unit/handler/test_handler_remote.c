/*
 * test_handler_remote - a list of addresses as long as a head may be
 *
 * Runs in:  a test program; what lists mean is compared with Apache's (tests/http)
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"

#include "base/assert.h"

#include <sys/resource.h>

enum {
	FIELDS = 20,
	IN_EACH = 500,
	KB_MOST = 48 * 1024 /* what is copied anew for each address takes some hundred MB */
};

static long most_kb(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	return used.ru_maxrss;
}

/* Each is believed, and each is a proxy that a program hears of. */
START_TEST(long_lists)
{
	const struct http_limits limits = {8190, 100, 8190, false};
	struct config *config =
		site_config("RemoteIPHeader X-Forwarded-For\nRemoteIPProxiesHeader X-By\n");
	struct os_address here;
	struct http_request request;
	struct http_response response;
	struct handler_call call;
	struct buffer raw = BUFFER_INIT;
	buffer_string(&raw, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < FIELDS; i++) {
		buffer_string(&raw, "X-Forwarded-For: 203.0.113.1");
		for (int n = 1; n < IN_EACH; n++)
			buffer_string(&raw, ",203.0.113.2");
		buffer_string(&raw, "\r\n");
	}
	buffer_string(&raw, "\r\n");
	ck_assert_int_eq(os_address_parse(&here, TEXT("127.0.0.1:80")), 0);
	http_request_init(&request);
	http_response_init(&response);
	ck_assert_int_eq(http_request_read(&request, raw.data, raw.size, &limits), 0);
	ck_assert_int_eq(handler_init(&call), 0);
	call.config = config;
	call.host = &config->host;
	call.request = &request;
	call.response = &response;
	call.client = &here;
	long before = most_kb();
	handler_remote(&call);
	ck_assert_int_lt(most_kb() - before, KB_MOST);
	ck_assert_ptr_nonnull(call.client);
	char text[OS_ADDRESS_TEXT];
	ck_assert_str_eq(os_address_host(call.client, text), "203.0.113.1");
	ck_assert_ptr_null(http_request_find(call.request, TEXT("X-Forwarded-For"), NULL));
	const struct http_field *by = http_request_find(call.request, TEXT("X-By"), NULL);
	ck_assert_ptr_nonnull(by);
	ck_assert_uint_eq(by->value.size, sizeof "127.0.0.1" - 1 + (FIELDS * IN_EACH - 1) * 13);
	ck_assert(text_starts(by->value, TEXT("127.0.0.1, 203.0.113.2, ")));
	handler_free(&call);
	http_response_free(&response);
	http_request_free(&request);
	buffer_free(&raw);
	config_free(config);
}
END_TEST

/* A proxy that listens for both families writes an address of IPv4 so. */
START_TEST(mapped)
{
	static const struct {
		const char *field, *client;
	} cases[] = {{"::ffff:203.0.113.5", "203.0.113.5"}, {"::ffff:cb00:7105", "203.0.113.5"},
		{"::ffff:10.0.0.1", "127.0.0.1"}, {"::ffff:7f00:2", "127.0.0.1"},
		{"::1", "127.0.0.1"}, {"2600::1", "2600::1"}};
	const struct http_limits limits = {8190, 100, 8190, false};
	struct config *config =
		site_config("RemoteIPHeader X-Forwarded-For\nRemoteIPTrustedProxy 127.0.0.1\n");
	struct os_address here;
	struct http_request request;
	struct handler_call call;
	char raw[256], text[OS_ADDRESS_TEXT];
	ck_assert_int_eq(os_address_parse(&here, TEXT("127.0.0.1:80")), 0);
	ck_assert_int_eq(handler_init(&call), 0);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int size = snprintf(raw, sizeof raw,
			"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\n\r\n", cases[i].field);
		http_request_init(&request);
		ck_assert_int_eq(http_request_read(&request, raw, (size_t)size, &limits), 0);
		call.config = config;
		call.host = &config->host;
		call.request = &request;
		call.client = &here;
		handler_remote(&call);
		ck_assert_ptr_nonnull(call.client);
		ck_assert_str_eq(os_address_host(call.client, text), cases[i].client);
		handler_reset(&call);
		http_request_free(&request);
	}
	handler_free(&call);
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_remote", long_lists, mapped)
