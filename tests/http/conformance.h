/*
 * conformance - what RFC 9110 and RFC 9112 ask of an origin server, as a table of raw bytes
 *
 * Runs in:  test_conformance, which sends the bytes, and conformance_html, which writes the page
 *           www/manual/conformance.html
 * Owns:     nothing; the tables are constant
 * Errors:   none
 *
 * The rows stand in cases_*.def:
 *
 *   CASE(section, level, sentence, bytes, end, replies...)
 *     section   of the RFC, "9112 2.2"
 *     level     MUST, SHOULD or MAY of that sentence; OURS where the RFC leaves it open
 *     sentence  what it asks for, in our words, and what we do
 *     bytes     what the client sends, at once
 *     end       OPEN: the connection can be used again; CLOSED: the last answer says close, and
 *               nothing follows it; SHUT: the client sends no more but reads on, and the server
 *               closes when it has answered
 *     replies   R(status, says...) in order; RH where the request was HEAD; R(100) is one too
 *   THEN(section, level, sentence, bytes, later, end, replies...)
 *     the same; `later` is sent when the first answer has come
 *
 * `says` of a reply: "Name: value" has exactly this; "Name" has it; "!Name" has it not;
 * "Name ~ part" its value holds the part; "body: text" is the body; "body ~ part" holds the part;
 * "as GET" a GET in place of this HEAD has the same fields.
 * In bytes TIMES(n, text) is the text n times, and ETAG the tag of /hello.txt.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFORMANCE_H
#define CONFORMANCE_H

#include <stdbool.h>
#include <stddef.h>

enum conformance_level { MUST, SHOULD, MAY, OURS };
enum conformance_end { OPEN, CLOSED, SHUT };
enum { CONFORMANCE_REPLIES = 8, CONFORMANCE_SAYS = 8 };

struct conformance_reply {
	int status;
	const char *says[CONFORMANCE_SAYS];
	bool head;
};

struct conformance_case {
	const char *section, *sentence;
	enum conformance_level level;
	enum conformance_end end;
	const char *bytes;
	size_t size;
	const char *later;
	size_t later_size;
	struct conformance_reply replies[CONFORMANCE_REPLIES];
};

/* One server's worth of cases. */
struct conformance_group {
	const char *name, *configuration;
	const struct conformance_case *cases;
	size_t count;
};

#define CASE(section_, level_, sentence_, bytes_, end_, ...)                                       \
	{.section = (section_),                                                                    \
		.sentence = (sentence_),                                                           \
		.level = (level_),                                                                 \
		.end = (end_),                                                                     \
		.bytes = (bytes_),                                                                 \
		.size = sizeof(bytes_) - 1,                                                        \
		.replies = {__VA_ARGS__}},
#define THEN(section_, level_, sentence_, bytes_, later_, end_, ...)                               \
	{.section = (section_),                                                                    \
		.sentence = (sentence_),                                                           \
		.level = (level_),                                                                 \
		.end = (end_),                                                                     \
		.bytes = (bytes_),                                                                 \
		.size = sizeof(bytes_) - 1,                                                        \
		.later = (later_),                                                                 \
		.later_size = sizeof(later_) - 1,                                                  \
		.replies = {__VA_ARGS__}},
#define R(status_, ...)                                                                            \
	{                                                                                          \
		.status = (status_), .says = { __VA_ARGS__ }                                       \
	}
#define RH(status_, ...)                                                                           \
	{                                                                                          \
		.status = (status_), .says = {__VA_ARGS__}, .head = true                           \
	}

#define TIMES(n, text) "\002" #n "*" text "\003"
#define ETAG "\036"
#define DATE "Sun, 13 Sep 2020 12:26:40 GMT" /* Last-Modified of every file: SUPPORT_SITE_DATE */
#define REQUEST(line, fields) line " HTTP/1.1\r\nHost: a\r\n" fields "\r\n"
#define HELLO "body: hello, world\n"

static const struct conformance_case conformance_standard[] = {
#include "http/cases_message.def"
#include "http/cases_target.def"
#include "http/cases_framing.def"
#include "http/cases_connection.def"
#include "http/cases_method.def"
#include "http/cases_content.def"
#include "http/cases_conditional.def"
#include "http/cases_range.def"
};
static const struct conformance_case conformance_small[] = {
#include "http/cases_small.def"
};
static const struct conformance_case conformance_other[] = {
#include "http/cases_other.def"
};
static const struct conformance_case conformance_negotiated[] = {
#include "http/cases_negotiation.def"
};

#define CONFORMANCE_GROUP(name_, cases_, configuration_)                                           \
	{                                                                                          \
		.name = (name_), .configuration = (configuration_), .cases = (cases_),             \
		.count = sizeof(cases_) / sizeof *(cases_)                                         \
	}
static const struct conformance_group conformance_groups[] = {
	CONFORMANCE_GROUP("standard", conformance_standard, ""),
	CONFORMANCE_GROUP("small", conformance_small,
		"Timeout 1\nKeepAliveTimeout 1\nMaxKeepAliveRequests 3\nTraceEnable off\n"
		"LimitRequestLine 200\nLimitRequestFields 10\nLimitRequestFieldSize 100\n"
		"LimitRequestBody 100\nAllowEncodedSlashes On\nMaxRanges 2\n"
		"<Location \"/none\">\n\tMaxRanges none\n\tDirectorySlash Off\n"
		"\tLimitRequestBody 10\n</Location>\n"),
	CONFORMANCE_GROUP("other", conformance_other,
		"TraceEnable extended\nAllowEncodedSlashes NoDecode\nMaxRanges unlimited\n"
		"MaxRangeOverlaps none\nMaxRangeReversals 1\nLimitRequestBody 0\n"),
	CONFORMANCE_GROUP("negotiated", conformance_negotiated,
		"Options +MultiViews\nAddEncoding gzip .gz\nAddLanguage en .en\nAddLanguage de "
		".de\n"
		"AddLanguage pt-BR .pt-br\nLanguagePriority en de\n"),
};
enum { CONFORMANCE_GROUPS = sizeof conformance_groups / sizeof *conformance_groups };

#endif
