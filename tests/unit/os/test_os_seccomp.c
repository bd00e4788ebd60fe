/*
 * test_os_seccomp - which system calls a process may still make
 *
 * Runs in:  a test program; what cannot be taken back happens in children
 * Owns:     children, which it waits for
 * Errors:   ck_assert; what the kernel lacks is left out
 *
 * A compiled filter is run here, for every number, by an interpreter of its own, and compared with
 * what the rules say; where libseccomp is there, with the filter it makes of the same rules.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_seccomp.h"

#include "base/assert.h"
#include "unit/unit.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#ifdef WITH_SECCOMP
#include <seccomp.h>
#endif

enum { NUMBERS = 1000 };

/* What the kernel's classic BPF does with these instructions (Documentation/networking/filter). */
static uint32_t judge(const struct sock_filter *code, size_t count, const struct seccomp_data *data)
{
	uint32_t a = 0;
	for (size_t at = 0; at < count; at++) {
		const struct sock_filter *f = &code[at];
		bool yes;
		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			ck_assert_uint_le(f->k, sizeof *data - 4);
			memcpy(&a, (const char *)data + f->k, 4);
			continue;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_JMP | BPF_JA:
			at += f->k;
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= f->k;
			continue;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == f->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= f->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > f->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = (a & f->k) != 0;
			break;
		default:
			ck_abort_msg("instruction %zu: %#x", at, f->code);
		}
		at += yes ? f->jt : f->jf;
	}
	ck_abort_msg("ran off the end");
}

static uint32_t ask(
	const struct os_seccomp_program *p, int number, uint32_t argument, uint64_t value)
{
	struct seccomp_data data = {.nr = number, .arch = p->steps[1].value};
	data.args[argument] = value;
	return judge((const struct sock_filter *)p->steps, p->count, &data);
}

static const uint32_t actions[] = {[OS_SECCOMP_REFUSE] = SECCOMP_RET_ERRNO | EPERM,
	[OS_SECCOMP_ALLOW] = SECCOMP_RET_ALLOW,
	[OS_SECCOMP_ABSENT] = SECCOMP_RET_ERRNO | ENOSYS,
	[OS_SECCOMP_KILL] = SECCOMP_RET_KILL_PROCESS};

static bool compile(struct os_seccomp_program *p, const struct os_seccomp_rule *rules, size_t count)
{
	if (os_seccomp_compile(p, rules, count, false) == 0) {
		ck_assert(os_seccomp_sound(p));
		return true;
	}
	ck_assert_int_eq(errno, ENOSYS); /* another machine: there is nothing to test */
	return false;
}

/* Sets of rules without conditions, in an order made of a seed. */
START_TEST(judges_every_number)
{
	enum { ROWS = 60 };
	static struct os_seccomp_program p;
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct os_seccomp_rule rules[ROWS] = {0};
		enum os_seccomp_verdict wanted[NUMBERS] = {0};
		size_t count = 0;
		srand(seed);
		for (int i = 0; i < (int)(seed * ROWS / 40); i++) {
			int number = rand() % (seed % 2 ? 460 : 90);
			if (wanted[number])
				continue;
			wanted[number] = rand() % 3 ? OS_SECCOMP_ALLOW : OS_SECCOMP_KILL;
			rules[count].number = number;
			rules[count++].verdict = wanted[number];
		}
		if (!compile(&p, rules, count))
			return;
		for (int n = 0; n < NUMBERS; n++)
			ck_assert_uint_eq(ask(&p, n, 0, 0), actions[wanted[n]]);
		/* the numbers of x32, and nonsense */
		ck_assert_uint_eq(ask(&p, 0x40000000, 0, 0), actions[OS_SECCOMP_REFUSE]);
		ck_assert_uint_eq(ask(&p, -1, 0, 0), actions[OS_SECCOMP_REFUSE]);
		struct seccomp_data other = {.nr = 1, .arch = ~p.steps[1].value};
		ck_assert_uint_eq(judge((const struct sock_filter *)p.steps, p.count, &other),
			SECCOMP_RET_KILL_PROCESS);
	}
}
END_TEST

