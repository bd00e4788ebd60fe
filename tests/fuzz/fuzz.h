/*
 * fuzz - what the fuzz targets share
 *
 * Runs in:  libFuzzer
 * Owns:     nothing
 * Errors:   abort(), which libFuzzer reports with the input
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_H
#define FUZZ_H

#include "os/os_rights.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* What a target has: the first, where it has something to do once. */
int LLVMFuzzerInitialize(int *count, char ***words);
int LLVMFuzzerTestOneInput(const unsigned char *input, size_t size);

/* An input that is read byte by byte, as a list of steps. */
struct fuzz_input {
	const unsigned char *at;
	size_t left;
};

/* 0 behind its end. */
static inline unsigned fuzz_next(struct fuzz_input *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->at++;
}

/* An input that says what to change in something good: a place, of so many bytes, and a value in
 * turn. */
static inline void fuzz_change(
	void *what, size_t room, size_t place_bytes, const unsigned char *input, size_t size)
{
	for (; size > place_bytes; input += place_bytes + 1, size -= place_bytes + 1) {
		size_t place = 0;
		for (size_t i = 0; i < place_bytes; i++)
			place |= (size_t)input[i] << (8 * i);
		((unsigned char *)what)[place % room] = input[place_bytes];
	}
}

enum { FUZZ_FDS = 68 };

/* A message with up to FUZZ_FDS descriptors; it may be lost where nobody reads. */
static inline void fuzz_send(int to, const void *bytes, size_t size, const int *fds, size_t count)
{
	OS_RIGHTS_ROOM(room, FUZZ_FDS);
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
	MUST(count <= FUZZ_FDS);
	if (count)
		os_rights_put(&message, room, fds, count);
	(void)!sendmsg(to, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* The same after an input as before it where nothing was left open. */
static inline int fuzz_lowest_fd(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	MUST(fd >= 0);
	close(fd);
	return fd;
}

#endif
