/*
 * parent_logs - opening what is written to
 *
 * Runs in:  the parent, with the rights it was started with; workers inherit the descriptors
 * Owns:     the descriptors in a config's error_logs[].sink and logs[].fd; error_log_fd is the
 * first of them Errors:   -1 and a line that says which log and why
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_LOGS_H
#define PARENT_LOGS_H

#include "config/config.h"

/* Opens every ErrorLog and every CustomLog: files for appending, programs by starting them. None of
 * them blocks who writes. */
int parent_logs_open(struct config *config);

void parent_logs_close(struct config *config);

#endif
