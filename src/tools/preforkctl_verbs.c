/*
 * preforkctl_verbs - what each verb does
 *
 * Runs in:  preforkctl
 * Owns:     nothing
 * Errors:   one line on standard error, and an enum preforkctl_exit
 *
 * A server that has no control socket can still be signalled, as preforkd -k does it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "mp/mp.h"
#include "os/os_clock.h"
#include "parent/parent_entry.h"
#include "tools/preforkctl_table.h"
#include "tools/preforkctl_talk.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { STOP_MS = 40000, UPGRADE_MS = 60000, LOOK_MS = 100, SETTLE_MS = 500 };

static int fail(int code, struct buffer *why)
{
	if (why->size)
		log_error("%.*s", TEXT_ARGS(buffer_view(why)));
	buffer_free(why);
	return code;
}

static int running(const struct preforkctl *ctl)
{
	return ctl->config && ctl->config->pid_file ? parent_running(ctl->config) : 0;
}

/* Nobody listens on the socket, or there is none: does a server run all the same? */
static int without_socket(const struct preforkctl *ctl, struct buffer *why)
{
	int pid = running(ctl);
	if (pid > 0) {
		buffer_clear(why);
		buffer_printf(why, "process %d runs, but its ControlSocket is not there", pid);
		return fail(PREFORKCTL_NO_ANSWER, why);
	}
	if (!why->size)
		buffer_printf(why, "no server runs with the PidFile %s",
			ctl->config && ctl->config->pid_file ? ctl->config->pid_file : "(none)");
	return fail(PREFORKCTL_NOT_RUNNING, why);
}

/* A connection to the server; what went wrong has been said. */
static int reach(const struct preforkctl *ctl, struct preforkctl_talk *t)
{
	struct buffer why = BUFFER_INIT;
	*t = PREFORKCTL_TALK_INIT;
	int code = ctl->socket ? preforkctl_talk_open(t, ctl->socket, ctl->patience_ms, &why)
			       : PREFORKCTL_NOT_RUNNING;
	if (code == PREFORKCTL_NOT_RUNNING)
		return without_socket(ctl, &why);
	return code ? fail(code, &why) : PREFORKCTL_DONE;
}

/* One question on a connection. */
static int ask(struct preforkctl_talk *t, const char *line, struct buffer *answer)
{
	struct buffer why = BUFFER_INIT;
	int code = preforkctl_talk_ask(t, line, answer, &why);
	if (code)
		return fail(code, &why);
	buffer_free(&why);
	return PREFORKCTL_DONE;
}

/* --- looking --- */

static unsigned terminal_width(void)
{
	struct winsize size;
	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col;
}

static int print_text(struct preforkctl_talk *t)
{
	struct buffer answer = BUFFER_INIT;
	int code = ask(t, "status text", &answer);
	if (code == PREFORKCTL_DONE)
		fwrite(answer.data, 1, answer.size, stdout);
	buffer_free(&answer);
	return code;
}

static int print_workers(struct preforkctl_talk *t)
{
	struct buffer answer = BUFFER_INIT, text = BUFFER_INIT;
	struct preforkctl_table table = {0, NULL};
	int code = ask(t, "workers", &answer);
	if (code == PREFORKCTL_DONE && !preforkctl_table_read(&table, buffer_view(&answer))) {
		log_error("the answer makes no sense: is the server of another version?");
		code = PREFORKCTL_FAILED;
	}
	if (code == PREFORKCTL_DONE) {
		preforkctl_table_write(&table, terminal_width(), &text);
		fwrite(text.data, 1, text.size, stdout);
	}
	preforkctl_table_free(&table);
	buffer_free(&text);
	buffer_free(&answer);
	return code;
}

static int status(struct preforkctl *ctl)
{
	struct preforkctl_talk t;
	int code = reach(ctl, &t);
	if (code == PREFORKCTL_DONE)
		code = print_text(&t);
	preforkctl_talk_close(&t);
	return code;
}

static int workers(struct preforkctl *ctl)
{
	struct preforkctl_talk t;
	int code = reach(ctl, &t);
	if (code == PREFORKCTL_DONE)
		code = print_workers(&t);
	preforkctl_talk_close(&t);
	return code;
}

static int full_status(struct preforkctl *ctl)
{
	struct preforkctl_talk t;
	int code = reach(ctl, &t);
	if (code == PREFORKCTL_DONE)
		code = print_text(&t);
	if (code == PREFORKCTL_DONE) {
		putchar('\n');
		code = print_workers(&t);
	}
	preforkctl_talk_close(&t);
	return code;
}

static int top(struct preforkctl *ctl)
{
	return preforkctl_top(ctl);
}

/* --- starting --- */

static bool is_program(char *path, size_t room, const char *directory, const char *name)
{
	return (size_t)snprintf(path, room, "%s/%s", directory, name) < room &&
	       access(path, X_OK) == 0;
}

