/*
 * handler_error - what is said when something cannot be done
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none; when the configured document cannot be had, our own page says it
 *
 * The page gives nothing away: no version, no path, nothing that the client sent comes back in it
 * but, encoded, the path that a redirect leads to and those of the variants of a page. Why a
 * request was refused is said in words of our own, as RFC 9110 15.5 and 15.6.6 want it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_negotiate.h"
#include "handler/handler_world.h"

#include "base/assert.h"
#include "base/log.h"

static const char head[] = "<!doctype html>\n"
			   "<html lang=\"en\"><head><meta charset=\"utf-8\">"
			   "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
			   "<link rel=\"icon\" href=\"data:,\">\n"
			   "<title>";
static const char style[] =
	"</title>\n<style>\n"
	":root{color-scheme:light dark;--b:#fbfcfd;--i:#1b2226;--s:#55626a;--a:#0a6a56}\n"
	"@media(prefers-color-scheme:dark){:root{--b:#12181b;--i:#e4eaec;--s:#9fb0b8;--a:#5fd0b0}}"
	"\nbody{margin:0;min-height:100vh;display:grid;align-content:center;background:var(--b);"
	"color:var(--i);font:1.0625rem/1.6 system-ui,\"Liberation Sans\",sans-serif}\n"
	"main{box-sizing:border-box;width:min(34rem,100%);margin:0 auto;padding:2rem 1.5rem 12vh}"
	"\nb{display:block;font:600 clamp(4rem,22vw,7rem)/1 ui-monospace,\"Noto Sans Mono\","
	"monospace;letter-spacing:-.05em;color:var(--a)}\n"
	"h1{margin:1rem 0 .25rem;font-size:1.375rem;line-height:1.3}\n"
	"p{margin:0;color:var(--s)}\n"
	"</style></head>\n<body><main>";

/* `why` is one of our own words, or NULL; `list` is HTML. */
static void write_page(
	struct buffer *to, int status, const char *why, struct text location, struct text list)
{
	struct text reason = http_status_reason(status);
	buffer_string(to, head);
	buffer_number(to, (unsigned)status);
	buffer_string(to, " ");
	buffer_html(to, reason);
	buffer_string(to, style);
	buffer_string(to, "<b aria-hidden=\"true\">");
	buffer_number(to, (unsigned)status);
	buffer_string(to, "</b><h1>");
	buffer_html(to, reason);
	buffer_string(to, "</h1><p>");
	buffer_html(to, http_status_sentence(status));
	if (location.size) {
		buffer_string(to, "</p><p>It is here: <a href=\"");
		buffer_html(to, location);
		buffer_string(to, "\">");
		buffer_html(to, location);
		buffer_string(to, "</a>");
	} else if (why) {
		buffer_string(to, "</p><p>The reason: ");
		buffer_html(to, text_of(why));
		buffer_string(to, ".");
	}
	buffer_string(to, "</p>");
	buffer_text(to, list);
}

static void end_page(const struct handler_call *call, struct buffer *to)
{
	handler_signature(call, to);
	buffer_string(to, "</main></body></html>\n");
}

void handler_signature(const struct handler_call *call, struct buffer *to)
{
	int how = call->dir ? call->dir->small.signature : CONFIG_SIGNATURE_OFF;
	struct text host = handler_world_host(call);
	const char *admin = call->host->server_admin;
	if (how <= CONFIG_SIGNATURE_OFF)
		return;
	if (!host.size)
		host = text_of(call->host->server_name);
	buffer_string(to, "<hr><address>");
	buffer_html(to, text_of(config_server_name(call->config->server_tokens)));
	buffer_string(to, host.size ? " Server at " : "");
	if (how == CONFIG_SIGNATURE_EMAIL && admin && host.size) {
		buffer_string(to, strchr(admin, ':') ? "<a href=\"" : "<a href=\"mailto:");
		buffer_html(to, text_of(admin));
		buffer_string(to, "\">");
		buffer_html(to, host);
		buffer_string(to, "</a>");
	} else {
		buffer_html(to, host);
	}
	buffer_string(to, "</address>");
}

