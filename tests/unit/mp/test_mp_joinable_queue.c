/*
 * test_mp_joinable_queue - join returns when all is done, and not before
 *
 * Runs in:  the test program
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_check.h"

START_TEST(counts_what_was_got)
{
	struct mp_queue *q = mp_joinable_queue_new(0);
	char byte;
	ck_assert_int_eq(mp_joinable_queue_join(q, -1), 0);
	ck_fails(mp_joinable_queue_task_done(q), EINVAL);
	mp_queue_put(q, "a", 1);
	mp_queue_put(q, "b", 1);
	ck_fails(mp_joinable_queue_join(q, 0), EAGAIN);
	mp_queue_get_into(q, &byte, 1, 0);
	mp_queue_get_into(q, &byte, 1, 0);
	ck_fails(mp_joinable_queue_join(q, 0.02), ETIMEDOUT);
	ck_assert_int_eq(mp_joinable_queue_task_done(q), 0);
	ck_fails(mp_joinable_queue_join(q, 0), EAGAIN);
	ck_assert_int_eq(mp_joinable_queue_task_done(q), 0);
	ck_assert_int_eq(mp_joinable_queue_join(q, 0), 0);
	ck_fails(mp_joinable_queue_task_done(q), EINVAL);
	mp_queue_close(q);
}
END_TEST

START_TEST(plain_queues_cannot_be_joined)
{
	struct mp_queue *q = mp_queue_new(0);
	ck_fails(mp_joinable_queue_join(q, 0), EINVAL);
	ck_fails(mp_joinable_queue_task_done(q), EINVAL);
	mp_queue_close(q);
}
END_TEST

static int work(void *args, size_t size)
{
	struct mp_queue *q = mp_queue_from_share(args);
	int n;
	(void)size;
	while (mp_queue_get_into(q, &n, sizeof n, -1) == sizeof n && n >= 0)
		if (mp_joinable_queue_task_done(q) < 0)
			return 1;
	mp_queue_close(q);
	return 0;
}

START_TEST(workers_finish)
{
	struct mp_queue *q = mp_joinable_queue_new(10);
	struct mp_share share = mp_queue_share(q);
	struct mp_process *p[3];
	for (int i = 0; i < 3; i++) {
		p[i] = mp_process_new(work, &share, sizeof share,
			&(struct mp_process_options){.shares = &share, .share_count = 1});
		ck_assert_int_eq(mp_process_start(p[i]), 0);
	}
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 50; i++)
			mp_queue_put(q, &i, sizeof i);
		ck_assert_int_eq(mp_joinable_queue_join(q, 30), 0);
		ck_assert(mp_queue_empty(q));
	}
	for (int i = 0; i < 3; i++)
		mp_queue_put(q, &(int){-1}, sizeof(int));
	for (int i = 0; i < 3; i++) {
		int code;
		ck_assert_int_eq(mp_process_join(p[i], -1), 0);
		ck_assert(mp_process_exitcode(p[i], &code) && code == 0);
		mp_process_close(p[i]);
	}
	mp_queue_close(q);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		counts_what_was_got, plain_queues_cannot_be_joined, workers_finish};
	return MP_CHECK_MAIN("mp_joinable_queue", tests);
}
