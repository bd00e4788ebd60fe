/*
 * mp_subprocess_order - what crosses between who wants a program and who starts it
 *
 * Runs in:  the asking process, the server
 * Owns:     nothing
 * Errors:   see mp_subprocess_order.h
 *
 * The server believes nothing: counts are bounded before they are used, each string has its NUL,
 * and a memory file is read only when its seals say that nobody can shorten it meanwhile.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_subprocess_order.h"

#include "os/os_rights.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MAGIC = 0x70664f31,
	SEALS = F_SEAL_SHRINK | F_SEAL_WRITE,
	FULL_S = 3,
	ROOM = MP_SUBPROCESS_ORDER_FDS + 1, /* one too many is closed, and does no harm */
	CREDENTIALS = CMSG_SPACE(sizeof(struct ucred)) / sizeof(int) /* as much room as these */
};

/* ---- the pair ---- */

int mp_subprocess_server_pair(int ends[2])
{
	const struct timeval full = {.tv_sec = FULL_S};
	const int on = 1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
		/* Each order says whose it is, also one that is sent before there is a server. */
		if (setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
			setsockopt(ends[1], SOL_SOCKET, SO_SNDTIMEO, &full, sizeof full) == 0)
			return 0;
		os_rights_close(ends, 2);
	}
	/* It may have failed when the numbers were already written, and taken back. */
	ends[0] = ends[1] = -1;
	return -1;
}

/* ---- to the server ---- */

static void put(struct buffer *to, const char *string)
{
	buffer_append(to, string, strlen(string) + 1);
}

static uint32_t put_all(struct buffer *to, const char *const *strings)
{
	uint32_t count = 0;
	for (; strings[count]; count++)
		put(to, strings[count]);
	return count;
}

static int fill(struct mp_subprocess_order_head *head, const struct mp_exec *plan, bool later,
	struct buffer *strings)
{
	if (plan->limit_count > MP_SUBPROCESS_ORDER_LIMITS) {
		errno = EINVAL;
		return -1;
	}
	*head = (struct mp_subprocess_order_head){.magic = MAGIC,
		.has_cwd = plan->cwd != NULL,
		.new_session = plan->new_session,
		.new_group = plan->new_group,
		.later = later,
		.death_signal = plan->death_signal,
		.limit_count = (uint32_t)plan->limit_count};
	for (size_t i = 0; i < plan->limit_count; i++)
		head->limits[i] = plan->limits[i];
	head->argc = put_all(strings, plan->argv);
	head->envc = put_all(strings, plan->env);
	if (plan->cwd)
		put(strings, plan->cwd);
	errno = strings->failed ? ENOMEM : E2BIG;
	if (strings->failed || strings->size > MP_SUBPROCESS_ORDER_MOST ||
		head->argc > MP_SUBPROCESS_ORDER_STRINGS ||
		head->envc > MP_SUBPROCESS_ORDER_STRINGS - head->argc)
		return -1;
	head->size = (uint32_t)strings->size;
	return 0;
}

