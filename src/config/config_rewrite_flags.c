/*
 * config_rewrite_flags - the flags of a RewriteRule: [L,QSA,R=301,E=NAME:value]
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_rewrite.h"

#include "config/config_reader.h"

struct taking {
	struct config_reader *reader;
	const struct config_line *line;
	struct config_rewrite_rule *rule;
	bool *nocase;
	struct text value; /* behind the '='; at == NULL: there is none */
};

static bool fail(const struct taking *t, const char *what)
{
	return config_reader_fail(
		t->reader, t->line->place, "RewriteRule: %s '%.*s'", what, TEXT_ARGS(t->value));
}

static bool take_nocase(struct taking *t)
{
	*t->nocase = true;
	return true;
}

static bool take_redirect(struct taking *t)
{
	static const struct {
		struct text word;
		int status;
	} words[] = {{TEXT("permanent"), 301}, {TEXT("temp"), 302}, {TEXT("seeother"), 303}};
	unsigned long long n = 302;
	size_t i = 0;
	while (i < sizeof words / sizeof *words && !text_equal_nocase(t->value, words[i].word))
		i++;
	if (i < sizeof words / sizeof *words)
		n = (unsigned long long)words[i].status;
	else if (t->value.at && (!text_number(t->value, 599, &n) || n < 200))
		return fail(t, "the flag R takes a status from 200 to 599, not");
	t->rule->status = (int)n;
	return true;
}

static bool take_forbidden(struct taking *t)
{
	t->rule->status = 403;
	return true;
}

static bool take_gone(struct taking *t)
{
	t->rule->status = 410;
	return true;
}

static bool take_skip(struct taking *t)
{
	unsigned long long n;
	if (!text_number(t->value, 100000, &n))
		return fail(t, "the flag S takes the number of rules to skip, not");
	t->rule->skip = (unsigned)n;
	return true;
}

static bool take_text(struct taking *t, const char **to, const char *what)
{
	if (!t->value.size)
		return fail(t, what);
	*to = arena_text(t->reader->memory, t->value);
	return *to || config_reader_no_memory(t->reader);
}

static bool take_handler(struct taking *t)
{
	return take_text(t, &t->rule->handler, "the flag H takes the name of a handler, not");
}

static bool take_type(struct taking *t)
{
	return take_text(t, &t->rule->type, "the flag T takes a media type, not");
}

/* B, or B=bytes: those and no others. */
static bool take_escape(struct taking *t)
{
	t->rule->flags |= CONFIG_REWRITE_ESCAPE_GROUPS;
	return !t->value.at || take_text(t, &t->rule->escape, "the flag B= takes bytes, not");
}

static bool take_escape_not(struct taking *t)
{
	t->rule->flags |= CONFIG_REWRITE_ESCAPE_GROUPS;
	return take_text(t, &t->rule->escape_not, "the flag BNE takes bytes, not");
}

static bool take_env(struct taking *t)
{
	struct config_rewrite_rule *rule = t->rule;
	struct text value = t->value, name = text_split(&value, ':');
	struct config_rewrite_env env = {.unset = name.size && name.at[0] == '!'};
	if (env.unset)
		name = text_from(name.at + 1, name.size - 1);
	if (!name.size)
		return fail(t, "the flag E takes NAME:value or !NAME, not");
	env.name = arena_text(t->reader->memory, name);
	struct config_rewrite_env *all =
		arena_more(t->reader->memory, rule->env, rule->env_count, sizeof env);
	if (!env.name || !all)
		return config_reader_no_memory(t->reader);
	if (!config_rewrite_parse(t->reader, t->line, value, &env.value))
		return false;
	all[rule->env_count++] = env;
	rule->env = all;
	return true;
}

static bool take_cookie(struct taking *t)
{
	struct config_rewrite_rule *rule = t->rule;
	char separator = t->value.size && t->value.at[0] == ';' ? ';' : ':';
	struct text rest = t->value;
	unsigned parts = 0;
	while (rest.at)
		parts += text_split(&rest, separator).size > 0;
	if (parts < 3)
		return fail(t, "the flag CO takes NAME:value:domain, not");
	struct config_rewrite_text *all = arena_more(
		t->reader->memory, rule->cookies, rule->cookie_count, sizeof *rule->cookies);
	if (!all)
		return config_reader_no_memory(t->reader);
	rule->cookies = all;
	return config_rewrite_parse(t->reader, t->line, t->value, &all[rule->cookie_count++]);
}

