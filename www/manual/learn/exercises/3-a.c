/* 3-a - how many workers are missing */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

/* Of `workers` workers, `spares` are idle. Returns how many to start so that `min` are idle,
 * without having more than `most` workers in all. */
static unsigned missing(unsigned workers, unsigned spares, unsigned min, unsigned most)
{
	/* gap */
	(void)workers;
	(void)most;
	return min - spares;
	/* end of gap */
}

int main(void)
{
	static const struct {
		unsigned workers, spares, min, most, expected;
	} rows[] = {
		{0, 0, 5, 256, 5},   /* the start */
		{10, 5, 5, 256, 0},  /* enough */
		{10, 8, 5, 256, 0},  /* more than enough */
		{40, 2, 5, 256, 3},  /* three are missing */
		{254, 0, 5, 256, 2}, /* the limit is near */
		{256, 0, 5, 256, 0}, /* and reached */
		{300, 0, 5, 256, 0}, /* it was lowered by a restart */
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		unsigned got = missing(rows[i].workers, rows[i].spares, rows[i].min, rows[i].most);
		check(got == rows[i].expected, "%u workers, %u idle, min %u, most %u: %u, not %u",
			rows[i].workers, rows[i].spares, rows[i].min, rows[i].most, got,
			rows[i].expected);
	}
	return solved();
}
