/*
 * parent_policy - how many workers there should be
 *
 * Runs in:  the parent
 * Owns:     nothing; see parent_policy.h
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_policy.h"

enum { REFUSED_WAIT_MS = 1000 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned room(const struct parent_policy_view *view)
{
	return view->workers < view->most ? view->most - view->workers : 0;
}

void parent_policy_init(struct parent_policy *policy)
{
	*policy = (struct parent_policy){.rate = 1};
}

static bool may_bear(
	const struct parent_policy *policy, const struct parent_policy_view *view, uint64_t now_ms)
{
	return now_ms >= policy->patience_ms || (view->workers == 0 && now_ms >= policy->alone_ms);
}

struct parent_policy_step parent_policy_tick(
	struct parent_policy *policy, const struct parent_policy_view *view, uint64_t now_ms)
{
	struct parent_policy_step step = {0, 0, false};
	if (view->spares > view->max_spare) {
		step.farewells = 1;
		policy->rate = 1;
	} else if (view->spares >= view->min_spare) {
		policy->rate = 1;
		policy->said_full = false;
	} else if (room(view) == 0) {
		step.full = !policy->said_full;
		policy->said_full = true;
		policy->rate = 1;
	} else if (may_bear(policy, view, now_ms)) {
		step.births = least(policy->rate, room(view));
		if (policy->rate < PARENT_POLICY_RATE)
			policy->rate *= 2;
	}
	return step;
}

bool parent_policy_replace(
	const struct parent_policy *policy, const struct parent_policy_view *view, uint64_t now_ms)
{
	return may_bear(policy, view, now_ms) && room(view) > 0 && view->spares < view->min_spare;
}

unsigned parent_policy_death(
	struct parent_policy *policy, uint64_t age_ms, bool failed, uint64_t now_ms)
{
	if (!failed || age_ms >= PARENT_POLICY_YOUNG_MS) {
		policy->young_dead = 0;
		return 0;
	}
	if (++policy->young_dead <= PARENT_POLICY_FREE_DEATHS)
		return 0;
	unsigned doublings = least(policy->young_dead - PARENT_POLICY_FREE_DEATHS - 1, 16);
	unsigned wait =
		least((unsigned)PARENT_POLICY_WAIT_MS << doublings, PARENT_POLICY_WAIT_MOST);
	policy->patience_ms = now_ms + wait;
	policy->alone_ms = now_ms + least(wait, PARENT_POLICY_ALONE_MS);
	policy->rate = 1;
	return wait;
}

void parent_policy_refused(struct parent_policy *policy, uint64_t now_ms)
{
	if (policy->patience_ms < now_ms + REFUSED_WAIT_MS)
		policy->patience_ms = policy->alone_ms = now_ms + REFUSED_WAIT_MS;
	policy->rate = 1;
}
