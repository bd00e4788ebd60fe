/*
 * config_status - the directives about looking at a running server
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_status.h"

#include <stdio.h>

static bool is_none(const char *word)
{
	return text_equal_nocase(text_of(word), TEXT("none"));
}

bool config_status_listen(struct config_reader *reader, const struct config_line *line)
{
	struct config *config = reader->config;
	struct config_listen *listen = &config->status_listen;
	unsigned long long port;
	char local[32];
	struct text address = text_of(line->words[0]);
	*listen = (struct config_listen){
		.text = line->words[0], .file = line->place.file, .line = line->place.line};
	if (is_none(line->words[0])) {
		listen->text = NULL;
		return true;
	}
	if (text_number(address, 65535, &port)) {
		snprintf(local, sizeof local, "127.0.0.1:%llu", port);
		address = text_of(local);
	}
	if (os_address_parse(&listen->address, address))
		return config_reader_fail(reader, line->place,
			"StatusListen: '%s' is not none, nor of the form PORT, ADDRESS:PORT or "
			"[IPV6ADDRESS]:PORT",
			listen->text);
	return true;
}

/* Each PidFile belongs to one server, and so does what is named after it. */
static const char *beside_pid_file(struct config_reader *reader)
{
	static const struct text ending = TEXT(".pid");
	struct text path = text_of(reader->config->pid_file);
	if (path.size > ending.size &&
		text_equal(text_from(path.at + path.size - ending.size, ending.size), ending))
		path.size -= ending.size;
	return arena_printf(reader->memory, "%.*s.sock", TEXT_ARGS(path));
}

bool config_status_complete(struct config_reader *reader)
{
	struct config *config = reader->config;
	const char **path = &config->control_socket;
	bool wanted = *path ? !is_none(*path) : config->pid_file != NULL;
	if (!wanted) {
		*path = NULL;
		return true;
	}
	*path = *path ? config_reader_path(reader, *path) : beside_pid_file(reader);
	return *path || config_reader_no_memory(reader);
}
