/*
 * test_running - the ways to run: as a daemon with its PidFile, for one directory, and alone
 *
 * Runs in:  a test program
 * Owns:     its servers
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/assert.h"
#include "process/commandline.h"
#include "support/support_status.h"

#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>

/* ---- -k ---- */

static void say_well(struct support_server *s, const char *verb)
{
	struct support_output o;
	const char *const words[] = WORDS("-k", verb);
	support_server_say(s, &o, words);
	ck_assert_msg(o.status == 0 && !*o.err && !*o.out, "-k %s: %s", verb, commandline_show(&o));
}

/* When -k start comes back the server answers. */
static void start_daemon(struct support_server *s)
{
	say_well(s, "start");
	support_server_expect(s, "/hello.txt", 200);
	support_server_adopt(s);
	support_server_ready(s);
}

static bool has_restarted(const struct support_server *s, unsigned generation)
{
	struct support_status st;
	support_status_read(&st, s->port);
	return st.generation >= generation;
}

START_TEST(runs_daemons)
{
	struct support_server s;
	struct support_output o;
	pid_t old[SUPPORT_WORKERS];
	support_server_prepare(&s, (enum support_model)_i, NULL);
	start_daemon(&s);
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/stat", (int)s.pid);
	char *stat = support_read_file(path, NULL);
	int session = 0;
	ck_assert_int_eq(sscanf(strrchr(stat, ')') + 1, " %*c %*d %*d %d", &session), 1);
	free(stat);
	ck_assert_msg(session == (int)s.pid, "the daemon leads no session of its own");
	/* A second one is refused, and the first does not mind. */
	support_server_say(&s, &o, (const char *const[])WORDS("-k", "start"));
	commandline_refused(&o, "already running as process");
	say_well(&s, "graceful");
	ck_assert(SUPPORT_UNTIL(has_restarted(&s, 1), SUPPORT_PATIENCE));
	support_server_ready(&s);
	size_t count = SUPPORT_HAS_POOL(s.model) ? support_server_workers(&s, old) : 0;
	say_well(&s, "restart");
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "hard restart: generation 2"), SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(support_server_relieved(&s, old, count), SUPPORT_PATIENCE));
	ck_assert(has_restarted(&s, 2));
	support_server_ready(&s);
	say_well(&s, _i % 2 ? "graceful-stop" : "stop");
	ck_assert_int_eq(support_server_wait(&s), 0);
	ck_assert_msg(access(support_server_path(&s, "logs/pid"), F_OK) < 0, "the PidFile is left");
	support_server_finish(&s);
}
END_TEST

/* A configuration that was broken since is no reason to go on. */
START_TEST(stops_although_the_file_is_broken)
{
	struct support_server s;
	struct support_output o;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	start_daemon(&s);
	support_server_configure(&s, "<IfModule core_module>\nNoSuchDirective on\n");
	support_server_say(&s, &o, (const char *const[])WORDS("-k", "graceful"));
	commandline_refused(&o, "NoSuchDirective");
	support_server_say(&s, &o, (const char *const[])WORDS("-k", _i ? "graceful-stop" : "stop"));
	ck_assert_msg(
		o.status == 0 && strstr(o.err, "NoSuchDirective") && strstr(o.err, "all the same"),
		"%s", commandline_show(&o));
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

START_TEST(refuses_to_signal_nobody)
{
	static const char *const verbs[] = {"stop", "restart", "graceful", "graceful-stop"};
	struct support_server s;
	struct support_output o;
	const char *const words[] = WORDS("-k", verbs[_i]);
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	support_server_say(&s, &o, words);
	commandline_refused(&o, "logs/pid");
	/* The number of a process that is none of ours: of this very test. */
	FILE *file = fopen(support_server_path(&s, "logs/pid"), "we");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%d\n", (int)getpid());
	fclose(file);
	support_server_say(&s, &o, words);
	commandline_refused(&o, "logs/pid");
	support_server_finish(&s);
}
END_TEST

/* A PidFile left behind by a crash, whosever its number is now, keeps nobody from starting. */
START_TEST(takes_over_a_stale_pid_file)
{
	struct support_server s;
	support_server_prepare(&s, SUPPORT_PREFORK, NULL);
	FILE *file = fopen(support_server_path(&s, "logs/pid"), "we");
	ck_assert_ptr_nonnull(file);
	fprintf(file, "%d\n", (int)getpid());
	fclose(file);
	start_daemon(&s);
	ck_assert_int_ne(s.pid, getpid());
	kill(s.pid, SIGKILL);
	ck_assert_int_eq(support_server_wait(&s), -SIGKILL);
	/* Its orphans let go of the listeners when they notice. */
	ck_assert(SUPPORT_UNTIL(!support_listened_on(s.port), SUPPORT_PATIENCE));
	start_daemon(&s);
	support_server_stop(&s);
}
END_TEST

/* ---- the other ways to run ---- */

/* Root starts it, somebody else serves. */
START_TEST(gives_up_root)
{
	struct support_server s;
	struct stat st;
	char path[64];
	pid_t workers[SUPPORT_WORKERS];
	const struct passwd *nobody = getpwnam("nobody");
	if (!support_is_root() || !nobody)
		return;
	support_server_prepare(&s, SUPPORT_PREFORK, "User nobody\n");
	support_site_write(s.root, "secret.txt", "secret\n", 7);
	ck_assert_int_eq(chmod(support_site_path(s.root, "secret.txt"), 0600), 0);
	support_server_launch(&s);
	size_t count = support_server_workers(&s, workers);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof path, "/proc/%d/status", (int)workers[i]);
		char *text = support_read_file(path, NULL), want[64];
		snprintf(want, sizeof want, "Uid:\t%u\t%u\t%u\t%u\n", nobody->pw_uid,
			nobody->pw_uid, nobody->pw_uid, nobody->pw_uid);
		ck_assert_msg(strstr(text, want) != NULL, "%s", text);
		ck_assert_msg(strstr(text, "NoNewPrivs:\t1") != NULL, "%s", text);
		free(text);
	}
	ck_assert_int_eq(stat(support_site_path(s.root, "secret.txt"), &st), 0);
	support_server_expect(&s, "/secret.txt", 403);
	support_server_stop(&s);
}
END_TEST

