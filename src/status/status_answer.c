/*
 * status_answer - which answer a request gets
 *
 * Runs in:  the status process
 * Owns:     nothing; pure but for the look at the scoreboard
 * Errors:   an answer with a status of its own
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "status/status.h"

#include "handler/handler_status_asset.h"
#include "handler/handler_status_lab.h"

static void refuse(struct http_response *r, int status)
{
	r->status = status;
	r->kind = HTTP_BODY_BYTES;
	r->type = TEXT("text/plain; charset=utf-8");
	buffer_printf(&r->bytes, "%d %.*s\n", status, TEXT_ARGS(http_status_reason(status)));
}

static bool is_path(const struct http_request *request, const char *path)
{
	return text_equal(request->path, text_of(path));
}

/* false: there is nothing at this path. */
static bool find_form(
	const struct http_request *request, enum handler_status_form *form, unsigned *refresh)
{
	*refresh = 0;
	*form = HANDLER_STATUS_METRICS;
	if (is_path(request, "/metrics"))
		return true;
	*form = handler_status_wanted(request->query, refresh);
	return is_path(request, "/") || is_path(request, "/server-status") ||
	       (request->form == HTTP_FORM_ABSOLUTE && request->path.size == 0);
}

static void draw(const struct config *config, const struct wire_scoreboard *board, time_t now,
	const struct http_request *request, const struct os_address *from,
	enum handler_status_form form, unsigned refresh, struct http_response *r)
{
	struct handler_status_view *view =
		handler_status_view_take(config, board, request->authority, now);
	r->kind = HTTP_BODY_BYTES;
	if (view) {
		handler_status_view_probe(view);
		view->lab_token = handler_status_lab_token(config, board, request, from);
		handler_status_draw(view, form, refresh, &r->bytes);
	}
	if (!view || r->bytes.failed) {
		buffer_clear(&r->bytes);
		refuse(r, 500);
	}
	handler_status_view_free(view);
}

static void answer_asset(const struct http_request *request, time_t now, struct http_response *r)
{
	const struct handler_status_asset *asset = handler_status_asset_wanted(request->query);
	int status = asset ? handler_status_asset_answer(asset, request, now, r) : 404;
	if (status)
		refuse(r, status);
}

/* What every answer says of itself, but an asset's, which says both for itself. */
static void begin(
	const struct http_request *request, int refused, bool asset, struct http_response *r)
{
	if (!asset) {
		http_response_field(r, TEXT("Cache-Control"), TEXT("no-store"));
		http_response_field(r, TEXT("X-Content-Type-Options"), TEXT("nosniff"));
	}
	/* A body is not read, so nothing behind it can be. */
	if (refused || request->body != HTTP_FRAMING_NONE)
		r->keep_alive = false;
}

static void begin_events(struct http_response *r)
{
	r->kind = HTTP_BODY_PIPE;
	r->keep_alive = false;
	http_response_field(r, TEXT("X-Accel-Buffering"), TEXT("no"));
}

bool status_answer(const struct config *config, const struct wire_scoreboard *board, time_t now,
	const struct http_request *request, int refused, const struct os_address *from,
	struct http_response *r)
{
	enum handler_status_form form;
	unsigned refresh;
	bool asset = !refused && handler_status_asset_is(request->query);
	begin(request, refused, asset, r);
	if (refused) {
		refuse(r, refused);
		return false;
	}
	if (handler_status_lab_is(request->query)) {
		int status = handler_status_lab_ask(config, board, request, from, r);
		if (status)
			refuse(r, status);
		return false;
	}
	if (request->method != HTTP_METHOD_GET && request->method != HTTP_METHOD_HEAD) {
		http_response_field(r, TEXT("Allow"), TEXT("GET, HEAD"));
		refuse(r, request->method == HTTP_METHOD_UNKNOWN ? 501 : 405);
		return false;
	}
	if (!find_form(request, &form, &refresh)) {
		refuse(r, 404);
		return false;
	}
	if (asset) {
		answer_asset(request, now, r);
		return false;
	}
	if (form == HANDLER_STATUS_PAGE)
		handler_status_asset_policy(r);
	r->type = handler_status_type(form);
	if (form == HANDLER_STATUS_EVENTS) {
		begin_events(r);
		return request->method == HTTP_METHOD_GET;
	}
	draw(config, board, now, request, from, form, refresh, r);
	return false;
}
