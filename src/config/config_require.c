/*
 * config_require - Require, its groups, and <Limit>
 *
 * Runs in:  the parent while it reads a configuration; workers for .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Which rule may stand where is Apache's (mod_authz_core): a rule that can only refuse has no
 * effect where one that grants is enough, and a group that can never grant would shut everybody
 * out.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_require.h"

#include "base/assert.h"
#include "config/config_expand.h"
#include "config/config_expr.h"

/* A group being read. */
struct config_require_draft {
	struct config_require_draft *outer;
	struct config_require group;
	struct config_require *last;
	const char *name; /* "<RequireAll>" */
	struct config_place place;
	const struct config_section *section;
};

/* --- what goes into a group --- */

static const char *name_of(const struct config_require *group)
{
	return group->kind == CONFIG_REQUIRE_EVERY ? "<RequireAll>"
	       : group->negate                     ? "<RequireNone>"
						   : "<RequireAny>";
}

static struct config_require *last_of(struct config_require *group)
{
	const struct config_require *r = group->first;
	while (r && r->next)
		r = r->next;
	return (struct config_require *)r;
}

/* The group a rule goes into: the one being read, else that of the section. NULL: no memory. */
static struct config_require *group_here(struct config_reader *reader)
{
	struct config_access *access = &reader->dir->access;
	if (reader->group)
		return &reader->group->group;
	if (!access->require) {
		struct config_require *group = arena_take(reader->memory, sizeof *group);
		if (group)
			group->kind = CONFIG_REQUIRE_SOME;
		access->require = group;
	}
	return (struct config_require *)access->require;
}

static bool append(struct config_reader *reader, struct config_place place, const char *what,
	const struct config_require *rule)
{
	struct config_require *group = group_here(reader);
	struct config_require *kept = arena_take(reader->memory, sizeof *kept);
	if (!group || !kept)
		return config_reader_no_memory(reader);
	if (rule->negate && group->kind == CONFIG_REQUIRE_SOME)
		return config_reader_fail(
			reader, place, "%s has no effect in %s", what, name_of(group));
	*kept = *rule;
	kept->next = NULL;
	struct config_require *last = last_of(group);
	if (last)
		last->next = kept;
	else
		group->first = kept;
	return true;
}

/* --- the kinds of Require --- */

static bool no_arguments(
	struct config_reader *reader, const struct config_line *line, struct config_require *rule)
{
	(void)rule;
	return line->count == 0 ||
	       config_reader_fail(reader, line->place, "'require %s' takes no argument, not '%s'",
		       rule->kind == CONFIG_REQUIRE_LOCAL ? "local" : "valid-user", line->words[0]);
}

static bool read_all(
	struct config_reader *reader, const struct config_line *line, struct config_require *rule)
{
	struct text word = line->count == 1 ? text_of(line->words[0]) : TEXT("");
	rule->granted = text_equal_nocase(word, TEXT("granted"));
	return rule->granted || text_equal_nocase(word, TEXT("denied")) ||
	       config_reader_fail(reader, line->place,
		       "the argument of 'Require all' must be 'granted' or 'denied'");
}

static bool read_ip(
	struct config_reader *reader, const struct config_line *line, struct config_require *rule)
{
	const char *why;
	struct os_network *networks =
		arena_take(reader->memory, (line->count + 1) * sizeof *networks);
	if (!networks)
		return config_reader_no_memory(reader);
	if (!line->count)
		return config_reader_fail(reader, line->place, "'require ip' requires an argument");
	for (size_t i = 0; i < line->count; i++)
		if (os_network_parse(&networks[i], text_of(line->words[i]), &why) < 0)
			return config_reader_fail(reader, line->place,
				"ip address '%s' appears to be invalid: %s", line->words[i], why);
	rule->networks = networks;
	rule->count = line->count;
	return true;
}

static bool read_words(
	struct config_reader *reader, const struct config_line *line, struct config_require *rule)
{
	if (!line->count)
		return config_reader_fail(reader, line->place, "this Require requires an argument");
	rule->count = line->count;
	rule->words = config_access_words(reader, line, 0);
	return rule->words != NULL;
}

static bool read_plain_words(
	struct config_reader *reader, const struct config_line *line, struct config_require *rule)
{
	struct config_word *words = arena_take(reader->memory, (line->count + 1) * sizeof *words);
	if (!words)
		return config_reader_no_memory(reader);
	for (size_t i = 0; i < line->count; i++)
		words[i].text = line->words[i];
	rule->words = words;
	rule->count = line->count;
	return line->count ||
	       config_reader_fail(reader, line->place, "this Require requires an argument");
}

