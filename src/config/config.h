/*
 * config - what the configuration says, ready to be used
 *
 * Runs in:  the parent reads it; workers inherit it and only look
 * Owns:     everything it points at, until config_free; strings are NUL-terminated and immutable
 * Errors:   config_load returns NULL and one message, "FILE:LINE: what is wrong"
 *
 * The names of directives, their arguments, limits, defaults and documentation are rows of
 * config/directives.def; struct fields named here are what those rows fill.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/buffer.h"
#include "base/list.h"
#include "base/log.h"
#include "base/text.h"
#include "config/areas.h"
#include "config/config_remote.h"
#include "os/os_address.h"

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

enum config_process_model { CONFIG_PREFORK, CONFIG_FORK, CONFIG_DISPATCH };
enum config_start_method { CONFIG_START_FORK, CONFIG_START_SPAWN, CONFIG_START_FORKSERVER };
enum config_accept_mutex {
	CONFIG_MUTEX_NONE,
	CONFIG_MUTEX_FCNTL,
	CONFIG_MUTEX_FLOCK,
	CONFIG_MUTEX_PTHREAD
};
enum config_sandbox { CONFIG_SANDBOX_OFF, CONFIG_SANDBOX_ON, CONFIG_SANDBOX_LOG };
enum config_tokens { /* ServerTokens, from least to most said */
	CONFIG_TOKENS_PROD,
	CONFIG_TOKENS_MAJOR,
	CONFIG_TOKENS_MINOR,
	CONFIG_TOKENS_MIN,
	CONFIG_TOKENS_OS,
	CONFIG_TOKENS_FULL
};

enum config_slashes { CONFIG_SLASHES_OFF, CONFIG_SLASHES_ON, CONFIG_SLASHES_NODECODE };
enum config_trace { CONFIG_TRACE_OFF, CONFIG_TRACE_ON, CONFIG_TRACE_EXTENDED };

/* One Listen line. */
struct config_listen {
	struct os_address address;
	const char *text; /* as written */
	const char *file; /* where: for messages when it cannot be bound */
	unsigned line;
};

struct config_expr;
struct regex_groups;

/* ErrorDocument: what is said in place of our own page for one status. */
struct config_error_document {
	int status;
	enum config_error_kind {
		CONFIG_ERROR_DEFAULT,
		CONFIG_ERROR_TEXT,
		CONFIG_ERROR_PATH,
		CONFIG_ERROR_URL
	} kind;
	const char *value; /* the text, the local path beginning with '/', or the URL */
	const struct config_expr *expr; /* it names variables, and is put together for each */
};

/* One AddType: files whose name has this extension (without the dot, any case). */
struct config_type {
	const char *extension;
	const char *type; /* NULL: what an outer section said is taken back */
};

/* Options; those that nothing looks at yet are kept all the same. */
enum config_option {
	CONFIG_OPTION_MULTIVIEWS = 1 << 0,
	CONFIG_OPTION_INDEXES = 1 << 1,
	CONFIG_OPTION_FOLLOW_LINKS = 1 << 2,
	CONFIG_OPTION_FOLLOW_OWN_LINKS = 1 << 3,
	CONFIG_OPTION_INCLUDES = 1 << 4,
	CONFIG_OPTION_INCLUDES_NO_EXEC = 1 << 5,
	CONFIG_OPTION_EXEC_CGI = 1 << 6
};

/* One extension (without the dot, any case) of AddEncoding, AddLanguage or AddCharset. */
struct config_extension {
	enum config_extension_kind {
		CONFIG_EXTENSION_CODING,
		CONFIG_EXTENSION_LANGUAGE,
		CONFIG_EXTENSION_CHARSET,
		CONFIG_EXTENSION_HANDLER,
		CONFIG_EXTENSION_FILTERS /* the value: "D", "B" or "DB" */
	} kind;
	const char *extension;
	const char *value; /* NULL: what an outer section said is taken back */
};

/* What AddOutputFilterByType says of one media type, or of all of a kind: "text/" and an asterisk.
 */
struct config_filter {
	const char *type;
	unsigned filters; /* a set of enum config_filter_bit */
};
enum config_filter_bit { CONFIG_FILTER_DEFLATE = 1 << 0, CONFIG_FILTER_BROTLI = 1 << 1 };

