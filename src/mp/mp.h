/*
 * mp - processes, pipes, queues, pools, locks and subprocesses, as Python's multiprocessing has
 * them
 *
 * Runs in:  every process
 * Owns:     see each function; every type is opaque and is made and freed by functions named here
 * Errors:   -1 or NULL with errno; the library never logs and never ends the process by itself
 *
 * The library starts no thread, so ThreadSanitizer finds nothing to look at in it, and it is not
 * for use by several threads at once. Nothing in it is safe in a signal handler. The state of a
 * process is the table of registered names, the default start method, whether mp_main was called,
 * the objects of the process itself and of its parent, the children and what became of them, and
 * the forkserver. A buffer in which nothing stays and the address of the kernel's list of locks
 * held are all else that is global.
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

/* To be called in main after mp_register and before everything else. In a process that spawn or the
 * forkserver executed it does not return: it becomes what it was executed for. Everywhere else it
 * returns at once. */
void mp_main(int argc, char **argv);

/* The forkserver is executed at the first start that needs it, and again when it has died, was
 * stopped or does not answer for some seconds. It keeps the working directory, environment, user
 * and limits of that moment; start it early to have them as they are then. Its pid, or -1: ENOTSUP
 * (mp_main was not called) or as fork(2). */
pid_t mp_forkserver_ensure_running(void);

/* Ends the forkserver of this process, if there is one, and waits for it; its children live on.
 * It also ends by itself when this process does. */
int mp_forkserver_stop(void);

/* True and how it ended, once for each forkserver of this process that did; where two ended between
 * two calls, of the last. */
struct mp_forkserver_end {
	pid_t pid;
	int exitcode; /* as mp_process_exitcode */
	bool silent;  /* it did not answer, so it was killed */
	int error;    /* or it was because a request could not be sent whole: errno; else 0 */
	double age;   /* seconds */
	struct rusage usage;
};
bool mp_forkserver_ended(struct mp_forkserver_end *end);

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

/* Starts it; a daemon may start children too. Nobody joins them for the caller: who ends before a
 * child that is no daemon leaves it running. Under fork this costs little more than fork(2) itself:
 * the parent's stdio buffers are not written out (the child drops its copies of stdout and stderr,
 * and writes what it printed itself when the target returns; then it ends by _exit, so atexit
 * functions do not run). EINVAL: started before. EAGAIN, ENOMEM: as fork(2). ENOENT, ENOTSUP: spawn
 * and forkserver need mp_register and mp_main. ETIMEDOUT: the forkserver did not answer for some
 * seconds, nor did the one that took its place; nothing was started. */
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
 * pidfd_open(2)) and closed by mp_process_close. Nothing can be read from it. -1 with EMFILE;
 * ENOSYS or EPERM where the system call is not to be had; EINVAL: not started. */
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
 * nothing is lost either. EMFILE: the process may have no more descriptors; the message is gone,
 * and theirs with it. A message received without recv_fds has its descriptors closed. */
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
 * another process inside the queue, for at most ten milliseconds; after that they say EAGAIN (on a
 * crowded machine give a put that must not be lost a short timeout instead).
 * EBADMSG: what is in the queue is not what put wrote there (another process scribbled over it);
 * the queue has been emptied. */
#define MP_QUEUE_ROOM ((size_t)256 << 20)

struct mp_queue;

/* maxsize: how many messages it holds; 0: as many as fit. All its descriptors are close-on-exec.
 * NULL with EMFILE, ENFILE or ENOMEM. */
struct mp_queue *mp_queue_new(size_t maxsize);

/* 0 when a copy of the message is in the queue, else -1 and it is not. While the queue is full,
 * put waits, put_nowait does not (EAGAIN), put_timeout does for a time (ETIMEDOUT). EINTR: a
 * handler ran while it waited. EMSGSIZE: more than MP_MESSAGE_MAX bytes. */
int mp_queue_put(struct mp_queue *q, const void *data, size_t size);
int mp_queue_put_nowait(struct mp_queue *q, const void *data, size_t size);
int mp_queue_put_timeout(struct mp_queue *q, const void *data, size_t size, double timeout);

/* The size of the next message, in memory for free() as from mp_pipe_recv_bytes, or in the caller's
 * buffer; or -1. While the queue is empty, get waits, get_nowait does not (EAGAIN), get_timeout and
 * get_into do for a time (ETIMEDOUT; timeout 0: EAGAIN). EINTR: a handler ran while it waited.
 * ENOMEM; EMSGSIZE (get_into), the buffer is too small: in both cases the message stays in the
 * queue, as its first. */
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

