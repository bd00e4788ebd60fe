/*
 * site - a configuration and a few documents for the tests of handlers and workers
 *
 * Runs in:  the test program
 * Owns:     what lies below unit_dir; a configuration belongs to the test (config_free)
 * Errors:   a configuration that cannot be read fails the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SITE_H
#define SITE_H

#include "config/config.h"

#include "unit/unit.h"

/* Reads the configuration of a server whose root is unit_dir: DocumentRoot www (made here when it
 * is not there), and the lines of `more`. */
static inline struct config *site_config(const char *more)
{
	struct buffer text = BUFFER_INIT, error = BUFFER_INIT;
	if (access(unit_path("www"), F_OK) < 0)
		unit_mkdir("www");
	buffer_printf(
		&text, "Listen 127.0.0.1:0\nDocumentRoot www\nErrorLog error_log\n%s\n", more);
	unit_write("httpd.conf", buffer_view(&text));
	struct config_source source = {.server_root = unit_dir, .file = "httpd.conf"};
	struct config *config = config_load(&source, &error);
	ck_assert_msg(config != NULL, "%.*s", TEXT_ARGS(buffer_view(&error)));
	buffer_free(&text);
	buffer_free(&error);
	return config;
}

/* A file of `size` bytes that tell where in it they stand, changed long ago. */
static inline void site_pattern(const char *name, size_t size)
{
	char *bytes = malloc(size + 8);
	ck_assert_ptr_nonnull(bytes);
	for (size_t at = 0; at < size; at += 8) {
		char word[9];
		snprintf(word, sizeof word, "%07zx\n", at & 0xfffffff);
		memcpy(bytes + at, word, 8);
	}
	unit_write(name, text_from(bytes, size));
	unit_age(name, 1000);
	free(bytes);
}

/* Are these the bytes of such a file from `offset` on? */
static inline bool site_is_pattern(struct text t, size_t offset)
{
	for (size_t i = 0; i < t.size; i++) {
		size_t at = offset + i;
		char word[9];
		snprintf(word, sizeof word, "%07zx\n", at & ~(size_t)7 & 0xfffffff);
		if (t.at[i] != word[at & 7])
			return false;
	}
	return true;
}

#endif