/* ForceLanguagePriority, a set; 0 is None. */
enum config_force { CONFIG_FORCE_PREFER = 1 << 0, CONFIG_FORCE_FALLBACK = 1 << 1 };

/* One instruction of a compiled LogFormat; config/log_fields.def lists the letters. */
enum config_log_op {
	CONFIG_LOG_LITERAL, /* the bytes of `text` */
#define LOG_FIELD(symbol, letter, argument, whose, description) CONFIG_LOG_##symbol,
#define LOG_FIELD_LONG(symbol, letters, argument, whose, description) CONFIG_LOG_##symbol,
#include "config/log_fields.def"
#undef LOG_FIELD
#undef LOG_FIELD_LONG
	CONFIG_LOG_OPS
};
/* The forms of %t. */
enum config_log_time {
	CONFIG_LOG_TIME_COMMON, /* [21/Nov/2026:04:17:00 +0000] */
	CONFIG_LOG_TIME_SEC,
	CONFIG_LOG_TIME_MSEC,
	CONFIG_LOG_TIME_USEC,
	CONFIG_LOG_TIME_MSEC_FRAC,
	CONFIG_LOG_TIME_USEC_FRAC,
	CONFIG_LOG_TIME_FORMAT /* of strftime(3), `text` */
};
struct config_log_step {
	enum config_log_op op;
	bool last;     /* of the request it became, as opposed to the one that came */
	bool end;      /* of %t: when it was answered */
	unsigned form; /* of %t: enum config_log_time; else which word of log_fields.def stands in
			  braces, from 1; 0: none does */
	const char *text; /* the literal, or what stands in {braces}; NULL without */
	size_t size;      /* of text */
	/* Only for these statuses, or only for all others; NULL: for every one. */
	const uint16_t *statuses;
	size_t status_count;
	bool unless;
};
struct config_log_format {
	const char *name;   /* LogFormat's nickname, or NULL */
	const char *source; /* as written */
	size_t count;
	const struct config_log_step *steps;
};

/* AllowOverride: which directives an .htaccess may hold. The same bits say of a directive what it
 * takes to be allowed there. */
enum config_override {
	CONFIG_OVERRIDE_AUTHCONFIG = 0x100,
	CONFIG_OVERRIDE_FILEINFO = 0x200,
	CONFIG_OVERRIDE_INDEXES = 0x400,
	CONFIG_OVERRIDE_LIMIT = 0x800,
	CONFIG_OVERRIDE_OPTIONS = 0x1000,
	CONFIG_OVERRIDE_ALL = 0x1f00
};

/* What an .htaccess may hold; NULL: not said. */
struct config_grant {
	const struct config_allowed {
		int groups;       /* a set of enum config_override */
		unsigned options; /* of Options, those that may be said: enum config_option */
		bool skips_forbidden, skips_unknown; /* Nonfatal: other lines are passed over */
	} * allowed;
	const bool *listed; /* AllowOverrideList: by the number of the directive */
};

/* One CustomLog, TransferLog or GlobalLog. The parent opens `path` and fills fd before any worker
 * is born. */
struct config_log {
	const char *path;           /* absolute; of a program, as written */
	const char *const *program; /* and its words, NULL-terminated; NULL: a file */
	const struct config_log_format *format;
	const char *variable; /* env=: only requests that have it, or not; NULL: all */
	bool unset;
	const struct config_expr *condition; /* expr=: only requests it is true for */
	const char *file;
	unsigned line;
	int fd;       /* -1 until opened */
	size_t index; /* of config.logs */
};

/* Where lines of the error log go. Hosts that name the same have the same. */
struct config_error_log {
	const char *path; /* absolute, or as written; NULL: standard error (--serve) */
	const char *const *program;
	struct log_syslog syslog; /* tag NULL: it is not the system's log */
	const char *file;
	unsigned line;
	struct log_sink sink; /* fd -1 until opened */
};

/*
 * What may differ from one part of the site to another: the settings of the server itself, over
 * which each matching section is laid (NULL and -1: says nothing, what lies under it shows).
 */
struct config_dir {
#define CONFIG_AREA(name) struct config_##name name;
#include "config/areas.def"
#undef CONFIG_AREA
	struct config_grant grant;          /* AllowOverride, AllowOverrideList */
	const char *handler;                /* SetHandler; "none" takes an outer one back */
	const char *force_type;             /* ForceType; "none" takes an outer one back */
	const char *const *directory_index; /* DirectoryIndex: NULL-terminated names */
	size_t error_document_count;
	const struct config_error_document *error_documents; /* inner sections' rows come first */
	size_t type_count;
	const struct config_type *types; /* AddType, inner sections' rows come first */
	int64_t limit_request_body;      /* bytes; 0: no limit; -1: not said here */

