/*
 * wire_refusal - a client that nobody can serve is told so
 *
 * Runs in:  the parent, workers
 * Owns:     nothing; it closes the connection it is given
 * Errors:   none: a client that does not take the answer at once goes without
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_REFUSAL_H
#define WIRE_REFUSAL_H

/* 503 with Retry-After and that sentence, and the connection is closed. Never waits, and reads
 * nothing of the request: what has come of it is thrown away in the kernel. */
void wire_refusal(int fd, const char *sentence);

#endif