/* The server beside this program, where it is installed or where it was built; else that of PATH.
 */
static const char *server_program(char *path, size_t room)
{
	static const char *const places[] = {"preforkd", "../preforkd", "../sbin/preforkd"};
	char self[PATH_MAX];
	ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash = size > 0 ? memrchr(self, '/', (size_t)size) : NULL;
	if (!slash)
		return "preforkd";
	*slash = '\0';
	for (size_t i = 0; i < COUNT_OF(places); i++)
		if (is_program(path, room, self, places[i]))
			return path;
	return "preforkd";
}

static int start(struct preforkctl *ctl)
{
	char path[PATH_MAX + 32];
	const char *words[80];
	size_t n = 0;
	int status = 0, pid = running(ctl);
	if (pid > 0) {
		printf("process %d runs already\n", pid);
		return PREFORKCTL_DONE;
	}
	words[n++] = server_program(path, sizeof path);
	if (ctl->source.server_root) {
		words[n++] = "-d";
		words[n++] = ctl->source.server_root;
	}
	if (ctl->source.file) {
		words[n++] = "-f";
		words[n++] = ctl->source.file;
	}
	for (const char *const *name = ctl->source.defines; *name && n < COUNT_OF(words) - 4;) {
		words[n++] = "-D";
		words[n++] = *name++;
	}
	words[n++] = "-k";
	words[n++] = "start";
	words[n] = NULL;
	if (mp_subprocess_call(words, NULL, -1, &status) < 0) {
		log_error("cannot run %s: %m", words[0]);
		return PREFORKCTL_FAILED;
	}
	if (status != 0)
		return PREFORKCTL_FAILED; /* it has said why */
	pid = running(ctl);
	if (pid > 0)
		printf("started as process %d\n", pid);
	return PREFORKCTL_DONE;
}

static void say_warning(const char *message)
{
	log_warn("%s", message);
}

/* As -t: with no -d and no -f, what a socket leads to checks itself. */
static int config_test(struct preforkctl *ctl)
{
	config_warnings(ctl->config, say_warning);
	puts("Syntax OK");
	return PREFORKCTL_DONE;
}

/* --- stopping, restarting --- */

/* Says the verb; where there is no socket, by a signal. *signalled: it was, and all is done. */
static int tell(
	struct preforkctl *ctl, const char *verb, struct preforkctl_talk *t, bool *signalled)
{
	struct buffer answer = BUFFER_INIT, why = BUFFER_INIT;
	int code = PREFORKCTL_NOT_RUNNING;
	*t = PREFORKCTL_TALK_INIT;
	*signalled = false;
	if (ctl->socket)
		code = preforkctl_talk_open(t, ctl->socket, ctl->patience_ms, &why);
	if (code == PREFORKCTL_NOT_RUNNING && running(ctl) > 0) {
		buffer_free(&why);
		*signalled = true;
		return parent_kill(ctl->config, verb) == EXIT_SUCCESS ? PREFORKCTL_DONE
								      : PREFORKCTL_FAILED;
	}
	if (code == PREFORKCTL_NOT_RUNNING)
		return without_socket(ctl, &why);
	if (code)
		return fail(code, &why);
	code = ask(t, verb, &answer);
	buffer_free(&answer);
	return code;
}

static int stop(struct preforkctl *ctl)
{
	struct preforkctl_talk t;
	bool signalled;
	int code = tell(ctl, "stop", &t, &signalled);
	if (code == PREFORKCTL_DONE && !signalled && !preforkctl_talk_wait(&t, STOP_MS)) {
		log_error("the server still runs after %d seconds", STOP_MS / 1000);
		code = PREFORKCTL_NO_ANSWER;
	}
	if (code == PREFORKCTL_DONE)
		puts("stopped");
	preforkctl_talk_close(&t);
	return code;
}

static int graceful_stop(struct preforkctl *ctl)
{
	struct preforkctl_talk t;
	bool signalled;
	int code = tell(ctl, "graceful-stop", &t, &signalled);
	if (code == PREFORKCTL_DONE)
		puts("stopping when every connection is served");
	preforkctl_talk_close(&t);
	return code;
}

int preforkctl_verbs_stop(const struct preforkctl *ctl, const char *verb)
{
	char pid_file[PATH_MAX];
	bool stops = strcmp(verb, "stop") == 0 || strcmp(verb, "graceful-stop") == 0;
	if (!stops || !config_pid_file(&ctl->source, pid_file))
		return PREFORKCTL_FAILED;
	log_warn("stopping the server of the PidFile %s all the same", pid_file);
	return parent_kill(&(struct config){.pid_file = pid_file}, verb) == EXIT_SUCCESS
		       ? PREFORKCTL_DONE
		       : PREFORKCTL_FAILED;
}

