/*
 * handler_status_text - the status for a terminal, and the workers as a table for programs
 *
 * Runs in:  the parent, for its control socket
 * Owns:     nothing
 * Errors:   running out of memory sticks in the buffer
 *
 * What came from clients is written with \xHH for every byte that is not printable ASCII: a
 * terminal obeys some of the others.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_STATUS_TEXT_H
#define HANDLER_STATUS_TEXT_H

#include "handler/handler_status_view.h"

/* About a screen of plain text. */
void handler_status_text(const struct handler_status_view *view, struct buffer *to);

/* A line of names and one for each worker, fields separated by tabs: slot, pid, generation, state
 * (its letter), connections, idle, requests, bytes, age (s), cpu (s), memory (bytes), last (s),
 * silent (s), held (yes, no or -), client, host, request. */
void handler_status_text_workers(const struct handler_status_view *view, struct buffer *to);

/* "1.2 MB"; "812 B" */
void handler_status_text_bytes(uint64_t bytes, struct buffer *to);

/* "12 us", "3.4 ms", "5.6 s" */
void handler_status_text_duration(uint64_t us, struct buffer *to);

/* "12,345" */
void handler_status_text_number(uint64_t n, struct buffer *to);

/* What one that died had used: "12.0 ms user, 3.1 ms system, at most 3.2 MB; ..." */
void handler_status_text_used(const struct wire_death *death, struct buffer *to);

/* Printable ASCII as it is, the rest as \xHH. */
void handler_status_text_plain(const char *bytes, struct buffer *to);

#endif
