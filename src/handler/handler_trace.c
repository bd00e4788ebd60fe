/*
 * handler_trace - TRACE: the request comes back as it arrived (RFC 9110 9.3.8)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   405 where TraceEnable is off; 413 for a body, unless it is extended, and for a large
 * one
 *
 * What a script in a browser must not see is left out: fields that hold credentials.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler.h"

#include "base/assert.h"

static bool secret(struct text name)
{
	static const struct text secrets[] = {TEXT("Authorization"), TEXT("Proxy-Authorization"),
		TEXT("Cookie"), TEXT("Cookie2"), TEXT("Authentication-Info"), TEXT("X-Api-Key"),
		TEXT("X-Auth-Token"), TEXT("X-Csrf-Token")};
	for (size_t i = 0; i < COUNT_OF(secrets); i++)
		if (text_equal_nocase(name, secrets[i]))
			return true;
	return false;
}

int handler_trace(struct handler_call *call)
{
	const struct http_request *rq = call->request;
	struct http_response *r = call->response;
	if (call->host->trace_enable == CONFIG_TRACE_OFF)
		return handler_only_get(call);
	bool body = rq->content_length > 0 || rq->body == HTTP_FRAMING_CHUNKED;
	if (body && (call->host->trace_enable != CONFIG_TRACE_EXTENDED || !call->body.size))
		return 413;
	buffer_clear(&r->bytes);
	buffer_text(&r->bytes, rq->line);
	buffer_string(&r->bytes, "\r\n");
	for (unsigned i = 0; i < rq->field_count; i++)
		if (!secret(rq->fields[i].name))
			buffer_printf(&r->bytes, "%.*s: %.*s\r\n", TEXT_ARGS(rq->fields[i].name),
				TEXT_ARGS(rq->fields[i].value));
	buffer_string(&r->bytes, "\r\n");
	buffer_text(&r->bytes, call->body);
	r->type = TEXT("message/http");
	r->kind = HTTP_BODY_BYTES;
	return r->bytes.failed ? 500 : 0;
}
