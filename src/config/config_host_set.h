/*
 * config_host_set - the hosts of an address, and the names by which they are told apart
 *
 * Runs in:  the parent makes the sets; workers look hosts up
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_HOST_SET_H
#define CONFIG_HOST_SET_H

#include "config/config_reader.h"

/* The host answers at an address as <VirtualHost> has it: "*", "*:80", "_default_:443",
 * "10.0.0.1", "[::1]:80", "name:80". */
bool config_host_set_add(struct config_reader *reader, struct config_host *host,
	const char *address, struct config_place place);

/* The port of such an address; 0: it names none. */
unsigned config_host_set_port(const char *address);

/* All hosts were added. */
bool config_host_set_complete(struct config_reader *reader);

#endif