/* Its share for a child, and the queue from one (see mp_share): NULL with EINVAL, the share is of
 * another type, or ENOMEM. */
struct mp_share mp_queue_share(const struct mp_queue *q);
struct mp_queue *mp_queue_from_share(const struct mp_share *share);

/* A queue that also counts what was got from it: every mp_queue_ function works on it. The reader
 * says task_done once for each message it got and has dealt with (EINVAL: more often than it was
 * got, or not a joinable queue). join waits until the queue is empty and every message got is done;
 * a reader that dies with a message it has not reported leaves the join waiting, as in Python.
 * ETIMEDOUT, EINTR; timeout 0: EAGAIN. */
struct mp_queue *mp_joinable_queue_new(size_t maxsize);
int mp_joinable_queue_task_done(struct mp_queue *q);
int mp_joinable_queue_join(struct mp_queue *q, double timeout);

/* ---- Pools ----
 *
 * A fixed number of worker processes that run tasks. A task is a function from bytes to bytes; its
 * arguments are aligned for any type of their size and are gone when it returns. It gives its
 * result with mp_reply (none: an empty one) and returns 0, or an error number of its choice
 * (greater than 0, best one of errno.h), which reaches the caller as errno.
 *
 * The library has no threads: tasks run in the workers all the time, but results are taken in,
 * callbacks run and dead workers are replaced inside calls on the pool and its results. A program
 * with an event loop polls mp_pool_fileno and calls mp_pool_progress. Callbacks may start more
 * tasks and free their result, and must not free the pool. Who waits, here and in a worker, looks
 * for a few microseconds before it sleeps, as long as nobody else wants the processor.
 *
 * A worker that dies in a task makes that task fail with EOWNERDEAD (all of its chunk, see below)
 * and is replaced. When workers die one after the other before they have taken a task (an
 * initializer that fails, no more processes), the pool is broken: its tasks fail with ECHILD. */
struct mp_pool;
struct mp_result;
struct mp_reply;

typedef int (*mp_task)(const void *args, size_t size, struct mp_reply *reply);
typedef void (*mp_callback)(struct mp_result *result, void *closure);

/* As mp_register, for tasks: needed where the workers are not forked copies. */
int mp_register_task(const char *name, mp_task task);

/* In a task: these bytes are (once more called: are appended to) its result. ENOMEM, EMSGSIZE. */
int mp_reply(struct mp_reply *reply, const void *data, size_t size);

struct mp_pool_options {
	const struct mp_context *context; /* NULL: the default start method */
	mp_target initializer; /* runs first in each worker; a result other than 0 ends it */
	const void *initargs;  /* its arguments; copied */
	size_t initargs_size;
	size_t max_tasks_per_child;    /* chunks after which a worker is replaced; 0: never */
	const struct mp_share *shares; /* what tasks and initializer use */
	size_t share_count;
};

/* processes 0: as many as CPUs may be used. options may be NULL. The workers are daemons: they die
 * with the process that made the pool. NULL with errno of mp_process_start or mp_queue_new. */
struct mp_pool *mp_pool_new(size_t processes, const struct mp_pool_options *options);

/* Runs one task and waits for it. The result is in memory for free(), followed by a NUL; its size
 * or -1 with the task's error, EOWNERDEAD, ECHILD; EINTR never. data may be NULL. */
ssize_t mp_pool_apply(
	struct mp_pool *pool, mp_task task, const void *args, size_t size, void **data);

/* The calls below return at once with a result to ask later, or NULL: ESHUTDOWN (closed or
 * terminated), ECHILD (broken), EMSGSIZE (an item of more than MP_MESSAGE_MAX less 4 KiB), ENOENT
 * (not registered), ENOMEM. args and items are copied. `callback` is called when all of it
 * succeeded, `error_callback` when any failed; each may be NULL. */
struct mp_result *mp_pool_apply_async(struct mp_pool *pool, mp_task task, const void *args,
	size_t size, mp_callback callback, mp_callback error_callback, void *closure);

/* One task for each of `count` items of `item_size` bytes, sent to the workers in chunks of
 * `chunksize` (0: a quarter of each worker's share for map, 1 for imap; never more than 65,536
 * items or, where there are several, 256 KiB). */
