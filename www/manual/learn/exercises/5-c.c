/* 5-c - drop what is stale */
/* SPDX-License-Identifier: Apache-2.0 */
#include "exercise.h"

struct report {
	unsigned slot, generation;
	int pid;
	unsigned long requests; /* since the worker's birth */
};

struct row {
	unsigned generation;
	int pid; /* 0: nobody is in this slot */
	unsigned long requests;
};

enum { SLOTS = 4 };

static struct row board[SLOTS];

/* Writes a report into the row of its slot, if it comes from the very process that is there: same
 * slot, same generation, same pid. Everything else is dropped; it came from another process, so the
 * slot may be any number. Returns whether the report counted. */
static bool take(const struct report *r)
{
	/* gap */
	board[r->slot % SLOTS].requests = r->requests;
	return true;
	/* end of gap */
}

int main(void)
{
	board[1] = (struct row){2, 500, 7};
	check(take(&(struct report){1, 2, 500, 8}), "a good report was dropped");
	check(board[1].requests == 8, "the row says %lu requests, not 8", board[1].requests);
	check(!take(&(struct report){1, 2, 499, 90}), "a report of the process before counted");
	check(!take(&(struct report){1, 1, 500, 91}), "a report of the generation before counted");
	check(!take(&(struct report){2, 2, 500, 92}), "a report for somebody else's slot counted");
	check(!take(&(struct report){0, 0, 0, 93}), "a report from nobody counted");
	check(!take(&(struct report){5, 2, 500, 94}), "slot 5 counted, of %d", SLOTS);
	check(!take(&(struct report){4000000000u, 2, 500, 95}), "slot 4000000000 counted");
	check(board[1].requests == 8 && !board[0].requests && !board[2].requests,
		"a dropped report was written down");
	return solved();
}
