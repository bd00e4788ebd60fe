/*
 * test_killed_at - any signal, at any step of a request
 *
 * Runs in:  a test program, against a server of each process model
 * Owns:     its server
 * Errors:   exit status
 *
 * Three kinds of signals, and none but these: who gets one of the first is dead, which is on record
 * with the signal and the request it was at; of the second it takes no notice; the third stops it
 * until it is told to go on. Another's request goes on in each case.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_status.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BIG = 8 * 1024 * 1024, PEERS = 64, DEATHS_A_GENERATION = 3 };

enum kind { DIES, LIVES, STOPS };

static const struct {
	int number;
	enum kind kind;
} signals[] = {
	{SIGHUP, DIES}, {SIGINT, DIES}, {SIGQUIT, DIES}, {SIGILL, DIES}, {SIGTRAP, DIES},
	{SIGABRT, DIES}, {SIGBUS, DIES}, {SIGFPE, DIES}, {SIGKILL, DIES}, {SIGUSR1, DIES},
	{SIGSEGV, DIES}, {SIGUSR2, DIES}, {SIGTERM, DIES}, {SIGSTKFLT, DIES}, {SIGXCPU, DIES},
	{SIGVTALRM, DIES}, {SIGPROF, DIES}, {SIGIO, DIES}, {SIGPWR, DIES}, {SIGSYS, DIES},
	{SIGPIPE, LIVES},  /* a client that is gone is told by write(2) */
	{SIGXFSZ, LIVES},  /* a log that may not grow, too */
	{SIGCHLD, LIVES},  /* by default */
	{SIGCONT, LIVES},  /* by default */
	{SIGWINCH, LIVES}, /* by default; it means something to the parent alone */
	{SIGURG, LIVES},   /* the doorbell: its parent has something to say */
	{SIGSTOP, STOPS}, {SIGTSTP, STOPS}, {SIGTTIN, STOPS}, {SIGTTOU, STOPS},
	/* SIGALRM is the tick of a worker of one connection, and kills one of many: it is nobody's
	 * to send. */
};

static const struct {
	const char *begin;  /* of the request */
	const char *end;    /* the rest of it */
	const char *at;     /* what its death is to name; NULL: nothing had been asked for */
	bool answer_begins; /* before the rest is sent */
} steps[] = {
	{NULL, NULL, NULL, false}, /* idle */
	{"GET /hello.txt HTTP/1.1\r\nHost: te", "st\r\nConnection: close\r\n\r\n", NULL, false},
	{"POST /cgi-bin/slow HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
	 "Content-Length: 4\r\n\r\nx",
		"yz\n", "POST /cgi-bin/slow HTTP/1.1", true},
	{"GET /f/big HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "",
		"GET /f/big HTTP/1.1", true},
	{"GET /cgi-bin/waits HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "",
		"GET /cgi-bin/waits HTTP/1.1", true},
};

enum { STEPS = sizeof steps / sizeof *steps, SIGNALS = sizeof signals / sizeof *signals };

static void start(struct support_server *s, enum support_model model)
{
	/* Whoever runs this in a shell's background ignores some, and the server inherits that. */
	for (int i = 0; i < SIGNALS; i++)
		if (signals[i].kind == DIES && signals[i].number != SIGKILL)
			signal(signals[i].number, SIG_DFL);
	support_server_prepare(s, model,
		"ScriptAlias /cgi-bin/ cgi-bin/\nKeepAliveKeeper Off\nTimeout 60\n"
		"RequestReadTimeout header=0 body=0\n");
	support_site_pattern(s->root, "f/big", BIG, 7);
	ck_assert_int_eq(mkdir(support_server_path(s, "cgi-bin"), 0755), 0);
	support_server_script(s, "cgi-bin/slow",
		"printf 'Content-Type: text/plain\\n\\nbegun\\n'; read x; echo $x");
	support_server_script(s, "cgi-bin/waits",
		"printf 'Content-Type: text/plain\\n\\nbegun\\n'\n"
		"while [ ! -e ../go ]; do :; done"); /* no child, which could outlive it */
	support_server_launch(s);
	support_server_allow(s, "was killed by signal");
	support_server_allow(s, "was stopped");
	support_server_allow(s, "last words: signal");
	support_server_allow(s, ")[0x"); /* a line of a backtrace */
	support_server_allow(s, "died young");
	support_server_allow(s, "has not moved for");
}

/* The worker that has this connection; 0: none yet. */
static pid_t holder(const struct support_server *s, const struct support_conn *c)
{
	pid_t workers[SUPPORT_WORKERS];
	unsigned ports[PEERS];
	size_t count = support_server_workers(s, workers);
	for (size_t i = 0; i < count; i++) {
		size_t found = support_peers(&workers[i], 1, s->port, ports, PEERS);
		for (size_t k = 0; k < found && k < PEERS; k++)
			if (ports[k] == c->port)
				return workers[i];
	}
	return 0;
}

static pid_t begin(const struct support_server *s, struct support_conn *c, int step)
{
	pid_t pid = 0;
	support_conn_open(c, s->port);
	support_conn_print(c, "%s", steps[step].begin);
	if (steps[step].answer_begins)
		ck_assert_uint_gt(support_conn_pending(c, SUPPORT_PATIENCE), 0);
	ck_assert_msg(SUPPORT_UNTIL((pid = holder(s, c)) != 0, SUPPORT_PATIENCE),
		"nobody has the connection at step %d", step);
	/* Until it waits for more it may not have looked at it yet, and it would be another's. */
	ck_assert(SUPPORT_UNTIL(support_state(pid) == 'S', SUPPORT_PATIENCE));
	return pid;
}

