/*
 * handler_action - a program of this site that answers for something else: Action and Script
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   404 for a file that is not there, 500 without memory
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HANDLER_ACTION_H
#define HANDLER_ACTION_H

#include "handler/handler.h"

/* Where no handler of our own was asked for by name: `wanted` is the name that was, or NULL. As a
 * phase. */
int handler_action(struct handler_call *call, const char *wanted);

#endif
