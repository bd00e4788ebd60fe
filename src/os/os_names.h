/*
 * os_names - which name an address has, and which address a name
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false: nobody knows, or they disagree
 *
 * Both ask the name service of this machine (/etc/hosts, DNS, as nsswitch.conf(5) says) and wait
 * for its answer, for seconds where it has none. Whoever serves many clients at once lets all of
 * them wait.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_NAMES_H
#define OS_NAMES_H

#include "os/os_address.h"

enum { OS_NAMES_SIZE = 1025 }; /* bytes of the longest name and its NUL (getnameinfo(3)) */

/* The name that whoever owns the address claims for it, in small letters, without a dot at its end.
 * One that reads like an address is none: in a log it would be somebody else's. Nor is one of other
 * letters than hosts have. */
bool os_names_claimed(const struct os_address *address, char name[OS_NAMES_SIZE]);

/* The name of an address, without a dot at its end, where that name has this address too: who owns
 * the address alone can claim any name for it. */
bool os_names_of(const struct os_address *address, char name[OS_NAMES_SIZE]);

/* Does the name have this address, whatever port? */
bool os_names_has(const char *name, const struct os_address *address);

#endif
