/*
 * test_mp_spawn - the three start methods give the same results
 *
 * Runs in:  the test program, executed anew by spawn and as forkserver
 * Owns:     nothing
 * Errors:   a failed check
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp.h"
#include "mp_check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const methods[] = {"fork", "spawn", "forkserver"};

static int return_byte(void *args, size_t size)
{
	return size ? *(unsigned char *)args : 0;
}

static int wait_for_signal(void *args, size_t size)
{
	(void)args, (void)size;
	while (pause() < 0)
		;
	return 0;
}

static struct mp_process *start(const char *method, mp_target target, const void *args, size_t size,
	struct mp_process_options options)
{
	options.context = mp_get_context(method);
	struct mp_process *p = mp_process_new(target, args, size, &options);
	ck_assert_ptr_nonnull(p);
	ck_assert_msg(mp_process_start(p) == 0, "%s: %s", method, strerror(errno));
	return p;
}

START_TEST(codes_and_signals)
{
	const char *method = methods[_i];
	for (unsigned char code = 0; code < 5; code++)
		ck_assert_int_eq(mp_check_code(start(method, return_byte, &code, 1,
					 (struct mp_process_options){0})),
			code);
	struct mp_process *p =
		start(method, wait_for_signal, NULL, 0, (struct mp_process_options){0});
	ck_fails(mp_process_join(p, 0.05), ETIMEDOUT);
	mp_process_kill(p);
	ck_assert_int_eq(mp_check_code(p), -SIGKILL);
	p = start(method, wait_for_signal, NULL, 0, (struct mp_process_options){0});
	struct rusage usage;
	mp_process_terminate(p);
	ck_assert_int_eq(mp_process_join(p, 10), 0);
	ck_assert(mp_process_rusage(p, &usage));
	ck_assert_int_eq(mp_check_code(p), -SIGTERM);
	mp_forkserver_stop();
}
END_TEST

struct given {
	int fds[3];
	ino_t inodes[3];
	pid_t parent;
	char text[100000];
};

static void handler(int sig)
{
	(void)sig;
}

/* Bits of what is wrong. */
static int look_around(void *args, size_t size)
{
	const struct given *given = args;
	int wrong = size != sizeof *given;
	struct stat about;
	wrong |= (mp_check_fds() != 6) << 1;
	for (int i = 0; i < 3; i++)
		wrong |= (fstat(given->fds[i], &about) < 0 || about.st_ino != given->inodes[i])
			 << 2;
	struct sigaction action;
	sigset_t mask;
	sigaction(SIGUSR1, NULL, &action);
	wrong |= (action.sa_handler != SIG_DFL) << 3;
	sigaction(SIGTERM, NULL, &action);
	wrong |= (action.sa_handler != SIG_DFL) << 3;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int sig = 1; sig < 32; sig++)
		wrong |= sigismember(&mask, sig) << 4;
	struct mp_process *self = mp_current_process(), *parent = mp_parent_process();
	wrong |= (strcmp(mp_process_name(self), "child") != 0 || mp_process_pid(self) != getpid())
		 << 5;
	wrong |= (mp_process_pid(parent) != getppid() || getppid() != given->parent ||
			 strcmp(mp_process_name(parent), "MainProcess") != 0 ||
			 !mp_process_is_alive(parent))
		 << 6;
	for (size_t i = 0; i < sizeof given->text; i++)
		wrong |= (given->text[i] != (char)i) << 7;
	return wrong;
}

