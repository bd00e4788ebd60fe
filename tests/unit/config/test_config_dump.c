/*
 * test_config_dump - what -S and -M print
 *
 * Runs in:  make check
 * Owns:     what config_case.h makes
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

static void has(const struct buffer *b, const char *what)
{
	ck_assert_msg(memmem(b->data, b->size, what, strlen(what)) != NULL, "no \"%s\" in\n%.*s",
		what, TEXT_ARGS(buffer_view(b)));
}

START_TEST(modules)
{
	struct buffer b = BUFFER_INIT;
	config_dump_modules(&b);
	ck_assert(text_starts(buffer_view(&b), TEXT("Loaded Modules:\n")));
	has(&b, "\n core_module (built in)\n");
	has(&b, "\n mpm_prefork_module (built in)\n");
	buffer_free(&b);
}
END_TEST

START_TEST(settings)
{
	struct buffer b = BUFFER_INIT;
	struct config *config = case_load("Listen 127.0.0.1:8080\nServerName www.example.com");
	config_dump_settings(config, &b);
	has(&b, "VirtualHost configuration:\n");
	has(&b, "127.0.0.1:8080         www.example.com (");
	has(&b, "/t.conf:1)\n");
	has(&b, "\nMain DocumentRoot: \"/");
	has(&b, "\nPidFile: \"/");
	has(&b, "\nUser: name=\"");
	buffer_free(&b);
	config_free(config);
}
END_TEST

static void add(TCase *t)
{
	tcase_add_test(t, modules);
	tcase_add_test(t, settings);
}

int main(void)
{
	return case_main("config_dump", add);
}
