/*
 * handler_cgi - a program (RFC 3875)
 *
 * Runs in:  worker
 * Owns:     the program, until its answer is out; then handler_cgi_process does
 * Errors:   500 for a program that does not speak CGI, 504 for one that says nothing for too long,
 *           503 for one that cannot be started or dies with its starter; the answer of one that is
 *           killed is broken off; the error log says which and why
 *
 * The program is fed while it talks. Its head becomes that of the response; what follows goes to
 * the client straight from the pipe (HTTP_BODY_PIPE).
 *
 * Most programs end a moment after they have begun, and with their answer. So while it is young
 * nobody is woken by what it says on its standard error, and a short answer waits for its end: then
 * its length is known, and it goes out in one piece.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "cgi"
#include "handler/handler_cgi_env.h"
#include "handler/handler_cgi_file.h"
#include "handler/handler_cgi_head.h"
#include "handler/handler_cgi_process.h"

#include "base/assert.h"
#include "base/log.h"
#include "http/http_uri.h"
#include "os/os_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEAD_MOST = 64 * 1024, /* bytes of a head */
	PIECE = 64 * 1024,
	YOUNG_MS = 10,
	SHORT = 8192,   /* bytes of an answer */
	WORD_MS = 1000, /* so long after its output its end is waited for */
	LOOK_MS = 2000, /* so often a program that says nothing is looked at */
	IN = 0,         /* places in later.fds, by the number of the stream */
	OUT = 1,
	ERR = 2
};

struct cgi {
	struct handler_cgi_process *process;
	const char *file;
	struct buffer got; /* of its output: the head, and what came with it */
	bool nph;          /* its output goes to the client as it is */
	bool ended;        /* its output has */
	bool headed;       /* the response has been made from its head */
	bool failed;
	bool orphan;       /* its starter has died */
	bool fed;          /* a body, or a part of one, which is not there twice */
	bool again;        /* it was asked for once more */
	bool young;        /* for YOUNG_MS */
	uint64_t asked_ms; /* when it was first wanted */
	uint64_t ended_ms; /* when its output had ended, and nobody knew yet how; or 0 */
};

int handler_cgi_choose(struct handler_call *call)
{
	call->takes_body = true;
	call->personal = true;
	return 0;
}

/* --- its input --- */

static int input_of(const struct handler_call *call)
{
	const struct handler_body *body = &call->input;
	if (body->left == 0)
		return MP_DEVNULL;
	if (body->fd >= 0 && lseek(body->fd, 0, SEEK_SET) == 0)
		return body->fd;
	return MP_PIPE;
}

static void close_input(struct handler_call *call, struct cgi *cgi)
{
	call->later.fds[IN].fd = -1;
	mp_subprocess_close_stream(cgi->process->program, IN);
}

/* As much of the body as it takes. One that reads no more has had what it wanted. */
static void feed(struct handler_call *call, struct cgi *cgi)
{
	struct handler_body *body = &call->input;
	int fd = mp_subprocess_stdin_fileno(cgi->process->program);
	if (fd < 0)
		return;
	bool full = false;
	while (body->here.size && !full) {
		ssize_t n = write(fd, body->here.at, body->here.size);
		full = n < 0 && errno == EAGAIN;
		if (n < 0 && !full && errno != EINTR) {
			call->takes_body = false;
			close_input(call, cgi);
			return;
		}
		if (n > 0) {
			body->here = text_from(body->here.at + n, body->here.size - (size_t)n);
			body->left -= (uint64_t)n;
		}
	}
	if (!body->left)
		close_input(call, cgi);
	else
		call->later.fds[IN] = (struct pollfd){full ? fd : -1, POLLOUT, 0};
}

/* --- the start --- */

