/*
 * starter_main - birth, the loop, an order
 *
 * Runs in:  the starter
 * Owns:     the server of programs, and memory for one order
 * Errors:   the exit status; the parent starts another
 *
 * Of what a worker sends, the program's path, its environment and its streams are taken, if they
 * may be. Its other arguments are made here, from the query, as RFC 3875 4.4 has it: there are
 * programs to which an argument can say more than a query can.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "starter/starter.h"

#include "base/assert.h"
#include "handler/handler_cgi_env.h"
#include "os/os_crash.h"
#include "os/os_landlock.h"
#include "os/os_process.h"
#include "os/os_rights.h"
#include "starter/starter_entry.h"
#include "wire/wire_confine.h"
#include "wire/wire_heritage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { FDS_OWN = 64 /* that are no program's */, FDS_EACH = 2, MOST = 4096 };

static const double beat = 1; /* seconds, at the most, between two beats of its diary */

struct starter {
	struct config *config;
	const struct starter_names *names;
	struct arena *memory; /* for one order */
	struct wire_diary *diary;
	unsigned most, most_each; /* programs; of one worker */
	int ruleset;              /* Landlock's, for each program; -1: none */
};

/* A server has lines enough in its log when somebody only tries. */
#define complain(format, ...)                                                                      \
	do {                                                                                       \
		static struct log_throttle complain_throttle;                                      \
		if (log_once_a_second(&complain_throttle))                                         \
			log_error(format, __VA_ARGS__);                                            \
	} while (0)

static struct text query_of(const char *const *env)
{
	for (; *env; env++)
		if (strncmp(*env, "QUERY_STRING=", 13) == 0)
			return text_of(*env + 13);
	return TEXT("");
}

/* What it may not have is left out: it is a variable that the program would not have had. */
static void filter(const struct starter *s, const struct config_dir *dir, const char **env)
{
	const char **to = env;
	for (; *env; env++)
		if (starter_env_allows(s->names, dir, *env))
			*to++ = *env;
		else
			complain("a worker wanted to give a program the variable %.*s, which is "
				 "neither CGI's nor, with this value, the configuration's",
				(int)strcspn(*env, "="), *env);
	*to = NULL;
}

/* It could keep others from having any, so it has no more than it can have use for. Who refuses so
 * much once refuses more: the log has it once. */
static bool has_enough(const struct starter *s, const struct mp_subprocess_order *order)
{
	static pid_t told;
	if (order->running < s->most_each)
		return false;
	if (order->asker != told)
		complain("worker %d has %u programs that run, and gets no more of them",
			(int)order->asker, order->running);
	told = order->asker;
	return true;
}

static int check(struct mp_subprocess_order *order, void *closure)
{
	static const struct os_address nobody;
	struct starter *s = closure;
	const char *file = order->argv[0], *slash = strrchr(file, '/');
	wire_diary_begin(s->diary, &nobody, text_of(file), TEXT(""));
	bool granted;
	if (has_enough(s, order))
		return EAGAIN;
	const struct config_dir *dir =
		slash ? starter_place_of(s->config, file, order, &granted) : NULL;
	if (!dir) {
		complain("a worker wanted to start %s, which the configuration does not let be run",
			file);
		return EACCES;
	}
	if (!granted)
		complain("a worker wanted to start %s with other limits than the configuration's",
			file);
	starter_limit_set(order, dir, granted);
	arena_reset(s->memory);
	filter(s, dir, order->env);
	const char *const *words =
		handler_cgi_env_words(s->memory, text_of(file), query_of(order->env));
	order->argv = (const char **)words;
	order->cwd = arena_text(s->memory, text_from(file, (size_t)(slash - file) + 1));
	return words && order->cwd ? 0 : ENOMEM;
}

static unsigned most_programs(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur <= FDS_OWN + FDS_EACH)
		return 1;
	rlim_t most = (limit.rlim_cur - FDS_OWN) / FDS_EACH;
	return most < MOST ? (unsigned)most : MOST;
}

