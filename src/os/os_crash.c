/*
 * os_crash - last words of a process that crashes
 *
 * Runs in:  workers, the starter
 * Owns:     see os_crash.h
 * Errors:   see os_crash.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_crash.h"

#include "base/apart.h"
#include "base/assert.h"

#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

enum { FRAMES = 48, STACK_SIZE = 64 * 1024, LAST_WORDS_S = 2 };

static int target = STDERR_FILENO;
static const char *(*doing_now)(void);

struct line {
	size_t size;
	char text[512];
};

static void add(struct line *l, const char *words)
{
	for (; *words && l->size < sizeof l->text - 1; words++)
		/* What a client sent must not look like a line of ours. */
		l->text[l->size++] = *words >= ' ' && *words < 0x7f ? *words : '?';
}

static void add_number(struct line *l, uint64_t number, unsigned base)
{
	char digits[24];
	size_t at = sizeof digits;
	digits[--at] = '\0';
	do
		digits[--at] = "0123456789abcdef"[number % base];
	while ((number /= base) && at > 0);
	add(l, digits + at);
}

static void say(struct line *l)
{
	l->text[l->size++] = '\n';
	ssize_t n = write(target, l->text, l->size); /* nobody left to complain to */
	(void)n;
}

struct frames {
	int count;
	void *at[FRAMES];
};

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *data)
{
	struct frames *f = data;
	void *at = (void *)_Unwind_GetIP(context);
	if (!at || f->count == FRAMES)
		return _URC_END_OF_STACK;
	f->at[f->count++] = at;
	return _URC_NO_REASON;
}

/* As backtrace(3), which would load a library to do it: in a sandbox, and inside a signal handler,
 * it is too late for that. */
static void say_frames(void)
{
	struct frames f = {0};
	_Unwind_Backtrace(add_frame, &f);
	backtrace_symbols_fd(f.at, f.count, target);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
	(void)context;
	int saved = errno;
	struct line l = {0};
	const char *what = doing_now ? doing_now() : NULL, *name = sigabbrev_np(number);
	signal(SIGALRM, SIG_DFL);
	alarm(LAST_WORDS_S);
	add(&l, "[pid ");
	add_number(&l, (uint64_t)getpid(), 10);
	add(&l, "] last words: signal SIG");
	add(&l, name ? name : "?");
	if (info->si_code > 0 && (number == SIGSEGV || number == SIGBUS)) {
		add(&l, " at address 0x");
		add_number(&l, (uint64_t)(uintptr_t)info->si_addr, 16);
	}
	if (what) {
		add(&l, "; ");
		add(&l, what);
	}
	say(&l);
	say_frames();
	/* SA_RESETHAND: now it does what it would have done without us. */
	errno = saved;
	raise(number);
}

void os_crash_catch(int fd, const char *(*doing)(void))
{
	static char stack[STACK_SIZE] APART;
	static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGSYS, SIGTRAP};
	struct sigaction action = {
		.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND};
	target = fd >= 0 ? fd : STDERR_FILENO;
	doing_now = doing;
	if (sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL) < 0)
		action.sa_flags &= ~SA_ONSTACK;
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
#ifdef __SANITIZE_ADDRESS__
		/* A sanitizer says more about these. */
		if (signals[i] != SIGABRT)
			continue;
#endif
		sigaction(signals[i], &action, NULL);
	}
}
