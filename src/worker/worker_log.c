/*
 * worker_log - the access log
 *
 * Runs in:  worker; lines of one turn go out in one write(2), so those of many workers never mix
 *           within a line (O_APPEND)
 * Owns:     one buffer for each CustomLog
 * Errors:   what cannot be written is lost, and said so in the error log once a second
 *
 * A format was compiled into steps when the configuration was read; a line is one walk over them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include "http/http_uri.h"
#include "os/os_file.h"
#include "os/os_socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct line {
	struct worker *w;
	const struct worker_conn *c;
	const struct worker_exchange *x;
	const struct config_log_step *step;
	struct buffer *to;
};

int worker_log_open(struct worker *w)
{
	w->logs = calloc(w->config->log_count + 1, sizeof *w->logs);
	return w->logs ? 0 : -1;
}

void worker_log_flush(struct worker *w)
{
	for (size_t i = 0; i < w->config->log_count; i++) {
		struct buffer *b = &w->logs[i];
		if (!b->size)
			continue;
		static struct log_throttle throttle;
		if (os_file_write(w->config->logs[i]->fd, b->data, b->size) < 0 &&
			log_once_a_second(&throttle))
			log_error("cannot write the log %s: %m", w->config->logs[i]->path);
		buffer_clear(b);
	}
}

/* A client chose these bytes: quotes, backslashes and what does not print are escaped as Apache
 * does (ap_escape_logitem), so that no line can be forged. */
static void put_escaped(struct buffer *to, struct text t)
{
	static const char hex[] = "0123456789abcdef";
	size_t plain = 0;
	for (size_t i = 0; i < t.size; i++) {
		unsigned char ch = (unsigned char)t.at[i];
		if (ch >= ' ' && ch < 0x7f && ch != '"' && ch != '\\')
			continue;
		buffer_append(to, t.at + plain, i - plain);
		plain = i + 1;
		char escape[4] = {'\\', 'x', hex[ch >> 4], hex[ch & 15]};
		const char *letter = ch ? strchr("\"\"\\\\\bb\nn\rr\tt\vv", ch) : NULL;
		if (letter) {
			escape[1] = letter[1];
			buffer_append(to, escape, 2);
		} else {
			buffer_append(to, escape, 4);
		}
	}
	buffer_append(to, t.at + plain, t.size - plain);
}

static void put_or_dash(struct buffer *to, struct text t)
{
	if (t.size)
		put_escaped(to, t);
	else
		buffer_append(to, "-", 1);
}

static int status_of(const struct worker_exchange *x)
{
	return x->cached ? 200 : x->response.status;
}

static void put_address(struct buffer *to, const struct os_address *address)
{
	char text[OS_ADDRESS_TEXT];
	buffer_string(to, os_address_host(address, text));
}

/* The client's address rarely changes from line to line, and writing it out costs. */
static void put_client(struct buffer *to, const struct os_address *from)
{
	static struct os_address last;
	static char text[OS_ADDRESS_TEXT];
	if (!last.size || !os_address_equal(&last, from) || !*text) {
		last = *from;
		os_address_host(from, text);
	}
	buffer_string(to, text);
}

static void put_local(struct line *l, bool port)
{
	struct os_address here;
	if (os_socket_name(l->c->fd, &here) < 0)
		buffer_append(l->to, "-", 1);
	else if (port)
		buffer_number(l->to, os_address_port(&here));
	else
		put_address(l->to, &here);
}

/* "[21/Nov/2026:07:10:02 +0000]", made once a second. */
static void put_time(struct buffer *to, time_t now, const char *format)
{
	static char text[64];
	static time_t made = -1;
	char own[256];
	struct tm tm;
	if (format) {
		localtime_r(&now, &tm);
		buffer_append(to, own, strftime(own, sizeof own, format, &tm));
		return;
	}
	if (made != now) {
		localtime_r(&now, &tm);
		strftime(text, sizeof text, "[%d/%b/%Y:%H:%M:%S %z]", &tm);
		made = now;
	}
	buffer_string(to, text);
}

static void put_took(struct line *l)
{
	uint64_t us = os_clock_us() - l->x->started_us;
	const char *unit = l->step->text;
	if (l->step->op == CONFIG_LOG_MICROSECONDS || (unit && strcmp(unit, "us") == 0))
		buffer_number(l->to, us);
	else
		buffer_number(l->to, unit && strcmp(unit, "ms") == 0 ? us / 1000 : us / 1000000);
}

static void put_request_field(struct line *l)
{
	const struct http_field *f =
		http_request_find(&l->x->request, text_from(l->step->text, l->step->size), NULL);
	if (f)
		put_escaped(l->to, f->value);
	else
		buffer_append(l->to, "-", 1);
}

/* The value of a field in the text of head lines. */
static struct text find_line(struct text lines, struct text name)
{
	while (lines.at) {
		struct text value = text_split(&lines, '\n');
		struct text key = text_split(&value, ':');
		if (value.at && text_equal_nocase(key, name)) {
			if (value.size && value.at[value.size - 1] == '\r')
				value.size--;
			return text_trim(value);
		}
	}
	return (struct text){NULL, 0};
}

/* A head that was not kept is written once more: few formats ask for its fields. */
static void put_response_field(struct line *l)
{
	struct text name = text_from(l->step->text, l->step->size);
	if (l->x->cached) {
		put_or_dash(l->to, find_line(l->x->cached->head, name));
		return;
	}
	struct buffer head = BUFFER_INIT;
	http_response_head(
		&l->x->response, &l->x->request, l->w->date, l->w->server, &head, NULL, NULL);
	put_or_dash(l->to, find_line(buffer_view(&head), name));
	buffer_free(&head);
}

