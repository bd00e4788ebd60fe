/*
 * test_handler_status_lab - who may ask the lab for what
 *
 * Runs in:  a test program
 * Owns:     a scoreboard that it fills by hand, and a socket that stands for the parent
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_lab.h"

#include "unit/handler/board.h"
#include "unit/unit.h"
#include "wire/wire_ask.h"

#include <sys/socket.h>

#define TOKEN "X-Lab-Token: 0123456789abcdef\r\n"
#define ORIGIN "Origin: http://localhost:8080\r\n"
#define HERE "Host: localhost:8080\r\n"

static struct board board;
static int parent, child;

static void begin(void)
{
	int ends[2];
	board_begin(&board);
	board.config->lab_controls = true;
	strcpy(board.shared->lab_token, "0123456789abcdef");
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	wire_ask_open(ends[0]);
	parent = ends[1];
	child = ends[0];
}

/* The status; what the parent got is in *ask, whose magic is 0 where it got nothing. */
static int ask_for(const char *line, const char *fields, const char *client, struct wire_ask *ask)
{
	static const struct http_limits limits = {2048, 64, 4096, false};
	char raw[512];
	struct os_address from;
	struct http_request request;
	struct http_response response;
	http_request_init(&request);
	http_response_init(&response);
	snprintf(raw, sizeof raw, "%s HTTP/1.1\r\n%s\r\n", line, fields);
	ck_assert_int_eq(http_request_read(&request, raw, strlen(raw), &limits), 0);
	ck_assert_int_eq(os_address_parse(&from, text_of(client)), 0);
	int status = handler_status_lab_ask(board.config, board.shared, &request, &from, &response);
	memset(ask, 0, sizeof *ask);
	(void)!recv(parent, ask, sizeof *ask, MSG_DONTWAIT);
	status = status ? status : response.status;
	http_request_free(&request);
	http_response_free(&response);
	return status;
}

START_TEST(checks)
{
	static const struct {
		const char *line, *fields, *client;
		int status;
	} rows[] = {
		{"POST /s?lab=kill&3", HERE ORIGIN TOKEN, "127.0.0.1:1", 202},
		{"POST /s?lab=kill&3", HERE ORIGIN TOKEN, "[::1]:1", 202},
		{"POST /s?lab=kill&3", HERE ORIGIN TOKEN, "[::ffff:127.0.0.1]:1", 202},
		{"POST /s?lab=grow", HERE ORIGIN TOKEN, "127.0.0.1:1", 202},
		/* from elsewhere */
		{"POST /s?lab=kill&3", HERE ORIGIN TOKEN, "192.0.2.1:1", 403},
		{"POST /s?lab=kill&3", HERE ORIGIN TOKEN, "[2001:db8::1]:1", 403},
		{"POST /s?lab=kill&3", HERE ORIGIN TOKEN "X-Forwarded-For: 192.0.2.1\r\n",
			"127.0.0.1:1", 403},
		{"POST /s?lab=kill&3", HERE ORIGIN TOKEN "Via: 1.1 p\r\n", "127.0.0.1:1", 403},
		/* somebody's name that leads here */
		{"POST /s?lab=kill&3",
			"Host: evil.example:8080\r\nOrigin: http://evil.example:8080\r\n" TOKEN,
			"127.0.0.1:1", 403},
		{"POST /s?lab=kill&3",
			"Host: localhost.evil\r\nOrigin: http://localhost.evil\r\n" TOKEN,
			"127.0.0.1:1", 403},
		/* another page */
		{"POST /s?lab=kill&3", HERE TOKEN, "127.0.0.1:1", 403},
		{"POST /s?lab=kill&3", HERE "Origin: null\r\n" TOKEN, "127.0.0.1:1", 403},
		{"POST /s?lab=kill&3", HERE "Origin: http://localhost:8081\r\n" TOKEN,
			"127.0.0.1:1", 403},
		{"POST /s?lab=kill&3", HERE ORIGIN, "127.0.0.1:1", 403},
		{"POST /s?lab=kill&3", HERE ORIGIN "X-Lab-Token: 0123456789abcdee\r\n",
			"127.0.0.1:1", 403},
		{"POST /s?lab=kill&3", HERE ORIGIN "X-Lab-Token: 0123456789abcdef0\r\n",
			"127.0.0.1:1", 403},
		{"GET /s?lab=kill&3", HERE ORIGIN TOKEN, "127.0.0.1:1", 405},
		/* what there is not */
		{"POST /s?lab=exec&3", HERE ORIGIN TOKEN, "127.0.0.1:1", 400},
		{"POST /s?lab=", HERE ORIGIN TOKEN, "127.0.0.1:1", 400},
		{"POST /s?lab=load&65", HERE ORIGIN TOKEN, "127.0.0.1:1", 400},
		{"POST /s?lab=load&-1", HERE ORIGIN TOKEN, "127.0.0.1:1", 400},
		{"POST /s?lab=load&8&9", HERE ORIGIN TOKEN, "127.0.0.1:1", 400},
	};
	struct wire_ask ask;
	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status = ask_for(rows[i].line, rows[i].fields, rows[i].client, &ask);
		ck_assert_msg(status == rows[i].status, "%s %s %s: %d", rows[i].client,
			rows[i].line, rows[i].fields, status);
		ck_assert_int_eq(ask.magic == WIRE_ASK_MAGIC, status == 202);
	}
	ck_assert_int_eq(
		ask_for("POST /s?lab=load&8", HERE ORIGIN TOKEN, "127.0.0.1:1", &ask), 202);
	ck_assert_uint_eq(ask.verb, WIRE_ASK_LOAD);
	ck_assert_uint_eq(ask.value, 8);
	/* off */
	board.config->lab_controls = false;
	ck_assert_int_eq(
		ask_for("POST /s?lab=load&8", HERE ORIGIN TOKEN, "127.0.0.1:1", &ask), 404);
	board.config->lab_controls = true;
	memset(board.shared->lab_token, 0, sizeof board.shared->lab_token);
	ck_assert_int_eq(
		ask_for("POST /s?lab=load&8", HERE ORIGIN "X-Lab-Token: \r\n", "127.0.0.1:1", &ask),
		403);
	close(parent);
	close(child);
	board_end(&board);
}
END_TEST

UNIT_MAIN("handler_status_lab", checks)
