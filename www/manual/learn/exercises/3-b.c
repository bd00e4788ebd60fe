/* 3-b - the server's own policy, written again */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

#include "parent/parent_policy.c"

/* What to do this second. `*rate` is 1 at first. When too few are idle, so many are born as the
 * rate says (and as there is room for), and the rate doubles, up to 32; when enough are idle, or
 * there is no room at all, it is 1 again. When more than max_spare are idle, one is sent home. */
static struct parent_policy_step tick(unsigned *rate, const struct parent_policy_view *view)
{
	struct parent_policy_step step = {0};
	/* gap */
	(void)rate;
	if (view->spares < view->min_spare)
		step.births = view->min_spare - view->spares;
	/* end of gap */
	return step;
}

int main(void)
{
	struct parent_policy policy;
	unsigned rate = 1;
	parent_policy_init(&policy);
	srand(1);
	for (int second = 1; second <= 10000; second++) {
		struct parent_policy_view view = {.min_spare = 5, .max_spare = 10, .most = 64};
		view.workers = (unsigned)rand() % 65;
		view.spares = second % 50 < 12 ? 0 : (unsigned)rand() % (view.workers + 1);
		struct parent_policy_step ours = tick(&rate, &view);
		struct parent_policy_step theirs =
			parent_policy_tick(&policy, &view, (uint64_t)second * 1000);
		check(ours.births == theirs.births && ours.farewells == theirs.farewells,
			"second %d: %u of %u idle: %u births and %u farewells; the server: %u and "
			"%u",
			second, view.spares, view.workers, ours.births, ours.farewells,
			theirs.births, theirs.farewells);
	}
	return solved();
}