/* EPIPE, ECONNRESET: who starts programs has just died, and another one takes its place. */
static int not_started(struct handler_call *call, const struct cgi *cgi, int why)
{
	static const int soon[] = {EAGAIN, ENOMEM, EMFILE, ENFILE, EPIPE, ECONNRESET, ETOOMANYREFS};
	handler_cgi_complain(call, "couldn't create child process: %d: %s: %s", why,
		basename(cgi->file), strerror(why));
	for (size_t i = 0; i < COUNT_OF(soon); i++)
		if (why == soon[i])
			return 503;
	return 500;
}

/* The program, or until it can be asked for the starter. No pipe can be written to at the end where
 * it is read. But its hang-up counts as both for libev, which would tell the kernel anew that it
 * wants but one. */
static void watch(struct handler_call *call, const struct cgi *cgi)
{
	enum { BOTH = POLLIN | POLLOUT };
	struct mp_subprocess *program = cgi->process ? cgi->process->program : NULL;
	int out = program ? mp_subprocess_stdout_fileno(program) : handler_cgi_process_starter();
	struct pollfd *fds = call->later.fds;
	fds[IN] = fds[ERR] = (struct pollfd){-1, BOTH, 0};
	fds[OUT] = (struct pollfd){out, program ? BOTH : POLLOUT, 0};
}

/* HANDLER_LATER: it was asked for, or will be when its starter has room (cgi->process is NULL). */
static int start(struct handler_call *call, struct cgi *cgi)
{
	unsigned most = call->later.patience_ms;
	cgi->process = NULL;
	if (handler_cgi_process_may_ask()) {
		const char *const *env = handler_cgi_env_of(call);
		if (!env)
			return 500;
		cgi->process =
			handler_cgi_process_start(cgi->file, env, input_of(call), &call->dir->cgi);
		if (!cgi->process && errno != EAGAIN)
			return not_started(call, cgi, errno);
	}
	cgi->young = cgi->process;
	call->later.deadline_ms = cgi->young ? os_clock_ms() + YOUNG_MS
				  : most     ? cgi->asked_ms + most
					     : 0;
	watch(call, cgi);
	if (cgi->process) {
		handler_cgi_client(call, cgi->process->said.client);
		cgi->fed = call->input.left > 0;
		feed(call, cgi);
	}
	return HANDLER_LATER;
}

/* --- its head --- */

/* A path of this site in place of the program's answer (RFC 3875 6.2.2). */
static int go_elsewhere(struct handler_call *call, struct text location)
{
	struct text query = location, raw = text_split(&query, '?');
	char *path = arena_take(call->arena, raw.size + 2);
	size_t size;
	if (!path)
		return 500;
	int status = http_uri_path(raw, HTTP_URI_SLASHES_ON, path, raw.size + 2, &size);
	if (status) {
		handler_cgi_complain(
			call, "the script's Location is no path: %.*s", TEXT_ARGS(location));
		return 500;
	}
	if (query.at && !(query.at = arena_text(call->arena, query)))
		return 500;
	if (!handler_cgi_env_keep(call) || !handler_redirected(call, 200) ||
		!handler_errand(call) || handler_go_to(call, text_from(path, size)))
		return 500;
	call->query = query;
	return HANDLER_AGAIN;
}

/* What follows the head, and what is still in the pipe. */
static void take_body(struct handler_call *call, struct cgi *cgi, struct text first,
	const struct handler_cgi_head *said)
{
	struct http_response *r = call->response;
	bool none = r->status == 205; /* which has no content (RFC 9110 15.3.6) */
	/* What it printed for HEAD is not what it would print for GET. */
	bool all = cgi->ended && !cgi->failed;
	bool whole = all && !cgi->nph && call->request->method != HTTP_METHOD_HEAD;
	r->kind = HTTP_BODY_PIPE;
	r->raw = cgi->nph;
	r->view = (struct text){NULL, 0};
	buffer_clear(&r->bytes);
	buffer_text(&r->bytes, none ? TEXT("") : first);
	r->length_known = said->length_known || whole || none;
	r->length = none ? 0 : said->length_known ? said->length : first.size;
	r->fd = all || none ? -1 : mp_subprocess_stdout_fileno(cgi->process->program);
	r->fd_shared = true;
	call->later.fds[OUT].fd = -1;
	cgi->headed = true;
	buffer_free(&cgi->got);
}