	/* content */
	unsigned options;     /* Options: a set of enum config_option */
	unsigned options_off; /* of a section: what it takes away of the options under it */
	size_t extension_count;
	const struct config_extension *extensions; /* inner sections' rows come first */
	const char *default_language;
	const char *default_charset;          /* AddDefaultCharset; "": Off */
	const char *const *language_priority; /* NULL-terminated */
	int force_language;                   /* a set of enum config_force; -1: not said here */
	int output_filters; /* SetOutputFilter: a set of enum config_filter_bit; -1: not said here
			     */
	size_t filter_count;
	const struct config_filter *filters; /* AddOutputFilterByType */
	int64_t max_ranges; /* UINT32_MAX: unlimited; 0: Range is never served; -1: not said here */
	int64_t max_range_overlaps, max_range_reversals; /* the same */
	int directory_slash;                             /* 0, 1; -1: not said here */
	int accept_path_info; /* 0, 1; -1: not said here, or as the handler likes */
};

/* A list of sections; the pointers stay where they are when the list grows. */
struct config_sections {
	size_t count;
	struct config_section *const *all; /* in order of appearance */
};

/* What the settings in a section depend on. */
enum config_section_kind {
	CONFIG_SECTION_DIRECTORY, /* where the file lies; also what an .htaccess says */
	CONFIG_SECTION_FILES,     /* its name */
	CONFIG_SECTION_LOCATION,  /* the path of the URL */
	CONFIG_SECTION_IF         /* anything: an expression */
};

/* One <Directory>, <Files>, <Location> or <If>, or an .htaccess. */
struct config_section {
	enum config_section_kind kind;
	uint32_t serial; /* no two sections have the same */
	const char
		*path; /* without a trailing slash, so "" is everything; or a pattern, or a name */
	size_t size;
	bool only_below; /* written with a trailing slash: what is below the path, not itself */
	bool pattern;    /* path holds * ? or [ (fnmatch(3)) */
	const struct regex *regex;           /* of the Match forms and of ~; path is its source */
	const struct config_expr *condition; /* of <If> and <ElseIf>; NULL for <Else> */
	const struct config_section *unless; /* of <ElseIf> and <Else>: the one before it */
	struct config_dir dir;               /* what stands in it */
	struct config_sections inner;        /* <Files> and <If> in it */
	const char *file;
	unsigned line;
};

/* One part of RequestReadTimeout. */
struct config_read_timeout {
	unsigned first_ms; /* to begin with; 0: no limit */
	unsigned most_ms;  /* however much comes; 0: no limit */
	unsigned rate;     /* bytes that buy one more second; 0: none do */
};

/* A host: the main server, or a <VirtualHost>, which has all that the main server says and it does
 * not. */
struct config_host {
	struct config *config;
	const char *server_name;           /* ServerName's host; NULL: not said */
	const char *const *server_aliases; /* ServerAlias: NULL-terminated; NULL: none */
	unsigned server_port;              /* ServerName's, else the <VirtualHost>'s; 0: not said */
	const char *server_admin;          /* ServerAdmin; NULL: not said */
	const char *document_root;         /* absolute */
	const struct config_rewrite_map *rewrite_maps; /* the last one said, and so on */
	const char *file;                              /* of <VirtualHost>; NULL: the main server */
	unsigned line;
	int root_fd; /* O_PATH descriptor of it, opened while the configuration was read */
	struct config_dir dir;           /* outside every section */
	struct config_sections sections; /* of virtual hosts: the main server's before their own */
	struct config_merged **merged;   /* private to config_match */
	size_t log_count;
	struct config_log *const *logs;             /* of config.logs */
	const struct config_log_format *log_format; /* LogFormat without a name; NULL: none */
	struct config_error_log *error_log;
	const struct log_form *error_log_form; /* ErrorLogFormat; NULL: as Apache's own */
	bool names_clients;                    /* HostnameLookups is not Off here; ... */
	bool names_clients_within;             /* ... or in one of its sections */
	bool track_first_byte;                 /* LogIOTrackTTFB */
	struct config_remote remote;
	bool keep_alive;
	unsigned keep_alive_timeout_ms;
	unsigned max_keep_alive_requests;                /* 0: no limit */
	struct config_read_timeout read_head, read_body; /* RequestReadTimeout */
	unsigned timeout_ms;           /* Timeout: the longest wait for one read or write */
	unsigned limit_request_line;   /* bytes, without the line end */
	unsigned redirects_most;       /* LimitInternalRecursion: inside, for one request */
	unsigned limit_request_fields; /* 0: no limit */
	unsigned limit_request_field_size;
	enum config_slashes encoded_slashes; /* AllowEncodedSlashes */
	enum config_trace trace_enable;
	unsigned deflate_level;      /* 1 to 9 */
	unsigned brotli_quality;     /* 0 to 11 */
	size_t compression_max_size; /* bytes of the largest file that is compressed on the fly */
};

