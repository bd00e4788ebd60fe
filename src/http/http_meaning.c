/*
 * http_meaning - what target, fields and framing of a request say
 *
 * Runs in:  every process that answers requests
 * Owns:     nothing
 * Errors:   the status to refuse with, and the reason in r->why
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_meaning.h"

#include "http/http_uri.h"

static int refuse(struct http_request *r, int status, const char *why)
{
	r->why = why;
	return status;
}

/* "http://host/path?query": the target begins with a scheme (RFC 9112 3.2.2). */
static int target_absolute(struct http_request *r, bool secure)
{
	struct text http = text_from(r->target.at, r->target.size < 7 ? r->target.size : 7);
	struct text https = text_from(r->target.at, r->target.size < 8 ? r->target.size : 8);
	size_t scheme;
	if (text_equal_nocase(http, TEXT("http://")))
		scheme = http.size;
	else if (text_equal_nocase(https, TEXT("https://")))
		scheme = https.size;
	else
		return refuse(r, 400, "a request target of no known form");

	/* r->path is all before the '?' still. */
	struct text path = text_from(r->path.at + scheme, r->path.size - scheme);
	const char *slash = path.size ? memchr(path.at, '/', path.size) : NULL;
	struct text authority = path;
	if (slash)
		authority.size = (size_t)(slash - path.at);
	r->path = text_from(path.at + authority.size, path.size - authority.size);
	r->authority = authority;
	r->form = HTTP_FORM_ABSOLUTE;
	if (authority.size == 0 || authority.at[0] == ':' || !http_uri_authority(authority))
		return refuse(r, 400, "the authority of the request target is not valid");
	if (scheme == 8 && !secure)
		return refuse(r, 421, "an https target on a connection without TLS");
	if (r->method == HTTP_METHOD_OPTIONS && r->path.size == 0 && !r->query.at)
		r->form = HTTP_FORM_ASTERISK;
	return 0;
}

/* "host:port", both given (RFC 9112 3.2.3). */
static int target_authority(struct http_request *r)
{
	struct text t = r->target;
	if (r->query.at || t.at[0] == ':' || !http_uri_authority(t))
		return refuse(r, 400, "CONNECT wants host:port");
	size_t digits = 0;
	while (digits < t.size && t.at[t.size - 1 - digits] != ':')
		digits++;
	if (digits == 0 || digits == t.size || memchr(t.at + t.size - digits, ']', digits))
		return refuse(r, 400, "CONNECT wants host:port");
	r->form = HTTP_FORM_AUTHORITY;
	r->authority = t;
	r->path = (struct text){NULL, 0};
	return 0;
}

static int target_form(struct http_request *r, bool secure)
{
	if (r->method == HTTP_METHOD_CONNECT)
		return target_authority(r);
	if (r->target.at[0] == '/') {
		r->form = HTTP_FORM_ORIGIN;
		return 0;
	}
	if (r->target.size == 1 && r->target.at[0] == '*') {
		if (r->method != HTTP_METHOD_OPTIONS)
			return refuse(r, 400, "the target * is for OPTIONS only");
		r->form = HTTP_FORM_ASTERISK;
		r->path = (struct text){NULL, 0};
		return 0;
	}
	return target_absolute(r, secure);
}

/* Exactly one Host in 1.1, at most one in 1.0, and valid (RFC 9112 3.2). */
static int host(struct http_request *r)
{
	if (!http_request_has(r, HTTP_HOST))
		return r->minor ? refuse(r, 400, "no Host") : 0;
	if (http_request_repeated(r, HTTP_HOST))
		return refuse(r, 400, "more than one Host");
	struct text value = http_request_field(r, HTTP_HOST);
	if (!http_uri_authority(value) || (value.size && value.at[0] == ':'))
		return refuse(r, 400, "Host is not valid");
	if (r->authority.at)
		return 0;
	/* Only what has no authority is sent with an empty Host, "*" for one; http always has one
	 * (RFC 9110 4.2.1). */
	if (value.size == 0 && r->form == HTTP_FORM_ORIGIN && r->minor > 0)
		return refuse(r, 400, "Host is empty");
	r->authority = value;
	return 0;
}

int http_meaning_target(struct http_request *r, const char *data, bool secure)
{
	const struct http_scan *s = &r->scan;
	r->path = text_from(r->target.at, s->path_end - s->method_end - 1);
	if (s->path_end != s->target_end)
		r->query = text_from(data + s->path_end + 1, s->target_end - s->path_end - 1);
	int status = target_form(r, secure);
	return status ? status : host(r);
}

