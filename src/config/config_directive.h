/*
 * config_directive - the table of directives
 *
 * Runs in:  the parent
 * Owns:     nothing; the table is constant
 * Errors:   none
 *
 * Private to src/config. The rows stand in config/directives.def.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_DIRECTIVE_H
#define CONFIG_DIRECTIVE_H

#include "base/buffer.h"
#include "base/text.h"

#include <stdint.h>

struct config_reader;
struct config_line;

enum config_directive_index {
#define DIRECTIVE(symbol, ...) CONFIG_DIRECTIVE_##symbol,
#define ALIAS(name, symbol)
#include "config/directives.def"
#undef DIRECTIVE
#undef ALIAS
	CONFIG_DIRECTIVE_COUNT
};

/* Where a directive may stand. */
enum config_context {
	CONFIG_IN_SERVER = 1,  /* outside every section */
	CONFIG_IN_HOST = 2,    /* in <VirtualHost>; so may whatever is stored IN(host.) */
	CONFIG_IN_SECTION = 4, /* in <Directory>, <Files>, <Location>, <If> */
	CONFIG_IN_HOSTS = CONFIG_IN_SERVER | CONFIG_IN_HOST,
	CONFIG_IN_BOTH = CONFIG_IN_HOSTS | CONFIG_IN_SECTION,
	CONFIG_OPEN = 8,     /* a quote that is not closed holds to the end of the line */
	CONFIG_STOP = 16,    /* a new value takes effect by a stop and a start, not by a restart */
	CONFIG_STEERS = 32,  /* steers the reading, and leaves nothing behind when all is read */
	CONFIG_RAW = 64,     /* its only argument is the rest of the line, quotes and all */
	CONFIG_LIMITED = 128 /* <Limit> says for which methods it counts */
	/* | enum config_override: also in .htaccess, where AllowOverride grants it */
};

/* One word an argument may be. Of words with one value the first is the proper spelling. */
struct config_choice {
	const char *word;
	unsigned value;
};

enum { CONFIG_MANY = 1000 }; /* as `most`: no limit of arguments */

struct config_directive {
	const char *name;   /* sections: with their brackets, "<Location>" */
	const char *syntax; /* what follows the name */

	/* How the arguments are read: the function, how many it takes, and what it is told. */
	bool (*apply)(struct config_reader *reader, const struct config_line *line);
	unsigned least, most;
	unsigned long long low, high;        /* numbers and sizes */
	const struct config_choice *choices; /* ends with word NULL */
	const char *unit;                    /* "seconds"; NULL: a mere count */
	const char *as_is, *reason;          /* of directives_accepted.def */

	/* Sections: whether what stands inside is read, and what ends with it, which may leave a
	 * message in the reader. */
	bool (*open)(struct config_reader *reader, const struct config_line *line, bool *enter);
	void (*close)(struct config_reader *reader);

	unsigned context;    /* enum config_context */
	size_t offset;       /* of the field in struct config */
	const char *initial; /* the default as an argument; read when nobody said the directive */
	const char *note;    /* the default in words, where it is computed or needs one */

	const char *module;      /* Apache's module that has it, or "preforkd" */
	const char *meaning;     /* one line of plain text, without a full stop */
	const char *explanation; /* HTML paragraphs */
};

/* Another name of a directive. */
struct config_directive_alias {
	const char *name;
	enum config_directive_index of;
};

extern const struct config_directive config_directive_table[CONFIG_DIRECTIVE_COUNT];
extern const struct config_directive_alias config_directive_aliases[];
extern const size_t config_directive_alias_count;

/* By name or alias, case ignored; NULL: unknown. */
const struct config_directive *config_directive_find(struct text name);

/* Apache's module for a name that Apache knows and preforkd does not; NULL: nobody knows it. */
const char *config_directive_refused(struct text name);

/* The name most like an unknown one, or NULL where none is near. */
const char *config_directive_near(struct text name);

/* Whether `known` is near enough to `written` to be what was meant, judged by the edits between
 * them; *best is the least number so far and is lowered. For hints over any list of words. */
bool config_directive_nearer(struct text written, const char *known, unsigned *best);

/* Checks context and number of arguments, applies the line, and notes that it was said. A section
 * says in *enter whether what it holds is to be read; NULL where no section may stand. */
bool config_directive_apply(
	struct config_reader *reader, const struct config_line *line, bool *enter);

/* Is its value a field of struct config_host, so that each virtual host has one? */
bool config_directive_is_of_host(const struct config_directive *directive);

/* Ends the section of a directive. */
bool config_directive_close(struct config_reader *reader, const struct config_directive *directive);

/* "Timeout seconds", "<Location "/path">" */
void config_directive_usage(const struct config_directive *directive, struct buffer *to);

#endif
