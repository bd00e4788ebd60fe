/*
 * http_parse - http-parser, asked about a head that was scanned
 *
 * Runs in:  every process that answers requests
 * Owns:     nothing
 * Errors:   400 whenever http-parser refuses or sees the head differently than http_scan did: two
 *           readings of one request are what smuggling lives on
 *
 * http-parser is given the whole head at once, so every callback gets its part whole; feed tells of
 * the one exception.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_parse.h"

#include <http_parser.h>

struct glue {
	struct http_request *request;
	unsigned names, values;
	bool whole; /* the end of the head was seen */
};

static int on_url(http_parser *parser, const char *at, size_t size)
{
	struct glue *g = parser->data;
	struct http_request *r = g->request;
	if (r->target.size)
		return -1;
	r->target = text_from(at, size);
	return 0;
}

static int on_header_field(http_parser *parser, const char *at, size_t size)
{
	struct glue *g = parser->data;
	struct http_request *r = g->request;
	if (g->whole || g->names != g->values || g->names == r->scan.field_count)
		return -1;
	r->fields[g->names++].name = text_from(at, size);
	return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t size)
{
	struct glue *g = parser->data;
	if (size == 0 && g->values == g->names)
		return 0; /* the rest of a value that feed cut behind its end */
	if (g->whole || g->values + 1 != g->names)
		return -1;
	g->request->fields[g->values++].value = text_from(at, size);
	return 0;
}

static int on_headers_complete(http_parser *parser)
{
	struct glue *g = parser->data;
	g->whole = true;
	return 0;
}

static const http_parser_settings callbacks = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
};

/* Does http-parser's reading agree with the scan's? */
static bool agrees(const http_parser *parser, const struct glue *g, const char *data)
{
	const struct http_request *r = g->request;
	const struct http_scan *s = &r->scan;
	return g->whole && g->names == s->field_count && g->values == s->field_count &&
	       r->target.at == data + s->method_end + 1 &&
	       r->target.size == s->target_end - s->method_end - 1 && parser->http_major == 1 &&
	       parser->http_minor == s->minor &&
	       (r->method == HTTP_METHOD_UNKNOWN ||
		       text_equal(text_of(http_method_str((enum http_method)parser->method)),
			       r->method_name));
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Gives http-parser the bytes of the head from offset `from` on. White space behind a value is no
 * part of it (RFC 9110 5.5), but http-parser refuses a length or a coding with a tab there: so that
 * white space is left out. false: not all was taken. */
static bool feed(http_parser *parser, const char *data, size_t from, const struct http_scan *s)
{
	for (size_t cr = from; s->padded && cr < s->at; cr++) {
		if (data[cr] != '\r' || !blank(data[cr - 1]))
			continue;
		size_t end = cr;
		while (blank(data[end - 1]))
			end--;
		if (http_parser_execute(parser, &callbacks, data + from, end - from) != end - from)
			return false;
		from = cr;
	}
	return http_parser_execute(parser, &callbacks, data + from, s->at - from) == s->at - from;
}

int http_parse(struct http_request *r, const char *data, struct http_parse *result)
{
	static bool prepared;
	const struct http_scan *s = &r->scan;
	struct glue glue = {.request = r};
	http_parser parser;
	size_t from = s->line;
	bool all = true;

	if (!prepared) {
		/* Its own limit, one for the whole process, is below what the directives allow. */
		http_parser_set_max_header_size(2 * HTTP_HEAD_MOST);
		prepared = true;
	}
	http_parser_init(&parser, HTTP_REQUEST);
	parser.data = &glue;
	if (r->method == HTTP_METHOD_UNKNOWN) {
		/* It knows no other methods than its own, but the rest of the head frames the
		 * message all the same: another method stands in. */
		from = s->method_end;
		all = http_parser_execute(&parser, &callbacks, "GET", 3) == 3;
	}
	all = all && feed(&parser, data, from, s);
	/* It stops behind the last field when it does not know the Transfer-Encoding, nor one with
	 * an empty element: http_meaning knows both. */
	bool unframed = glue.whole && HTTP_PARSER_ERRNO(&parser) == HPE_INVALID_TRANSFER_ENCODING;
	all |= unframed;
	if (HTTP_PARSER_ERRNO(&parser) != HPE_OK && !unframed) {
		r->why = http_errno_description(HTTP_PARSER_ERRNO(&parser));
		return HTTP_PARSER_ERRNO(&parser) == HPE_HEADER_OVERFLOW ? 431 : 400;
	}
	if (!all || !agrees(&parser, &glue, data)) {
		r->why = "the head can be read in two ways";
		return 400;
	}
	r->field_count = glue.names;
	result->content_length =
		(parser.flags & F_CONTENTLENGTH) ? parser.content_length : UINT64_MAX;
	result->chunked = parser.flags & F_CHUNKED;
	result->keep_alive = http_should_keep_alive(&parser);
	return 0;
}
