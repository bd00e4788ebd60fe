/*
 * config_pid - PidFile, of a configuration that cannot be read
 *
 * Runs in:  the program that is asked to stop a server (-k stop)
 * Owns:     nothing
 * Errors:   false: it cannot be told
 *
 * A server whose configuration was broken while it runs must be stopped all the same. Only the main
 * file is looked at, line by line, for ServerRoot and PidFile; whatever else stands there, and
 * whether a section or an <IfDefine> is around them, does not matter.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_reader.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* The first word behind the name of the directive, without its quotes; at NULL: another line. */
static struct text word_of(struct text line, struct text name)
{
	line = text_trim(line);
	if (line.size <= name.size || strncasecmp(line.at, name.at, name.size) != 0 ||
		!strchr(" \t", line.at[name.size]))
		return (struct text){NULL, 0};
	line = text_trim(text_from(line.at + name.size, line.size - name.size));
	if (line.size && (line.at[0] == '"' || line.at[0] == '\'')) {
		char quote = line.at[0];
		line = text_from(line.at + 1, line.size - 1);
		return text_split(&line, quote);
	}
	size_t size = 0;
	while (size < line.size && !strchr(" \t\r", line.at[size]))
		size++;
	return text_from(line.at, size);
}

/* ${NAME} of the environment, which is where Debian has it from. */
static bool expand(struct text from, char to[PATH_MAX])
{
	char name[128];
	const char *end = from.size > 2 ? memchr(from.at, '}', from.size) : NULL;
	if (!text_starts(from, TEXT("${")) || !end)
		return snprintf(to, PATH_MAX, "%.*s", TEXT_ARGS(from)) < PATH_MAX;
	snprintf(name, sizeof name, "%.*s", (int)(end - from.at - 2), from.at + 2);
	const char *value = getenv(name);
	size_t rest = from.size - (size_t)(end + 1 - from.at);
	return value && snprintf(to, PATH_MAX, "%s%.*s", value, (int)rest, end + 1) < PATH_MAX;
}

static bool take(struct text line, struct text name, char to[PATH_MAX])
{
	struct text word = word_of(line, name);
	return !word.size || expand(word, to);
}

/* A path that is not absolute is below the ServerRoot. */
static bool join(const char *root, const char *path, char to[PATH_MAX])
{
	return snprintf(to, PATH_MAX, "%s%s%s", *path == '/' ? "" : root, *path == '/' ? "" : "/",
		       path) < PATH_MAX;
}

bool config_pid_file(const struct config_source *source, char to[PATH_MAX])
{
	char path[PATH_MAX], root[PATH_MAX], found[PATH_MAX] = "logs/preforkd.pid";
	const char *file = source->file ? source->file : PREFORKD_CONFIG_FILE;
	char *line = NULL;
	size_t room = 0;
	ssize_t size;
	snprintf(root, sizeof root, "%s",
		source->server_root ? source->server_root : PREFORKD_SERVER_ROOT);
	FILE *f = join(root, file, path) ? fopen(path, "re") : NULL;
	if (!f)
		return false;
	bool good = true;
	while (good && (size = getline(&line, &room, f)) > 0) {
		struct text t = text_from(line, (size_t)size - (line[size - 1] == '\n'));
		good = take(t, TEXT("PidFile"), found) && take(t, TEXT("ServerRoot"), root);
	}
	good = good && !ferror(f);
	free(line);
	fclose(f);
	return good && join(root, found, to);
}
