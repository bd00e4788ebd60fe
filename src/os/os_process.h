/*
 * os_process - who a process is and how it becomes a daemon
 *
 * Runs in:  the parent at its start; its children when they are born
 * Owns:     nothing
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_PROCESS_H
#define OS_PROCESS_H

#include <sys/types.h>

/* Whom a worker becomes. Looked up once, by the parent: a worker that asked the system's databases
 * itself would load their libraries and read their files at every birth. */
struct os_identity {
	uid_t user;
	gid_t group;
	int count; /* of groups */
	gid_t groups[64];
};

/* The identity of a user with the supplementary groups of `name` (NULL: none but `group`). More
 * groups than there is room for: EINVAL. */
int os_process_identity(struct os_identity *identity, const char *name, uid_t user, gid_t group);

/* Gives up root for good: supplementary groups, then group, then user, and no new privileges for
 * programs it may run. As an ordinary user only the last of these. */
int os_process_become(const struct os_identity *identity);

/* Splits off the terminal's session. In the process that was started it does not return: it waits
 * until the daemon has called os_process_ready or is gone, and exits with the daemon's word, so
 * that `preforkd -k start && ...` means what it says. In the daemon: a descriptor for
 * os_process_ready. */
int os_process_daemon(void);

/* The daemon's word to the one who waits: the exit status to pass on. Standard input, output and
 * error become /dev/null with it (the error log is open by now). */
void os_process_ready(int fd, int status);

/* Standard error becomes the file, appended to, or stays what it is (-1). */
int os_process_stderr(const char *path);

/* Standard error becomes `fd` for a while: what it was, a descriptor that executed programs
 * inherit, for os_process_return_stderr; -1: it was closed. */
int os_process_lend_stderr(int fd);
void os_process_return_stderr(int saved);

/* Becomes another program: the one arguments[0] names, by PATH when it has no slash. Comes back
 * with -1 when it cannot. */
int os_process_execute(char *const *arguments);

/* The name ps(1) and top(1) show in the COMMAND column's short form (at most 15 bytes). */
void os_process_name(const char *name);

/* Online CPUs this process may use; at least 1. */
unsigned os_process_cpus(void);

#endif
