/*
 * http_list - the elements of list-valued fields (RFC 9110 5.6.1)
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   none; an unfinished quoted string ends with its line
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_request.h"

struct http_list http_list(const struct http_request *r, enum http_known known)
{
	unsigned first = r->first[known];
	if (!first)
		return (struct http_list){NULL, {NULL, 0}, 0, known};
	return (struct http_list){r, r->fields[first - 1].value, first, known};
}

struct http_list http_list_of(struct text value)
{
	return (struct http_list){NULL, value, 0, HTTP_OTHER};
}

/* Lets rest be the value of the next line of the field; false when there is none. */
static bool next_line(struct http_list *l)
{
	if (!l->request || !http_request_repeated(l->request, l->known))
		return false;
	while (l->index < l->request->field_count) {
		const struct http_field *f = &l->request->fields[l->index++];
		if (f->known == l->known) {
			l->rest = f->value;
			return true;
		}
	}
	return false;
}

/* Bytes up to the comma that ends the first element of t, or all. A backslash escapes in quoted
 * strings, but in an entity-tag it is a byte like others (RFC 9110 8.8.3). */
static size_t element_size(struct text t, enum http_known known)
{
	bool quoted = false, escapes = known != HTTP_IF_MATCH && known != HTTP_IF_NONE_MATCH;
	for (size_t i = 0; i < t.size; i++) {
		if (t.at[i] == '"')
			quoted = !quoted;
		else if (quoted && escapes && t.at[i] == '\\')
			i++;
		else if (!quoted && t.at[i] == ',')
			return i;
	}
	return t.size;
}

bool http_list_next(struct http_list *l, struct text *element)
{
	do {
		while (l->rest.size) {
			size_t size = element_size(l->rest, l->known);
			struct text e = text_trim(text_from(l->rest.at, size));
			size_t used = size < l->rest.size ? size + 1 : size;
			l->rest = text_from(l->rest.at + used, l->rest.size - used);
			if (e.size) {
				*element = e;
				return true;
			}
		}
	} while (next_line(l));
	return false;
}

bool http_list_has(struct http_list l, struct text token)
{
	for (struct text e; http_list_next(&l, &e);)
		if (text_equal_nocase(e, token))
			return true;
	return false;
}