/* The hosts that answer at one address; which one, Host says. */
struct config_host_set {
	struct os_address address; /* size 0: at every address no other set has */
	unsigned port;             /* 0: any */
	size_t count;
	struct config_host *const *hosts;      /* the first answers for names nobody has */
	const struct config_host_names *names; /* private to config_host_set */
};

struct config {
	/* whole server */
	const char *server_root;
	const char *file; /* the file read first; NULL with --serve */
	const char *pid_file;
	const char *control_socket;
	const char *error_log; /* of the main server: error_logs[0]->path */
	int error_log_fd;      /* the same: -1 until the parent opened it */
	size_t error_log_count;
	struct config_error_log *const *error_logs; /* of all hosts, the main server's first */
	const char *types_config;
	const char *const *access_file_names; /* AccessFileName: NULL-terminated */
	const char *user_name, *group_name;   /* as written; what the ids below came from */
	uid_t user;
	gid_t group;
	enum config_tokens server_tokens;
	bool extended_status;
	bool lab_controls;
	size_t listen_count;
	struct config_listen *listens;
	unsigned listen_backlog;
	struct config_listen status_listen;

	/* processes */
	enum config_process_model process_model;
	enum config_start_method start_method;
	enum config_accept_mutex accept_mutex;
	enum config_sandbox sandbox;
	unsigned worker_connections;
	bool keep_alive_keeper;
	struct config_read_timeout write_limit; /* ResponseWriteTimeout: of the body */
	unsigned max_conn_per_ip;               /* connections of one address; 0: any number */
	unsigned start_servers;
	unsigned min_spare_servers, max_spare_servers;
	unsigned server_limit;
	unsigned max_request_workers;       /* never above server_limit */
	unsigned max_connections_per_child; /* 0: no limit */
	unsigned graceful_shutdown_timeout; /* seconds; 0: for ever */
	unsigned worker_timeout;  /* seconds in which nothing moves in a worker; 0: nobody looks */
	size_t max_worker_memory; /* bytes; 0: no limit */
	size_t file_cache_size;   /* bytes of ready-made answers each worker keeps; 0: none */

	struct config_host host; /* the main server */
	size_t host_count;
	struct config_host *const *hosts; /* the virtual ones, in order of appearance */
	size_t host_set_count;
	const struct config_host_set *host_sets; /* the most particular first */
	size_t log_count;
	struct config_log *const *logs; /* of all hosts */
	size_t fd_count;
	int slash_fd;       /* O_PATH of the root of the file system */
	const int *fds;     /* all that were opened for it */
	bool asks_names;    /* a rule names hosts: workers ask the name service */
	bool local_matters; /* which host answers depends on the address the client connected to */

	struct text record; /* what was said, for config_replay; not NUL-terminated */

	/* private to src/config */
	struct arena *memory;
	uint32_t serials; /* of sections: the last one given */
	struct config_htaccess **htaccess;
	struct config_types *type_table;
	struct list warnings;
};

/* Where a configuration comes from: the command line, said once. NULL-terminated arrays may be
 * NULL. */
/* Where a configuration is written down as it is read. */
struct config_listing {
	struct buffer *to;
	unsigned depth; /* sections that are open */
};

struct config_source {
	const char *server_root;    /* -d; NULL: the built-in one */
	const char *file;           /* -f; relative to the server root; NULL: the built-in one */
	const char *const *defines; /* -D names */
	const char *const *before;  /* -C directives, read before the file */
	const char *const *after;   /* -c directives, read after the file */
	const char *serve;          /* --serve DIR: no file at all; DIR and port say everything */
	unsigned port;              /* --port; 0: 8080 */
	bool explain;               /* --explain: what the parent does, said on standard error */
	struct config_listing *listing; /* written while it is read; NULL: not wanted */
};

