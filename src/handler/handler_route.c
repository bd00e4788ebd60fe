/*
 * handler_route - the way of a request to its handler
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   a status becomes its error document here
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_world.h"

#include "base/assert.h"
#include "base/log.h"
#include "handler/handler_action.h"
#include "handler/handler_cgi_process.h"
#include "handler/handler_headers.h"
#include "handler/handler_log.h"
#include "handler/handler_name.h"
#include "http/http_uri.h"
#include "os/os_socket.h"

#include <unistd.h>

/* Turns that are no redirects: the index of a directory, a variant. Only what goes round in a
 * circle has so many. */
enum { TURNS_MOST = 10 };

static const struct {
	const char *name; /* SetHandler */
	int (*answer)(struct handler_call *);
} handlers[] = {
#define HANDLER(name, function) {name, function},
#include "config/handlers.def"
#undef HANDLER
};

static int (*const phases[])(struct handler_call *) = {
#define PHASE(function, meaning) function,
#include "handler/phases.def"
#undef PHASE
};

/* --- what every phase may use --- */

const struct os_address *handler_local(struct handler_call *call)
{
	struct os_address *local = arena_take(call->arena, sizeof *local);
	static const struct os_address unknown = {.size = 0};
	if (!local || call->socket < 0 || os_socket_name(call->socket, local) < 0)
		return &unknown;
	return local;
}

/* Adds Allow: what can be done with any resource here (RFC 9110 10.2.1). */
static void allow(struct handler_call *call)
{
	http_response_field(call->response, TEXT("Allow"),
		call->host->trace_enable == CONFIG_TRACE_OFF
			? TEXT("GET, HEAD, POST, OPTIONS")
			: TEXT("GET, HEAD, POST, OPTIONS, TRACE"));
}

int handler_only_get(struct handler_call *call)
{
	switch (call->request->method) {
	case HTTP_METHOD_GET:
	case HTTP_METHOD_HEAD:
		return 0;
	case HTTP_METHOD_UNKNOWN:
		return 501;
	default:
		allow(call);
		return 405;
	}
}

bool handler_climbs(struct text path)
{
	while (path.at)
		if (text_equal(text_split(&path, '/'), TEXT("..")))
			return true;
	return false;
}

int handler_go_to(struct handler_call *call, struct text path)
{
	char *copy = arena_text(call->arena, path); /* it may be a part of what is overwritten */
	if (!copy)
		return 500;
	buffer_clear(&call->path);
	buffer_append(&call->path, copy, path.size + 1);
	if (call->path.failed)
		return 500;
	call->path.size--;
	return 0;
}

bool handler_may_redirect(const struct handler_call *call)
{
	if (call->redirects < call->host->redirects_most)
		return true;
	log_error("Request exceeded the limit of %u internal redirects due to probable "
		  "configuration error (LimitInternalRecursion): %s",
		call->redirects, call->path.size ? call->path.data : "");
	return false;
}

bool handler_redirected(struct handler_call *call, int status)
{
	const char *query = call->query.at ? arena_text(call->arena, call->query) : NULL;
	const char *path = call->path.size ? call->path.data : "";
	if (!handler_may_redirect(call))
		return false;
	call->redirects++;
	call->response->reason = TEXT("");
	call->turn = HANDLER_TURN_REQUEST;
	if (!call->handler_before) {
		const char *handler = handler_wanted(call);
		call->handler_before = handler ? handler : "";
	}
	if ((call->query.at && !query) ||
		handler_env_redirect(&call->env, call->arena, status, path))
		return false;
	return !query || handler_env_set(&call->env, call->arena, "REDIRECT_QUERY_STRING", query);
}

void handler_forget_wishes(struct http_request *errand)
{
	static const enum http_known wishes[] = {HTTP_IF_MATCH, HTTP_IF_NONE_MATCH,
		HTTP_IF_MODIFIED_SINCE, HTTP_IF_UNMODIFIED_SINCE, HTTP_IF_RANGE, HTTP_RANGE};
	for (size_t i = 0; i < COUNT_OF(wishes); i++)
		errand->first[wishes[i]] = 0;
}

bool handler_errand(struct handler_call *call)
{
	struct http_request *errand = arena_take(call->arena, sizeof *errand);
	if (!errand)
		return false;
	*errand = *call->request;
	if (errand->method != HTTP_METHOD_HEAD) {
		errand->method = HTTP_METHOD_GET;
		errand->method_name = http_request_method(HTTP_METHOD_GET);
	}
	errand->body = HTTP_FRAMING_NONE;
	errand->content_length = 0;
	handler_forget_wishes(errand);
	call->request = call->errand = errand;
	return true;
}

/* --- the first phase, and others that belong to nobody --- */

/* What can be done here at all (RFC 9110 9.3.7). */
static int answer_options(struct handler_call *call)
{
	allow(call);
	call->response->kind = HTTP_BODY_NONE;
	return HANDLER_DONE;
}