/* The methods Apache knows by name: with another one a rule would count for nobody, so it is a
 * slip. Those that this server does not take are answered with 501 before anything is looked up. */
static bool is_method(const char *name)
{
	static const char *const known[] = {"GET", "HEAD", "PUT", "POST", "DELETE", "CONNECT",
		"OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE",
		"LOCK", "UNLOCK", "VERSION-CONTROL", "CHECKOUT", "UNCHECKOUT", "CHECKIN", "UPDATE",
		"LABEL", "REPORT", "MKWORKSPACE", "MKACTIVITY", "BASELINE-CONTROL", "MERGE",
		"SEARCH"};
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	return false;
}

static bool read_method(
	struct config_reader *reader, const struct config_line *line, struct config_require *rule)
{
	for (size_t i = 0; i < line->count; i++)
		if (!is_method(line->words[i]))
			return config_reader_fail(
				reader, line->place, "Invalid Method '%s'", line->words[i]);
	return read_plain_words(reader, line, rule);
}

/* The kinds by name; those that end in a condition take the rest of the line. */
static const struct kind {
	struct text name;
	enum config_require_kind kind;
	bool (*read)(struct config_reader *reader, const struct config_line *line,
		struct config_require *rule);
} kinds[] = {{TEXT("all"), CONFIG_REQUIRE_ALL, read_all}, {TEXT("ip"), CONFIG_REQUIRE_IP, read_ip},
	{TEXT("host"), CONFIG_REQUIRE_HOST, read_words},
	{TEXT("forward-dns"), CONFIG_REQUIRE_FORWARD_DNS, read_words},
	{TEXT("local"), CONFIG_REQUIRE_LOCAL, no_arguments},
	{TEXT("method"), CONFIG_REQUIRE_METHOD, read_method},
	{TEXT("env"), CONFIG_REQUIRE_ENV, read_plain_words},
	{TEXT("valid-user"), CONFIG_REQUIRE_VALID_USER, no_arguments},
	{TEXT("user"), CONFIG_REQUIRE_USER, read_words},
	{TEXT("group"), CONFIG_REQUIRE_GROUP, read_words},
	{TEXT("expr"), CONFIG_REQUIRE_EXPR, NULL}};

/* The condition: the rest of the line, perhaps in one pair of double quotes. */
static bool read_expr(struct config_reader *reader, const struct config_line *line,
	struct text source, struct config_require *rule)
{
	struct buffer error = BUFFER_INIT;
	if (source.size > 1 && source.at[0] == '"' && source.at[source.size - 1] == '"')
		source = text_from(source.at + 1, source.size - 2);
	const char *copy = arena_text(reader->memory, source);
	if (!copy)
		return config_reader_no_memory(reader);
	rule->expr = config_expr_parse(
		reader->memory, copy, reader->override >= 0 ? CONFIG_EXPR_RESTRICTED : 0u, &error);
	if (!rule->expr)
		config_reader_fail(reader, line->place,
			"cannot parse the expression of 'require expr': %.*s",
			TEXT_ARGS(buffer_view(&error)));
	buffer_free(&error);
	return rule->expr != NULL;
}

static bool unknown(struct config_reader *reader, const struct config_line *line, struct text name)
{
	static const struct text elsewhere[] = {TEXT("file-owner"), TEXT("file-group"),
		TEXT("ldap-user"), TEXT("ldap-group"), TEXT("ldap-dn"), TEXT("ldap-attribute"),
		TEXT("ldap-filter"), TEXT("ldap-search"), TEXT("dbm-group"), TEXT("dbm-file-group"),
		TEXT("dbd-group"), TEXT("dbd-login"), TEXT("dbd-logout"), TEXT("shared"),
		TEXT("ssl"), TEXT("ssl-verify-client")};
	unsigned best = 64;
	const char *near = NULL;
	for (size_t i = 0; i < COUNT_OF(elsewhere); i++)
		if (text_equal_nocase(name, elsewhere[i]))
			return config_reader_fail(reader, line->place,
				"Require %.*s is not supported by preforkd", TEXT_ARGS(name));
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (config_directive_nearer(name, kinds[i].name.at, &best))
			near = kinds[i].name.at;
	return config_reader_fail(reader, line->place, "Unknown Authz provider: %.*s%s%s%s",
		TEXT_ARGS(name), near ? " (did you mean '" : "", near ? near : "",
		near ? "'?)" : "");
}

