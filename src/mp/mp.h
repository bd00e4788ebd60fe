/*
 * mp - processes, pipes, queues, pools, locks and subprocesses, as Python's multiprocessing has
 * them
 *
 * Runs in:  every process
 * Owns:     see each function; every type is opaque and is made and freed by functions named here
 * Errors:   -1 or NULL with errno; the library never logs and never ends the process by itself
 *
 * The library starts no thread and is not for use by several threads at once.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_MP_H
#define MP_MP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

/* ---- Targets ----
 *
 * A target is what a child process runs. Its return value is the exit code of the child (its low
 * eight bits, as with exit(3)). args are the bytes given to mp_process_new: under fork the child's
 * copy of them, under spawn and forkserver bytes that were sent, so a pointer inside them means
 * nothing there. They belong to the library and live as long as the child. */
typedef int (*mp_target)(void *args, size_t size);

/* Names a function so that spawn and forkserver can find it in another process: call it at the top
 * of main, before mp_main, the same way in every process of the program. The name is not copied.
 * Registering the same pair again does nothing. EEXIST: the name belongs to another function.
 * ENOMEM. */
int mp_register(const char *name, mp_target target);

/* ---- Contexts and start methods ----
 *
 * fork        the child is a copy of its parent and starts at once at the target. The default.
 * spawn       the child is the program executed anew (/proc/self/exe): it inherits nothing but
 *             what it is given. main must register its targets and call mp_main.
 * forkserver  a small process, executed once, forks the children: they inherit nothing from the
 *             process that asks, and starting one costs no more for a large parent than for a
 *             small one. main must register its targets and call mp_main.
 *
 * In all three the new process is a child of the process that started it, has its descriptors 0, 1
 * and 2 and those declared in mp_process_options under the same numbers, and no others; no signal
 * is blocked, and signals that had a handler have their default action. */
struct mp_context;

/* The context of a start method, valid for ever; NULL stands for the default one (so does NULL in
 * every option named context). NULL with EINVAL: no such method. */
const struct mp_context *mp_get_context(const char *method);

/* "fork", "spawn", "forkserver", and a NULL behind them. */
const char *const *mp_get_all_start_methods(void);

/* The default of this process and of the children it starts later by fork. EINVAL: no such
 * method. */
int mp_set_start_method(const char *method);
const char *mp_get_start_method(void);

/* ---- What travels to a child ----
 *
 * A pipe end, a queue or a lock is handed to a child as a share: plain bytes that may be a part of
 * the child's args. The same share goes into mp_process_options.shares, which makes its
 * descriptors arrive. In the child the *_from_share function of its type makes the object again.
 * This works in the same way under all three start methods:
 *
 *	struct work { struct mp_share queue; int count; } w = {mp_queue_share(q), 5};
 *	mp_process_new(writer, &w, sizeof w, &(struct mp_process_options){
 *		.shares = &w.queue, .share_count = 1});
 *
 * A share is valid as long as the object it was made from is not closed. */
struct mp_share {
	unsigned kind;      /* which type it came from; 0 for none */
	unsigned detail[3]; /* the type's own */
	int fds[4];         /* descriptors, unused ones -1 */
};

/* ---- Processes ---- */
struct mp_process;

struct mp_process_options {
	const struct mp_context *context; /* NULL: the default start method */
	const char *name;                 /* copied; NULL: "Process-N" */
	bool daemon;                      /* ends (SIGTERM) when its parent ends */
	const int *fds;                   /* descriptors the child keeps, under the same numbers; */
	size_t fd_count;                  /* 0, 1 and 2 are always kept */
	const struct mp_share *shares;    /* their descriptors are kept too */
	size_t share_count;
	void *closure; /* for the caller, see mp_process_closure */
};

/* A process not started yet. args (size bytes) are copied; options may be NULL. Under spawn and
 * forkserver the target must be registered (ENOENT from start). NULL with EINVAL (a bad
 * descriptor, size without args) or ENOMEM. Free it with mp_process_close. */
struct mp_process *mp_process_new(
	mp_target target, const void *args, size_t size, const struct mp_process_options *options);

/* The same for a target known by its registered name. ENOENT: nothing registered so. */
struct mp_process *mp_process_new_named(const char *target, const void *args, size_t size,
	const struct mp_process_options *options);

/* Starts it. Under fork this costs little more than fork(2) itself: the parent's stdio buffers are
 * not written out (the child drops its copies of stdout and stderr, and writes what it printed
 * itself when the target returns; then it ends by _exit, so atexit functions do not run).
 * EINVAL: started before. EAGAIN, ENOMEM: as fork(2). ENOENT, ENOTSUP: spawn and forkserver need
 * mp_register and mp_main. */
int mp_process_start(struct mp_process *p);

/* Waits until the process has ended, at most `timeout` seconds; negative: for ever, 0: just looks.
 * Waits for this process alone; other children of the program are left as they are. 0: it has
 * ended, also when asked again. ETIMEDOUT; EINTR: a signal handler ran; EINVAL: not started;
 * ECHILD: another process started it. */