static const struct os_seccomp_rule conditions[] = {
	{.number = 9,
		.verdict = OS_SECCOMP_ALLOW,
		.test = OS_SECCOMP_WITHOUT,
		.argument = 2,
		.value = 4},
	{.number = 72,
		.verdict = OS_SECCOMP_ALLOW,
		.test = OS_SECCOMP_EQUAL,
		.argument = 1,
		.value = 3},
	{.number = 72,
		.verdict = OS_SECCOMP_ALLOW,
		.test = OS_SECCOMP_EQUAL,
		.argument = 1,
		.value = 4},
	{.number = 72,
		.verdict = OS_SECCOMP_KILL,
		.test = OS_SECCOMP_EQUAL,
		.argument = 1,
		.value = 8},
	{.number = 10, .verdict = OS_SECCOMP_ALLOW},
	{.number = 234, .verdict = OS_SECCOMP_ALLOW, .test = OS_SECCOMP_SELF},
	{.number = 54,
		.verdict = OS_SECCOMP_REFUSE,
		.test = OS_SECCOMP_UNLESS,
		.argument = 1,
		.value = 1},
	{.number = 54,
		.verdict = OS_SECCOMP_ALLOW,
		.test = OS_SECCOMP_WITHOUT,
		.argument = 0,
		.value = 8},
};

START_TEST(looks_at_arguments)
{
	static const struct {
		int number;
		uint32_t argument;
		uint64_t value;
		enum os_seccomp_verdict verdict;
	} cases[] = {
		{9, 2, 3, OS_SECCOMP_ALLOW},
		{9, 2, 4, OS_SECCOMP_REFUSE},
		{9, 2, 7, OS_SECCOMP_REFUSE},
		{9, 2, 0x100000003, OS_SECCOMP_ALLOW},
		{10, 2, 7, OS_SECCOMP_ALLOW},
		{72, 1, 3, OS_SECCOMP_ALLOW},
		{72, 1, 4, OS_SECCOMP_ALLOW},
		{72, 1, 5, OS_SECCOMP_REFUSE},
		{72, 1, 8, OS_SECCOMP_KILL},
		{72, 0, 3, OS_SECCOMP_REFUSE},
		{234, 0, 1, OS_SECCOMP_REFUSE},
		{73, 1, 3, OS_SECCOMP_REFUSE},
		{54, 1, 1, OS_SECCOMP_ALLOW},
		{54, 1, 0, OS_SECCOMP_REFUSE},
		{54, 1, 0x100000001, OS_SECCOMP_ALLOW},
		{54, 0, 8, OS_SECCOMP_REFUSE},
		{54, 2, 1, OS_SECCOMP_REFUSE},
	};
	static struct os_seccomp_program p;
	if (!compile(&p, conditions, COUNT_OF(conditions)))
		return;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		ck_assert_msg(ask(&p, cases[i].number, cases[i].argument, cases[i].value) ==
				      actions[cases[i].verdict],
			"case %zu", i);
	ck_assert_uint_eq(p.self_count, 1);
}
END_TEST

