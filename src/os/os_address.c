/*
 * os_address - where a socket listens or who is at its other end
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   -1 with errno; see os_address.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

static void set_v4(struct os_address *address, struct in_addr host, unsigned port)
{
	address->of.v4 = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = host};
	address->size = sizeof address->of.v4;
}

static void set_v6(struct os_address *address, struct in6_addr host, unsigned port, unsigned scope)
{
	address->of.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)port),
		.sin6_addr = host,
		.sin6_scope_id = scope};
	address->size = sizeof address->of.v6;
}

static bool have_v6(void)
{
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* "[::1]" or "[fe80::1%eth0]" without its brackets. */
static int parse_v6(struct os_address *address, struct text host, unsigned port)
{
	char name[INET6_ADDRSTRLEN + IF_NAMESIZE + 2];
	struct in6_addr ip;
	if (host.size >= sizeof name)
		goto invalid;
	memcpy(name, host.at, host.size);
	name[host.size] = '\0';
	char *zone = strchr(name, '%');
	if (zone)
		*zone++ = '\0';
	unsigned scope = zone ? if_nametoindex(zone) : 0;
	if (inet_pton(AF_INET6, name, &ip) != 1 || (zone && scope == 0))
		goto invalid;
	set_v6(address, ip, port, scope);
	return 0;
invalid:
	errno = EINVAL;
	return -1;
}

static int parse_v4(struct os_address *address, struct text host, unsigned port)
{
	char name[INET_ADDRSTRLEN];
	struct in_addr ip;
	if (host.size < sizeof name) {
		memcpy(name, host.at, host.size);
		name[host.size] = '\0';
		if (inet_pton(AF_INET, name, &ip) == 1) {
			set_v4(address, ip, port);
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

int os_address_parse(struct os_address *address, struct text from)
{
	struct text host = {NULL, 0}, digits = from;
	for (size_t i = from.size; i > 0; i--)
		if (from.at[i - 1] == ':') {
			host = text_from(from.at, i - 1);
			digits = text_from(from.at + i, from.size - i);
			break;
		}
	unsigned long long port;
	bool has_nul = host.size && memchr(host.at, '\0', host.size);
	if (!text_number(digits, 65535, &port) || (host.at && host.size == 0) || has_nul) {
		errno = EINVAL;
		return -1;
	}
	if (!host.at || text_equal(host, TEXT("*"))) {
		if (have_v6())
			set_v6(address, in6addr_any, (unsigned)port, 0);
		else
			set_v4(address, (struct in_addr){htonl(INADDR_ANY)}, (unsigned)port);
		return 0;
	}
	if (host.size > 2 && host.at[0] == '[' && host.at[host.size - 1] == ']')
		return parse_v6(address, text_from(host.at + 1, host.size - 2), (unsigned)port);
	return parse_v4(address, host, (unsigned)port);
}

/* What inet_ntop would write, which goes by way of sprintf: this is done for each request. */
static void put_v4(const unsigned char octets[4], char *to)
{
	for (int i = 0; i < 4; i++) {
		unsigned n = octets[i];
		if (n >= 100)
			*to++ = (char)('0' + n / 100);
		if (n >= 10)
			*to++ = (char)('0' + n / 10 % 10);
		*to++ = (char)('0' + n % 10);
		*to++ = '.';
	}
	to[-1] = '\0';
}

const char *os_address_host(const struct os_address *address, char *to)
{
	*to = '\0';
	if (address->of.any.sa_family == AF_INET)
		put_v4((const unsigned char *)&address->of.v4.sin_addr, to);
	else if (address->of.any.sa_family != AF_INET6)
		memcpy(to, "-", 2);
	else if (IN6_IS_ADDR_V4MAPPED(&address->of.v6.sin6_addr))
		put_v4(address->of.v6.sin6_addr.s6_addr + 12, to);
	else
		inet_ntop(AF_INET6, &address->of.v6.sin6_addr, to, OS_ADDRESS_TEXT);
	return to;
}

unsigned os_address_port(const struct os_address *address)
{
	if (address->of.any.sa_family == AF_INET)
		return ntohs(address->of.v4.sin_port);
	if (address->of.any.sa_family == AF_INET6)
		return ntohs(address->of.v6.sin6_port);
	return 0;
}

const char *os_address_format(const struct os_address *address, char *to)
{
	char host[OS_ADDRESS_TEXT];
	os_address_host(address, host);
	snprintf(to, OS_ADDRESS_TEXT, strchr(host, ':') ? "[%.46s]:%u" : "%.46s:%u", host,
		os_address_port(address));
	return to;
}

bool os_address_is_loopback(const struct os_address *address)
{
	const unsigned char *v6 = address->of.v6.sin6_addr.s6_addr;
	if (address->of.any.sa_family == AF_INET)
		return ntohl(address->of.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (address->of.any.sa_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&address->of.v6.sin6_addr))
		return v6[12] == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&address->of.v6.sin6_addr);
}

bool os_address_equal(const struct os_address *a, const struct os_address *b)
{
	if (a->of.any.sa_family != b->of.any.sa_family || os_address_port(a) != os_address_port(b))
		return false;
	if (a->of.any.sa_family == AF_INET)
		return a->of.v4.sin_addr.s_addr == b->of.v4.sin_addr.s_addr;
	return IN6_ARE_ADDR_EQUAL(&a->of.v6.sin6_addr, &b->of.v6.sin6_addr) &&
	       a->of.v6.sin6_scope_id == b->of.v6.sin6_scope_id;
}