struct mp_result *mp_pool_map_async(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize, mp_callback callback,
	mp_callback error_callback, void *closure);

/* The same, and waits until all are done: never NULL for a task's failure, ask the result. The
 * items are not copied first but sent from where they are. */
struct mp_result *mp_pool_map(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize);

/* For mp_result_next: in the order of the items, or as they come. */
struct mp_result *mp_pool_imap(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize);
struct mp_result *mp_pool_imap_unordered(struct mp_pool *pool, mp_task task, const void *items,
	size_t item_size, size_t count, size_t chunksize);

/* Each item is a tuple of `arity` arguments of any size, one after the other in `arguments`
 * (count * arity of them). The task gets the tuple and takes it apart with mp_argument. */
struct mp_bytes {
	const void *data;
	size_t size;
};
struct mp_result *mp_pool_starmap(struct mp_pool *pool, mp_task task,
	const struct mp_bytes *arguments, size_t arity, size_t count, size_t chunksize);

/* In a task started by starmap: the argument, counted from 0; {NULL, 0} where there is none. */
struct mp_bytes mp_argument(const void *args, size_t size, size_t which);

/* No more tasks. What is queued will be done, by mp_pool_join. */
void mp_pool_close(struct mp_pool *pool);

/* Kills the workers; what is not done fails with ECANCELED. */
void mp_pool_terminate(struct mp_pool *pool);

/* After close: waits until all is done and the workers have ended. After terminate: returns soon.
 * EINVAL: neither was called. */
int mp_pool_join(struct mp_pool *pool);

/* terminate, join, and frees it. Results stay valid until they are freed. NULL is ignored. */
void mp_pool_free(struct mp_pool *pool);

/* struct mp_pool *pool mp_pool_scope = mp_pool_new(4, NULL); is freed at the end of the block. */
#define mp_pool_scope __attribute__((cleanup(mp_pool_leave)))
void mp_pool_leave(struct mp_pool **pool);

/* Polls readable when mp_pool_progress has something to do. */
int mp_pool_fileno(struct mp_pool *pool);

/* Takes in what there is, waiting for something at most `timeout` seconds. 0: nothing came. 1:
 * something did. -1: EINTR. */
int mp_pool_progress(struct mp_pool *pool, double timeout);

/* Pids of the workers, as mp_active_children. */
size_t mp_pool_workers(const struct mp_pool *pool, pid_t *pids, size_t room);

/* 0 when all of it is done; ETIMEDOUT, EINTR. */
int mp_result_wait(struct mp_result *result, double timeout);

/* All is done; all is done and nothing failed. They take in what there is. */
bool mp_result_ready(struct mp_result *result);
bool mp_result_successful(struct mp_result *result);

/* How many items it has; 1 for apply_async. */
size_t mp_result_count(const struct mp_result *result);

/* Waits for the whole and gives item `index`: its size, *data aligned for any type of that size and
 * valid until the result is freed. -1 with that item's error; ETIMEDOUT, EINTR. timeout as
 * everywhere. */
ssize_t mp_result_get(struct mp_result *result, size_t index, const void **data, double timeout);

/* The next item, in the order the call that made it promises; *index (may be NULL) is its place
 * among the items. Works on every result; waits for this one only. -1 with that item's error, after
 * which the next call goes on; ENODATA: that was all; ETIMEDOUT, EINTR. */
ssize_t mp_result_next(struct mp_result *result, const void **data, size_t *index, double timeout);

/* Frees it; what is not done yet is done and dropped. NULL is ignored. */
void mp_result_free(struct mp_result *result);

/* ---- Synchronisation ----
 *
 * Each of these lives in shared memory (a memory file of its own, closed on exec). Children find it
 * in one of two ways: under fork they may use the parent's pointer, which they inherit (without its
 * descriptor, which they need only to hand it on); under every start method they can be given its
 * share (see mp_share). The memory goes when the last process has closed it or ended. fileno and
 * from_fd are for those who pass descriptors themselves: from_fd takes the descriptor over when it
 * succeeds; EINVAL: it is not such an object.
 *
 * A process that dies, at whatever line, never hangs the others. What is taken belongs to the
 * process that took it; when that one dies it goes to the next in line, whose call returns
 * MP_OWNER_DIED instead of 0: it has what it asked for, but what the lock protects may be half
 * changed, and to look at that is the caller's business. Each death is told once. Closing an object
 * while holding it counts as a death. A holder's child of fork holds nothing.
 *
 * timeout is in seconds; negative: wait for ever; 0: do not wait.
 * EAGAIN      timeout was 0 and the call would have to wait
 * ETIMEDOUT   timeout was larger and is over
 * Signal handlers run while a call waits, and then the wait goes on, but for mp_semaphore_acquire
 * and mp_event_wait, which end with EINTR.
 *
 * None of these functions may be called from a signal handler. A process that is stopped
 * (SIGSTOP) is not dead, and others wait for it. Processes that share one of these can harm each
 * other through it: hand them only to those you trust. NULL is ignored by every close. */