/* What is not there is not there for anybody, until somebody looks again. But a query goes along to
 * a directory's name, the signature names the host as the client did, and where the error log wants
 * a line of each, each is to be made. */
static bool is_for_everybody(const struct handler_call *call, int status)
{
	bool alike =
		status == 404 || (status == 301 && S_ISDIR(call->st.st_mode) && !call->query.at);
	return alike && call->dir->small.signature <= CONFIG_SIGNATURE_OFF &&
	       !log_wants(LOG_AREA, LOG_INFO);
}

static void answer_bytes(struct handler_call *call, int status, struct text type)
{
	struct http_response *r = call->response;
	r->status = status;
	r->reason = TEXT("");
	r->type = type;
	r->kind = HTTP_BODY_BYTES;
	r->cacheable = r->momentary = is_for_everybody(call, status);
	r->accept_ranges = false;
	r->etag_size = 0;
	r->modified = -1;
	buffer_clear(&r->bytes);
	r->view = (struct text){NULL, 0};
}

/* ErrorDocument 404 /missing.html: the call becomes one for that path, and the answer keeps the
 * first status. */
static bool go_to_document(struct handler_call *call, int status, struct text whole)
{
	struct text only_path = text_split(&whole, '?');
	const char *method = arena_text(call->arena, call->request->method_name);
	if (!method || !handler_env_set(&call->env, call->arena, "REQUEST_METHOD", method) ||
		!handler_redirected(call, status) || !handler_errand(call) ||
		handler_go_to(call, only_path))
		return false;
	call->query = whole;
	call->error = status;
	call->error_fields = call->response->fields.size;
	return true;
}

/* What the document is for this request; false: it cannot be told. */
static bool value_of(
	struct handler_call *call, const struct config_error_document *d, struct text *value)
{
	*value = text_of(d->value ? d->value : "");
	return !d->expr ||
	       (handler_world_says(call, d->expr, value) == 0 && !handler_climbs(*value));
}

static bool configured(struct handler_call *call, int status)
{
	const struct config_error_document *d = config_error_document(call->dir, status);
	struct text value;
	if (!d || !value_of(call, d, &value))
		return false;
	switch (d->kind) {
	case CONFIG_ERROR_TEXT:
		answer_bytes(call, status, TEXT("text/html; charset=utf-8"));
		buffer_text(&call->response->bytes, value);
		return true;
	case CONFIG_ERROR_PATH: /* handler_error_elsewhere */
		return false;
	case CONFIG_ERROR_URL:
		answer_bytes(call, 302, TEXT("text/html; charset=utf-8"));
		http_response_field(call->response, TEXT("Location"), value);
		write_page(&call->response->bytes, 302, NULL, value, TEXT(""));
		end_page(call, &call->response->bytes);
		return true;
	default:
		return false;
	}
}

void handler_error(struct handler_call *call, int status)
{
	if (!call->dir)
		call->dir = &call->host->dir;
	if (status ==
		400) /* who sends what is no HTTP is not understood any further (RFC 9112 2.2) */
		call->response->keep_alive = false;
	if (configured(call, status))
		return;
	struct buffer list = BUFFER_INIT;
	if (status == 406)
		handler_negotiate_list(call, &list);
	answer_bytes(call, status, TEXT("text/html; charset=utf-8"));
	write_page(&call->response->bytes, status, call->request->why,
		http_response_said(call->response, TEXT("Location")), buffer_view(&list));
	end_page(call, &call->response->bytes);
	buffer_free(&list);
}

bool handler_error_elsewhere(struct handler_call *call, int status)
{
	const struct config_error_document *d =
		call->dir ? config_error_document(call->dir, status) : NULL;
	struct text value;
	if (call->error) /* the document cannot be had: our own page says what was wrong at first */
		status = call->error;
	if (!call->error && d && d->kind == CONFIG_ERROR_PATH && value_of(call, d, &value)) {
		if (go_to_document(call, status, value))
			return true;
		status = 500;
	}
	if (call->error) /* a Location, where it is a directory */
		call->response->fields.size = call->error_fields;
	call->error = 0;
	handler_error(call, status);
	return false;
}
