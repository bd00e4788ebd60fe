/*
 * os_rights - descriptors that ride along with a message (unix(7), SCM_RIGHTS)
 *
 * Runs in:  every process, and in programs that use the process library
 * Owns:     nothing
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_rights.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifndef SCM_PIDFD /* Linux 6.5 */
#define SCM_PIDFD 4
#endif

void os_rights_put(struct msghdr *message, void *room, const int *fds, size_t count)
{
	struct cmsghdr *header = room;
	message->msg_control = room;
	message->msg_controllen = CMSG_SPACE(count * sizeof *fds);
	memset(room, 0, message->msg_controllen);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof *fds);
	memcpy(CMSG_DATA(header), fds, count * sizeof *fds);
}

/* One that nobody sent: the kernel adds it for who has set SO_PASSPIDFD, which may have been the
 * other side, where that has made both ends. */
static void drop_pidfd(const struct cmsghdr *h)
{
	int fd;
	memcpy(&fd, CMSG_DATA(h), sizeof fd);
	if (fd >= 0)
		close(fd);
}

size_t os_rights_take(struct msghdr *message, int *fds, size_t most)
{
	size_t taken = 0;
	for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h; h = CMSG_NXTHDR(message, h)) {
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_PIDFD)
			drop_pidfd(h);
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (h->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(h) + i * sizeof fd, sizeof fd);
			if (taken < most)
				fds[taken++] = fd;
			else
				close(fd);
		}
	}
	return taken;
}

void os_rights_close(const int *fds, size_t count)
{
	int why = errno;
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	errno = why;
}
