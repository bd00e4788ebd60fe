/*
 * worker_log_field - the letters of LogFormat
 *
 * Runs in:  worker
 * Owns:     the last client's address, written out
 * Errors:   none
 *
 * One function for each row of config/log_fields.def. What has no value is a dash, as in Apache.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_log.h"

#include "handler/handler_name.h"
#include "handler/handler_world.h"
#include "http/http_uri.h"
#include "os/os_socket.h"

#include <unistd.h>

/* --- writing --- */

/* Bytes that stand for themselves in a line. */
static const bool plain[256] = {[' ' ... '!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

static void put_escape(struct buffer *to, unsigned char byte)
{
	static const char hex[] = "0123456789abcdef";
	char escape[4] = {'\\', 'x', hex[byte >> 4], hex[byte & 15]};
	const char *letter = byte ? strchr("\"\"\\\\\bb\nn\rr\tt\vv", byte) : NULL;
	if (letter)
		escape[1] = letter[1];
	buffer_append(to, escape, letter ? 2 : 4);
}

/* A client chose these bytes: quotes, backslashes and what does not print are escaped as Apache
 * does (ap_escape_logitem), so that no line can be forged. */
static void put_escaped(struct buffer *to, struct text t)
{
	size_t done = 0;
	for (size_t i = 0; i < t.size; i++) {
		if (plain[(unsigned char)t.at[i]])
			continue;
		buffer_append(to, t.at + done, i - done);
		put_escape(to, (unsigned char)t.at[i]);
		done = i + 1;
	}
	buffer_append(to, t.at + done, t.size - done);
}

static void put_dash(struct worker_log_line *l)
{
	buffer_append(l->to, "-", 1);
}

static void put_or_dash(struct worker_log_line *l, struct text t)
{
	if (t.size)
		put_escaped(l->to, t);
	else
		put_dash(l);
}

static void put_string(struct worker_log_line *l, const char *string)
{
	if (string)
		put_escaped(l->to, text_of(string));
	else
		put_dash(l);
}

/* --- the connection --- */

/* Who the client is, or where nobody knows, who is connected. */
static const struct os_address *client_of(const struct worker_log_line *l)
{
	return l->x->call.client ? l->x->call.client : &l->c->from;
}

/* The client's address rarely changes from line to line, and writing it out costs. */
static void put_client(struct worker_log_line *l)
{
	static struct os_address last;
	static char text[OS_ADDRESS_TEXT];
	static size_t size;
	const struct os_address *from = l->step->form == 1 ? &l->c->from : client_of(l);
	if (!size || !os_address_equal(&last, from)) {
		last = *from;
		size = strlen(os_address_host(&last, text));
	}
	buffer_append(l->to, text, size);
}

static void put_client_name(struct worker_log_line *l)
{
	const char *name = handler_name_known(&l->x->call);
	if (name)
		put_string(l, name);
	else
		put_client(l);
}

static void put_local_address(struct worker_log_line *l)
{
	struct os_address here;
	char text[OS_ADDRESS_TEXT];
	put_string(l, os_socket_name(l->c->fd, &here) < 0 ? NULL : os_address_host(&here, text));
}

/* The host's own port as in Apache: ServerName says it, else its <VirtualHost>, else it is 80. */
static unsigned canonical_port(const struct worker_log_line *l)
{
	unsigned port = l->x->call.host->server_port;
	return port ? port : 80;
}

/* Its words are canonical, local and remote. */
static void put_port(struct worker_log_line *l)
{
	struct os_address here;
	if (l->step->form < 2)
		buffer_number(l->to, canonical_port(l));
	else if (l->step->form == 3)
		buffer_number(l->to, os_address_port(client_of(l)));
	else if (os_socket_name(l->c->fd, &here) < 0)
		put_dash(l);
	else
		buffer_number(l->to, os_address_port(&here));
}

static void put_kept(struct worker_log_line *l)
{
	buffer_number(l->to, l->c->served);
}

static void put_connection(struct worker_log_line *l)
{
	buffer_append(l->to, l->c->broken ? "X" : l->x->keep ? "+" : "-", 1);
}

/* Its words are pid, tid and hextid; a worker has no threads. */
static void put_pid(struct worker_log_line *l)
{
	if (l->step->form == 3)
		buffer_printf(l->to, "%x", (unsigned)getpid());
	else
		buffer_number(l->to, (unsigned)getpid());
}

static void put_id(struct worker_log_line *l)
{
	char id[WORKER_LOG_ID];
	bool of_connection = l->step->form == 1;
	if (of_connection || l->x->call.told)
		buffer_append(l->to, id, worker_log_id(l->c, of_connection ? NULL : l->x, id));
	else
		put_dash(l);
}

/* --- the request --- */

/* All lines of the field as one, as Apache has them. */
static void put_request_field(struct worker_log_line *l)
{
	const struct http_request *rq = &l->x->request;
	struct text name = text_from(l->step->text, l->step->size);
	const struct http_field *f = http_request_find(rq, name, NULL);
	if (!f)
		put_dash(l);
	for (bool first = true; f; f = http_request_find(rq, name, f), first = false) {
		if (!first)
			buffer_append(l->to, ", ", 2);
		put_escaped(l->to, f->value);
	}
}

static void put_request_trailer(struct worker_log_line *l)
{
	struct text rest = buffer_view(&l->x->trailer), value;
	bool first = true;
	while (http_chunked_trailer(&rest, text_from(l->step->text, l->step->size), &value)) {
		if (!first)
			buffer_append(l->to, ", ", 2);
		put_escaped(l->to, value);
		first = false;
	}
	if (first)
		put_dash(l);
}

static void put_cookie(struct worker_log_line *l)
{
	const struct http_request *rq = &l->x->request;
	struct text name = text_from(l->step->text, l->step->size);
	const struct http_field *f = NULL;
	while ((f = http_request_find(rq, TEXT("Cookie"), f))) {
		struct text rest = f->value;
		while (rest.at) {
			struct text value = text_split(&rest, ';');
			struct text key = text_trim(text_split(&value, '='));
			if (!value.at || !text_equal_nocase(key, name))
				continue;
			put_escaped(l->to, text_trim(value));
			return;
		}
	}
	put_dash(l);
}

/* What stands where the method, the target and the protocol of a line would that is no request
 * line: as in Apache, who looks for what was refused finds it by them. */
struct words {
	struct text method, target, protocol;
};

static struct words words_of(const struct http_request *rq)
{
	struct text rest = rq->line;
	struct words w = {.method = text_word(&rest)};
	for (size_t i = 0; i < w.method.size; i++) /* another protocol altogether */
		if ((unsigned char)w.method.at[i] < ' ')
			return (struct words){.method = TEXT("")};
	w.target = text_word(&rest);
	w.protocol = text_word(&rest);
	if (w.target.size)
		w.target = text_split(&w.target, '#');
	else if (w.method.size)
		w.target = TEXT("/");
	return w;
}

static void put_method(struct worker_log_line *l)
{
	const struct http_request *became = l->x->call.request;
	struct text name =
		l->step->last && became ? became->method_name : l->x->request.method_name;
	put_or_dash(l, name.size ? name : words_of(&l->x->request).method);
}

static void put_protocol(struct worker_log_line *l)
{
	bool read = l->x->request.method_name.size > 0;
	struct text said = read ? TEXT("") : words_of(&l->x->request).protocol;
	if (text_starts(said, TEXT("HTTP/")))
		put_escaped(l->to, said);
	else
		buffer_string(l->to, read && l->x->request.minor ? "HTTP/1.1" : "HTTP/1.0");
}

static void put_request_line(struct worker_log_line *l)
{
	put_or_dash(l, l->x->request.line);
}

static void put_query(struct worker_log_line *l)
{
	bool became = l->step->last && l->x->call.turns;
	struct text query = became ? l->x->call.query : l->x->request.query;
	if (!l->x->request.path.size) {
		query = words_of(&l->x->request).target;
		text_split(&query, '?');
	}
	if (!query.at)
		return;
	buffer_append(l->to, "?", 1);
	put_escaped(l->to, query);
}

/* Decoded, as the configuration sees it; what cannot be decoded is logged as it came. */
static void put_raw_path(struct worker_log_line *l)
{
	struct text raw = l->x->request.path;
	if (!raw.size) {
		raw = words_of(&l->x->request).target;
		raw = text_split(&raw, '?');
	}
	char decoded[raw.size + 2];
	size_t size;
	if (http_uri_path(raw, HTTP_URI_SLASHES_ON, decoded, sizeof decoded, &size) == 0 &&
		raw.size && raw.at[0] == '/')
		put_escaped(l->to, text_from(decoded, size));
	else
		put_or_dash(l, raw);
}

/* Of a directory that is its index, as Apache has it. */
static void put_cached_path(struct worker_log_line *l)
{
	struct text raw = l->x->request.path, file = l->x->cached->path;
	put_raw_path(l);
	if (!raw.size || raw.at[raw.size - 1] != '/')
		return;
	const char *slash = memrchr(file.at, '/', file.size);
	if (slash)
		put_escaped(l->to, text_from(slash + 1, (size_t)(file.at + file.size - slash - 1)));
}

static void put_path(struct worker_log_line *l)
{
	const char *before = l->step->last ? NULL : worker_log_before(l->x, "URL");
	if (before)
		put_escaped(l->to, text_of(before));
	else if (l->x->cached)
		put_cached_path(l);
	else if (l->x->call.turns > 1) /* what rules of the host made of the path is not shown */
		put_escaped(l->to, buffer_view(&l->x->call.path));
	else
		put_raw_path(l);
}

/* As in Apache, whoever was tried where the answer is that it was not good enough. */
static void put_user(struct worker_log_line *l)
{
	const char *user = l->x->call.user;
	if (!user && l->status == 401)
		user = l->x->call.claimed;
	if (user && !*user)
		buffer_string(l->to, "\"\"");
	else
		put_string(l, user);
}

static void put_variable(struct worker_log_line *l)
{
	put_string(l, handler_env_get(&l->x->call.env, l->step->text));
}

/* --- the host --- */

static void put_server_name(struct worker_log_line *l)
{
	put_string(l, l->x->call.host->server_name);
}

static void put_host(struct worker_log_line *l)
{
	char name[256];
	struct text host = http_uri_host(handler_world_host(&l->x->call), name, sizeof name, NULL);
	if (host.size)
		put_escaped(l->to, host);
	else
		put_server_name(l);
}

/* --- the answer --- */

static void put_status(struct worker_log_line *l)
{
	int status = l->step->last ? l->status : worker_log_first_status(l->x, l->status);
	buffer_number(l->to, (unsigned)status);
}

static void put_filename(struct worker_log_line *l)
{
	const struct worker_cached *cached = l->x->cached;
	put_or_dash(l, cached ? cached->path : buffer_view(&l->x->call.file));
}

static void put_handler(struct worker_log_line *l)
{
	const struct handler_call *call = &l->x->call;
	if (l->x->cached)
		put_string(l, l->x->cached->dir->handler);
	else if (!l->step->last && call->handler_before)
		put_or_dash(l, text_of(call->handler_before));
	else if (S_ISDIR(call->st.st_mode) && !handler_wanted(call)) /* and none may list it */
		put_string(l, "httpd/unix-directory");
	else
		put_string(l, handler_wanted(call));
}

/* The values of a field in the text of head lines; false: there are none. */
static bool put_lines(struct worker_log_line *l, struct text lines, struct text name, bool type)
{
	bool found = false;
	while (lines.at) {
		struct text value = text_split(&lines, '\n');
		struct text key = text_split(&value, ':');
		if (!value.at || !text_equal_nocase(key, name))
			continue;
		if (type) /* its parameters are left out */
			value = text_split(&value, ';');
		if (value.size && value.at[value.size - 1] == '\r')
			value.size--;
		if (found)
			buffer_append(l->to, ", ", 2);
		put_escaped(l->to, text_trim(value));
		found = true;
	}
	return found;
}

/* A head that was not kept is written once more: few formats ask for its fields. */
static void put_response_field(struct worker_log_line *l)
{
	struct text name = text_from(l->step->text, l->step->size);
	bool type = text_equal_nocase(name, TEXT("Content-Type"));
	struct buffer head = BUFFER_INIT;
	if (text_equal_nocase(name, TEXT("Connection"))) {
		put_string(l, l->x->keep ? NULL : "close");
		return;
	}
	if (!l->x->cached)
		http_response_head(&l->x->response, &l->x->request, l->w->date, l->w->server, &head,
			NULL, NULL);
	if (!put_lines(l, l->x->cached ? l->x->cached->head : buffer_view(&head), name, type))
		put_dash(l);
	buffer_free(&head);
}

static void put_bytes(struct worker_log_line *l)
{
	buffer_number(l->to, l->x->body_size);
}

static void put_bytes_or_dash(struct worker_log_line *l)
{
	if (l->x->body_size)
		put_bytes(l);
	else
		put_dash(l);
}

static uint64_t bytes_in(const struct worker_exchange *x)
{
	return x->request.head_size + x->body_skipped;
}

static uint64_t bytes_out(const struct worker_exchange *x)
{
	return x->head_size + x->body_size;
}

static void put_bytes_in(struct worker_log_line *l)
{
	buffer_number(l->to, bytes_in(l->x));
}

static void put_bytes_out(struct worker_log_line *l)
{
	buffer_number(l->to, bytes_out(l->x));
}

static void put_bytes_both(struct worker_log_line *l)
{
	buffer_number(l->to, bytes_in(l->x) + bytes_out(l->x));
}

/* --- the table --- */

static void (*const fields[CONFIG_LOG_OPS])(struct worker_log_line *) = {
	[CONFIG_LOG_REMOTE_ADDRESS] = put_client,
	[CONFIG_LOG_LOCAL_ADDRESS] = put_local_address,
	[CONFIG_LOG_BYTES] = put_bytes,
	[CONFIG_LOG_BYTES_OR_DASH] = put_bytes_or_dash,
	[CONFIG_LOG_COOKIE] = put_cookie,
	[CONFIG_LOG_MICROSECONDS] = worker_log_took,
	[CONFIG_LOG_VARIABLE] = put_variable,
	[CONFIG_LOG_FILENAME] = put_filename,
	[CONFIG_LOG_REMOTE_HOST] = put_client_name,
	[CONFIG_LOG_PROTOCOL] = put_protocol,
	[CONFIG_LOG_REQUEST_FIELD] = put_request_field,
	[CONFIG_LOG_BYTES_IN] = put_bytes_in,
	[CONFIG_LOG_KEPT] = put_kept,
	[CONFIG_LOG_IDENT] = put_dash,
	[CONFIG_LOG_ID] = put_id,
	[CONFIG_LOG_METHOD] = put_method,
	[CONFIG_LOG_NOTE] = put_dash,
	[CONFIG_LOG_RESPONSE_FIELD] = put_response_field,
	[CONFIG_LOG_BYTES_OUT] = put_bytes_out,
	[CONFIG_LOG_PORT] = put_port,
	[CONFIG_LOG_PID] = put_pid,
	[CONFIG_LOG_QUERY] = put_query,
	[CONFIG_LOG_REQUEST_LINE] = put_request_line,
	[CONFIG_LOG_HANDLER] = put_handler,
	[CONFIG_LOG_STATUS] = put_status,
	[CONFIG_LOG_BYTES_BOTH] = put_bytes_both,
	[CONFIG_LOG_TIME] = worker_log_time,
	[CONFIG_LOG_SECONDS] = worker_log_took,
	[CONFIG_LOG_USER] = put_user,
	[CONFIG_LOG_PATH] = put_path,
	[CONFIG_LOG_SERVER_NAME] = put_server_name,
	[CONFIG_LOG_HOST] = put_host,
	[CONFIG_LOG_CONNECTION] = put_connection,
	[CONFIG_LOG_REQUEST_TRAILER] = put_request_trailer,
	[CONFIG_LOG_RESPONSE_TRAILER] = put_dash,
	[CONFIG_LOG_FIRST_BYTE] = worker_log_first_byte,
};

void worker_log_field(struct worker_log_line *l)
{
	fields[l->step->op](l);
}