/* All but some: what no rule names is allowed, under its own number only. */
START_TEST(refuses_what_is_named)
{
	static struct os_seccomp_program p;
	static const struct os_seccomp_rule rules[] = {
		{.number = 101, .verdict = OS_SECCOMP_REFUSE},
		{.number = OS_SECCOMP_OTHERS, .verdict = OS_SECCOMP_ALLOW},
		{.number = 435, .verdict = OS_SECCOMP_ABSENT},
		{.number = 56,
			.verdict = OS_SECCOMP_ALLOW,
			.test = OS_SECCOMP_WITHOUT,
			.value = 0x10020000},
		{.number = 302, .verdict = OS_SECCOMP_ALLOW, .test = OS_SECCOMP_EQUAL}};
	if (!compile(&p, rules, COUNT_OF(rules)))
		return;
	for (int n = 0; n < NUMBERS; n++) {
		enum os_seccomp_verdict wanted = n == 101   ? OS_SECCOMP_REFUSE
						 : n == 435 ? OS_SECCOMP_ABSENT
							    : OS_SECCOMP_ALLOW;
		ck_assert_uint_eq(ask(&p, n, 0, 0), actions[wanted]);
	}
	ck_assert_uint_eq(ask(&p, 56, 0, 0x00011200), actions[OS_SECCOMP_ALLOW]);
	ck_assert_uint_eq(ask(&p, 56, 0, 0x10000011), actions[OS_SECCOMP_REFUSE]);
	ck_assert_uint_eq(ask(&p, 302, 0, 77), actions[OS_SECCOMP_REFUSE]);
	ck_assert_uint_eq(ask(&p, 0x40000000, 0, 0), actions[OS_SECCOMP_REFUSE]);
	ck_assert_uint_eq(ask(&p, 0x40000000 + 101, 0, 0), actions[OS_SECCOMP_REFUSE]);
	ck_assert_uint_eq(ask(&p, -1, 0, 0), actions[OS_SECCOMP_REFUSE]);
}
END_TEST

START_TEST(only_logs)
{
	static struct os_seccomp_program p;
	const struct os_seccomp_rule rules[] = {{.number = 1, .verdict = OS_SECCOMP_ALLOW},
		{.number = 2, .verdict = OS_SECCOMP_KILL}};
	if (!compile(&p, rules, 2))
		return;
	ck_assert_int_eq(os_seccomp_compile(&p, rules, 2, true), 0);
	ck_assert_uint_eq(ask(&p, 1, 0, 0), SECCOMP_RET_ALLOW);
	ck_assert_uint_eq(ask(&p, 2, 0, 0), SECCOMP_RET_LOG);
	ck_assert_uint_eq(ask(&p, 3, 0, 0), SECCOMP_RET_LOG);
}
END_TEST

START_TEST(says_what_is_wrong)
{
	static struct os_seccomp_program p;
	static struct os_seccomp_rule many[OS_SECCOMP_MOST + 1];
	const struct os_seccomp_rule twice[] = {{.number = 5, .verdict = OS_SECCOMP_ALLOW},
		{.number = 5, .verdict = OS_SECCOMP_KILL}};
	if (!compile(&p, NULL, 0))
		return;
	ck_assert_uint_eq(ask(&p, 0, 0, 0), actions[OS_SECCOMP_REFUSE]);
	unit_fails(os_seccomp_compile(&p, twice, 2, false), EINVAL);
	for (size_t i = 0; i < COUNT_OF(many); i++)
		many[i] =
			(struct os_seccomp_rule){.number = (int)i * 2, .verdict = OS_SECCOMP_ALLOW};
	unit_fails(os_seccomp_compile(&p, many, COUNT_OF(many), false), E2BIG);
	unit_fails(os_seccomp_compile(&p, many, 130, false), E2BIG);
	ck_assert_int_eq(os_seccomp_compile(&p, many, 100, false), 0);
	p.selves[0] = p.count;
	p.self_count = 1;
	ck_assert(!os_seccomp_sound(&p));
	p.self_count = OS_SECCOMP_SELVES + 1;
	ck_assert(!os_seccomp_sound(&p));
	p.self_count = 0;
	p.count = OS_SECCOMP_MOST + 1;
	ck_assert(!os_seccomp_sound(&p));
}
END_TEST

