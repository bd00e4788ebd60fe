/*
 * parent_logs - opening what is written to
 *
 * Runs in:  the parent
 * Owns:     see parent_logs.h
 * Errors:   -1 and a line that says which file and why
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "parent"
#include "parent/parent_logs.h"

#include <fcntl.h>
#include <unistd.h>

static int open_log(const char *path)
{
	return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644);
}

int parent_logs_open(struct config *config)
{
	config->error_log_fd = -1;
	if (config->error_log && (config->error_log_fd = open_log(config->error_log)) < 0) {
		log_crit("cannot open the ErrorLog %s: %m", config->error_log);
		return -1;
	}
	for (size_t i = 0; i < config->log_count; i++) {
		struct config_log *log = config->logs[i];
		log->fd = open_log(log->path);
		if (log->fd < 0) {
			log_crit("%s:%u: cannot open the log %s: %m", log->file, log->line,
				log->path);
			parent_logs_close(config);
			return -1;
		}
	}
	return 0;
}

void parent_logs_close(struct config *config)
{
	if (config->error_log_fd >= 0)
		close(config->error_log_fd);
	config->error_log_fd = -1;
	for (size_t i = 0; i < config->log_count; i++) {
		if (config->logs[i]->fd >= 0)
			close(config->logs[i]->fd);
		config->logs[i]->fd = -1;
	}
}
