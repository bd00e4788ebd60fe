/*
 * parent - what the files of this folder share
 *
 * Runs in:  the parent
 * Owns:     the loop, the listeners, the scoreboard, every worker's record and pipe
 * Errors:   `fatal` only while starting; afterwards a child's failure is logged and throttled
 *   parent_main      start, the loop, the end
 *   parent_listen    the listening sockets
 *   parent_room      no more connections than there are descriptors for
 *   parent_policy    how many workers there should be (pure)
 *   parent_spawn     births
 *   parent_sandbox   what workers are confined to
 *   parent_identity  whom the workers become
 *   parent_life      what each event means in each state of a worker's life (a table)
 *   parent_status    reports in, scoreboard out
 *   parent_stop      how a worker is made to end (data)
 *   parent_death     why a child ended: the log, the scoreboard
 *   parent_chronicle what the parent did and saw, in numbered sentences
 *   parent_watchdog  workers that hang, and workers that grow
 *   parent_sample    what each second was like
 *   parent_cover     the queues of slots that have no worker, or one that stands still
 *   parent_signals   what each signal means (data)
 *   parent_dispatch  accepting in the parent: models fork and dispatch
 *   parent_upgrade   SIGUSR2: another program takes over
 *   parent_heir      what this process got from the one before, or from systemd
 *   parent_notify    a word to the service manager
 *   parent_crowd     how many connections each client address has
 *   parent_shed      a saturated server says so
 *   parent_keeper    the keeper of a classic pool's idle connections
 *   parent_starter   the process that starts programs for the workers
 *   parent_bear      the birth of each of them
 *   parent_vigil     one of them that stands still
 *   parent_control   the control socket and its clients
 *   parent_control_line    what they say (pure)
 *   parent_control_answer  what is answered
 *   parent_control_status  the process behind StatusListen
 *   parent_lab       what the lab may have the parent do
 *   parent_pidfile   the pid file
 *   parent_kill      preforkd -k: a word to the server that runs
 *   parent_logs      opening what is written to
 *   parent_loggers   programs that read a log
 *   parent_single    preforkd -X: one process that does it all
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PARENT_PARENT_H
#define PARENT_PARENT_H

#define LOG_AREA "parent"
#include "base/assert.h"
#include "config/config.h"
#include "mp/mp.h"
#include "os/os_process.h"
#include "parent/parent_listen.h"
#include "parent/parent_policy.h"
#include "wire/wire_crowd.h"
#include "wire/wire_diary.h"
#include "wire/wire_sandbox.h"
#include "wire/wire_scoreboard.h"

#include <ev.h>

/* The states of a worker's life and what may happen in it: parent_life.c has the table. */
enum parent_life { PARENT_STARTING, PARENT_SERVING, PARENT_LEAVING, PARENT_ENDING, PARENT_LIVES };
enum parent_event {
	PARENT_READY,  /* a report: it serves */
	PARENT_RETIRE, /* a report: it drains by its own will (MaxConnectionsPerChild) */
	PARENT_LEAVE,  /* we want it to drain */
	PARENT_END,    /* we want it gone */
	PARENT_HANG,   /* nothing moves in it */
	PARENT_EOF,    /* its pipe closed: it is dead or no longer to be trusted */
	PARENT_EVENTS
};

struct parent_escalation;

struct parent_worker {
	struct list link; /* in parent.workers */
	struct parent *parent;
	struct mp_process *process;
	struct mp_pipe *pipe; /* NULL: a one-shot child, or closed already */
	ev_io reports;
	enum parent_life life;
	enum wire_state farewell; /* while leaving: GRACEFUL or IDLE_STOP */
	uint32_t row;             /* of the scoreboard */
	uint32_t slot;            /* it was born for: decides its listeners */
	uint32_t page;            /* of the diaries: its own as long as it lives */
	uint32_t generation;
	bool old; /* of an earlier generation: its row is out of the pool's way */
	uint64_t born_ms, born_us;
	uint64_t ending_ms; /* when it was first told to end; 0: it was not */
	unsigned ending_step;
	const struct parent_escalation *ending; /* by which steps */
	enum wire_reason why;      /* we want it to go; WIRE_REASONS: we do not, or it has none */
	unsigned beat;             /* of its diary, at the last look */
	unsigned silent_s;         /* looks since that changed */
	bool warned;               /* of its silence */
	uint64_t stood_ms;         /* when it was last seen to stand still for long; 0: never */
	uint64_t memory_first;     /* bytes it had when it was first looked at */
	uint32_t open;             /* connections, by its last report */
	struct wire_counts counts; /* by its last report */
	bool oneshot;              /* a child for one connection (model fork), */
	bool untold;               /* and the chronicle leaves it out */
	bool spoke;                /* it reported: it hears the doorbell */
	bool deaf;                 /* its pipe was full, and it has not reported since */
	uint64_t handed;           /* connections passed to it (model dispatch), */
	struct list passed; /* those it has not counted yet, by its last report: the first first */
	uint32_t missed;    /* by its last report: it had no descriptor for them */
	uint64_t rest_ms;   /* so it gets none before */
	unsigned room;      /* connections it can hold, as it was born */
};

