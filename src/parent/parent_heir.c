/*
 * parent_heir - what this process got from the one before, or from systemd
 *
 * Runs in:  the parent, while it starts and until the one before has ended
 * Owns:     struct parent_heir: the channel to the one before
 * Errors:   -1 and a line in the log for an inheritance that cannot be used
 *
 * Listeners come from the parent before (SIGUSR2, see parent_upgrade) or from socket activation
 * (LISTEN_FDS, sd_listen_fds(3)). Those of an address the configuration does not name are closed
 * here, which harms nobody: the giver has them still.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_keeper.h"
#include "parent/parent_lab.h"

#include "os/os_socket.h"
#include "wire/wire_succession.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FIRST_FD = 3, ACTIVATED_MOST = 1024, WORD = 256 };

struct parent_heir {
	struct mp_pipe *channel;
	ev_io watch;
	int before;                  /* the process */
	int errors;                  /* the standard error to be; -1 */
	struct wire_listener status; /* of StatusListen, until this process serves; -1 */
	bool served;
	bool owns; /* the PidFile was taken: a later upgrade may have passed it on since */
};

static bool is_listener(int fd)
{
	int on = 0;
	socklen_t size = sizeof on;
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size) == 0 && on;
}

static int adopt(struct parent *p, int fd, const struct os_address *address)
{
	if (!is_listener(fd)) {
		log_crit("descriptor %d, which was handed over, does not listen", fd);
		return -1;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (parent_listen_adopt(&p->listeners, p->config, fd, address) == 0)
		return 0;
	log_crit("cannot take over a listener: %m");
	return -1;
}

static bool is_named(const struct config *config, const struct os_address *address)
{
	for (size_t i = 0; i < config->listen_count; i++)
		if (os_address_equal(&config->listens[i].address, address))
			return true;
	return false;
}

/* LISTEN_FDS counts for the process of LISTEN_PID alone: others inherited the words by accident. */
static int take_activated(struct parent *p)
{
	const char *whose = getenv("LISTEN_PID"), *many = getenv("LISTEN_FDS");
	unsigned long long pid, count;
	if (!whose || !many || !text_number(text_of(whose), INT32_MAX, &pid) ||
		pid != (unsigned long long)getpid() ||
		!text_number(text_of(many), ACTIVATED_MOST, &count))
		return 0;
	for (int fd = FIRST_FD; fd < FIRST_FD + (int)count; fd++) {
		struct os_address address;
		char text[OS_ADDRESS_TEXT];
		if (os_socket_name(fd, &address) < 0 ||
			(address.of.any.sa_family != AF_INET &&
				address.of.any.sa_family != AF_INET6)) {
			log_crit("descriptor %d of LISTEN_FDS is no TCP socket", fd);
			return -1;
		}
		if (!is_named(p->config, &address))
			log_warn("no Listen names %s, which LISTEN_FDS handed over: not used",
				os_address_format(&address, text));
		if (adopt(p, fd, &address) < 0)
			return -1;
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return 0;
}

static int take_succession(struct parent *p, struct text words)
{
	struct wire_succession s;
	int result = wire_succession_unpack(words, &s) ? 0 : -1;
	struct mp_pipe *channel = result == 0 ? mp_pipe_from_fd(s.channel) : NULL;
	struct parent_heir *heir = channel ? calloc(1, sizeof *heir) : NULL;
	if (!heir) {
		log_crit("%s is damaged: this is no upgrade", WIRE_SUCCESSION);
		mp_pipe_close(channel);
		free(s.listeners);
		return -1;
	}
	fcntl(s.channel, F_SETFD, FD_CLOEXEC);
	if (s.errors >= 0)
		fcntl(s.errors, F_SETFD, FD_CLOEXEC);
	if (s.status.fd >= 0)
		fcntl(s.status.fd, F_SETFD, FD_CLOEXEC);
	*heir = (struct parent_heir){
		.channel = channel, .before = s.pid, .errors = s.errors, .status = s.status};
	p->heir = heir;
	if (s.keeper[0] >= 0) {
		fcntl(s.keeper[0], F_SETFD, FD_CLOEXEC);
		fcntl(s.keeper[1], F_SETFD, FD_CLOEXEC);
		parent_keeper_adopt(p, s.keeper);
	}
	p->generation = s.generation + 1;
	parent_lab_adopt(p, s.lab);
	for (size_t i = 0; result == 0 && i < s.count; i++)
		result = adopt(p, s.listeners[i].fd, &s.listeners[i].address);
	free(s.listeners);
	return result;
}

int parent_heir_open(struct parent *p)
{
	const char *words = getenv(WIRE_SUCCESSION);
	if (!words)
		return take_activated(p);
	int result = take_succession(p, text_of(words));
	unsetenv(WIRE_SUCCESSION);
	return result;
}

int parent_heir_status(struct parent *p, const struct os_address *address)
{
	struct parent_heir *heir = p->heir;
	if (!heir || heir->status.fd < 0 || !os_address_equal(&heir->status.address, address))
		return -1;
	int fd = heir->status.fd;
	heir->status.fd = -1;
	return fd;
}

static void take_pid_file(struct parent *p)
{
	if (p->pid_path && !p->heir->owns)
		p->pid_file = parent_pidfile_take(p->pid_path, p->heir->before, NULL);
	p->heir->owns = true;
}

static void on_word(struct ev_loop *loop, ev_io *watch, int events)
{
	(void)loop;
	(void)events;
	struct parent *p = watch->data;
	char word[WORD];
	ssize_t n = mp_pipe_recv_bytes_into_timeout(p->heir->channel, word, sizeof word, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	take_pid_file(p); /* it was let go of, or nobody is left to hold it */
	if (n < 0) {
		log_notice("upgrade: process %d is gone", p->heir->before);
		parent_heir_close(p);
	}
}

void parent_heir_serves(struct parent *p)
{
	struct parent_heir *heir = p->heir;
	char word[WORD];
	if (!heir || heir->served)
		return;
	heir->served = true;
	if (heir->errors >= 0) {
		os_process_return_stderr(heir->errors);
		heir->errors = -1;
	}
	/* Nobody has taken it: the new StatusListen is another, and who came to this one would
	 * wait. */
	if (heir->status.fd >= 0)
		close(heir->status.fd);
	heir->status.fd = -1;
	p->board->predecessor = heir->before;
	log_notice("upgrade: process %d (%s) takes over from process %d", (int)getpid(),
		config_server_name(CONFIG_TOKENS_FULL), heir->before);
	int length = snprintf(word, sizeof word, "%s %s", WIRE_SUCCESSION_SERVES,
		config_server_name(CONFIG_TOKENS_FULL));
	ev_io_init(&heir->watch, on_word, mp_pipe_fileno(heir->channel), EV_READ);
	heir->watch.data = p;
	ev_io_start(p->loop, &heir->watch);
	/* Should it be gone, the channel says so next. */
	(void)mp_pipe_send_bytes_timeout(heir->channel, word, (size_t)length, 0);
}

void parent_heir_close(struct parent *p)
{
	struct parent_heir *heir = p->heir;
	if (!heir)
		return;
	if (p->loop && heir->served)
		ev_io_stop(p->loop, &heir->watch);
	mp_pipe_close(heir->channel);
	if (heir->errors >= 0)
		close(heir->errors);
	if (heir->status.fd >= 0)
		close(heir->status.fd);
	free(heir);
	p->heir = NULL;
	if (p->board)
		p->board->predecessor = 0;
}
