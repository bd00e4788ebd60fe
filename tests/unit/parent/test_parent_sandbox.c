/*
 * test_parent_sandbox - what workers are confined to, made ready once for all of them
 *
 * Runs in:  a test program
 * Owns:     the configurations it loads
 * Errors:   ck_assert
 *
 * Whether the fences hold is what tests/process/test_sandbox tries.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_sandbox.h"

#include "base/assert.h"
#include "os/os_capability.h"
#include "os/os_landlock.h"
#include "unit/unit.h"
#include "wire/wire_confine.h"
#include "wire/wire_scoreboard.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static struct config *load(const char *line)
{
	struct buffer error = BUFFER_INIT;
	const char *const after[] = {line, NULL};
	struct config_source source = {.serve = unit_dir, .port = 1, .after = after};
	struct config *config = config_load(&source, &error);
	ck_assert_msg(config != NULL, "%.*s", TEXT_ARGS(buffer_view(&error)));
	buffer_free(&error);
	return config;
}

static const struct os_seccomp_rule *find(
	const struct os_seccomp_rule *rules, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (rules[i].number == number)
			return &rules[i];
	return NULL;
}

/* Only those who accept may accept, nobody gets anywhere, and each list makes a filter. */
START_TEST(lists_what_each_may_call)
{
	static const unsigned all[] = {
		PARENT_SANDBOX_EVENT, PARENT_SANDBOX_CLASSIC, PARENT_SANDBOX_ONESHOT};
	static const int never[] = {SYS_execve, SYS_socket, SYS_connect, SYS_bind, SYS_ptrace,
		SYS_kill, SYS_clone, SYS_unlinkat, SYS_mount, SYS_setuid, SYS_fchmod, SYS_mremap};
	struct os_seccomp_program p;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct os_seccomp_rule rules[OS_SECCOMP_MOST];
		size_t count = parent_sandbox_rules(all[i], rules, COUNT_OF(rules));
		ck_assert_uint_gt(count, 30);
		for (size_t n = 0; n < COUNT_OF(never); n++) {
			const struct os_seccomp_rule *rule = find(rules, count, never[n]);
			ck_assert(!rule || rule->verdict == OS_SECCOMP_KILL);
		}
		/* Of ioctl(2) no more than what makes a socket block or not. */
		for (size_t n = 0; n < count; n++)
			if (rules[n].number == SYS_ioctl)
				ck_assert(rules[n].verdict == OS_SECCOMP_ALLOW &&
					  rules[n].test == OS_SECCOMP_EQUAL &&
					  rules[n].argument == 1 && rules[n].value == FIONBIO &&
					  all[i] != PARENT_SANDBOX_ONESHOT);
		ck_assert(find(rules, count, SYS_openat2) && find(rules, count, SYS_sendfile));
		ck_assert_int_eq(
			find(rules, count, SYS_accept4) != NULL, all[i] != PARENT_SANDBOX_ONESHOT);
		ck_assert(os_seccomp_compile(&p, rules, count, false) == 0 || errno == ENOSYS);
		if (all[i] == PARENT_SANDBOX_ONESHOT)
			ck_assert_uint_le(p.count, 80); /* each request pays for it */
	}
}
END_TEST

/* What takes over others is refused to programs, and what is not named is theirs. */
START_TEST(lists_what_programs_may_not_call)
{
	static const int never[] = {SYS_ptrace, SYS_process_vm_readv, SYS_pidfd_getfd, SYS_unshare,
		SYS_setns, SYS_bpf, SYS_io_uring_setup, SYS_mount, SYS_keyctl, SYS_userfaultfd};
	static const int free[] = {SYS_execve, SYS_socket, SYS_connect, SYS_kill, SYS_ioctl,
		SYS_unlinkat, SYS_getpriority, SYS_mmap};
	static const int own[] = {SYS_prlimit64, SYS_setpriority, SYS_ioprio_set,
		SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr,
		SYS_sched_setaffinity};
	struct os_seccomp_program p;
	struct os_seccomp_rule rules[OS_SECCOMP_MOST];
	size_t count = parent_sandbox_rules(PARENT_SANDBOX_PROGRAM, rules, COUNT_OF(rules));
	const struct os_seccomp_rule *others = find(rules, count, OS_SECCOMP_OTHERS);
	ck_assert(others && others->verdict == OS_SECCOMP_ALLOW && !others->test);
	for (size_t i = 0; i < count; i++) /* a program that tries is not ended */
		ck_assert_int_ne(rules[i].verdict, OS_SECCOMP_KILL);
	for (size_t n = 0; n < COUNT_OF(never); n++) {
		const struct os_seccomp_rule *rule = find(rules, count, never[n]);
		ck_assert(rule && rule->verdict == OS_SECCOMP_REFUSE && !rule->test);
	}
	for (size_t n = 0; n < COUNT_OF(free); n++)
		ck_assert_ptr_null(find(rules, count, free[n]));
	for (size_t n = 0; n < COUNT_OF(own); n++) { /* of 0, which is itself */
		const struct os_seccomp_rule *rule = find(rules, count, own[n]);
		ck_assert(rule && rule->test);
	}
	ck_assert(os_seccomp_compile(&p, rules, count, false) == 0 || errno == ENOSYS);
}
END_TEST

