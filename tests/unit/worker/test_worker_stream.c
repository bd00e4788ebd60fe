/*
 * test_worker_stream - an answer out of a pipe, in a coding that finds no memory once
 *
 * Runs in:  a test program
 * Owns:     one worker, its client and the pipe
 * Errors:   ck_assert
 *
 * The coder is this program's own, in place of the one of the library.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/worker/rig.h"

#include "http/http_coder.h"

struct http_coder {
	unsigned puts, fails_at; /* the first is 1; 0: never */
};

struct http_coder *http_coder_new(enum http_coding coding, int level)
{
	(void)coding;
	(void)level;
	return NULL;
}

bool http_coder_put(
	struct http_coder *coder, struct text from, enum http_coder_step step, struct buffer *to)
{
	(void)step;
	buffer_text(to, from);
	return ++coder->puts != coder->fails_at;
}

void http_coder_free(struct http_coder *coder)
{
	(void)coder;
}

static void begin(struct rig_client *c, int pipe, struct http_coder *coder)
{
	static const char raw[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
	rig_connect(c);
	struct worker_exchange *x = c->conn.exchange = worker_lend_exchange(&rig.w);
	ck_assert_ptr_nonnull(x);
	ck_assert_int_eq(http_request_read(&x->request, raw, sizeof raw - 1, &rig.w.limits), 0);
	x->response.status = 200;
	x->response.kind = HTTP_BODY_PIPE;
	x->response.fd = pipe;
	x->response.coder = coder;
	buffer_string(&rig.w.out, "head ");
	worker_stream_begin(&rig.w, x);
	rig.w.input = &c->conn.in;
}

/* Whichever piece it is: nobody takes what came for all there is. */
START_TEST(no_hole_is_hidden)
{
	enum { PUTS = 4 /* "one", a flush, "two", the end */ };
	for (unsigned at = 0; at <= PUTS; at++) {
		struct http_coder coder = {.fails_at = at};
		struct rig_client c;
		int ends[2];
		rig_open("");
		ck_assert_int_eq(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
		begin(&c, ends[0], &coder);
		ck_assert_int_eq(write(ends[1], "one", 3), 3);
		worker_stream_step(&rig.w, &c.conn);
		ck_assert_int_eq(c.conn.broken, at == 1 || at == 2);
		ck_assert_int_eq(write(ends[1], "two", 3), 3);
		close(ends[1]);
		if (!c.conn.broken)
			worker_stream_step(&rig.w, &c.conn);
		ck_assert_int_eq(c.conn.broken, at != 0);
		rig_receive(&c);
		struct text got = buffer_view(&c.got);
		ck_assert_uint_eq(rig_count(got, "0\r\n\r\n"), at == 0);
		if (at == 0)
			ck_assert(text_equal(got, TEXT("head 3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")));
		buffer_clear(&rig.w.out); /* as it ends */
		rig_end_conn(&c);
		rig_hang_up(&c);
		buffer_free(&rig.w.coded);
		rig_close();
	}
}
END_TEST

UNIT_MAIN("worker_stream", no_hole_is_hidden)