#define MP_OWNER_DIED 1

/* ---- Locks ----
 *
 * Python's Lock and RLock, with an owner in both: a Lock too is released by the process that
 * acquired it and by nobody else. */
struct mp_lock;

/* A lock that is taken once, and one that its holder may take again and releases as often.
 * EMFILE, ENFILE, ENOMEM. */
struct mp_lock *mp_lock_new(void);
struct mp_lock *mp_rlock_new(void);

/* 0 or MP_OWNER_DIED: the caller holds it. EDEADLK: the caller held it already, and would wait for
 * itself (not with an rlock). EOVERFLOW: an rlock taken 2^32 times. */
int mp_lock_acquire(struct mp_lock *lock, double timeout);

/* EPERM: the caller does not hold it. */
int mp_lock_release(struct mp_lock *lock);

/* See Synchronisation. close frees this process's part; fileno is the descriptor of the memory, of
 * no use in a child of fork that inherited the pointer alone; from_fd and from_share: NULL with
 * EBADF, EINVAL or ENOMEM. None of them waits. */
void mp_lock_close(struct mp_lock *lock);
int mp_lock_fileno(const struct mp_lock *lock);
struct mp_lock *mp_lock_from_fd(int fd);
struct mp_share mp_lock_share(const struct mp_lock *lock);
struct mp_lock *mp_lock_from_share(const struct mp_share *share);

/* ---- Semaphores ----
 *
 * A number of permits; acquire takes one, release gives one back. Permits are noted in the name of
 * the process that takes them (at most 4096 processes hold some at once; ENOSPC), and when it dies
 * with some, they come back as soon as somebody needs one, a fifth of a second later at most; the
 * first to acquire then returns MP_OWNER_DIED.
 *
 * As in Python any process may release. In a bounded semaphore that gives back a permit of another
 * process that holds one. A plain semaphore released by a process that holds no permit of it is
 * taken for what it then must be, a count of things (work to do, free places) and not a guard: from
 * there on permits belong to nobody, and nothing comes back when a process dies, as otherwise
 * things would be counted that are not there. */
struct mp_semaphore;

/* value permits; a bounded semaphore never has more. EINVAL: value above INT_MAX. EMFILE, ENFILE,
 * ENOMEM. */
struct mp_semaphore *mp_semaphore_new(unsigned value);
struct mp_semaphore *mp_bounded_semaphore_new(unsigned value);

/* 0 or MP_OWNER_DIED: the caller has one permit more. EAGAIN, ETIMEDOUT, EINTR. ENOSPC: see
 * above. */
int mp_semaphore_acquire(struct mp_semaphore *s, double timeout);

/* EOVERFLOW: a bounded semaphore has all its permits already; any has INT_MAX. */
int mp_semaphore_release(struct mp_semaphore *s);

/* Permits free at this moment (Python's get_value), those of the dead included. */
int mp_semaphore_value(struct mp_semaphore *s);

/* As with a lock. */
void mp_semaphore_close(struct mp_semaphore *s);
int mp_semaphore_fileno(const struct mp_semaphore *s);
struct mp_semaphore *mp_semaphore_from_fd(int fd);
struct mp_share mp_semaphore_share(const struct mp_semaphore *s);
struct mp_semaphore *mp_semaphore_from_share(const struct mp_share *share);

/* ---- Conditions ---- */
struct mp_condition;

/* A condition under `lock` (of either kind), which stays the caller's and must be closed after the
 * condition; several conditions may share one. NULL: under an rlock of its own. EMFILE, ENFILE,
 * ENOMEM. */
struct mp_condition *mp_condition_new(struct mp_lock *lock);

/* Of the lock it is under; see mp_lock_acquire and mp_lock_release. */
int mp_condition_acquire(struct mp_condition *c, double timeout);
int mp_condition_release(struct mp_condition *c);

