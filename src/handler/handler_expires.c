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

static bool has(const struct http_response *r, struct text wanted)
{
	struct text rest = buffer_view(&r->fields);
	while (rest.size) {
		struct text line = text_split(&rest, '\n');
		if (text_equal_nocase(text_split(&line, ':'), wanted))
			return true;
	}
	return false;
}

bool handler_expires(struct handler_call *call)
{
	const struct config_expires *e = &call->dir->expires;
	struct http_response *r = call->response;
	if (e->active != 1 || has(r, TEXT("Expires")))
		return true;
	struct config_period period = period_of(e, r->type);
	if (period.from == CONFIG_PERIOD_NONE ||
		(period.from == CONFIG_PERIOD_MODIFIED && r->modified == -1))
		return true;
	time_t from = period.from == CONFIG_PERIOD_ACCESS ? call->now : r->modified;
	time_t until = from + (time_t)period.seconds;
	char date[HTTP_DATE_SIZE + 1] = "", age[32];
	http_date_format(date, until);
	snprintf(age, sizeof age, "max-age=%lld",
		until > call->now ? (long long)(until - call->now) : 0);
	r->momentary = true;
	return http_response_field(r, TEXT("Cache-Control"), text_of(age)) &&
	       http_response_field(r, TEXT("Expires"), text_from(date, HTTP_DATE_SIZE));
}
