/*
 * os_seccomp - which system calls a process may still make (seccomp(2))
 *
 * Runs in:  the parent compiles a filter, its children put themselves under it
 * Owns:     nothing; see os_seccomp.h
 * Errors:   -1 with errno
 *
 * Compiling: the rules are sorted by number; neighbours with one verdict become one range; the
 * ranges are the leaves of a tree of comparisons, split where the numbers on both sides are about
 * as many. A call with conditions is a range of its own, with a chain of comparisons as its
 * verdict.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_seccomp.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined __x86_64__ && !defined __ILP32__
#define MACHINE AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined __riscv && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#elif defined __s390x__
#define MACHINE AUDIT_ARCH_S390X
#elif defined __powerpc64__ && defined __LITTLE_ENDIAN__
#define MACHINE AUDIT_ARCH_PPC64LE
#else
#define MACHINE 0
#endif

_Static_assert(sizeof(struct os_seccomp_step) == sizeof(struct sock_filter), "the same layout");

enum {
	NUMBERS = 512, /* about as many calls as there are, for the balance of the tree */
	CHAINS = OS_SECCOMP_VERDICTS,
	RANGES_MOST = OS_SECCOMP_MOST,
	STRANGE = 0x40000000, /* from here on: x32, where each call has a second number */
	HERE = -1             /* the branch goes on with an instruction that is already known */
};

struct range {
	uint32_t from;
	int verdict; /* enum os_seccomp_verdict, or CHAINS + the first of the call's rules */
};

/* A filter being made. Branches are kept as verdicts until the places of these are known. */
struct maker {
	struct os_seccomp_program *program;
	struct os_seccomp_rule rules[RANGES_MOST];
	size_t rule_count;
	struct range ranges[RANGES_MOST];
	size_t range_count;
	enum os_seccomp_verdict others; /* of what no rule names */
	int yes[OS_SECCOMP_MOST], no[OS_SECCOMP_MOST];
	int places[CHAINS + RANGES_MOST];
	bool full;
};

static size_t put(struct maker *m, unsigned code, uint32_t value, int yes, int no)
{
	size_t at = m->program->count;
	if (at == OS_SECCOMP_MOST) {
		m->full = true;
		return 0;
	}
	m->program->steps[at] = (struct os_seccomp_step){.code = (uint16_t)code, .value = value};
	m->yes[at] = yes;
	m->no[at] = no;
	m->program->count++;
	return at;
}

static size_t load(struct maker *m, size_t offset)
{
	return put(m, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, HERE, HERE);
}

/* ---- from rules to ranges ---- */

static bool add_range(struct maker *m, uint32_t from, int verdict)
{
	if (m->range_count && m->ranges[m->range_count - 1].verdict == verdict)
		return true;
	if (m->range_count == RANGES_MOST)
		return false;
	m->ranges[m->range_count++] = (struct range){from, verdict};
	return true;
}

static void take_others(struct maker *m)
{
	size_t count = 0;
	for (size_t i = 0; i < m->rule_count; i++)
		if (m->rules[i].number == OS_SECCOMP_OTHERS)
			m->others = m->rules[i].verdict;
		else
			m->rules[count++] = m->rules[i];
	m->rule_count = count;
}

/* A stable order: the rules of one call count in theirs. */
static void sort(struct os_seccomp_rule *rules, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct os_seccomp_rule one = rules[i];
		size_t at = i;
		for (; at > 0 && rules[at - 1].number > one.number; at--)
			rules[at] = rules[at - 1];
		rules[at] = one;
	}
}