static void let_go(const struct support_server *s, bool on)
{
	const char *path = support_server_path(s, "go");
	int fd = on ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644) : -1;
	if (fd >= 0)
		close(fd);
	else
		unlink(path);
}

static void finish(const struct support_server *s, struct support_conn *c, int step)
{
	let_go(s, true);
	support_conn_print(c, "%s", steps[step].end);
	support_conn_expect(c, 200);
	support_conn_close(c);
	let_go(s, false);
}

/* A request that has begun in another worker than this. */
static void begin_elsewhere(const struct support_server *s, struct support_conn *c, pid_t than)
{
	double end = support_now() + SUPPORT_PATIENCE;
	while (begin(s, c, 1) == than) {
		support_conn_close(c);
		ck_assert_msg(support_now() < end, "nobody but %d takes connections", (int)than);
	}
}

/* ---- what is on record ---- */

static bool is_recorded(const struct support_server *s, pid_t pid, int number, const char *at)
{
	struct support_conn c;
	char mark[32], died[32];
	bool is = false;
	snprintf(mark, sizeof mark, "\"pid\":%d,", (int)pid);
	snprintf(died, sizeof died, "\"signal\":%d,", number);
	support_get(&c, s->port, "/server-status?json");
	ck_assert_int_eq(c.reply.status, 200);
	for (char *death = strstr(c.reply.body, "\"deaths\":[");
		death && (death = strchr(death, '{')); death++) {
		size_t size = strcspn(death, "}");
		if (memmem(death, size, mark, strlen(mark)) &&
			memmem(death, size, died, strlen(died)) &&
			(!at || memmem(death, size, at, strlen(at))))
			is = true;
	}
	support_conn_close(&c);
	return is;
}

/* A worker that ends well, and those that died young are forgotten. */
static void restart(struct support_server *s, unsigned generation)
{
	char line[48];
	snprintf(line, sizeof line, "generation %u begins", generation);
	ck_assert_int_eq(kill(s->pid, SIGUSR1), 0);
	ck_assert(SUPPORT_UNTIL(support_server_logged(s, line) > 0, SUPPORT_PATIENCE));
	support_server_ready(s);
}

static bool is_gone(pid_t pid)
{
	char state = support_state(pid);
	return state == 'Z' || state == 0;
}

static bool has_workers(const struct support_server *s)
{
	pid_t workers[SUPPORT_WORKERS];
	return support_server_workers(s, workers) >= 2;
}

static void try_one(struct support_server *s, int step, int number, enum kind kind)
{
	struct support_conn c, other;
	pid_t workers[SUPPORT_WORKERS];
	size_t count = step || SUPPORT_HAS_POOL(s->model) ? support_server_workers(s, workers) : 0;
	pid_t pid = step ? begin(s, &c, step) : count ? workers[0] : 0;
	if (!pid)
		return; /* a child for every request is never idle */
	begin_elsewhere(s, &other, pid);
	ck_assert_int_eq(kill(pid, number), 0);
	if (kind == STOPS) {
		ck_assert(SUPPORT_UNTIL(support_state(pid) == 'T', SUPPORT_PATIENCE));
		finish(s, &other, 1);
		ck_assert_int_eq(kill(pid, SIGCONT), 0);
	} else if (kind == DIES) {
		ck_assert_msg(SUPPORT_UNTIL(is_gone(pid), SUPPORT_PATIENCE),
			"signal %d at step %d: it lives", number, step);
		finish(s, &other, 1);
		ck_assert_msg(SUPPORT_UNTIL(is_recorded(s, pid, number, steps[step].at),
				      SUPPORT_PATIENCE),
			"signal %d at step %d is not on record", number, step);
		if (SUPPORT_HAS_POOL(s->model))
			ck_assert_msg(SUPPORT_UNTIL(has_workers(s), SUPPORT_PATIENCE),
				"signal %d at step %d: nobody replaces it", number, step);
	} else {
		finish(s, &other, 1);
	}
	if (step && kind == DIES) {
		ck_assert_int_ne(support_conn_end(&c, SUPPORT_PATIENCE), SUPPORT_STANDING);
		support_conn_close(&c);
	} else if (step) {
		finish(s, &c, step);
	}
	if (kind != DIES)
		ck_assert_msg(!SUPPORT_HAS_POOL(s->model) || !is_gone(pid),
			"signal %d at step %d: it is gone", number, step);
}

/* Each signal at another step in each model, so that all of them are at each step in some model;
 * with KILLED_AT_ALL in the environment everything in each model. */
START_TEST(dies_alone)
{
	struct support_server s;
	unsigned deaths = 0, generation = 0;
	int all = getenv("KILLED_AT_ALL") ? STEPS : 1;
	start(&s, (enum support_model)_i);
	for (int i = 0; i < SIGNALS * all; i++) {
		int step = (i / SIGNALS + i % SIGNALS + _i) % STEPS;
		try_one(&s, step, signals[i % SIGNALS].number, signals[i % SIGNALS].kind);
		support_server_expect(&s, "/hello.txt", 200);
		deaths += signals[i % SIGNALS].kind == DIES;
		if (deaths == DEATHS_A_GENERATION && SUPPORT_HAS_POOL(s.model)) {
			restart(&s, ++generation);
			deaths = 0;
		}
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("killed_at", {dies_alone, SUPPORT_MODELS})
