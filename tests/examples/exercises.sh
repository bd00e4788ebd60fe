#!/bin/sh
# exercises - each exercise of the lessons can be solved, and is not solved as it stands
#
# Usage:  exercises.sh [NAME...]; TEST_SOURCE and TEST_BUILD say where the tree is and where it was built
# Checks: www/manual/learn/exercises/N-x.c as it is compiles without a warning and fails its check, in
#         words and not in numbers of signals; with the lines below in its gap it passes. Every exercise
#         has a solution here, and every solution an exercise.
# Fails:  with 1 and one line for each fault
#
# SPDX-License-Identifier: Apache-2.0
set -u

source=${TEST_SOURCE:-.}
SOURCE=$source BUILD=${TEST_BUILD:-$source} CFLAGS="-Werror ${TEST_CFLAGS:-}"
export SOURCE BUILD CFLAGS
folder=$source/www/manual/learn/exercises
here=$(mktemp -d) || exit 99
trap 'rm -rf "$here"' EXIT

cat >"$here/solutions" <<'END'
== 1-a
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(code);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
== 1-b
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
== 1-c
	int status, all = 0;
	for (int i = 0; i < count; i++)
		if (fork() == 0)
			_exit(work(i));
	while (wait(&status) > 0)
		all += WEXITSTATUS(status);
	return all;
== 2-a
	while (count-- > 0) {
		int fd = accept(listener, NULL, NULL);
		if (fork() == 0) {
			answer(fd);
			_exit(0);
		}
		close(fd);
	}
== 2-b
	while (waitpid(-1, NULL, WNOHANG) > 0)
		collected++;
== 2-c
	for (int alive = 0; jobs-- > 0; alive++) {
		for (; alive >= limit; alive--)
			wait(NULL);
		if (fork() == 0) {
			job();
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
== 3-a
	unsigned room = workers < most ? most - workers : 0;
	unsigned wish = spares < min ? min - spares : 0;
	return wish < room ? wish : room;
== 3-b
	unsigned room = view->workers < view->most ? view->most - view->workers : 0;
	step.farewells = view->spares > view->max_spare;
	if (view->spares >= view->min_spare || room == 0) {
		*rate = 1;
	} else {
		step.births = *rate < room ? *rate : room;
		if (*rate < 32)
			*rate *= 2;
	}
== 3-c
	pid_t pid = wait(NULL);
	for (int i = 0; i < SLOTS; i++)
		if (slots[i] == pid) {
			slots[i] = start_worker();
			return i;
		}
	return -1;
== 4-a
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	fcntl(fd, F_SETLKW, &lock);
	stand_at_the_listener();
	lock.l_type = F_UNLCK;
	fcntl(fd, F_SETLK, &lock);
== 4-b
	message.msg_control = control.space;
	message.msg_controllen = sizeof control.space;
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
== 4-c
	event.events = EPOLLIN | EPOLLEXCLUSIVE;
== 5-a
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	return n > 0 ? MESSAGE : n == 0 ? GONE : errno == EAGAIN ? NOTHING : GONE;
== 5-b
	if (send(fd, r, sizeof *r, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno == EPIPE)
		return -1;
	return 0;
== 5-c
	if (r->slot >= SLOTS || r->pid == 0 || board[r->slot].pid != r->pid ||
		board[r->slot].generation != r->generation)
		return false;
	board[r->slot].requests = r->requests;
	return true;
== 6-a
	char *end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] == 'Z';
== 6-b
	if (dead <= 4)
		return 0;
	unsigned doublings = dead - 5 < 16 ? dead - 5 : 16;
	return 100u << doublings < 30000 ? 100u << doublings : 30000;
== 6-c
	kill(pid, SIGTERM);
	for (int ms = 0; ms < patience_ms; ms += 5) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		usleep(5000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
== 7-a
	close_range(3, (unsigned)kept - 1, 0);
	close_range((unsigned)kept + 1, ~0u, 0);
== 7-b
	pid_t pid = fork();
	if (pid == 0) {
		char number[16];
		snprintf(number, sizeof number, "%d", fd);
		fcntl(fd, F_SETFD, 0);
		char *arguments[] = {"7-b", "child", number, NULL};
		execv("/proc/self/exe", arguments);
		_exit(127);
	}
	return pid;
== 7-c
	struct mp_process *p = mp_process_new(target, &number, sizeof number,
		&(struct mp_process_options){.context = mp_get_context(method)});
	if (!p)
		return -1;
	if (mp_process_start(p) == 0 && mp_process_join(p, -1) == 0)
		mp_process_exitcode(p, &code);
	mp_process_close(p);
== 8-a
	char bytes[256];
	ssize_t n;
	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		if (write(fd, bytes, (size_t)n) < 0)
			break;
	if (n == 0 || (n < 0 && errno != EAGAIN))
		close(fd);
== 8-b
	while (a->sent < a->size) {
		ssize_t n = write(fd, a->bytes + a->sent, a->size - a->sent);
		if (n < 0)
			return errno == EAGAIN ? LATER : FAILED;
		a->sent += (size_t)n;
	}
	return DONE;
== 8-c
	int count = 0;
	while (count < CLIENTS && now - last_active(count) >= patience)
		count++;
	return count;
END

# The exercise with its solution in the gap.
solve() {
	awk -v name="$1" '
	FILENAME ~ /solutions$/ { if (/^== /) at = $2; else text[at] = text[at] $0 "\n"; next }
	/\/\* gap \*\// { printf "%s", text[name]; gap = 1 }
	!gap
	/\/\* end of gap \*\// { gap = 0 }' "$here/solutions" "$folder/$1.c" >"$here/$1.c"
}

# Two lines for each: how the gap file fares, and how the solved one does.
try() {
	solve "$1"
	sh "$folder/check.sh" "$1" >"$here/$1.gap" 2>&1 && echo "$1: passes unsolved" >"$here/$1.fault"
	grep -q '^not yet: ' "$here/$1.gap" && ! grep -q 'signal [0-9]' "$here/$1.gap" || { echo "$1: unsolved, it says:"; cat "$here/$1.gap"; } >>"$here/$1.fault"
	sh "$folder/check.sh" "$here/$1.c" >"$here/$1.solved" 2>&1 && grep -qx solved "$here/$1.solved" ||
		{ echo "$1: its solution does not pass:"; cat "$here/$1.solved"; } >>"$here/$1.fault"
}

names=$*
[ -n "$names" ] || {
	names=$(sed -n 's/^== //p' "$here/solutions")
	(cd "$folder" && ls ./[0-9]-[a-z].c | sed 's|^\./||; s/\.c$//') >"$here/there"
	echo "$names" | diff - "$here/there" >"$here/names.fault" || sed -i '1i exercises and solutions differ:' "$here/names.fault"
	[ "$(grep -c . "$here/there")" -ge 24 ] || echo "too few exercises" >>"$here/names.fault"
}

# Most of the time is spent waiting, so some go at a time.
running=0
for name in $names; do
	try "$name" &
	running=$((running + 1))
	[ $((running % 6)) -ne 0 ] || wait
done
wait

cat "$here"/*.fault 2>/dev/null
[ -z "$(cat "$here"/*.fault 2>/dev/null)" ] || exit 1
echo "$running exercises can be solved, and are not"
