/*
 * os_network - a range of addresses, and who is in it
 *
 * Runs in:  the parent reads them; workers ask
 * Owns:     nothing
 * Errors:   -1 with errno EINVAL, and words for whoever wrote it
 *
 * What Require ip, Allow from and -ipmatch take, as mod_authz_host describes it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_NETWORK_H
#define OS_NETWORK_H

#include "os/os_address.h"

#include <stdint.h>

struct os_network {
	sa_family_t family;  /* AF_INET or AF_INET6 */
	uint8_t address[16]; /* network byte order; 4 bytes of it with AF_INET; without host bits */
	uint8_t mask[16];    /* a bit that counts is set; need not be a prefix */
};

/* One of
 *   10.1.2.3  2001:db8::1                 a single address
 *   10  10.1  10.1.  10.1.2               all that begins so
 *   10.1.0.0/255.255.0.0                  a network and its mask
 *   10.1.0.0/16  2001:db8::/32            a network and the bits that count, from 0
 * A v4-mapped IPv6 address is refused, since its peers are matched as what they are. -1: *why says
 * what is wrong, without a full stop, as in "ip address '10.256' appears to be invalid: ...". */
int os_network_parse(struct os_network *network, struct text from, const char **why);

/* Is the address in it? The port does not matter; a v4-mapped IPv6 address is looked for as the
 * IPv4 address it is, and only in IPv4 networks. */
bool os_network_has(const struct os_network *network, const struct os_address *address);

/* A numeric address alone, without port or brackets: for what -ipmatch compares. */
int os_network_address(struct os_address *address, struct text from);

#endif
