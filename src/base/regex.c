/*
 * regex - regular expressions as Apache has them, by PCRE2
 *
 * Runs in:  parent, worker; in one thread of a process at a time
 * Owns:     one match block, made by the first match and kept while it is small
 * Errors:   regex_compile: NULL and a message; regex_match: -1 with errno
 *
 * Always PCRE2's interpreter: its compiler to machine code wants memory that is writable and
 * executable, which a confined worker does not get. The interpreter takes heap and no stack.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "base/regex.h"

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <time.h>

/* What one match may take. Steps are backtracking points; ordinary matches take less than 1000.
 * PCRE2 counts them anew at every place of the subject where a match might begin, so a long subject
 * is tried WINDOW such places at a time, with a look at the clock in between. */
enum { STEPS = 250000, DEPTH = 100000, HEAP_KIB = 16 * 1024, KEEP = 256 * 1024 };
enum { WINDOW = 64, BUDGET_MS = 500 };

struct regex {
	pcre2_code *code;
	unsigned groups; /* without the whole match */
	bool anchored;   /* a match can begin at one place only */
};

static pcre2_match_data *room;
static pcre2_match_context *limits;
static bool grown; /* a block larger than KEEP was asked for */

/* ---- memory ---- */

static void *from_arena(size_t size, void *memory)
{
	return arena_take(memory, size);
}

static void to_arena(void *block, void *memory)
{
	(void)block;
	(void)memory;
}

static void *from_heap(size_t size, void *unused)
{
	(void)unused;
	grown = grown || size > KEEP;
	return malloc(size);
}

static void to_heap(void *block, void *unused)
{
	(void)unused;
	free(block);
}

/* ---- compiling ---- */

static void say(struct buffer *error, int code, size_t offset)
{
	char words[256];
	if (pcre2_get_error_message(code, (PCRE2_UCHAR *)words, sizeof words) < 0)
		memcpy(words, "bad pattern", sizeof "bad pattern");
	buffer_printf(error, "%s at offset %zu of the regular expression", words, offset);
}

struct regex *regex_compile(
	struct arena *memory, const char *pattern, unsigned flags, struct buffer *error)
{
	uint32_t options = PCRE2_DOTALL | PCRE2_DOLLAR_ENDONLY | PCRE2_DUPNAMES | PCRE2_NEVER_UTF |
			   PCRE2_USE_OFFSET_LIMIT;
	if (flags & REGEX_NOCASE)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_LINES)
		options |= PCRE2_MULTILINE;
	struct regex *regex = arena_take(memory, sizeof *regex);
	pcre2_general_context *general = pcre2_general_context_create(from_arena, to_arena, memory);
	pcre2_compile_context *compile = general ? pcre2_compile_context_create(general) : NULL;
	if (!regex || !compile) {
		buffer_string(error, "out of memory");
		return NULL;
	}
	int code;
	size_t offset;
	regex->code = pcre2_compile(
		(PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &code, &offset, compile);
	if (!regex->code) {
		say(error, code, offset);
		return NULL;
	}
	uint32_t count = 0, all = 0;
	pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &count);
	pcre2_pattern_info(regex->code, PCRE2_INFO_ALLOPTIONS, &all);
	regex->groups = count;
	regex->anchored = all & PCRE2_ANCHORED;
	return regex;
}

unsigned regex_group_count(const struct regex *regex)
{
	return regex->groups;
}

bool regex_name(const struct regex *regex, unsigned index, const char **name, unsigned *group)
{
	uint32_t count = 0, each = 0;
	PCRE2_SPTR table = NULL;
	pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &count);
	if (index >= count)
		return false;
	pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &each);
	pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &table);
	/* Each entry: the number, high byte first, then the name (pcre2api(3)). */
	const unsigned char *entry = table + (size_t)index * each;
	*group = (unsigned)entry[0] << 8 | entry[1];
	*name = (const char *)entry + 2;
	return true;
}

/* ---- matching ---- */

