/*
 * test_os_process - who a process is and how it becomes a daemon
 *
 * Runs in:  a test program; each test works in a child, for what it does cannot be taken back
 * Owns:     children, which it waits for
 * Errors:   ck_assert; the parts that need root are left out for an ordinary user
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_process.h"

#include "unit/unit.h"

#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static int become(const char *name, uid_t user, gid_t group)
{
	struct os_identity identity;
	if (os_process_identity(&identity, name, user, group) < 0)
		return -1;
	return os_process_become(&identity);
}

static int become_nobody(void)
{
	uid_t r, e, s;
	gid_t gr, ge, gs, groups[2];
	if (become(NULL, 65534, 65534) < 0)
		return 1;
	if (getresuid(&r, &e, &s) < 0 || r != 65534 || e != 65534 || s != 65534)
		return 2;
	if (getresgid(&gr, &ge, &gs) < 0 || gr != 65534 || ge != 65534 || gs != 65534)
		return 3;
	if (getgroups(2, groups) != 1 || groups[0] != 65534)
		return 4;
	if (setuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0)
		return 5;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 6;
	return 0;
}

static int become_named(void)
{
	struct passwd *pw = getpwnam("nobody");
	gid_t groups[64];
	if (!pw)
		return 0;
	uid_t uid = pw->pw_uid;
	gid_t gid = pw->pw_gid;
	if (become("nobody", uid, gid) < 0)
		return 1;
	if (geteuid() != uid || getegid() != gid)
		return 2;
	int n = getgroups(64, groups);
	for (int i = 0; i < n; i++)
		if (groups[i] == 0)
			return 3;
	return 0;
}

static int stay_who_we_are(void)
{
	uid_t before = geteuid();
	/* Told to become root, root stays root, and an ordinary user who he is. */
	if (become(NULL, 0, 0) < 0 || geteuid() != before)
		return 1;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 2;
}

static int ordinary_user_stays(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(12345, 12345, 12345) < 0 ||
				      setresuid(12345, 12345, 12345) < 0))
		return 1;
	uid_t before = geteuid();
	return become("nobody", 65534, 65534) == 0 && geteuid() == before ? 0 : 2;
}

START_TEST(identities)
{
	struct os_identity i;
	ck_assert_int_eq(os_process_identity(&i, NULL, 123, 456), 0);
	ck_assert_uint_eq(i.user, 123);
	ck_assert_uint_eq(i.group, 456);
	ck_assert_int_eq(i.count, 1);
	ck_assert_uint_eq(i.groups[0], 456);
	ck_assert_int_eq(os_process_identity(&i, "no such user here", 123, 456), 0);
	ck_assert_int_eq(i.count, 1); /* a name nobody knows is in no further groups */
	ck_assert_uint_eq(i.groups[0], 456);
}
END_TEST

START_TEST(becomes)
{
	if (geteuid() == 0) {
		ck_assert_int_eq(unit_code_of(become_nobody), 0);
		ck_assert_int_eq(unit_code_of(become_named), 0);
	}
	ck_assert_int_eq(unit_code_of(stay_who_we_are), 0);
	ck_assert_int_eq(unit_code_of(ordinary_user_stays), 0);
}
END_TEST

/* What the daemon of the next tests does; its facts go into a file. */
static int daemon_with(int status)
{
	char line[64];
	pid_t starter = getpid();
	int word = os_process_daemon();
	if (word < 0)
		return 99;
	if (status < 0)
		_exit(0); /* the daemon dies without a word */
	int size = snprintf(line, sizeof line, "%d %d %d\n", starter, getpid(), getsid(0));
	int fd = open(unit_path("facts"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, line, (size_t)size) != size)
		_exit(0);
	os_process_ready(word, status);
	/* Nothing may go to the terminal any more. */
	struct stat null, st;
	bool quiet = stat("/dev/null", &null) == 0;
	for (int i = 0; i < 3; i++)
		quiet = quiet && fstat(i, &st) == 0 && st.st_rdev == null.st_rdev;
	if (write(fd, quiet ? "quiet\n" : "loud\n", quiet ? 6 : 5) < 0)
		_exit(1);
	_exit(0);
}

