/*
 * fuzz_accept - any bytes as one of the Accept fields
 *
 * Runs in:  libFuzzer
 * Owns:     nothing that outlives an input
 * Errors:   abort() when a promise of http_accept.h or http_coding.h is broken
 *
 * The first byte chooses the field and what may be sent, the rest is its value: two lines of it
 * when it holds a newline.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz/fuzz.h"
#include "http/http_accept.h"
#include "http/http_coding.h"

static void look_at(const struct http_request *r, enum http_known known)
{
	struct http_list l = http_list(r, known);
	for (struct http_accept a; http_accept_next(&l, &a);) {
		struct text rest = a.parameters, name, value;
		MUST(a.range.size > 0 && a.weight <= HTTP_ACCEPT_MOST);
		MUST(a.weighted || a.weight == HTTP_ACCEPT_MOST);
		while (http_accept_parameter(&rest, &name, &value))
			MUST(name.size > 0 && value.size > 0);
		MUST(rest.size == 0);
	}
}

static void weigh(const struct http_request *r)
{
	enum http_accept_fit fit;
	static const struct text types[] = {
		TEXT("text/html"), TEXT("text/html;charset=utf-8"), TEXT("")};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		MUST(http_accept_type(r, types[i], &fit) <= HTTP_ACCEPT_MOST);
		MUST(http_accept_language(r, types[i], &fit) <= HTTP_ACCEPT_MOST);
		MUST(http_accept_charset(r, types[i], &fit) <= HTTP_ACCEPT_MOST);
		MUST(http_accept_coding(r, types[i], &fit) <= HTTP_ACCEPT_MOST);
		http_accept_relative(r, types[i]);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size)
{
	static const enum http_known fields[] = {
		HTTP_ACCEPT, HTTP_ACCEPT_CHARSET, HTTP_ACCEPT_ENCODING, HTTP_ACCEPT_LANGUAGE};
	if (size < 1)
		return 0;
	enum http_known known = fields[input[0] & 3];
	unsigned offered = input[0] >> 2;
	struct text rest = text_from((const char *)input + 1, size - 1);
	struct http_field lines[2];
	struct http_request r;
	http_request_init(&r);
	r.fields = lines;
	for (; r.field_count < 2 && rest.at; r.field_count++)
		lines[r.field_count] = (struct http_field){http_request_known(known),
			text_trim(text_split(&rest, '\n')), (uint8_t)known};
	r.first[known] = 1;
	r.repeated = r.field_count > 1 ? UINT64_C(1) << known : 0;
	look_at(&r, known);
	weigh(&r);
	enum http_coding coding = http_coding_choose(&r, offered);
	MUST(coding == HTTP_CODING_IDENTITY || (offered >> coding & 1));
	return 0;
}
