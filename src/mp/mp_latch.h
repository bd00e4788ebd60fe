/*
 * mp_latch - a lock for a few lines of code over memory shared with processes nobody trusts
 *
 * Runs in:  every process; the word lies in shared memory
 * Owns:     nothing
 * Errors:   -1 with errno
 *
 * pthread's robust mutex keeps pointers inside itself, so whoever can write to the shared memory
 * can make every other user of the lock write where it likes. This one is a single word, the
 * thread id of the holder, and can be falsified without harm to the holder's memory. It is robust
 * all the same: while a process takes or holds it, the word is the pending operation of its robust
 * list (set_robust_list(2)), so the kernel marks it and wakes a waiter when the process dies. There
 * is one such place a thread: a latch is held for a copy, never across anything that waits, and no
 * other latch or robust mutex is taken under it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_LATCH_H
#define MP_LATCH_H

#include <stdint.h>

/* All zero is free. */
struct mp_latch {
	uint32_t word;
};

/* Asks the kernel for the robust list, once, so that a sandbox set up later need not allow it. */
void mp_latch_prepare(void);

/* 0: taken; 1: taken from one who died with it, so what it guards may be half done. -1: ETIMEDOUT
 * when others had it until the deadline (mp_deadline.h); a negative one is so many nanoseconds
 * from the moment it has to sleep. Signals do not end the wait. */
int mp_latch_take(struct mp_latch *latch, int64_t deadline);

void mp_latch_drop(struct mp_latch *latch);

/* For loops that look at a word again and again. */
static inline void mp_latch_breathe(void)
{
#if defined __x86_64__ || defined __i386__
	__builtin_ia32_pause();
#else
	__asm__ volatile("" ::: "memory");
#endif
}

#endif
