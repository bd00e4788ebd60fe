/*
 * config_include - Include and IncludeOptional: a file, a directory or a pattern
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     the lists of names while it works through them
 * Errors:   false with a message in the reader
 *
 * Names are sorted by their bytes: what a configuration means must not depend on the locale it is
 * started in, as glob(3)'s own order does.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_include.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { DIRECTORIES_DEEP = 20 }; /* as Apache */

static bool include_path(struct config_reader *reader, const struct config_line *line,
	const char *path, unsigned depth);

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_entry(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* What begins with a dot is hidden: editors leave their copies under such names. */
static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool include_entry(struct config_reader *reader, const struct config_line *line,
	const char *directory, const char *name, unsigned depth)
{
	struct buffer path = BUFFER_INIT;
	buffer_printf(&path, "%s/%s", directory, name);
	bool good = path.failed ? config_reader_no_memory(reader)
				: include_path(reader, line, path.data, depth);
	buffer_free(&path);
	return good;
}

static bool include_directory(struct config_reader *reader, const struct config_line *line,
	const char *path, unsigned depth)
{
	struct dirent **entries;
	if (depth == DIRECTORIES_DEEP)
		return config_reader_fail(reader, line->place,
			"'%s': more than %d directories in each other", path,
			(int)DIRECTORIES_DEEP);
	int count = scandir(path, &entries, is_visible, by_entry);
	if (count < 0)
		return config_reader_fail(
			reader, line->place, "cannot read '%s': %s", path, strerror(errno));
	bool good = true;
	for (int i = 0; i < count; i++) {
		good = good && include_entry(reader, line, path, entries[i]->d_name, depth + 1);
		free(entries[i]);
	}
	free(entries);
	return good;
}

static bool include_path(struct config_reader *reader, const struct config_line *line,
	const char *path, unsigned depth)
{
	struct stat st;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return include_directory(reader, line, path, depth);
	return config_reader_file(reader, line->place, path);
}

static bool include_pattern(struct config_reader *reader, const struct config_line *line,
	const char *pattern, bool optional)
{
	glob_t found = {0};
	bool good = true;
	int error = glob(pattern, GLOB_NOSORT, NULL, &found);
	if (error == GLOB_NOMATCH) {
		good = optional ||
		       config_reader_fail(reader, line->place,
			       "nothing matches '%s' (IncludeOptional would allow that)", pattern);
	} else if (error) {
		good = config_reader_fail(reader, line->place, "cannot look for '%s': %s", pattern,
			error == GLOB_NOSPACE ? "out of memory" : strerror(errno));
	} else {
		qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_bytes);
		for (size_t i = 0; good && i < found.gl_pathc; i++)
			good = include_path(reader, line, found.gl_pathv[i], 0);
	}
	globfree(&found);
	return good;
}

static bool include(struct config_reader *reader, const struct config_line *line, bool optional)
{
	struct stat st;
	const char *path = config_reader_path(reader, line->words[0]);
	if (!path)
		return false;
	if (strpbrk(path, "*?["))
		return include_pattern(reader, line, path, optional);
	if (optional && stat(path, &st) && (errno == ENOENT || errno == ENOTDIR))
		return true;
	return include_path(reader, line, path, 0);
}

bool config_include_apply(struct config_reader *reader, const struct config_line *line)
{
	return include(reader, line, false);
}

bool config_include_optional(struct config_reader *reader, const struct config_line *line)
{
	return include(reader, line, true);
}
