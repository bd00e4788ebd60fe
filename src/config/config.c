/*
 * config - a configuration that has been read: its end, and small questions to it
 *
 * Runs in:  the parent and its workers
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/assert.h"
#include "config/config_apply.h"
#include "config/config_directive.h"
#include "base/arena.h"
#include "config/config_reader.h"

#include <stdio.h>
#include <unistd.h>

#ifndef PREFORKD_VERSION
#define PREFORKD_VERSION "0.1.0"
#endif

/* Never one of the three standard streams, which belong to the process. */
static void close_owned(int fd)
{
	if (fd > STDERR_FILENO)
		close(fd);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->fd_count; i++)
		close_owned(config->fds[i]);
	arena_free(config->memory); /* config itself lies in it */
}

void config_warnings(const struct config *config, void (*say)(const char *message))
{
	LIST_EACH(member, &config->warnings)
		say(LIST_ENTRY(member, const struct config_warning, member)->message);
}

const struct config_error_document *config_error_document(const struct config_dir *dir, int status)
{
	for (size_t i = 0; i < dir->error_document_count; i++) {
		const struct config_error_document *e = &dir->error_documents[i];
		if (e->status == status)
			return e->kind == CONFIG_ERROR_DEFAULT ? NULL : e;
	}
	return NULL;
}

/* Whether two configurations say the same in the field of a directive. */
static bool says_the_same(
	const struct config_directive *d, const struct config *a, const struct config *b)
{
	const char *x = (const char *)a + d->offset, *y = (const char *)b + d->offset;
	if (d->apply == config_apply_number || d->apply == config_apply_choice)
		return memcmp(x, y, sizeof(unsigned)) == 0;
	ASSERT(d->apply == config_apply_string);
	return text_equal(text_of(*(const char *const *)x), text_of(*(const char *const *)y));
}

bool config_needs_stop(const struct config *old, const struct config *fresh, struct buffer *names)
{
	bool any = false;
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++) {
		const struct config_directive *d = &config_directive_table[i];
		if (!(d->context & CONFIG_STOP) || says_the_same(d, old, fresh))
			continue;
		buffer_printf(names, "%s%s", any ? ", " : "", d->name);
		any = true;
	}
	return any;
}

const char *config_server_name(enum config_tokens tokens)
{
	static char names[CONFIG_TOKENS_MINOR + 1][64]; /* each gets the same bytes every time */
	static const unsigned numbers[] = {[CONFIG_TOKENS_MAJOR] = 1, [CONFIG_TOKENS_MINOR] = 2};
	struct text version = TEXT(PREFORKD_VERSION);
	if (tokens == CONFIG_TOKENS_PROD)
		return "preforkd";
	if (tokens == CONFIG_TOKENS_MIN)
		return "preforkd/" PREFORKD_VERSION;
	if (tokens == CONFIG_TOKENS_OS || tokens == CONFIG_TOKENS_FULL)
		return "preforkd/" PREFORKD_VERSION " (Unix)";
	size_t size = 0;
	for (unsigned dots = 0; size < version.size; size++)
		if (version.at[size] == '.' && ++dots == numbers[tokens])
			break;
	snprintf(names[tokens], sizeof names[tokens], "preforkd/%.*s", (int)size, version.at);
	return names[tokens];
}

bool config_has_keeper(const struct config *config)
{
	return config->keep_alive_keeper && config->process_model == CONFIG_PREFORK &&
	       config->worker_connections == 1;
}
