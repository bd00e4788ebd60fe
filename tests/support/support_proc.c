/*
 * support_proc - time, programs and what /proc knows of processes
 *
 * Runs in:  black-box tests
 * Owns:     nothing
 * Errors:   see support_proc.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_proc.h"

#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGUMENTS = 64, SOCKETS = 1024, VOID_LOOKS = 20 };

/* Who waited so long for a processor shares it with others. */
static const double VOID_S = 0.02;

double support_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void support_pause(void)
{
	nanosleep(&(struct timespec){0, 20 * 1000 * 1000}, NULL);
}

double support_waited(void)
{
	unsigned long long ran, waited = 0;
	char *text = support_read_file("/proc/self/schedstat", NULL);
	if (!text || sscanf(text, "%llu %llu", &ran, &waited) != 2)
		waited = 0;
	free(text);
	return (double)waited / 1e9;
}

bool support_looks_on(struct support_looks *l)
{
	l->waited = support_waited();
	return l->in_time < 2 && l->late < 2 && l->void_ones < VOID_LOOKS;
}

void support_looked(struct support_looks *l, bool in_time)
{
	if (in_time)
		l->in_time++;
	else if (support_waited() - l->waited > VOID_S)
		l->void_ones++;
	else
		l->late++;
}

bool support_is_root(void)
{
	return geteuid() == 0;
}

/* ---- programs ---- */

static _Noreturn void become(const char *const *arguments, int out, int err)
{
	const char *argv[ARGUMENTS + 2] = {getenv("PREFORKD")};
	size_t n = 1;
	while (*arguments && n < ARGUMENTS)
		argv[n++] = *arguments++;
	int null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	/* Nothing but the three is inherited, whatever the test has open. */
	close_range(3, ~0u, 0);
	execv(argv[0], (char *const *)argv);
	_exit(127);
}

static pid_t launch(const char *const *arguments, int out, int err)
{
	ck_assert_msg(getenv("PREFORKD") != NULL, "PREFORKD does not name the server's program");
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become(arguments, out, err);
	return pid;
}

pid_t support_start(const char *const *arguments, int fd)
{
	return launch(arguments, fd, fd);
}

int support_wait(pid_t pid, double seconds)
{
	int status = 0;
	pid_t got = 0;
	bool ended = SUPPORT_UNTIL((got = waitpid(pid, &status, WNOHANG)) != 0, seconds);
	ck_assert_msg(ended, "process %d still runs after %.0f s", (int)pid, seconds);
	ck_assert_int_eq(got, pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void take_output(int fd, char *to, size_t room)
{
	ssize_t n = pread(fd, to, room - 1, 0);
	to[n > 0 ? n : 0] = '\0';
	close(fd);
}

void support_run(struct support_output *o, const char *const *arguments)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	ck_assert(out >= 0 && err >= 0);
	o->status = support_wait(launch(arguments, out, err), 2 * SUPPORT_PATIENCE);
	take_output(out, o->out, sizeof o->out);
	take_output(err, o->err, sizeof o->err);
}

char *support_read_file(const char *path, size_t *size)
{
	char *bytes = NULL, block[4096];
	size_t have = 0, room = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	FILE *to = open_memstream(&bytes, &room);
	ck_assert_ptr_nonnull(to);
	for (ssize_t n; (n = read(fd, block, sizeof block)) > 0; have += (size_t)n)
		ck_assert_uint_eq(fwrite(block, 1, (size_t)n, to), (size_t)n);
	close(fd);
	ck_assert_int_eq(fclose(to), 0); /* which puts the NUL there */
	if (size)
		*size = have;
	return bytes;
}

/* ---- /proc ---- */

/* The parent and the state of a process; false: it is gone. */
static bool look(pid_t pid, struct support_process *p)
{
	char path[64], line[512] = "";
	int parent;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	size_t n = fread(line, 1, sizeof line - 1, file);
	fclose(file);
	line[n] = '\0';
	const char *after = strrchr(line, ')'); /* the name may hold anything */
	if (!after || sscanf(after + 1, " %c %d", &p->state, &parent) != 2)
		return false;
	p->pid = pid;
	p->parent = parent;
	return true;
}

static bool is_marked(pid_t pid, const char *mark)
{
	char path[64], line[4096];
	snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, line, sizeof line);
	close(fd);
	return n > 0 && memmem(line, (size_t)n, mark, strlen(mark)) != NULL;
}

