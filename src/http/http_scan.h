/*
 * http_scan - the strict scan of a request head, before http-parser sees it
 *
 * Runs in:  every process that answers requests
 * Owns:     nothing; it keeps offsets into bytes that the caller holds
 * Errors:   the status to refuse with, and in `why` the reason for the log
 *
 * One pass from left to right over every byte, decided byte by byte: what a cut head is refused
 * with, the whole head is refused with too. It can stop anywhere and go on where it stopped.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_SCAN_H
#define HTTP_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How much of a head is taken; from LimitRequestLine, LimitRequestFields, LimitRequestFieldSize. */
struct http_limits {
	unsigned line;       /* bytes of the request line without its CRLF; more: 414 */
	unsigned fields;     /* field lines, 0 = no limit of its own; more: 431 */
	unsigned field_size; /* bytes of one field line without its CRLF; more: 431 */
	bool secure;         /* the connection is encrypted: "https" targets are served here */
};

/* Whatever the limits say, a head is never larger than this (431). */
#define HTTP_HEAD_MOST (1u << 20)

/* Empty lines tolerated before the request line (RFC 9112 2.2 asks for at least one). */
#define HTTP_EMPTY_LINES 4

struct http_scan {
	uint32_t at;         /* bytes already examined */
	uint32_t part;       /* where the part being examined began: a line, a field, the version */
	uint32_t line;       /* where the request line begins */
	uint32_t method_end; /* the space behind the method */
	uint32_t path_end;   /* the first '?' of the target, or its end */
	uint32_t target_end; /* the space behind the target */
	uint32_t line_end;   /* the CR that ends the request line; 0 until it was seen */
	uint16_t field_count; /* whole field lines so far */
	uint8_t phase;        /* enum phase of http_scan.c; 0 at the start */
	uint8_t empty_lines;  /* skipped before the request line */
	uint8_t minor;        /* of HTTP/1.minor, once line_end is set */
	bool padded;          /* some field value has white space behind it */
	const char *why;      /* of a refusal, a static string for the log */
};

/* A fresh scan is all zeros. `data` are all bytes of the head so far, each time from its beginning;
 * they may have moved. 0: the head is whole and ends before offset `at`. HTTP_MORE, or the status
 * to refuse with: 400, 414, 431, 501 (a method without end), 505. */
int http_scan(struct http_scan *s, const char *data, size_t size, const struct http_limits *limits);

#endif
