/*
 * config_types - media types by extension
 *
 * Runs in:  the parent fills a table; workers look into it
 * Owns:     nothing; the table lives in a config's memory
 * Errors:   NULL or -1 with errno
 *
 * A hash table with open addressing: a few thousand rows that are never taken out.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_types.h"

#include "base/assert.h"
#include "config/config.h"
#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ROWS_FIRST = 128,           /* a power of two, as every size of the table */
	FILE_MOST = 4 * 1024 * 1024 /* bytes of mime.types; Debian's has 70 thousand */
};

struct config_types {
	struct arena *memory;
	size_t room, count;
	struct row {
		const char *extension; /* NULL: free */
		size_t size;
		const char *type;
	} * rows;
	const char *last; /* the type of the row set last: its neighbours share it */
};

static size_t hash_of(struct text extension)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < extension.size; i++) {
		unsigned char c = (unsigned char)extension.at[i];
		hash = (hash ^ (c >= 'A' && c <= 'Z' ? c | 0x20 : c)) * 16777619u;
	}
	return hash;
}

/* The row of an extension, or the free one it would get. There is always a free one. */
static struct row *find_row(const struct config_types *types, struct text extension)
{
	size_t i = hash_of(extension) & (types->room - 1);
	while (types->rows[i].extension &&
		!text_equal_nocase(
			text_from(types->rows[i].extension, types->rows[i].size), extension))
		i = (i + 1) & (types->room - 1);
	return &types->rows[i];
}

static int make_room(struct config_types *types)
{
	struct config_types old = *types;
	if (old.rows && old.count < old.room / 4 * 3)
		return 0;
	types->room = old.rows ? old.room * 2 : ROWS_FIRST;
	types->rows = arena_take(types->memory, types->room * sizeof *types->rows);
	if (!types->rows) {
		*types = old;
		errno = ENOMEM;
		return -1;
	}
	for (size_t i = 0; old.rows && i < old.room; i++)
		if (old.rows[i].extension)
			*find_row(types, text_from(old.rows[i].extension, old.rows[i].size)) =
				old.rows[i];
	return 0;
}

int config_types_set(struct config_types *types, struct text extension, struct text type)
{
	if (make_room(types))
		return -1;
	if (!types->last || !text_equal(text_of(types->last), type))
		types->last = arena_text(types->memory, type);
	struct row *row = find_row(types, extension);
	if (!row->extension) {
		row->extension = arena_text(types->memory, extension);
		row->size = extension.size;
		types->count += row->extension != NULL;
	}
	row->type = types->last;
	if (row->extension && row->type)
		return 0;
	errno = ENOMEM;
	return -1;
}

struct config_types *config_types_new(struct arena *memory)
{
	static const struct config_type known[] = {
#define CONFIG_TYPE(extension, type) {extension, type},
#include "config/types.def"
#undef CONFIG_TYPE
	};
	struct config_types *types = arena_take(memory, sizeof *types);
	if (!types)
		return NULL;
	types->memory = memory;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (config_types_set(types, text_of(known[i].extension), text_of(known[i].type)))
			return NULL;
	return types;
}

static int read_line(struct config_types *types, struct text line)
{
	line = text_split(&line, '#');
	if (line.size && line.at[line.size - 1] == '\r')
		line.size--;
	struct text type = text_word(&line), extension;
	for (size_t i = 0; i < type.size; i++) /* it is sent in a field of the response */
		if (type.at[i] <= ' ' || type.at[i] > '~')
			return 0;
	while ((extension = text_word(&line)).size)
		if (config_types_set(types, extension, type))
			return -1;
	return 0;
}

/* All bytes of the file into `to`. -1 with errno. */
static int read_file(const char *path, struct buffer *to)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -1;
	ssize_t n = -1;
	if (fstat(fd, &st) == 0) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
		bool fits = S_ISREG(st.st_mode) && st.st_size <= FILE_MOST;
		char *room = fits ? buffer_reserve(to, (size_t)st.st_size + 1) : NULL;
		n = room ? os_file_read(fd, room, (size_t)st.st_size, 0) : -1;
	}
	int error = errno;
	close(fd);
	errno = error;
	if (n < 0)
		return -1;
	buffer_grew(to, (size_t)n);
	return 0;
}

int config_types_read(struct config_types *types, const char *path)
{
	struct buffer bytes = BUFFER_INIT;
	int result = read_file(path, &bytes);
	struct text rest = buffer_view(&bytes);
	while (result == 0 && rest.at)
		result = read_line(types, text_split(&rest, '\n'));
	buffer_free(&bytes);
	return result;
}

const char *config_types_find(const struct config_types *types, struct text extension)
{
	return extension.size ? find_row(types, extension)->type : NULL;
}
