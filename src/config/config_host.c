/*
 * config_host - <VirtualHost>: its lines are kept, and read when the main server is complete
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * What the main server says counts for virtual hosts too, wherever it stands in the file. So a
 * virtual host is a copy of the finished main server, over which its own lines are read.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_host.h"

#include "config/config_host_set.h"
#include "config/config_merge.h"

#include <errno.h>
#include <fcntl.h>

/* One line of a <VirtualHost>, or the end of a section in it. */
struct draft_line {
	struct config_line line;
	const struct config_directive *close; /* NULL: a line */
};

struct config_host_draft {
	struct config_place place;
	size_t address_count;
	const char *const *addresses;
	size_t count;
	struct draft_line *lines;
};

bool config_host_open(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	if (reader->section)
		return config_reader_fail(
			reader, line->place, "<VirtualHost> cannot stand in another section");
	reader->drafts = arena_more(reader->memory, reader->drafts, reader->draft_count,
		sizeof(struct config_host_draft));
	if (!reader->drafts)
		return config_reader_no_memory(reader);
	reader->deferring = &reader->drafts[reader->draft_count++];
	*reader->deferring = (struct config_host_draft){
		.place = line->place, .address_count = line->count, .addresses = line->words};
	return true;
}

void config_host_close(struct config_reader *reader)
{
	reader->deferring = NULL;
}

static bool defer(struct config_reader *reader, struct draft_line line)
{
	struct config_host_draft *draft = reader->deferring;
	draft->lines = arena_more(reader->memory, draft->lines, draft->count, sizeof line);
	if (!draft->lines)
		return config_reader_no_memory(reader);
	draft->lines[draft->count++] = line;
	return true;
}

bool config_host_defer(struct config_reader *reader, const struct config_line *line)
{
	if (line->directive->open == config_host_open)
		return config_reader_fail(
			reader, line->place, "<VirtualHost> cannot stand in another <VirtualHost>");
	return defer(reader, (struct draft_line){.line = *line});
}

bool config_host_defer_close(struct config_reader *reader, const struct config_directive *directive)
{
	return defer(reader, (struct draft_line){.close = directive});
}

/* --- making hosts --- */

