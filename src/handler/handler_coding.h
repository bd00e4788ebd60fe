/*
 * handler_coding - the content coding an answer is sent in
 *
 * Runs in:  worker
 * Owns:     nothing; descriptors go where the functions say
 * Errors:   a copy that cannot be had is not there; an HTTP status where the body cannot be made
 *
 * A file may have compressed copies beside it (page.html.br, where AddEncoding names the suffix)
 * and may be compressed on the fly (AddOutputFilterByType), as may be what programs and the server
 * itself answer. Which of these a client gets depends on its Accept-Encoding and on nothing else.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_CODING_H
#define HANDLER_CODING_H

#include "config/config_media.h"
#include "handler/handler_env.h"
#include "http/http_coding.h"
#include "http/http_request.h"
#include "http/http_response.h"

#include <stdint.h>
#include <sys/stat.h>

/* What was chosen, and for whom it is right. */
struct handler_choice {
	unsigned offered; /* set of codings the file could be had in beside identity: 0: nobody's
			     Accept-Encoding matters */
	enum http_coding coding;
	bool made;        /* the body is made of the file and is not the file */
	uint64_t witness; /* of the files that were looked at; 0: of the sent file alone */
};

/* Chooses for the open file `fd` of that name beneath the directory `root`, whose extensions say
 * `media`. Where a copy is chosen, the file is closed and the copy returned in its place, *st too;
 * else `fd`. The variables no-gzip, no-brotli and gzip-only-text/html of `env` keep it from being
 * compressed on the fly. */
int handler_coding_choose(const struct config_host *host, const struct config_dir *dir, int root,
	const struct http_request *request, const struct handler_env *env, const char *name,
	const struct config_media *media, int fd, struct stat *st, struct handler_choice *choice);

/* Appends the whole file in the chosen coding. 0, or a status: 500 where the file is no longer what
 * `st` says, 503 where there is no memory. */
int handler_coding_make(const struct config_host *host, const struct handler_choice *choice, int fd,
	const struct stat *st, struct buffer *to);

/* The witness of the files as they are now: as long as it is that of a choice, the choice and its
 * body hold. */
uint64_t handler_coding_witness(int root, const struct config_dir *dir, const char *name);

/* Chooses for a response that is no file, with status, type and fields, before its body goes
 * anywhere: tells the coding by Content-Encoding, Vary and the tag. `filters`: those that the name
 * of what answers brings (config_media); `length` of the body, UINT64_MAX: nobody knows. */
void handler_coding_offer(const struct config_dir *dir, const struct http_request *request,
	const struct handler_env *env, unsigned filters, uint64_t length, struct http_response *r,
	struct handler_choice *choice);

/* And puts the body into it: at once what is in memory; what comes out of a pipe on its way. 0, or
 * 503: no memory. */
int handler_coding_apply(const struct config_host *host, const struct http_request *request,
	const struct handler_choice *choice, struct http_response *r);

#endif
