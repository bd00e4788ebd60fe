/*
 * handler_cgi_env - the environment and the arguments of a program (RFC 3875 4)
 *
 * Runs in:  worker; the arguments in the starter
 * Owns:     the environment made last, until the next is made
 * Errors:   NULL: out of memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_CGI_ENV_H
#define HANDLER_CGI_ENV_H

#include "handler/handler.h"

/* "NAME=value", ended by NULL. */
const char *const *handler_cgi_env_of(struct handler_call *call);

/* All of it becomes variables of the request: another one is about to take its place. false: out of
 * memory. */
bool handler_cgi_env_keep(struct handler_call *call);

/* PATH, where the server itself has none. */
#define HANDLER_CGI_PATH "/usr/local/bin:/usr/bin:/bin"

/* The program and, where the query is no list of assignments, its words (RFC 3875 4.4), ended by
 * NULL; in that memory. For the starter: a worker does not choose arguments. */
const char *const *handler_cgi_env_words(struct arena *memory, struct text file, struct text query);

#endif