static int make_ranges(struct maker *m)
{
	uint32_t next = 0;
	bool fits = true;
	for (size_t i = 0; i < m->rule_count;) {
		const struct os_seccomp_rule *rule = &m->rules[i];
		uint32_t number = (uint32_t)rule->number;
		size_t first = i++;
		int verdict = rule->test ? CHAINS + (int)first : (int)rule->verdict;
		for (; i < m->rule_count && m->rules[i].number == rule->number; i++)
			if (!rule->test || !m->rules[i].test) {
				errno = EINVAL; /* a rule without a condition must be the only one
						 */
				return -1;
			}
		fits &= number == next || add_range(m, next, (int)m->others);
		fits &= add_range(m, number, verdict);
		next = number + 1;
	}
	fits &= add_range(m, next, (int)m->others) && add_range(m, STRANGE, OS_SECCOMP_REFUSE);
	errno = E2BIG;
	return fits ? 0 : -1;
}

/* ---- from ranges to a tree ---- */

static uint32_t width(const struct maker *m, size_t from, size_t to)
{
	uint32_t end = to < m->range_count ? m->ranges[to].from : NUMBERS;
	return end > m->ranges[from].from ? end - m->ranges[from].from : 1;
}

/* Where to part the ranges [from, to), two at least. */
static size_t middle(const struct maker *m, size_t from, size_t to)
{
	uint32_t half = width(m, from, to) / 2;
	size_t at = from + 1;
	while (at + 1 < to && width(m, from, at) < half)
		at++;
	/* One range more or less: what comes nearer. */
	if (at > from + 1 && width(m, from, at) - half > half - width(m, from, at - 1))
		at--;
	return at;
}

/* Puts the tree of these ranges, unless it is one range, whose verdict it returns. The left side
 * follows its comparison at once. As deep as the filter is long at the most. */
static int put_tree(struct maker *m, size_t from, size_t to)
{
	if (to - from == 1)
		return m->ranges[from].verdict;
	size_t part = middle(m, from, to);
	size_t at = put(m, BPF_JMP | BPF_JGE | BPF_K, m->ranges[part].from, HERE, HERE);
	if (m->full)
		return OS_SECCOMP_REFUSE;
	m->no[at] = put_tree(m, from, part);
	size_t right = m->program->count;
	m->yes[at] = put_tree(m, part, to);
	if (m->yes[at] == HERE && !m->full)
		m->program->steps[at].yes = (uint8_t)(right - at - 1);
	return HERE;
}

/* ---- verdicts ---- */

static void put_test(struct maker *m, const struct os_seccomp_rule *rule)
{
	bool without = rule->test == OS_SECCOMP_WITHOUT;
	bool otherwise = without || rule->test == OS_SECCOMP_UNLESS;
	size_t at = put(m, BPF_JMP | (without ? BPF_JSET : BPF_JEQ) | BPF_K, rule->value,
		otherwise ? HERE : (int)rule->verdict, otherwise ? (int)rule->verdict : HERE);
	struct os_seccomp_program *p = m->program;
	if (rule->test != OS_SECCOMP_SELF)
		return;
	if (p->self_count == OS_SECCOMP_SELVES)
		m->full = true;
	else
		p->selves[p->self_count++] = (uint16_t)at;
}

/* The conditions of one call, from its first rule on. */
static void put_chain(struct maker *m, size_t first)
{
	int number = m->rules[first].number, loaded = -1;
	m->places[CHAINS + first] = m->program->count;
	for (size_t i = first; i < m->rule_count && m->rules[i].number == number; i++) {
		const struct os_seccomp_rule *rule = &m->rules[i];
		if (rule->argument != loaded)
			load(m, offsetof(struct seccomp_data, args) + rule->argument * 8u +
					(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0));
		loaded = rule->argument;
		put_test(m, rule);
	}
	/* None of them is true. */
	size_t last = m->program->count - 1;
	m->yes[last] = m->yes[last] == HERE ? OS_SECCOMP_REFUSE : m->yes[last];
	m->no[last] = m->no[last] == HERE ? OS_SECCOMP_REFUSE : m->no[last];
}

/* Most filters have none, and would carry an instruction for nothing. */
static bool has_absent(const struct maker *m)
{
	bool has = false;
	for (size_t i = 0; i < m->rule_count; i++)
		has |= m->rules[i].verdict == OS_SECCOMP_ABSENT;
	return has;
}

