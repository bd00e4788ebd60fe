/*
 * os_rights - descriptors that ride along with a message (unix(7), SCM_RIGHTS)
 *
 * Runs in:  every process, and in programs that use the process library
 * Owns:     nothing; a descriptor that was received belongs to the caller
 * Errors:   none of its own; see sendmsg(2) and recvmsg(2)
 *
 * The caller fills the rest of the msghdr, and sends or receives it. Both need room for descriptors
 * behind a header: OS_RIGHTS_ROOM(control, 3) declares it for three.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OS_RIGHTS_H
#define OS_RIGHTS_H

#include <stddef.h>
#include <sys/socket.h>

#define OS_RIGHTS_ROOM(name, most)                                                                 \
	_Alignas(struct cmsghdr) char name[CMSG_SPACE((most) * sizeof(int))]

/* Puts `count` of them into a message to be sent: at least one, and as many as `room` is for. They
 * stay the caller's. */
void os_rights_put(struct msghdr *message, void *room, const int *fds, size_t count);

/* Lets up to `most` of them come with a message, as many as `room` is for; receive it with
 * MSG_CMSG_CLOEXEC. The kernel drops the others and says so with MSG_CTRUNC, which is also all that
 * it says when this process may have no more open. */
static inline void os_rights_expect(struct msghdr *message, void *room, size_t most)
{
	message->msg_control = room;
	/* Not CMSG_SPACE, whose padding the kernel would take for room for one more. */
	message->msg_controllen = CMSG_LEN(most * sizeof(int));
}

/* How many came with a message that was received. The first `most` are in `fds`, and those behind
 * them are closed and not counted, as is one that the kernel has added (SO_PASSPIDFD). */
size_t os_rights_take(struct msghdr *message, int *fds, size_t most);

/* Closes them, but for those that are -1. errno stays what it is. */
void os_rights_close(const int *fds, size_t count);

#endif
