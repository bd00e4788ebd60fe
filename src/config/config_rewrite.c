/*
 * config_rewrite - RewriteEngine, RewriteBase, RewriteCond and RewriteRule
 *
 * Runs in:  the parent while it reads a configuration; workers while they read an .htaccess
 * Owns:     nothing
 * Errors:   false with a message in the reader
 *
 * Everything is taken apart here, once; what is left for a request is to match and to put together.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_rewrite.h"

#include "base/regex.h"
#include "config/config_expr.h"
#include "config/config_merge.h"
#include "config/config_reader.h"

void config_rewrite_silent(struct config_rewrite *rewrite)
{
	*rewrite = (struct config_rewrite){.engine = -1, .inherit = -1};
}

static bool says_nothing(const struct config_rewrite *r)
{
	return r->engine < 0 && r->inherit < 0 && !r->down && !r->base && !r->rule_count &&
	       !r->directory && !r->of_host;
}

/* As Apache: an inner section's rules take the place of the outer ones, unless they are told to
 * inherit; a virtual host has none of the main server's, and a directory none of a host's. */
bool config_rewrite_lay_over(
	struct arena *memory, struct config_rewrite *under, const struct config_rewrite *inner)
{
	struct config_rewrite outer = *under;
	if (says_nothing(inner))
		return true;
	*under = *inner;
	if (under->engine < 0)
		under->engine = outer.engine;
	if (!outer.directory != !inner->directory)
		config_rewrite_silent(&outer);
	if (inner->inherit < 0) {
		under->inherit = outer.down;
		under->down = inner->down ? inner->down : outer.down;
	}
	if (under->inherit <= 0)
		return true;
	const struct config_rewrite *first = under->inherit == 1 ? inner : &outer;
	const struct config_rewrite *second = under->inherit == 1 ? &outer : inner;
	const void *rules = second->rules;
	under->rule_count = second->rule_count;
	bool good = config_merge_rows(memory, first->rules, first->rule_count, &rules,
		&under->rule_count, sizeof *inner->rules);
	under->rules = rules;
	return good;
}

/* The settings being read, which know the directory they are for. */
static struct config_rewrite *rewrite_of(struct config_reader *reader)
{
	struct config_rewrite *r = &reader->dir->rewrite;
	const struct config_section *s = reader->section;
	if (!s || r->directory)
		return r;
	r->directory = "/"; /* in <Location> there is none: the rules see the path below "/" */
	for (size_t i = 0; i <= reader->depth; i++) { /* <If> and <Files> are where they stand */
		const struct config_section *in = i < reader->depth ? reader->outer[i] : s;
		if (in && in->kind == CONFIG_SECTION_DIRECTORY && !in->regex)
			r->directory = in->path;
		if (in && in->kind == CONFIG_SECTION_LOCATION && !in->regex && !in->pattern)
			r->location = arena_printf(reader->memory, "%s/", in->path);
	}
	return r;
}

bool config_rewrite_engine(struct config_reader *reader, const struct config_line *line)
{
	struct text word = text_of(line->words[0]);
	bool on = text_equal_nocase(word, TEXT("on"));
	if (!on && !text_equal_nocase(word, TEXT("off")))
		return config_reader_fail(reader, line->place,
			"RewriteEngine must be On or Off, not '%s'", line->words[0]);
	rewrite_of(reader)->engine = on;
	return true;
}

bool config_rewrite_base(struct config_reader *reader, const struct config_line *line)
{
	const char *base = line->words[0];
	if (base[0] != '/')
		return config_reader_fail(
			reader, line->place, "RewriteBase: '%s' does not begin with '/'", base);
	if (!reader->section)
		return config_reader_fail(reader, line->place,
			"RewriteBase is for <Directory> and .htaccess: rules of a host see whole "
			"paths");
	size_t size = strlen(base);
	char *copy = arena_printf(reader->memory, "%s%s", base, base[size - 1] == '/' ? "" : "/");
	rewrite_of(reader)->base = copy;
	return copy || config_reader_no_memory(reader);
}

