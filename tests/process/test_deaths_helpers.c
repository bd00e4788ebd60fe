/*
 * test_deaths_helpers - the death of a child that is no worker is recorded, and another takes its
 * place
 *
 * Runs in:  a test program, against a server
 * Owns:     its server
 * Errors:   exit status
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "process/deaths.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pid of the JSON's part "server". */
static pid_t pid_of(const struct support_server *s, const char *name)
{
	char mark[32], *text = deaths_status(s);
	snprintf(mark, sizeof mark, "\"%s\":", name);
	char *at = strstr(text, mark);
	pid_t pid = at ? atoi(at + strlen(mark)) : 0;
	free(text);
	return pid;
}

static pid_t forkserver_of(const struct support_server *s)
{
	return pid_of(s, "forkserver");
}

/* The child of the server that runs this program; 0: none. */
static pid_t child_called(const struct support_server *s, const char *name)
{
	pid_t children[SUPPORT_WORKERS];
	char path[64], comm[32];
	size_t count = support_children(s->pid, children, SUPPORT_WORKERS);
	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof path, "/proc/%d/comm", (int)children[i]);
		FILE *file = fopen(path, "r");
		bool is_it = file && fgets(comm, sizeof comm, file) && strcmp(comm, name) == 0;
		if (file)
			fclose(file);
		if (is_it)
			return children[i];
	}
	return 0;
}

/* Who is in no slot is recorded as well, with who it was and what it used. */
static const struct {
	const char *role, *member, *said;
} helpers[] = {
	{"keeper", "keeper", "the keeper ended (signal 9)"},
	{"starter", "starter", "the process that starts programs ended (signal 9)"},
	{"status", "status_process", "the process of StatusListen ended (signal 9)"},
	{"forkserver", "forkserver", "was killed by signal 9 (Killed), and "},
	{"logger", NULL, "the log program"},
};

static pid_t helper_of(const struct support_server *s, int i)
{
	return helpers[i].member ? pid_of(s, helpers[i].member) : child_called(s, "dd\n");
}

/* Is it this role whose number follows these words? */
static bool counts_one(const char *text, const char *words, const char *mark)
{
	const char *all = strstr(text, words), *at = all ? strstr(all, mark) : NULL;
	return at && at < strchr(all, '}');
}

/* The others go on as they are: one that died young is not counted as a worker. */
static bool is_counted(const struct support_server *s, const char *role)
{
	char mark[64], *text = deaths_status(s);
	snprintf(mark, sizeof mark, "\"%s\":1", role);
	bool is = counts_one(text, "\"helper_deaths\":", mark) &&
		  counts_one(text, "\"helper_crashes\":", mark) &&
		  strstr(text, "\"deaths\":0,\"crashes\":0");
	free(text);
	return is;
}