static int fail(struct cgi *cgi, int status)
{
	cgi->failed = true;
	return status;
}

/* Of the first `size` bytes of its output. */
static bool read_fields(
	struct handler_call *call, struct cgi *cgi, size_t size, struct handler_cgi_head *said)
{
	struct text bad = TEXT("");
	call->said_from = call->said_to = call->response->fields.size;
	if (handler_cgi_head_read(text_from(cgi->got.data, size), call, said, &bad)) {
		call->said_to = call->response->fields.size;
		return true;
	}
	handler_cgi_complain(call, "malformed header from script '%s': Bad header: %.*s",
		basename(cgi->file), (int)(bad.size < 80 ? bad.size : 80), bad.at);
	return false;
}

/* What came before its end was no head either. */
static bool is_malformed(struct handler_call *call, struct cgi *cgi)
{
	struct handler_cgi_head said;
	return cgi->got.size && !read_fields(call, cgi, cgi->got.size, &said);
}

static int take_head(struct handler_call *call, struct cgi *cgi, size_t size)
{
	struct http_response *r = call->response;
	struct text all = buffer_view(&cgi->got);
	struct handler_cgi_head said;
	if (!read_fields(call, cgi, size, &said))
		return fail(cgi, 500);
	bool here = said.location.size && said.location.at[0] == '/';
	bool leads = said.location.at && (!said.status || said.status == 200);
	if (leads)
		handler_cgi_head_forget_content(call);
	if (leads && here)
		return go_elsewhere(call, said.location);
	if (said.location.at)
		http_response_field(r, TEXT("Location"), said.location);
	if (leads)
		return 302;
	if (said.status && said.status < 200) {
		handler_cgi_complain(call, "the script '%s' said the status %d",
			basename(cgi->file), said.status);
		return fail(cgi, 500);
	}
	r->status = said.status ? said.status : 200;
	bool whole = cgi->ended && !cgi->failed && call->request->method != HTTP_METHOD_HEAD;
	uint64_t length = said.length_known ? said.length : whole ? all.size - size : UINT64_MAX;
	size_t fields = r->fields.size;
	int status = handler_offer_codings(call, length); /* the tag is that of the coding */
	if (!status)
		status = handler_cgi_head_compare(call);
	if (status) { /* 412: its page is in no coding */
		r->fields.size = fields;
		handler_cgi_head_forget_content(call);
		return status;
	}
	if (said.status) /* an ErrorDocument that says what it is */
		call->error = 0;
	take_body(call, cgi, text_from(all.at + size, all.size - size), &said);
	return 0;
}

/* What a starter left unread when it died is asked of the one that takes its place, unless a body
 * went with it. What it had taken may have run. */
static int ask_again(struct handler_call *call, struct cgi *cgi, int why)
{
	struct handler_cgi_process *lost = cgi->process;
	if (why != ECONNRESET || cgi->again || cgi->fed)
		return fail(cgi, not_started(call, cgi, why));
	handler_cgi_process_leave(lost, true, os_clock_ms());
	cgi->again = true;
	cgi->ended = false;
	call->ended++; /* the next pipe may have the number of the last */
	return start(call, cgi);
}

static bool is_small(const struct cgi *cgi)
{
	return cgi->young && cgi->got.size <= SHORT;
}

/* Its output has ended, and how it has is told in a moment. One that is not over then has closed
 * its output itself. */
