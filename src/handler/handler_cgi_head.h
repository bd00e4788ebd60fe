/*
 * handler_cgi_head - the head of what a program prints
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false, and the line that is no field
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_CGI_HEAD_H
#define HANDLER_CGI_HEAD_H

#include "handler/handler.h"

struct handler_cgi_head {
	int status;           /* 0: not said */
	struct text location; /* at NULL: none */
	bool length_known;
	uint64_t length; /* Content-Length */
};

/* Bytes of a head, the empty line at its end included; 0: it is not whole. Lines end with LF or
 * CRLF (RFC 3875 6.2). */
size_t handler_cgi_head_size(struct text output);

/* Reads a whole head into the response: its fields are added, but for those that are the server's
 * to set, and nothing that is no field becomes one. `bad` gets the line where that fails. */
bool handler_cgi_head_read(struct text head, struct handler_call *call,
	struct handler_cgi_head *said, struct text *bad);

/* Another body takes the place of the program's: what was said of that is not true of it. */
void handler_cgi_head_forget_content(struct handler_call *call);

/* The client's copy may be good enough, as with a file. What a program has done by another method
 * cannot be refused any more. 0, or 412. */
int handler_cgi_head_compare(struct handler_call *call);

#endif