bool config_host_open_root(
	struct config_reader *reader, struct config_host *host, struct config_place place)
{
	host->document_root = config_reader_place(reader, host->document_root);
	if (!host->document_root)
		return false;
	host->root_fd = open(host->document_root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (host->root_fd >= 0)
		return config_reader_own(reader, host->root_fd);
	if (host != &reader->config->host)
		return config_reader_warn(reader, place, "DocumentRoot '%s': %s",
			host->document_root, strerror(errno));
	bool said = reader->said[CONFIG_DIRECTIVE_DOCUMENT_ROOT].file != NULL;
	/* With virtual hosts the main server may be nothing but what they have in common. */
	return (!said && reader->draft_count) ||
	       config_reader_fail(reader, place, "DocumentRoot '%s': %s", host->document_root,
		       strerror(errno));
}

/* What a virtual host does not have from the main server. */
static void forget_own(struct config_host *host)
{
	host->server_name = NULL;
	host->server_port = 0;
	host->server_aliases = NULL;
	host->root_fd = -1;
	host->sections = (struct config_sections){0, NULL};
	host->merged = NULL;
	host->log_count = 0;
	host->logs = NULL;
	host->log_format = NULL;
	host->dir = config_merge_silent();
	host->dir.rewrite.of_host = true;
}

static bool read_lines(struct config_reader *reader, const struct config_host_draft *draft)
{
	for (size_t i = 0; i < draft->count; i++) {
		const struct draft_line *l = &draft->lines[i];
		bool enter = true, good = true;
		if (l->close)
			good = config_directive_close(reader, l->close);
		else
			good = config_directive_apply(reader, &l->line, &enter);
		if (!good)
			return false;
	}
	return true;
}

/* The main server's sections before the host's own. */
static bool join_sections(struct config_reader *reader, struct config_host *host)
{
	const struct config_sections *outer = &reader->config->host.sections;
	size_t count = outer->count + host->sections.count;
	struct config_section **all = arena_take(reader->memory, (count + 1) * sizeof *all);
	if (!all)
		return config_reader_no_memory(reader);
	if (outer->count)
		memcpy(all, outer->all, outer->count * sizeof *all);
	if (host->sections.count)
		memcpy(all + outer->count, host->sections.all, host->sections.count * sizeof *all);
	host->sections = (struct config_sections){count, all};
	return true;
}

static bool lay_over_main(struct config_reader *reader, struct config_host *host)
{
	struct config_dir own = host->dir;
	host->dir = reader->config->host.dir;
	if (!config_merge_lay_over(reader->memory, &host->dir, &own))
		return config_reader_no_memory(reader);
	config_merge_take_back(&host->dir);
	return true;
}

/* As in Apache, a host without a name goes by the main server's, at the port it has itself. */
static void name_after_main(struct config_host *host, const struct config_host *outer,
	const struct config_host_draft *draft)
{
	if (host->server_name)
		return;
	host->server_name = outer->server_name;
	host->server_port = draft->address_count ? config_host_set_port(draft->addresses[0]) : 0;
	if (!host->server_port)
		host->server_port = outer->server_port;
}

static bool make_host(struct config_reader *reader, struct config_host *host,
	const struct config_host_draft *draft)
{
	const struct config_host *outer = &reader->config->host;
	*host = *outer;
	forget_own(host);
	host->file = draft->place.file;
	host->line = draft->place.line;
	reader->host = host;
	reader->dir = &host->dir;
	bool good = read_lines(reader, draft) && join_sections(reader, host) &&
		    lay_over_main(reader, host) &&
		    config_host_open_root(reader, host, draft->place);
	name_after_main(host, outer, draft);
	reader->host = &reader->config->host;
	reader->dir = &reader->config->host.dir;
	if (host->keep_alive_timeout_ms == 0) /* Apache: no time to wait for a next request */
		host->keep_alive = false;
	return good;
}

bool config_host_complete(struct config_reader *reader)
{
	struct config *config = reader->config;
	struct config_host **hosts = arena_take(
		reader->memory, (reader->draft_count + 1) * sizeof(struct config_host *));
	if (!hosts)
		return config_reader_no_memory(reader);
	config->hosts = hosts;
	for (size_t i = 0; i < reader->draft_count; i++) {
		const struct config_host_draft *draft = &reader->drafts[i];
		hosts[i] = arena_take(reader->memory, sizeof(struct config_host));
		if (!hosts[i])
			return config_reader_no_memory(reader);
		hosts[i]->root_fd = -1;
		config->host_count++; /* so that what it opened is closed, whatever comes */
		if (!make_host(reader, hosts[i], draft))
			return false;
		for (size_t k = 0; k < draft->address_count; k++)
			if (!config_host_set_add(
				    reader, hosts[i], draft->addresses[k], draft->place))
				return false;
	}
	config_merge_take_back(&config->host.dir);
	return config_host_set_complete(reader);
}

/* --- directives --- */

bool config_host_alias(struct config_reader *reader, const struct config_line *line)
{
	struct config_host *host = reader->host;
	size_t old = 0;
	if (host == &reader->config->host)
		return config_reader_fail(
			reader, line->place, "ServerAlias is allowed in <VirtualHost> only");
	while (host->server_aliases && host->server_aliases[old])
		old++;
	const char **names = arena_take(reader->memory, (old + line->count + 1) * sizeof *names);
	if (!names)
		return config_reader_no_memory(reader);
	if (old)
		memcpy(names, host->server_aliases, old * sizeof *names);
	memcpy(names + old, line->words, line->count * sizeof *names);
	host->server_aliases = names;
	return true;
}

bool config_host_name_virtual(struct config_reader *reader, const struct config_line *line)
{
	return config_reader_warn(reader, line->place,
		"NameVirtualHost has no effect: hosts with the same address are told apart by name "
		"anyway");
}
