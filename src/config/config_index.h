/*
 * config_index - how a directory without an index page is shown
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess, and to
 * look Owns:     nothing Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_INDEX_H
#define CONFIG_INDEX_H

#include "base/text.h"

struct arena;
struct config_line;
struct config_reader;

/* The words of IndexOptions that have no value: enum, bits and parser come from here. */
enum config_index_option {
#define INDEX_OPTION(symbol, name) CONFIG_INDEX_BIT_##symbol,
#include "config/index_options.def"
#undef INDEX_OPTION
	CONFIG_INDEX_BITS
};
#define CONFIG_INDEX(symbol) (1u << CONFIG_INDEX_BIT_##symbol)

enum config_index_key {
	CONFIG_INDEX_NAME,
	CONFIG_INDEX_DATE,
	CONFIG_INDEX_SIZE,
	CONFIG_INDEX_TEXT
};

/* AddIcon, AddAlt, AddDescription and their kin: what goes with files. */
struct config_index_row {
	enum config_index_by {
		CONFIG_INDEX_BY_NAME, /* a pattern for the name, an end of it, or ^^DIRECTORY^^ */
		CONFIG_INDEX_BY_TYPE,
		CONFIG_INDEX_BY_ENCODING
	} by;
	enum config_index_what {
		CONFIG_INDEX_ICON,
		CONFIG_INDEX_ALT,
		CONFIG_INDEX_DESCRIPTION
	} what;
	const char *pattern;
	const char *value;
	const char *alt; /* AddIcon (TXT,/icons/text.gif); NULL: none */
};

struct config_index {
	unsigned on, off; /* sets of CONFIG_INDEX(): what is said, and what is taken away */
	bool order_said;
	enum config_index_key order;
	bool descending;
	const char *charset, *type, *style_sheet, *head_insert, *header, *readme, *default_icon;
	size_t ignore_count, row_count; /* inner ones first */
	const char *const *ignore;
	const struct config_index_row *rows;
};

void config_index_silent(struct config_index *index);
bool config_index_lay_over(
	struct arena *memory, struct config_index *under, const struct config_index *inner);

/* The directives. */
bool config_index_options(struct config_reader *reader, const struct config_line *line);
bool config_index_order(struct config_reader *reader, const struct config_line *line);
bool config_index_ignore(struct config_reader *reader, const struct config_line *line);
bool config_index_ignore_reset(struct config_reader *reader, const struct config_line *line);
bool config_index_name(struct config_reader *reader, const struct config_line *line);
bool config_index_add(struct config_reader *reader, const struct config_line *line);

#endif
