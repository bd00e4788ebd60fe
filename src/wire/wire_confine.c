/*
 * wire_confine - a child locks itself in
 *
 * Runs in:  workers, the keeper, the starter and the status process, at their birth
 * Owns:     nothing
 * Errors:   -1 with errno and a line in the log; see wire_confine.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "core"
#include "wire/wire_confine.h"

#include "base/log.h"
#include "os/os_capability.h"
#include "os/os_landlock.h"

#include <unistd.h>

/* The bounding set goes first: changing it takes what becoming somebody else gives up. */
int wire_confine_become(const struct os_identity *identity, const struct wire_sandbox *sandbox)
{
	if (os_capability_unbound(sandbox->bounding) == 0 && os_process_become(identity) == 0 &&
		os_capability_drop() == 0)
		return 0;
	log_crit("cannot become user %u, group %u: %m", (unsigned)identity->user,
		(unsigned)identity->group);
	return -1;
}

/* The filter goes last: Landlock's calls are not in its list. */
int wire_confine_enter(const struct wire_sandbox *sandbox)
{
	if (sandbox->failed) {
		log_crit("the sandbox could not be made, so it does not serve");
		return -1;
	}
	if (sandbox->ruleset >= 0 && os_landlock_enter(sandbox->ruleset) < 0) {
		log_crit("cannot be confined to its files (Landlock): %m");
		return -1;
	}
	if (sandbox->ruleset >= 0)
		close(sandbox->ruleset);
	if (sandbox->filtered && os_seccomp_enter(&sandbox->filter) < 0) {
		log_crit("cannot be confined to its system calls (seccomp): %m");
		return -1;
	}
	return 0;
}
