/*
 * test_range - parts of files: the right bytes, and only where they were asked for properly
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WHOLE = -1, NONE = -2 };

/* A Range for a file of 1024 bytes: the part that comes, WHOLE (200) or NONE (416). */
static const struct {
	const char *range;
	long first, last;
} cases[] = {
	{"bytes=0-0", 0, 0},
	{"bytes=0-99", 0, 99},
	{"bytes=100-", 100, 1023},
	{"bytes=-1", 1023, 1023},
	{"bytes=-100", 924, 1023},
	{"bytes=-2000", 0, 1023},
	{"bytes=1023-", 1023, 1023},
	{"bytes=1000-2000", 1000, 1023},
	{"bytes=0-18446744073709551615", 0, 1023},
	{"bytes=0-99999999999999999999999", 0, 1023},
	{"BYTES=5-6", 5, 6},
	{"bytes= 5-6", 5, 6},
	{"bytes=1024-", NONE, 0},
	{"bytes=1024-2000", NONE, 0},
	{"bytes=99999999999999999999999-", NONE, 0},
	{"bytes=-0", NONE, 0},
	{"bytes=2-1", WHOLE, 0},
	{"bytes=-", WHOLE, 0},
	{"bytes=", WHOLE, 0},
	{"bytes=a-b", WHOLE, 0},
	{"bytes=1-2x", WHOLE, 0},
	{"bytes=1-2-3", WHOLE, 0},
	{"bytes 1-2", WHOLE, 0},
	{"lines=1-2", WHOLE, 0},
	{"1-2", WHOLE, 0},
};

static void ask(struct support_conn *c, unsigned port, const char *path, const char *fields)
{
	support_conn_open(c, port);
	support_conn_print(
		c, "GET %s HTTP/1.1\r\nHost: test\r\nConnection: close\r\n%s\r\n", path, fields);
	ck_assert(support_conn_read(c, "GET"));
}

static void check(
	const struct support_reply *r, const char *range, size_t size, long first, long last)
{
	char want[64];
	const char *content = support_reply_field(r, "Content-Range");
	int status = first == WHOLE ? 200 : first == NONE ? 416 : 206;
	ck_assert_msg(r->status == status, "%s: %s", range, r->line);
	if (first == WHOLE) {
		ck_assert_msg(!content, "%s: Content-Range: %s", range, content);
		ck_assert_uint_eq(r->body_size, size);
		ck_assert(support_site_is(r->body, size, 0, (unsigned)size));
		return;
	}
	if (first == NONE)
		snprintf(want, sizeof want, "bytes */%zu", size);
	else
		snprintf(want, sizeof want, "bytes %ld-%ld/%zu", first, last, size);
	ck_assert_msg(
		content && strcmp(content, want) == 0, "%s: Content-Range: %s", range, content);
	if (first == NONE)
		return;
	ck_assert_uint_eq(r->body_size, (size_t)(last - first + 1));
	ck_assert_msg(support_site_is(r->body, r->body_size, (size_t)first, (unsigned)size),
		"%s: other bytes", range);
}

