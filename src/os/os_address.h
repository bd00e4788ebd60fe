/*
 * os_address - where a socket listens or who is at its other end
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   -1 with errno; no name is ever resolved here, so nothing can block
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_ADDRESS_H
#define OS_ADDRESS_H

#include "base/text.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct os_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} of;
	socklen_t size;
};

enum { OS_ADDRESS_TEXT = 64 }; /* room for "[v6 address]:port" and its NUL */

/* "80", "*:80", "127.0.0.1:80", "[::1]:80", as Apache's Listen takes them. A port alone (or "*") is
 * the IPv6 wildcard that takes IPv4 too, or the IPv4 one where the kernel has no IPv6.
 * EINVAL: not of that form, or a port outside 1..65535 (0 is taken too: the kernel chooses). */
int os_address_parse(struct os_address *address, struct text from);

/* The numeric address without port into `to` (OS_ADDRESS_TEXT bytes); a v4-mapped IPv6 address is
 * written as the IPv4 address it is. Returns `to`. */
const char *os_address_host(const struct os_address *address, char *to);

unsigned os_address_port(const struct os_address *address);

/* "127.0.0.1:80", "[::1]:80" into `to` (OS_ADDRESS_TEXT bytes). Returns `to`. */
const char *os_address_format(const struct os_address *address, char *to);

/* Is it one of this machine's own, that nobody outside can have: 127.0.0.0/8, ::1? */
bool os_address_is_loopback(const struct os_address *address);

bool os_address_equal(const struct os_address *a, const struct os_address *b);

#endif
