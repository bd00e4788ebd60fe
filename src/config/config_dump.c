/*
 * config_dump - what a configuration came to, for people: -S and -M
 *
 * Runs in:  a process started from a shell
 * Owns:     nothing
 * Errors:   none but memory, which sticks in the buffer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <stdio.h>

void config_dump_modules(struct buffer *to)
{
	static const char *const names[] = {
#define CONFIG_MODULE(name) name,
#include "config/modules.def"
#undef CONFIG_MODULE
	};
	buffer_string(to, "Loaded Modules:\n");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		buffer_printf(to, " %s_module (built in)\n", names[i]);
}

static const char *or_none(const char *text)
{
	return text ? text : "none";
}

/* The name a host goes by in the list: its own, or the main server's. */
static const char *name_of(const struct config *config, const struct config_host *host)
{
	if (host->server_name)
		return host->server_name;
	return config->host.server_name ? config->host.server_name : "localhost";
}

static void put_place(struct buffer *to, const struct config_host *host)
{
	buffer_printf(to, " (%s:%u)\n", or_none(host->file), host->line);
}

/* "127.0.0.1:80", "[::1]:*", "*:80", at least 22 columns wide as Apache has them. */
static void put_address(struct buffer *to, const struct config_host_set *set)
{
	char host[OS_ADDRESS_TEXT] = "*", port[16] = "*", whole[OS_ADDRESS_TEXT + 24];
	if (set->address.size)
		os_address_host(&set->address, host);
	if (set->port)
		snprintf(port, sizeof port, "%u", set->port);
	snprintf(whole, sizeof whole, strchr(host, ':') && host[0] != '[' ? "[%s]:%s" : "%s:%s",
		host, port);
	buffer_printf(to, "%-22s ", whole);
}

static void put_named(
	struct buffer *to, const struct config *config, const struct config_host_set *set, size_t i)
{
	const struct config_host *host = set->hosts[i];
	buffer_string(to, "         port ");
	if (set->port)
		buffer_printf(to, "%u", set->port);
	else
		buffer_string(to, "*");
	buffer_printf(to, " namevhost %s", name_of(config, host));
	put_place(to, host);
	for (const char *const *a = host->server_aliases; a && *a; a++)
		buffer_printf(to, "                 %s %s\n",
			strpbrk(*a, "*?") ? "wild alias" : "alias", *a);
}

/* The hosts of one address in Apache's layout: the first answers for names nobody has. */
static void put_set(
	struct buffer *to, const struct config *config, const struct config_host_set *set)
{
	put_address(to, set);
	if (set->count == 1) {
		buffer_string(to, name_of(config, set->hosts[0]));
		put_place(to, set->hosts[0]);
		return;
	}
	buffer_printf(to, "is a NameVirtualHost\n         default server %s",
		name_of(config, set->hosts[0]));
	put_place(to, set->hosts[0]);
	for (size_t i = 0; i < set->count; i++)
		put_named(to, config, set, i);
}

static void put_listens(struct buffer *to, const struct config *config)
{
	char address[OS_ADDRESS_TEXT];
	for (size_t i = 0; i < config->listen_count; i++) {
		const struct config_listen *l = &config->listens[i];
		buffer_printf(to, "%-22s %s (%s:%u)\n", os_address_format(&l->address, address),
			config->host.server_name ? config->host.server_name : "the main server",
			or_none(l->file), l->line);
	}
}

void config_dump_settings(const struct config *config, struct buffer *to)
{
	buffer_string(to, "VirtualHost configuration:\n");
	for (size_t i = 0; i < config->host_set_count; i++)
		put_set(to, config, &config->host_sets[i]);
	if (!config->host_set_count)
		put_listens(to, config);
	buffer_printf(to, "ServerRoot: \"%s\"\nMain DocumentRoot: \"%s\"\nMain ErrorLog: \"%s\"\n",
		config->server_root, config->host.document_root, or_none(config->error_log));
	buffer_printf(to, "PidFile: \"%s\"\nUser: name=\"%s\" id=%u\nGroup: name=\"%s\" id=%u\n",
		or_none(config->pid_file), or_none(config->user_name), (unsigned)config->user,
		or_none(config->group_name), (unsigned)config->group);
}