/* Releases the lock (an rlock however often it was taken), waits to be notified, and takes the lock
 * again, in every case and however long that takes. 0: notified. MP_OWNER_DIED: the lock came from
 * one that died with it; notified or not. -1 with EAGAIN or ETIMEDOUT: not notified; with EPERM,
 * the caller does not hold the lock; with ENOSPC, 4096 processes wait already. */
int mp_condition_wait(struct mp_condition *c, double timeout);

/* Waits until predicate(arg), called under the lock, is true. 0, or MP_OWNER_DIED when a wait in
 * between said so: it is true. -1 with EAGAIN or ETIMEDOUT: it still was not; EPERM, ENOSPC. */
int mp_condition_wait_for(
	struct mp_condition *c, bool (*predicate)(void *arg), void *arg, double timeout);

/* Wakes up to `most` of those who wait, the longest waiting first; they run once the caller
 * releases the lock. Returns how many were woken. The dead are passed over, and one killed between
 * its wake and its return from wait passes the wake on, within a quarter of a second. EPERM: the
 * caller does not hold the lock. EINVAL: most is negative. */
int mp_condition_notify(struct mp_condition *c, int most);
int mp_condition_notify_all(struct mp_condition *c);

/* from_fd and from_share: `lock` must be the one the condition was made under, or NULL if it was
 * made with NULL (else EINVAL). */
void mp_condition_close(struct mp_condition *c);
int mp_condition_fileno(const struct mp_condition *c);
struct mp_condition *mp_condition_from_fd(int fd, struct mp_lock *lock);
struct mp_share mp_condition_share(const struct mp_condition *c);
struct mp_condition *mp_condition_from_share(const struct mp_share *share, struct mp_lock *lock);

/* ---- Events ---- */
struct mp_event;

/* A flag, not set. EMFILE, ENFILE, ENOMEM. */
struct mp_event *mp_event_new(void);

/* These cannot fail and do not wait; set wakes all who wait. */
bool mp_event_is_set(const struct mp_event *event);
void mp_event_set(struct mp_event *event);
void mp_event_clear(struct mp_event *event);

/* 0: the flag is set, or was set while the call waited (even if it is clear again). EAGAIN,
 * ETIMEDOUT, EINTR. */
int mp_event_wait(struct mp_event *event, double timeout);

/* As with a lock. */
void mp_event_close(struct mp_event *event);
int mp_event_fileno(const struct mp_event *event);
struct mp_event *mp_event_from_fd(int fd);
struct mp_share mp_event_share(const struct mp_event *event);
struct mp_event *mp_event_from_share(const struct mp_share *share);

/* ---- Barriers ---- */
struct mp_barrier;

/* Where `parties` processes (1 to 4096, else EINVAL) meet, again and again. The last one to arrive
 * calls action(arg), if there is one, before any goes on; it must return 0. A function means
 * nothing in another program image, so from_fd and from_share take the action anew; the one of the
 * last to arrive is called. EMFILE, ENFILE, ENOMEM. */
struct mp_barrier *mp_barrier_new(unsigned parties, int (*action)(void *arg), void *arg);

/* Waits until all parties have called it: 0 to parties - 1, the order of arrival, a different one
 * for each. EPIPE: the barrier is broken, or broke while the call waited: abort or reset was
 * called, the action failed, another party's time was over, or a process died in a call on it
 * (found within a fifth of a second). ETIMEDOUT: the caller's own time is over (also with timeout
 * 0), and that breaks the barrier. A process that dies elsewhere is missed by nobody but the clock:
 * give a timeout where that may happen. */
int mp_barrier_wait(struct mp_barrier *b, double timeout);

/* Breaks it: who waits, and who comes, gets EPIPE, until reset. */
void mp_barrier_abort(struct mp_barrier *b);

/* Empty and whole again; who waits gets EPIPE. */
void mp_barrier_reset(struct mp_barrier *b);

/* What it was made for, how many wait at this moment, and whether it is broken. */
int mp_barrier_parties(const struct mp_barrier *b);
int mp_barrier_n_waiting(struct mp_barrier *b);
bool mp_barrier_broken(struct mp_barrier *b);

/* As with a lock; the action is not a part of what travels. */
void mp_barrier_close(struct mp_barrier *b);
int mp_barrier_fileno(const struct mp_barrier *b);
struct mp_barrier *mp_barrier_from_fd(int fd, int (*action)(void *arg), void *arg);
struct mp_share mp_barrier_share(const struct mp_barrier *b);
struct mp_barrier *mp_barrier_from_share(
	const struct mp_share *share, int (*action)(void *arg), void *arg);