START_TEST(a_child_has_what_it_was_given)
{
	struct given *given = calloc(1, sizeof *given);
	int files[12];
	struct stat about;
	sigset_t hup;
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
	signal(SIGUSR1, handler);
	for (int i = 0; i < 12; i++) {
		int ends[2];
		ck_assert_int_eq(pipe2(ends, i % 2 ? O_CLOEXEC : 0), 0);
		files[i] = ends[0];
		close(ends[1]);
	}
	/* Numbers that lie across each other in the forkserver, not in order. */
	for (int i = 0; i < 3; i++) {
		given->fds[i] = files[(i * 7 + 3) % 12];
		fstat(given->fds[i], &about);
		given->inodes[i] = about.st_ino;
	}
	given->parent = getpid();
	for (size_t i = 0; i < sizeof given->text; i++)
		given->text[i] = (char)i;
	struct mp_process_options o = {.name = "child", .fds = given->fds, .fd_count = 3};
	ck_assert_int_eq(
		mp_check_code(start(methods[_i], look_around, given, sizeof *given, o)), 0);
	for (int i = 0; i < 12; i++)
		close(files[i]);
	free(given);
	mp_forkserver_stop();
}
END_TEST

static int count_fds(void *args, size_t size)
{
	(void)args, (void)size;
	return mp_check_fds();
}

START_TEST(many_descriptors)
{
	int fds[150];
	for (int i = 0; i < 150; i++)
		fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct mp_process_options o = {.fds = fds, .fd_count = 150};
	ck_assert_int_eq(mp_check_code(start(methods[_i], count_fds, NULL, 0, o)), 153);
	for (int i = 0; i < 150; i++)
		close(fds[i]);
	mp_forkserver_stop();
}
END_TEST

struct talk {
	struct mp_share in, out;
};

static int relay(void *args, size_t size)
{
	struct talk *t = args;
	struct mp_pipe *in = mp_pipe_from_share(&t->in);
	struct mp_queue *out = mp_queue_from_share(&t->out);
	void *data;
	ssize_t n;
	(void)size;
	while ((n = mp_pipe_recv_bytes(in, &data)) >= 0) {
		if (mp_queue_put(out, data, (size_t)n) < 0)
			return 1;
		free(data);
	}
	mp_pipe_close(in);
	mp_queue_close(out);
	return errno == EPIPE ? 0 : 2;
}

START_TEST(pipes_and_queues_travel)
{
	struct mp_pipe *ends[2];
	struct mp_queue *q = mp_queue_new(0);
	ck_assert_int_eq(mp_pipe_new(ends, false), 0);
	struct talk t = {mp_pipe_share(ends[0]), mp_queue_share(q)};
	struct mp_process_options o = {.shares = &t.in, .share_count = 2};
	struct mp_process *p = start(methods[_i], relay, &t, sizeof t, o);
	mp_pipe_close(ends[0]);
	char text[200] = "text";
	for (size_t i = 0; i < sizeof text; i++)
		ck_assert_int_eq(mp_pipe_send_bytes(ends[1], text, i), 0);
	for (size_t i = 0; i < sizeof text; i++) {
		void *got;
		ck_assert_int_eq(mp_queue_get_timeout(q, &got, 20), (ssize_t)i);
		ck_assert(memcmp(got, text, i) == 0);
		free(got);
	}
	mp_pipe_close(ends[1]);
	ck_assert_int_eq(mp_check_code(p), 0);
	mp_queue_close(q);
	mp_forkserver_stop();
}
END_TEST

static int start_daemon(void *args, size_t size)
{
	struct mp_process *p = mp_process_new(wait_for_signal, NULL, 0,
		&(struct mp_process_options){
			.daemon = true, .fds = args, .fd_count = size / sizeof(int)});
	return mp_process_start(p) < 0 ? errno : 0;
}

/* In the child the default start method is the parent's, so the daemon is born in the same way. */
START_TEST(a_daemon_dies_with_its_parent)
{
	int ends[2];
	char byte;
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	mp_set_start_method(methods[_i]);
	struct mp_process_options o = {.fds = &ends[1], .fd_count = 1};
	struct mp_process *p = start(methods[_i], start_daemon, &ends[1], sizeof(int), o);
	close(ends[1]);
	ck_assert_int_eq(mp_check_code(p), 0);
	ck_assert_int_eq(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	mp_forkserver_stop();
	while (mp_check_children())
		mp_reap(NULL, NULL, NULL);
}
END_TEST

/* A mutex of libc knows who holds it by the thread id: it must be the child's own. */
static int lock_mutex(void *args, size_t size)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t mutex;
	(void)args, (void)size;
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&mutex, &attributes);
	pthread_mutex_lock(&mutex);
	return mutex.__data.__owner != gettid();
}

