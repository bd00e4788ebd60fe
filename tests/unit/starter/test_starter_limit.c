/*
 * test_starter_limit - how much a program may use, whatever a worker says
 *
 * Runs in:  a test program
 * Owns:     the site of each row
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "starter/starter.h"

#include "base/assert.h"
#include "unit/site.h"

#include <stdio.h>
#include <unistd.h>

#define PROGRAMS "ScriptAlias /cgi/ cgi-bin/\n"
#define HERE "<Directory ${UNIT}/cgi-bin>\n"
#define END "</Directory>\n"
#define OWN HERE "AllowOverride All\n" END
#define IF(line) "<If \"%{HTTP_HOST} == 'a'\">\n" line "</If>\n"

static const struct {
	const char *lines;
	const char *asks; /* "cpu:SOFT,HARD;mem:SOFT,HARD;..." */
	const char *gets;
	bool granted;
	const char *htaccess; /* beside the program; NULL: none */
} rows[] = {
	{PROGRAMS, "", "", true, NULL},
	{PROGRAMS, "cpu:1,1;", "", false, NULL},
	{PROGRAMS "RLimitCPU 7 9\n", "cpu:7,9;", "cpu:7,9;", true, NULL},
	{PROGRAMS "RLimitCPU 7 9\n", "", "cpu:7,9;", false, NULL},
	{PROGRAMS "RLimitCPU 7 9\n", "cpu:max,max;", "cpu:7,9;", false, NULL},
	{PROGRAMS "RLimitCPU 7 9\nRLimitNPROC 50 60\n", "cpu:7,9;", "cpu:7,9;nproc:50,60;", false,
		NULL},
	{PROGRAMS "RLimitMEM 4000000000 max\n", "mem:4000000000,max;", "mem:4000000000,max;", true,
		NULL},
	{PROGRAMS "RLimitCPU 7 9\n" HERE "RLimitCPU 3 4\n" END, "cpu:3,4;", "cpu:3,4;", true, NULL},
	{PROGRAMS "RLimitCPU 7 9\n" HERE "RLimitCPU 3 4\n" END, "cpu:7,9;", "cpu:3,4;", false,
		NULL},
	/* What nothing says is not given, be it less or more. */
	{PROGRAMS "RLimitCPU 7 9\n", "cpu:6,9;", "cpu:7,9;", false, NULL},
	{PROGRAMS "RLimitCPU 7 9\n", "cpu:6,10;", "cpu:7,9;", false, NULL},
	{PROGRAMS "RLimitCPU 7 9\n", "cpu:8,9;", "cpu:7,9;", false, NULL},
	{PROGRAMS "RLimitCPU 7 9\n", "cpu:7,9;mem:5,6;", "cpu:7,9;", false, NULL},
	{PROGRAMS "RLimitCPU 7 9\n", "cpu:8,9;mem:5,6;", "cpu:7,9;", false, NULL},
	/* What depends on the request may be claimed. */
	{PROGRAMS "RLimitCPU 7 9\n<Location /cgi/a>\nRLimitCPU 1 2\n</Location>\n", "cpu:1,2;",
		"cpu:1,2;", true, NULL},
	{PROGRAMS "RLimitCPU 7 9\n<Location /cgi/a>\nRLimitCPU 1 2\n</Location>\n", "cpu:7,9;",
		"cpu:7,9;", true, NULL},
	{PROGRAMS "RLimitCPU 7 9\n<Location /cgi/a>\nRLimitCPU 1 2\n</Location>\n", "", "cpu:7,9;",
		false, NULL},
	{PROGRAMS HERE "RLimitCPU 7 9\n<If \"true\">\nRLimitCPU 1 2\n</If>\n" END, "cpu:1,2;",
		"cpu:1,2;", true, NULL},
	/* So may what an .htaccess on the way says under a condition, be it less or more; where it
	 * counts at all. */
	{PROGRAMS "RLimitCPU 7 9\n" OWN, "cpu:8,9;", "cpu:8,9;", true, IF("RLimitCPU 8 9\n")},
	{PROGRAMS "RLimitCPU 7 9\n" OWN, "cpu:1,2;", "cpu:1,2;", true, IF("RLimitCPU 1 2\n")},
	{PROGRAMS "RLimitCPU 7 9\n" OWN, "cpu:7,9;", "cpu:7,9;", true, IF("RLimitCPU 8 9\n")},
	{PROGRAMS "RLimitCPU 7 9\n" OWN, "cpu:8,10;", "cpu:7,9;", false, IF("RLimitCPU 8 9\n")},
	{PROGRAMS "RLimitCPU 7 9\n" OWN, "cpu:8,9;", "cpu:7,9;", false, IF("RLimitMEM 8 9\n")},
	{PROGRAMS "RLimitCPU 7 9\n" OWN, "cpu:7,9;mem:5,6;", "cpu:7,9;mem:5,6;", true,
		"<Files d>\n" IF("RLimitMEM 5 6\n") "</Files>\n"},
	{PROGRAMS "RLimitCPU 7 9\n", "cpu:8,9;", "cpu:7,9;", false, IF("RLimitCPU 8 9\n")},
	{PROGRAMS "RLimitCPU 7 9\n" OWN, "cpu:3,4;", "cpu:3,4;", true, "RLimitCPU 3 4\n"},
	{PROGRAMS "RLimitCPU 7 9\n" OWN, "cpu:7,9;", "cpu:3,4;", false, "RLimitCPU 3 4\n"},
	/* A host that lets it be run with these is found, wherever it stands. */
	{PROGRAMS "RLimitCPU 7 9\n<VirtualHost *:80>\n" PROGRAMS "RLimitCPU 5 6\n</VirtualHost>\n",
		"cpu:5,6;", "cpu:5,6;", true, NULL},
	{PROGRAMS "RLimitCPU 7 9\n<VirtualHost *:80>\n" PROGRAMS "RLimitCPU 5 6\n</VirtualHost>\n",
		"cpu:7,9;", "cpu:7,9;", true, NULL},
	{PROGRAMS "RLimitCPU 7 9\n<VirtualHost *:80>\nRLimitCPU 5 6\n</VirtualHost>\n", "cpu:8,8;",
		"cpu:7,9;", false, NULL},
};