START_TEST(sends_the_part)
{
	struct support_server s;
	struct support_conn c;
	char field[128];
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(field, sizeof field, "Range: %s\r\n", cases[i].range);
		ask(&c, s.port, "/f/1024", field);
		check(&c.reply, cases[i].range, 1024, cases[i].first, cases[i].last);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Parts of files that are sent in other ways than small ones. */
START_TEST(sends_parts_of_large_files)
{
	static const long sizes[] = {16385, 131073, 400000};
	struct support_server s;
	struct support_conn c;
	char path[32], range[64], field[80];
	support_server_start(&s, (enum support_model)_i, NULL);
	for (size_t i = 0; i < 3; i++)
		for (long first = 0; first < sizes[i]; first += sizes[i] / 7) {
			long last = first + sizes[i] / 3;
			snprintf(path, sizeof path, "/f/%ld", sizes[i]);
			snprintf(range, sizeof range, "bytes=%ld-%ld", first, last);
			snprintf(field, sizeof field, "Range: %s\r\n", range);
			ask(&c, s.port, path, field);
			check(&c.reply, range, (size_t)sizes[i], first,
				last < sizes[i] ? last : sizes[i] - 1);
			support_conn_close(&c);
		}
	support_server_stop(&s);
}
END_TEST

/* An empty file has no part. */
START_TEST(knows_the_empty_file)
{
	static const struct {
		const char *range;
		int status;
	} empty[] = {{"bytes=0-", 416}, {"bytes=0-0", 416}, {"bytes=-1", 200}};
	struct support_server s;
	struct support_conn c;
	char field[64];
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	for (size_t i = 0; i < 3; i++) {
		snprintf(field, sizeof field, "Range: %s\r\n", empty[i].range);
		ask(&c, s.port, "/f/0", field);
		ck_assert_msg(
			c.reply.status == empty[i].status, "%s: %s", empty[i].range, c.reply.line);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* If-Range: the part only of the file that the client has the rest of. */
START_TEST(looks_at_if_range)
{
	struct support_server s;
	struct support_conn c;
	char tag[64], fields[256];
	support_server_start(&s, (enum support_model)_i, NULL);
	ask(&c, s.port, "/f/1024", "");
	snprintf(tag, sizeof tag, "%s", support_reply_field(&c.reply, "ETag"));
	support_conn_close(&c);
	const struct {
		const char *value;
		int status;
	} conditions[] = {{tag, 206}, {"\"other\"", 200}, {SUPPORT_SITE_DATE, 206},
		{"Sun, 13 Sep 2020 12:26:41 GMT", 200}, {"Sun, 13 Sep 2020 12:26:39 GMT", 200},
		{"nonsense", 200}};
	for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
		snprintf(fields, sizeof fields, "Range: bytes=10-19\r\nIf-Range: %s\r\n",
			conditions[i].value);
		ask(&c, s.port, "/f/1024", fields);
		check(&c.reply, conditions[i].value, 1024, conditions[i].status == 206 ? 10 : WHOLE,
			19);
		support_conn_close(&c);
	}
	snprintf(fields, sizeof fields, "Range: bytes=10-19\r\nIf-Range: W/%s\r\n", tag);
	ask(&c, s.port, "/f/1024", fields);
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

/* Ranges that touch or lie near become one. */
START_TEST(joins_near_ranges)
{
	static const struct {
		const char *range;
		long first, last;
	} joined[] = {{"bytes=0-9,10-19", 0, 19}, {"bytes=0-9, 5-29", 0, 29},
		{"bytes=10-19,0-9", 0, 19}, {"bytes=5-5,5-5", 5, 5}, {"bytes=0-1,2000-", 0, 1},
		{"bytes=,0-1,", 0, 1}};
	struct support_server s;
	struct support_conn c;
	char field[128];
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	for (size_t i = 0; i < sizeof joined / sizeof *joined; i++) {
		snprintf(field, sizeof field, "Range: %s\r\n", joined[i].range);
		ask(&c, s.port, "/f/1024", field);
		check(&c.reply, joined[i].range, 1024, joined[i].first, joined[i].last);
		support_conn_close(&c);
	}
	support_server_stop(&s);
}
END_TEST

/* Neither a thousand ranges nor two Range fields make the server do more work than the whole. */
START_TEST(ignores_abuse)
{
	struct support_server s;
	struct support_conn c;
	static char field[8000] = "Range: bytes=0-0";
	support_server_start(&s, SUPPORT_PREFORK, NULL);
	for (int i = 0; i < 700; i++)
		sprintf(field + strlen(field), ",%d-%d", i % 1000, i % 1000);
	strcat(field, "\r\n");
	ask(&c, s.port, "/f/131073", field);
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert_uint_eq(c.reply.body_size, 131073);
	support_conn_close(&c);
	ask(&c, s.port, "/f/1024", "Range: bytes=0-1\r\nRange: bytes=5-6\r\n");
	ck_assert_int_eq(c.reply.status, 200);
	support_conn_close(&c);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("range", {sends_the_part, SUPPORT_MODELS},
	{sends_parts_of_large_files, SUPPORT_MODELS}, {knows_the_empty_file, 1},
	{looks_at_if_range, SUPPORT_MODELS}, {joins_near_ranges, 1}, {ignores_abuse, 1})
