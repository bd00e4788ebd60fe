/*
 * config_host_set - the hosts of an address, and the names by which they are told apart
 *
 * Runs in:  the parent makes the sets; workers look hosts up
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * As in Apache, the most particular address wins, and among the hosts of that address the first
 * that has the name, or the first of all. Names are hashed, so ten thousand hosts cost a request no
 * more than one; names with * are tried in order.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_host_set.h"

#include <ctype.h>
#include <fnmatch.h>
#include <netdb.h>
#include <stdlib.h>

enum { NAMES_MOST = 256 /* bytes of a host's name: DNS has no longer ones */ };

struct config_host_name {
	const struct config_host_name *next; /* of the same bucket */
	const char *name;                    /* in small letters */
	size_t place;                        /* of its host in the set */
};

/* The hash table: its size, and chains. Names with wildcards stand in the chain behind the last. */
struct config_host_names {
	size_t buckets; /* a power of two */
	const struct config_host_name **chains;
	const struct config_host_name *patterns; /* in order */
};

static uint32_t hash_of(const char *name)
{
	uint32_t h = 2166136261u;
	for (; *name; name++)
		h = (h ^ (unsigned char)*name) * 16777619u;
	return h;
}

/* --- addresses --- */

/* "address:port" in two; the port is 0 for "*" and for none. false: it is no port. */
static bool split_port(const char *from, struct text *address, unsigned *port)
{
	struct text whole = text_of(from);
	size_t colon = whole.size;
	unsigned long long n = 0;
	*port = 0;
	*address = whole;
	while (colon > 0 && whole.at[colon - 1] != ':' && whole.at[colon - 1] != ']')
		colon--;
	if (colon == 0 || whole.at[colon - 1] == ']')
		return true;
	*address = text_from(whole.at, colon - 1);
	struct text digits = text_from(whole.at + colon, whole.size - colon);
	if (text_equal(digits, TEXT("*")))
		return true;
	if (!text_number(digits, 65535, &n) || n == 0)
		return false;
	*port = (unsigned)n;
	return true;
}

static bool is_any(struct text address)
{
	return text_equal(address, TEXT("*")) || text_equal_nocase(address, TEXT("_default_"));
}

static struct config_host_set *find_or_make(
	struct config_reader *reader, const struct os_address *address, unsigned port)
{
	struct config *config = reader->config;
	struct config_host_set *sets = (struct config_host_set *)config->host_sets;
	for (size_t i = 0; i < config->host_set_count; i++)
		if (sets[i].port == port && sets[i].address.size == address->size &&
			(!address->size || os_address_equal(&sets[i].address, address)))
			return &sets[i];
	sets = arena_more(reader->memory, sets, config->host_set_count, sizeof *sets);
	if (!sets)
		return NULL;
	config->host_sets = sets;
	struct config_host_set *set = &sets[config->host_set_count++];
	*set = (struct config_host_set){.address = *address, .port = port};
	return set;
}

static bool put(struct config_reader *reader, struct config_host *host,
	const struct os_address *address, unsigned port)
{
	struct config_host_set *set = find_or_make(reader, address, port);
	if (!set)
		return config_reader_no_memory(reader);
	if (set->count && set->hosts[set->count - 1] == host)
		return true;
	struct config_host **hosts =
		arena_more(reader->memory, set->hosts, set->count, sizeof(struct config_host *));
	if (!hosts)
		return config_reader_no_memory(reader);
	hosts[set->count++] = host;
	set->hosts = hosts;
	return true;
}

/* A name stands for all of its addresses, as they are now. */
static bool put_name(struct config_reader *reader, struct config_host *host, const char *name,
	unsigned port, struct config_place place)
{
	struct addrinfo *all, hints = {.ai_socktype = SOCK_STREAM};
	int error = getaddrinfo(name, NULL, &hints, &all);
	if (error)
		return config_reader_fail(reader, place, "<VirtualHost>: cannot find '%s': %s",
			name, gai_strerror(error));
	bool good = true;
	for (const struct addrinfo *a = all; good && a; a = a->ai_next) {
		struct os_address address = {.size = a->ai_addrlen};
		memcpy(&address.of, a->ai_addr, a->ai_addrlen);
		good = put(reader, host, &address, port);
	}
	freeaddrinfo(all);
	return good;
}

unsigned config_host_set_port(const char *address)
{
	struct text name;
	unsigned port;
	return split_port(address, &name, &port) ? port : 0;
}

bool config_host_set_add(struct config_reader *reader, struct config_host *host,
	const char *address, struct config_place place)
{
	struct os_address any = {.size = 0};
	struct text name;
	unsigned port;
	if (!split_port(address, &name, &port) || !name.size)
		return config_reader_fail(reader, place,
			"<VirtualHost>: '%s' is not of the form ADDRESS[:PORT], *[:PORT] or "
			"[IPV6ADDRESS][:PORT]",
			address);
	if (is_any(name))
		return put(reader, host, &any, port);
	if (name.at[0] == '[' && name.size > 2)
		name = text_from(name.at + 1, name.size - 2);
	const char *copy = arena_text(reader->memory, name);
	return copy ? put_name(reader, host, copy, port, place) : config_reader_no_memory(reader);
}

