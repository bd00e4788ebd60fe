/*
 * parent_logs - opening what is written to
 *
 * Runs in:  the parent, with the rights it was started with; workers inherit the descriptors
 * Owns:     the descriptors in a config's error_log_fd and logs[].fd
 * Errors:   -1 and a line that says which file and why
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_LOGS_H
#define PARENT_LOGS_H

#include "config/config.h"

/* Opens the ErrorLog and every CustomLog for appending. */
int parent_logs_open(struct config *config);

void parent_logs_close(struct config *config);

#endif
