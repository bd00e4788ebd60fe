/*
 * test_sandbox - a worker taken over: what it would try, and that nothing of it works
 *
 * Runs in:  a test program; each attempt in a child of its own, confined as a worker is
 * Owns:     a directory, sockets, a victim, the children
 * Errors:   exit status
 *
 * Each attempt is made four times: by an ordinary process of the same user, where it works (or the
 * attempt would prove nothing), behind Landlock alone, behind seccomp alone, and behind both. The
 * table says which fence stops what, and is wrong if one does not, and also if one does.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "os/os_landlock.h"
#include "parent/parent_sandbox.h"
#include "support/support_suite.h"
#include "wire/wire_confine.h"
#include "wire/wire_diary.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- what is there to be attacked ---- */

static char base[64]; /* of all tests: removed when they are over, however */

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
} site;

static const char *path(const char *name)
{
	static char paths[2][128];
	static unsigned turn;
	char *to = paths[turn++ % 2];
	snprintf(to, sizeof paths[0], "%s/%s", site.dir, name);
	return to;
}

/* The victim shares this with the test: how often somebody got at it. */
static volatile sig_atomic_t *hits;

static void on_hit(int number)
{
	(void)number;
	++*hits;
}

static _Noreturn void be_victim(int ready)
{
	if (os_process_become(&site.identity) < 0)
		_exit(1);
	signal(SIGUSR1, on_hit);
	signal(SIGIO, on_hit);
	prctl(PR_SET_DUMPABLE, 1);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (write(ready, "!", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void read_program(void);

static void start_victim(void)
{
	int ends[2];
	char byte;
	hits = mmap(NULL, sizeof *hits, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	site.victim = fork();
	ck_assert_int_ge(site.victim, 0);
	if (site.victim == 0)
		be_victim(ends[1]);
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	close(ends[0]);
}

/* Everything belongs to the user the attacks run as, so that only the fences are in the way. */
static void make_file(const char *name, bool directory)
{
	int fd = directory ? mkdir(path(name), 0777)
			   : open(path(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0777);
	ck_assert_int_ge(fd, 0);
	if (!directory) {
		ck_assert_int_eq(write(fd, "content\n", 8), 8);
		close(fd);
	}
	ck_assert_int_eq(chown(path(name), site.identity.user, site.identity.group), 0);
	ck_assert_int_eq(chmod(path(name), 0777), 0);
}

static void make_config(const char *line)
{
	struct buffer error = BUFFER_INIT;
	const char *const after[] = {line, NULL};
	struct config_source source = {.serve = path("in"), .port = 1, .after = after};
	site.config = config_load(&source, &error);
	ck_assert_msg(site.config != NULL, "%.*s", TEXT_ARGS(buffer_view(&error)));
	site.root = site.config->host.root_fd;
	buffer_free(&error);
}

static void make_unix(struct sockaddr_un *at, int which)
{
	site.unix_sockets[which] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	at->sun_family = AF_UNIX;
	snprintf(at->sun_path + which, sizeof at->sun_path - 1, "%s", path("out/socket"));
	ck_assert_int_eq(bind(site.unix_sockets[which], (struct sockaddr *)at, sizeof *at), 0);
	ck_assert_int_eq(listen(site.unix_sockets[which], 64), 0);
}

static void setup(void)
{
	socklen_t size = sizeof site.tcp;
	bool root = geteuid() == 0;
	snprintf(site.dir, sizeof site.dir, "%s/XXXXXX", base);
	ck_assert_ptr_nonnull(mkdtemp(site.dir));
	ck_assert_int_eq(os_process_identity(&site.identity, NULL, root ? 65534 : geteuid(),
				 root ? 65534 : getegid()),
		0);
	ck_assert_int_eq(chown(site.dir, site.identity.user, site.identity.group), 0);
	ck_assert_int_eq(chmod(site.dir, 0755), 0);
	make_file("in", true);
	make_file("out", true);
	make_file("in/file", false);
	make_file("out/file", false);
	ck_assert_int_eq(symlink("../out/file", path("in/link")), 0);
	make_config("Sandbox On");
	site.log = open(path("out/log"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	int diaries;
	void *pages = wire_diary_new(2, &diaries);
	site.diary = pages ? wire_diary_open(diaries, 0) : NULL;
	ck_assert_ptr_nonnull(site.diary);
	wire_diary_free(pages, 2);
	close(diaries);
	site.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	site.spare = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	site.tcp = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_eq(bind(site.listener, (struct sockaddr *)&site.tcp, size), 0);
	ck_assert_int_eq(listen(site.listener, 64), 0);
	ck_assert_int_eq(getsockname(site.listener, (struct sockaddr *)&site.tcp, &size), 0);
	make_unix(&site.unix_path, 0);
	make_unix(&site.unix_abstract, 1);
	ck_assert_int_eq(chmod(path("out/socket"), 0777), 0);
	read_program();
	start_victim();
}

static void teardown(void)
{
	kill(site.victim, SIGKILL);
	waitpid(site.victim, NULL, 0);
	wire_diary_free(site.diary, 1);
	close(site.log);
	close(site.listener);
	close(site.spare);
	close(site.unix_sockets[0]);
	close(site.unix_sockets[1]);
	config_free(site.config);
}

/* ---- attempts: not negative when they worked ---- */

static long try_open(const char *name, int flags)
{
	return open(name, flags | O_CLOEXEC, 0644);
}

static long of_victim(const char *what, int flags)
{
	char name[64];
	snprintf(name, sizeof name, "/proc/%d/%s", (int)site.victim, what);
	return try_open(name, flags);
}

static long try_socket(int kind, const void *to, socklen_t size,
	int (*use)(int, const struct sockaddr *, socklen_t))
{
	int fd = socket(((const struct sockaddr *)to)->sa_family, kind | SOCK_CLOEXEC, 0);
	return fd < 0 ? -1 : use(fd, to, size);
}

static long bind_somewhere(int kind)
{
	const struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = site.tcp.sin_addr};
	return try_socket(kind, &any, sizeof any, bind);
}

static long run_program(void)
{
	char *const arguments[] = {(char *)"true", NULL};
	return execve("/bin/true", arguments, arguments + 1); /* which exits with 0: it worked */
}

/* A program that is in no file: its bytes were here before the fences. */
static char program[256 * 1024];
static size_t program_size;

static long run_from_memory(void)
{
	char *const arguments[] = {(char *)"true", NULL};
	int fd = memfd_create("program", MFD_CLOEXEC);
	if (fd < 0 || write(fd, program, program_size) != (ssize_t)program_size)
		return -1;
	return fexecve(fd, arguments, arguments + 1);
}

static void read_program(void)
{
	int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, program, sizeof program);
	ck_assert_int_gt(n, 0);
	program_size = (size_t)n;
	close(fd);
}

static long read_memory(void)
{
	char here[8];
	struct iovec to = {here, sizeof here}, from = {&site, sizeof here};
	return process_vm_readv(site.victim, &to, 1, &from, 1, 0);
}

static long take_descriptor(void)
{
	long fd = syscall(SYS_pidfd_open, site.victim, 0);
	return fd < 0 ? -1 : syscall(SYS_pidfd_getfd, fd, 2, 0);
}

static long attach(void)
{
	if (ptrace(PTRACE_ATTACH, site.victim, NULL, NULL) < 0)
		return -1;
	waitpid(site.victim, NULL, 0);
	return ptrace(PTRACE_DETACH, site.victim, NULL, NULL);
}

/* What a listener is told it is told for all who share it. */
static long deafen_listener(void)
{
	int seconds = 30;
	return setsockopt(site.listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
}

/* It only appends: what is in it stays. */
static long write_over_log(void)
{
	if (fcntl(site.log, F_SETFL, 0) < 0)
		return -1;
	int flags = fcntl(site.log, F_GETFL);
	(void)fcntl(site.log, F_SETFL, O_APPEND);
	return flags & O_APPEND ? -1 : 0;
}

/* The pages of a file follow each other, also behind the one that was mapped. */
static long grow_into_the_next_page(void)
{
	char *own = site.diary;
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	own = mremap(own, size, 2 * size, MREMAP_MAYMOVE);
	if (own == MAP_FAILED)
		return -1;
	own[size] = 1;
	return 0;
}

/* Whoever has the connection besides waits at its end. */
static long let_linger(void)
{
	const struct linger linger = {.l_onoff = 1, .l_linger = 3600};
	return setsockopt(site.spare, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

/* A socket that speaks signals its owner. */
static long signal_by_owner(void)
{
	return fcntl(site.listener, F_SETOWN, site.victim);
}

static long make_code(bool later)
{
	int protection = PROT_READ | PROT_WRITE | (later ? 0 : PROT_EXEC);
	void *at = mmap(NULL, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return -1;
	return later ? mprotect(at, 4096, PROT_READ | PROT_EXEC) : 0;
}

static long fork_once(void)
{
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	return pid < 0 ? -1 : waitpid(pid, NULL, 0);
}

/* ATTEMPT(name, fences, how): FILES and later are what Landlock confines from that ABI on, CALLS is
 * seccomp; with OPEN the attempt works without fences; POOL is at what a child for one request has
 * not: a listener; PROGRAM is what programs (CGI) are kept from too. */
enum { OPEN = 1, CALLS = 2, POOL = 4, PROGRAM = 8, LANDLOCK = 16 };
enum {
	FILES = 1 * LANDLOCK,
	TRUNCATION = OS_LANDLOCK_TRUNCATE * LANDLOCK,
	TCP = OS_LANDLOCK_TCP * LANDLOCK,
	SCOPE = OS_LANDLOCK_SCOPE * LANDLOCK
};
#define ATTEMPTS                                                                                   \
	ATTEMPT("read the passwords", OPEN | FILES, try_open("/etc/passwd", O_RDONLY))             \
	ATTEMPT("list the machine", OPEN | FILES, try_open("/", O_RDONLY | O_DIRECTORY))           \
	ATTEMPT("read what is not served", OPEN | FILES, try_open(path("out/file"), O_RDONLY))     \
	ATTEMPT("climb out of the root", OPEN | FILES,                                             \
		openat(site.root, "../out/file", O_RDONLY | O_CLOEXEC))                            \
	ATTEMPT("follow a link out of the root", OPEN | FILES,                                     \
		openat(site.root, "link", O_RDONLY | O_CLOEXEC))                                   \
	ATTEMPT("write a document", OPEN | FILES, try_open(path("in/file"), O_WRONLY))             \
	ATTEMPT("make a document", OPEN | FILES, try_open(path("in/new"), O_WRONLY | O_CREAT))     \
	ATTEMPT("cut a document", OPEN | TRUNCATION | CALLS, truncate(path("in/file"), 4))         \
	ATTEMPT("remove a document", OPEN | FILES | CALLS, unlink(path("in/new")))                 \
	ATTEMPT("rename a document", OPEN | FILES | CALLS,                                         \
		rename(path("in/file"), path("in/file")))                                          \
	ATTEMPT("link a document", OPEN | FILES | CALLS, symlink("/etc/passwd", path("in/l")))     \
	ATTEMPT("make a directory", OPEN | FILES | CALLS, mkdir(path("in/d"), 0755))               \
	ATTEMPT("make a pipe", OPEN | FILES | CALLS, mkfifo(path("in/p"), 0644))                   \
	ATTEMPT("change modes", OPEN | CALLS, chmod(path("in/file"), 0777))                        \
	ATTEMPT("change times", OPEN | CALLS, utimensat(site.root, "file", NULL, 0))               \
	ATTEMPT("write a file elsewhere", OPEN | FILES,                                            \
		try_open(path("out/new"), O_WRONLY | O_CREAT))                                     \
	ATTEMPT("write over the log", OPEN | CALLS, write_over_log())                              \
	ATTEMPT("write another's diary", OPEN | CALLS, grow_into_the_next_page())                  \
	ATTEMPT("cut the log", OPEN | CALLS, ftruncate(site.log, 0))                               \
	ATTEMPT("read another's memory by its file", OPEN | FILES | PROGRAM,                       \
		of_victim("mem", O_RDWR))                                                          \
	ATTEMPT("read another's environment", OPEN | FILES | PROGRAM,                              \
		of_victim("environ", O_RDONLY))                                                    \
	ATTEMPT("read another's memory", OPEN | FILES | CALLS | PROGRAM, read_memory())            \
	ATTEMPT("trace another", OPEN | FILES | CALLS | PROGRAM, attach())                         \
	ATTEMPT("take another's descriptor", OPEN | FILES | CALLS | PROGRAM, take_descriptor())    \
	ATTEMPT("signal another", OPEN | SCOPE | CALLS | PROGRAM, kill(site.victim, SIGUSR1))      \
	ATTEMPT("signal all", OPEN | CALLS, kill(-1, 0))                                           \
	ATTEMPT("signal a thread of another", OPEN | SCOPE | CALLS | PROGRAM,                      \
		syscall(SYS_tgkill, site.victim, site.victim, SIGUSR1))                            \
	ATTEMPT("queue a signal", OPEN | SCOPE | CALLS | PROGRAM,                                  \
		sigqueue(site.victim, SIGUSR1, (union sigval){0}))                                 \
	ATTEMPT("have a socket signal another", OPEN | CALLS, signal_by_owner())                   \
	ATTEMPT("limit another", OPEN | CALLS | PROGRAM,                                           \
		prlimit(site.victim, RLIMIT_CORE, NULL, &(struct rlimit){0}))                      \
	ATTEMPT("slow another down", OPEN | CALLS,                                                 \
		setpriority(PRIO_PROCESS, (id_t)site.victim, 19))                                  \
	ATTEMPT("connect", OPEN | TCP | CALLS,                                                     \
		try_socket(SOCK_STREAM, &site.tcp, sizeof site.tcp, connect))                      \
	ATTEMPT("connect with a socket that is there", OPEN | TCP | CALLS,                         \
		connect(site.spare, (struct sockaddr *)&site.tcp, sizeof site.tcp))                \
	ATTEMPT("open a port", OPEN | TCP | CALLS, bind_somewhere(SOCK_STREAM))                    \
	ATTEMPT("end the listener for everybody", OPEN | CALLS | POOL,                             \
		shutdown(site.listener, SHUT_RD))                                                  \
	ATTEMPT("end the listener wholly", OPEN | CALLS | POOL,                                    \
		shutdown(site.listener, SHUT_RDWR))                                                \
	ATTEMPT("have the listener hear nobody", OPEN | CALLS | POOL, deafen_listener())           \
	ATTEMPT("have the listener hear only neighbours", OPEN | CALLS | POOL,                     \
		setsockopt(site.listener, IPPROTO_IP, IP_MINTTL, &(int){255}, sizeof(int)))        \
	ATTEMPT("have a connection linger", OPEN | CALLS, let_linger())                            \
	ATTEMPT("limit itself", OPEN | CALLS, prlimit(0, RLIMIT_CORE, NULL, &(struct rlimit){0}))  \
	ATTEMPT("send datagrams", OPEN | CALLS,                                                    \
		try_socket(SOCK_DGRAM, &site.tcp, sizeof site.tcp, connect))                       \
	ATTEMPT("receive datagrams", OPEN | CALLS, bind_somewhere(SOCK_DGRAM))                     \
	ATTEMPT("connect to a local service", OPEN | CALLS,                                        \
		try_socket(SOCK_STREAM, &site.unix_path, sizeof site.unix_path, connect))          \
	ATTEMPT("connect to an abstract socket", OPEN | SCOPE | CALLS | PROGRAM,                   \
		try_socket(SOCK_STREAM, &site.unix_abstract, sizeof site.unix_abstract, connect))  \
	ATTEMPT("ask the kernel by netlink", OPEN | CALLS,                                         \
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0))                                    \
	ATTEMPT("listen to the wire", CALLS, socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0))        \
	ATTEMPT("run a program", OPEN | FILES | CALLS, run_program())                              \
	ATTEMPT("run a program from memory", OPEN | FILES | CALLS, run_from_memory())              \
	ATTEMPT("fork", OPEN | CALLS, fork_once())                                                 \
	ATTEMPT("make code", OPEN | CALLS, make_code(false))                                       \
	ATTEMPT("make data code", OPEN | CALLS, make_code(true))                                   \
	ATTEMPT("write its own code", OPEN | FILES, try_open("/proc/self/mem", O_RDWR))            \
	ATTEMPT("become root", CALLS, setresuid(0, 0, 0))                                          \
	ATTEMPT("take back privileges", CALLS, prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0))             \
	ATTEMPT("be root in a world of its own", CALLS | PROGRAM, unshare(CLONE_NEWUSER))          \
	ATTEMPT("use a keyring", CALLS | PROGRAM,                                                  \
		syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1))              \
	ATTEMPT("load code into the kernel", CALLS | PROGRAM,                                      \
		syscall(SYS_bpf, 0, &(char[128]){0}, 128))                                         \
	ATTEMPT("go round the filter", CALLS | PROGRAM,                                            \
		syscall(SYS_io_uring_setup, 1, &(char[128]){0}))                                   \
	ATTEMPT("stop page faults", CALLS | PROGRAM, syscall(SYS_userfaultfd, 1))                  \
	ATTEMPT("change the root directory", CALLS | PROGRAM, chroot(site.dir))

static const struct attempt {
	const char *name;
	unsigned fences;
} attempts[] = {
#define ATTEMPT(name, fences, how) {name, fences},
	ATTEMPTS
#undef ATTEMPT
};

static long make_attempt(size_t which)
{
	size_t i = 0;
#define ATTEMPT(name, fences, how)                                                                 \
	if (which == i++)                                                                          \
		return (how);
	ATTEMPTS
#undef ATTEMPT
	return -1;
}

/* ---- and what comes of them ---- */

enum outcome { WORKED, REFUSED, KILLED, FAILED, ALL };

/* errno of what is refused by fences; anything else failed for a reason of its own. */
static bool is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == EXDEV;
}

static enum outcome attempt(size_t which, const struct wire_sandbox *sandbox)
{
	int status;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (wire_confine_become(&site.identity, sandbox) < 0)
			_exit(99);
		prctl(PR_SET_DUMPABLE, 1); /* or /proc/self would be root's */
		if (wire_confine_enter(sandbox) < 0)
			_exit(98);
		if (make_attempt(which) >= 0)
			_exit(WORKED);
		_exit(is_refusal(errno) ? REFUSED : FAILED);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return KILLED;
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= FAILED, "%s: status %#x",
		attempts[which].name, status);
	return (enum outcome)WEXITSTATUS(status);
}

/* What one wants to be there for the next time, or for the other kinds of confinement. */
static void put_back(void)
{
	static const char *const made[] = {"in/l", "in/d", "in/p", "out/new"};
	for (size_t i = 0; i < COUNT_OF(made); i++)
		remove(path(made[i]));
	close(open(path("in/new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	ck_assert_int_eq(chown(path("in/new"), site.identity.user, site.identity.group), 0);
	(void)setsockopt(site.listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &(int){0}, sizeof(int));
	(void)setsockopt(site.listener, IPPROTO_IP, IP_MINTTL, &(int){0}, sizeof(int));
	ck_assert_int_eq(listen(site.listener, 64), 0);
	for (int fd; (fd = accept4(site.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
		close(fd);
}

static bool is_stopped(unsigned fences, struct parent_sandbox_kernel kernel)
{
	int landlock = (int)(fences / LANDLOCK);
	return (landlock && kernel.landlock >= landlock) || (fences & CALLS && kernel.seccomp);
}

/* A program's Landlock knows no paths, and its calls are not a worker's: who may be signalled is
 * decided by the former alone. */
static bool is_stopped_for_program(unsigned fences, struct parent_sandbox_kernel kernel)
{
	unsigned abi =
		fences / LANDLOCK < OS_LANDLOCK_REFER ? OS_LANDLOCK_REFER : fences / LANDLOCK;
	if (!(fences & PROGRAM))
		return false;
	bool scope = fences / LANDLOCK == OS_LANDLOCK_SCOPE;
	return (fences / LANDLOCK && kernel.landlock >= (int)abi) ||
	       (fences & CALLS && kernel.seccomp && !scope);
}

/* Every attempt behind the fences of this kernel, and how many of them had which outcome. `aside`
 * makes those of a process that serves no documents. */
static void try_all(struct parent_sandbox_kernel kernel,
	void (*aside)(struct wire_sandbox *, const struct config *), size_t counts[ALL + 1])
{
	struct wire_sandbox sandbox;
	bool is_program = aside == parent_sandbox_make_starter;
	if (aside)
		aside(&sandbox, site.config);
	else
		parent_sandbox_make_for(&sandbox, site.config, kernel);
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		unsigned fences = attempts[i].fences;
		if (fences & POOL && site.config->process_model == CONFIG_FORK)
			continue;
		put_back();
		enum outcome outcome = attempt(i, &sandbox);
		counts[outcome]++;
		counts[ALL]++;
		if (is_program ? is_stopped_for_program(fences, kernel)
			       : is_stopped(fences, kernel))
			ck_assert_msg(outcome == REFUSED || outcome == KILLED,
				"%s, Landlock %d, seccomp %d: it was not stopped (%d)",
				attempts[i].name, kernel.landlock, kernel.seccomp, (int)outcome);
		else if (fences & OPEN)
			ck_assert_msg(outcome == WORKED,
				"%s, Landlock %d, seccomp %d: it should work (%d)",
				attempts[i].name, kernel.landlock, kernel.seccomp, (int)outcome);
	}
	parent_sandbox_free(&sandbox);
}

/* The kinds of workers differ in their filters only; that there are programs changes little. */
static const struct {
	const char *name, *line;
	void (*aside)(struct wire_sandbox *, const struct config *);
} kinds[] = {{"many connections", "WorkerConnections 4096", NULL},
	{"classic", "WorkerConnections 1", NULL}, {"one request", "ProcessModel fork", NULL},
	{"with programs", "Options +ExecCGI", NULL},
	{"keeper", "Sandbox On", parent_sandbox_make_keeper},
	{"status process", "Sandbox On", parent_sandbox_make_status}};

START_TEST(nothing_gets_out)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	size_t counts[ALL + 1] = {0};
	setup();
	config_free(site.config);
	make_config(kinds[_i].line);
	try_all(kernel, kinds[_i].aside, counts);
	printf("%s: %zu attempts, %zu refused, %zu killed, %zu failed by themselves, %zu worked\n",
		kinds[_i].name, counts[ALL], counts[REFUSED], counts[KILLED], counts[FAILED],
		counts[WORKED]);
	if (kernel.landlock >= OS_LANDLOCK_SCOPE && kernel.seccomp) {
		ck_assert_uint_eq(counts[REFUSED] + counts[KILLED], counts[ALL]);
		ck_assert_int_eq(*hits, 0);
	}
	teardown();
}
END_TEST

/* A program is no less able than elsewhere, but for what is at others. */
START_TEST(programs_reach_nobody)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	size_t counts[ALL + 1] = {0};
	setup();
	try_all(kernel, parent_sandbox_make_starter, counts);
	printf("program: %zu attempts, %zu refused, %zu failed by themselves, %zu worked\n",
		counts[ALL], counts[REFUSED], counts[FAILED], counts[WORKED]);
	ck_assert_uint_eq(counts[KILLED], 0);
	if (kernel.landlock >= OS_LANDLOCK_SCOPE)
		ck_assert_int_eq(*hits, 0);
	teardown();
}
END_TEST

/* Without fences, and with one of them: what the table says, no more and no less. */
START_TEST(each_fence_stops_its_own)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	const struct parent_sandbox_kernel parts[] = {
		{0, false}, {kernel.landlock, false}, {0, kernel.seccomp}};
	size_t counts[ALL + 1] = {0};
	setup();
	try_all(parts[_i], NULL, counts);
	if (_i == 0)
		ck_assert_int_gt(*hits, 0);
	teardown();
}
END_TEST

/* What Sandbox Log lets through is everything. */
START_TEST(log_refuses_nothing)
{
	size_t counts[ALL + 1] = {0};
	struct wire_sandbox sandbox;
	setup();
	config_free(site.config);
	make_config("Sandbox Log");
	parent_sandbox_make(&sandbox, site.config);
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		put_back();
		enum outcome outcome = attempt(i, &sandbox);
		counts[outcome]++;
		if (attempts[i].fences & OPEN)
			ck_assert_msg(outcome == WORKED, "%s (%d)", attempts[i].name, (int)outcome);
	}
	ck_assert_uint_eq(counts[KILLED], 0);
	parent_sandbox_free(&sandbox);
	teardown();
}
END_TEST

/* What serving takes, behind both fences: 0, or where it went wrong. */
static int serve(void)
{
	char bytes[16];
	struct stat st;
	int fd = openat(site.root, "file", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || pread(fd, bytes, sizeof bytes, 0) != 8)
		return 1;
	if (write(site.log, "line\n", 5) != 5 || lseek(fd, 0, SEEK_SET) != 0 || close(fd) < 0)
		return 2;
	int client = accept4(site.listener, NULL, NULL, SOCK_CLOEXEC);
	if (client < 0 || send(client, "answer", 6, MSG_NOSIGNAL) != 6 ||
		shutdown(client, SHUT_WR) < 0)
		return 3;
	void *large = malloc(8 << 20);
	if (!large)
		return 4;
	memset(large, 1, 8 << 20);
	free(large);
	time_t now = time(NULL);
	struct tm tm;
	return localtime_r(&now, &tm) && strftime(bytes, sizeof bytes, "%H:%M", &tm) == 5 ? 0 : 5;
}

START_TEST(serving_goes_on)
{
	struct wire_sandbox sandbox;
	int status;
	char bytes[16];
	setup();
	parent_sandbox_make(&sandbox, site.config);
	ck_assert_int_eq(connect(site.spare, (struct sockaddr *)&site.tcp, sizeof site.tcp), 0);
	for (int end = 0; end < 2; end++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			if (wire_confine_become(&site.identity, &sandbox) < 0 ||
				wire_confine_enter(&sandbox) < 0)
				_exit(99);
			if (end == 1)
				abort(); /* as our own assertions do */
			_exit(serve());
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		if (end == 0)
			ck_assert_int_eq(status, 0);
		else
			ck_assert_int_eq(WTERMSIG(status), SIGABRT);
	}
	ck_assert_int_eq(recv(site.spare, bytes, sizeof bytes, 0), 6);
	parent_sandbox_free(&sandbox);
	teardown();
}
END_TEST

static int remove_one(const char *name, const struct stat *st, int kind, struct FTW *where)
{
	(void)st;
	(void)kind;
	(void)where;
	return remove(name);
}

int main(void)
{
	const struct support_test tests[] = {{nothing_gets_out, COUNT_OF(kinds)},
		{programs_reach_nobody, 1}, {each_fence_stops_its_own, 3}, {log_refuses_nothing, 1},
		{serving_goes_on, 1}};
	const char *below = getenv("TMPDIR");
	snprintf(base, sizeof base, "%s/sandbox-XXXXXX", below ? below : "/tmp");
	if (!mkdtemp(base) || chmod(base, 0755) < 0) {
		perror(base);
		return EXIT_FAILURE;
	}
	int result = support_suite_run("sandbox", tests, COUNT_OF(tests));
	nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return result;
}