int mp_process_join(struct mp_process *p, double timeout);

/* True between start and the end, which it notices by itself. */
bool mp_process_is_alive(struct mp_process *p);

/* SIGTERM, SIGKILL, or any signal. The call does not wait. ESRCH: it has ended; EINVAL: not
 * started. */
int mp_process_terminate(struct mp_process *p);
int mp_process_kill(struct mp_process *p);
int mp_process_signal(struct mp_process *p, int signal);

/* 0 before the start. */
pid_t mp_process_pid(const struct mp_process *p);

/* Valid until close. */
const char *mp_process_name(struct mp_process *p);
bool mp_process_daemon(const struct mp_process *p);

/* The pointer of mp_process_options.closure: what the caller keeps with the process, for instance
 * to know in mp_reap whose child this was. */
void *mp_process_closure(const struct mp_process *p);

/* True and *code once the process has ended: the exit code, or minus the signal that ended it.
 * MP_EXITCODE_UNKNOWN when somebody else took the status (SIGCHLD ignored, a waitpid elsewhere). */
#define MP_EXITCODE_UNKNOWN (-255)
bool mp_process_exitcode(struct mp_process *p, int *code);

/* True and the resources it used (getrusage(2)), once it has ended. */
bool mp_process_rusage(struct mp_process *p, struct rusage *usage);

/* A descriptor that polls readable once the process has ended, made at the first call (a
 * pidfd_open(2)) and closed by mp_process_close. Nothing can be read from it. -1 with EMFILE,
 * EINVAL: not started. */
int mp_process_sentinel(struct mp_process *p);

/* Frees a process that has ended or was not started. EBUSY: it is alive. NULL is ignored. */
int mp_process_close(struct mp_process *p);

/* Collects every child of this process that has ended; never waits. Meant for SIGCHLD, from the
 * event loop and not from the handler.
 * gone      is called once for every mp_process that has ended, also when join or is_alive
 *           noticed it first, unless it is closed by then; it may close p, and a caller who does
 *           so there need not keep a pointer to its processes anywhere else. May be NULL.
 * stranger  is called for every other child (status as in waitpid(2)): children of a plain fork,
 *           orphans adopted by process 1. May be NULL.
 * Both may start, join and close processes. Subprocesses are recorded and not reported. A program
 * that only joins need not call this. Returns how many children ended. */
int mp_reap(void (*gone)(struct mp_process *p, void *closure),
	void (*stranger)(pid_t pid, int status, void *closure), void *closure);

/* Copies up to `room` of the started processes of this process that are alive; returns how many
 * there are. Those that ended are noticed, as by is_alive. */
size_t mp_active_children(struct mp_process **children, size_t room);

/* The process that runs this code; never NULL, never to be closed. Its name is "MainProcess" where
 * this library did not start it. */
struct mp_process *mp_current_process(void);

/* The process that started this one: for name, pid, is_alive, sentinel and join. NULL in the main
 * process. */
struct mp_process *mp_parent_process(void);

/* CPUs of the machine, and CPUs this process may use (sched_getaffinity(2)); at least 1. */
unsigned mp_cpu_count(void);
unsigned mp_usable_cpu_count(void);

/* ---- Pipes ----
 *
 * Two connected ends over a socketpair(2) of type SOCK_SEQPACKET. Messages arrive whole, in order,
 * or not at all, whoever is killed when; both ends may be shared by any number of related
 * processes. A message of up to 64 KiB is one send(2) and one recvmsg(2); a larger one travels as
 * a memory file (memfd_create(2)) whose descriptor is the packet, so it too is one packet: it is
 * sent without waiting for the reader, and costs memory until it is read. At most
 * MP_MESSAGE_MAX bytes; EMSGSIZE and nothing sent above.
 *
 * timeout is in seconds; negative: wait for ever; 0: do not wait.
 * EAGAIN      timeout was 0 and the call would have to wait
 * ETIMEDOUT   timeout was larger and is over
 * EINTR       a signal handler ran while the call waited; nothing was sent or received
 * EPIPE       the other end is closed in every process (and all it sent has been received)
 * EBADF       sending into the receiving end of a one-way pipe, or receiving from the sending end
 * Forms without a timeout wait for ever. */
#define MP_MESSAGE_MAX ((size_t)64 << 20)
#define MP_PIPE_FDS 64

struct mp_pipe;

/* Both ends are close-on-exec. duplex false: ends[0] receives and ends[1] sends. EMFILE, ENOMEM. */
int mp_pipe_new(struct mp_pipe *ends[2], bool duplex);

/* An end that arrived as a descriptor; the pipe owns it from now on. EINVAL, ENOTSOCK: it is not a
 * SOCK_SEQPACKET socket. */
struct mp_pipe *mp_pipe_from_fd(int fd);

/* 0 or -1. */
int mp_pipe_send_bytes(struct mp_pipe *p, const void *data, size_t size);
int mp_pipe_send_bytes_timeout(struct mp_pipe *p, const void *data, size_t size, double timeout);