/* Where there are others, none has more than half of all. */
static unsigned most_of_each(const struct starter *s)
{
	unsigned each = 2 * config_cgi_left_most(s->config);
	unsigned half = s->config->max_request_workers > 1 ? s->most / 2 : s->most;
	each = each < half ? each : half;
	return each ? each : 1;
}

/* The calls that programs may make are fenced once, by the starter's own filter. That they reach
 * neither it nor each other takes a domain for each of them, inside the starter's. */
static int keep_apart(void *closure)
{
	const struct starter *s = closure;
	return os_landlock_enter(s->ruleset);
}

static int confine(struct starter *s, const struct wire_sandbox *sandbox)
{
	s->ruleset = sandbox->ruleset;
	if (s->ruleset >= 0 && (s->ruleset = fcntl(s->ruleset, F_DUPFD_CLOEXEC, 3)) < 0) {
		log_crit("cannot keep programs apart: %m");
		return -1;
	}
	return wire_confine_enter(sandbox);
}

static int run(struct starter *s, int socket)
{
	const struct mp_subprocess_server_options options = {.most = s->most,
		.check = check,
		.confine = s->ruleset < 0 ? NULL : keep_apart,
		.closure = s};
	struct mp_subprocess_server *server = mp_subprocess_server_new(socket, &options);
	if (!server) {
		log_crit("cannot start: %m");
		return WIRE_EXIT_SICK;
	}
	while (mp_subprocess_server_serve(server, beat) == 0 || errno == EINTR ||
		errno == ETIMEDOUT) {
		wire_diary_pause(s->diary);
		wire_diary_programs(s->diary, mp_subprocess_server_count(server));
		wire_diary_beat(s->diary);
	}
	return errno == EPIPE ? WIRE_EXIT_DONE : WIRE_EXIT_SICK;
}

/* What a terminal or a service manager sends to all of them is the parent's business. Signals that
 * are blocked need not be set back in each program, as those that are ignored would have to be. */
static void set_signals(void)
{
	static const int refused[] = {
		SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGWINCH, SIGXFSZ};
	sigset_t blocked;
	sigemptyset(&blocked);
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		sigaddset(&blocked, refused[i]);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	for (size_t i = 0; i < COUNT_OF(refused); i++)
		signal(refused[i], SIG_DFL);
}

/* For os_crash, so nothing but memory is read here. */
static const struct wire_diary *last_diary;

static const char *at_what(void)
{
	return wire_diary_words(last_diary);
}

/* One without it would be taken for one that stands still. */
static bool open_diary(struct starter *s, const struct wire_heritage *h)
{
	os_crash_catch(s->config->error_log_fd, at_what);
	last_diary = s->diary = wire_diary_open(h->diary_fd, h->page);
	os_rights_close(&h->diary_fd, 1);
	return s->diary != NULL;
}

int starter_main(void *args, size_t size)
{
	static struct starter s; /* to the end of the process, which gives all of it back */
	struct buffer why = BUFFER_INIT;
	const struct wire_heritage *h = wire_heritage_open(args, size, &why);
	if (!h || h->listener_count != 1) {
		log_crit("cannot start: %.*s", TEXT_ARGS(buffer_view(&why)));
		return WIRE_EXIT_FATAL;
	}
	set_signals();
	setsid(); /* away from the terminal, as is all that it starts; its parent leads no group
		     here */
	os_process_name("preforkd-cgi");
	s.config = h->config;
	bool good = open_diary(&s, h) && (s.memory = arena_new());
	s.most = most_programs();
	s.most_each = most_of_each(&s);
	s.names = good ? starter_env_names(s.config, s.config->memory) : NULL;
	if (!s.names || wire_scoreboard_seal(h->scoreboard, h->scoreboard_fd) < 0) {
		log_crit("cannot start: %m");
		return WIRE_EXIT_SICK;
	}
	if (wire_confine_become(h->identity, h->sandbox) < 0)
		return WIRE_EXIT_FATAL;
	if (confine(&s, h->sandbox) < 0)
		return WIRE_EXIT_SICK;
	return run(&s, h->listeners[0]);
}