START_TEST(libc_knows_the_thread)
{
	ck_assert_int_eq(mp_check_code(start(
				 methods[_i], lock_mutex, NULL, 0, (struct mp_process_options){0})),
		0);
	mp_forkserver_stop();
}
END_TEST

static int unregistered(void *args, size_t size)
{
	(void)args, (void)size;
	return 0;
}

START_TEST(targets_need_names)
{
	struct mp_process *p = mp_process_new(unregistered, NULL, 0,
		&(struct mp_process_options){.context = mp_get_context(methods[_i + 1])});
	ck_fails(mp_process_start(p), ENOENT);
	ck_assert_int_eq(mp_process_close(p), 0);
	mp_forkserver_stop();
}
END_TEST

static int in_the_child(void *args, size_t size)
{
	unsigned char code = 6;
	int got;
	(void)args, (void)size;
	struct mp_process *p = mp_process_new(return_byte, &code, 1, NULL);
	if (mp_process_start(p) < 0 || mp_process_join(p, -1) < 0 || !mp_process_exitcode(p, &got))
		return errno;
	mp_process_close(p);
	mp_forkserver_stop();
	return got == 6 && strcmp(mp_get_start_method(), "fork") != 0 ? 0 : 1;
}

START_TEST(children_start_children)
{
	mp_set_start_method(methods[_i + 1]);
	ck_assert_int_eq(
		mp_check_code(start(NULL, in_the_child, NULL, 0, (struct mp_process_options){0})),
		0);
	mp_forkserver_stop();
}
END_TEST

static void gone(struct mp_process *p, void *closure)
{
	++*(int *)closure;
	ck_assert_int_eq(mp_process_close(p), 0);
}

START_TEST(reaped_like_any_other)
{
	int count = 0;
	for (int i = 0; i < 20; i++)
		start(methods[_i], return_byte, NULL, 0, (struct mp_process_options){0});
	double start = mp_check_now();
	while (count < 20 && mp_check_now() - start < 30)
		mp_reap(gone, NULL, &count);
	ck_assert_int_eq(count, 20);
	mp_forkserver_stop();
}
END_TEST

int main(int argc, char **argv)
{
	mp_register("return_byte", return_byte);
	mp_register("wait_for_signal", wait_for_signal);
	mp_register("look_around", look_around);
	mp_register("count_fds", count_fds);
	mp_register("relay", relay);
	mp_register("start_daemon", start_daemon);
	mp_register("lock_mutex", lock_mutex);
	mp_register("in_the_child", in_the_child);
	mp_main(argc, argv);
	int methods_here = mp_check_valgrind() ? 1 : 3;
	Suite *suite = suite_create("mp_spawn");
	TCase *tcase = tcase_create("start methods");
	tcase_set_timeout(tcase, 180);
	tcase_add_checked_fixture(tcase, mp_check_setup, mp_check_teardown);
	tcase_add_loop_test(tcase, codes_and_signals, 0, methods_here);
	tcase_add_loop_test(tcase, a_child_has_what_it_was_given, 0, methods_here);
	tcase_add_loop_test(tcase, many_descriptors, 0, methods_here);
	tcase_add_loop_test(tcase, pipes_and_queues_travel, 0, methods_here);
	tcase_add_loop_test(tcase, a_daemon_dies_with_its_parent, 0, methods_here);
	tcase_add_loop_test(tcase, libc_knows_the_thread, 0, methods_here);
	tcase_add_loop_test(tcase, reaped_like_any_other, 0, methods_here);
	tcase_add_loop_test(tcase, targets_need_names, 0, 2);
	tcase_add_loop_test(tcase, children_start_children, 0, methods_here - 1);
	suite_add_tcase(suite, tcase);
	return support_run_suite(suite);
}
