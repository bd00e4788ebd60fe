/*
 * test_list - a doubly linked ring
 *
 * Runs in:  a test program
 * Owns:     nothing
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include "unit/unit.h"

struct thing {
	char name;
	struct list link; /* not the first member, so that LIST_ENTRY has work to do */
};

/* The names in order, forwards; the links backwards must say the same. */
static const char *names(struct list *ring)
{
	static char told[32];
	size_t n = 0;
	LIST_EACH(member, ring) {
		ck_assert_ptr_eq(member->prev->next, member);
		ck_assert_ptr_eq(member->next->prev, member);
		told[n++] = LIST_ENTRY(member, struct thing, link)->name;
	}
	told[n] = '\0';
	return told;
}

START_TEST(order)
{
	struct thing a = {'a', {0}}, b = {'b', {0}}, c = {'c', {0}};
	struct list ring;
	list_init(&ring);
	ck_assert(list_empty(&ring));
	ck_assert_str_eq(names(&ring), "");
	list_append(&ring, &a.link);
	ck_assert(!list_empty(&ring));
	list_append(&ring, &b.link);
	list_append(&ring, &c.link);
	ck_assert_str_eq(names(&ring), "abc");
	list_remove(&b.link);
	ck_assert_str_eq(names(&ring), "ac");
	list_append(&ring, &b.link);
	ck_assert_str_eq(names(&ring), "acb");
	list_remove(&a.link);
	list_remove(&b.link);
	list_remove(&c.link);
	ck_assert(list_empty(&ring));
}
END_TEST

START_TEST(remove_twice)
{
	struct thing a = {'a', {0}}, b = {'b', {0}};
	struct list ring;
	list_init(&ring);
	list_init(&b.link);
	list_remove(&b.link); /* was in no list */
	list_append(&ring, &a.link);
	list_append(&ring, &b.link);
	list_remove(&a.link);
	list_remove(&a.link);
	ck_assert_str_eq(names(&ring), "b");
	ck_assert(list_empty(&a.link));
}
END_TEST

START_TEST(remove_while_visiting)
{
	struct thing things[6];
	struct list ring;
	list_init(&ring);
	for (int i = 0; i < 6; i++) {
		things[i].name = (char)('a' + i);
		list_append(&ring, &things[i].link);
	}
	unsigned visited = 0;
	LIST_EACH(member, &ring) {
		visited++;
		if (LIST_ENTRY(member, struct thing, link)->name % 2)
			list_remove(member);
	}
	ck_assert_uint_eq(visited, 6);
	ck_assert_str_eq(names(&ring), "bdf");
	LIST_EACH(member, &ring)
		list_remove(member);
	ck_assert(list_empty(&ring));
}
END_TEST

UNIT_MAIN("list", order, remove_twice, remove_while_visiting)