/* Are there elements with nothing in them, as in ", chunked"? They mean nothing (RFC 9110 5.6.1.2),
 * but http-parser does not find the coding behind them. */
static bool has_empty_elements(const struct http_request *r, enum http_known known)
{
	struct http_list list = http_list(r, known);
	size_t commas = 0, elements = 0;
	for (struct text e; http_list_next(&list, &e);)
		elements++;
	for (unsigned i = 0; i < r->field_count; i++) {
		struct text value = r->fields[i].value;
		if (r->fields[i].known != known)
			continue;
		commas++; /* between two lines */
		for (size_t at = 0; at < value.size; at++)
			commas += value.at[at] == ',';
	}
	return commas > elements;
}

/* RFC 9112 6.1, 6.3: what is not plainly "chunked" is refused. Where chunked is not the last coding
 * nobody can tell the length (400); another coding below it is one we do not know (501). */
static int transfer_encoding(struct http_request *r)
{
	if (r->minor == 0)
		return refuse(r, 400, "Transfer-Encoding in HTTP/1.0");
	if (http_request_has(r, HTTP_CONTENT_LENGTH))
		return refuse(r, 400, "both Transfer-Encoding and Content-Length");
	struct http_list list = http_list(r, HTTP_TRANSFER_ENCODING);
	unsigned chunked = 0, others = 0;
	bool last = false;
	for (struct text coding; http_list_next(&list, &coding);) {
		last = text_equal_nocase(coding, TEXT("chunked"));
		chunked += last;
		others += !last;
	}
	if (!last || chunked != 1)
		return refuse(r, 400, "chunked is not the last transfer coding, once");
	if (others)
		return refuse(r, 501, "a transfer coding that is not known here");
	r->body = HTTP_FRAMING_CHUNKED;
	return 0;
}

/* Two Content-Lengths are refused even when they agree, as RFC 9110 8.6 allows. */
static int content_length(struct http_request *r)
{
	unsigned long long n;
	if (http_request_repeated(r, HTTP_CONTENT_LENGTH))
		return refuse(r, 400, "more than one Content-Length");
	if (!text_number(http_request_field(r, HTTP_CONTENT_LENGTH), INT64_MAX, &n))
		return refuse(r, 400, "Content-Length is no number");
	r->body = HTTP_FRAMING_LENGTH;
	r->content_length = n;
	return 0;
}

/* RFC 9112 9.3. http-parser has to agree: it takes Proxy-Connection for Connection, and where that
 * makes a doubt the connection ends. Whatever was sent behind a CONNECT is no request. */
static bool persists(const struct http_request *r, const struct http_parse *parsed)
{
	if (!parsed->keep_alive || r->method == HTTP_METHOD_CONNECT)
		return false;
	if (!http_request_has(r, HTTP_CONNECTION))
		return r->minor > 0;
	if (text_equal_nocase(http_request_field(r, HTTP_CONNECTION), TEXT("keep-alive")) &&
		!http_request_repeated(r, HTTP_CONNECTION))
		return true;
	return !http_list_has(http_list(r, HTTP_CONNECTION), TEXT("close")) &&
	       (r->minor > 0 || http_list_has(http_list(r, HTTP_CONNECTION), TEXT("keep-alive")));
}

/* RFC 9110 10.1.1: ignored in 1.0, and pointless without a body. */
static int expect(struct http_request *r)
{
	struct http_list list = http_list(r, HTTP_EXPECT);
	for (struct text e; http_list_next(&list, &e);) {
		if (!text_equal_nocase(e, TEXT("100-continue")))
			return refuse(r, 417, "an expectation other than 100-continue");
		r->expect_continue = r->body == HTTP_FRAMING_CHUNKED || r->content_length > 0;
	}
	return 0;
}

int http_meaning_framing(struct http_request *r, const struct http_parse *parsed)
{
	int status = 0;
	if (http_request_has(r, HTTP_TRANSFER_ENCODING))
		status = transfer_encoding(r);
	else if (http_request_has(r, HTTP_CONTENT_LENGTH))
		status = content_length(r);
	if (status)
		return status;
	uint64_t length = r->body == HTTP_FRAMING_LENGTH ? r->content_length : UINT64_MAX;
	bool chunked = r->body == HTTP_FRAMING_CHUNKED;
	if ((parsed->chunked != chunked &&
		    !(chunked && has_empty_elements(r, HTTP_TRANSFER_ENCODING))) ||
		parsed->content_length != length)
		return refuse(r, 400, "the length of the body can be read in two ways");
	r->keep_alive = persists(r, parsed);
	return r->minor && http_request_has(r, HTTP_EXPECT) ? expect(r) : 0;
}