static const struct {
	const char *name;
	int resource;
} kinds[] = {{"cpu", RLIMIT_CPU}, {"mem", RLIMIT_AS}, {"nproc", RLIMIT_NPROC}};

static rlim_t value_of(const char *word)
{
	return *word == 'm' ? RLIM_INFINITY : (rlim_t)strtoull(word, NULL, 10);
}

static size_t read_limits(const char *text, struct mp_subprocess_limit *to)
{
	size_t count = 0;
	for (; *text; text = strchr(text, ';') + 1)
		for (size_t i = 0; i < COUNT_OF(kinds); i++) {
			size_t size = strlen(kinds[i].name);
			if (strncmp(text, kinds[i].name, size) == 0 && text[size] == ':')
				to[count++] = (struct mp_subprocess_limit){kinds[i].resource,
					{value_of(text + size + 1),
						value_of(strchr(text, ',') + 1)}};
		}
	return count;
}

static void try_row(size_t row)
{
	struct mp_subprocess_limit asked[4], expected[4];
	struct mp_subprocess_order order = {
		.limits = asked, .limit_count = read_limits(rows[row].asks, asked)};
	struct config *config = site_config(rows[row].lines);
	if (rows[row].htaccess)
		unit_write("cgi-bin/.htaccess", text_of(rows[row].htaccess));
	else
		unlink(unit_path("cgi-bin/.htaccess"));
	for (int again = 0; again < 2; again++) {
		bool granted;
		struct mp_subprocess_order o = order;
		const struct config_dir *dir =
			starter_place_of(config, unit_path("cgi-bin/d"), &o, &granted);
		ck_assert_ptr_nonnull(dir);
		ck_assert_msg(granted == rows[row].granted, "%zu: %s: %s", row, rows[row].lines,
			rows[row].asks);
		starter_limit_set(&o, dir, granted);
		size_t count = read_limits(rows[row].gets, expected);
		ck_assert_msg(o.limit_count == count, "%zu: %zu", row, o.limit_count);
		for (size_t i = 0; i < count; i++) {
			ck_assert_int_eq(o.limits[i].resource, expected[i].resource);
			ck_assert_uint_eq(o.limits[i].limit.rlim_cur, expected[i].limit.rlim_cur);
			ck_assert_uint_eq(o.limits[i].limit.rlim_max, expected[i].limit.rlim_max);
		}
	}
	config_free(config);
}

START_TEST(what_it_gets)
{
	setenv("UNIT", unit_dir, 1);
	unit_mkdir("www");
	unit_mkdir("cgi-bin");
	unit_write("cgi-bin/d", TEXT("#!/bin/sh\n"));
	for (size_t row = 0; row < COUNT_OF(rows); row++)
		try_row(row);
}
END_TEST

/* Nobody can give more than he has. */
START_TEST(not_more_than_there_is)
{
	const struct rlimit own = {5000, 6000};
	static const struct mp_subprocess_limit all = {RLIMIT_CPU, {RLIM_INFINITY, RLIM_INFINITY}};
	struct mp_subprocess_order order = {.limits = &all, .limit_count = 1};
	struct config *config = site_config("RLimitCPU max\n");
	ck_assert_int_eq(setrlimit(RLIMIT_CPU, &own), 0);
	starter_limit_set(&order, &config->host.dir, true);
	ck_assert_uint_eq(order.limit_count, 1);
	ck_assert_uint_eq(order.limits[0].limit.rlim_cur, 6000);
	ck_assert_uint_eq(order.limits[0].limit.rlim_max, 6000);
	config_free(config);
}
END_TEST

/* Kinds that no directive names are nobody's to choose. */
START_TEST(other_kinds)
{
	static const struct mp_subprocess_limit core = {
		RLIMIT_CORE, {RLIM_INFINITY, RLIM_INFINITY}};
	struct mp_subprocess_order order = {.limits = &core, .limit_count = 1};
	struct config *config = site_config("");
	starter_limit_set(&order, &config->host.dir, true);
	ck_assert_uint_eq(order.limit_count, 0);
	config_free(config);
}
END_TEST

UNIT_MAIN("starter_limit", what_it_gets, not_more_than_there_is, other_kinds)
