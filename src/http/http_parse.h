/*
 * http_parse - http-parser, asked about a head that was scanned
 *
 * Runs in:  every process that answers requests
 * Owns:     nothing
 * Errors:   the status to refuse with
 *
 * Private to http/. http_parse.c is the only file that includes http_parser.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_PARSE_H
#define HTTP_PARSE_H

#include "http/http_request.h"

/* What http-parser concluded about the framing and the connection. */
struct http_parse {
	uint64_t content_length; /* UINT64_MAX without Content-Length */
	bool chunked;
	bool keep_alive;
};

/* Has http-parser cut the head at `data`, which http_scan found whole (r->scan). r->method and
 * r->method_name are set already; target and the fields get set here, with room for
 * r->scan.field_count in r->fields. 0; 400 when http-parser refuses the head or sees anything
 * differently than the scan did; 431. */
int http_parse(struct http_request *r, const char *data, struct http_parse *result);

#endif