/* A number behind "name": in JSON; -1: it is not there. */
static long long member(const struct buffer *json, const char *name)
{
	char wanted[40];
	int size = snprintf(wanted, sizeof wanted, "\"%s\":", name);
	const char *at = json->size ? memmem(json->data, json->size, wanted, (size_t)size) : NULL;
	if (!at)
		return -1;
	long long n = -1;
	for (at += size; at < json->data + json->size && *at >= '0' && *at <= '9'; at++)
		n = (n < 0 ? 0 : n) * 10 + (*at - '0');
	return n;
}

static int renew(struct preforkctl *ctl, const char *verb)
{
	struct preforkctl_talk t;
	struct buffer answer = BUFFER_INIT, why = BUFFER_INIT;
	bool signalled;
	if (ctl->config && running(ctl) == 0) {
		log_warn("no server runs: it is started");
		return start(ctl);
	}
	int code = tell(ctl, verb, &t, &signalled);
	if (code == PREFORKCTL_DONE && !signalled &&
		preforkctl_talk_ask(&t, "status json", &answer, &why) == PREFORKCTL_DONE)
		printf("%s restart: generation %lld begins\n",
			strcmp(verb, "restart") == 0 ? "hard" : "graceful",
			member(&answer, "generation"));
	buffer_free(&why);
	buffer_free(&answer);
	preforkctl_talk_close(&t);
	return code;
}

static int restart(struct preforkctl *ctl)
{
	return renew(ctl, "restart");
}

static int graceful(struct preforkctl *ctl)
{
	return renew(ctl, "graceful");
}

/* --- upgrading --- */

/* Who listens on the socket now; -1: nobody. */
static long long process_there(const struct preforkctl *ctl)
{
	struct preforkctl_talk t = PREFORKCTL_TALK_INIT;
	struct buffer answer = BUFFER_INIT, why = BUFFER_INIT;
	long long pid = -1;
	if (preforkctl_talk_open(&t, ctl->socket, ctl->patience_ms, &why) == PREFORKCTL_DONE &&
		preforkctl_talk_ask(&t, "status json", &answer, &why) == PREFORKCTL_DONE)
		pid = member(&answer, "pid");
	preforkctl_talk_close(&t);
	buffer_free(&answer);
	buffer_free(&why);
	return pid;
}

/* Does the one before still try? It says whom it has started. */
static bool still_tries(struct preforkctl_talk *t)
{
	struct buffer answer = BUFFER_INIT, why = BUFFER_INIT;
	bool tries = preforkctl_talk_ask(t, "status json", &answer, &why) != PREFORKCTL_DONE ||
		     member(&answer, "successor") > 0;
	buffer_free(&answer);
	buffer_free(&why);
	return tries;
}

static int wait_for_successor(
	const struct preforkctl *ctl, struct preforkctl_talk *t, long long old)
{
	uint64_t begin = os_clock_ms(), now = begin;
	for (; now - begin < UPGRADE_MS; now = os_clock_ms()) {
		long long pid = process_there(ctl);
		if (pid > 0 && pid != old) {
			printf("upgraded: process %lld takes over from process %lld\n", pid, old);
			return PREFORKCTL_DONE;
		}
		if (now - begin >= SETTLE_MS && t->fd >= 0 && !still_tries(t))
			break;
		nanosleep(&(struct timespec){0, LOOK_MS * 1000000l}, NULL);
	}
	log_error("the new program does not serve; process %lld goes on, and its error log says "
		  "why",
		old);
	return PREFORKCTL_FAILED;
}

static int upgrade(struct preforkctl *ctl)
{
	struct preforkctl_talk t;
	struct buffer answer = BUFFER_INIT;
	bool signalled;
	long long old = ctl->socket ? process_there(ctl) : -1;
	int code = tell(ctl, "upgrade", &t, &signalled);
	if (code == PREFORKCTL_DONE && !signalled)
		code = wait_for_successor(ctl, &t, old);
	preforkctl_talk_close(&t);
	buffer_free(&answer);
	return code;
}

/* --- the table --- */

static const struct {
	const char *name;
	int (*act)(struct preforkctl *ctl);
	bool local;
} verbs[] = {
#define VERB(name, function, local, meaning) {name, function, local},
#include "tools/verbs.def"
#undef VERB
};

int preforkctl_verbs_do(struct preforkctl *ctl, const char *verb)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (verbs[i].act && strcmp(verbs[i].name, verb) == 0)
			return verbs[i].act(ctl);
	return -1;
}

bool preforkctl_verbs_known(const char *verb)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i].name, verb) == 0)
			return true;
	return false;
}

bool preforkctl_verbs_local(const char *verb)
{
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i].name, verb) == 0)
			return verbs[i].local;
	return true;
}

const char *preforkctl_verbs_near(const char *verb)
{
	const char *near = NULL;
	unsigned best = (unsigned)strlen(verb) / 3 + 1;
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		unsigned edits = text_distance(text_of(verb), text_of(verbs[i].name));
		if (edits <= best) {
			best = edits;
			near = verbs[i].name;
		}
	}
	return near;
}