int handler_locate(struct handler_call *call)
{
	struct config_target target = {.path = buffer_view(&call->path),
		.holds = handler_world_condition,
		.matched = handler_world_matched,
		.call = call};
	const struct config_dir *dir = config_match(call->host, &target);
	call->personal |= target.volatile_settings;
	if (!dir)
		return target.status;
	call->dir = dir;
	return 0;
}

/* LimitRequestBody, for a body with a length and for one in chunks. */
static bool is_too_large(const struct handler_call *call)
{
	int64_t most = call->dir->limit_request_body;
	return most > 0 &&
	       (call->request->content_length > (uint64_t)most || call->body_size > (uint64_t)most);
}

/* A part of a resource to be put in place of the whole would spoil it; who asks for that is told so
 * (RFC 9110 14.5). */
static bool is_partial_put(const struct http_request *request)
{
	return request->method == HTTP_METHOD_PUT &&
	       http_request_find(request, TEXT("Content-Range"), NULL);
}

int handler_limit(struct handler_call *call)
{
	const struct http_request *request = call->request;
	if (is_too_large(call))
		return 413;
	if (request->method == HTTP_METHOD_TRACE) {
		call->answer = handler_trace;
		call->wants_body = call->host->trace_enable == CONFIG_TRACE_EXTENDED;
	}
	return is_partial_put(request) ? 400 : 0;
}

static bool is_named(const char *a, const char *b)
{
	return text_equal_nocase(text_of(a), text_of(b));
}

/* The first that says one. */
const char *handler_wanted(const struct handler_call *call)
{
	if (!call->dir) /* nobody was looked for */
		return NULL;
	if (call->forced_handler)
		return call->forced_handler;
	if (call->handler)
		return call->handler;
	if (call->dir->handler)
		return call->dir->handler;
	if (S_ISDIR(call->st.st_mode))
		return call->dir->options & CONFIG_OPTION_INDEXES ? "httpd/unix-directory" : NULL;
	return call->media.handler;
}

int handler_choose(struct handler_call *call)
{
	if (call->answer)
		return 0;
	const char *wanted = handler_wanted(call);
	for (size_t i = 0; wanted && i < COUNT_OF(handlers); i++)
		if (is_named(wanted, handlers[i].name))
			call->answer = handlers[i].answer;
	if (!call->answer) {
		int said = handler_action(call, wanted);
		if (said)
			return said;
		call->answer = handler_file;
	}
	if (call->answer == handler_cgi) /* which sees to every method, and to bodies */
		return handler_cgi_choose(call);
	if (call->request->method != HTTP_METHOD_OPTIONS)
		return 0;
	if (S_ISDIR(call->st.st_mode)) /* as in Apache the type says what lies there */
		call->response->type = TEXT("httpd/unix-directory");
	else if (call->st.st_mode)
		handler_tell_type(call);
	return answer_options(call);
}

/* --- the way --- */

static void close_file(struct handler_call *call)
{
	if (call->fd >= 0)
		close(call->fd);
	call->fd = -1;
}

static void forget_file(struct handler_call *call)
{
	close_file(call);
	call->missing = 0;
	call->st = (struct stat){.st_mode = 0};
	buffer_clear(&call->file);
}

static int go_through(struct handler_call *call)
{
	int said = HANDLER_AGAIN;
	while (said == HANDLER_AGAIN) {
		if (++call->turns > call->redirects + TURNS_MOST)
			return 500;
		forget_file(call);
		call->answer = NULL;
		call->wants_body = call->takes_body = false;
		call->choice = (struct handler_choice){.offered = 0};
		call->handler = NULL;
		call->script_alias = false;
		call->context_prefix = call->context_root = NULL;
		said = 0;
		for (size_t i = 0; said == 0 && i < COUNT_OF(phases); i++)
			said = phases[i](call);
	}
	if (said != 0)
		call->answer = NULL;
	return said == HANDLER_DONE ? 0 : said;
}

int handler_decode(struct handler_call *call)
{
	static const enum http_uri_slashes slashes[] = {[CONFIG_SLASHES_OFF] = HTTP_URI_SLASHES_OFF,
		[CONFIG_SLASHES_ON] = HTTP_URI_SLASHES_ON,
		[CONFIG_SLASHES_NODECODE] = HTTP_URI_SLASHES_NODECODE};
	struct text raw = call->request->path;
	size_t size;
	buffer_clear(&call->path);
	char *to = buffer_reserve(&call->path, raw.size + 2);
	if (!to)
		return 500;
	int status =
		http_uri_path(raw, slashes[call->host->encoded_slashes], to, raw.size + 2, &size);
	if (status == 0)
		buffer_grew(&call->path, size);
	return status;
}

static int find(struct handler_call *call)
{
	const struct http_request *request = call->request;
	if (request->form == HTTP_FORM_AUTHORITY)
		return handler_only_get(call); /* CONNECT: this is no proxy */
	if (request->form == HTTP_FORM_ASTERISK) {
		answer_options(call);
		return 0;
	}
	int status = handler_decode(call);
	if (status)
		return status;
	call->query = request->query;
	return go_through(call);
}