bool config_rewrite_options(struct config_reader *reader, const struct config_line *line)
{
	struct config_rewrite *rewrite = rewrite_of(reader);
	for (size_t i = 0; i < line->count; i++) {
		struct text word = text_of(line->words[i]);
		if (text_equal_nocase(word, TEXT("Inherit")))
			rewrite->inherit = 1;
		else if (text_equal_nocase(word, TEXT("InheritBefore")))
			rewrite->inherit = 2;
		else if (text_equal_nocase(word, TEXT("IgnoreInherit")))
			rewrite->inherit = 0;
		else if (text_equal_nocase(word, TEXT("InheritDown")))
			rewrite->down = 1;
		else if (text_equal_nocase(word, TEXT("InheritDownBefore")))
			rewrite->down = 2;
		else if (strncasecmp(line->words[i], "MaxRedirects=", 13) == 0) {
			if (!config_reader_warn(reader, line->place,
				    "RewriteOptions: MaxRedirects is ignored, as in Apache: "
				    "LimitInternalRecursion says how often a request may go "
				    "elsewhere"))
				return false;
		} else if (!text_equal_nocase(word, TEXT("AllowNoSlash")) &&
			   !text_equal_nocase(word, TEXT("AllowAnyURI")) &&
			   !text_equal_nocase(word, TEXT("MergeBase")))
			return config_reader_fail(reader, line->place,
				"RewriteOptions: '%s' is not supported by preforkd",
				line->words[i]);
	}
	return true;
}

/* --- texts --- */

struct pieces {
	struct config_reader *reader;
	size_t count;
	struct config_rewrite_piece *all;
	struct buffer literal;
	bool depends;
	unsigned depth;
};

static bool add_piece(struct pieces *p, struct config_rewrite_piece piece)
{
	p->all = arena_more(p->reader->memory, p->all, p->count, sizeof piece);
	if (!p->all)
		return config_reader_no_memory(p->reader);
	p->all[p->count++] = piece;
	return true;
}

