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

static pid_t self_pid;

static struct mp_process main_process = {.name = "MainProcess",
	.watch = {.fresh = {&main_process.watch.fresh, &main_process.watch.fresh}},
	.state = MP_PROCESS_SELF,
	.sentinel = -1};
static struct mp_process *current = &main_process;
static struct mp_process *parent;

pid_t mp_self_pid(void)
{
	if (self_pid == 0)
		self_pid = getpid();
	return self_pid;
}

void mp_self_forked(void)
{
	self_pid = 0;
	current->watch.pid = 0;
	mp_reap_forked();
	mp_process_forked();
	mp_forkserver_forked();
}

/* Children of a fork(2) that the program calls itself must not believe to be their parent. */
__attribute__((constructor)) static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, mp_self_forked);
}

void mp_self_become(struct mp_process *p, struct mp_process *from, pid_t parent_pid)
{
	from->watch.pid = parent_pid;
	from->state = MP_PROCESS_PARENT;
	from->sentinel = -1;
	p->state = MP_PROCESS_SELF;
	p->sentinel = -1;
	current = p;
	parent = from;
}

struct mp_process *mp_current_process(void)
{
	if (current->watch.pid == 0)
		current->watch.pid = mp_self_pid();
	return current;
}

struct mp_process *mp_parent_process(void)
{
	return parent;
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
