/*
 * starter - what the files of this folder share
 *
 * Runs in:  the starter
 * Owns:     nothing but its rules
 * Errors:   what is refused is told to the worker that asked, and to the log
 *
 *   starter_main   birth, the loop, an order
 *   starter_place  may this program be started?
 *   starter_env    may it have this variable?
 *
 * Workers execute nothing. This process starts their programs (CGI), for whoever of them asks, and
 * since one of them may have been taken over it believes none: it has the configuration, and starts
 * what that says may be run, with the arguments and the directory that follow from it, and with
 * variables of CGI or of the configuration. It has no fence of its own, because programs would
 * inherit it and nobody knows what they need.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STARTER_STARTER_H
#define STARTER_STARTER_H

#define LOG_AREA "cgi"
#include "base/arena.h"
#include "base/log.h"
#include "config/config.h"

struct starter_names;

/* The settings that let this file be run, in one of the hosts; NULL: none do. `file` is absolute
 * and may come from anybody. */
const struct config_dir *starter_place_of(struct config *config, const char *file);

/* The names that the configuration mentions, with their values; NULL: no memory. */
const struct starter_names *starter_env_names(const struct config *config, struct arena *memory);

/* May a program have this variable, "NAME=value", besides what `dir` (with what .htaccess says in
 * it) gives it? */
bool starter_env_allows(
	const struct starter_names *names, const struct config_dir *dir, const char *variable);

#endif