/* Until there is a handler to ask or nothing more to say. */
static void fail(struct handler_call *call, int status)
{
	handler_log_refusal(call, status);
	while (status && handler_error_elsewhere(call, status))
		status = go_through(call);
	call->failed |= status != 0;
}

void handler_find(struct handler_call *call)
{
	call->dir = &call->host->dir;
	fail(call, find(call));
}

void handler_refuse(struct handler_call *call, int status)
{
	call->dir = &call->host->dir;
	call->answer = NULL;
	fail(call, status);
}

/* Files have seen to it themselves, and pages that say what is wrong are sent as they are. */
static bool may_be_coded(const struct handler_call *call)
{
	const struct http_response *r = call->response;
	return !call->failed && call->request->method != HTTP_METHOD_TRACE &&
	       ((r->kind == HTTP_BODY_BYTES && r->fd < 0) ||
		       (r->kind == HTTP_BODY_PIPE && !r->raw));
}

int handler_offer_codings(struct handler_call *call, uint64_t length)
{
	handler_coding_offer(call->dir, call->request, &call->env, call->media.filters, length,
		call->response, &call->choice);
	call->personal |= call->choice.offered != 0;
	return call->response->fields.failed ? 500 : 0;
}

static int code(struct handler_call *call)
{
	struct http_response *r = call->response;
	if (!may_be_coded(call))
		return 0;
	int status = call->choice.made ? 0 : handler_offer_codings(call, http_response_length(r));
	return status ? status : handler_coding_apply(call->host, call->request, &call->choice, r);
}

/* AddDefaultCharset, of a type that nobody said one of. */
static bool tell_charset(struct handler_call *call)
{
	struct http_response *r = call->response;
	const char *type = call->dir->default_charset && r->type.size && !r->raw
				   ? arena_text(call->arena, r->type)
				   : NULL;
	const struct config_media media = {.type = type};
	const char *charset = config_media_charset(call->dir, &media);
	if (!charset)
		return true;
	const char *both = arena_printf(call->arena, "%s; charset=%s", type, charset);
	r->type = text_of(both ? both : type);
	return both != NULL;
}

static void finish(struct handler_call *call)
{
	struct http_response *r = call->response;
	int status = code(call);
	close_file(call);
	if (call->error && (r->status == 200 || r->status == 206 || r->status == 304))
		r->status = call->error;
	/* Better no answer than one without its fields. */
	if (status || !handler_headers_finish(call) || !tell_charset(call)) {
		handler_error(call, 500);
		buffer_clear(&r->fields);
	}
	r->cacheable &= !call->personal && !call->error;
}

/* From what a handler said to a complete response, or to a wait. */
static int go_further(struct handler_call *call, int said)
{
	while (said != HANDLER_LATER) {
		if (said)
			handler_end(call, HANDLER_GONE);
		if (said == HANDLER_AGAIN)
			said = go_through(call);
		fail(call, said);
		if (!call->answer) {
			finish(call);
			return 0;
		}
		int (*answer)(struct handler_call *) = call->answer;
		call->answer = NULL;
		said = answer(call);
	}
	return HANDLER_LATER;
}

int handler_answer(struct handler_call *call)
{
	return go_further(call, 0);
}

int handler_go_on(struct handler_call *call)
{
	return go_further(call, call->later.go_on(call));
}

void handler_end(struct handler_call *call, enum handler_outcome outcome)
{
	static const struct handler_later none = {.go_on = NULL};
	struct handler_later *later = &call->later;
	if (!later->go_on)
		return;
	later->outcome = outcome;
	call->ended++;
	if (later->end)
		later->end(call);
	*later = none;
}

enum handler_rest handler_busy(uint64_t now_ms)
{
	handler_name_look();
	return handler_cgi_process_look(now_ms);
}

void handler_abandon(bool at_once)
{
	handler_cgi_process_end_all(at_once);
}

void handler_route(struct handler_call *call)
{
	handler_find(call);
	if (handler_answer(call) == HANDLER_LATER) {
		handler_end(call, HANDLER_GONE);
		fail(call, 503);
	}
}

/* --- from request to request --- */

int handler_init(struct handler_call *call)
{
	*call = (struct handler_call){.arena = arena_new(), .fd = -1, .socket = -1};
	return call->arena ? 0 : -1;
}

void handler_reset(struct handler_call *call)
{
	struct buffer path = call->path, file = call->file;
	struct arena *arena = call->arena;
	handler_end(call, HANDLER_GONE);
	unsigned ended = call->ended;
	close_file(call);
	arena_reset(arena);
	buffer_clear(&path);
	buffer_clear(&file);
	*call = (struct handler_call){
		.path = path, .file = file, .arena = arena, .fd = -1, .socket = -1, .ended = ended};
}

void handler_free(struct handler_call *call)
{
	handler_end(call, HANDLER_GONE);
	close_file(call);
	buffer_free(&call->path);
	buffer_free(&call->file);
	arena_free(call->arena);
}
