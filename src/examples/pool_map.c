/*
 * pool_map - one function over a list, by several processes
 *
 * Runs in:  the parent and five workers
 * Owns:     the pool and the results
 * Errors:   says so and exits with 1
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"

#include <stdio.h>

static int square(const void *args, size_t size, struct mp_reply *reply)
{
	int x = *(const int *)args, result = x * x;
	(void)size;
	return mp_reply(reply, &result, sizeof result);
}

static void print_all(struct mp_result *r)
{
	for (size_t i = 0; i < mp_result_count(r); i++) {
		const void *data = NULL;
		if (mp_result_get(r, i, &data, -1) == sizeof(int))
			printf("%s%d", i ? ", " : "[", *(const int *)data);
	}
	printf("]\n");
}

static void done(struct mp_result *r, void *closure)
{
	printf("%s ", (const char *)closure);
	print_all(r);
	mp_result_free(r);
}

int main(void)
{
	static const int numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	struct mp_pool *pool mp_pool_scope = mp_pool_new(5, NULL);
	struct mp_result *r =
		pool ? mp_pool_map(pool, square, numbers, sizeof *numbers, 3, 0) : NULL;
	if (!r) {
		perror("pool_map");
		return 1;
	}
	print_all(r);
	mp_result_free(r);
	mp_pool_map_async(
		pool, square, numbers, sizeof *numbers, 10, 0, done, NULL, "called back with");
	mp_pool_close(pool);
	mp_pool_join(pool);
	return 0;
}
