/*
 * handler_rewrite_cookie - the flag CO of a RewriteRule
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false: out of memory, or a value that cannot stand in a field
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_rewrite.h"

#include "http/http_date.h"

enum { NAME, VALUE, DOMAIN, LIFETIME, PATH, SECURE, HTTPONLY, SAMESITE, PARTS };

/* NAME:VALUE:domain[:lifetime[:path[:secure[:httponly[:samesite]]]]], with semicolons in place of
 * the colons where it begins with one. */
static void take_parts(struct text t, struct text parts[PARTS])
{
	char separator = t.size && t.at[0] == ';' ? ';' : ':';
	if (separator == ';')
		t = text_from(t.at + 1, t.size - 1);
	for (size_t i = 0; i < PARTS; i++)
		parts[i] = t.at ? text_split(&t, separator) : t;
}

static bool is_yes(struct text word, struct text name)
{
	return text_equal_nocase(word, TEXT("true")) || text_equal(word, TEXT("1")) ||
	       text_equal_nocase(word, name);
}

/* A turn of the phases before may have set it. */
static bool is_there(const struct http_response *r, struct text name)
{
	struct text rest = buffer_view(&r->fields);
	while (rest.at) {
		struct text line = text_split(&rest, '\n');
		struct text field = text_split(&line, ':');
		if (line.at && text_equal_nocase(field, TEXT("Set-Cookie")) &&
			text_equal(text_trim(text_split(&line, '=')), name))
			return true;
	}
	return false;
}

static void put_lifetime(const struct handler_call *call, struct text minutes, struct buffer *to)
{
	char date[HTTP_DATE_SIZE + 1] = "";
	unsigned long long n;
	if (!text_number(minutes, UINT32_MAX, &n) || n == 0)
		return;
	http_date_format(date, call->now + (time_t)n * 60);
	buffer_printf(to, "; expires=%.*s", HTTP_DATE_SIZE, date);
}

static bool set(struct handler_rewriting *rw, const struct text parts[PARTS])
{
	struct handler_call *call = rw->call;
	struct buffer value = BUFFER_INIT;
	if (parts[NAME].size && is_there(call->response, parts[NAME]))
		handler_rewrite_trace(
			rw, 5, "skipping already set cookie '%.*s'", TEXT_ARGS(parts[NAME]));
	if (!parts[NAME].size || is_there(call->response, parts[NAME]))
		return true;
	buffer_printf(&value, "%.*s=%.*s; path=", TEXT_ARGS(parts[NAME]), TEXT_ARGS(parts[VALUE]));
	buffer_text(&value, parts[PATH].size ? parts[PATH] : TEXT("/"));
	buffer_string(&value, "; domain=");
	buffer_text(&value, parts[DOMAIN]);
	put_lifetime(call, parts[LIFETIME], &value);
	if (is_yes(parts[SECURE], TEXT("secure")))
		buffer_string(&value, "; secure");
	if (is_yes(parts[HTTPONLY], TEXT("HttpOnly")))
		buffer_string(&value, "; HttpOnly");
	if (parts[SAMESITE].size && !text_equal(parts[SAMESITE], TEXT("0")) &&
		!text_equal_nocase(parts[SAMESITE], TEXT("false")))
		buffer_printf(&value, "; SameSite=%.*s", TEXT_ARGS(parts[SAMESITE]));
	if (!value.failed)
		handler_rewrite_trace(
			rw, 5, "setting cookie '%.*s'", TEXT_ARGS(buffer_view(&value)));
	bool good = !value.failed &&
		    http_response_field(call->response, TEXT("Set-Cookie"), buffer_view(&value));
	buffer_free(&value);
	return good;
}

bool handler_rewrite_cookies(struct handler_rewriting *rw, const struct config_rewrite_rule *rule)
{
	for (size_t i = 0; i < rule->cookie_count; i++) {
		struct text parts[PARTS];
		rw->call->personal = true;
		if (!handler_rewrite_put(rw, &rule->cookies[i], NULL, &rw->subject))
			return false;
		take_parts(buffer_view(&rw->subject), parts);
		if (!set(rw, parts))
			return false;
	}
	return true;
}
