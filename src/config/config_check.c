/*
 * config_check - what can be judged only when all has been read
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     host.root_fd, until the config is freed
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_check.h"

#include "base/assert.h"
#include "config/config_custom.h"
#include "config/config_error_log.h"
#include "config/config_expand.h"
#include "config/config_host.h"
#include "config/config_logs.h"
#include "config/config_pool.h"
#include "config/config_status.h"
#include "config/config_types.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534 }; /* the kernel's overflow id, where no user has the name */

static struct config_place said(const struct config_reader *reader, enum config_directive_index i)
{
	return reader->said[i];
}

/* Where to look for a directive that is wrong: its line, else the file that lacks it. */
static struct config_place blame(const struct config_reader *reader, enum config_directive_index i)
{
	struct config_place place = said(reader, i);
	return place.file ? place : (struct config_place){reader->config->file, 0};
}

/* Reads the default of every directive that nobody said, as if it stood in the file. */
static bool fill_in_defaults(struct config_reader *reader)
{
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++) {
		const struct config_directive *d = &config_directive_table[i];
		if (!d->initial || reader->said[i].file)
			continue;
		const char *const words[] = {d->initial, NULL};
		if (!config_reader_say(reader, (struct config_place){NULL, 0}, d->name, words))
			return false;
	}
	return true;
}

static bool check_listens(struct config_reader *reader)
{
	struct config_place whole = {reader->config->file, 0};
	return reader->config->listen_count ||
	       config_reader_fail(
		       reader, whole, "no listening sockets available: there is no Listen");
}

/* Makes a path absolute; a default that --serve has no use for is taken back. */
static bool complete_path(
	struct config_reader *reader, const char **path, enum config_directive_index i)
{
	if (reader->serve && !said(reader, i).file)
		*path = NULL;
	else
		*path = config_reader_path(reader, *path);
	return *path || reader->serve;
}

static bool open_root(struct config_reader *reader)
{
	reader->config->slash_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return config_reader_own(reader, reader->config->slash_fd) &&
	       config_host_open_root(reader, &reader->config->host,
		       blame(reader, CONFIG_DIRECTIVE_DOCUMENT_ROOT));
}

/* A file that was named must be there; the built-in types stand in for a default that is not.
 * --serve takes the system's file. */
static bool read_types(struct config_reader *reader)
{
	struct config *config = reader->config;
	struct config_place place = said(reader, CONFIG_DIRECTIVE_TYPES_CONFIG);
	config->type_table = config_types_new(reader->memory);
	if (!config->type_table)
		return config_reader_no_memory(reader);
	if (!config->types_config)
		config->types_config = "/etc/mime.types";
	if (config_types_read(config->type_table, config->types_config) == 0)
		return true;
	if (place.file)
		return config_reader_fail(reader, place, "TypesConfig '%s': %s",
			config->types_config, strerror(errno));
	config->types_config = NULL;
	return true;
}

/* The number in "#1000"; false: not of that form. */
static bool numeric_id(const char *name, unsigned *id)
{
	unsigned long long n;
	if (name[0] != '#' || !text_number(text_of(name + 1), UINT32_MAX - 1, &n))
		return false;
	*id = (unsigned)n;
	return true;
}

static bool find_user(struct config_reader *reader)
{
	struct config *config = reader->config;
	bool explicitly = said(reader, CONFIG_DIRECTIVE_USER).file != NULL;
	const struct passwd *entry;
	if (!numeric_id(config->user_name, &config->user)) {
		errno = 0;
		entry = getpwnam(config->user_name);
		if (!entry && explicitly)
			return config_reader_fail(reader, said(reader, CONFIG_DIRECTIVE_USER),
				"User '%s': %s", config->user_name,
				errno && errno != ENOENT ? strerror(errno)
							 : "there is no such user");
		config->user = entry ? entry->pw_uid : NOBODY;
	}
	return config->user != 0 ||
	       config_reader_fail(reader, blame(reader, CONFIG_DIRECTIVE_USER),
		       "User '%s': workers do not run as root", config->user_name);
}

static bool find_group(struct config_reader *reader)
{
	struct config *config = reader->config;
	bool explicitly = said(reader, CONFIG_DIRECTIVE_GROUP).file != NULL;
	const struct group *entry;
	if (numeric_id(config->group_name, &config->group))
		return true;
	errno = 0;
	entry = getgrnam(config->group_name);
	if (!entry && explicitly)
		return config_reader_fail(reader, said(reader, CONFIG_DIRECTIVE_GROUP),
			"Group '%s': %s", config->group_name,
			errno && errno != ENOENT ? strerror(errno) : "there is no such group");
	config->group = entry ? entry->gr_gid : NOBODY;
	return true;
}

/* An ordinary user cannot become anybody else, so the names need not exist then. */
static bool find_ids(struct config_reader *reader)
{
	reader->config->user = geteuid();
	reader->config->group = getegid();
	return geteuid() != 0 || (find_user(reader) && find_group(reader));
}

/* Whether the directory of a log is there: better said by a test of the configuration, or before a
 * restart, than when the log cannot be opened. */
static bool check_log(struct config_reader *reader, const char *file, unsigned line,
	const char *what, const char *path)
{
	struct config_place place = {file ? file : reader->config->file, file ? line : 0};
	struct stat st;
	const char *slash = strrchr(path, '/');
	const char *directory =
		slash ? arena_text(reader->memory, text_from(path, (size_t)(slash - path) + 1))
		      : "/";
	if (!directory)
		return config_reader_no_memory(reader);
	if (stat(directory, &st) == 0)
		return true;
	return config_reader_fail(
		reader, place, "%s '%s': its directory: %s", what, path, strerror(errno));
}

bool config_check_logs(struct config_reader *reader)
{
	const struct config *config = reader->config;
	for (size_t i = 0; i < config->error_log_count; i++) {
		const struct config_error_log *log = config->error_logs[i];
		if (log->path && !log->program && !log->sink.syslog &&
			!check_log(reader, log->file, log->line, "ErrorLog", log->path))
			return false;
	}
	for (size_t i = 0; i < config->log_count; i++) {
		const struct config_log *log = config->logs[i];
		if (!log->program && !check_log(reader, log->file, log->line, "the log", log->path))
			return false;
	}
	return true;
}

bool config_check_complete(struct config_reader *reader)
{
	struct config *config = reader->config;
	reader->completing = true;
	if (!fill_in_defaults(reader) || !config_pool_complete(reader) || !check_listens(reader) ||
		!complete_path(reader, &config->pid_file, CONFIG_DIRECTIVE_PID_FILE) ||
		!config_status_complete(reader) ||
		!complete_path(reader, &config->types_config, CONFIG_DIRECTIVE_TYPES_CONFIG) ||
		!open_root(reader) || !read_types(reader) || !find_ids(reader))
		return false;
	/* Apache: with no time to wait for a next request there is none. */
	if (config->host.keep_alive_timeout_ms == 0)
		config->host.keep_alive = false;
	return config_host_complete(reader) && config_error_log_resolve(reader) &&
	       config_logs_resolve(reader) && config_access_complete(reader) &&
	       config_custom_complete(reader) && reader->error->size == 0;
}
