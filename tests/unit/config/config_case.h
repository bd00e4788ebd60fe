/*
 * config_case - a server root in a temporary directory, and configurations read from it
 *
 * Runs in:  unit tests of src/config
 * Owns:     the directory, from case_begin to case_end
 * Errors:   fail the test
 *
 * case_begin and case_end are a fixture: the latter removes everything and fails the test when a
 * descriptor is open that was not before.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CASE_H
#define CONFIG_CASE_H

#include "config/config.h"
#include "support/support_run.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char case_root[64];
static int case_descriptors;

static inline int case_count_descriptors(void)
{
	int count = 0;
	DIR *d = opendir("/proc/self/fd");
	ck_assert_ptr_nonnull(d);
	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

/* Writes a file below the root, with the directories it needs. */
static inline void case_file(const char *name, const char *content)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", case_root, name);
	for (char *slash = path + strlen(case_root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(content, f);
	ck_assert_int_eq(fclose(f), 0);
}

static inline void case_begin(void)
{
	const char *where = getenv("TMPDIR");
	case_descriptors = case_count_descriptors();
	snprintf(case_root, sizeof case_root, "%s/config-XXXXXX",
		where && strlen(where) < 40 ? where : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(case_root));
	case_file("www/index.html", "");
	case_file("conf/mime.types", "");
	case_file("logs/kept", "");
}

static inline int case_remove(const char *path, const struct stat *st, int what, struct FTW *ftw)
{
	(void)st, (void)what, (void)ftw;
	return remove(path);
}

static inline void case_end(void)
{
	nftw(case_root, case_remove, 8, FTW_DEPTH | FTW_PHYS);
	ck_assert_int_eq(case_count_descriptors(), case_descriptors);
}

/* Reads `text` as ROOT/t.conf. The root must be absolute in what is compared, so case_message
 * writes it as "ROOT". A Listen is added behind the file, as every configuration needs one. */
static inline struct config *case_read(const char *text, struct buffer *error)
{
	const char *const after[] = {"Listen 127.0.0.1:0", NULL};
	const struct config_source source = {
		.server_root = case_root, .file = "t.conf", .after = after};
	case_file("t.conf", text);
	return config_load(&source, error);
}

/* `message` with the root written as ROOT; for free(). */
static inline char *case_shorten(const char *message)
{
	struct buffer b = BUFFER_INIT;
	const char *at;
	while ((at = strstr(message, case_root))) {
		buffer_append(&b, message, (size_t)(at - message));
		buffer_string(&b, "ROOT");
		message = at + strlen(case_root);
	}
	buffer_string(&b, message);
	buffer_append(&b, "", 1);
	return b.data;
}

static inline struct config *case_load(const char *text)
{
	struct buffer error = BUFFER_INIT;
	struct config *config = case_read(text, &error);
	ck_assert_msg(config != NULL, "%s\n%.*s", text, (int)error.size, error.data);
	ck_assert_uint_eq(error.size, 0);
	buffer_free(&error);
	return config;
}

/* The configuration must be refused with exactly this message. */
static inline void case_refused(const char *text, const char *message)
{
	struct buffer error = BUFFER_INIT;
	struct config *config = case_read(text, &error);
	ck_assert_msg(config == NULL, "taken: %s", text);
	buffer_append(&error, "", 1);
	char *got = case_shorten(error.data);
	ck_assert_msg(
		strcmp(got, message) == 0, "%s\n     got: %s\nexpected: %s", text, got, message);
	free(got);
	buffer_free(&error);
}

static struct buffer case_said;

static inline void case_hear(const char *message)
{
	buffer_printf(&case_said, "%s\n", message);
}

/* The warnings, a line each, must be exactly these. */
static inline void case_warned(const struct config *config, const char *messages)
{
	case_said = BUFFER_INIT;
	config_warnings(config, case_hear);
	buffer_append(&case_said, "", 1);
	char *got = case_shorten(case_said.data);
	ck_assert_str_eq(got, messages);
	free(got);
	buffer_free(&case_said);
}

/* One test program: a suite with one case whose tests are added by `add`. */
static inline int case_main(const char *name, void (*add)(TCase *))
{
	Suite *suite = suite_create(name);
	TCase *tests = tcase_create(name);
	tcase_set_timeout(tests, 180); /* as all have: four seconds are little on a busy machine */
	tcase_add_checked_fixture(tests, case_begin, case_end);
	add(tests);
	suite_add_tcase(suite, tests);
	return support_run_suite(suite);
}

#endif
