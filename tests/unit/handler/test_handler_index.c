/*
 * test_handler_index - a listing whose entries cannot all be looked at
 *
 * Runs in:  a test program; everything else of listings is compared with Apache's (tests/http)
 * Owns:     a site below unit_dir
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/handler/call.h"
#include "unit/openat2.h"

#include <fcntl.h>

/* What ails the names that begin with "broken"; 0: nothing. */
static int ailment;

static int openat2_fails(const char *path, const struct open_how *how)
{
	(void)how;
	return strstr(path, "broken") ? ailment : 0;
}

static size_t said(int errors, const char *words)
{
	char text[4096];
	ssize_t size = pread(errors, text, sizeof text - 1, 0);
	size_t count = 0;
	text[size > 0 ? size : 0] = '\0';
	for (const char *at = text; (at = strstr(at, words)); at++)
		count++;
	return count;
}

/* Those that can be looked at are listed, and a line in the log says that there are others. */
START_TEST(says_what_is_broken)
{
	struct config *config = site_config("Options +Indexes\n");
	struct call c;
	int errors = open(unit_path("errors"), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	ck_assert_int_ge(errors, 0);
	unit_mkdir("www/list");
	unit_write("www/list/good", TEXT("x"));
	unit_write("www/list/broken1", TEXT("x"));
	unit_write("www/list/broken2", TEXT("x"));
	log_to(errors);
	ailment = EIO;
	call_get(&c, config, "/list/", "");
	ailment = 0;
	log_to(2);
	ck_assert_int_eq(c.response.status, 200);
	buffer_append(&c.body, "", 1);
	ck_assert_ptr_nonnull(strstr(c.body.data, "good"));
	ck_assert_ptr_null(strstr(c.body.data, "broken"));
	call_end(&c);
	ck_assert_uint_eq(said(errors, "/list/broken"), 1);
	ck_assert_uint_eq(said(errors, ": Input/output error"), 1);
	close(errors);
	config_free(config);
}
END_TEST

UNIT_MAIN("handler_index", says_what_is_broken)