static bool take_unsupported(struct taking *t)
{
	return config_reader_fail(t->reader, t->line->place,
		"RewriteRule: the flag P (proxy) is not supported by preforkd");
}

/* Each by its two names: a bit of the flags, or a function. */
static const struct {
	struct text name, letters;
	unsigned bit;
	bool (*take)(struct taking *);
} flags[] = {{TEXT("last"), TEXT("L"), CONFIG_REWRITE_LAST, NULL},
	{TEXT("end"), TEXT("END"), CONFIG_REWRITE_END, NULL},
	{TEXT("chain"), TEXT("C"), CONFIG_REWRITE_CHAIN, NULL},
	{TEXT("next"), TEXT("N"), CONFIG_REWRITE_NEXT, NULL},
	{TEXT("noescape"), TEXT("NE"), CONFIG_REWRITE_NOESCAPE, NULL},
	{TEXT("B"), TEXT("B"), 0, take_escape}, {TEXT("BNE"), TEXT("BNE"), 0, take_escape_not},
	{TEXT("BNP"), TEXT("backrefnoplus"), CONFIG_REWRITE_SPACE_ENCODED, NULL},
	{TEXT("BCTLS"), TEXT("BCTLS"), CONFIG_REWRITE_ESCAPE_CONTROLS, NULL},
	{TEXT("qsappend"), TEXT("QSA"), CONFIG_REWRITE_QUERY_APPEND, NULL},
	{TEXT("qsdiscard"), TEXT("QSD"), CONFIG_REWRITE_QUERY_DISCARD, NULL},
	{TEXT("discardpath"), TEXT("DPI"), CONFIG_REWRITE_DISCARD_PATH_INFO, NULL},
	{TEXT("passthrough"), TEXT("PT"), CONFIG_REWRITE_LAST,
		NULL}, /* the rest of it every rule does */
	{TEXT("nosubreq"), TEXT("NS"), CONFIG_REWRITE_NOT_BELOW, NULL},
	{TEXT("qslast"), TEXT("QSL"), CONFIG_REWRITE_QUERY_LAST, NULL},
	{TEXT("UnsafeAllow3F"), TEXT("UnsafeAllow3F"), CONFIG_REWRITE_ALLOW_3F, NULL},
	{TEXT("UnsafePrefixStat"), TEXT("UnsafePrefixStat"), 0, NULL},
	{TEXT("nocase"), TEXT("NC"), 0, take_nocase},
	{TEXT("redirect"), TEXT("R"), CONFIG_REWRITE_REDIRECT, take_redirect},
	{TEXT("forbidden"), TEXT("F"), 0, take_forbidden}, {TEXT("gone"), TEXT("G"), 0, take_gone},
	{TEXT("skip"), TEXT("S"), 0, take_skip}, {TEXT("handler"), TEXT("H"), 0, take_handler},
	{TEXT("type"), TEXT("T"), 0, take_type}, {TEXT("env"), TEXT("E"), 0, take_env},
	{TEXT("proxy"), TEXT("P"), 0, take_unsupported},
	{TEXT("cookie"), TEXT("CO"), 0, take_cookie}};

static bool take_flag(struct taking *t, struct text flag)
{
	t->value = flag;
	struct text name = text_split(&t->value, '=');
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		if (!text_equal_nocase(name, flags[i].name) &&
			!text_equal_nocase(name, flags[i].letters))
			continue;
		t->rule->flags |= flags[i].bit;
		return !flags[i].take || flags[i].take(t);
	}
	t->value = flag;
	return fail(t, "unknown flag");
}

bool config_rewrite_flags(struct config_reader *reader, const struct config_line *line,
	struct config_rewrite_rule *rule, bool *nocase)
{
	struct taking taking = {reader, line, rule, nocase, {NULL, 0}};
	struct text all = text_of(line->count > 2 ? line->words[2] : "");
	if (!all.size)
		return true;
	if (all.size < 2 || all.at[0] != '[' || all.at[all.size - 1] != ']')
		return config_reader_fail(reader, line->place,
			"RewriteRule: the flags '%s' do not stand in [brackets]", line->words[2]);
	all = text_from(all.at + 1, all.size - 2);
	while (all.size)
		if (!take_flag(&taking, text_trim(text_split(&all, ','))))
			return false;
	return true;
}
