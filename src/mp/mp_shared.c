/*
 * mp_shared - a piece of memory that several processes see
 *
 * Runs in:  every process
 * Owns:     see mp_shared.h
 * Errors:   -1 with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_shared.h"

#include "mp/mp_share.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* First in the memory. Programs of another word size or another layout have another `magic`. */
struct head {
	uint32_t magic;
	uint32_t kind;
	uint64_t size;
} __attribute__((aligned(64)));

enum { LAYOUT = 1, SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL };

#define MAGIC (0x6d700000u | (uint32_t)sizeof(void *) << 8 | LAYOUT)

/* As /proc/PID/maps shows it. */
static const char *name_of(enum mp_shared_kind kind)
{
	switch (kind) {
	case MP_SHARED_LOCK:
		return "mp_lock";
	case MP_SHARED_SEMAPHORE:
		return "mp_semaphore";
	case MP_SHARED_CONDITION:
		return "mp_condition";
	case MP_SHARED_EVENT:
		return "mp_event";
	case MP_SHARED_BARRIER:
		return "mp_barrier";
	case MP_SHARED_QUEUE:
		return "mp_queue";
	case MP_SHARED_POOL:
		return "mp_pool";
	default:
		return "mp_value";
	}
}

static struct head *map(int fd, size_t whole)
{
	void *at = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? NULL : at;
}

/* All memory files of a machine live in one file system, where an inode names one. 0: no file. */
static ino_t inode_of(int fd)
{
	struct stat is;
	return fstat(fd, &is) < 0 ? 0 : is.st_ino;
}

int mp_shared_create(struct mp_shared *shared, enum mp_shared_kind kind, size_t size)
{
	size_t whole;
	if (__builtin_add_overflow(size, sizeof(struct head), &whole) || whole > INT64_MAX) {
		errno = ENOMEM;
		return -1;
	}
	int fd = memfd_create(name_of(kind), MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	struct head *head = NULL;
	if (ftruncate(fd, (off_t)whole) == 0 && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		head = map(fd, whole);
	if (!head) {
		int why = errno;
		close(fd);
		errno = why;
		return -1;
	}
	*head = (struct head){MAGIC, kind, whole};
	*shared = (struct mp_shared){head + 1, size, fd, inode_of(fd)};
	return 0;
}

/* The size of what is behind the descriptor, if it is sealed memory at least this large. */
static int look(int fd, size_t least, size_t *whole)
{
	struct stat is;
	if (fstat(fd, &is) < 0)
		return -1;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & SEALS) != SEALS || is.st_size < 0 ||
		(uint64_t)is.st_size < sizeof(struct head) + (uint64_t)least) {
		errno = EINVAL;
		return -1;
	}
	*whole = (size_t)is.st_size;
	return 0;
}

int mp_shared_attach(struct mp_shared *shared, enum mp_shared_kind kind, size_t least, int fd)
{
	size_t whole;
	if (look(fd, least, &whole) < 0)
		return -1;
	struct head *head = map(fd, whole);
	if (!head)
		return -1;
	if (head->magic != MAGIC || head->kind != (uint32_t)kind || head->size != whole) {
		munmap(head, whole);
		errno = EINVAL;
		return -1;
	}
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		int why = errno;
		munmap(head, whole);
		errno = why;
		return -1;
	}
	*shared = (struct mp_shared){head + 1, whole - sizeof *head, fd, inode_of(fd)};
	return 0;
}

void mp_shared_drop(struct mp_shared *shared)
{
	int why = errno;
	munmap((struct head *)shared->at - 1, shared->size + sizeof(struct head));
	if (inode_of(shared->fd) == shared->inode)
		close(shared->fd);
	errno = why;
}

struct mp_share mp_shared_share(const struct mp_shared *shared, enum mp_shared_kind kind)
{
	return (struct mp_share){
		.kind = MP_SHARE_MEMORY, .detail = {kind}, .fds = {shared->fd, -1, -1, -1}};
}

int mp_shared_arrived(const struct mp_share *share, enum mp_shared_kind kind)
{
	if (share->kind == MP_SHARE_MEMORY && share->detail[0] == (unsigned)kind)
		return share->fds[0];
	errno = EINVAL;
	return -1;
}