static int daemon_well(void)
{
	return daemon_with(0);
}

static int daemon_badly(void)
{
	return daemon_with(7);
}

static int daemon_silent(void)
{
	return daemon_with(-1);
}

START_TEST(a_daemon)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); /* so that it can be waited for */
	ck_assert_int_eq(unit_code_of(daemon_well), 0);
	int status;
	ck_assert_int_gt(wait(&status), 0);
	char *facts = unit_read("facts"), quiet[8] = "";
	int starter, self, session;
	ck_assert_int_eq(sscanf(facts, "%d %d %d %7s", &starter, &self, &session, quiet), 4);
	ck_assert_int_ne(starter, self);
	ck_assert_int_eq(self, session);
	ck_assert_str_eq(quiet, "quiet");
	free(facts);
}
END_TEST

START_TEST(a_daemon_that_fails)
{
	int status;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	ck_assert_int_eq(unit_code_of(daemon_badly), 7);
	ck_assert_int_gt(wait(&status), 0);
	ck_assert_int_eq(unit_code_of(daemon_silent), EXIT_FAILURE);
	ck_assert_int_gt(wait(&status), 0);
}
END_TEST

static int rename_self(void)
{
	char name[16] = "";
	os_process_name("worker with a long name");
	prctl(PR_GET_NAME, name, 0, 0, 0);
	return strcmp(name, "worker with a l");
}

START_TEST(names)
{
	ck_assert_int_eq(unit_code_of(rename_self), 0);
}
END_TEST

static int pin_to_one(void)
{
	cpu_set_t all, one;
	if (sched_getaffinity(0, sizeof all, &all) < 0)
		return 0;
	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &all)) {
			CPU_SET(i, &one);
			break;
		}
	if (sched_setaffinity(0, sizeof one, &one) < 0)
		return 0;
	return os_process_cpus() == 1 ? 0 : 1;
}

START_TEST(cpus)
{
	long online = sysconf(_SC_NPROCESSORS_CONF);
	ck_assert_uint_ge(os_process_cpus(), 1);
	ck_assert_uint_le(os_process_cpus(), (unsigned)online);
	ck_assert_int_eq(unit_code_of(pin_to_one), 0);
}
END_TEST

/* What is written meanwhile goes to the file, and to where it went before afterwards. */
static int lend_stderr(void)
{
	int before[2], meanwhile[2];
	char text[8] = "";
	if (pipe(before) < 0 || pipe(meanwhile) < 0 || dup2(before[1], 2) < 0)
		return 1;
	int saved = os_process_lend_stderr(meanwhile[1]);
	if (saved < 0 || (fcntl(saved, F_GETFD) & FD_CLOEXEC) || write(2, "one", 3) != 3)
		return 2;
	os_process_return_stderr(saved);
	if (fcntl(saved, F_GETFD) >= 0 || write(2, "two", 3) != 3)
		return 3;
	if (read(meanwhile[0], text, sizeof text) != 3 || memcmp(text, "one", 3) != 0)
		return 4;
	return read(before[0], text, sizeof text) == 3 && memcmp(text, "two", 3) == 0 ? 0 : 5;
}

static int execute_true(void)
{
	char *const arguments[] = {"true", NULL};
	os_process_execute(arguments);
	return 9;
}

static int execute_text(void)
{
	char *const arguments[] = {(char *)unit_path("text"), NULL};
	FILE *file = fopen(arguments[0], "we");
	if (!file || fputs("exit 0\n", file) < 0 || fclose(file) < 0 ||
		chmod(arguments[0], 0755) < 0)
		return 1;
	return os_process_execute(arguments) == -1 && errno == ENOEXEC ? 7 : 2;
}

START_TEST(standard_error_is_lent)
{
	ck_assert_int_eq(unit_code_of(lend_stderr), 0);
}
END_TEST

START_TEST(programs)
{
	ck_assert_int_eq(unit_code_of(execute_true), 0);
	ck_assert_int_eq(unit_code_of(execute_text), 7); /* no shell gets it */
}
END_TEST

UNIT_MAIN("os_process", standard_error_is_lent, programs, identities, becomes, a_daemon,
	a_daemon_that_fails, names, cpus)
