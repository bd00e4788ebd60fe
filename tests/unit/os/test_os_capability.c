/*
 * test_os_capability - what root may do, taken apart and given up
 *
 * Runs in:  a test program; each test works in a child, for what it does cannot be taken back
 * Owns:     children, which it waits for
 * Errors:   ck_assert; the parts that need root are left out for an ordinary user
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_capability.h"

#include "unit/unit.h"

#include <linux/capability.h>
#include <sys/prctl.h>

/* A set as the kernel tells it: "CapBnd:". */
static uint64_t told(const char *name)
{
	char line[256];
	uint64_t set = UINT64_MAX;
	FILE *f = fopen("/proc/self/status", "re");
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, name, strlen(name)) == 0)
			set = strtoull(line + strlen(name), NULL, 16);
	if (f)
		fclose(f);
	return set;
}

static bool may_change(void)
{
	uint64_t permitted;
	return os_capability_permitted(&permitted) == 0 && permitted >> CAP_SETPCAP & 1;
}

START_TEST(reads_the_sets)
{
	uint64_t permitted;
	ck_assert_int_eq(os_capability_permitted(&permitted), 0);
	ck_assert_uint_eq(permitted, told("CapPrm:"));
	ck_assert_uint_eq(os_capability_bounding(), told("CapBnd:"));
}
END_TEST

static const uint64_t few = UINT64_C(1) << CAP_KILL | UINT64_C(1) << CAP_SETUID;

static int keep_few(void)
{
	uint64_t permitted;
	bool could = may_change();
	if (os_capability_keep(few) < 0)
		return 1;
	if (os_capability_permitted(&permitted) < 0 || (permitted & ~few) ||
		told("CapEff:") & ~few || told("CapInh:") & ~few || told("CapAmb:") & ~few)
		return 2;
	if (could && (told("CapBnd:") & ~few || permitted != few))
		return 3;
	if (os_capability_keep(UINT64_MAX) == 0 && told("CapPrm:") & ~few)
		return 4; /* nothing comes back */
	return 0;
}

static int drop_all(void)
{
	bool could = may_change();
	/* an ambient one goes too */
	if (os_capability_unbound(os_capability_bounding()) < 0 || os_capability_drop() < 0)
		return 1;
	if (told("CapPrm:") || told("CapEff:") || told("CapInh:") || told("CapAmb:"))
		return 2;
	if (could && told("CapBnd:"))
		return 3;
	return os_capability_drop() == 0 ? 0 : 4; /* again: there is nothing left to do */
}

START_TEST(keeps_only_some)
{
	ck_assert_int_eq(unit_code_of(keep_few), 0);
}
END_TEST

START_TEST(drops_all)
{
	ck_assert_int_eq(unit_code_of(drop_all), 0);
}
END_TEST

UNIT_MAIN("os_capability", reads_the_sets, keeps_only_some, drops_all)
