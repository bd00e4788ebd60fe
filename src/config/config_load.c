/*
 * config_load - a configuration from the command line's word to a struct that is ready
 *
 * Runs in:  the parent; again at each restart
 * Owns:     the config until it is returned
 * Errors:   NULL with one message
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "config/config_check.h"
#include "config/config_content.h"
#include "config/config_expand.h"
#include "config/config_logs.h"
#include "config/config_merge.h"
#include "config/config_reader.h"
#include "config/config_record.h"
#include "config/config_section.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

enum { SERVE_PORT = 8080 };

static struct config *new_config(void)
{
	struct arena *memory = arena_new();
	struct config *config = memory ? arena_take(memory, sizeof *config) : NULL;
	if (!config) {
		arena_free(memory);
		return NULL;
	}
	config->memory = memory;
	config->error_log_fd = -1;
	config->host.root_fd = -1;
	config->host.config = config;
	/* as Apache with mod_reqtimeout */
	config->host.read_head = (struct config_read_timeout){20000, 40000, 500};
	config->host.read_body = (struct config_read_timeout){20000, 0, 500};
	config->host.dir = config_merge_silent();
	config_content_initial(&config->host.dir);
	list_init(&config->warnings);
	return config;
}

/* The directory a path names, without links and absolute, since a daemon leaves the directory it
 * was started in. */
static const char *real_directory(
	struct config_reader *reader, const char *option, const char *path)
{
	char real[PATH_MAX];
	if (!realpath(path, real)) {
		config_reader_fail(reader, (struct config_place){option, 0}, "'%s': %s", path,
			strerror(errno));
		return NULL;
	}
	const char *kept = arena_text(reader->memory, text_of(real));
	if (!kept)
		config_reader_no_memory(reader);
	return kept;
}

static bool find_server_root(struct config_reader *reader, const struct config_source *source)
{
	const char **root = &reader->config->server_root;
	if (source->server_root)
		*root = real_directory(reader, "-d", source->server_root);
	else if (source->serve)
		*root = real_directory(reader, "--serve", source->serve);
	else
		*root = PREFORKD_SERVER_ROOT;
	return *root != NULL;
}

/* What a checkout or a site that was Apache's has beside its pages is nobody's business. */
static const char *const serve_lines[] = {"<Location /server-status>", "SetHandler server-status",
	"</Location>", "<FilesMatch ^\\.ht>", "Require all denied", "</FilesMatch>",
	"<DirectoryMatch /\\.git(/|$)>", "Require all denied", "</DirectoryMatch>", NULL};

/* --serve DIR: a site without a word of configuration. */
static bool say_serve(struct config_reader *reader, const struct config_source *source)
{
	struct config_place place = {"--serve", 0};
	char port[16];
	snprintf(port, sizeof port, "%u", source->port ? source->port : SERVE_PORT);
	const char *directory = real_directory(reader, "--serve", source->serve);
	const char *listen = arena_text(reader->memory, text_of(port));
	if (!directory || !listen)
		return config_reader_no_memory(reader);
	return config_reader_say(
		       reader, place, "DocumentRoot", (const char *[]){directory, NULL}) &&
	       config_reader_say(reader, place, "Listen", (const char *[]){listen, NULL}) &&
	       config_reader_lines(reader, "--serve", serve_lines);
}

static bool read_main_file(struct config_reader *reader, const struct config_source *source)
{
	const char *path =
		config_reader_path(reader, source->file ? source->file : PREFORKD_CONFIG_FILE);
	if (!path)
		return false;
	path = arena_text(reader->memory, text_of(path));
	reader->config->file = path;
	return path ? config_reader_file(reader, (struct config_place){NULL, 0}, path)
		    : config_reader_no_memory(reader);
}

static bool read_everything(struct config_reader *reader, const struct config_source *source)
{
	for (const char *const *name = source->defines; name && *name; name++) {
		const char *copy = arena_text(reader->memory, text_of(*name));
		if (!copy)
			return config_reader_no_memory(reader);
		if (!config_expand_set(reader, copy, ""))
			return false;
	}
	return find_server_root(reader, source) && config_logs_predefine(reader) &&
	       config_reader_lines(reader, "-C", source->before) &&
	       (source->serve ? say_serve(reader, source) : read_main_file(reader, source)) &&
	       config_reader_lines(reader, "-c", source->after) && config_check_complete(reader);
}

static bool keep_record(struct config_reader *reader)
{
	struct config *config = reader->config;
	struct text all = buffer_view(&reader->record);
	char *kept = arena_take(reader->memory, all.size + 1);
	if (!kept)
		return config_reader_no_memory(reader);
	if (all.size)
		memcpy(kept, all.at, all.size);
	config->record = text_from(kept, all.size);
	return true;
}

static struct config *start(struct config_reader *reader, struct buffer *error)
{
	buffer_clear(error);
	struct config *config = new_config();
	if (!config) {
		buffer_string(error, "out of memory");
		return NULL;
	}
	*reader = (struct config_reader){.config = config,
		.memory = config->memory,
		.error = error,
		.host = &config->host,
		.dir = &config->host.dir,
		.override = -1};
	return config;
}

struct config *config_load(const struct config_source *source, struct buffer *error)
{
	struct config_reader reader;
	struct config *config = start(&reader, error);
	if (!config)
		return NULL;
	reader.serve = source->serve != NULL;
	reader.listing = source->listing;
	bool good = read_everything(&reader, source) && config_check_logs(&reader) &&
		    keep_record(&reader);
	buffer_free(&reader.record);
	if (good)
		return config;
	config_free(config);
	return NULL;
}

struct config *config_replay(struct text record, const char *server_root, struct buffer *error)
{
	struct config_reader reader;
	struct config *config = start(&reader, error);
	if (!config)
		return NULL;
	config->server_root = arena_text(reader.memory, text_of(server_root));
	bool good = config->server_root && config_logs_predefine(&reader) &&
		    config_record_replay(&reader, record) && config_check_complete(&reader);
	buffer_free(&reader.record);
	if (good)
		return config;
	config_free(config);
	return NULL;
}
