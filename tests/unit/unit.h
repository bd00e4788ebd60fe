/*
 * unit - what the unit tests share: a directory of their own, and a look at what was left open
 *
 * Runs in:  the test program; Check forks each test
 * Owns:     one directory below TMPDIR while the program runs, and in it one for each test
 * Errors:   a leaked descriptor or child fails the test, and so does what cannot be prepared
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_H
#define UNIT_H

#include "base/buffer.h"
#include "support/support_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { UNIT_PATH = 512 };

/* Of the running test: an absolute path without a slash at its end. */
static char unit_dir[UNIT_PATH / 2];
static char unit_base[UNIT_PATH / 4];
static int unit_fds_before;

static inline int unit_fds(void)
{
	int count = 0;
	DIR *dir = opendir("/proc/self/fd");
	ck_assert_ptr_nonnull(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count - 3; /* ".", ".." and the directory itself */
}

/* Children of this process, zombies included. */
static inline int unit_children(void)
{
	char path[64];
	int count = 0, pid;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	while (fscanf(f, "%d", &pid) == 1)
		count++;
	fclose(f);
	return count;
}

/* What a child says that runs this: its exit code. */
static inline int unit_code_of(int (*run)(void))
{
	int status;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(run());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static inline void unit_setup(void)
{
	snprintf(unit_dir, sizeof unit_dir, "%s/XXXXXX", unit_base);
	ck_assert_ptr_nonnull(mkdtemp(unit_dir));
	ck_assert_int_eq(chmod(unit_dir, 0755), 0); /* mkdtemp made it for its owner alone */
	unit_fds_before = unit_fds();
}

static inline int unit_remove_one(
	const char *path, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)where;
	if (kind == FTW_DNR)
		chmod(path, 0700);
	return remove(path);
}

static inline void unit_teardown(void)
{
	nftw(unit_dir, unit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	ck_assert_int_eq(unit_children(), 0);
	ck_assert_int_eq(unit_fds(), unit_fds_before);
}

/* The absolute path of a name below unit_dir. One of four strings used in turn. */
static inline const char *unit_path(const char *name)
{
	static char paths[4][UNIT_PATH];
	static unsigned turn;
	char *path = paths[turn++ % 4];
	snprintf(path, UNIT_PATH, "%s/%s", unit_dir, name);
	return path;
}

static inline void unit_mkdir(const char *name)
{
	ck_assert_int_eq(mkdir(unit_path(name), 0755), 0);
}

/* Makes the file hold these bytes; it is the same file (inode) when it was there. */
static inline void unit_write(const char *name, struct text bytes)
{
	int fd = open(unit_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes.at, bytes.size), (ssize_t)bytes.size);
	ck_assert_int_eq(close(fd), 0);
}

/* Sets its time of change (mtime) to so many seconds ago. */
static inline void unit_age(const char *name, time_t seconds)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	struct timespec times[2] = {{now.tv_sec - seconds, 0}, {now.tv_sec - seconds, 0}};
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path(name), times, 0), 0);
}

/* What the file holds, with a NUL behind it; for free(). */
static inline char *unit_read(const char *name)
{
	struct stat st;
	int fd = open(unit_path(name), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &st), 0);
	char *all = calloc(1, (size_t)st.st_size + 1);
	ck_assert_ptr_nonnull(all);
	ck_assert_int_eq(read(fd, all, (size_t)st.st_size), st.st_size);
	close(fd);
	return all;
}

/* -1 with that errno. */
#define unit_fails(call, code)                                                                     \
	do {                                                                                       \
		errno = 0;                                                                         \
		ck_assert_int_eq((call), -1);                                                      \
		ck_assert_int_eq(errno, (code));                                                   \
	} while (0)

#define unit_text_eq(t, literal)                                                                   \
	do {                                                                                       \
		struct text unit_t = (t);                                                          \
		ck_assert_msg(text_equal(unit_t, TEXT(literal)), "\"%.*s\" instead of \"%s\"",     \
			TEXT_ARGS(unit_t), literal);                                               \
	} while (0)

/* Made here and removed here, so that nothing is left of a test that failed or was killed. */
static inline void unit_make_base(void)
{
	const char *below = getenv("TMPDIR");
	snprintf(unit_base, sizeof unit_base, "%s/unit-XXXXXX", below ? below : "/tmp");
	if (!mkdtemp(unit_base) || chmod(unit_base, 0755) < 0) {
		perror(unit_base);
		exit(EXIT_FAILURE);
	}
}

static inline int unit_run(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, 180);
	tcase_add_checked_fixture(tcase, unit_setup, unit_teardown);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	unit_make_base();
	int status = support_run_suite(suite);
	nftw(unit_base, unit_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return status;
}

/* The test program: UNIT_MAIN("text", equal, trim, ...) */
#define UNIT_MAIN(name, ...)                                                                       \
	int main(void)                                                                             \
	{                                                                                          \
		const TTest *const unit_tests[] = {__VA_ARGS__};                                   \
		return unit_run(name, unit_tests, sizeof unit_tests / sizeof *unit_tests);         \
	}

#endif
