/*
 * os_seccomp - which system calls a process may still make (seccomp(2))
 *
 * Runs in:  the parent compiles a filter, its children put themselves under it
 * Owns:     nothing; a program is a plain struct and may travel as bytes
 * Errors:   -1 with errno
 *
 * The filter is a search tree over the numbers of the calls. What that saves is not in the calls,
 * which the kernel decides by a bitmap, but in the birth of a worker: to make the bitmap the kernel
 * runs a new filter for every number there is.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_SECCOMP_H
#define OS_SECCOMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum os_seccomp_verdict {
	OS_SECCOMP_REFUSE, /* the call fails with EPERM; what no rule names has this, unless one
			      names them all */
	OS_SECCOMP_ALLOW,
	OS_SECCOMP_ABSENT, /* it fails with ENOSYS, as if the kernel were older */
	OS_SECCOMP_KILL,   /* the process ends at once, by SIGSYS */
	OS_SECCOMP_VERDICTS
};

/* A condition on the low 32 bits of one argument, which are all that the kernel looks at of those
 * that rules are made for. */
enum os_seccomp_test {
	OS_SECCOMP_ALWAYS,
	OS_SECCOMP_EQUAL,  /* argument == value */
	OS_SECCOMP_UNLESS, /* argument != value: what it refuses no later rule of the call allows */
	OS_SECCOMP_SELF,   /* argument == the number of the process that enters */
	OS_SECCOMP_WITHOUT /* (argument & value) == 0 */
};

/* In place of a number: all calls that no other rule names. */
enum { OS_SECCOMP_OTHERS = -2 };

struct os_seccomp_rule {
	int number; /* SYS_... */
	enum os_seccomp_verdict verdict;
	enum os_seccomp_test test; /* else the next rule of the call counts, or it is refused */
	uint8_t argument;          /* 0 to 5 */
	uint32_t value;
};

enum { OS_SECCOMP_MOST = 255, OS_SECCOMP_SELVES = 4 };

/* A compiled filter: struct sock_filter of linux/filter.h, without that header. */
struct os_seccomp_program {
	uint16_t count;
	uint16_t self_count;
	uint16_t selves[OS_SECCOMP_SELVES]; /* instructions that compare with our own number */
	struct os_seccomp_step {
		uint16_t code;
		uint8_t yes, no;
		uint32_t value;
	} steps[OS_SECCOMP_MOST];
};

/* Can the kernel that runs do it, and does this program know its machine? */
bool os_seccomp_available(void);

/* The filter of some rules, in any order; those of one call count in theirs. With `only_log`
 * nothing is refused, and the kernel's log (audit) tells what would have been. E2BIG: the rules
 * make a filter too long; EINVAL: they contradict each other; ENOSYS: not on this machine. */
int os_seccomp_compile(struct os_seccomp_program *program, const struct os_seccomp_rule *rules,
	size_t count, bool only_log);

/* Could this have been compiled here? A program that crossed processes is asked before it counts.
 */
bool os_seccomp_sound(const struct os_seccomp_program *program);

/* This process and all it will start are under the filter, for good. Needs no_new_privs. */
int os_seccomp_enter(const struct os_seccomp_program *program);

#endif