/* Reads, checks and completes a configuration. NULL: `error` holds one line without line end,
 * "FILE:LINE: message" where a line is to blame. Descriptors it opened are CLOEXEC. */
struct config *config_load(const struct config_source *source, struct buffer *error);

/* PidFile of a configuration that config_load refuses, an absolute path, as far as its main file
 * tells without being understood; for whoever has to stop a server all the same. false: it cannot
 * be told. */
bool config_pid_file(const struct config_source *source, char to[PATH_MAX]);

/* Closes root_fd and frees all memory. The logs' descriptors belong to whoever opened them. */
void config_free(struct config *config);

/* The same configuration again in another process, from what config_load recorded: no file of it is
 * read (but TypesConfig), so it is the parent's whatever has become of its files. Its DocumentRoot
 * is opened anew. NULL: `error` says why. */
struct config *config_replay(struct text record, const char *server_root, struct buffer *error);

/* What deserves a word but is no error ("MaxRequestWorkers 300 exceeds ServerLimit 256: lowered"):
 * calls once for each, in order. */
void config_warnings(const struct config *config, void (*say)(const char *message));

/* The hosts at a connection's local address; NULL, where !config->local_matters. Never NULL. */
const struct config_host_set *config_hosts_at(
	const struct config *config, const struct os_address *local);

/* The host of that set for an authority, "name" or "name:port" in any case. */
struct config_host *config_host_named(const struct config_host_set *set, struct text authority);

/* What a request turned out to be: what sections are matched against. */
struct config_target {
	struct text path; /* of the URL, decoded and normalised */
	struct text file; /* absolute; of a directory with its slash; size 0: not known (yet) */
	/* <If>: 1, 0, or -1: who knows. NULL: none holds */
	int (*holds)(void *call, const struct config_expr *condition);
	/* What a section's pattern matched, for the variables MATCH_NAME of its named groups.
	 * false: no memory. NULL: nobody asks */
	bool (*matched)(void *call, const struct regex *regex, const struct regex_groups *groups);
	/* Hears of each .htaccess that holds. NULL: nobody asks */
	void (*hears)(void *call, const struct config_section *htaccess);
	void *call;

	/* out */
	struct buffer *error;   /* why there are no settings; may be NULL */
	int status;             /* to answer with then */
	bool volatile_settings; /* they depend on more than the path and the file: keep no answer */
};

/* The settings for a target: the host's own with every matching section over it in Apache's order.
 * Each combination of sections is merged once in a process, so this is cheap from then on. NULL: an
 * .htaccess is wrong, or there is no memory. */
const struct config_dir *config_match(struct config_host *host, struct config_target *target);

/* The same for a path alone. */
const struct config_dir *config_dir_for(struct config_host *host, struct text path);

/* The media type of a file by the extensions of its name, AddType of `dir` first, then TypesConfig;
 * NULL: unknown. config_media.h has all that a name says. */
const char *config_type_for(
	const struct config *config, const struct config_dir *dir, struct text name);

/* dir's ErrorDocument for a status, NULL: none. */
const struct config_error_document *config_error_document(const struct config_dir *dir, int status);

/* Restarts read the file again: names of the directives that differ between `old` and `new` and can
 * take effect only by a full stop and start (e.g. ServerLimit is kept while draining), into
 * `names`, comma-separated; false: none. */
bool config_needs_stop(const struct config *old, const struct config *fresh, struct buffer *names);

/* Does its pool have a keeper? */
bool config_has_keeper(const struct config *config);

/* -L: every directive with its syntax, default, range, context and one-line meaning, by name. */
void config_list_directives(struct buffer *to);

/* -M: the modules of Apache whose job is built in. */
void config_dump_modules(struct buffer *to);

/* -S: what the configuration came to: addresses, hosts, paths, users. */
void config_dump_settings(const struct config *config, struct buffer *to);

/* The directive reference as one HTML page (www/manual/directives.html is this text). */
void config_directives_html(struct buffer *to);

/* The server's own name and version for Server, logs and -v, as ServerTokens allows. */
const char *config_server_name(enum config_tokens tokens);

#endif
