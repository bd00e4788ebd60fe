/*
 * os_capability - what root may do, taken apart and given up (capabilities(7))
 *
 * Runs in:  the parent at its start, its children at their birth
 * Owns:     nothing
 * Errors:   -1 with errno
 *
 * Three calls of the kernel are all there is to it, so no library stands between.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_capability.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The low and the high half of each set. */
struct sets {
	struct __user_cap_data_struct half[_LINUX_CAPABILITY_U32S_3];
};

static const struct __user_cap_header_struct self = {.version = _LINUX_CAPABILITY_VERSION_3};

static int get(struct sets *sets)
{
	struct __user_cap_header_struct header = self; /* the kernel may write to it */
	return (int)syscall(SYS_capget, &header, sets->half);
}

static int set(const struct sets *sets)
{
	struct __user_cap_header_struct header = self;
	return (int)syscall(SYS_capset, &header, sets->half);
}

int os_capability_permitted(uint64_t *to)
{
	struct sets sets;
	if (get(&sets) < 0)
		return -1;
	*to = sets.half[0].permitted | (uint64_t)sets.half[1].permitted << 32;
	return 0;
}

uint64_t os_capability_bounding(void)
{
	uint64_t bounding = 0;
	for (unsigned cap = 0; cap < 64; cap++) {
		int there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (there < 0) /* past the last this kernel knows */
			break;
		if (there)
			bounding |= UINT64_C(1) << cap;
	}
	return bounding;
}

int os_capability_unbound(uint64_t bounding)
{
	for (unsigned cap = 0; cap < 64; cap++)
		if (bounding >> cap & 1 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return errno == EPERM ? 0 : -1;
	return 0;
}

/* An ambient capability must be inheritable too, so the ambient set shrinks with that one. */
static int limit(uint64_t keep)
{
	struct sets sets;
	if (get(&sets) < 0)
		return -1;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t part = (uint32_t)(keep >> (32 * i));
		sets.half[i].permitted &= part;
		sets.half[i].effective &= part;
		sets.half[i].inheritable &= part;
	}
	return set(&sets);
}

int os_capability_keep(uint64_t keep)
{
	return os_capability_unbound(os_capability_bounding() & ~keep) < 0 ? -1 : limit(keep);
}

int os_capability_drop(void)
{
	static const struct sets none;
	struct sets sets;
	if (get(&sets) < 0)
		return -1;
	/* Whoever was root has none any more, and asking costs less than a new set. */
	return memcmp(&sets, &none, sizeof sets) == 0 ? 0 : set(&none);
}
