/*
 * test_os_proc - the state of a process, as it changes, and its memory
 *
 * Runs in:  a test program
 * Owns:     a child
 * Errors:   ck_assert
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "os/os_proc.h"

#include "unit/unit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

START_TEST(states)
{
	int status;
	ck_assert_int_eq(os_proc_state(getpid()), 'R');
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_NAME, ") Z (a"); /* a name that looks like a state */
		for (;;)
			pause();
	}
	ck_assert_int_gt(pid, 0);
	while (os_proc_state(pid) != 'S')
		;
	kill(pid, SIGSTOP);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	ck_assert_int_eq(os_proc_state(pid), 'T');
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(os_proc_state(pid), 0);
	ck_assert_int_eq(os_proc_state(0), 0);
	ck_assert_int_eq(os_proc_state(-1), 0);
}
END_TEST

START_TEST(memory)
{
	ck_assert_uint_gt(os_proc_pss(getpid()), 50);
	pid_t child = fork();
	if (child == 0)
		for (;;)
			pause();
	ck_assert_int_gt(child, 0);
	kill(child, SIGKILL);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	ck_assert_uint_eq(os_proc_pss(child), 0);
}
END_TEST

UNIT_MAIN("os_proc", states, memory)