/* Calls `visit` with every process there is. */
static void every_process(void (*visit)(const struct support_process *, void *), void *closure)
{
	DIR *dir = opendir("/proc");
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		struct support_process p;
		if (isdigit((unsigned char)entry->d_name[0]) && look(atoi(entry->d_name), &p))
			visit(&p, closure);
	}
	closedir(dir);
}

struct found {
	const char *mark;
	pid_t parent;
	size_t count, room;
	struct support_process *list;
};

static void add_found(struct found *f, const struct support_process *p)
{
	if (f->count < f->room)
		f->list[f->count++] = *p;
}

static void find_marked(const struct support_process *p, void *closure)
{
	struct found *f = closure;
	if (p->pid != getpid() && is_marked(p->pid, f->mark))
		add_found(f, p);
}

/* Zombies have no command line any more. */
static void find_zombies(const struct support_process *p, void *closure)
{
	struct found *f = closure;
	size_t marked = f->count;
	for (size_t i = 0; p->state == 'Z' && i < marked; i++)
		if (f->list[i].pid == p->parent) {
			add_found(f, p);
			return;
		}
}

size_t support_processes(const char *mark, struct support_process *list, size_t room)
{
	struct found f = {.mark = mark, .list = list, .room = room};
	every_process(find_marked, &f);
	if (f.count)
		every_process(find_zombies, &f);
	return f.count;
}

static void find_children(const struct support_process *p, void *closure)
{
	struct found *f = closure;
	if (p->parent == f->parent && p->state != 'Z')
		add_found(f, p);
}

static int by_number(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

/* The kernel keeps a list of each process's children, where it was built to. */
static bool read_children(struct found *f)
{
	char path[64];
	int pid;
	struct support_process p;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)f->parent, (int)f->parent);
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	while (fscanf(file, "%d", &pid) == 1)
		if (look(pid, &p))
			find_children(&p, f);
	fclose(file);
	return true;
}

size_t support_children(pid_t parent, pid_t *list, size_t room)
{
	struct support_process found[room];
	memset(found, 0, sizeof found);
	struct found f = {.parent = parent, .list = found, .room = room};
	if (!read_children(&f))
		every_process(find_children, &f);
	for (size_t i = 0; i < f.count; i++)
		list[i] = found[i].pid;
	qsort(list, f.count, sizeof *list, by_number);
	return f.count;
}

char support_state(pid_t pid)
{
	struct support_process p;
	return look(pid, &p) ? p.state : 0;
}

double support_cpu(pid_t pid)
{
	clockid_t clock;
	struct timespec t;
	ck_assert_int_eq(clock_getcpuclockid(pid, &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &t), 0);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Calls `visit` with what each descriptor is; how many there are, -1 when the process is gone. */
static int every_fd(
	pid_t pid, void (*visit)(const char *fd, const char *what, void *), void *closure)
{
	char path[64], name[PATH_MAX];
	int count = 0;
	snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
	DIR *dir = opendir(path);
	if (!dir)
		return -1;
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		count++;
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, name, sizeof name - 1);
		name[n > 0 ? n : 0] = '\0';
		if (visit)
			visit(entry->d_name, name, closure);
	}
	closedir(dir);
	return count;
}

int support_fds(pid_t pid)
{
	return every_fd(pid, NULL, NULL);
}

static void add_name(const char *fd, const char *what, void *closure)
{
	char(*text)[4096] = closure;
	size_t used = strlen(*text);
	snprintf(*text + used, sizeof *text - used, "\n  %s %s", fd, what);
}

const char *support_fd_names(pid_t pid)
{
	static char text[4096];
	*text = '\0';
	every_fd(pid, add_name, &text);
	return text;
}

struct sockets {
	size_t count;
	unsigned long inode[SOCKETS];
};

static void add_socket(const char *fd, const char *what, void *closure)
{
	struct sockets *s = closure;
	(void)fd;
	if (s->count < SOCKETS && sscanf(what, "socket:[%lu]", &s->inode[s->count]) == 1)
		s->count++;
}

static bool has_socket(const struct sockets *s, unsigned long inode)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->inode[i] == inode)
			return true;
	return false;
}