static bool end_literal(struct pieces *p)
{
	if (!p->literal.size)
		return true;
	const char *copy = arena_text(p->reader->memory, buffer_view(&p->literal));
	struct text literal = text_from(copy, p->literal.size);
	buffer_clear(&p->literal);
	return copy ? add_piece(p, (struct config_rewrite_piece){.kind = CONFIG_REWRITE_LITERAL,
					   .literal = literal})
		    : config_reader_no_memory(p->reader);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A name of which nobody knows anything is empty, as in Apache: rules that look for a field under
 * such a name are about, and do no harm. */
static bool is_plain_name(struct text name)
{
	for (size_t i = 0; i < name.size; i++)
		if (!((name.at[i] | 0x20) >= 'a' && (name.at[i] | 0x20) <= 'z') &&
			name.at[i] != '_' && !is_digit(name.at[i]))
			return false;
	return name.size > 0;
}

/* %{NAME}, as an expression knows it; LA-U: and LA-F: are what the name will be, which here is what
 * it is. */
static bool add_variable(struct pieces *p, const struct config_line *line, struct text name)
{
	struct buffer why = BUFFER_INIT;
	if (text_starts(name, TEXT("LA-U:")) || text_starts(name, TEXT("LA-F:")))
		name = text_from(name.at + 5, name.size - 5);
	if (text_starts(name, TEXT("ENV:")))
		name = text_of(arena_printf(
			p->reader->memory, "reqenv:%.*s", (int)(name.size - 4), name.at + 4));
	char *source = arena_printf(p->reader->memory, "%%{%.*s}", TEXT_ARGS(name));
	const struct config_expr *variable =
		source ? config_expr_parse(p->reader->memory, source, CONFIG_EXPR_TEXT, &why)
		       : NULL;
	bool empty = source && !variable && is_plain_name(name);
	if (empty)
		empty = config_reader_warn(p->reader, line->place,
			"%s: there is no variable %s, so it is empty; a field of the request is "
			"%%{HTTP:Name}",
			line->directive->name, source);
	else if (!variable)
		config_reader_fail(p->reader, line->place, "%s: %s: %.*s", line->directive->name,
			source ? source : "%{}", TEXT_ARGS(buffer_view(&why)));
	buffer_free(&why);
	if (empty)
		return true;
	if (variable && (variable->depends & (CONFIG_EXPR_ON_REQUEST | CONFIG_EXPR_ON_TIME |
						     CONFIG_EXPR_ON_ANSWER)))
		p->depends = true;
	return variable && end_literal(p) &&
	       add_piece(p, (struct config_rewrite_piece){
				    .kind = CONFIG_REWRITE_VARIABLE, .variable = variable});
}

/* What a map says may change while its key does not. */
static int add_map(struct pieces *p, const struct config_line *line, struct text t)
{
	struct config_rewrite_piece piece = {.kind = CONFIG_REWRITE_MAP};
	int size = config_rewrite_map_call(p->reader, line, t, p->depth, &piece.map);
	p->depends = true;
	return size > 0 && end_literal(p) && add_piece(p, piece) ? size : -1;
}

/* The bytes the sign at `t` takes: 0: it is a byte like any other; -1: with a message. */
static int take_sign(struct pieces *p, const struct config_line *line, struct text t)
{
	if (t.size < 2)
		return 0;
	if (t.at[0] == '\\') {
		buffer_append(&p->literal, t.at + 1, 1);
		return 2;
	}
	if (is_digit(t.at[1])) {
		struct config_rewrite_piece group = {.kind = t.at[0] == '$'
								     ? CONFIG_REWRITE_RULE_GROUP
								     : CONFIG_REWRITE_COND_GROUP,
			.group = (unsigned)(t.at[1] - '0')};
		return end_literal(p) && add_piece(p, group) ? 2 : -1;
	}
	if (t.at[1] != '{')
		return 0;
	if (t.at[0] == '$')
		return add_map(p, line, t);
	const char *end = memchr(t.at, '}', t.size);
	if (!end) {
		config_reader_fail(p->reader, line->place, "%s: no '}' ends '%.*s'",
			line->directive->name, TEXT_ARGS(t));
		return -1;
	}
	int size = (int)(end - t.at) + 1;
	return add_variable(p, line, text_from(t.at + 2, (size_t)size - 3)) ? size : -1;
}

bool config_rewrite_parse(struct config_reader *reader, const struct config_line *line,
	struct text source, struct config_rewrite_text *to)
{
	return config_rewrite_parse_deep(reader, line, source, 0, to);
}

bool config_rewrite_parse_deep(struct config_reader *reader, const struct config_line *line,
	struct text source, unsigned depth, struct config_rewrite_text *to)
{
	struct pieces p = {.reader = reader, .literal = BUFFER_INIT, .depth = depth};
	int taken = 0;
	for (size_t i = 0; taken >= 0 && i < source.size; i += taken ? (size_t)taken : 1) {
		char c = source.at[i];
		taken = c == '$' || c == '%' || c == '\\'
				? take_sign(&p, line, text_from(source.at + i, source.size - i))
				: 0;
		if (taken == 0)
			buffer_append(&p.literal, &c, 1);
		if (taken < 0)
			break;
	}
	bool good = taken >= 0 && end_literal(&p);
	buffer_free(&p.literal);
	*to = (struct config_rewrite_text){p.count, p.all, p.depends};
	return good;
}

/* --- RewriteCond --- */

static bool condition_flags(struct config_reader *reader, const struct config_line *line,
	struct config_rewrite_condition *c)
{
	struct text flags = text_of(line->count > 2 ? line->words[2] : "");
	if (!flags.size)
		return true;
	if (flags.size < 2 || flags.at[0] != '[' || flags.at[flags.size - 1] != ']')
		return config_reader_fail(reader, line->place,
			"RewriteCond: the flags '%s' do not stand in [brackets]", line->words[2]);
	flags = text_from(flags.at + 1, flags.size - 2);
	while (flags.size) {
		struct text flag = text_trim(text_split(&flags, ','));
		if (text_equal_nocase(flag, TEXT("NC")) || text_equal_nocase(flag, TEXT("nocase")))
			c->nocase = true;
		else if (text_equal_nocase(flag, TEXT("OR")) ||
			 text_equal_nocase(flag, TEXT("ornext")))
			c->or_next = true;
		else if (text_equal_nocase(flag, TEXT("NV")) ||
			 text_equal_nocase(flag, TEXT("novary")))
			c->no_vary = true;
		else
			return config_reader_fail(reader, line->place,
				"RewriteCond: unknown flag '%.*s'", TEXT_ARGS(flag));
	}
	return true;
}

/* What the pattern is, when it is no regular expression. */
static bool special_test(const char **pattern, enum config_rewrite_test *test)
{
	static const struct {
		const char *sign;
		enum config_rewrite_test test;
		bool has_value;
	} tests[] = {{"-lt", CONFIG_REWRITE_INT_LESS, true},
		{"-le", CONFIG_REWRITE_INT_LESS_OR_EQUAL, true},
		{"-eq", CONFIG_REWRITE_INT_EQUAL, true}, {"-ne", CONFIG_REWRITE_INT_UNEQUAL, true},
		{"-ge", CONFIG_REWRITE_INT_GREATER_OR_EQUAL, true},
		{"-gt", CONFIG_REWRITE_INT_GREATER, true},
		{"<=", CONFIG_REWRITE_LESS_OR_EQUAL, true},
		{">=", CONFIG_REWRITE_GREATER_OR_EQUAL, true}, {"<", CONFIG_REWRITE_LESS, true},
		{">", CONFIG_REWRITE_GREATER, true}, {"=", CONFIG_REWRITE_EQUAL, true},
		{"-f", CONFIG_REWRITE_IS_FILE, false}, {"-F", CONFIG_REWRITE_FILE_ALLOWED, false},
		{"-U", CONFIG_REWRITE_URL_ALLOWED, false},
		{"-d", CONFIG_REWRITE_IS_DIRECTORY, false}, {"-l", CONFIG_REWRITE_IS_LINK, false},
		{"-h", CONFIG_REWRITE_IS_LINK, false}, {"-L", CONFIG_REWRITE_IS_LINK, false},
		{"-s", CONFIG_REWRITE_HAS_SIZE, false},
		{"-x", CONFIG_REWRITE_IS_EXECUTABLE, false}};
	for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
		size_t size = strlen(tests[i].sign);
		if (strncmp(*pattern, tests[i].sign, size) != 0 ||
			(!tests[i].has_value && (*pattern)[size]))
			continue;
		*test = tests[i].test;
		*pattern += size;
		return true;
	}
	return false;
}

