/*
 * config_dump - what a configuration came to, for people: -S and -M
 *
 * Runs in:  a process started from a shell
 * Owns:     nothing
 * Errors:   none but memory, which sticks in the buffer
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

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

void config_dump_settings(const struct config *config, struct buffer *to)
{
	char address[OS_ADDRESS_TEXT];
	buffer_string(to, "VirtualHost configuration:\n");
	for (size_t i = 0; i < config->listen_count; i++) {
		const struct config_listen *l = &config->listens[i];
		buffer_printf(to, "%-22s %s (%s:%u)\n", os_address_format(&l->address, address),
			config->host.server_name ? config->host.server_name : "the main server",
			or_none(l->file), l->line);
	}
	buffer_printf(to, "ServerRoot: \"%s\"\nMain DocumentRoot: \"%s\"\nMain ErrorLog: \"%s\"\n",
		config->server_root, config->host.document_root, or_none(config->error_log));
	buffer_printf(to, "PidFile: \"%s\"\nUser: name=\"%s\" id=%u\nGroup: name=\"%s\" id=%u\n",
		or_none(config->pid_file), or_none(config->user_name), (unsigned)config->user,
		or_none(config->group_name), (unsigned)config->group);
}