static bool prepare(void)
{
	if (room && limits)
		return true;
	pcre2_general_context *general = pcre2_general_context_create(from_heap, to_heap, NULL);
	if (!general)
		return false;
	if (!limits && (limits = pcre2_match_context_create(general))) {
		pcre2_set_match_limit(limits, STEPS);
		pcre2_set_depth_limit(limits, DEPTH);
		pcre2_set_heap_limit(limits, HEAP_KIB);
	}
	if (!room)
		room = pcre2_match_data_create(REGEX_GROUPS, general);
	pcre2_general_context_free(general);
	return room && limits;
}

/* What a deep match made large is not kept for the many that are not. */
static void shrink(void)
{
	if (!grown)
		return;
	pcre2_match_data_free(room);
	room = NULL;
	grown = false;
}

static void note(const struct regex *regex, int pairs, struct regex_groups *groups)
{
	const size_t *found = pcre2_get_ovector_pointer(room);
	groups->count = regex->groups + 1 < REGEX_GROUPS ? regex->groups + 1 : REGEX_GROUPS;
	if (pairs == 0) /* there are more than there is room for */
		pairs = REGEX_GROUPS;
	for (int i = 0; i < pairs; i++)
		if (found[2 * i] != PCRE2_UNSET)
			groups->at[i] = (struct regex_span){found[2 * i], found[2 * i + 1]};
}

/* Milliseconds of the processor this process has had: what others do on the machine is no fault of
 * the pattern's. */
static long long clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int search(const struct regex *regex, const char *at, size_t size)
{
	long long since = -1;
	for (size_t from = 0, turn = 0;; from += WINDOW, turn++) {
		bool last = regex->anchored || size - from < WINDOW;
		pcre2_set_offset_limit(limits, last ? PCRE2_UNSET : from + WINDOW - 1);
		int pairs = pcre2_match(
			regex->code, (PCRE2_SPTR)at, size, from, PCRE2_NO_JIT, room, limits);
		if (pairs != PCRE2_ERROR_NOMATCH || last)
			return pairs;
		if (since < 0)
			since = clock_ms();
		else if (turn % 4 == 0 && clock_ms() - since > BUDGET_MS)
			return PCRE2_ERROR_MATCHLIMIT;
	}
}

int regex_match(const struct regex *regex, struct text subject, struct regex_groups *groups)
{
	if (groups) {
		*groups = (struct regex_groups){.subject = subject};
		for (unsigned i = 0; i < REGEX_GROUPS; i++)
			groups->at[i] = (struct regex_span){1, 0};
	}
	if (!prepare()) {
		errno = ENOMEM;
		return -1;
	}
	int pairs = search(regex, subject.at ? subject.at : "", subject.size);
	int result = pairs >= 0 ? 1 : pairs == PCRE2_ERROR_NOMATCH ? 0 : -1;
	if (result > 0 && groups)
		note(regex, pairs, groups);
	shrink();
	if (result < 0)
		errno = pairs == PCRE2_ERROR_NOMEMORY ? ENOMEM : EOVERFLOW;
	return result;
}

struct text regex_group(const struct regex_groups *groups, unsigned n)
{
	if (!groups || n >= groups->count || groups->at[n].from > groups->at[n].to)
		return (struct text){NULL, 0};
	const struct regex_span *span = &groups->at[n];
	/* Before 10.38, \K in a look-ahead could put the end before the beginning: caught above. */
	return text_from(
		groups->subject.at ? groups->subject.at + span->from : "", span->to - span->from);
}

void regex_expand(struct buffer *to, struct text from, const struct regex_groups *dollar,
	const struct regex_groups *percent)
{
	size_t begin = 0; /* of what is not yet copied */
	for (size_t i = 0; i + 1 < from.size; i++) {
		char sign = from.at[i], next = from.at[i + 1];
		const struct regex_groups *groups = sign == '$'   ? dollar
						    : sign == '%' ? percent
								  : NULL;
		bool stands_for = groups && next >= '0' && next <= '9';
		if (sign != '\\' && !stands_for)
			continue;
		buffer_append(to, from.at + begin, i - begin);
		if (stands_for)
			buffer_text(to, regex_group(groups, (unsigned)(next - '0')));
		begin = stands_for ? i + 2 : i + 1;
		i++;
	}
	if (begin < from.size)
		buffer_append(to, from.at + begin, from.size - begin);
}