START_TEST(serves_a_directory)
{
	struct support_server s;
	struct support_conn c;
	char port[16], dir[128];
	support_server_prepare(&s, (enum support_model)_i, NULL); /* for its port and its files */
	snprintf(port, sizeof port, "%u", s.port);
	snprintf(dir, sizeof dir, "%s/htdocs", s.root);
	support_site_write(s.root, ".htpasswd", "a:b\n", 4);
	support_site_write(s.root, ".git/config", "[core]\n", 7);
	const char *const words[] = WORDS("--serve", dir, "--port", port);
	int fd = open(
		support_server_path(&s, "stderr"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	s.pid = support_start(words, fd);
	close(fd);
	char *said = NULL;
	ck_assert_msg(SUPPORT_UNTIL((free(said),
					    said = support_read_file(
						    support_server_path(&s, "stderr"), NULL),
					    said && strstr(said, port)),
			      SUPPORT_PATIENCE),
		"nothing says where it serves");
	free(said);
	support_server_allow(&s, ""); /* the log is the terminal */
	support_get(&c, s.port, "/f/1024");
	ck_assert_int_eq(c.reply.status, 200);
	ck_assert(support_site_is(c.reply.body, 1024, 0, 1024));
	support_conn_close(&c);
	support_server_expect(&s, "/server-status?auto", 200);
	static const char *const secrets[] = {"/.htpasswd", "/.git/config", "/.git/"};
	for (size_t i = 0; i < COUNT_OF(secrets); i++) {
		support_get(&c, s.port, secrets[i]);
		ck_assert_msg(c.reply.status == 403, "%s: %s", secrets[i], c.reply.line);
		support_conn_close(&c);
	}
	ck_assert_msg(
		access(support_site_path(s.root, "logs"), F_OK) < 0, "it leaves files behind");
	kill(s.pid, SIGINT);
	ck_assert_int_eq(support_server_wait(&s), 0);
	support_server_finish(&s);
}
END_TEST

/* -X: this very process answers, alone. */
START_TEST(runs_single)
{
	struct support_server s;
	pid_t children[SUPPORT_WORKERS];
	support_server_prepare(&s, (enum support_model)_i, NULL);
	const char *const words[] = WORDS("-d", s.root, "-f", "conf/httpd.conf", "-X");
	int fd = open(
		support_server_path(&s, "stderr"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	s.pid = support_start(words, fd);
	close(fd);
	ck_assert(SUPPORT_UNTIL(support_server_answers(&s), SUPPORT_PATIENCE));
	for (int i = 0; i < 5; i++) {
		support_server_expect(&s, "/f/131073", 200);
	}
	ck_assert_uint_eq(support_children(s.pid, children, SUPPORT_WORKERS), 0);
	kill(s.pid, SIGTERM);
	int status = support_server_wait(&s);
	ck_assert_msg(status == 0 || status == -SIGTERM, "status %d", status);
	support_server_finish(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("running", {runs_daemons, SUPPORT_MODELS},
	{stops_although_the_file_is_broken, 2}, {refuses_to_signal_nobody, 4},
	{takes_over_a_stale_pid_file, 1}, {gives_up_root, 1}, {serves_a_directory, 1},
	{runs_single, 2})
