/*
 * os_landlock - which files a process may still reach (Landlock, landlock(7))
 *
 * Runs in:  the parent makes a ruleset, its children put themselves under it
 * Owns:     nothing; the ruleset's descriptor belongs to the caller
 * Errors:   -1 with errno
 *
 * A ruleset is made once and entered by every child, for making one costs several calls and
 * entering one costs one. What the kernel does not know yet is left out, by its ABI.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_LANDLOCK_H
#define OS_LANDLOCK_H

/* The ABI of the kernel that runs: 1 and up. 0: it has none, errno says why (ENOSYS: built
 * without; EOPNOTSUPP: turned off). */
int os_landlock_abi(void);

/* From which ABI on the kernel confines more than files. */
enum {
	OS_LANDLOCK_REFER = 2,    /* whether files may go from one directory to another */
	OS_LANDLOCK_TRUNCATE = 3, /* truncate(2) */
	OS_LANDLOCK_TCP = 4,      /* bind(2) and connect(2) of TCP sockets */
	OS_LANDLOCK_IOCTL = 5,    /* ioctl(2) of devices */
	OS_LANDLOCK_SCOPE = 6     /* signals and abstract Unix sockets of other processes */
};

/* What may be done with what is at or below a path. The kernel reads what it executes, so that
 * takes both. */
enum os_landlock_access { OS_LANDLOCK_READ = 1 << 0, OS_LANDLOCK_EXECUTE = 1 << 1 };

/* A ruleset that refuses everything this ABI can refuse: a descriptor, CLOEXEC. */
int os_landlock_new(int abi);

/* A ruleset that leaves files and the network alone: who enters may not trace who is not under it,
 * nor, from OS_LANDLOCK_SCOPE on, signal them or connect to their abstract sockets. Who enters a
 * second time is apart from those who did so once. `abi`: OS_LANDLOCK_REFER at least, for any
 * ruleset of an older one keeps files in their directories (ENOTSUP). */
int os_landlock_new_apart(int abi);

/* Takes from the refusal: `fd` is a file or a directory (O_PATH will do); reading a directory is
 * also listing it. */
int os_landlock_grant(int ruleset, int fd, unsigned access);

/* This process and all it will start are under the ruleset, for good. Needs no_new_privs. */
int os_landlock_enter(int ruleset);

#endif
