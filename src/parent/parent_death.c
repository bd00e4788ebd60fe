/*
 * parent_death - why a child ended: the log, the scoreboard
 *
 * Runs in:  the parent
 * Owns:     nothing
 * Errors:   none
 *
 * Three sources are put together: what the kernel says of the end (wait4(2)), what we wanted of the
 * worker, and its diary, which says what it was at to its last moment, whatever ended it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include "os/os_clock.h"

#include <stdio.h>
#include <string.h>

static bool is_fault(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE ||
	       signal == SIGABRT || signal == SIGSYS || signal == SIGTRAP;
}

/* Told to end, or on the way out with the whole server: Ctrl-C reaches the workers too. */
static bool is_wished(const struct parent_worker *w)
{
	return w->ending_ms != 0 || w->parent->stop != PARENT_RUNNING;
}

/* `why` we wanted it to go: WIRE_REASONS: we did not, or had none. */
static enum wire_reason reason_of(enum wire_reason why, bool wished, int code)
{
	bool known = why != WIRE_REASONS;
	if (why == WIRE_REASON_STUCK || why == WIRE_REASON_GARBAGE)
		return why;
	if (code < 0 && is_fault(-code))
		return WIRE_REASON_CRASHED;
	if (code < 0 && wished)
		return known ? why : WIRE_REASON_STOPPED;
	if (code < 0)
		return WIRE_REASON_KILLED;
	if (code == WIRE_EXIT_SICK)
		return WIRE_REASON_SICK;
	if (code == WIRE_EXIT_FATAL)
		return WIRE_REASON_FATAL;
	if (code != 0)
		return WIRE_REASON_EXITED;
	return known ? why : WIRE_REASON_DONE;
}

const char *parent_death_last(const struct parent_worker *w)
{
	static char text[WIRE_REQUEST + OS_ADDRESS_TEXT + 32];
	char host[OS_ADDRESS_TEXT];
	struct wire_diary d;
	wire_diary_read(w->parent->diaries, w->page, &d);
	if (!d.request[0])
		return "";
	/* A client chose these words. */
	for (char *at = d.request; *at; at++)
		if (*at < ' ' || *at >= 0x7f)
			*at = '?';
	snprintf(text, sizeof text, ", %s \"%s\" of %s", d.busy ? "at" : "after", d.request,
		os_address_host(&d.from, host));
	return text;
}

static void say(const struct parent_worker *w, int code, bool failed)
{
	int pid = (int)mp_process_pid(w->process);
	const char *words = wire_exit_words(code), *last = failed ? parent_death_last(w) : "";
	if (code < 0 && !failed)
		log_debug("worker %d in slot %u ended (%s)", pid, w->slot, strsignal(-code));
	else if (code < 0)
		log_error("worker %d in slot %u was killed by signal %d (%s)%s", pid, w->slot,
			-code, strsignal(-code), last);
	else if (code != 0)
		log_error("worker %d in slot %u exited with status %d (%s)%s", pid, w->slot, code,
			words ? words : "unexpected", last);
	else
		log_debug("worker %d in slot %u ended", pid, w->slot);
}

/* The last words of its diary, and where that is empty those of its last report. */
static void copy_names(const struct parent_worker *w, struct wire_death *death)
{
	const struct wire_slot *row = &w->parent->board->slot[w->row];
	char client[OS_ADDRESS_TEXT];
	struct wire_diary d;
	wire_diary_read(w->parent->diaries, w->page, &d);
	if (!d.request[0]) {
		memcpy(death->client, row->client, sizeof death->client);
		memcpy(death->request, row->request, sizeof death->request);
		memcpy(death->host, row->host, sizeof death->host);
		return;
	}
	snprintf(death->client, sizeof death->client, "%.47s", os_address_host(&d.from, client));
	memcpy(death->request, d.request, sizeof death->request);
	memcpy(death->host, d.host, sizeof death->host);
	death->busy = d.busy != 0;
}

static void copy_code(struct wire_death *death, int code)
{
	death->signal = code < 0 && code != MP_EXITCODE_UNKNOWN ? -code : 0;
	death->exit_code = code > 0 ? code : 0;
}

static void copy_usage(struct wire_death *death, const struct rusage *usage)
{
	death->counts.user_us =
		(uint64_t)usage->ru_utime.tv_sec * 1000000 + (uint64_t)usage->ru_utime.tv_usec;
	death->counts.system_us =
		(uint64_t)usage->ru_stime.tv_sec * 1000000 + (uint64_t)usage->ru_stime.tv_usec;
	death->most_memory = (uint64_t)usage->ru_maxrss * 1024;
	death->faults = (uint64_t)usage->ru_minflt;
	death->major_faults = (uint64_t)usage->ru_majflt;
	death->switches = (uint64_t)usage->ru_nvcsw;
	death->forced_switches = (uint64_t)usage->ru_nivcsw;
}

bool parent_death(struct parent_worker *w, int code)
{
	enum wire_reason reason = reason_of(w->why, is_wished(w), code);
	struct rusage usage;
	/* What was cut off for garbage was ended by us, and is a failure all the same. */
	bool failed = wire_reason_failure(reason) && (!is_wished(w) || reason == WIRE_REASON_STUCK);
	struct wire_slot row;
	wire_scoreboard_read(w->parent->board, w->row, &row);
	struct wire_death death = {.when = os_clock_now(),
		.age_ms = os_clock_ms() - w->born_ms,
		.reason = reason,
		.role = WIRE_ROLE_WORKER,
		.pid = (int32_t)mp_process_pid(w->process),
		.slot = w->slot,
		.generation = w->generation,
		.state = row.state,
		.open = row.open,
		.silent_ms = w->silent_s * 1000,
		.counts = w->counts};
	say(w, code, failed);
	copy_names(w, &death);
	copy_code(&death, code);
	if (mp_process_rusage(w->process, &usage))
		copy_usage(&death, &usage);
	w->counts = death.counts;
	wire_scoreboard_bury(w->parent->board, &death);
	parent_chronicle_of(
		w, WIRE_EVENT_DEATH, reason, death.signal ? death.signal : -death.exit_code);
	parent_status_gone(w, reason, failed);
	return failed;
}

void parent_death_helper(struct parent *p, struct wire_death *death, int code, bool wished,
	const struct rusage *usage)
{
	struct wire_totals *totals = &p->board->totals;
	enum wire_reason reason = reason_of((enum wire_reason)death->reason, wished, code);
	/* Of itself it has no reason to end. */
	if (reason == WIRE_REASON_DONE && !wished)
		reason = WIRE_REASON_EXITED;
	death->when = os_clock_now();
	death->reason = reason;
	copy_code(death, code);
	copy_usage(death, usage);
	wire_scoreboard_bury(p->board, death);
	parent_chronicle_end(p, death);
	wire_scoreboard_begin(&p->board->totals_sequence);
	totals->helper_deaths[death->role]++;
	totals->helper_crashes[death->role] += wire_reason_failure(reason);
	wire_scoreboard_end(&p->board->totals_sequence);
}

void parent_death_process(
	struct parent *p, struct wire_death *death, struct mp_process *process, bool wished)
{
	struct rusage usage = {0};
	int code = 0;
	mp_process_exitcode(process, &code);
	mp_process_rusage(process, &usage);
	death->pid = (int32_t)mp_process_pid(process);
	parent_death_helper(p, death, code, wished, &usage);
}
