/*
 * test_config_directive - the table of directives, its hints and what is told of it
 *
 * Runs in:  make check
 * Owns:     a temporary server root (config_case.h)
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_case.h"

#include "config/config_directive.h"

START_TEST(rows)
{
	for (size_t i = 0; i < CONFIG_DIRECTIVE_COUNT; i++) {
		const struct config_directive *d = &config_directive_table[i];
		size_t size = strlen(d->meaning);
		ck_assert_ptr_eq(config_directive_find(text_of(d->name)), d);
		ck_assert((d->apply == NULL) != (d->open == NULL));
		ck_assert((d->open != NULL) == (d->name[0] == '<'));
		ck_assert_uint_le(d->least, d->most);
		ck_assert(d->context & CONFIG_IN_BOTH);
		ck_assert(size > 10 && size < 90 && d->meaning[size - 1] != '.');
		ck_assert(strncmp(d->explanation, "<p>", 3) == 0);
		const char *end = strrchr(d->explanation, '<'); /* a paragraph's, or an example's */
		ck_assert(strcmp(end, "</p>") == 0 || strcmp(end, "</pre>") == 0);
	}
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(config_directive_find(TEXT("listenBACKLOG"))->name, "ListenBacklog");
	ck_assert_str_eq(config_directive_find(TEXT("maxclients"))->name, "MaxRequestWorkers");
	ck_assert_str_eq(
		config_directive_find(TEXT("MaxRequestsPerChild"))->name, "MaxConnectionsPerChild");
	ck_assert_str_eq(config_directive_find(TEXT("<location>"))->name, "<Location>");
	ck_assert_ptr_null(config_directive_find(TEXT("Location")));
	ck_assert_ptr_null(config_directive_find(TEXT("<Listen>")));
	ck_assert_ptr_null(config_directive_find(TEXT("")));
}
END_TEST

START_TEST(hints)
{
	static const struct {
		const char *written, *near;
	} cases[] = {
		{"Lisen", "Listen"},
		{"Listne", "Listen"},
		{"Listens", "Listen"},
		{"DocumentRot", "DocumentRoot"},
		{"documentroots", "DocumentRoot"},
		{"KeepAliveTimout", "KeepAliveTimeout"},
		{"Usr", "User"},
		{"<Lokation>", "<Location>"},
		{"MaxRequestWorker", "MaxRequestWorkers"},
		{"Rewrite", NULL},
		{"X", NULL},
		{"", NULL},
		{"SSLEngine", NULL},
		{"ProxyPass", NULL},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *near = config_directive_near(text_of(cases[i].written));
		if (cases[i].near)
			ck_assert_str_eq(near, cases[i].near);
		else
			ck_assert_msg(near == NULL, "%s: %s", cases[i].written, near);
	}
}
END_TEST

static void add(TCase *tests)
{
	tcase_add_test(tests, rows);
	tcase_add_test(tests, names);
	tcase_add_test(tests, hints);
}

int main(void)
{
	return case_main("config_directive", add);
}
