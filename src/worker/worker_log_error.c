/*
 * worker_log_error - the error log: what lines are about
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none
 *
 * While a connection has its turn, every line of the error log is about its client and its request,
 * whoever writes it: it goes to the log of its host, by the levels of its place in the site.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_log.h"

#include "http/http_uri.h"
#include "os/os_socket.h"

#include <stdio.h>
#include <unistd.h>

/* --- names for requests and connections --- */

/* Scatters neighbours (the end of MurmurHash3). */
static uint64_t scatter(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
	h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 33;
}

size_t worker_log_id(
	const struct worker_conn *c, const struct worker_exchange *x, char to[WORKER_LOG_ID])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	static uint64_t start; /* of this worker, whose pid others may have had before */
	if (!start)
		start = os_clock_us();
	uint64_t id = scatter(start ^ (uint64_t)getpid() << 32) ^ scatter(c->number);
	if (x)
		id ^= scatter(x->started_us + c->served);
	id = scatter(id);
	for (size_t i = 0; i < WORKER_LOG_ID; i++, id >>= 6)
		to[i] = digits[id & 63];
	return WORKER_LOG_ID;
}

/* --- what lines are about --- */

static void where(void *closure, const struct log_sink **sink, const struct log_form **form)
{
	const struct config_host *host = ((const struct worker_conn *)closure)->host;
	if (host->error_log->sink.fd < 0)
		return;
	*sink = &host->error_log->sink;
	*form = host->error_log_form;
}

static const struct log_levels *levels(void *closure)
{
	const struct worker_conn *c = closure;
	const struct config_dir *dir = c->exchange ? c->exchange->call.dir : NULL;
	return dir ? &dir->levels.all : &c->host->dir.levels.all;
}

/* Steps that are traced tell no reason why an answer is what it is. */
static unsigned writes(void *closure, enum log_severity severity)
{
	struct worker_conn *c = closure;
	struct handler_call *call = c->exchange ? &c->exchange->call : NULL;
	unsigned first = c->told ? 0 : LOG_FIRST_OF_CONNECTION;
	c->told = true;
	if (!call)
		return first;
	if (!call->told)
		first |= LOG_FIRST_OF_REQUEST;
	call->told = true;
	call->log_lines += severity <= LOG_INFO;
	return first;
}

static size_t copy(struct text t, char *to, size_t room)
{
	size_t size = t.size < room ? t.size : room;
	if (size)
		memcpy(to, t.at, size);
	return size;
}

/* Who the client is, or with {c} who is connected. */
static size_t put_client(const struct worker_conn *c, const char *argument, char *to, size_t room)
{
	char address[OS_ADDRESS_TEXT];
	const struct os_address *named = c->exchange ? c->exchange->call.client : NULL;
	bool connected = !named || (argument && *argument == 'c');
	return copy(text_of(os_address_format(connected ? &c->from : named, address)), to, room);
}

static size_t put_local(const struct worker_conn *c, char *to, size_t room)
{
	struct os_address here;
	char text[OS_ADDRESS_TEXT];
	if (os_socket_name(c->fd, &here) < 0)
		return 0;
	return copy(text_of(os_address_format(&here, text)), to, room);
}

static size_t put_host(const struct worker_conn *c, char *to, size_t room)
{
	struct text host = {NULL, 0};
	if (c->exchange)
		host = http_uri_host(c->exchange->request.authority, to, room, NULL);
	return host.size ? host.size : copy(text_of(c->host->server_name), to, room);
}

/* %k, and %L with or without {c}. */
static size_t put_number(
	const struct worker_conn *c, char letter, const char *argument, char *to, size_t room)
{
	if (letter == 'k')
		return (size_t)snprintf(to, room, "%u", c->served);
	bool of_connection = argument && (*argument == 'c' || *argument == 'C');
	if (of_connection ? *argument == 'C' && c->exchange : !c->exchange)
		return 0;
	return worker_log_id(c, of_connection ? NULL : c->exchange, to);
}

static size_t field(void *closure, char letter, const char *argument, char *to, size_t room)
{
	const struct worker_conn *c = closure;
	const struct worker_exchange *x = c->exchange;
	const struct http_field *f;
	switch (letter) {
	case 'a':
		return put_client(c, argument, to, room);
	case 'A':
		return put_local(c, to, room);
	case 'e':
		return x ? copy(text_of(handler_env_get(&x->call.env, argument)), to, room) : 0;
	case 'i':
		f = x ? http_request_find(&x->request, text_of(argument), NULL) : NULL;
		return f ? copy(f->value, to, room) : 0;
	case 'k':
	case 'L':
		return put_number(c, letter, argument, to, room);
	case 'v':
		return copy(text_of(c->host->server_name), to, room);
	case 'V':
		return put_host(c, to, room);
	default: /* %n: there are no notes */
		return 0;
	}
}

void worker_log_about(struct worker_conn *c)
{
	static struct log_about about = {
		.where = where, .levels = levels, .field = field, .writes = writes};
	about.closure = c;
	log_about(c ? &about : NULL);
}