/* ---- Values and arrays ----
 *
 * Bytes that processes share, with an rlock of their own. An array is a value of several equal
 * items; every function of a value works on it. Pointers in it mean nothing to other processes. */
struct mp_value;

/* `size` bytes, or `count` items of `item` bytes: a copy of `initial`, or zeros when that is NULL.
 * EINVAL: nothing to hold. ENOMEM, ENOSPC: no memory; what is returned has all it needs. EMFILE,
 * ENFILE. */
struct mp_value *mp_value_new(size_t size, const void *initial);
struct mp_value *mp_array_new(size_t count, size_t item, const void *initial);

/* The bytes themselves, on a boundary of 64, valid until close. Nobody takes the lock for the
 * caller here: single words can be read and written with atomics, more under acquire. */
void *mp_value_data(struct mp_value *value);
size_t mp_value_size(const struct mp_value *value);
size_t mp_array_length(const struct mp_value *array);

/* Copies of all the bytes, or of one item, under the lock. 0 or MP_OWNER_DIED, and then a process
 * died holding the lock, and may have written half. ERANGE: no such item. */
int mp_value_get(struct mp_value *value, void *to);
int mp_value_set(struct mp_value *value, const void *from);
int mp_array_get(struct mp_value *array, size_t index, void *to);
int mp_array_set(struct mp_value *array, size_t index, const void *from);

/* Its lock (Python's get_lock), for more than one step: see mp_lock_acquire, mp_lock_release. */
int mp_value_acquire(struct mp_value *value, double timeout);
int mp_value_release(struct mp_value *value);

/* As with a lock. */
void mp_value_close(struct mp_value *value);
int mp_value_fileno(const struct mp_value *value);
struct mp_value *mp_value_from_fd(int fd);
struct mp_share mp_value_share(const struct mp_value *value);
struct mp_value *mp_value_from_share(const struct mp_share *share);

/* ---- Subprocess ----
 *
 * Other programs, started without copying the caller (clone(2) with CLONE_VFORK, as posix_spawn(3)
 * does), so a parent of two gigabytes starts one as fast as one of two megabytes. The program has
 * the descriptors 0, 1 and 2 and no others, no signal is blocked or ignored in it. When it cannot
 * be started the call that starts it says why (ENOENT, EACCES, ENOEXEC, E2BIG ...); no exit code
 * stands for that.
 *
 * timeout is in seconds; negative: wait for ever; 0: do not wait (EAGAIN, else ETIMEDOUT). */
struct mp_subprocess;

/* What becomes of a standard stream; any number above 0 is a descriptor of the caller, which stays
 * open here (0 is MP_INHERIT: the program's stdin is the caller's). A stream that is inherited but
 * closed here is /dev/null there. */
#define MP_INHERIT 0    /* the caller's own; the default */
#define MP_PIPE (-1)    /* a pipe to the caller */
#define MP_STDOUT (-2)  /* err only: where out goes */
#define MP_DEVNULL (-3) /* /dev/null */

struct mp_subprocess_limit {
	int resource; /* RLIMIT_CPU, RLIMIT_AS, RLIMIT_NPROC ... of setrlimit(2) */
	struct rlimit limit;
};

struct mp_subprocess_options {
	int in, out, err;
	const char *const *env; /* "NAME=value", ended by NULL; NULL: the caller's */
	const char *cwd;        /* NULL: the caller's; a relative argv[0] starts here */
	bool new_session;       /* setsid(2); signals then go to all processes of its group */
	bool new_group;         /* setpgid(2); the same, within the caller's session, and cheaper:
				   the scheduler keeps books of each session */
	int death_signal;       /* it gets this signal when the caller dies (prctl(2),
				   PR_SET_PDEATHSIG); 0: it is left alone */
	bool check;             /* for run, call: an exit code other than 0 is an error */
	size_t most;            /* for run, communicate: more bytes than this on out or on err are
				   an error; 0: memory is the limit */
	const struct mp_subprocess_limit *limits; /* of the program, not of the caller */
	size_t limit_count;
	int server; /* the askers' end of a mp_subprocess_server_pair: another process
		       starts it; 0: this one does */
	bool later; /* with a server: do not wait until it has started
		       (mp_subprocess_started), and not for room in `server` either (EAGAIN, until
		       it can be written to); its end may be told some milliseconds late
		       (but not to who asks for its sentinel) */
	struct mp_subprocess *after; /* with a server: one that has ended, to be closed here as by
					mp_subprocess_close, also where this fails; its way to the
					server is used again, which is faster */
};