/* --- names --- */

static bool add_name(struct config_reader *reader, struct config_host_names *names,
	const struct config_host_name **last_pattern, const char *name, size_t place)
{
	struct config_host_name *n = arena_take(reader->memory, sizeof *n);
	char *small = arena_text(reader->memory, text_of(name));
	if (!n || !small)
		return config_reader_no_memory(reader);
	for (char *c = small; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	*n = (struct config_host_name){.name = small, .place = place};
	if (strpbrk(small, "*?")) {
		if (*last_pattern)
			((struct config_host_name *)*last_pattern)->next = n;
		else
			names->patterns = n;
		*last_pattern = n;
		return true;
	}
	const struct config_host_name **chain =
		&names->chains[hash_of(small) & (names->buckets - 1)];
	n->next = *chain;
	*chain = n;
	return true;
}

static bool make_names(struct config_reader *reader, struct config_host_set *set)
{
	struct config_host_names *names = arena_take(reader->memory, sizeof *names);
	const struct config_host_name *last_pattern = NULL;
	size_t buckets = 16;
	while (buckets < set->count * 2)
		buckets *= 2;
	if (!names || !(names->chains = arena_take(
				reader->memory, buckets * sizeof(struct config_host_name *))))
		return config_reader_no_memory(reader);
	names->buckets = buckets;
	set->names = names;
	for (size_t i = 0; i < set->count; i++) {
		const struct config_host *host = set->hosts[i];
		if (host->server_name &&
			!add_name(reader, names, &last_pattern, host->server_name, i))
			return false;
		for (const char *const *a = host->server_aliases; a && *a; a++)
			if (!add_name(reader, names, &last_pattern, *a, i))
				return false;
	}
	return true;
}

static int by_particularity(const void *a, const void *b)
{
	const struct config_host_set *x = a, *y = b;
	int by_address = (y->address.size != 0) - (x->address.size != 0);
	return by_address ? by_address : (y->port != 0) - (x->port != 0);
}

/* At the end the set of the main server: it is taken where no virtual host has the address. */
bool config_host_set_complete(struct config_reader *reader)
{
	struct config *config = reader->config;
	struct config_host_set *sets = (struct config_host_set *)config->host_sets;
	config->local_matters =
		config->host_set_count > 1 ||
		(config->host_set_count == 1 && (sets[0].address.size || sets[0].port));
	if (config->host_set_count)
		qsort(sets, config->host_set_count, sizeof *sets, by_particularity);
	sets = arena_more(reader->memory, sets, config->host_set_count, sizeof *sets);
	struct config_host **main_host = arena_take(reader->memory, sizeof(struct config_host *));
	if (!sets || !main_host)
		return config_reader_no_memory(reader);
	*main_host = &config->host;
	sets[config->host_set_count] = (struct config_host_set){.count = 1, .hosts = main_host};
	config->host_sets = sets;
	for (size_t i = 0; i < config->host_set_count; i++)
		if (!make_names(reader, &sets[i]))
			return false;
	return true;
}

/* --- looking up --- */

static bool is_at(const struct config_host_set *set, const struct os_address *local)
{
	char mine[OS_ADDRESS_TEXT], theirs[OS_ADDRESS_TEXT];
	if (set->port && set->port != os_address_port(local))
		return false;
	return !set->address.size ||
	       strcmp(os_address_host(&set->address, mine), os_address_host(local, theirs)) == 0;
}

const struct config_host_set *config_hosts_at(
	const struct config *config, const struct os_address *local)
{
	if (!local || !config->local_matters)
		return &config->host_sets[0]; /* the only one, or the main server's */
	for (size_t i = 0; i < config->host_set_count; i++)
		if (is_at(&config->host_sets[i], local))
			return &config->host_sets[i];
	return &config->host_sets[config->host_set_count];
}

/* The name without its port, in small letters, without the dot of the root. */
static bool name_of(struct text authority, char to[NAMES_MOST])
{
	size_t size = authority.size;
	while (size > 0 && authority.at[size - 1] >= '0' && authority.at[size - 1] <= '9')
		size--;
	if (size == 0 || authority.at[size - 1] != ':')
		size = authority.size;
	else
		size--;
	if (size && authority.at[size - 1] == '.')
		size--;
	if (size == 0 || size >= NAMES_MOST)
		return false;
	for (size_t i = 0; i < size; i++)
		to[i] = (char)tolower((unsigned char)authority.at[i]);
	to[size] = '\0';
	return true;
}

struct config_host *config_host_named(const struct config_host_set *set, struct text authority)
{
	const struct config_host_names *names = set->names;
	char name[NAMES_MOST];
	if (!names || !name_of(authority, name))
		return set->hosts[0];
	size_t best = set->count;
	for (const struct config_host_name *n = names->chains[hash_of(name) & (names->buckets - 1)];
		n; n = n->next)
		if (n->place < best && strcmp(n->name, name) == 0)
			best = n->place;
	for (const struct config_host_name *n = names->patterns; n && n->place < best; n = n->next)
		if (fnmatch(n->name, name, 0) == 0)
			best = n->place;
	return set->hosts[best < set->count ? best : 0];
}
