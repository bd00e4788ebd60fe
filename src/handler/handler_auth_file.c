/*
 * handler_auth_file - files of users and groups, read and kept
 *
 * Runs in:  worker
 * Owns:     what it read of the files used lately
 * Errors:   NULL with errno
 *
 * Each use costs one stat(2). A file is the same as long as its inode, size and times are; one that
 * was changed a moment before it was read may change again within the same tick of its time, so it
 * is read again until its time lies behind.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "handler/handler_auth_file.h"

#include "base/apart.h"
#include "base/arena.h"
#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	FILES = 16,          /* kept at a time; the one used least lately goes */
	FILE_MOST = 64 << 20 /* bytes of one */
};

struct row {
	const char *name, *value;
};

struct handler_auth_file {
	struct arena *memory; /* of all below; NULL: the place is free */
	const char *path;
	bool words; /* "name value", not "name:value" */
	struct stat st;
	bool settled;
	unsigned long used;
	size_t count;
	struct row *rows; /* by name, and in the order of the file */
};

static struct handler_auth_file files[FILES] APART;
static unsigned long turn;

/* --- reading --- */

/* Where rows came from stands in where their names do, so equal names stay in order. */
static int by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(x->name, y->name);
	return order ? order : (x->name > y->name) - (x->name < y->name);
}

/* The first word of the text, which ends behind it. */
static char *take_word(char *text)
{
	text += strspn(text, " \t");
	text[strcspn(text, " \t")] = '\0';
	return text;
}

static bool add_line(struct handler_auth_file *file, char *line)
{
	while (*line == ' ' || *line == '\t')
		line++;
	size_t size = strlen(line);
	while (size && (line[size - 1] == '\r' || line[size - 1] == ' ' || line[size - 1] == '\t'))
		line[--size] = '\0';
	if (!size || *line == '#')
		return true;
	char *colon = file->words ? line + strcspn(line, " \t") : strchr(line, ':');
	if (colon && !*colon)
		colon = NULL;
	if (colon)
		*colon = '\0';
	if (colon && file->words)
		colon = take_word(colon + 1) - 1;
	struct row *rows = arena_more(file->memory, file->rows, file->count, sizeof *rows);
	if (!rows)
		return false;
	rows[file->count++] = (struct row){line, colon ? colon + 1 : line + size};
	file->rows = rows;
	return true;
}

static bool add_lines(struct handler_auth_file *file, char *text)
{
	for (char *end; text; text = end) {
		end = strchr(text, '\n');
		if (end)
			*end++ = '\0';
		if (!add_line(file, text))
			return false;
	}
	if (file->count)
		qsort(file->rows, file->count, sizeof *file->rows, by_name);
	return true;
}

/* Was it changed so long ago that another change would show? */
static bool is_settled(const struct stat *st)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return st->st_mtim.tv_sec < now.tv_sec - 1 && st->st_ctim.tv_sec < now.tv_sec - 1;
}

/* What is open, into file. false with errno. */
static bool read_open(struct handler_auth_file *file, int fd)
{
	if (fstat(fd, &file->st) < 0)
		return false;
	errno = S_ISDIR(file->st.st_mode) ? EISDIR : !S_ISREG(file->st.st_mode) ? EINVAL : EFBIG;
	if (!S_ISREG(file->st.st_mode) || file->st.st_size > FILE_MOST)
		return false;
	file->settled = is_settled(&file->st);
	size_t size = (size_t)file->st.st_size;
	char *text = arena_take(file->memory, size + 1);
	errno = ENOMEM;
	if (!text)
		return false;
	ssize_t n = os_file_read(fd, text, size, 0);
	if (n < 0)
		return false;
	text[n] = '\0';
	errno = ENOMEM;
	return add_lines(file, text);
}

static void forget(struct handler_auth_file *file)
{
	int error = errno;
	arena_free(file->memory);
	*file = (struct handler_auth_file){.memory = NULL};
	errno = error;
}

static bool read_file(struct handler_auth_file *file, const char *path, bool words)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	*file = (struct handler_auth_file){.memory = arena_new(), .words = words};
	errno = ENOMEM;
	bool good = file->memory &&
		    (file->path = arena_text(file->memory, (struct text){path, strlen(path)})) &&
		    read_open(file, fd);
	int error = errno;
	close(fd);
	errno = error;
	if (!good)
		forget(file);
	return good;
}

/* --- keeping --- */

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mode == b->st_mode && a->st_uid == b->st_uid && a->st_gid == b->st_gid &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static bool is_of(const struct handler_auth_file *file, const char *path, bool words)
{
	return file->memory && file->words == words && strcmp(file->path, path) == 0;
}

/* The place of a path: its own, else a free one, else that used least lately. */
static struct handler_auth_file *find(const char *path, bool words)
{
	struct handler_auth_file *oldest = &files[0];
	for (unsigned i = 0; i < FILES; i++) {
		if (is_of(&files[i], path, words))
			return &files[i];
		if (files[i].used < oldest->used)
			oldest = &files[i];
	}
	return oldest;
}

static const struct handler_auth_file *look(const char *path, bool words)
{
	struct stat st;
	struct handler_auth_file *file = find(path, words);
	bool kept = is_of(file, path, words);
	bool there = stat(path, &st) == 0;
	if (!kept || !there || !file->settled || !is_same(&file->st, &st)) {
		forget(file);
		if (!there || !read_file(file, path, words))
			return NULL;
	}
	file->used = ++turn;
	return file;
}

const struct handler_auth_file *handler_auth_file(const char *path)
{
	return look(path, false);
}

const struct handler_auth_file *handler_auth_file_words(const char *path)
{
	return look(path, true);
}

/* --- asking --- */

/* The first row of a name; NULL: there is none. */
static const struct row *find_row(const struct handler_auth_file *file, const char *name)
{
	size_t low = 0, high = file->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(file->rows[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == file->count || strcmp(file->rows[low].name, name) != 0)
		return NULL;
	return &file->rows[low];
}

const char *handler_auth_file_value(const struct handler_auth_file *file, const char *name)
{
	const struct row *row = find_row(file, name);
	if (!row)
		return NULL;
	char *colon = strchr(row->value, ':');
	if (colon) /* what is behind it is of no use here, and the text is ours */
		*colon = '\0';
	return row->value;
}

const char *handler_auth_file_word(const struct handler_auth_file *file, const char *name)
{
	const struct row *row = find_row(file, name);
	return row ? row->value : NULL;
}

bool handler_auth_file_has(const struct handler_auth_file *file, const char *name, const char *word)
{
	const struct row *end = file->rows + file->count;
	for (const struct row *row = find_row(file, name);
		row && row < end && strcmp(row->name, name) == 0; row++) {
		struct text rest = text_of(row->value);
		while (rest.at) {
			struct text one = text_trim(text_split(&rest, ' '));
			if (one.size && text_equal(one, text_of(word)))
				return true;
		}
	}
	return false;
}
