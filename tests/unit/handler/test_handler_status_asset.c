/*
 * test_handler_status_asset - the style and the scripts of the status page
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_asset.h"

#include "unit/site.h"
#include "unit/unit.h"

static const char *const names[] = {
#define ASSET(symbol, name, type) name,
#include "handler/assets.def"
#undef ASSET
};

enum { WEIGHT_MOST = 100 * 1024 };

static const struct handler_status_asset *wanted(const char *query)
{
	return handler_status_asset_wanted(text_of(query));
}

START_TEST(each_is_there)
{
	size_t weight = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char query[64];
		snprintf(query, sizeof query, "asset=%s", names[i]);
		ck_assert(handler_status_asset_is(text_of(query)));
		const struct handler_status_asset *asset = wanted(query);
		ck_assert_ptr_nonnull(asset);
		ck_assert_str_eq(asset->name, names[i]);
		/* Each begins with a comment that names it. */
		char begin[64];
		snprintf(begin, sizeof begin, "%s - ", names[i]);
		struct text top = text_from(asset->bytes.at, 16 + strlen(begin));
		ck_assert_ptr_nonnull(memmem(top.at, top.size, begin, strlen(begin)));
		ck_assert_int_eq(asset->bytes.at[asset->bytes.size - 1], '\n');
		/* A page loads what one language needs; Chinese needs more. */
		if (strcmp(names[i], "sentences.js") != 0)
			weight += asset->bytes.size;
	}
	ck_assert_uint_lt(weight, WEIGHT_MOST);
}
END_TEST

START_TEST(nothing_else_is)
{
	static const char *const queries[] = {"asset=", "asset=status", "asset=../status.js",
		"asset=status.js%00", "asset=STATUS.JS", "asset=status.css/", "asset=&status.css"};
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
		ck_assert_msg(wanted(queries[i]) == NULL, "%s", queries[i]);
	ck_assert_ptr_nonnull(wanted("asset=status.css&v=1"));
	ck_assert(!handler_status_asset_is(TEXT("json")));
	ck_assert(!handler_status_asset_is((struct text){NULL, 0}));
}
END_TEST

/* The status of the answer to a request with this field line. */
static int ask(const char *field, struct http_response *response)
{
	static const struct http_limits limits = {2048, 64, 4096, false};
	char raw[256];
	struct http_request request;
	http_request_init(&request);
	snprintf(raw, sizeof raw, "GET /?asset=status.js HTTP/1.1\r\nHost: a\r\n%s\r\n", field);
	ck_assert_int_eq(http_request_read(&request, raw, strlen(raw), &limits), 0);
	http_response_reset(response);
	int status = handler_status_asset_answer(
		wanted("asset=status.js"), &request, 1700000000, response);
	http_request_free(&request);
	return status ? status : response->status;
}

START_TEST(is_asked_for_again)
{
	struct http_response response;
	char field[128];
	http_response_init(&response);
	ck_assert_int_eq(ask("", &response), 200);
	ck_assert_int_eq(response.kind, HTTP_BODY_BYTES);
	ck_assert_uint_gt(response.view.size, 100);
	snprintf(field, sizeof field, "If-None-Match: %.*s\r\n", (int)response.etag_size,
		response.etag);
	ck_assert_int_eq(ask(field, &response), 304);
	ck_assert_int_eq(response.kind, HTTP_BODY_NONE);
	ck_assert_int_eq(ask("If-None-Match: \"other\"\r\n", &response), 200);
	ck_assert_int_eq(ask("If-Match: \"other\"\r\n", &response), 412);
	http_response_free(&response);
}
END_TEST

UNIT_MAIN("handler_status_asset", each_is_there, nothing_else_is, is_asked_for_again)
