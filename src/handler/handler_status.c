/*
 * handler_status - the forms of the status and how each is asked for
 *
 * Runs in:  worker; it only looks at the scoreboard, so it asks nobody and waits for nobody
 * Owns:     nothing
 * Errors:   500: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status.h"

#include "handler/handler.h"
#include "handler/handler_status_asset.h"
#include "handler/handler_status_auto.h"
#include "handler/handler_status_events.h"
#include "handler/handler_status_json.h"
#include "handler/handler_status_lab.h"
#include "handler/handler_status_metrics.h"
#include "handler/handler_status_page.h"
#include "handler/handler_status_stream.h"
#include "handler/handler_status_text.h"
#include "handler/handler_status_trace.h"

enum { REFRESH_MOST = 3600 };

static bool asks_for(struct text query, struct text word)
{
	return text_starts(query, word) && (query.size == word.size || query.at[word.size] == '&');
}

enum handler_status_form handler_status_wanted(struct text query, unsigned *refresh)
{
	unsigned long long n = 0;
	*refresh = 0;
	if (asks_for(query, TEXT("auto")))
		return HANDLER_STATUS_AUTO;
	if (asks_for(query, TEXT("json")))
		return HANDLER_STATUS_JSON;
	if (asks_for(query, TEXT("trace")))
		return HANDLER_STATUS_TRACE;
	if (asks_for(query, TEXT("events")))
		return HANDLER_STATUS_EVENTS;
	if (text_starts(query, TEXT("refresh=")) &&
		text_number(text_from(query.at + 8, query.size - 8), REFRESH_MOST, &n))
		*refresh = (unsigned)n;
	return HANDLER_STATUS_PAGE;
}

struct text handler_status_type(enum handler_status_form form)
{
	switch (form) {
	case HANDLER_STATUS_PAGE:
		return TEXT("text/html; charset=utf-8");
	case HANDLER_STATUS_JSON:
	case HANDLER_STATUS_TRACE:
		return TEXT("application/json");
	case HANDLER_STATUS_METRICS:
		return TEXT(HANDLER_STATUS_METRICS_TYPE);
	case HANDLER_STATUS_EVENTS:
		return TEXT("text/event-stream");
	default:
		return TEXT("text/plain; charset=utf-8");
	}
}

void handler_status_draw(const struct handler_status_view *view, enum handler_status_form form,
	unsigned refresh, struct buffer *to)
{
	switch (form) {
	case HANDLER_STATUS_AUTO:
		handler_status_auto(view, to);
		break;
	case HANDLER_STATUS_JSON:
		handler_status_json(view, to);
		buffer_string(to, "\n");
		break;
	case HANDLER_STATUS_TRACE:
		handler_status_trace(view, to);
		break;
	case HANDLER_STATUS_METRICS:
		handler_status_metrics(view, to);
		break;
	case HANDLER_STATUS_TEXT:
		handler_status_text(view, to);
		break;
	case HANDLER_STATUS_WORKERS:
		handler_status_text_workers(view, to);
		break;
	case HANDLER_STATUS_EVENTS:
		handler_status_events_first(view, HANDLER_STATUS_EVENTS_NEXT_MS, to);
		break;
	default:
		handler_status_page(view, refresh, to);
		break;
	}
}

static int answer(struct handler_call *call, enum handler_status_form form, unsigned refresh)
{
	struct http_response *r = call->response;
	r->type = handler_status_type(form);
	http_response_field(r, TEXT("Cache-Control"), TEXT("no-store"));
	if (form == HANDLER_STATUS_EVENTS && handler_status_stream_may(call))
		return handler_status_stream(call);
	struct handler_status_view *view = handler_status_view_take(
		call->config, call->scoreboard, call->request->authority, call->now);
	if (!view)
		return 500;
	r->kind = HTTP_BODY_BYTES;
	if (form == HANDLER_STATUS_PAGE)
		handler_status_asset_policy(r);
	view->lab_token = handler_status_lab_token(
		call->config, call->scoreboard, call->request, call->client);
	handler_status_draw(view, form, refresh, &r->bytes);
	handler_status_view_free(view);
	return r->bytes.failed ? 500 : 0;
}

static int ask_lab(struct handler_call *call)
{
	http_response_field(call->response, TEXT("Cache-Control"), TEXT("no-store"));
	return handler_status_lab_ask(
		call->config, call->scoreboard, call->request, call->client, call->response);
}

/* A worker with nothing else to hold answers with the first of the events alone, and whoever reads
 * them asks again after the time it names. */
int handler_status(struct handler_call *call)
{
	unsigned refresh;
	if (handler_status_lab_is(call->request->query))
		return ask_lab(call);
	if (call->request->method == HTTP_METHOD_POST)
		return handler_file(call);
	int status = handler_only_get(call);
	if (status)
		return status;
	struct text query = call->request->query;
	if (handler_status_asset_is(query)) {
		const struct handler_status_asset *asset = handler_status_asset_wanted(query);
		return asset ? handler_status_asset_answer(
				       asset, call->request, call->now, call->response)
			     : 404;
	}
	enum handler_status_form form = handler_status_wanted(query, &refresh);
	return answer(call, form, refresh);
}

int handler_metrics(struct handler_call *call)
{
	if (call->request->method == HTTP_METHOD_POST)
		return handler_file(call);
	int status = handler_only_get(call);
	return status ? status : answer(call, HANDLER_STATUS_METRICS, 0);
}