struct packets {
	const struct sockets *others;
	bool shared;
	int pidfd, found;
};

static void find_packets(const char *fd, const char *what, void *closure)
{
	struct packets *p = closure;
	unsigned long inode;
	int type = 0;
	socklen_t size = sizeof type;
	if (p->found >= 0 || sscanf(what, "socket:[%lu]", &inode) != 1 ||
		has_socket(p->others, inode) != p->shared)
		return;
	p->found = (int)syscall(SYS_pidfd_getfd, p->pidfd, atoi(fd), 0);
	if (p->found >= 0 && (getsockopt(p->found, SOL_SOCKET, SO_TYPE, &type, &size) < 0 ||
				     type != SOCK_SEQPACKET)) {
		close(p->found);
		p->found = -1;
	}
}

int support_packets_of(pid_t pid, pid_t other, bool shared)
{
	static struct sockets others;
	struct packets p = {&others, shared, (int)syscall(SYS_pidfd_open, pid, 0), -1};
	others.count = 0;
	every_fd(other, add_socket, &others);
	every_fd(pid, find_packets, &p);
	close(p.pidfd);
	return p.found;
}

/* The clients of sockets that are in the set, or of those that are not. */
static size_t find_peers(
	const struct sockets *s, bool in_it, unsigned server_port, unsigned *ports, size_t room)
{
	char line[512];
	static char block[64 * 1024]; /* there may be thousands that only wait for their time */
	size_t count = 0;
	FILE *file = fopen("/proc/net/tcp", "re");
	ck_assert_ptr_nonnull(file);
	setvbuf(file, block, _IOFBF, sizeof block);
	while (count < room && fgets(line, sizeof line, file)) {
		unsigned local, peer, state;
		unsigned long inode;
		if (sscanf(line, "%*d: %*x:%x %*x:%x %x %*s %*s %*s %*u %*d %lu", &local, &peer,
			    &state, &inode) == 4 &&
			local == server_port && peer && inode && has_socket(s, inode) == in_it)
			ports[count++] = peer;
	}
	fclose(file);
	return count;
}

bool support_listened_on(unsigned port)
{
	char line[256];
	bool found = false;
	FILE *file = fopen("/proc/net/tcp", "re");
	ck_assert_ptr_nonnull(file);
	while (!found && fgets(line, sizeof line, file)) {
		unsigned local, state;
		found = sscanf(line, "%*d: %*x:%x %*x:%*x %x", &local, &state) == 2 &&
			local == port && state == 0x0a;
	}
	fclose(file);
	return found;
}

static const struct sockets *sockets_of(const pid_t *pids, size_t count)
{
	static struct sockets s;
	s.count = 0;
	for (size_t i = 0; i < count; i++)
		every_fd(pids[i], add_socket, &s);
	return &s;
}

size_t support_peers(
	const pid_t *pids, size_t count, unsigned server_port, unsigned *ports, size_t room)
{
	return find_peers(sockets_of(pids, count), true, server_port, ports, room);
}

size_t support_peers_of_nobody(
	const pid_t *pids, size_t count, unsigned server_port, unsigned *ports, size_t room)
{
	return find_peers(sockets_of(pids, count), false, server_port, ports, room);
}

/* The number behind these words in the status of a process (proc_pid_status(5)). */
static unsigned status_of(pid_t pid, const char *words)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	char *text = support_read_file(path, NULL), *at = text ? strstr(text, words) : NULL;
	ck_assert(at);
	unsigned number = (unsigned)strtoul(at + strlen(words), NULL, 10);
	free(text);
	return number;
}

/* A worker may be somebody else than this test, which has to become that somebody to have a say
 * (prlimit(2)). */
void support_limit_fds(pid_t worker, rlim_t most)
{
	struct rlimit limit;
	int status;
	pid_t child = fork();
	if (child == 0) {
		gid_t group = status_of(worker, "\nGid:\t");
		uid_t user = status_of(worker, "\nUid:\t");
		if ((group != getgid() && setresgid(group, group, group) < 0) ||
			(user != getuid() && setresuid(user, user, user) < 0) ||
			prlimit(worker, RLIMIT_NOFILE, NULL, &limit) < 0)
			_exit(1);
		limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
		_exit(prlimit(worker, RLIMIT_NOFILE, &limit, NULL) < 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