static bool parse_expression(struct config_reader *reader, const struct config_line *line,
	struct config_rewrite_condition *c, const char *source)
{
	struct buffer why = BUFFER_INIT;
	c->test = CONFIG_REWRITE_EXPRESSION;
	c->expression = config_expr_parse(
		reader->memory, source, reader->override >= 0 ? CONFIG_EXPR_RESTRICTED : 0, &why);
	if (!c->expression)
		config_reader_fail(reader, line->place, "RewriteCond: the expression '%s': %.*s",
			source, TEXT_ARGS(buffer_view(&why)));
	buffer_free(&why);
	return c->expression != NULL;
}

static bool condition_test(struct config_reader *reader, const struct config_line *line,
	struct config_rewrite_condition *c)
{
	const char *pattern = line->words[1];
	if (pattern[0] == '!') {
		c->negated = true;
		pattern++;
	}
	if (text_equal_nocase(text_of(line->words[0]), TEXT("expr")))
		return parse_expression(reader, line, c, pattern);
	if (!config_rewrite_parse(reader, line, text_of(line->words[0]), &c->subject))
		return false;
	if (special_test(&pattern, &c->test)) {
		c->with = pattern;
		if (strcmp(pattern, "\"\"") == 0) /* ="": the empty string */
			c->with = "";
		return true;
	}
	c->regex = config_reader_regex(reader, line, pattern, c->nocase ? REGEX_NOCASE : 0);
	return c->regex != NULL;
}

bool config_rewrite_condition(struct config_reader *reader, const struct config_line *line)
{
	struct config_rewrite *r = rewrite_of(reader);
	struct config_rewrite_condition c = {
		.test = CONFIG_REWRITE_REGEX, .pattern = line->words[1]};
	if (!condition_flags(reader, line, &c) || !condition_test(reader, line, &c))
		return false;
	r->pending = arena_more(reader->memory, r->pending, r->pending_count, sizeof c);
	if (!r->pending)
		return config_reader_no_memory(reader);
	r->pending[r->pending_count++] = c;
	return true;
}

/* --- RewriteRule --- */

static bool substitution(struct config_reader *reader, const struct config_line *line,
	struct config_rewrite_rule *rule)
{
	struct text whole = text_of(line->words[1]);
	if (text_equal(whole, TEXT("-"))) {
		rule->unchanged = true;
		return true;
	}
	/* The ? is looked for now, and not in what is put together: no client's %3F becomes one.
	 * But the one in %{...} is no separator, nor is an escaped one. */
	struct text path = whole, query = {NULL, 0};
	bool in_braces = false;
	for (size_t i = 0; i < whole.size; i++) {
		in_braces = whole.at[i] == '{' || (in_braces && whole.at[i] != '}');
		if (whole.at[i] == '\\')
			i++;
		else if (whole.at[i] == '?' && !in_braces) {
			path = text_from(whole.at, i);
			query = text_from(whole.at + i + 1, whole.size - i - 1);
			if (!(rule->flags & CONFIG_REWRITE_QUERY_LAST))
				break;
		}
	}
	rule->has_query = query.at != NULL;
	return config_rewrite_parse(reader, line, path, &rule->path) &&
	       config_rewrite_parse(reader, line, query, &rule->query);
}

bool config_rewrite_rule(struct config_reader *reader, const struct config_line *line)
{
	struct config_rewrite *r = rewrite_of(reader);
	struct config_rewrite_rule rule = {
		.condition_count = r->pending_count, .conditions = r->pending};
	const char *pattern = line->words[0];
	bool nocase = false;
	if (pattern[0] == '!') {
		rule.negated = true;
		pattern++;
	}
	rule.pattern = pattern;
	if (!config_rewrite_flags(reader, line, &rule, &nocase) ||
		!substitution(reader, line, &rule))
		return false;
	rule.regex = config_reader_regex(reader, line, pattern, nocase ? REGEX_NOCASE : 0);
	struct config_rewrite_rule *rules =
		arena_more(reader->memory, r->rules, r->rule_count, sizeof rule);
	if (!rules)
		return config_reader_no_memory(reader);
	rules[r->rule_count++] = rule;
	r->rules = rules;
	r->pending = NULL;
	r->pending_count = 0;
	return rule.regex != NULL;
}