static void put_filename(struct line *l)
{
	put_escaped(l->to, text_of(l->x->call.host->document_root));
	put_escaped(l->to, l->x->cached ? l->x->cached->name : l->x->request.path);
}

/* Decoded, as the configuration sees it; what cannot be decoded is logged as it came. */
static void put_path(struct line *l)
{
	struct text raw = l->x->request.path;
	char decoded[raw.size + 2];
	size_t size;
	if (http_uri_path(raw, HTTP_URI_SLASHES_ON, decoded, sizeof decoded, &size) == 0 &&
		raw.size)
		put_escaped(l->to, text_from(decoded, size));
	else
		put_or_dash(l->to, raw);
}

static void put_host(struct line *l)
{
	struct text host = l->x->request.authority;
	if (!host.size)
		host = text_of(l->x->call.host->server_name);
	put_or_dash(l->to, host);
}

static void put_protocol(struct line *l)
{
	buffer_string(l->to, l->x->request.minor ? "HTTP/1.1" : "HTTP/1.0");
}

static void put_port(struct line *l)
{
	const char *which = l->step->text;
	if (which && strcmp(which, "remote") == 0)
		buffer_number(l->to, os_address_port(&l->c->from));
	else
		put_local(l, true);
}

static void put_body_size(struct line *l, bool dash)
{
	if (dash && !l->x->body_size)
		buffer_append(l->to, "-", 1);
	else
		buffer_number(l->to, l->x->body_size);
}

static void put_connection(struct line *l)
{
	buffer_append(l->to, l->c->broken ? "X" : l->x->keep ? "+" : "-", 1);
}

static void put_step(struct line *l)
{
	const struct http_request *rq = &l->x->request;
	switch (l->step->op) {
	case CONFIG_LOG_LITERAL:
		buffer_append(l->to, l->step->text, l->step->size);
		break;
	case CONFIG_LOG_REMOTE_ADDRESS:
	case CONFIG_LOG_REMOTE_HOST:
		put_client(l->to, &l->c->from);
		break;
	case CONFIG_LOG_LOCAL_ADDRESS:
		put_local(l, false);
		break;
	case CONFIG_LOG_BYTES:
	case CONFIG_LOG_BYTES_OR_DASH:
		put_body_size(l, l->step->op == CONFIG_LOG_BYTES_OR_DASH);
		break;
	case CONFIG_LOG_MICROSECONDS:
	case CONFIG_LOG_SECONDS:
		put_took(l);
		break;
	case CONFIG_LOG_FILENAME:
		put_filename(l);
		break;
	case CONFIG_LOG_PROTOCOL:
		put_protocol(l);
		break;
	case CONFIG_LOG_REQUEST_FIELD:
		put_request_field(l);
		break;
	case CONFIG_LOG_BYTES_IN:
		buffer_number(l->to, rq->head_size + l->x->body_skipped);
		break;
	case CONFIG_LOG_KEPT:
		buffer_number(l->to, l->c->served);
		break;
	case CONFIG_LOG_IDENT:
	case CONFIG_LOG_USER:
		buffer_append(l->to, "-", 1);
		break;
	case CONFIG_LOG_METHOD:
		put_or_dash(l->to, rq->method_name);
		break;
	case CONFIG_LOG_RESPONSE_FIELD:
		put_response_field(l);
		break;
	case CONFIG_LOG_BYTES_OUT:
		buffer_number(l->to, l->x->head_size + l->x->body_size);
		break;
	case CONFIG_LOG_PORT:
		put_port(l);
		break;
	case CONFIG_LOG_PID:
		buffer_number(l->to, (unsigned)getpid());
		break;
	case CONFIG_LOG_QUERY:
		if (rq->query.at) {
			buffer_append(l->to, "?", 1);
			put_escaped(l->to, rq->query);
		}
		break;
	case CONFIG_LOG_REQUEST_LINE:
		put_or_dash(l->to, rq->line);
		break;
	case CONFIG_LOG_STATUS:
		buffer_number(l->to, (unsigned)status_of(l->x));
		break;
	case CONFIG_LOG_TIME:
		put_time(l->to, l->w->now, l->step->text);
		break;
	case CONFIG_LOG_PATH:
		put_path(l);
		break;
	case CONFIG_LOG_SERVER_NAME:
		put_or_dash(l->to, text_of(l->x->call.host->server_name));
		break;
	case CONFIG_LOG_HOST:
		put_host(l);
		break;
	case CONFIG_LOG_CONNECTION:
		put_connection(l);
		break;
	}
}

void worker_log_request(
	struct worker *w, const struct worker_conn *c, const struct worker_exchange *x)
{
	char client[OS_ADDRESS_TEXT];
	if (x->refused && log_wants(LOG_AREA, LOG_INFO))
		log_info("client %s: %s (%d)", os_address_format(&c->from, client),
			x->request.why ? x->request.why : "refused", x->refused);
	for (size_t i = 0; i < x->call.host->log_count; i++) {
		const struct config_log *log = x->call.host->logs[i];
		const struct config_log_format *format = log->format;
		struct line line = {.w = w, .c = c, .x = x, .to = &w->logs[log->index]};
		for (size_t s = 0; s < format->count; s++) {
			line.step = &format->steps[s];
			put_step(&line);
		}
		buffer_append(line.to, "\n", 1);
	}
}
