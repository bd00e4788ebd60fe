/*
 * handler_cgi_said - what a program says on its standard error, line by line into the error log
 *
 * Runs in:  worker
 * Owns:     the line that is not whole yet
 * Errors:   none; what is too much is left out, and the log says so
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_CGI_SAID_H
#define HANDLER_CGI_SAID_H

#include "base/buffer.h"
#include "os/os_address.h"

#include <stdint.h>

struct handler_cgi_said {
	int fd;             /* does not block, and belongs to somebody else; -1: it has ended */
	struct buffer line; /* as far as it has come */
	size_t bytes;       /* written into the log so far */
	char *file;         /* the program; from malloc(3) */
	char client[OS_ADDRESS_TEXT];
};

/* Takes what there is. false: nothing will come any more. */
bool handler_cgi_said_more(struct handler_cgi_said *said);

/* The last line, if it has no end, and the memory. */
void handler_cgi_said_end(struct handler_cgi_said *said);

#endif