START_TEST(makes_what_is_said)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	static const struct {
		const char *line;
		bool ruleset, filter;
	} cases[] = {{"Sandbox On", true, true}, {"Sandbox Log", false, true},
		{"Sandbox Off", false, false}, {"Timeout 60", true, true},
		{"Options +ExecCGI", true, true}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct wire_sandbox sandbox;
		struct config *config = load(cases[i].line);
		parent_sandbox_make(&sandbox, config);
		ck_assert_int_eq(sandbox.ruleset >= 0, cases[i].ruleset && kernel.landlock);
		ck_assert_int_eq((int)sandbox.filtered, cases[i].filter && kernel.seccomp);
		ck_assert(os_seccomp_sound(&sandbox.filter));
		parent_sandbox_free(&sandbox);
		parent_sandbox_make_starter(&sandbox, config);
		ck_assert_int_eq(sandbox.ruleset >= 0,
			cases[i].ruleset && kernel.landlock >= OS_LANDLOCK_REFER);
		ck_assert_int_eq((int)sandbox.filtered, cases[i].filter && kernel.seccomp);
		ck_assert(!sandbox.failed && os_seccomp_sound(&sandbox.filter));
		parent_sandbox_free(&sandbox);
		parent_sandbox_make_for(&sandbox, config, (struct parent_sandbox_kernel){0, false});
		ck_assert_int_eq(sandbox.ruleset, -1);
		ck_assert_uint_eq(sandbox.filtered, 0);
		parent_sandbox_free(&sandbox);
		config_free(config);
	}
}
END_TEST

START_TEST(says_what_is_in_force)
{
	static const struct {
		enum config_sandbox mode;
		struct parent_sandbox_kernel kernel;
		bool lacks;
		const char *words;
	} cases[] = {
		{CONFIG_SANDBOX_OFF, {0, false}, false, "Off: no new privileges, no capabilities"},
		{CONFIG_SANDBOX_OFF, {6, true}, false, "Off: no new privileges, no capabilities"},
		{CONFIG_SANDBOX_ON, {6, true}, false,
			"On: no new privileges, no capabilities, Landlock 6 (files, truncation, "
			"TCP, devices, signals), seccomp"},
		{CONFIG_SANDBOX_ON, {3, true}, false,
			"On: no new privileges, no capabilities, Landlock 3 (files, truncation), "
			"seccomp; Landlock of this kernel lacks TCP, devices, signals"},
		{CONFIG_SANDBOX_ON, {0, false}, true,
			"On: no new privileges, no capabilities; the kernel has no Landlock; the "
			"kernel has no seccomp"},
		{CONFIG_SANDBOX_LOG, {6, true}, false,
			"Log: no new privileges, no capabilities, seccomp only logs"},
	};
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	struct buffer words = BUFFER_INIT;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buffer_clear(&words);
		parent_sandbox_words(cases[i].mode, cases[i].kernel, &words);
		struct text said = buffer_view(&words);
		/* A build that confines nobody says another reason. */
		if (kernel.landlock || kernel.seccomp || cases[i].mode == CONFIG_SANDBOX_OFF) {
			ck_assert_msg(
				text_equal(said, text_of(cases[i].words)), "%.*s", TEXT_ARGS(said));
			ck_assert_int_eq(parent_sandbox_lacks(cases[i].mode, cases[i].kernel),
				cases[i].lacks);
		}
		ck_assert_uint_lt(said.size, 256);
	}
	buffer_free(&words);
}
END_TEST

