/*
 * handler_cgi_file - the file that is a program: which one it is, and whether it may be run
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   403, 404; the error log says why
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_CGI_FILE_H
#define HANDLER_CGI_FILE_H

#include "handler/handler.h"

/* 0: call->file may be run. */
int handler_cgi_file(struct handler_call *call);

/* A line of the error log about what the client asked for. */
void handler_cgi_complain(const struct handler_call *call, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The client's address, or "-"; in `to`. */
const char *handler_cgi_client(const struct handler_call *call, char to[OS_ADDRESS_TEXT]);

#endif
