/*
 * preforkctl_table - the workers as a table
 *
 * Runs in:  preforkctl
 * Owns:     see preforkctl_table.h
 * Errors:   see preforkctl_table.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/preforkctl_table.h"

#include "base/assert.h"

#include <stdio.h>
#include <stdlib.h>

/* --- reading --- */

static uint64_t number(struct text t)
{
	unsigned long long n;
	return text_number(t, UINT64_MAX, &n) ? n : 0;
}

static double real(struct text t)
{
	char digits[32];
	snprintf(digits, sizeof digits, "%.*s", TEXT_ARGS(t));
	return strtod(digits, NULL);
}

static void take_count(struct preforkctl_worker *w, struct text name, struct text value)
{
	const struct {
		const char *name;
		unsigned *to;
	} counts[] = {{"slot", &w->slot}, {"pid", &w->pid}, {"generation", &w->generation},
		{"connections", &w->connections}, {"idle", &w->idle}, {"silent", &w->silent}};
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		if (text_equal(name, text_of(counts[i].name)))
			*counts[i].to = (unsigned)number(value);
}

static void take_field(struct preforkctl_worker *w, struct text name, struct text value)
{
	const struct {
		const char *name;
		uint64_t *to;
	} numbers[] = {{"requests", &w->requests}, {"bytes", &w->bytes}, {"memory", &w->memory},
		{"age", &w->age}};
	const struct {
		const char *name;
		struct text *to;
	} texts[] = {{"client", &w->client}, {"host", &w->host}, {"request", &w->request}};
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		if (text_equal(name, text_of(numbers[i].name)))
			*numbers[i].to = number(value);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (text_equal(name, text_of(texts[i].name)))
			*texts[i].to = value;
	if (text_equal(name, TEXT("state")))
		w->state = value.size ? value.at[0] : '?';
	else if (text_equal(name, TEXT("cpu")))
		w->cpu = real(value);
	else if (text_equal(name, TEXT("last")))
		w->last = real(value);
	else if (text_equal(name, TEXT("held")))
		w->held = text_equal(value, TEXT("yes"));
	else
		take_count(w, name, value);
}

static void take_line(struct preforkctl_worker *w, struct text names, struct text line)
{
	*w = (struct preforkctl_worker){.state = '?'};
	while (names.at && line.at)
		take_field(w, text_split(&names, '\t'), text_split(&line, '\t'));
}

bool preforkctl_table_read(struct preforkctl_table *table, struct text answer)
{
	struct text names = text_split(&answer, '\n');
	size_t lines = 0;
	*table = (struct preforkctl_table){0, NULL};
	if (!text_starts(names, TEXT("slot\tpid\t")))
		return false;
	for (size_t i = 0; answer.at && i < answer.size; i++)
		lines += answer.at[i] == '\n';
	table->workers = calloc(lines + 1, sizeof *table->workers);
	if (!table->workers)
		return false;
	while (answer.at && table->count < lines) {
		struct text line = text_split(&answer, '\n');
		if (line.size)
			take_line(&table->workers[table->count++], names, line);
	}
	return true;
}

void preforkctl_table_free(struct preforkctl_table *table)
{
	free(table->workers);
	*table = (struct preforkctl_table){0, NULL};
}

/* --- comparing, sorting --- */

static const struct preforkctl_worker *find(
	const struct preforkctl_table *table, const struct preforkctl_worker *w)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->workers[i].slot == w->slot && table->workers[i].pid == w->pid)
			return &table->workers[i];
	return NULL;
}

void preforkctl_table_compare(
	struct preforkctl_table *table, const struct preforkctl_table *before, double seconds)
{
	for (size_t i = 0; seconds > 0 && i < table->count; i++) {
		struct preforkctl_worker *w = &table->workers[i];
		const struct preforkctl_worker *was = find(before, w);
		if (!was)
			continue;
		if (w->requests > was->requests)
			w->request_rate = (double)(w->requests - was->requests) / seconds;
		if (w->cpu > was->cpu)
			w->cpu_share = (w->cpu - was->cpu) / seconds * 100;
	}
}