static enum handler_whole await_word(struct handler_call *call, struct cgi *cgi)
{
	uint64_t now = os_clock_ms();
	cgi->ended_ms = cgi->ended_ms ? cgi->ended_ms : now;
	cgi->ended = true;
	int word = mp_subprocess_sentinel(cgi->process->program);
	call->later.deadline_ms = cgi->ended_ms + WORD_MS;
	call->later.fds[OUT] = (struct pollfd){word, POLLIN, 0};
	return now < call->later.deadline_ms ? HANDLER_UNTOLD : HANDLER_ALL;
}

/* Not what one said that was killed, or whose starter died and it with him: nobody knows what else
 * it had to say. A young one's word is not waited for: it costs a small program a twentieth. */
static enum handler_whole is_whole(struct handler_call *call)
{
	struct cgi *cgi = call->later.own;
	struct mp_subprocess *program = cgi->process->program;
	char why[40] = "what starts programs has died";
	int code;
	if (mp_subprocess_poll(program) == 0)
		return cgi->headed || !is_small(cgi) ? await_word(call, cgi) : HANDLER_ALL;
	if (!mp_subprocess_returncode(program, &code) || code >= 0)
		return HANDLER_ALL;
	cgi->orphan = code == MP_EXITCODE_UNKNOWN;
	if (!cgi->orphan)
		snprintf(why, sizeof why, "it was killed by signal %d", -code);
	if (!cgi->failed) /* it is asked twice */
		handler_cgi_complain(
			call, "the script '%s' was broken off: %s", basename(cgi->file), why);
	cgi->failed = true;
	return HANDLER_PART;
}

/* Until its head is whole. HANDLER_LATER: it is not yet. */
static int read_head(struct handler_call *call, struct cgi *cgi)
{
	int fd = mp_subprocess_stdout_fileno(cgi->process->program);
	while (!cgi->ended && cgi->got.size < HEAD_MOST) {
		char *to = buffer_reserve(&cgi->got, PIECE);
		ssize_t n = to ? read(fd, to, PIECE) : 0;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		cgi->ended = n <= 0;
		if (n > 0)
			buffer_grew(&cgi->got, (size_t)n);
	}
	if (cgi->nph && cgi->got.size) {
		take_body(
			call, cgi, buffer_view(&cgi->got), &(struct handler_cgi_head){.status = 0});
		return 0;
	}
	if (cgi->ended && !cgi->got.size && mp_subprocess_started(cgi->process->program) < 0)
		return ask_again(call, cgi, errno);
	enum handler_whole whole = cgi->ended ? is_whole(call) : HANDLER_ALL;
	if (whole == HANDLER_UNTOLD)
		return HANDLER_LATER;
	if (whole == HANDLER_PART && cgi->orphan)
		return fail(cgi, 503);
	size_t size = handler_cgi_head_size(buffer_view(&cgi->got));
	bool may_end = is_small(cgi) && !cgi->ended && !call->input.left;
	if (size && size <= HEAD_MOST)
		return may_end ? HANDLER_LATER : take_head(call, cgi, size);
	if (cgi->got.size >= HEAD_MOST) {
		handler_cgi_complain(
			call, "the header of the script '%s' has no end", basename(cgi->file));
		return fail(cgi, 500);
	}
	if (cgi->ended && !is_malformed(call, cgi))
		handler_cgi_complain(
			call, "End of script output before headers: %s", basename(cgi->file));
	return cgi->ended ? fail(cgi, 500) : HANDLER_LATER;
}

/* --- time --- */

/* To be asked of one that has ended: its last words are in the pipe then, or its end. */
static bool is_held_open(const struct cgi *cgi)
{
	struct pollfd look = {mp_subprocess_stdout_fileno(cgi->process->program), POLLIN, 0};
	return poll(&look, 1, 0) == 0;
}

/* It has ended, be it after the last look, and something it has started still holds its output. */
static int leave_output(struct handler_call *call, struct cgi *cgi)
{
	handler_cgi_complain(call,
		"the script '%s' has ended, but a process it started keeps its output open; "
		"what that says is lost",
		basename(cgi->file));
	call->later.over = true;
	return cgi->headed ? 0 : fail(cgi, 500);
}