/* The strings in a file that nobody can change any more; -1. */
static int put_in_memory(const struct buffer *strings)
{
	int fd = memfd_create("order", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t at = 0;
	ssize_t n = 1;
	while (fd >= 0 && at < strings->size && n > 0) {
		n = write(fd, strings->data + at, strings->size - at);
		at += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || (at == strings->size && fcntl(fd, F_ADD_SEALS, SEALS) == 0))
		return fd;
	int why = n == 0 ? ENOSPC : errno;
	close(fd);
	errno = why;
	return -1;
}

/* The first place is the program's socket's. */
static size_t gather(struct mp_subprocess_order_head *head, const struct mp_exec *plan, int memory,
	int fds[MP_SUBPROCESS_ORDER_FDS])
{
	size_t count = 1;
	if (memory >= 0)
		fds[count++] = memory;
	for (int i = 0; i < 3; i++) {
		head->streams[i] = MP_SUBPROCESS_ORDER_NULL;
		if (i == 2 && plan->fds[2] == 1) {
			head->streams[2] = head->streams[1];
		} else if (plan->fds[i] >= 0) {
			head->streams[i] = (int32_t)count;
			fds[count++] = plan->fds[i];
		}
	}
	return count;
}

static int send_it(int to, const struct mp_subprocess_order_head *head,
	const struct buffer *strings, const int *fds, size_t count, int flags)
{
	struct iovec pieces[] = {{(void *)head, sizeof *head}, {strings->data, strings->size}};
	OS_RIGHTS_ROOM(control, MP_SUBPROCESS_ORDER_FDS);
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = head->in_memory ? 1 : 2};
	if (count)
		os_rights_put(&message, control, fds, count);
	ssize_t n;
	do
		n = sendmsg(to, &message, MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

/* By a socket that the server has from an order before, which never is full but for somebody who
 * does not read it. */
static int send_again(int *own, const struct mp_subprocess_order_head *head,
	const struct buffer *strings, const int *fds, size_t count)
{
	if (*own >= 0 && send_it(*own, head, strings, fds + 1, count - 1, MSG_DONTWAIT) == 0)
		return 0;
	if (*own >= 0)
		close(*own);
	*own = -1;
	return -1;
}

/* With a socket for its answers. Who does not wait for the start does not wait to ask either. */
static int send_first(int server, const struct mp_subprocess_order_head *head,
	const struct buffer *strings, int *fds, size_t count, int *own)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	fds[0] = ends[1];
	int done = send_it(server, head, strings, fds, count, head->later ? MSG_DONTWAIT : 0),
	    why = errno;
	close(ends[1]);
	if (done < 0)
		close(ends[0]);
	else
		*own = ends[0];
	errno = why;
	return done;
}

static int send_strings(int server, struct mp_subprocess_order_head *head,
	const struct mp_exec *plan, const struct buffer *strings, int *own)
{
	int fds[MP_SUBPROCESS_ORDER_FDS], memory = -1;
	head->in_memory = strings->size > MP_SUBPROCESS_ORDER_INLINE;
	if (head->in_memory && (memory = put_in_memory(strings)) < 0)
		return -1;
	size_t count = gather(head, plan, memory, fds);
	int done = send_again(own, head, strings, fds, count);
	if (done < 0)
		done = send_first(server, head, strings, fds, count, own);
	int why = errno;
	if (memory >= 0)
		close(memory);
	errno = why;
	return done;
}

int mp_subprocess_order_send(int server, const struct mp_exec *plan, bool later, int *own)
{
	struct mp_subprocess_order_head head;
	struct buffer strings = BUFFER_INIT;
	int done = fill(&head, plan, later, &strings);
	if (done == 0)
		done = send_strings(server, &head, plan, &strings, own);
	int why = errno;
	buffer_free(&strings);
	errno = why;
	return done;
}

/* ---- in the server ---- */

/* Their copies above 2, where streams cannot be in each other's way. */
static void take_fds(struct mp_subprocess_order_got *order, struct msghdr *message)
{
	size_t first = order->fd_count;
	order->fd_count +=
		os_rights_take(message, order->fds + first, MP_SUBPROCESS_ORDER_FDS - first);
	for (size_t i = first; i < order->fd_count; i++)
		if (order->fds[i] <= 2) {
			int high = fcntl(order->fds[i], F_DUPFD_CLOEXEC, 3);
			close(order->fds[i]);
			order->fds[i] = high;
		}
}

static pid_t asker_of(struct msghdr *message)
{
	struct ucred who = {0};
	for (struct cmsghdr *h = CMSG_FIRSTHDR(message); h; h = CMSG_NXTHDR(message, h))
		if (h->cmsg_level == SOL_SOCKET && h->cmsg_type == SCM_CREDENTIALS)
			memcpy(&who, CMSG_DATA(h), sizeof who);
	return who.pid;
}

static bool tell_option(int fd, int option, void *to, socklen_t size)
{
	return getsockopt(fd, SOL_SOCKET, option, to, &size) == 0;
}

/* Has the asker made it for this program? A server that watched the end by which it is asked would
 * wait for itself to go, and a socket of another kind can be ready for ever with nothing to read.
 */
static bool is_way_of(pid_t asker, int fd)
{
	struct ucred maker = {0};
	int domain, type;
	return tell_option(fd, SO_DOMAIN, &domain, sizeof domain) && domain == AF_UNIX &&
	       tell_option(fd, SO_TYPE, &type, sizeof type) && type == SOCK_SEQPACKET &&
	       tell_option(fd, SO_PEERCRED, &maker, sizeof maker) && maker.pid == asker;
}

/* The strings as a list that ends with NULL; NULL: they are not all there. */
static const char **list(const char **to, uint32_t count, struct text *rest)
{
	const char **first = to;
	for (uint32_t i = 0; i < count; i++) {
		const char *end = rest->size ? memchr(rest->at, '\0', rest->size) : NULL;
		if (!end)
			return NULL;
		*to++ = rest->at;
		size_t size = (size_t)(end - rest->at) + 1;
		*rest = text_from(rest->at + size, rest->size - size);
	}
	*to = NULL;
	return first;
}

static bool is_sound(const struct mp_subprocess_order_head *head, size_t fd_count)
{
	bool good = head->magic == MAGIC && head->has_cwd <= 1 && head->in_memory <= 1 &&
		    head->new_session <= 1 && head->new_group <= 1 && head->later <= 1 &&
		    head->size <= MP_SUBPROCESS_ORDER_MOST && head->argc > 0 &&
		    head->argc <= MP_SUBPROCESS_ORDER_STRINGS &&
		    head->envc <= MP_SUBPROCESS_ORDER_STRINGS - head->argc &&
		    head->limit_count <= MP_SUBPROCESS_ORDER_LIMITS && head->death_signal >= 0 &&
		    head->death_signal < _NSIG;
	for (int i = 0; i < 3; i++)
		good = good && head->streams[i] >= MP_SUBPROCESS_ORDER_NULL &&
		       head->streams[i] < (int32_t)fd_count &&
		       (head->streams[i] < 0 || head->streams[i] > (int32_t)head->in_memory);
	return good;
}

bool mp_subprocess_order_open(struct mp_subprocess_order_got *order, struct text strings)
{
	const struct mp_subprocess_order_head *head = &order->head;
	if (!is_sound(head, order->fd_count) || strings.size != head->size)
		return false;
	buffer_clear(&order->pointers);
	size_t first_env = head->argc + 1, after = first_env + head->envc + 1;
	const char **to =
		(const char **)(void *)buffer_reserve(&order->pointers, (after + 2) * sizeof *to);
	if (!to)
		return false;
	order->argv = list(to, head->argc, &strings);
	order->env = order->argv ? list(to + first_env, head->envc, &strings) : NULL;
	const char **cwd = order->env ? list(to + after, head->has_cwd, &strings) : NULL;
	order->cwd = cwd ? *cwd : NULL;
	return cwd && !strings.size;
}

/* What lies in a file that may be anything. */
static bool read_memory(struct mp_subprocess_order_got *order)
{
	int fd = order->fd_count > 1 ? order->fds[1] : -1;
	size_t size = order->head.size;
	buffer_clear(&order->bytes);
	char *to =
		size <= MP_SUBPROCESS_ORDER_MOST ? buffer_reserve(&order->bytes, size + 1) : NULL;
	int seals = fd < 0 ? -1 : fcntl(fd, F_GET_SEALS);
	return to && seals >= 0 && (seals & SEALS) == SEALS &&
	       pread(fd, to, size, 0) == (ssize_t)size;
}

int mp_subprocess_order_receive(int socket, bool again, struct mp_subprocess_order_got *order)
{
	size_t room = MP_SUBPROCESS_ORDER_INLINE, first = again;
	buffer_clear(&order->bytes);
	order->fd_count = first;
	order->fds[0] = -1;
	char *strings = buffer_reserve(&order->bytes, room);
	if (!strings) {
		errno = ENOMEM;
		return -1;
	}
	struct iovec pieces[] = {{&order->head, sizeof order->head}, {strings, room}};
	OS_RIGHTS_ROOM(control, ROOM + CREDENTIALS);
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
	os_rights_expect(&message, control, ROOM);
	message.msg_controllen += CMSG_SPACE(sizeof(struct ucred));
	ssize_t n = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0)
		return -1;
	take_fds(order, &message);
	order->asker = asker_of(&message);
	size_t head = sizeof order->head, size = (size_t)n < head ? 0 : (size_t)n - head;
	bool whole = (size_t)n >= head && !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) &&
		     order->fd_count > 0;
	for (size_t i = first; i < order->fd_count; i++)
		whole = whole && order->fds[i] >= 0;
	whole = whole && (again || is_way_of(order->asker, order->fds[0]));
	if (whole && order->head.in_memory) {
		whole = size == 0 && read_memory(order);
		strings = order->bytes.data;
		size = order->head.size;
	}
	if (whole && mp_subprocess_order_open(order, text_from(strings, size)))
		return 0;
	bool alone = order->fd_count == first;
	errno = n == 0 && alone ? EPIPE : EBADMSG;
	if (again && alone && n == sizeof(struct mp_subprocess_order_word))
		errno = ENOMSG;
	if (message.msg_flags & MSG_CTRUNC)
		errno = EMFILE;
	return -1;
}

void mp_subprocess_order_forget(struct mp_subprocess_order_got *order)
{
	os_rights_close(order->fds, order->fd_count);
	order->fd_count = 0;
}

/* ---- the program's socket ---- */

int mp_subprocess_order_tell(int fd, const struct mp_subprocess_order_word *word)
{
	ssize_t n;
	do
		n = send(fd, word, sizeof *word, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -1 : 0;
}

int mp_subprocess_order_hear(int fd, struct mp_subprocess_order_word *word)
{
	ssize_t n;
	do
		n = recv(fd, word, sizeof *word, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n >= 0)
		errno = EPIPE;
	return n == sizeof *word ? 1 : -1;
}
