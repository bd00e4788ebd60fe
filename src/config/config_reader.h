/*
 * config_reader - the state of reading one configuration
 *
 * Runs in:  the parent while it reads a configuration
 * Owns:     nothing that outlives it but what it puts into its config
 * Errors:   every function that returns bool says false after it has put one message,
 *           "FILE:LINE: what is wrong", into `error`; the first message stays
 *
 * Private to src/config.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include "config/config.h"
#include "config/config_directive.h"
#include "base/arena.h"
#include "base/regex.h"

#ifndef PREFORKD_SERVER_ROOT
#define PREFORKD_SERVER_ROOT "/usr/local/preforkd"
#endif
#ifndef PREFORKD_CONFIG_FILE
#define PREFORKD_CONFIG_FILE "conf/httpd.conf" /* relative to the server root, or absolute */
#endif

/* Bytes of the longest line, its continuations and its variables' values counted in. */
enum { CONFIG_READER_LINE = 65536 };

/* Sections of the site that may stand in each other. */
enum { CONFIG_READER_DEEP = 16 };

/* A place in a configuration. file NULL: nowhere, or said by nobody. */
struct config_place {
	const char *file;
	unsigned line; /* from 1; 0: the file as a whole */
};

/* One directive with its arguments, unquoted and expanded. */
struct config_line {
	struct config_place place;
	const struct config_directive *directive;
	size_t count;
	const char *const *words;
};

/* A member of config.warnings. */
struct config_warning {
	struct list member;
	const char *message;
};

/* One CustomLog or its like until its format is known: a LogFormat may follow it. */
struct config_log_draft {
	const struct config_host *host;
	struct config_place place;
	const char *path, *format; /* format NULL: the host's own (TransferLog) */
	const char *const *program;
	const char *variable;
	bool unset;
	const struct config_expr *condition;
	bool global; /* GlobalLog: of every host */
};

/* The name of a LogFormat, which counts in a host, or in all where it is the main server's. */
struct config_log_name {
	const struct config_host *host;
	const struct config_log_format *format;
};

/* One Define or -D. */
struct config_define {
	const char *name, *value; /* value "" where none was given */
};

/* A SetHandler of a name that no handler has: some Action's, wherever that stands. */
struct config_stranger {
	const char *name, *near;
	struct config_place place;
};

struct config_reader {
	struct config *config;
	struct arena *memory; /* the config's */
	struct buffer *error;

	/* where each directive was last said, outside sections of the site */
	struct config_place said[CONFIG_DIRECTIVE_COUNT];

	/* where directives go now */
	struct config_host *host;       /* the main server, or the virtual host being read */
	struct config_dir *dir;         /* the host's own settings, or those of `section` */
	struct config_section *section; /* the innermost being read; NULL: none */
	struct config_section *outer[CONFIG_READER_DEEP]; /* and those it stands in */
	size_t depth;
	int override; /* reading an .htaccess: what it may hold, enum config_override; else -1 */
	struct config_grant grant;            /* and more of that */
	const struct config_methods *methods; /* of the <Limit> being read; NULL: none is */
	struct config_require_draft *group;   /* <RequireAll> or its like being read */
	struct config_host_draft *deferring;  /* a <VirtualHost> whose lines are kept for later */
	struct config_host_draft *drafts;     /* all of them, in order */
	size_t draft_count;

	struct config_define *defines;
	size_t define_count;
	struct config_log_name *formats;
	size_t format_count;
	struct config_log_draft *logs;
	size_t log_count;
	struct config_stranger *strangers;
	size_t stranger_count;
	const char **actions; /* what Action was said for */
	size_t action_count;

	const struct config_file *reading; /* innermost file being read */
	unsigned files;                    /* how many were read */
	bool serve;                        /* --serve: no file, and no files of its own */
	bool completing;                   /* what is said now is what nobody said */
	struct buffer record;              /* what was said, see config_record */
	struct config_listing *listing;    /* the same for people; NULL: nobody asked */
};

/* Puts the message, with the place before it, into reader->error unless one is there. Always
 * false, for `return config_reader_fail(...)`. */
bool config_reader_fail(struct config_reader *reader, struct config_place place, const char *format,
	...) __attribute__((format(printf, 3, 4)));
bool config_reader_no_memory(struct config_reader *reader);

/* An argument that is a regular expression, compiled into the reader's memory; `flags` are those of
 * regex_compile. NULL: it is none, which is said. */
const struct regex *config_reader_regex(struct config_reader *reader,
	const struct config_line *line, const char *pattern, unsigned flags);

/* Adds a message to the config's warnings. false: out of memory. */
bool config_reader_warn(struct config_reader *reader, struct config_place place, const char *format,
	...) __attribute__((format(printf, 3, 4)));

/* Reads a file named by an absolute path; `from` is the line that asks for it. */
bool config_reader_file(struct config_reader *reader, struct config_place from, const char *path);

/* Reads lines that stand in no file (-C, -c): messages name them as `name`. */
bool config_reader_lines(struct config_reader *reader, const char *name, const char *const *lines);

/* Reads one directive whose arguments are given as they are; NULL-terminated. */
bool config_reader_say(struct config_reader *reader, struct config_place place, const char *name,
	const char *const *words);

/* A descriptor that is open becomes the configuration's, which closes it. false: it is -1, errno
 * says why, or there is no memory. */
bool config_reader_own(struct config_reader *reader, int fd);

/* An expression of the line (config_expr_parse); from an .htaccess it is a restricted one. NULL:
 * the message says why. */
const struct config_expr *config_reader_expr(struct config_reader *reader,
	const struct config_line *line, const char *source, unsigned flags);

/* The same for a text that names variables (%{NAME}) where it does, else *expr is NULL. */
bool config_reader_variables(struct config_reader *reader, const struct config_line *line,
	const char *source, const struct config_expr **expr);

/* A path relative to the ServerRoot, made absolute. NULL: out of memory. */
const char *config_reader_path(struct config_reader *reader, const char *path);

/* The same of a place that files are looked for below: as <Directory> would name it (path_clean).
 */
const char *config_reader_place(struct config_reader *reader, const char *path);

#endif