bool config_require(struct config_reader *reader, const struct config_line *line)
{
	struct config_require rule = {.methods = reader->methods};
	struct text rest = text_of(line->words[0]), name = text_word(&rest);
	struct config_line arguments = *line;
	if (!config_access_in_section(reader, line))
		return false;
	if (!(rule.written = arena_text(reader->memory, text_of(line->words[0]))))
		return config_reader_no_memory(reader);
	if (text_equal_nocase(name, TEXT("not"))) {
		rule.negate = true;
		name = text_word(&rest);
	}
	const struct kind *kind = NULL;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (text_equal_nocase(name, kinds[i].name))
			kind = &kinds[i];
	if (!kind)
		return unknown(reader, line, name);
	rule.kind = kind->kind;
	if (!kind->read) {
		if (!read_expr(reader, line, rest, &rule))
			return false;
	} else if (!config_expand_split(reader, &arguments, rest) ||
		   !kind->read(reader, &arguments, &rule)) {
		return false;
	}
	if ((rule.kind == CONFIG_REQUIRE_HOST || rule.kind == CONFIG_REQUIRE_FORWARD_DNS) &&
		!config_access_asks_names(reader, line))
		return false;
	return append(reader, line->place, "negative Require directive", &rule);
}

/* --- <RequireAll> and its like --- */

static bool open_group(struct config_reader *reader, const struct config_line *line,
	enum config_require_kind kind, bool negate)
{
	if (!config_access_in_section(reader, line))
		return false;
	struct config_require_draft *draft = arena_take(reader->memory, sizeof *draft);
	if (!draft)
		return config_reader_no_memory(reader);
	*draft = (struct config_require_draft){.outer = reader->group,
		.group = {.kind = kind, .negate = negate},
		.name = line->directive->name,
		.place = line->place};
	reader->group = draft;
	return true;
}

bool config_require_all(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_group(reader, line, CONFIG_REQUIRE_EVERY, false);
}

bool config_require_any(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_group(reader, line, CONFIG_REQUIRE_SOME, false);
}

bool config_require_none(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_group(reader, line, CONFIG_REQUIRE_SOME, true);
}

static bool only_refuses(const struct config_require *group)
{
	const struct config_require *r = group->first;
	while (r && r->negate)
		r = r->next;
	return !r;
}

/* A group in one of the same kind is nothing but its rules. */
static bool dissolve(struct config_reader *reader, const struct config_require_draft *draft)
{
	for (const struct config_require *r = draft->group.first; r; r = r->next)
		if (!append(reader, draft->place, draft->name, r))
			return false;
	return true;
}

void config_require_end(struct config_reader *reader)
{
	const struct config_require_draft *draft = reader->group;
	reader->group = draft->outer;
	if (!draft->group.first) {
		config_reader_fail(reader, draft->place,
			"%s contains no authorization directives, that is, no Require",
			draft->name);
		return;
	}
	const struct config_require *outer = group_here(reader);
	if (!outer)
		config_reader_no_memory(reader);
	else if (!draft->group.negate && !outer->negate && outer->kind == draft->group.kind)
		dissolve(reader, draft);
	else if (only_refuses(&draft->group))
		config_reader_fail(reader, draft->place,
			"%s contains only negative authorization directives: nobody would be let "
			"in",
			draft->name);
	else
		append(reader, draft->place, draft->name, &draft->group);
}

/* --- <Limit> --- */

static bool open_limit(struct config_reader *reader, const struct config_line *line, bool except)
{
	struct config_methods *methods = arena_take(reader->memory, sizeof *methods);
	if (!config_access_in_section(reader, line))
		return false;
	if (!methods)
		return config_reader_no_memory(reader);
	if (reader->methods)
		return config_reader_fail(reader, line->place,
			"%s cannot stand in <Limit> or <LimitExcept>", line->directive->name);
	for (size_t i = 0; i < line->count; i++)
		if (!except && strcmp(line->words[i], "TRACE") == 0)
			return config_reader_fail(reader, line->place,
				"TRACE cannot be controlled by <Limit>, see TraceEnable");
	*methods = (struct config_methods){except, line->count, line->words};
	reader->methods = methods;
	return true;
}

bool config_require_limit(struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_limit(reader, line, false);
}

bool config_require_limit_except(
	struct config_reader *reader, const struct config_line *line, bool *enter)
{
	*enter = true;
	return open_limit(reader, line, true);
}

void config_require_limit_end(struct config_reader *reader)
{
	reader->methods = NULL;
}

const char *config_require_inside(const struct config_reader *reader)
{
	if (reader->group)
		return reader->group->name;
	return reader->methods ? "<Limit> or <LimitExcept>" : NULL;
}