START_TEST(records_helpers)
{
	struct support_server s;
	pid_t pid = 0;
	char role[64];
	support_server_prepare(&s, SUPPORT_CLASSIC,
		"StartMethod forkserver\nStatusListen 127.0.0.1:0\nKeepAliveKeeper On\n"
		"ScriptAlias /cgi-bin/ cgi-bin/\nCustomLog \"|/bin/dd of=/dev/null status=none\" "
		"combined\n");
	ck_assert_int_eq(mkdir(support_server_path(&s, "cgi-bin"), 0755), 0);
	support_server_launch(&s);
	support_server_allow(&s, helpers[_i].said);
	ck_assert(SUPPORT_UNTIL((pid = helper_of(&s, _i)) > 0, SUPPORT_PATIENCE));
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	snprintf(role, sizeof role, "\"role\":\"%s\",\"slot\":null", helpers[_i].role);
	deaths_expect(&s, pid, role);
	deaths_expect(&s, pid, "\"reason\":\"killed\"");
	deaths_expect(&s, pid, "\"failure\":true,\"signal\":9,");
	deaths_expect(&s, pid, "\"state_name\":null");
	ck_assert_ptr_null(strstr(deaths_of(&s, pid), "\"memory\":0,"));
	ck_assert_ptr_null(strstr(deaths_of(&s, pid), "\"minor_faults\":0,"));
	ck_assert_msg(SUPPORT_UNTIL(is_counted(&s, helpers[_i].role), SUPPORT_PATIENCE),
		"the %s is not counted: %s", helpers[_i].role, deaths_status(&s));
	ck_assert(
		SUPPORT_UNTIL(helper_of(&s, _i) > 0 && helper_of(&s, _i) != pid, SUPPORT_PATIENCE));
	ck_assert(SUPPORT_UNTIL(support_server_logged(&s, helpers[_i].said) > 0, SUPPORT_PATIENCE));
	ck_assert_uint_eq(support_server_logged(&s, helpers[_i].said), 1);
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* A keeper that was taken over says what it likes, also more than a report has room for. */
START_TEST(cuts_off_a_keeper)
{
	static const char garbage[4096];
	struct support_server s;
	pid_t pid = 0;
	support_server_start(&s, SUPPORT_CLASSIC, "KeepAliveKeeper On\n");
	support_server_allow(&s, "the keeper ended (signal 9)");
	ck_assert(SUPPORT_UNTIL((pid = pid_of(&s, "keeper")) > 0, SUPPORT_PATIENCE));
	int fd = support_packets_of(pid, s.pid, false);
	if (fd < 0) {
		fprintf(stderr, "skipped: no look into the keeper's descriptors: %s\n",
			strerror(errno));
	} else {
		size_t size = _i ? sizeof garbage : 1;
		ck_assert_int_eq(send(fd, garbage, size, MSG_NOSIGNAL), (ssize_t)size);
		close(fd);
		deaths_expect(&s, pid, "\"reason\":\"garbage\"");
		support_server_ready(&s);
	}
	support_server_stop(&s);
}
END_TEST

/* Those that a graceful restart ends in good order are told of, and are no failures. */
START_TEST(records_helpers_that_were_done)
{
	static const char *const names[] = {"keeper", "starter", "status_process"};
	struct support_server s;
	pid_t pids[3];
	support_server_prepare(&s, SUPPORT_CLASSIC,
		"StatusListen 127.0.0.1:0\nKeepAliveKeeper On\n"
		"ScriptAlias /cgi-bin/ cgi-bin/\n");
	ck_assert_int_eq(mkdir(support_server_path(&s, "cgi-bin"), 0755), 0);
	support_server_launch(&s);
	for (int i = 0; i < 3; i++)
		ck_assert(SUPPORT_UNTIL((pids[i] = pid_of(&s, names[i])) > 0, SUPPORT_PATIENCE));
	kill(s.pid, SIGUSR1);
	for (int i = 0; i < 3; i++) {
		deaths_expect(&s, pids[i], "\"slot\":null");
		deaths_expect(&s, pids[i], "\"failure\":false");
		deaths_expect(&s, pids[i], "\"generation\":0");
	}
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

/* Who bears the workers may itself be stopped, or be stuck. */
START_TEST(replaces_a_stopped_forkserver)
{
	struct support_server s;
	pid_t workers[SUPPORT_WORKERS];
	support_server_start(&s, SUPPORT_CLASSIC, "StartMethod forkserver\n");
	support_server_allow(&s, "was killed by signal 9");
	support_server_allow(&s, "has taken its place");
	ck_assert(SUPPORT_UNTIL(forkserver_of(&s) > 0, SUPPORT_PATIENCE));
	pid_t forkserver = forkserver_of(&s);
	size_t count = support_server_workers(&s, workers);
	ck_assert_int_eq(kill(forkserver, SIGSTOP), 0);
	for (size_t i = 0; i < count; i++)
		kill(workers[i], SIGKILL);
	ck_assert(SUPPORT_UNTIL(
		support_server_logged(&s, "has taken its place") > 0, SUPPORT_PATIENCE));
	ck_assert_uint_eq(support_server_logged(&s, "did not answer, and was killed, and "), 1);
	ck_assert(SUPPORT_UNTIL(forkserver_of(&s) != forkserver, SUPPORT_PATIENCE));
	for (size_t i = 0; i < count; i++)
		ck_assert(SUPPORT_UNTIL(kill(workers[i], 0) < 0, SUPPORT_PATIENCE));
	support_server_ready(&s);
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("deaths_helpers", {records_helpers, sizeof helpers / sizeof *helpers},
	{cuts_off_a_keeper, 2}, {records_helpers_that_were_done, 1},
	{replaces_a_stopped_forkserver, 1})
