/*
 * mp_check - what every test of the process library watches
 *
 * Runs in:  the test program; Check forks each test
 * Owns:     nothing
 * Errors:   a leaked descriptor, child or mapping of a memory file fails the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_CHECK_H
#define MP_CHECK_H

#include "mp/mp.h"
#include "support/support_run.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline int mp_check_fds(void)
{
	int count = 0;
	DIR *dir = opendir("/proc/self/fd");
	if (!dir)
		return -1;
	/* Valgrind has descriptors of its own above the limit it shows. */
	for (struct dirent *entry; (entry = readdir(dir));)
		count += entry->d_name[0] != '.' &&
			 atol(entry->d_name) < (long)sysconf(_SC_OPEN_MAX);
	closedir(dir);
	return count - 1; /* the directory itself */
}

/* Children of this process, zombies included. */
static inline int mp_check_children(void)
{
	char path[64], line[4096] = "";
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *f = fopen(path, "re");
	if (!f)
		return 0;
	size_t n = fread(line, 1, sizeof line - 1, f);
	fclose(f);
	int count = 0;
	for (size_t i = 0; i < n; i++)
		count += line[i] == ' ';
	return count;
}

/* Mappings of memory files in this process. */
static inline int mp_check_maps(void)
{
	char line[4096];
	int count = 0;
	FILE *f = fopen("/proc/self/maps", "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof line, f))
		count += strstr(line, "/memfd:") != NULL;
	fclose(f);
	return count;
}

/* Under valgrind, which knows no pidfd_open(2) and whose /proc/self/exe is itself. */
static inline bool mp_check_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");
	return preload && strstr(preload, "vgpreload");
}

static int mp_check_fds_before, mp_check_maps_before;

static inline void mp_check_setup(void)
{
	mp_check_maps_before = mp_check_maps();
	mp_check_fds_before = mp_check_fds();
}

static inline void mp_check_teardown(void)
{
	ck_assert_int_eq(mp_check_children(), 0);
	ck_assert_int_eq(mp_check_fds(), mp_check_fds_before);
	ck_assert_int_eq(mp_check_maps(), mp_check_maps_before);
}

static inline double mp_check_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The exit code of a process, once it has ended; it is closed. */
static inline int mp_check_code(struct mp_process *p)
{
	int code;
	ck_assert_int_eq(mp_process_join(p, -1), 0);
	ck_assert(mp_process_exitcode(p, &code));
	ck_assert_int_eq(mp_process_close(p), 0);
	return code;
}

/* errno is `code` and the call said -1. */
#define ck_fails(call, code)                                                                       \
	do {                                                                                       \
		errno = 0;                                                                         \
		ck_assert_int_eq((call), -1);                                                      \
		ck_assert_int_eq(errno, (code));                                                   \
	} while (0)

/* Runs the suite that has one case with these tests. */
static inline int mp_check_run(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	tcase_set_timeout(tcase, 180);
	tcase_add_checked_fixture(tcase, mp_check_setup, mp_check_teardown);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return support_run_suite(suite);
}

#define MP_CHECK_MAIN(name, tests) mp_check_run((name), (tests), sizeof(tests) / sizeof(tests)[0])

#endif
