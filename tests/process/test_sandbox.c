/*
 * test_sandbox - a worker taken over: that nothing of what it would try works, and serving does
 *
 * Runs in:  a test program; each attempt in a child of its own, confined as a worker is
 * Owns:     a directory, the children
 * Errors:   exit status
 *
 * Each attempt is made four times: by an ordinary process of the same user, where it works (or the
 * attempt would prove nothing), behind Landlock alone, behind seccomp alone, and behind both. The
 * table says which fence stops what, and is wrong if one does not, and also if one does.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "parent/parent_sandbox.h"
#include "process/attempts.h"
#include "wire/wire_confine.h"

#include <errno.h>
#include <ftw.h>
#include <time.h>

static void setup(void)
{
	attempts_read_program();
	target_begin();
}

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
		if (wire_confine_become(&target.identity, sandbox) < 0)
			_exit(99);
		prctl(PR_SET_DUMPABLE, 1); /* or /proc/self would be root's */
		if (wire_confine_enter(sandbox) < 0)
			_exit(98);
		if (attempts_make(which) >= 0)
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
		remove(target_path(made[i]));
	close(open(target_path("in/new"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	ck_assert_int_eq(
		chown(target_path("in/new"), target.identity.user, target.identity.group), 0);
	(void)setsockopt(target.listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &(int){0}, sizeof(int));
	(void)setsockopt(target.listener, IPPROTO_IP, IP_MINTTL, &(int){0}, sizeof(int));
	ck_assert_int_eq(listen(target.listener, 64), 0);
	for (int fd; (fd = accept4(target.listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;)
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
		aside(&sandbox, target.config);
	else
		parent_sandbox_make_for(&sandbox, target.config, kernel);
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		unsigned fences = attempts[i].fences;
		if (fences & POOL && target.config->process_model == CONFIG_FORK)
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
	config_free(target.config);
	target_config(kinds[_i].line);
	try_all(kernel, kinds[_i].aside, counts);
	printf("%s: %zu attempts, %zu refused, %zu killed, %zu failed by themselves, %zu worked\n",
		kinds[_i].name, counts[ALL], counts[REFUSED], counts[KILLED], counts[FAILED],
		counts[WORKED]);
	if (kernel.landlock >= OS_LANDLOCK_SCOPE && kernel.seccomp) {
		ck_assert_uint_eq(counts[REFUSED] + counts[KILLED], counts[ALL]);
		ck_assert_int_eq(*target_hits, 0);
	}
	target_end();
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
		ck_assert_int_eq(*target_hits, 0);
	target_end();
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
		ck_assert_int_gt(*target_hits, 0);
	target_end();
}
END_TEST

/* What Sandbox Log lets through is everything. */
START_TEST(log_refuses_nothing)
{
	size_t counts[ALL + 1] = {0};
	struct wire_sandbox sandbox;
	setup();
	config_free(target.config);
	target_config("Sandbox Log");
	parent_sandbox_make(&sandbox, target.config);
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		put_back();
		enum outcome outcome = attempt(i, &sandbox);
		counts[outcome]++;
		if (attempts[i].fences & OPEN)
			ck_assert_msg(outcome == WORKED, "%s (%d)", attempts[i].name, (int)outcome);
	}
	ck_assert_uint_eq(counts[KILLED], 0);
	parent_sandbox_free(&sandbox);
	target_end();
}
END_TEST

/* What serving takes, behind both fences: 0, or where it went wrong. */
static int serve(void)
{
	char bytes[16];
	struct stat st;
	int fd = openat(target.root, "file", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || pread(fd, bytes, sizeof bytes, 0) != 8)
		return 1;
	if (write(target.log, "line\n", 5) != 5 || lseek(fd, 0, SEEK_SET) != 0 || close(fd) < 0)
		return 2;
	int client = accept4(target.listener, NULL, NULL, SOCK_CLOEXEC);
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
	parent_sandbox_make(&sandbox, target.config);
	ck_assert_int_eq(
		connect(target.spare, (struct sockaddr *)&target.tcp, sizeof target.tcp), 0);
	for (int end = 0; end < 2; end++) {
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			if (wire_confine_become(&target.identity, &sandbox) < 0 ||
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
	ck_assert_int_eq(recv(target.spare, bytes, sizeof bytes, 0), 6);
	parent_sandbox_free(&sandbox);
	target_end();
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
	snprintf(target_base, sizeof target_base, "%s/sandbox-XXXXXX", below ? below : "/tmp");
	if (!mkdtemp(target_base) || chmod(target_base, 0755) < 0) {
		perror(target_base);
		return EXIT_FAILURE;
	}
	int result = support_suite_run("sandbox", tests, COUNT_OF(tests));
	nftw(target_base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return result;
}
