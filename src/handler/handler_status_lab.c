/*
 * handler_status_lab - the lab's side of the status page: who may ask for what
 *
 * Runs in:  workers, the status process
 * Owns:     nothing
 * Errors:   see handler_status_lab.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_status_lab.h"

#include "base/assert.h"
#include "wire/wire_ask.h"

bool handler_status_lab_is(struct text query)
{
	return text_starts(query, TEXT("lab="));
}

static struct text field(const struct http_request *request, struct text name)
{
	const struct http_field *found = http_request_find(request, name, NULL);
	return found ? found->value : (struct text){NULL, 0};
}

/* A proxy on this machine would lend its address to the whole world. */
static bool came_by_proxy(const struct http_request *request)
{
	static const struct text names[] = {
		TEXT("Forwarded"), TEXT("X-Forwarded-For"), TEXT("X-Real-IP"), TEXT("Via")};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (http_request_find(request, names[i], NULL))
			return true;
	return false;
}

/* "localhost", "127.0.0.1" or "[::1]", with or without a port. */
static bool is_own_name(struct text authority)
{
	static const struct text names[] = {TEXT("localhost"), TEXT("127.0.0.1"), TEXT("[::1]")};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (authority.size < names[i].size ||
			!text_equal_nocase(text_from(authority.at, names[i].size), names[i]))
			continue;
		if (authority.size == names[i].size || authority.at[names[i].size] == ':')
			return true;
	}
	return false;
}

static bool sits_here(const struct config *config, const struct wire_scoreboard *board,
	const struct http_request *request, const struct os_address *client)
{
	return config->lab_controls && board->lab_token[0] && client &&
	       os_address_is_loopback(client) && !came_by_proxy(request) &&
	       is_own_name(request->authority);
}

const char *handler_status_lab_token(const struct config *config,
	const struct wire_scoreboard *board, const struct http_request *request,
	const struct os_address *client)
{
	return sits_here(config, board, request, client) ? board->lab_token : NULL;
}

/* Looks at every byte, whichever is wrong. */
static bool has_token(const struct wire_scoreboard *board, struct text shown)
{
	struct text token = text_of(board->lab_token);
	unsigned differ = token.size != shown.size || token.size == 0;
	for (size_t i = 0; i < token.size; i++)
		differ |= (unsigned)(token.at[i] ^ (i < shown.size ? shown.at[i] : 0));
	return differ == 0;
}

static bool is_same_origin(const struct http_request *request)
{
	static const struct text scheme = TEXT("http://");
	struct text origin = field(request, TEXT("Origin"));
	return text_starts(origin, scheme) &&
	       text_equal_nocase(text_from(origin.at + scheme.size, origin.size - scheme.size),
		       request->authority);
}

/* "lab=kill&3" */
static bool read_ask(struct text query, struct wire_ask *ask)
{
	unsigned long long value = 0;
	struct text name = text_from(query.at + 4, query.size - 4);
	const char *end = memchr(name.at, '&', name.size);
	if (end) {
		struct text number = text_from(end + 1, (size_t)(name.at + name.size - end - 1));
		if (!text_number(number, UINT32_MAX, &value))
			return false;
		name.size = (size_t)(end - name.at);
	}
	int verb = wire_ask_named(name);
	*ask = (struct wire_ask){
		.magic = WIRE_ASK_MAGIC, .verb = (uint32_t)verb, .value = (uint32_t)value};
	return verb >= 0 && wire_ask_valid(ask, sizeof *ask);
}

int handler_status_lab_ask(const struct config *config, const struct wire_scoreboard *board,
	const struct http_request *request, const struct os_address *client,
	struct http_response *r)
{
	struct wire_ask ask;
	if (!config->lab_controls)
		return 404;
	if (!sits_here(config, board, request, client))
		return 403;
	if (request->method != HTTP_METHOD_POST) {
		http_response_field(r, TEXT("Allow"), TEXT("POST"));
		return 405;
	}
	if (!is_same_origin(request) || !has_token(board, field(request, TEXT("X-Lab-Token"))))
		return 403;
	if (!read_ask(request->query, &ask))
		return 400;
	if (wire_ask_send(&ask) < 0)
		return 503;
	r->status = 202;
	r->kind = HTTP_BODY_BYTES;
	r->type = TEXT("text/plain; charset=utf-8");
	r->view = TEXT("asked\n");
	return 0;
}