static int time_is_over(struct handler_call *call, struct cgi *cgi)
{
	if (cgi->headed)
		handler_cgi_complain(
			call, "Timeout waiting for output from CGI script %s", cgi->file);
	else
		handler_cgi_complain(
			call, "Script timed out before returning headers: %s", basename(cgi->file));
	return fail(cgi, 504);
}

/* For its starter. That others are started meanwhile does not make it shorter. */
static bool waits_too_long(const struct handler_call *call, const struct cgi *cgi)
{
	unsigned most = call->later.patience_ms;
	return call->later.late || (most && os_clock_ms() - cgi->asked_ms >= most);
}

/* --- the handler --- */

static int proceed(struct handler_call *call)
{
	struct cgi *cgi = call->later.own;
	if (!cgi->process)
		return waits_too_long(call, cgi) ? time_is_over(call, cgi) : start(call, cgi);
	struct handler_cgi_said *said = &cgi->process->said;
	uint64_t now = os_clock_ms();
	bool due = now >= call->later.deadline_ms, look = (due && !cgi->young) || call->later.late;
	if (due) {
		cgi->young = false;
		call->later.deadline_ms = now + LOOK_MS;
		call->later.fds[ERR].fd = said->fd;
	}
	feed(call, cgi);
	if (!cgi->young && !handler_cgi_said_more(said))
		call->later.fds[ERR].fd = -1;
	bool headed = cgi->headed;
	int status = cgi->headed ? 0 : read_head(call, cgi);
	if ((!cgi->headed && status != HANDLER_LATER) || !cgi->process)
		return status;
	if (look && !cgi->ended && mp_subprocess_poll(cgi->process->program) && is_held_open(cgi))
		return leave_output(call, cgi);
	if (call->later.late && (status == HANDLER_LATER || headed))
		return time_is_over(call, cgi);
	return status;
}

/* A page that says what went wrong may be a program, too. */
static int go_on(struct handler_call *call)
{
	int status = proceed(call);
	return status > 0 && !handler_cgi_env_keep(call) ? 500 : status;
}

static void end(struct handler_call *call)
{
	struct cgi *cgi = call->later.own;
	enum handler_outcome outcome = call->later.outcome;
	bool unwanted = outcome == HANDLER_GONE || cgi->failed;
	buffer_free(&cgi->got);
	if (!cgi->process)
		return;
	if (cgi->ended)
		mp_subprocess_close_stream(cgi->process->program, OUT);
	if (outcome == HANDLER_SHORT && !cgi->failed)
		handler_cgi_complain(call, "the script '%s' printed less than its Content-Length",
			basename(cgi->file));
	if (outcome == HANDLER_LONG)
		handler_cgi_complain(call, "the script '%s' printed more than its Content-Length",
			basename(cgi->file));
	if (call->response->fd_shared && call->response->kind == HTTP_BODY_PIPE)
		call->response->fd = -1;
	/* The names it is logged by live no longer than this request. */
	handler_cgi_process_leave(cgi->process, unwanted, os_clock_ms());
}

int handler_cgi(struct handler_call *call)
{
	int status = handler_cgi_file(call);
	if (status)
		return status;
	struct cgi *cgi = arena_take(call->arena, sizeof *cgi);
	if (!cgi)
		return 500;
	cgi->asked_ms = os_clock_ms();
	cgi->nph = strncmp(basename(call->file.data), "nph-", 4) == 0;
	cgi->file = arena_text(call->arena, buffer_view(&call->file));
	if (!cgi->file)
		return 500;
	if (call->fd >= 0)
		close(call->fd);
	call->fd = -1;
	unsigned patience = call->dir->cgi.script_timeout_ms;
	call->later = (struct handler_later){.go_on = go_on,
		.whole = is_whole,
		.end = end,
		.own = cgi,
		.patience_ms = patience ? patience : call->host->timeout_ms};
	return start(call, cgi);
}
