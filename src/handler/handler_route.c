/*
 * handler_route - which handler answers a request
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   a status becomes its error document here
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler.h"

#include "base/assert.h"
#include "http/http_uri.h"

static const struct {
	const char *name; /* SetHandler */
	int (*answer)(struct handler_call *);
} handlers[] = {
#define HANDLER(name, function) {name, function},
#include "config/handlers.def"
#undef HANDLER
};

static int decode_path(struct handler_call *call)
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

bool handler_wants_body(const struct config_host *host, const struct http_request *request)
{
	return request->method == HTTP_METHOD_TRACE && host->trace_enable == CONFIG_TRACE_EXTENDED;
}

void handler_allow(struct handler_call *call)
{
	http_response_field(call->response, TEXT("Allow"),
		call->host->trace_enable == CONFIG_TRACE_OFF ? TEXT("GET, HEAD, OPTIONS")
							     : TEXT("GET, HEAD, OPTIONS, TRACE"));
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
		handler_allow(call);
		return 405;
	}
}

/* What can be done here at all (RFC 9110 9.3.7). */
static int answer_options(struct handler_call *call)
{
	handler_allow(call);
	call->response->kind = HTTP_BODY_NONE;
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

static int answer(struct handler_call *call)
{
	const struct http_request *request = call->request;
	if (request->method == HTTP_METHOD_UNKNOWN)
		return 501;
	if (request->form == HTTP_FORM_AUTHORITY)
		return handler_only_get(call); /* CONNECT: this is no proxy */
	if (request->form == HTTP_FORM_ASTERISK)
		return answer_options(call);
	int status = decode_path(call);
	if (status)
		return status;
	call->dir = config_dir_for(call->host, buffer_view(&call->path));
	if (!call->dir)
		return 500;
	if (is_too_large(call))
		return 413;
	if (request->method == HTTP_METHOD_OPTIONS)
		return answer_options(call);
	if (request->method == HTTP_METHOD_TRACE)
		return handler_trace(call);
	if (is_partial_put(request))
		return 400;
	const char *wanted = call->dir->handler;
	if (!wanted)
		return handler_file(call);
	for (size_t i = 0; i < COUNT_OF(handlers); i++)
		if (text_equal_nocase(text_of(wanted), text_of(handlers[i].name)))
			return handlers[i].answer(call);
	return 500; /* config refuses names that are none of these */
}

void handler_route(struct handler_call *call)
{
	call->dir = &call->host->dir;
	int status = answer(call);
	if (status)
		handler_error(call, status);
}
