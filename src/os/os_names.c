/*
 * os_names - which name an address has, and which address a name
 *
 * Runs in:  worker
 * Owns:     nothing
 * Errors:   false
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_names.h"

#include "os/os_network.h"

#include <arpa/inet.h>
#include <netdb.h>

/* A v4-mapped IPv6 address as the IPv4 address it is, without port. */
static struct os_address bare(const struct sockaddr *address, socklen_t size)
{
	struct os_address a = {.size = 0};
	if (address->sa_family == AF_INET && size >= sizeof a.of.v4) {
		memcpy(&a.of.v4, address, sizeof a.of.v4);
		a.size = sizeof a.of.v4;
	} else if (address->sa_family == AF_INET6 && size >= sizeof a.of.v6) {
		memcpy(&a.of.v6, address, sizeof a.of.v6);
		a.size = sizeof a.of.v6;
		if (IN6_IS_ADDR_V4MAPPED(&a.of.v6.sin6_addr)) {
			struct in_addr v4;
			memcpy(&v4, a.of.v6.sin6_addr.s6_addr + 12, sizeof v4);
			a.of.v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = v4};
			a.size = sizeof a.of.v4;
		}
	}
	return a;
}

static bool is_same(const struct os_address *a, const struct os_address *b)
{
	if (!a->size || a->of.any.sa_family != b->of.any.sa_family)
		return false;
	if (a->of.any.sa_family == AF_INET)
		return a->of.v4.sin_addr.s_addr == b->of.v4.sin_addr.s_addr;
	return memcmp(&a->of.v6.sin6_addr, &b->of.v6.sin6_addr, sizeof a->of.v6.sin6_addr) == 0;
}

bool os_names_has(const char *name, const struct os_address *address)
{
	struct os_address wanted = bare(&address->of.any, address->size);
	struct addrinfo *all, hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	bool found = false;
	if (!wanted.size || getaddrinfo(name, NULL, &hints, &all) != 0)
		return false;
	for (const struct addrinfo *a = all; a && !found; a = a->ai_next) {
		struct os_address one = bare(a->ai_addr, a->ai_addrlen);
		found = is_same(&one, &wanted);
	}
	freeaddrinfo(all);
	return found;
}

/* Name servers say anything, and not every service of the C library that asks them looks at it.
 * What reads like an address includes what inet_aton(3) takes for one: "127.1", "0x7f000001". */
static bool is_name(const char *name)
{
	struct os_address address;
	struct in_addr v4;
	size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
	return size && !name[size] && !inet_aton(name, &v4) &&
	       os_network_address(&address, text_from(name, size)) < 0;
}

bool os_names_claimed(const struct os_address *address, char name[OS_NAMES_SIZE])
{
	struct os_address wanted = bare(&address->of.any, address->size);
	if (!wanted.size || getnameinfo(&wanted.of.any, wanted.size, name, OS_NAMES_SIZE, NULL, 0,
				    NI_NAMEREQD) != 0)
		return false;
	size_t size = strlen(name);
	if (size && name[size - 1] == '.')
		name[size - 1] = '\0';
	for (char *c = name; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return is_name(name);
}

bool os_names_of(const struct os_address *address, char name[OS_NAMES_SIZE])
{
	return os_names_claimed(address, name) && os_names_has(name, address);
}