#ifdef WITH_SECCOMP
static size_t ask_library(
	const struct os_seccomp_rule *rules, size_t count, struct sock_filter *code)
{
	scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int fd = memfd_create("filter", MFD_CLOEXEC);
	ck_assert(context && fd >= 0);
	for (size_t i = 0; i < count; i++) {
		const struct os_seccomp_rule *r = &rules[i];
		uint32_t action =
			r->verdict == OS_SECCOMP_KILL ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW;
		struct scmp_arg_cmp low = {.arg = r->argument, .op = SCMP_CMP_MASKED_EQ};
		if (r->test == OS_SECCOMP_WITHOUT) {
			low.datum_a = r->value;
		} else {
			low.datum_a = UINT32_MAX;
			low.datum_b = r->value;
		}
		ck_assert_int_eq(
			seccomp_rule_add_array(context, action, r->number, r->test ? 1 : 0, &low),
			0);
	}
	ck_assert_int_eq(seccomp_export_bpf(context, fd), 0);
	seccomp_release(context);
	ssize_t n = pread(fd, code, 400 * sizeof *code, 0);
	ck_assert_int_gt(n, 0);
	close(fd);
	return (size_t)n / sizeof *code;
}

START_TEST(agrees_with_libseccomp)
{
	static struct os_seccomp_program p;
	struct sock_filter code[400];
	if (!compile(&p, conditions, 5))
		return;
	size_t count = ask_library(conditions, 5, code);
	for (int n = 0; n < NUMBERS; n++)
		for (uint64_t value = 0; value < 10; value++)
			for (int argument = 0; argument < 3; argument++) {
				struct seccomp_data data = {.nr = n, .arch = p.steps[1].value};
				data.args[argument] = value;
				ck_assert_uint_eq(ask(&p, n, (uint32_t)argument, value),
					judge(code, count, &data));
			}
}
END_TEST
#endif

/* ---- in force ---- */

static int status_of(
	int (*run)(const struct os_seccomp_program *), const struct os_seccomp_program *p)
{
	int status;
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(os_seccomp_enter(p) < 0 ? 99 : run(p));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}

static int be_refused(const struct os_seccomp_program *p)
{
	(void)p;
	return syscall(SYS_getppid) == -1 && errno == EPERM ? 0 : 1;
}

static int be_killed(const struct os_seccomp_program *p)
{
	(void)p;
	return syscall(SYS_getuid) >= 0;
}

static int signal_others(const struct os_seccomp_program *p)
{
	(void)p;
	if (syscall(SYS_tgkill, getpid() + 1, getpid() + 1, 0) == 0 || errno != EPERM)
		return 1;
	return syscall(SYS_tgkill, getpid(), getpid(), 0) == 0 ? 0 : 2;
}

START_TEST(holds_in_the_kernel)
{
	static struct os_seccomp_program p;
	const struct os_seccomp_rule rules[] = {
		{.number = SYS_exit_group, .verdict = OS_SECCOMP_ALLOW},
		{.number = SYS_getpid, .verdict = OS_SECCOMP_ALLOW},
		{.number = SYS_getuid, .verdict = OS_SECCOMP_KILL},
		{.number = SYS_tgkill, .verdict = OS_SECCOMP_ALLOW, .test = OS_SECCOMP_SELF}};
#ifdef __SANITIZE_ADDRESS__
	return; /* which makes calls of its own */
#endif
	if (!os_seccomp_available() || !compile(&p, rules, COUNT_OF(rules)))
		return;
	ck_assert_int_eq(status_of(be_refused, &p), 0);
	int status = status_of(be_killed, &p);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
	ck_assert_int_eq(status_of(signal_others, &p), 0);
}
END_TEST

#ifdef WITH_SECCOMP
UNIT_MAIN("os_seccomp", judges_every_number, looks_at_arguments, refuses_what_is_named, only_logs,
	says_what_is_wrong, agrees_with_libseccomp, holds_in_the_kernel)
#else
UNIT_MAIN("os_seccomp", judges_every_number, looks_at_arguments, refuses_what_is_named, only_logs,
	says_what_is_wrong, holds_in_the_kernel)
#endif
