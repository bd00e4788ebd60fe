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
 *   starter_limit  how much may it use?
 *
 * Workers execute nothing. This process starts their programs (CGI), for whoever of them asks, and
 * since one of them may have been taken over it believes none: it has the configuration, and starts
 * what that says may be run, with the arguments and the directory that follow from it, and with
 * variables of CGI or of the configuration. Its fences are those that programs can bear, who
 * inherit them and of whom nobody knows which files they need: it reaches no process but its own.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STARTER_STARTER_H
#define STARTER_STARTER_H

#define LOG_AREA "cgi"
#include "base/arena.h"
#include "base/log.h"
#include "config/config.h"
#include "mp/mp.h"

struct starter_names;

/* The settings that let this file be run, in one of the hosts; NULL: none do. `file` is absolute
 * and may come from anybody. Where several hosts let it: those that also grant the limits of the
 * order (starter_limit), if there are such, and *granted. */
const struct config_dir *starter_place_of(struct config *config, const char *file,
	const struct mp_subprocess_order *order, bool *granted);

/* Does this section's being in force depend on the request? */
bool starter_place_depends(const struct config_section *section);

/* What an order claims, and what of it an .htaccess says where that depends on the request; whether
 * one could let the program run there. */
struct starter_claim {
	const struct mp_subprocess_order *order;
	bool said[CONFIG_CGI_LIMITS];
	unsigned may; /* starter_place's own */
};
void starter_limit_hears(void *claim, const struct config_section *htaccess);

/* Are the limits of the order those of `dir`, or of what depends on the request in this host? */
bool starter_limit_grants(const struct config_host *host, const struct config_dir *dir,
	const struct starter_claim *claim);

/* The order's limits are those it has, as far as this process can give them; or, where they are not
 * granted, those of `dir`. Until the next call. */
void starter_limit_set(
	struct mp_subprocess_order *order, const struct config_dir *dir, bool granted);

/* The names that the configuration mentions, with their values; NULL: no memory. */
const struct starter_names *starter_env_names(const struct config *config, struct arena *memory);

/* May a program have this variable, "NAME=value", besides what `dir` (with what .htaccess says in
 * it) gives it? */
bool starter_env_allows(
	const struct starter_names *names, const struct config_dir *dir, const char *variable);

#endif
