/*
 * handler_expires - how long an answer may be kept
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_headers.h"

#include <stdio.h>

/* "image/png; x=y" is of the type image/png, and of image/ and an asterisk. */
static bool is_of(struct text type, const char *pattern)
{
	struct text p = text_of(pattern), bare = text_trim(text_split(&type, ';'));
	if (p.size && p.at[p.size - 1] == '*')
		return bare.size >= p.size - 1 && text_equal_nocase(text_from(bare.at, p.size - 1),
							  text_from(p.at, p.size - 1));
	return text_equal_nocase(bare, p);
}

static struct config_period period_of(const struct config_expires *e, struct text type)
{
	for (int exact = 1; exact >= 0; exact--)
		for (size_t i = 0; i < e->type_count; i++) {
			const char *t = e->types[i].type;
			if ((t[strlen(t) - 1] != '*') == exact && is_of(type, t))
				return e->types[i].period;
		}
	return e->other;
}

/* Parts of a file may be kept as long as the file: what handler_range changed of the response does
 * not count (RFC 9110 15.3.7). */
static bool is_partial(const struct handler_call *call)
{
	return call->response->status == 206 && S_ISREG(call->st.st_mode) &&
	       (call->response->kind == HTTP_BODY_FILE || call->response->kind == HTTP_BODY_PARTS);
}

static struct text type_of(const struct handler_call *call)
{
	return is_partial(call) ? text_of(call->media.type) : call->response->type;
}

static time_t modified(const struct handler_call *call)
{
	time_t of_file = call->st.st_mtim.tv_sec;
	return is_partial(call) ? (of_file < call->now ? of_file : call->now)
				: call->response->modified;
}

bool handler_expires(struct handler_call *call)
{
	const struct config_expires *e = &call->dir->expires;
	struct http_response *r = call->response;
	if (e->active != 1 || http_response_said(r, TEXT("Expires")).at)
		return true;
	struct config_period period = period_of(e, type_of(call));
	if (period.from == CONFIG_PERIOD_NONE ||
		(period.from == CONFIG_PERIOD_MODIFIED && modified(call) == -1))
		return true;
	time_t from = period.from == CONFIG_PERIOD_ACCESS ? call->now : modified(call);
	time_t until = from + (time_t)period.seconds;
	char date[HTTP_DATE_SIZE + 1] = "", age[32];
	if (until < call->now) /* over is over, as Apache has it */
		until = call->now;
	http_date_format(date, until);
	snprintf(age, sizeof age, "max-age=%lld", (long long)(until - call->now));
	r->momentary = true;
	return http_response_field(r, TEXT("Cache-Control"), text_of(age)) &&
	       http_response_field(r, TEXT("Expires"), text_from(date, HTTP_DATE_SIZE));
}
