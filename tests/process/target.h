/*
 * target - what a worker that was taken over could attack: a site, sockets, a process of the same
 * user
 *
 * Runs in:  test programs of the sandbox
 * Owns:     a directory, sockets, a victim, from target_begin to target_end
 * Errors:   fail the test
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_TARGET_H
#define TESTS_TARGET_H

#include "config/config.h"
#include "os/os_process.h"
#include "support/support_suite.h"
#include "wire/wire_diary.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char target_base[64]; /* of all tests: removed when they are over, however */

static struct {
	char dir[80]; /* "in" in it is served, "out" is not */
	int root;     /* "in" */
	int log;      /* of the server, open as workers have it */
	int listener; /* of TCP, ours and a stranger's at once */
	void *diary;  /* one page of two */
	int spare;    /* a TCP socket that is not connected */
	struct sockaddr_in tcp;
	struct sockaddr_un unix_path, unix_abstract;
	int unix_sockets[2];
	pid_t victim; /* of the same user */
	struct os_identity identity;
	struct config *config;
} target;

static inline const char *target_path(const char *name)
{
	static char paths[2][128];
	static unsigned turn;
	char *to = paths[turn++ % 2];
	snprintf(to, sizeof paths[0], "%s/%s", target.dir, name);
	return to;
}

/* The victim shares this with the test: how often somebody got at it. */
static volatile sig_atomic_t *target_hits;

static inline void target_on_hit(int number)
{
	(void)number;
	++*target_hits;
}

static inline _Noreturn void target_be_victim(int ready)
{
	if (os_process_become(&target.identity) < 0)
		_exit(1);
	signal(SIGUSR1, target_on_hit);
	signal(SIGIO, target_on_hit);
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(ready, "!", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static inline void target_start_victim(void)
{
	int ends[2];
	char byte;
	target_hits = mmap(NULL, sizeof *target_hits, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	target.victim = fork();
	ck_assert_int_ge(target.victim, 0);
	if (target.victim == 0)
		target_be_victim(ends[1]);
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	close(ends[0]);
}

/* Everything belongs to the user the attacks run as, so that only the fences are in the way. */
static inline void target_make_file(const char *name, bool directory)
{
	int fd = directory ? mkdir(target_path(name), 0777)
			   : open(target_path(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0777);
	ck_assert_int_ge(fd, 0);
	if (!directory) {
		ck_assert_int_eq(write(fd, "content\n", 8), 8);
		close(fd);
	}
	ck_assert_int_eq(chown(target_path(name), target.identity.user, target.identity.group), 0);
	ck_assert_int_eq(chmod(target_path(name), 0777), 0);
}

static inline void target_config(const char *line)
{
	struct buffer error = BUFFER_INIT;
	const char *const after[] = {line, NULL};
	struct config_source source = {.serve = target_path("in"), .port = 1, .after = after};
	target.config = config_load(&source, &error);
	ck_assert_msg(target.config != NULL, "%.*s", TEXT_ARGS(buffer_view(&error)));
	target.root = target.config->host.root_fd;
	buffer_free(&error);
}

static inline void target_make_unix(struct sockaddr_un *at, int which)
{
	target.unix_sockets[which] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at->sun_family = AF_UNIX;
	snprintf(at->sun_path + which, sizeof at->sun_path - 1, "%s", target_path("out/socket"));
	ck_assert_int_eq(bind(target.unix_sockets[which], (struct sockaddr *)at, sizeof *at), 0);
	ck_assert_int_eq(listen(target.unix_sockets[which], 64), 0);
}

static inline void target_begin(void)
{
	socklen_t size = sizeof target.tcp;
	bool root = geteuid() == 0;
	snprintf(target.dir, sizeof target.dir, "%s/XXXXXX", target_base);
	ck_assert_ptr_nonnull(mkdtemp(target.dir));
	ck_assert_int_eq(os_process_identity(&target.identity, NULL, root ? 65534 : geteuid(),
				 root ? 65534 : getegid()),
		0);
	ck_assert_int_eq(chown(target.dir, target.identity.user, target.identity.group), 0);
	ck_assert_int_eq(chmod(target.dir, 0755), 0);
	target_make_file("in", true);
	target_make_file("out", true);
	target_make_file("in/file", false);
	target_make_file("out/file", false);
	ck_assert_int_eq(symlink("../out/file", target_path("in/link")), 0);
	target_config("Sandbox On");
	target.log = open(target_path("out/log"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	int diaries;
	void *pages = wire_diary_new(2, &diaries);
	target.diary = pages ? wire_diary_open(diaries, 0) : NULL;
	ck_assert_ptr_nonnull(target.diary);
	wire_diary_free(pages, 2);
	close(diaries);
	target.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	target.spare = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	target.tcp = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(bind(target.listener, (struct sockaddr *)&target.tcp, size), 0);
	ck_assert_int_eq(listen(target.listener, 64), 0);
	ck_assert_int_eq(getsockname(target.listener, (struct sockaddr *)&target.tcp, &size), 0);
	target_make_unix(&target.unix_path, 0);
	target_make_unix(&target.unix_abstract, 1);
	ck_assert_int_eq(chmod(target_path("out/socket"), 0777), 0);
	target_start_victim();
}

static inline void target_end(void)
{
	kill(target.victim, SIGKILL);
	waitpid(target.victim, NULL, 0);
	wire_diary_free(target.diary, 1);
	close(target.log);
	close(target.listener);
	close(target.spare);
	close(target.unix_sockets[0]);
	close(target.unix_sockets[1]);
	config_free(target.config);
}

#endif