/* What a program left behind. out and err are what it wrote there, with a NUL behind the last byte;
 * NULL where there was no pipe. Free it with mp_subprocess_result_free, also after an error. */
struct mp_subprocess_result {
	int returncode; /* exit code, minus the signal, or MP_EXITCODE_UNKNOWN */
	char *out, *err;
	size_t out_size, err_size;
};
void mp_subprocess_result_free(struct mp_subprocess_result *result);

/* Starts a program, feeds it `size` bytes of input and takes what it prints, and returns when it
 * has ended; signal handlers run meanwhile. argv ends with NULL; without a slash in argv[0] the
 * program is looked for in PATH (that of env, where env is given). options may be NULL, and result
 * if nothing of it is wanted. With input (even of size 0) stdin is a pipe if it would be inherited.
 * 0: it has ended; result->returncode says how.
 * ETIMEDOUT, EAGAIN: its time was over; it was killed (SIGKILL) and collected. EMSGSIZE: it printed
 * more than options->most, and was killed. EREMOTEIO: options->check, and its returncode is not 0.
 * In these cases result has what it printed up to then. EINVAL: no argv, input without a pipe, a
 * stream that does not exist. EBADF: a descriptor that is none. EMFILE, ENFILE, ENOMEM, EAGAIN. */
int mp_subprocess_run(const char *const *argv, const struct mp_subprocess_options *options,
	const void *input, size_t size, double timeout, struct mp_subprocess_result *result);

/* The same for a program that is only to run; no stream may be MP_PIPE (EINVAL). returncode may be
 * NULL. */
int mp_subprocess_call(const char *const *argv, const struct mp_subprocess_options *options,
	double timeout, int *returncode);

/* run with out = MP_PIPE and check. */
int mp_subprocess_check_output(const char *const *argv, const struct mp_subprocess_options *options,
	const void *input, size_t size, double timeout, struct mp_subprocess_result *result);

/* Starts a program and returns while it runs. Errors as with run. Free it with
 * mp_subprocess_close. */
struct mp_subprocess *mp_subprocess_popen(
	const char *const *argv, const struct mp_subprocess_options *options);

/* Feeds it, takes what it prints until it closes its streams, waits for its end, and closes the
 * pipes: all at once, so that neither side can wait for the other for ever, however much there is
 * to say. A program that does not read its input to the end is no error, and no SIGPIPE comes of
 * it. 0: it has ended. ETIMEDOUT, EAGAIN, or EINTR (a signal handler ran): nothing is lost, it runs
 * on, and the call can be repeated with the same input; kill it or close it else. EMSGSIZE: see
 * options.most. EINVAL: input without a pipe. A child of the program that keeps its streams open
 * keeps the call waiting. The pipes are non-blocking afterwards. */
int mp_subprocess_communicate(struct mp_subprocess *p, const void *input, size_t size,
	double timeout, struct mp_subprocess_result *result);

/* 1: it has ended; 0: it runs. ECHILD: another process started it. */
int mp_subprocess_poll(struct mp_subprocess *p);

/* 0: it has ended. EAGAIN, ETIMEDOUT, EINTR, ECHILD. A program that has pipes may wait for the
 * caller at the same time: see communicate. */
int mp_subprocess_wait(struct mp_subprocess *p, double timeout);

/* As mp_process_exitcode and mp_process_rusage. */
bool mp_subprocess_returncode(struct mp_subprocess *p, int *code);
bool mp_subprocess_rusage(struct mp_subprocess *p, struct rusage *usage);

/* SIGTERM, SIGKILL, or any signal. The call does not wait. ESRCH: it has ended; ECHILD. */
int mp_subprocess_terminate(struct mp_subprocess *p);
int mp_subprocess_kill(struct mp_subprocess *p);
int mp_subprocess_send_signal(struct mp_subprocess *p, int signal);

/* 0: it runs, or did. Of a program that a server is to start, with options.later: EAGAIN: the
 * server has not said yet; else why it was not started, as popen says it. ECONNRESET: the server
 * died before it had heard of it; EPIPE: it died and may have started it. poll calls such a program
 * ended. */
