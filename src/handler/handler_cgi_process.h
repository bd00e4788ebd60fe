/*
 * handler_cgi_process - programs whose answers are out
 *
 * Runs in:  worker
 * Owns:     the programs left to it, until they have ended
 * Errors:   none; a program that will not end is killed
 *
 * A program ends a moment after it has closed its output, and may take its time. Nobody waits for
 * it: it is collected when somebody looks, and made to end when it does not do so by itself.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_CGI_PROCESS_H
#define HANDLER_CGI_PROCESS_H

#include "mp/mp.h"

#include <stdbool.h>
#include <stdint.h>

/* Closes the pipes of a program and leaves it alone for a while; an unwanted one is told to end at
 * once. The program belongs to this module from now on. */
void handler_cgi_process_leave(struct mp_subprocess *program, bool unwanted, uint64_t now_ms);

/* Collects those that have ended and sees to the others. false: none is left. */
bool handler_cgi_process_look(uint64_t now_ms);

/* Collects the oldest, if they have ended: cheap enough to be done whenever one is started. */
void handler_cgi_process_collect(void);

/* Waits for all of them, and ends those that take too long. */
void handler_cgi_process_end_all(void);

#endif
