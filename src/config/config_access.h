/*
 * config_access - who may have what: Require, Order, Allow, Deny, Satisfy, Auth...
 *
 * Runs in:  the parent while it reads a configuration; workers look, and read .htaccess
 * Owns:     nothing; all lives in the configuration's memory
 * Errors:   false with a message in the reader
 *
 * The rules of a section as Apache's mod_authz_core, mod_authz_host, mod_access_compat and
 * mod_auth_basic have them; handler_access.c finds out what they come to for a request.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_ACCESS_H
#define CONFIG_ACCESS_H

#include "os/os_network.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
struct config_expr;
struct config_line;
struct config_reader;

/* The methods a rule counts for: those of the <Limit> or <LimitExcept> it stands in. GET is HEAD
 * too. */
struct config_methods {
	bool except; /* all but these */
	size_t count;
	const char *const *names;
};

/* An argument that may hold %{...}. */
struct config_word {
	const char *text;
	const struct config_expr *expr; /* NULL: the text as it is */
};

enum config_require_kind {
	CONFIG_REQUIRE_EVERY, /* <RequireAll>: all of the rules in it */
	CONFIG_REQUIRE_SOME,  /* <RequireAny>, and negated <RequireNone>: one of them */
	CONFIG_REQUIRE_ALL,   /* all granted, all denied */
	CONFIG_REQUIRE_IP,
	CONFIG_REQUIRE_HOST,
	CONFIG_REQUIRE_FORWARD_DNS,
	CONFIG_REQUIRE_LOCAL,
	CONFIG_REQUIRE_METHOD,
	CONFIG_REQUIRE_ENV,
	CONFIG_REQUIRE_VALID_USER,
	CONFIG_REQUIRE_USER,
	CONFIG_REQUIRE_GROUP,
	CONFIG_REQUIRE_EXPR
};

/* One Require, or a group of them. */
struct config_require {
	enum config_require_kind kind;
	bool negate;         /* Require not, <RequireNone> */
	bool granted;        /* of ALL */
	const char *written; /* behind the word Require, for the log; NULL: a group */
	const struct config_methods
		*methods; /* NULL: every method; groups have none of their own */
	size_t count;
	const struct config_word *words;    /* HOST, FORWARD_DNS, METHOD, ENV, USER, GROUP */
	const struct os_network *networks;  /* IP */
	const struct config_expr *expr;     /* EXPR */
	const struct config_require *first; /* of the rules in a group */
	const struct config_require *next;  /* in the group it stands in */
};

enum config_order { CONFIG_DENY_ALLOW, CONFIG_ALLOW_DENY, CONFIG_MUTUAL_FAILURE };

/* One Allow or Deny. */
struct config_allow {
	const struct config_methods *methods;
	bool deny;
	enum config_allow_kind {
		CONFIG_ALLOW_ALL,
		CONFIG_ALLOW_IP,
		CONFIG_ALLOW_HOST,
		CONFIG_ALLOW_ENV,
		CONFIG_ALLOW_NO_ENV
	} kind;
	const char *name; /* of a host, or of a variable */
	struct os_network network;
};

/* Order, or Satisfy: the last row that counts for the method holds. */
struct config_choice_of_methods {
	const struct config_methods *methods;
	unsigned value; /* enum config_order; or 1: Satisfy Any, 0: Satisfy All */
};

/* Order, Allow, Deny and Satisfy of one section. As in Apache a section that says any of them says
 * all of them: nothing is taken from outside. */
struct config_compat {
	size_t order_count, allow_count, satisfy_count;
	const struct config_choice_of_methods *orders, *satisfies;
	const struct config_allow *allows;
};

enum config_auth_type { CONFIG_AUTH_UNSAID, CONFIG_AUTH_NONE, CONFIG_AUTH_BASIC };
enum config_auth_merging {
	CONFIG_MERGING_UNSAID,
	CONFIG_MERGING_OFF,
	CONFIG_MERGING_AND,
	CONFIG_MERGING_OR
};

struct config_access {
	const struct config_require *require; /* a group; NULL: no rule */
	enum config_auth_merging merging;
	const struct config_compat *compat; /* NULL: nothing said */
	enum config_auth_type auth_type;
	const struct config_word *auth_name; /* NULL: not said */
	const char *user_file, *group_file;  /* absolute; NULL: not said */
	int authoritative;                   /* AuthBasicAuthoritative: 0, 1; -1: not said */
	int forbidden_on_failure;            /* AuthzSendForbiddenOnFailure: 0, 1; -1: not said */
};

void config_access_silent(struct config_access *access);
bool config_access_lay_over(
	struct arena *memory, struct config_access *under, const struct config_access *inner);

/* Words that may hold %{...}: an array of line->count - from. NULL with a message. */
const struct config_word *config_access_words(
	struct config_reader *reader, const struct config_line *line, size_t from);

/* A rule that names hosts was read: workers have to be able to ask for names. false with a message:
 * they cannot any more. */
bool config_access_asks_names(struct config_reader *reader, const struct config_line *line);

/* All is read. */
bool config_access_complete(struct config_reader *reader);

/* These directives make sense for a part of the site only. false with a message: it is the whole
 * server that is being read. */
bool config_access_in_section(struct config_reader *reader, const struct config_line *line);

/* The directives. */
bool config_access_merging(struct config_reader *reader, const struct config_line *line);
bool config_access_order(struct config_reader *reader, const struct config_line *line);
bool config_access_allow(struct config_reader *reader, const struct config_line *line);
bool config_access_deny(struct config_reader *reader, const struct config_line *line);
bool config_access_satisfy(struct config_reader *reader, const struct config_line *line);
bool config_access_auth_type(struct config_reader *reader, const struct config_line *line);
bool config_access_auth_name(struct config_reader *reader, const struct config_line *line);
bool config_access_user_file(struct config_reader *reader, const struct config_line *line);
bool config_access_group_file(struct config_reader *reader, const struct config_line *line);
bool config_access_provider(struct config_reader *reader, const struct config_line *line);
bool config_access_authoritative(struct config_reader *reader, const struct config_line *line);
bool config_access_forbidden(struct config_reader *reader, const struct config_line *line);

/* Confined workers may read below what the configuration holds open (Landlock). Of a file of users,
 * and of others that are read at each request, that is its directory, as such a file is often
 * written anew and put in place of the old one. One that is not there cannot be read, which is for
 * the requests to find out. */
bool config_access_hold_directory(struct config_reader *reader, const char *file);

#endif