enum parent_stop { PARENT_RUNNING, PARENT_STOPPING, PARENT_STOPPING_GRACEFULLY };

struct parent {
	struct ev_loop *loop;
	struct config *config;
	struct os_identity identity; /* whom workers become */
	const struct config_source *source;
	struct parent_listeners listeners;
	struct wire_scoreboard *board;
	int board_fd;
	struct parent_worker **rows; /* who has each row of the board */
	struct list workers;
	struct parent_policy policy;
	uint32_t generation;
	enum parent_stop stop;
	uint64_t stop_ms; /* when it began */
	unsigned told;    /* one-shot children that were born in this second */
	unsigned ready;   /* workers of this generation that reported so far */
	bool full_said;
	unsigned stuck_looks; /* in a row that found the queue long and still */
	bool resting;         /* a successor serves: nobody is born here */
	void *diaries;
	int diary_fd;
	struct parent_worker **pages; /* who has each of the diaries */
	pid_t *covers;                /* who watches the queues of a slot that has no worker */
	uint32_t looked;              /* the row whose memory was looked at last */
	uint32_t weighed;             /* and the row whose share of it was */
	struct wire_counts counted;   /* all counts at the last sample, */
	struct wire_latency timed;    /* all latencies, */
	uint64_t births_counted, deaths_counted, crashes_counted; /* and all births and deaths */
	struct parent_upgrade *upgrade; /* SIGUSR2 came; NULL: not, or it is over */
	struct parent_heir *heir;       /* who was here before; NULL: nobody, or gone */
	char **arguments;               /* of the command line, for an upgrade */
	struct mp_queue *queue;         /* reports of one-shot children (model fork) */
	struct os_mutex *accept_mutex;
	struct wire_sandbox sandbox; /* of the present configuration's workers */
	ev_io queue_watch;
	ev_timer tick;
	ev_timer escalate;
	ev_timer look;  /* soon: a spare worker was taken */
	ev_io *accepts; /* watchers of the listeners where the parent accepts */
	size_t accept_count;
	uint64_t accept_rest_ms; /* accept(2) failed: nobody tries before */
	struct list waiting;     /* connections that were accepted and that nobody could take yet */
	int pid_file;            /* held; -1: none */
	char *pid_path;
	struct wire_crowd *crowd; /* NULL: nobody is limited */
	int crowd_fd;
	struct parent_keeping *keeping;   /* NULL: there never was a keeper */
	struct parent_starting *starting; /* NULL: there never was a starter */
	struct parent_lab *lab;           /* NULL: LabControls is off */
	struct parent_control *control;   /* NULL: there is none yet */
};

/* parent_main.c */
bool parent_bears(const struct parent *p);   /* it keeps its pool at size */
bool parent_accepts(const struct parent *p); /* models fork and dispatch */
void parent_refill(struct parent *p);        /* brings the pool to StartServers */
void parent_look_soon(struct parent *p);     /* a spare worker became busy */
void parent_check_end(struct parent *p);     /* leaves the loop when a stop is complete */
int parent_make_mutex(struct parent *p);     /* as the configuration wants it now */
void parent_view(const struct parent *p, struct parent_policy_view *view);

/* parent_room.c: no more connections a worker than it can have descriptors; once the logs are those
 * of the configuration, says so where that is new */
void parent_room_cap(struct config *config);
void parent_room_say(const struct config *config);

/* parent_identity.c: -1 and a line in the log. Where User and Group are those of `before`, for
 * which *identity was found, it stays when nothing can be found now; NULL: there is none. */
int parent_identity(
	const struct config *config, struct os_identity *identity, const struct config *before);

/* parent_sandbox.c: for a configuration that is new, once there is a board; says what it is */
void parent_sandbox_renew(struct parent *p);

/* parent_spawn.c: NULL when it failed, which is logged and slows further births. */
struct parent_worker *parent_spawn_worker(struct parent *p);
struct parent_worker *parent_spawn_oneshot(
	struct parent *p, int connection, const struct os_address *from);
int parent_spawn_room(const struct parent *p);       /* the lowest free row of the pool, -1: none */
void parent_spawn_make_way(struct parent_worker *w); /* gives its row to whoever comes after it */

/* parent_life.c */
void parent_life_event(struct parent_worker *w, enum parent_event event);
/* It served enough, or grew too much: it leaves, and another takes its place at once. */
void parent_life_recycle(struct parent_worker *w, enum wire_reason why);
void parent_life_reap(struct parent *p); /* collects every child that ended */
bool parent_life_is_spare(const struct parent_worker *w);

/* parent_chronicle.c: what happened, as events of wire/events.def; to one worker; in the second
 * that is over */
void parent_chronicle(struct parent *p, enum wire_event_kind kind, int64_t a, int64_t b);
void parent_chronicle_of(struct parent_worker *w, enum wire_event_kind kind, int64_t a, int64_t b);
/* Of those in no slot: it was started; it ended. */
void parent_chronicle_helper(struct parent *p, enum wire_role role, pid_t pid);
void parent_chronicle_end(struct parent *p, const struct wire_death *death);
void parent_chronicle_second(struct parent *p, uint32_t births, uint32_t deaths);

