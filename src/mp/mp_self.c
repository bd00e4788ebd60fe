/*
 * mp_self - who this process is
 *
 * Runs in:  every process
 * Owns:     the cached pid, the current and the parent process object
 * Errors:   none
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mp/mp_self.h"

#include "mp/mp_birth.h"
#include "mp/mp_process.h"
#include "mp/mp_reap.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

static struct mp_process main_process = {
	.name = "MainProcess", .state = MP_PROCESS_STARTED, .sentinel = -1};

struct mp_self mp_self = {.current = &main_process,
	.sentinel = -1,
	.parent_sentinel = -1,
	.children = {&mp_self.children, &mp_self.children}};

pid_t mp_self_pid(void)
{
	if (mp_self.pid == 0)
		mp_self.pid = getpid();
	return mp_self.pid;
}

void mp_self_forked(void)
{
	/* The copies of the parent's objects are nobody's; that they can still be found spares a
	 * leak checker its complaint. */
	__attribute__((unused)) static void *volatile inherited;
	if (!list_empty(&mp_self.children)) {
		inherited = mp_self.children.next;
		list_init(&mp_self.children);
	}
	mp_self.pid = 0;
	mp_self.last_number = 0;
	mp_self.sentinel = -1;
	mp_reap_forked();
	mp_forkserver_forked();
}

/* Children of a fork(2) that the program calls itself must not believe to be their parent. */
__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, mp_self_forked);
}

void mp_self_become(struct mp_process *p, struct mp_process *parent, pid_t parent_pid)
{
	mp_self.current = p;
	mp_self.parent = parent;
	mp_self.parent_pid = parent_pid;
	mp_self.parent_sentinel = -1;
}

struct mp_process *mp_current_process(void)
{
	return mp_self.current;
}

struct mp_process *mp_parent_process(void)
{
	return mp_self.parent;
}

unsigned mp_cpu_count(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n > 0 ? (unsigned)n : 1;
}

unsigned mp_usable_cpu_count(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) < 0)
		return mp_cpu_count(); /* more CPUs than a cpu_set_t holds */
	int n = CPU_COUNT(&set);
	return n > 0 ? (unsigned)n : 1;
}
