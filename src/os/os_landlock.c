/*
 * os_landlock - which files a process may still reach (Landlock, landlock(7))
 *
 * Runs in:  the parent makes a ruleset, its children put themselves under it
 * Owns:     nothing; see os_landlock.h
 * Errors:   -1 with errno
 *
 * The calls are made by number and newer constants are defined here: the C library and the headers
 * of a stable system are older than the kernel it may run on.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The numbers are the same on every machine but Alpha, as for all calls since Linux 5. */
#ifdef SYS_landlock_create_ruleset
enum {
	CREATE_RULESET = SYS_landlock_create_ruleset,
	ADD_RULE = SYS_landlock_add_rule,
	RESTRICT_SELF = SYS_landlock_restrict_self
};
#else
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
#endif

enum { CREATE_RULESET_VERSION = 1 << 0, RULE_PATH_BENEATH = 1 };

/* LANDLOCK_ACCESS_FS_* that rules can be made of here. */
enum {
	FS_EXECUTE = 1 << 0,
	FS_READ_FILE = 1 << 2,
	FS_READ_DIR = 1 << 3,
	FS_MAKE_BLOCK = 1 << 11,
	FS_REFER = 1 << 13
};

/* How many LANDLOCK_ACCESS_FS_* there are from an ABI on; each is one bit, so all of them are the
 * bits below that number. */
static const struct {
	int abi, bits;
} fs_accesses[] = {{1, 13}, {2, 14}, {OS_LANDLOCK_TRUNCATE, 15}, {OS_LANDLOCK_IOCTL, 16}};

enum {
	NET_BIND_TCP = 1 << 0,
	NET_CONNECT_TCP = 1 << 1,
	SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0,
	SCOPE_SIGNAL = 1 << 1
};

/* struct landlock_ruleset_attr as of ABI 6. An older kernel takes a longer one than its own as long
 * as what it does not know is zero. */
struct ruleset {
	uint64_t fs, net, scoped;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

int os_landlock_abi(void)
{
	long abi = syscall(CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);
	return abi > 0 ? (int)abi : 0;
}

static uint64_t all_fs(int abi)
{
	uint64_t all = 0;
	for (size_t i = 0; i < sizeof fs_accesses / sizeof *fs_accesses; i++)
		if (abi >= fs_accesses[i].abi)
			all = (UINT64_C(1) << fs_accesses[i].bits) - 1;
	return all;
}

int os_landlock_new(int abi)
{
	struct ruleset refused = {.fs = all_fs(abi)};
	if (abi >= OS_LANDLOCK_TCP)
		refused.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= OS_LANDLOCK_SCOPE)
		refused.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	return (int)syscall(CREATE_RULESET, &refused, sizeof refused, 0);
}

static int allow(int ruleset, int fd, uint64_t accesses)
{
	struct path_beneath rule = {.allowed = accesses, .parent_fd = fd};
	return (int)syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, &rule, 0);
}

/* A ruleset must refuse something. Where that cannot be a scope alone, it is making block devices,
 * which takes root; any that is about files refuses links to other directories besides, so these
 * are granted everywhere. */
int os_landlock_new_apart(int abi)
{
	struct ruleset refused = {.fs = 0};
	if (abi < OS_LANDLOCK_REFER) {
		errno = ENOTSUP;
		return -1;
	}
	if (abi >= OS_LANDLOCK_SCOPE)
		refused.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	else
		refused.fs = FS_MAKE_BLOCK | FS_REFER;
	int ruleset = (int)syscall(CREATE_RULESET, &refused, sizeof refused, 0);
	if (ruleset < 0 || !refused.fs)
		return ruleset;
	int root = open("/", O_PATH | O_CLOEXEC);
	int done = root < 0 ? -1 : allow(ruleset, root, FS_REFER), why = errno;
	if (root >= 0)
		close(root);
	if (done == 0)
		return ruleset;
	close(ruleset);
	errno = why;
	return -1;
}

int os_landlock_grant(int ruleset, int fd, unsigned access)
{
	uint64_t allowed = 0;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -1;
	if (access & OS_LANDLOCK_READ)
		allowed |= FS_READ_FILE;
	if ((access & OS_LANDLOCK_READ) && S_ISDIR(st.st_mode))
		allowed |= FS_READ_DIR;
	if (access & OS_LANDLOCK_EXECUTE)
		allowed |= FS_EXECUTE;
	return allow(ruleset, fd, allowed);
}

int os_landlock_enter(int ruleset)
{
	return (int)syscall(RESTRICT_SELF, ruleset, 0);
}