/* parent_status.c */
void parent_status_open(struct parent *p);
void parent_status_born(struct parent_worker *w);
void parent_status_reports(struct parent_worker *w); /* reads what its pipe holds */
void parent_status_queue(struct parent *p);          /* reads what the queue holds */
void parent_status_mark(struct parent_worker *w, enum wire_state state);
void parent_status_move(struct parent_worker *w, uint32_t row);
void parent_status_gone(struct parent_worker *w, enum wire_reason reason, bool failed);

/* parent_death.c: says in the log and the scoreboard how it ended; whether it failed */
bool parent_death(struct parent_worker *w, int code);
/* In the scoreboard, how a child in no slot ended; the log is its owner's. Of *death are filled in
 * what its owner knows: role, pid, age, generation, reason (WIRE_REASONS: we wanted none), and what
 * it was at. `wished`: its end was, or is no loss. parent_death_process: pid, code and usage are
 * those of the process. */
void parent_death_helper(struct parent *p, struct wire_death *death, int code, bool wished,
	const struct rusage *usage);
void parent_death_process(
	struct parent *p, struct wire_death *death, struct mp_process *process, bool wished);
/* What it is at or did last, for the log: `, at "GET / HTTP/1.1" of 192.0.2.1`; a static text */
const char *parent_death_last(const struct parent_worker *w);

/* parent_watchdog.c, parent_sample.c: once a second */
void parent_watchdog(struct parent *p);
void parent_watchdog_newborn(struct parent_worker *w); /* it serves from now on */
void parent_sample(struct parent *p);
void parent_cover(struct parent *p); /* parent_cover.c */
/* It had no descriptor for a listener: it is to give back what it has, and then another one is
 * asked or it once more. false: it could not be told. */
bool parent_cover_missed(struct parent_worker *w);
void parent_shed(struct parent *p); /* parent_shed.c: after parent_sample */

/* parent_crowd.c: before the first worker of a generation is born; at the end of all */
void parent_crowd_update(struct parent *p);
void parent_crowd_close(struct parent *p);

/* parent_upgrade.c */
void parent_upgrade(struct parent *p);                                        /* SIGUSR2 */
bool parent_upgrade_gone(struct parent *p, const struct mp_process *process); /* was it ours? */
void parent_upgrade_tick(struct parent *p);
void parent_upgrade_close(struct parent *p);

/* parent_heir.c: -1 and a line in the log. Takes the listeners that were handed over. */
int parent_heir_open(struct parent *p);
/* The listener of StatusListen that was handed over for the address: the caller's from now on; -1.
 */
int parent_heir_status(struct parent *p, const struct os_address *address);
void parent_heir_serves(struct parent *p); /* the pool is ready */
void parent_heir_close(struct parent *p);

/* parent_notify.c: sd_notify(3), where somebody listens */
void parent_notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* parent_stop.c */
void parent_stop_worker(struct parent_worker *w); /* begins; the timer goes on */
void parent_stop_hanging(struct parent_worker *w);
void parent_stop_timer(struct parent *p);

/* parent_signals.c */
enum parent_refusal { PARENT_REFUSAL_RESTART, PARENT_REFUSAL_UPGRADE, PARENT_REFUSAL_CONTAINER };

int parent_signals_start(struct parent *p);
void parent_signals_stop(struct parent *p);
void parent_signals_restart(struct parent *p, bool graceful); /* reads the configuration again */
void parent_signals_end(struct parent *p, bool graceful);
void parent_signals_generation(struct parent *p); /* another one begins */

/* A graceful stop goes on: the keepers have ended, and workers may. */
void parent_signals_kept(struct parent *p);
void parent_signals_refuse(enum parent_refusal of); /* a line in the log, a second at most */
void parent_signals_tick(void);                     /* what was not said yet */

/* parent_dispatch.c */
int parent_dispatch_start(struct parent *p);
void parent_dispatch_stop(struct parent *p);
void parent_dispatch_room(struct parent *p); /* somebody may have room again */
/* Connections that were accepted and wait go to workers that will take them some time. */
void parent_dispatch_flush(struct parent *p);
/* In a graceful stop, once a second: what nobody took while the last of the workers left. */
void parent_dispatch_late(struct parent *p);
/* A worker's report, before it counts as its last: what it took is its own now, what it missed is
 * another's. */
void parent_dispatch_heard(struct parent_worker *w, const struct wire_report *r);
/* It is dead: what it never looked at is another's. */
void parent_dispatch_bury(struct parent_worker *w);
void parent_dispatch_close(struct parent *p); /* at the end of all */

/* parent_pidfile.c */
/* The held descriptor, or -1 and a line in the log. `before` is the process it is taken over from,
 * 0: from nobody. *stale, unless NULL: somebody else's number stood in it, who was killed. */
int parent_pidfile_take(const char *path, int before, bool *stale);
void parent_pidfile_give(const char *path, int fd);
void parent_pidfile_leave(int fd); /* to whoever takes it next: lets go of the lock alone */

#endif
