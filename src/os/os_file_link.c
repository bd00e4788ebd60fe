/*
 * os_file_link - symbolic links that openat2(2) alone cannot judge
 *
 * Runs in:  workers
 * Owns:     nothing; see os_file_link.h
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_file_link.h"

#include "os/os_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 40 /* as the kernel's */ };

struct walk {
	const struct os_file_link_way *way;
	int fd;              /* where we are; way->root or our own */
	bool left;           /* the root; `name` is an absolute path without links then */
	char name[PATH_MAX]; /* where we are: from the root on, or absolute */
	unsigned links;
};

static int fail(int why)
{
	errno = why;
	return -1;
}

static int leave(int fd, int why)
{
	close(fd);
	return fail(why);
}

static void move(struct walk *w, int fd)
{
	if (w->fd != w->way->root)
		close(w->fd);
	w->fd = fd;
}

/* The directory we are in, then `rest`. */
static int join(const char *from, size_t size, const char *rest, char to[PATH_MAX])
{
	int n = snprintf(to, PATH_MAX, "%.*s/%s", (int)size, from, rest);
	return n < PATH_MAX ? 0 : fail(ENAMETOOLONG);
}

/* Out of the root, or on from elsewhere: the whole path is looked up, judged, and what it named
 * then is opened without following any link. */
static int lead_elsewhere(struct walk *w, const char *to, int flags)
{
	char whole[PATH_MAX], name[PATH_MAX];
	if (!w->way->may_lead)
		return fail(EXDEV);
	if (*to == '/') {
		snprintf(whole, sizeof whole, "%s", to);
	} else if (w->left) {
		if (join(w->name, strlen(w->name), to, whole) < 0)
			return -1;
	} else if (join(w->name, strlen(w->name), to, name) < 0 ||
		   join(w->way->at.at, w->way->at.size, name, whole) < 0) {
		return -1;
	}
	if (!realpath(whole, name)) /* what is elsewhere, and what is not, is nobody's business */
		return fail(EXDEV);
	if (!w->way->may_lead(w->way->closure, name))
		return fail(EXDEV);
	int slash = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (slash < 0)
		return -1;
	int fd = os_file_open_links(slash, name, flags, OS_FILE_LINKS_NONE);
	int why = errno;
	close(slash);
	if (fd >= 0) {
		memcpy(w->name, name, sizeof name);
		w->left = true;
	}
	errno = why;
	return fd;
}

/* What the link at `link` leads to. */
static int lead(struct walk *w, int link, int flags)
{
	char to[PATH_MAX], name[PATH_MAX];
	ssize_t size = readlinkat(link, "", to, sizeof to - 1);
	if (size < 0)
		return -1;
	to[size] = '\0';
	if (*to == '/' || w->left)
		return lead_elsewhere(w, to, flags);
	if (join(w->name, strlen(w->name), to, name) < 0)
		return -1;
	int fd = os_file_open_beneath(w->way->root, name, flags);
	if (fd >= 0)
		memcpy(w->name, name, sizeof name);
	return fd < 0 && errno == EXDEV ? lead_elsewhere(w, to, flags) : fd;
}

static int follow(struct walk *w, int link, const struct stat *of_link, int flags)
{
	struct stat st;
	if (++w->links > LINKS_MOST)
		return fail(ELOOP);
	int fd = lead(w, link, flags);
	if (fd < 0 || !w->way->own)
		return fd;
	if (fstat(fd, &st) < 0)
		return leave(fd, errno);
	return st.st_uid == of_link->st_uid ? fd : leave(fd, ELOOP);
}

/* One part of the path, from where we are. */
static int step(struct walk *w, const char *part, int flags)
{
	struct stat st;
	char name[PATH_MAX];
	int fd = openat(w->fd, part, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return leave(fd, errno);
	if (S_ISLNK(st.st_mode)) {
		int there = follow(w, fd, &st, flags);
		int why = errno;
		close(fd);
		errno = why;
		return there;
	}
	close(fd);
	if (join(w->name, strlen(w->name), part, name) < 0)
		return -1;
	if (w->left && !w->way->may_lead(w->way->closure, name))
		return fail(EXDEV);
	memcpy(w->name, name, sizeof name);
	return os_file_open_links(w->fd, part, flags, OS_FILE_LINKS_NONE);
}

/* The next part of *rest, "." for the root itself; *last: nothing but slashes follows. */
static int take_part(struct text *rest, char part[NAME_MAX + 1], bool *last, bool *folder)
{
	struct text name = {NULL, 0};
	while (rest->at && name.size == 0)
		name = text_split(rest, '/');
	*folder = rest->at != NULL;
	while (rest->at && text_starts(*rest, TEXT("/")))
		text_split(rest, '/');
	*last = rest->size == 0;
	if (name.size > NAME_MAX)
		return fail(ENAMETOOLONG);
	memcpy(part, name.size ? name.at : ".", name.size ? name.size : 1);
	part[name.size ? name.size : 1] = '\0';
	return strcmp(part, "..") == 0 ? fail(EXDEV) : 0;
}

int os_file_link_open(const struct os_file_link_way *way, const char *path, int flags)
{
	struct walk w = {.way = way, .fd = way->root};
	struct text rest = text_of(path);
	for (;;) {
		char part[NAME_MAX + 1];
		bool last, folder;
		int good = take_part(&rest, part, &last, &folder);
		int how = last ? flags | (folder ? O_DIRECTORY : 0) : O_PATH | O_DIRECTORY;
		int fd = good < 0 ? -1 : step(&w, part, how);
		if (fd >= 0 && !last) {
			move(&w, fd);
			continue;
		}
		int why = errno;
		move(&w, way->root);
		errno = why;
		return fd;
	}
}
