/*
 * os_file - files by name and descriptor
 *
 * Runs in:  the parent (logs, pid file), workers (documents)
 * Owns:     nothing; descriptors belong to the caller, all are CLOEXEC
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_FILE_H
#define OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Opens `path`, relative to the directory `root`, for reading; no ".." and no link leads out of
 * `root` (EXDEV; openat2(2) RESOLVE_BENEATH), and no FIFO or device is waited for. */
int os_file_open_beneath(int root, const char *path, int flags);

/* Which symbolic links are followed: all that stay beneath the root, or none. */
enum os_file_links { OS_FILE_LINKS_FOLLOW, OS_FILE_LINKS_NONE };

/* As os_file_open_beneath; a link that is not to be followed is ELOOP. */
int os_file_open_links(int root, const char *path, int flags, enum os_file_links links);

/* `size` bytes from `offset` on, short only at the end of the file. */
ssize_t os_file_read(int fd, void *to, size_t size, off_t offset);

/* A pipe for lines that are to wait for their reader: ends[1] never blocks, and takes `size` bytes
 * where the kernel allows so many (F_SETPIPE_SZ). */
int os_file_pipe(int ends[2], int size);

/* All of `bytes`, or -1. EINTR is not the caller's business. */
int os_file_write(int fd, const void *bytes, size_t size);

/* A write lock on the whole file that ends with the process (fcntl(2)): 0, or -1 with EAGAIN and
 * *holder the process that has it. */
int os_file_lock(int fd, pid_t *holder);

/* Who holds such a lock: its pid, 0 when nobody does, -1 with errno. */
pid_t os_file_locked_by(int fd);

/* An anonymous shared file of `size` zero bytes, CLOEXEC (memfd_create(2)). */
int os_file_memory(const char *name, size_t size);

/* A file without a name, for reading and writing, in $TMPDIR or /tmp; CLOEXEC (open(2) O_TMPFILE).
 */
int os_file_temporary(void);

/* Sets O_NONBLOCK or clears it. */
int os_file_nonblocking(int fd, bool on);

/* Raises the soft limit of open files to the hard one. Returns the limit now in force. */
unsigned long os_file_raise_limit(void);

#endif