static void put_verdicts(struct maker *m, bool only_log)
{
	static const uint32_t actions[OS_SECCOMP_VERDICTS] = {
		[OS_SECCOMP_REFUSE] = SECCOMP_RET_ERRNO | EPERM,
		[OS_SECCOMP_ALLOW] = SECCOMP_RET_ALLOW,
		[OS_SECCOMP_ABSENT] = SECCOMP_RET_ERRNO | ENOSYS,
		[OS_SECCOMP_KILL] = SECCOMP_RET_KILL_PROCESS};
	for (size_t i = 0; i < m->range_count; i++)
		if (m->ranges[i].verdict >= CHAINS)
			put_chain(m, (size_t)(m->ranges[i].verdict - CHAINS));
	for (int v = 0; v < OS_SECCOMP_VERDICTS; v++) {
		if (v == OS_SECCOMP_ABSENT && !has_absent(m))
			continue;
		m->places[v] = m->program->count;
		put(m, BPF_RET | BPF_K,
			only_log && v != OS_SECCOMP_ALLOW ? SECCOMP_RET_LOG : actions[v], HERE,
			HERE);
	}
}

/* Now that every verdict has its place: from verdicts to distances. */
static void join(struct maker *m)
{
	for (int at = 0; at < m->program->count; at++) {
		struct os_seccomp_step *step = &m->program->steps[at];
		int yes = m->yes[at] == HERE ? 0 : m->places[m->yes[at]] - at - 1;
		int no = m->no[at] == HERE ? 0 : m->places[m->no[at]] - at - 1;
		if (step->code == (BPF_JMP | BPF_JA))
			step->value = (uint32_t)yes;
		else if (m->yes[at] != HERE)
			step->yes = (uint8_t)yes;
		if (m->no[at] != HERE)
			step->no = (uint8_t)no;
	}
}

int os_seccomp_compile(struct os_seccomp_program *program, const struct os_seccomp_rule *rules,
	size_t count, bool only_log)
{
	struct maker *m = calloc(1, sizeof *m);
	memset(program, 0, sizeof *program);
	if (!m)
		return -1;
	m->program = program;
	m->rule_count = count;
	int why = MACHINE == 0 ? ENOSYS : count > RANGES_MOST ? E2BIG : 0;
	if (!why) {
		if (count)
			memcpy(m->rules, rules, count * sizeof *rules);
		take_others(m);
		sort(m->rules, m->rule_count);
		if (make_ranges(m) < 0)
			why = errno;
	}
	if (!why) {
		/* Numbers mean other calls to programs of another machine (32 bits on 64). */
		load(m, offsetof(struct seccomp_data, arch));
		put(m, BPF_JMP | BPF_JEQ | BPF_K, MACHINE, HERE, OS_SECCOMP_KILL);
		load(m, offsetof(struct seccomp_data, nr));
		int only = put_tree(m, 0, m->range_count);
		if (only != HERE)
			put(m, BPF_JMP | BPF_JA, 0, only, HERE);
		put_verdicts(m, only_log);
		join(m);
		why = m->full ? E2BIG : 0;
	}
	free(m);
	errno = why;
	return why ? -1 : 0;
}

bool os_seccomp_sound(const struct os_seccomp_program *program)
{
	if (program->count > OS_SECCOMP_MOST || program->self_count > OS_SECCOMP_SELVES)
		return false;
	for (size_t i = 0; i < program->self_count; i++)
		if (program->selves[i] >= program->count)
			return false;
	return true;
}

/* ---- in force ---- */

bool os_seccomp_available(void)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;
	return MACHINE && syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int os_seccomp_enter(const struct os_seccomp_program *program)
{
	struct os_seccomp_program own = *program;
	for (size_t i = 0; i < own.self_count; i++)
		own.steps[own.selves[i]].value = (uint32_t)getpid();
	struct sock_fprog filter = {own.count, (struct sock_filter *)own.steps};
	/* Kernels before 5.16 would otherwise slow the process down, against attacks by speculation
	 * that are about programs from strangers in it. */
	return (int)syscall(
		SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter);
}
