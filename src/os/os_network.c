/*
 * os_network - a range of addresses, and who is in it
 *
 * Runs in:  the parent reads them; workers ask
 * Owns:     nothing
 * Errors:   -1 with errno EINVAL; see os_network.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_network.h"

#include <arpa/inet.h>
#include <errno.h>

enum { V4_SIZE = 4, V6_SIZE = 16 }; /* bytes of an address */

static int invalid(const char **why, const char *words)
{
	*why = words;
	errno = EINVAL;
	return -1;
}

/* One to four numbers with dots between them, perhaps one behind them: how many, or -1. Leading
 * zeros are taken, and mean nothing. */
static int parse_parts(uint8_t parts[V4_SIZE], struct text from, const char **why)
{
	if (from.size && from.at[from.size - 1] == '.')
		from.size--;
	int count = 0;
	for (struct text rest = from; rest.at; count++) {
		unsigned long long part;
		struct text digits = text_split(&rest, '.');
		if (count == V4_SIZE)
			return invalid(why, "an IPv4 address has four parts");
		if (digits.size > 3 || !text_number(digits, 255, &part))
			return invalid(
				why, "each part of an IPv4 address is a number from 0 to 255");
		parts[count] = (uint8_t)part;
	}
	return count;
}

static int parse_v6(uint8_t bytes[V6_SIZE], struct text from)
{
	char name[INET6_ADDRSTRLEN];
	if (from.size >= sizeof name || memchr(from.at, '\0', from.size))
		return -1;
	memcpy(name, from.at, from.size);
	name[from.size] = '\0';
	return inet_pton(AF_INET6, name, bytes) == 1 ? 0 : -1;
}

static void set_bits(uint8_t *mask, unsigned bits)
{
	for (unsigned i = 0; i < bits; i++)
		mask[i / 8] |= (uint8_t)(0x80 >> i % 8);
}

/* What stands behind the slash. */
static int parse_mask(struct os_network *n, struct text mask, const char **why)
{
	bool v4 = n->family == AF_INET;
	unsigned long long bits;
	if (text_number(mask, v4 ? 32 : 128, &bits)) {
		set_bits(n->mask, (unsigned)bits);
		return 0;
	}
	if (!v4)
		return invalid(why, "behind the slash a number from 0 to 128 is expected");
	bool dotted = mask.size && mask.at[mask.size - 1] != '.';
	if (!dotted || parse_parts(n->mask, mask, why) != V4_SIZE)
		return invalid(why, "behind the slash a number from 0 to 32 or a mask such as "
				    "255.255.0.0 is expected");
	return 0;
}

/* An IPv4 network of which only the beginning may be written. */
static int parse_v4(struct os_network *n, struct text host, struct text mask, const char **why)
{
	int count = parse_parts(n->address, host, why);
	if (count < 0)
		return -1;
	if (!mask.at) {
		set_bits(n->mask, 8 * (unsigned)count);
		return 0;
	}
	if (count < V4_SIZE || host.at[host.size - 1] == '.')
		return invalid(why, "before a slash the whole address is expected");
	return parse_mask(n, mask, why);
}

int os_network_parse(struct os_network *network, struct text from, const char **why)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 2.5.5.2 */
	struct text mask = from, host = text_split(&mask, '/');
	*network = (struct os_network){.family = AF_INET};
	if (host.size == 0)
		return invalid(why, "an IP address is expected");
	for (size_t i = 0; i < host.size; i++)
		if (!strchr("0123456789abcdefABCDEF:.", host.at[i]) || !host.at[i])
			return invalid(why, "an IP address is expected");
	if (!memchr(host.at, ':', host.size)) {
		if (parse_v4(network, host, mask, why) < 0)
			return -1;
	} else {
		network->family = AF_INET6;
		if (parse_v6(network->address, host) < 0)
			return invalid(why, "that is no IPv6 address");
		if (memcmp(network->address, mapped, sizeof mapped) == 0)
			return invalid(
				why, "an IPv4 address is written as one here, without ::ffff:");
		if (!mask.at)
			set_bits(network->mask, 128);
		else if (parse_mask(network, mask, why) < 0)
			return -1;
	}
	for (unsigned i = 0; i < V6_SIZE; i++)
		network->address[i] &= network->mask[i];
	return 0;
}

bool os_network_has(const struct os_network *network, const struct os_address *address)
{
	const uint8_t *bytes = NULL;
	sa_family_t family = address->of.any.sa_family;
	if (family == AF_INET) {
		bytes = (const uint8_t *)&address->of.v4.sin_addr;
	} else if (family == AF_INET6) {
		bytes = address->of.v6.sin6_addr.s6_addr;
		if (IN6_IS_ADDR_V4MAPPED(&address->of.v6.sin6_addr)) {
			family = AF_INET;
			bytes += V6_SIZE - V4_SIZE;
		}
	}
	if (!bytes || family != network->family)
		return false;
	for (unsigned i = 0; i < (family == AF_INET ? V4_SIZE : V6_SIZE); i++)
		if ((bytes[i] & network->mask[i]) != network->address[i])
			return false;
	return true;
}

int os_network_address(struct os_address *address, struct text from)
{
	uint8_t parts[V4_SIZE];
	const char *why;
	*address = (struct os_address){.size = 0};
	if (from.size && memchr(from.at, ':', from.size)) {
		address->of.v6.sin6_family = AF_INET6;
		address->size = sizeof address->of.v6;
		if (parse_v6(address->of.v6.sin6_addr.s6_addr, from) == 0)
			return 0;
	} else if (from.size && from.at[from.size - 1] != '.' &&
		   parse_parts(parts, from, &why) == V4_SIZE) {
		address->of.v4.sin_family = AF_INET;
		address->size = sizeof address->of.v4;
		memcpy(&address->of.v4.sin_addr, parts, sizeof parts);
		return 0;
	}
	errno = EINVAL;
	return -1;
}
