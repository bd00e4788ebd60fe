/*
 * config_remote - RemoteIPInternalProxy and RemoteIPTrustedProxy
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_remote.h"

#include "config/config_reader.h"

static bool add(struct config_reader *reader, const struct config_line *line, const char *word,
	bool internal)
{
	const struct config_remote *of_main = &reader->config->host.remote;
	struct config_remote *remote = &reader->host->remote;
	/* As in Apache, a host that names any proxy has none of the main server's. */
	bool inherited = remote != of_main && remote->proxies == of_main->proxies;
	size_t count = inherited ? 0 : remote->proxy_count;
	struct config_remote_proxy *proxies = arena_more(
		reader->memory, inherited ? NULL : remote->proxies, count, sizeof *proxies);
	const char *why;
	if (!proxies)
		return config_reader_no_memory(reader);
	if (os_network_parse(&proxies[count].network, text_of(word), &why) < 0)
		return config_reader_fail(
			reader, line->place, "%s: '%s': %s", line->directive->name, word, why);
	proxies[count].internal = internal;
	remote->proxies = proxies;
	remote->proxy_count = count + 1;
	return true;
}

static bool add_all(struct config_reader *reader, const struct config_line *line, bool internal)
{
	for (size_t i = 0; i < line->count; i++)
		if (!add(reader, line, line->words[i], internal))
			return false;
	return true;
}

bool config_remote_internal(struct config_reader *reader, const struct config_line *line)
{
	return add_all(reader, line, true);
}

bool config_remote_trusted(struct config_reader *reader, const struct config_line *line)
{
	return add_all(reader, line, false);
}
