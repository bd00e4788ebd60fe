/*
 * parent_logs - opening what is written to
 *
 * Runs in:  the parent
 * Owns:     see parent_logs.h
 * Errors:   -1 and a line that says which log and why
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "parent"
#include "parent/parent_logs.h"

#include "parent/parent_loggers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Nothing that is written to may block: neither a FIFO that nobody reads yet, nor one that is full.
 * Regular files are as they are. */
static int open_file(const char *path)
{
	int flags = O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(path, O_WRONLY | flags, 0644);
	return fd < 0 && errno == ENXIO ? open(path, O_RDWR | flags, 0644) : fd;
}

/* Messages are sent by address, so that a log that was started again is found; connected too for
 * those who only know how to write(2). */
static int open_syslog(void)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	snprintf(to.sun_path, sizeof to.sun_path, "%s", log_syslog_path);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
		log_warn("the system's log does not listen at %s: %m", log_syslog_path);
	return fd;
}

static int open_log(const struct config *config, const char *path, const char *const *program)
{
	if (program)
		return parent_loggers_start(program, config->server_root, config->error_log_fd);
	return open_file(path);
}

static int open_error_log(const struct config *config, struct config_error_log *log)
{
	if (!log->path)
		return 0;
	log->sink.fd = log->sink.syslog ? open_syslog() : open_log(config, log->path, log->program);
	if (log->sink.fd >= 0)
		return 0;
	log_crit("cannot %s the ErrorLog %s: %m", log->program ? "start" : "open", log->path);
	return -1;
}

/* The main error log first: it is where programs of other logs complain. */
static int open_all(struct config *config)
{
	for (size_t i = 0; i < config->error_log_count; i++) {
		if (open_error_log(config, config->error_logs[i]) < 0)
			return -1;
		config->error_log_fd = config->error_logs[0]->sink.fd;
	}
	for (size_t i = 0; i < config->log_count; i++) {
		struct config_log *log = config->logs[i];
		log->fd = open_log(config, log->path, log->program);
		if (log->fd < 0) {
			log_crit("%s:%u: cannot %s the log %s: %m", log->file, log->line,
				log->program ? "start" : "open", log->path);
			return -1;
		}
	}
	return 0;
}

int parent_logs_open(struct config *config)
{
	config->error_log_fd = -1;
	if (open_all(config) == 0)
		return 0;
	parent_logs_close(config);
	return -1;
}

static void close_log(int *fd, bool program)
{
	if (*fd >= 0 && program)
		parent_loggers_leave(*fd);
	else if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void parent_logs_close(struct config *config)
{
	for (size_t i = 0; i < config->log_count; i++)
		close_log(&config->logs[i]->fd, config->logs[i]->program != NULL);
	for (size_t i = 0; i < config->error_log_count; i++) {
		struct config_error_log *log = config->error_logs[i];
		log_leave(&log->sink);
		close_log(&log->sink.fd, log->program != NULL);
	}
	config->error_log_fd = -1;
}