/* The next message in memory of its own, for free(); a NUL follows its last byte. Returns its
 * size (it may be 0) or -1. */
ssize_t mp_pipe_recv_bytes(struct mp_pipe *p, void **data);
ssize_t mp_pipe_recv_bytes_timeout(struct mp_pipe *p, void **data, double timeout);

/* The next message in the caller's memory. EMSGSIZE: it is larger than `room`; it is not lost, the
 * next receive on this end in this process gets it (bytes of buffer are undefined then). */
ssize_t mp_pipe_recv_bytes_into(struct mp_pipe *p, void *buffer, size_t room);
ssize_t mp_pipe_recv_bytes_into_timeout(
	struct mp_pipe *p, void *buffer, size_t room, double timeout);

/* The same with up to MP_PIPE_FDS descriptors riding along (unix(7), SCM_RIGHTS). The sender keeps
 * its own. On the receiving side *count is the room in fds and becomes how many arrived, all
 * close-on-exec and the caller's; EMSGSIZE also when more arrive than there is room for, and then
 * nothing is lost either. A message received without recv_fds has its descriptors closed. */
int mp_pipe_send_fds(struct mp_pipe *p, const void *data, size_t size, const int *fds, size_t count,
	double timeout);
ssize_t mp_pipe_recv_fds(
	struct mp_pipe *p, void *buffer, size_t room, int *fds, size_t *count, double timeout);

/* 1: a receive would not wait (a message, or EPIPE); 0: the timeout is over; -1: EINTR. */
int mp_pipe_poll(struct mp_pipe *p, double timeout);

/* For poll(2) and event loops. A message kept after EMSGSIZE does not show there. */
int mp_pipe_fileno(const struct mp_pipe *p);

/* Closes and frees this process's copy of the end. NULL is ignored. */
void mp_pipe_close(struct mp_pipe *p);

/* See mp_share. EINVAL: the share is of another type. */
struct mp_share mp_pipe_share(const struct mp_pipe *p);
struct mp_pipe *mp_pipe_from_share(const struct mp_share *share);

/* ---- Queues ----
 *
 * A first-in-first-out of messages between any number of writers and readers in related processes.
 * Each message goes to exactly one reader. The messages lie in memory shared by all who hold the
 * queue, so a put does not wait for a reader, and neither call makes a system call unless the
 * other side sleeps or watches the descriptor: then one. A process that is killed in any line of
 * put or get leaves the queue whole: its message is in it or is not.
 *
 * maxsize 0: bounded only by MP_QUEUE_ROOM bytes of messages waiting (each costs 8 bytes more than
 * its size, rounded up to 8). Timeouts and errors are as with pipes, without EPIPE: EAGAIN and
 * ETIMEDOUT stand for Python's Full and Empty. The calls that must not wait may be held up by
 * another process inside the queue, for at most ten milliseconds; after that they say EAGAIN.
 * EBADMSG: what is in the queue is not what put wrote there (another process scribbled over it);
 * the queue has been emptied. */
#define MP_QUEUE_ROOM ((size_t)256 << 20)

struct mp_queue;

/* maxsize: how many messages it holds; 0: as many as fit. All its descriptors are close-on-exec. */
struct mp_queue *mp_queue_new(size_t maxsize);

int mp_queue_put(struct mp_queue *q, const void *data, size_t size);
int mp_queue_put_nowait(struct mp_queue *q, const void *data, size_t size);
int mp_queue_put_timeout(struct mp_queue *q, const void *data, size_t size, double timeout);

/* Like mp_pipe_recv_bytes: memory for free(), or the caller's buffer. With EMSGSIZE the message
 * stays in the queue, as its first. */
ssize_t mp_queue_get(struct mp_queue *q, void **data);
ssize_t mp_queue_get_nowait(struct mp_queue *q, void **data);
ssize_t mp_queue_get_timeout(struct mp_queue *q, void **data, double timeout);
ssize_t mp_queue_get_into(struct mp_queue *q, void *buffer, size_t room, double timeout);

/* True at this moment; another process may change it in the next. */
size_t mp_queue_qsize(struct mp_queue *q);
bool mp_queue_empty(struct mp_queue *q);
bool mp_queue_full(struct mp_queue *q);

/* For poll(2) and event loops, level-triggered: reader_fileno polls readable while the queue is not
 * empty, writer_fileno polls writable while it is not full. Only to be polled, never read or
 * written. The first call makes every later put that finds the queue empty (get: full) cost one
 * write(2). -1: EAGAIN, the queue is held by another process for too long. */
int mp_queue_reader_fileno(struct mp_queue *q);
int mp_queue_writer_fileno(struct mp_queue *q);

/* Frees this process's part; the messages live until the last process has closed it. NULL is
 * ignored. */
void mp_queue_close(struct mp_queue *q);

struct mp_share mp_queue_share(const struct mp_queue *q);
struct mp_queue *mp_queue_from_share(const struct mp_share *share);

/* ---- Pools ---- */

/* ---- Synchronisation ---- */

/* ---- Subprocess ---- */

#endif