int mp_subprocess_started(struct mp_subprocess *p);

/* Also when it has ended; it may be another process's then. 0: a server has not started it yet. */
pid_t mp_subprocess_pid(const struct mp_subprocess *p);

/* A descriptor that polls readable once it has ended, as mp_process_sentinel. ESRCH: it was
 * collected before anybody asked. Of a program that a server starts it may be readable before:
 * poll says whether. */
int mp_subprocess_sentinel(struct mp_subprocess *p);

/* The caller's ends of the pipes, blocking as they are made, close-on-exec, and closed by
 * mp_subprocess_close; -1 where there is none. For event loops: set O_NONBLOCK, read and write as
 * they poll, close_stdin when all is written. write(2) here may raise SIGPIPE. */
int mp_subprocess_stdin_fileno(const struct mp_subprocess *p);
int mp_subprocess_stdout_fileno(const struct mp_subprocess *p);
int mp_subprocess_stderr_fileno(const struct mp_subprocess *p);
void mp_subprocess_close_stdin(struct mp_subprocess *p);

/* Closes the caller's end of the pipe that is the program's stream 0, 1 or 2, if there is one. */
void mp_subprocess_close_stream(struct mp_subprocess *p, int stream);

/* Closes the pipes and frees it. A program that still runs is killed and collected first. NULL is
 * ignored. In a child of the process that started it this ends nothing. */
void mp_subprocess_close(struct mp_subprocess *p);

/* ---- Programs that another process starts ----
 *
 * A process that may not, or should not, start programs itself has them started by one that may:
 * it makes a pair before both are born, and names its end as options.server. Everything else is as
 * before, streams, signals and the end with its return code and resources, but that the program is
 * the server's child: it has the server's user and limits, death_signal is for the server's death,
 * and env, where it is not given, is still the asker's. close does not wait for the end of what it
 * kills. An asker that dies takes its programs with it: they get SIGTERM (with new_session or
 * new_group all of their group), and after 3 seconds SIGKILL. A server that dies leaves programs
 * whose return code is MP_EXITCODE_UNKNOWN.
 *
 * The server may be the one to be protected from the askers: whatever comes from them is checked
 * for being sound, and by `check` for being allowed. A second server can take the place of one that
 * died, at the same end of the pair. Needs pidfd_open(2), Linux 5.3. */
struct mp_subprocess_server;

/* ends[0] is the server's, ends[1] for any number of askers. Bare descriptors, close-on-exec.
 * An asker waits up to 3 seconds while the pair is full (EAGAIN). EMFILE, ENFILE, ENOMEM: both are
 * -1. */
int mp_subprocess_server_pair(int ends[2]);

/* What is to be started. `check` may put others in their place, which must live until it is called
 * again. */
struct mp_subprocess_order {
	const char **argv, **env; /* ended by NULL */
	const char *cwd;          /* NULL: the server's */
	const struct mp_subprocess_limit *limits;
	size_t limit_count;
	pid_t asker;      /* who asks, by the kernel's word (SCM_CREDENTIALS, unix(7)) */
	unsigned running; /* of its programs */
};
struct mp_subprocess_server_options {
	unsigned most; /* programs at a time; the next is refused (EAGAIN); 0: 256 */
	/* 0: start it; else the errno the asker gets. NULL: everybody may start everything. */
	int (*check)(struct mp_subprocess_order *order, void *closure);
	/* Called in the child before it is the program, while it shares this process's memory and
	 * has its descriptors: it makes system calls and nothing else. -1 with errno: it is not
	 * started. NULL: none. */
	int (*confine)(void *closure);
	void *closure; /* the argument of both */
};

/* Signals are to be handled or ignored as they will be, before this call. NULL: EMFILE, ENFILE,
 * ENOMEM. `socket` stays the caller's, to be closed after the server. */
struct mp_subprocess_server *mp_subprocess_server_new(
	int socket, const struct mp_subprocess_server_options *options);

/* Waits until there is something to do, and does it; timeout as above. EPIPE: nobody can ask any
 * more, and no program is left; EAGAIN, ETIMEDOUT, EINTR. */
int mp_subprocess_server_serve(struct mp_subprocess_server *server, double timeout);

/* Programs that run. */
unsigned mp_subprocess_server_count(const struct mp_subprocess_server *server);

/* Kills and collects what runs. NULL is ignored. */
void mp_subprocess_server_close(struct mp_subprocess_server *server);

#endif