START_TEST(says_what_programs_are_kept_from)
{
	static const struct {
		enum config_sandbox mode;
		struct parent_sandbox_kernel kernel;
		const char *words;
	} cases[] = {{CONFIG_SANDBOX_OFF, {6, true}, ""},
		{CONFIG_SANDBOX_ON, {6, true},
			"; programs (CGI): no signals, no tracing (Landlock), seccomp"},
		{CONFIG_SANDBOX_ON, {2, true}, "; programs (CGI): no tracing (Landlock), seccomp"},
		{CONFIG_SANDBOX_ON, {6, false},
			"; programs (CGI): no signals, no tracing (Landlock)"},
		{CONFIG_SANDBOX_ON, {1, true}, "; programs (CGI): seccomp"},
		{CONFIG_SANDBOX_ON, {0, false}, "; programs (CGI): free"},
		{CONFIG_SANDBOX_LOG, {6, true}, "; programs (CGI): seccomp only logs"}};
	struct buffer words = BUFFER_INIT;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		buffer_clear(&words);
		parent_sandbox_program_words(cases[i].mode, cases[i].kernel, &words);
		ck_assert_msg(text_equal(buffer_view(&words), text_of(cases[i].words)), "%.*s",
			TEXT_ARGS(buffer_view(&words)));
		/* All of it fits where the status has it. */
		parent_sandbox_words(cases[i].mode, cases[i].kernel, &words);
		ck_assert_uint_lt(buffer_view(&words).size, WIRE_SANDBOX_WORDS);
	}
	buffer_free(&words);
}
END_TEST

static bool opens(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* What the configuration serves by other ways than the DocumentRoot, and never all there is. */
START_TEST(grants_what_is_served)
{
	static const struct {
		const char *line;
		bool there;
	} cases[] = {{"Timeout 60", false}, {"Alias /x %s/there", true},
		{"<Directory %s/there>\nOptions None\n</Directory>", true},
		{"<Location /x>\nAuthUserFile %s/there/file\n</Location>", true},
		{"<Directory />\nOptions None\n</Directory>", false}, {"Alias /x /", false},
		{"Alias /x /nowhere/at/all", false}};
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	unit_mkdir("there");
	unit_mkdir("site");
	unit_write("there/file", TEXT("there"));
	for (size_t i = 0; kernel.landlock && i < COUNT_OF(cases); i++) {
		struct wire_sandbox sandbox;
		struct buffer text = BUFFER_INIT;
		int status;
		buffer_printf(&text, "DocumentRoot %s/site\nListen 1\nErrorLog %s/log\n", unit_dir,
			unit_dir);
		const char *at = strstr(cases[i].line, "%s");
		buffer_append(&text, cases[i].line,
			at ? (size_t)(at - cases[i].line) : strlen(cases[i].line));
		if (at)
			buffer_printf(&text, "%s%s", unit_dir, at + 2);
		buffer_string(&text, "\n");
		unit_write("conf", buffer_view(&text));
		buffer_free(&text);
		struct buffer error = BUFFER_INIT;
		struct config_source source = {.server_root = unit_dir, .file = "conf"};
		struct config *config = config_load(&source, &error);
		ck_assert_msg(config != NULL, "%.*s", TEXT_ARGS(buffer_view(&error)));
		buffer_free(&error);
		kernel.seccomp = false;
		parent_sandbox_make_for(&sandbox, config, kernel);
		pid_t pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0) {
			prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
			if (os_landlock_enter(sandbox.ruleset) < 0 || opens("/etc/passwd") ||
				opens(unit_path("conf")) || !opens(unit_path("site")))
				_exit(2);
			_exit(opens(unit_path("there/file")));
		}
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFEXITED(status));
		ck_assert_msg(WEXITSTATUS(status) == cases[i].there, "%s: %d", cases[i].line,
			WEXITSTATUS(status));
		parent_sandbox_free(&sandbox);
		config_free(config);
	}
}
END_TEST

/* A fence that should be there and is not is no fence that may be missing. */
START_TEST(serves_nobody_without)
{
	struct parent_sandbox_kernel kernel = parent_sandbox_kernel();
	struct wire_sandbox sandbox;
	struct rlimit limit, none = {0};
	struct config *config = load("Sandbox On");
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none.rlim_max = limit.rlim_max;
	log_to(-1);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	parent_sandbox_make(&sandbox, config);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(sandbox.failed != 0, kernel.landlock != 0);
	if (sandbox.failed)
		ck_assert_int_eq(wire_confine_enter(&sandbox), -1);
	parent_sandbox_free(&sandbox);
	config_free(config);
}
END_TEST

/* In a child: what it gives up is gone. */
START_TEST(shrinks)
{
	int status;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		uint64_t left;
		if (parent_sandbox_shrink() < 0 || os_capability_permitted(&left) < 0)
			_exit(1);
		_exit(left >> 21 & 1 || left >> 19 & 1 ? 2 : 0); /* CAP_SYS_ADMIN, _PTRACE */
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

UNIT_MAIN("parent_sandbox", lists_what_each_may_call, lists_what_programs_may_not_call,
	makes_what_is_said, says_what_is_in_force, says_what_programs_are_kept_from,
	grants_what_is_served, serves_nobody_without, shrinks)