static char sort_by;
static int sort_sign;

/* What is sorted by, such that the larger goes first. */
static double weight(const struct preforkctl_worker *w)
{
	switch (sort_by) {
	case 'p':
		return -(double)w->pid;
	case 'n':
		return w->connections;
	case 'r':
		return w->request_rate;
	case 'c':
		return w->cpu_share;
	case 'm':
		return (double)w->memory;
	case 'a':
		return (double)w->age;
	default:
		return -(double)w->slot;
	}
}

static int compare(const void *a, const void *b)
{
	const struct preforkctl_worker *x = a, *y = b;
	double p = weight(x), q = weight(y);
	if (p != q)
		return p > q ? -sort_sign : sort_sign;
	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

void preforkctl_table_sort(struct preforkctl_table *table, char by, bool reverse)
{
	sort_by = by;
	sort_sign = reverse ? -1 : 1;
	if (table->count)
		qsort(table->workers, table->count, sizeof *table->workers, compare);
}

/* --- writing --- */

void preforkctl_table_age(uint64_t s, char *to, size_t room)
{
	if (s < 60)
		snprintf(to, room, "%us", (unsigned)s);
	else if (s < 3600)
		snprintf(to, room, "%um%02us", (unsigned)(s / 60), (unsigned)(s % 60));
	else if (s < 86400)
		snprintf(to, room, "%uh%02um", (unsigned)(s / 3600), (unsigned)(s / 60 % 60));
	else
		snprintf(to, room, "%ud%02uh", (unsigned)(s / 86400), (unsigned)(s / 3600 % 24));
}

void preforkctl_table_size(uint64_t bytes, char *to, size_t room)
{
	static const char units[] = "BkMGTPE";
	double n = (double)bytes;
	size_t unit = 0;
	for (; n >= 999.5 && unit < sizeof units - 2; unit++)
		n /= 1000;
	snprintf(to, room, unit && n < 9.95 ? "%.1f%c" : "%.0f%c", n, units[unit]);
}

void preforkctl_table_span(double seconds, char *to, size_t room)
{
	if (seconds < 1e-3)
		snprintf(to, room, "%.0fus", seconds * 1e6);
	else if (seconds < 1)
		snprintf(to, room, seconds < 1e-2 ? "%.1fms" : "%.0fms", seconds * 1e3);
	else
		snprintf(to, room, seconds < 10 ? "%.1fs" : "%.0fs", seconds);
}

static void write_worker(const struct preforkctl_worker *w, struct buffer *to)
{
	char sent[16], memory[16], age[16], last[16];
	preforkctl_table_size(w->bytes, sent, sizeof sent);
	preforkctl_table_size(w->memory, memory, sizeof memory);
	preforkctl_table_age(w->age, age, sizeof age);
	preforkctl_table_span(w->last, last, sizeof last);
	buffer_printf(to, "%4u %7u %3u %c %5u %9llu %6s %8.2f %6s %6s %6s  ", w->slot, w->pid,
		w->generation, w->state, w->connections, (unsigned long long)w->requests, sent,
		w->cpu, memory, age, last);
	if (w->held)
		buffer_string(to, "[stopped by a signal] ");
	if (w->client.size) {
		buffer_text(to, w->client);
		buffer_string(to, " ");
	}
	buffer_text(to, w->request);
}

static void end_line(struct buffer *to, size_t from, unsigned width)
{
	if (width && to->size - from > width)
		to->size = from + width;
	while (to->size > from && to->data[to->size - 1] == ' ')
		to->size--;
	buffer_string(to, "\n");
}

void preforkctl_table_write(const struct preforkctl_table *table, unsigned width, struct buffer *to)
{
	size_t from = to->size;
	buffer_string(to,
		"SLOT     PID GEN S CONNS  REQUESTS   SENT    CPU s    MEM    AGE   LAST  "
		"CLIENT AND REQUEST");
	end_line(to, from, width);
	for (size_t i = 0; i < table->count; i++) {
		from = to->size;
		write_worker(&table->workers[i], to);
		end_line(to, from, width);
	}
}
