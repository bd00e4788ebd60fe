/*
 * config_cgi - the directives about programs
 *
 * Runs in:  the parent while it reads a configuration; workers look
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CGI_H
#define CONFIG_CGI_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

struct arena;
struct config;
struct config_line;
struct config_reader;

/* RLimitCPU, RLimitMEM, RLimitNPROC, in this order. */
enum { CONFIG_CGI_CPU, CONFIG_CGI_MEM, CONFIG_CGI_NPROC, CONFIG_CGI_LIMITS };
struct config_cgi_limit {
	bool said;
	rlim_t soft, hard; /* RLIM_INFINITY: as much as there is */
};

/* One Action: a path of this site that answers for files of a handler or media type; or one Script:
 * that answers requests of a method which nobody else does. */
struct config_cgi_action {
	const char *name; /* of the handler, the type or the method */
	bool method;
	const char *path; /* NULL: none, whatever outer sections say */
	bool is_virtual;  /* there need not be such a file */
};

struct config_cgi {
	int pass_auth;              /* CGIPassAuth: 0, 1; -1: not said */
	int current_uri;            /* CGIVar REQUEST_URI: 0, 1; -1: not said */
	unsigned script_timeout_ms; /* CGIScriptTimeout; 0: not said, Timeout holds */
	struct config_cgi_limit limits[CONFIG_CGI_LIMITS];
	size_t action_count;
	const struct config_cgi_action *actions; /* inner sections' rows come first */
};

void config_cgi_silent(struct config_cgi *cgi);
bool config_cgi_lay_over(
	struct arena *memory, struct config_cgi *under, const struct config_cgi *inner);

/* The resource of setrlimit(2) of one of the limits. */
int config_cgi_resource(size_t limit);

/* So many programs a worker may have whose answers are out, and that have not ended yet: as many as
 * it serves connections, and some. And so many, a little more than there can be, that answer. */
unsigned config_cgi_left_most(const struct config *config);

/* May any request start a program? Whoever confines the workers has to know. */
bool config_has_cgi(const struct config *config);

/* The directives. */
bool config_cgi_accept_path_info(struct config_reader *reader, const struct config_line *line);
bool config_cgi_pass_auth(struct config_reader *reader, const struct config_line *line);
bool config_cgi_var(struct config_reader *reader, const struct config_line *line);
bool config_cgi_script_timeout(struct config_reader *reader, const struct config_line *line);
bool config_cgi_limit_cpu(struct config_reader *reader, const struct config_line *line);
bool config_cgi_limit_mem(struct config_reader *reader, const struct config_line *line);
bool config_cgi_limit_nproc(struct config_reader *reader, const struct config_line *line);
bool config_cgi_action(struct config_reader *reader, const struct config_line *line);
bool config_cgi_script(struct config_reader *reader, const struct config_line *line);

#endif
