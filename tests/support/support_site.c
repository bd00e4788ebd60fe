/*
 * support_site - a directory to serve, with files whose every byte is known
 *
 * Runs in:  black-box tests
 * Owns:     see support_site.h
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_site.h"

#include <check.h>
#include <endian.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Files that are sent with their head, from the cache, and by themselves: the edges between. */
static const size_t sizes[] = {0, 1, 100, 1024, 16384, 16385, 131072, 131073, 400000};

const char *support_site_path(const char *root, const char *path)
{
	static char full[PATH_MAX];
	snprintf(full, sizeof full, "%s/htdocs/%s", root, *path == '/' ? path + 1 : path);
	return full;
}

/* Eight bytes of the pattern, which repeats nowhere near. */
static uint64_t word(size_t at, unsigned seed)
{
	uint64_t h = ((uint64_t)seed << 40) ^ at;
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9u;
	h = (h ^ h >> 27) * 0x94d049bb133111ebu;
	return h ^ h >> 31;
}

/* Up to eight bytes of the pattern that lie in one word of it, from `at` on; how many. */
static size_t piece(unsigned char to[8], size_t at, size_t size, unsigned seed)
{
	uint64_t w = htole64(word(at / 8, seed));
	size_t skip = at % 8, count = 8 - skip < size ? 8 - skip : size;
	memcpy(to, (const unsigned char *)&w + skip, count);
	return count;
}

void support_site_fill(void *to, size_t size, size_t offset, unsigned seed)
{
	unsigned char bytes[8];
	for (size_t done = 0, count; done < size; done += count) {
		count = piece(bytes, offset + done, size - done, seed);
		memcpy((unsigned char *)to + done, bytes, count);
	}
}

bool support_site_is(const void *bytes, size_t size, size_t offset, unsigned seed)
{
	unsigned char want[8];
	for (size_t done = 0, count; done < size; done += count) {
		count = piece(want, offset + done, size - done, seed);
		if (memcmp((const unsigned char *)bytes + done, want, count) != 0)
			return false;
	}
	return true;
}

/* Makes the directories above a file. */
static void make_way(char *full)
{
	for (char *slash = full + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(full, 0755);
		*slash = '/';
	}
}

void support_site_write(const char *root, const char *path, const void *bytes, size_t size)
{
	char full[PATH_MAX];
	strcpy(full, support_site_path(root, path));
	make_way(full);
	int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_msg(fd >= 0, "cannot write %s", full);
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)bytes + done, size - done);
		ck_assert_int_gt(n, 0);
		done += (size_t)n;
	}
	struct timespec times[2] = {{SUPPORT_SITE_TIME, 0}, {SUPPORT_SITE_TIME, 0}};
	ck_assert_int_eq(fchmod(fd, 0644), 0);
	ck_assert_int_eq(futimens(fd, times), 0);
	close(fd);
}

void support_site_pattern(const char *root, const char *path, size_t size, unsigned seed)
{
	char *bytes = malloc(size + 1);
	ck_assert_ptr_nonnull(bytes);
	support_site_fill(bytes, size, 0, seed);
	support_site_write(root, path, bytes, size);
	free(bytes);
}

void support_site_make(const char *root)
{
	support_site_write(root, "index.html", "front page\n", 11);
	support_site_write(root, "hello.txt", "hello, world\n", 13);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char path[32];
		snprintf(path, sizeof path, "f/%zu", sizes[i]);
		support_site_pattern(root, path, sizes[i], (unsigned)sizes[i]);
	}
	/* Whatever the umask: workers may run as another user. */
	ck_assert_int_eq(chmod(support_site_path(root, ""), 0755), 0);
	ck_assert_int_eq(chmod(support_site_path(root, "f"), 0755), 0);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	if (remove(path) < 0)
		perror(path);
	return 0;
}

void support_site_remove(const char *root)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
