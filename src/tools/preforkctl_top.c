/*
 * preforkctl_top - the live table
 *
 * Runs in:  preforkctl, on a terminal
 * Owns:     the screen, while it lasts
 * Errors:   a server that does not answer is said on the screen, and asked again
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "os/os_clock.h"
#include "tools/preforkctl_sums.h"
#include "tools/preforkctl_table.h"
#include "tools/preforkctl_talk.h"

#ifdef WITH_NCURSES

#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { TITLE_ROW = 8, WIDE = 110, BAR = 30 };
enum colour { GOOD = 1, BUSY, READING, KEPT, LEAVING, BAD };

struct top {
	struct preforkctl *ctl;
	struct preforkctl_talk talk;
	struct buffer text, metrics, answer; /* as they came */
	struct buffer why;                   /* the server does not answer: why */
	struct preforkctl_sums sums, before;
	struct preforkctl_table table, earlier;
	struct buffer earlier_answer; /* what the earlier table's texts look at */
	uint64_t looked_us;
	double seconds; /* between the last two looks; 0: there was one */
	unsigned looks;
	char sort;
	bool reverse;
};

/* --- looking --- */

static int ask_all(struct top *t)
{
	int code = PREFORKCTL_DONE;
	if (t->talk.fd < 0)
		code = preforkctl_talk_open(&t->talk, t->ctl->socket, t->ctl->patience_ms, &t->why);
	if (code == PREFORKCTL_DONE)
		code = preforkctl_talk_ask(&t->talk, "status text", &t->text, &t->why);
	if (code == PREFORKCTL_DONE)
		code = preforkctl_talk_ask(&t->talk, "status metrics", &t->metrics, &t->why);
	if (code == PREFORKCTL_DONE)
		code = preforkctl_talk_ask(&t->talk, "workers", &t->answer, &t->why);
	return code;
}

/* What is shown becomes what is compared with. */
static void step_back(struct top *t)
{
	struct buffer old = t->earlier_answer;
	preforkctl_table_free(&t->earlier);
	t->earlier = t->table;
	t->earlier_answer = t->answer;
	t->answer = old;
	t->table = (struct preforkctl_table){0, NULL};
	t->before = t->sums;
}

static int look(struct top *t)
{
	uint64_t now = os_clock_us();
	step_back(t);
	buffer_clear(&t->why);
	int code = ask_all(t);
	if (code != PREFORKCTL_DONE) {
		preforkctl_talk_close(&t->talk);
		t->looks = 0;
		return code;
	}
	preforkctl_sums_read(&t->sums, buffer_view(&t->metrics));
	if (!preforkctl_table_read(&t->table, buffer_view(&t->answer)))
		buffer_string(
			&t->why, "the answer makes no sense: is the server of another version?");
	t->seconds = t->looks++ ? (double)(now - t->looked_us) / 1e6 : 0;
	t->looked_us = now;
	preforkctl_table_compare(&t->table, &t->earlier, t->seconds);
	preforkctl_table_sort(&t->table, t->sort, t->reverse);
	return PREFORKCTL_DONE;
}

/* --- drawing --- */

static void paint(enum colour colour, bool on)
{
	int with = COLOR_PAIR(colour) | (colour == BAD ? A_BOLD : 0);
	if (on)
		attron(with);
	else
		attroff(with);
}

/* The first two lines of the status say what it is about. */
static void draw_about(const struct top *t)
{
	struct text rest = buffer_view(&t->text);
	char clock[16];
	time_t now = time(NULL);
	struct tm tm;
	localtime_r(&now, &tm);
	strftime(clock, sizeof clock, "%H:%M:%S", &tm);
	for (int row = 0; row < 2; row++) {
		struct text line = text_split(&rest, '\n');
		if (row == 0)
			attron(A_BOLD);
		mvprintw(row, 0, "%.*s", TEXT_ARGS(line));
		attroff(A_BOLD);
	}
	if (COLS >= 60)
		mvprintw(0, COLS - 9, " %s", clock);
}

static double rate(const struct top *t, double now, double before)
{
	return t->seconds > 0 && now > before ? (now - before) / t->seconds : 0;
}

static void put_quantile(const struct top *t, const char *before, double share)
{
	char span[16];
	double q = preforkctl_sums_quantile(&t->before, &t->sums, share);
	if (t->seconds <= 0 || q < 0)
		snprintf(span, sizeof span, "-");
	else
		preforkctl_table_span(q, span, sizeof span);
	printw("%s%.0f%% within %s", before, share * 100, span);
}

static void draw_rates(const struct top *t)
{
	char sent[16];
	const struct preforkctl_sums *s = &t->sums, *b = &t->before;
	preforkctl_table_size((uint64_t)rate(t, s->bytes, b->bytes), sent, sizeof sent);
	if (t->seconds > 0)
		mvprintw(3, 0, "Requests     %.1f a second, %s a second, CPU %.0f%%",
			rate(t, s->requests, b->requests), sent, rate(t, s->cpu, b->cpu) * 100);
	else
		mvprintw(3, 0, "Requests     %.0f since the start", s->requests);
	mvaddstr(4, 0, "Latency      ");
	put_quantile(t, "", 0.5);
	put_quantile(t, ", ", 0.9);
	put_quantile(t, ", ", 0.99);
}

/* Busy workers and idle ones, of all there may be. */
static void draw_bar(const struct top *t)
{
	const struct preforkctl_sums *s = &t->sums;
	double places = s->places > 0 ? s->places : 1;
	int busy = (int)(s->busy / places * BAR + 0.5);
	int idle = (int)((s->busy + s->idle) / places * BAR + 0.5);
	mvaddstr(5, 0, "Workers      [");
	for (int i = 0; i < BAR; i++) {
		enum colour colour = i < busy ? BUSY : GOOD;
		paint(colour, true);
		addch(i < busy ? '#' : i < idle ? '-' : ' ');
		paint(colour, false);
	}
	printw("] %.0f busy, %.0f idle, at most %.0f", s->busy, s->idle, s->places);
	mvprintw(6, 0, "Connections  %.0f active, %.0f idle, %.0f waiting of %.0f", s->active,
		s->kept, s->queue, s->queue_limit);
}

static void draw_trouble(const struct top *t)
{
	paint(BAD, true);
	if (t->why.size)
		mvprintw(7, 0, "%.*s", TEXT_ARGS(buffer_view(&t->why)));
	else if (t->sums.held > 0)
		mvprintw(7, 0, "%.0f worker%s stopped by a signal (SIGSTOP)", t->sums.held,
			t->sums.held == 1 ? " is" : "s are");
	paint(BAD, false);
}

static enum colour colour_of(const struct preforkctl_worker *w)
{
	switch (w->held ? 'X' : w->state) {
	case 'X':
		return BAD;
	case 'W':
		return BUSY;
	case 'R':
		return READING;
	case 'K':
		return KEPT;
	case '_':
		return GOOD;
	default:
		return LEAVING;
	}
}

static void draw_titles(void)
{
	attron(A_REVERSE);
	mvhline(TITLE_ROW, 0, ' ', COLS);
	if (COLS >= WIDE)
		mvaddnstr(TITLE_ROW, 0,
			"SLOT     PID GEN S CONNS  IDLE    REQ/S  REQUESTS   SENT  CPU%    MEM    "
			"AGE   LAST  CLIENT AND REQUEST",
			COLS);
	else
		mvaddnstr(TITLE_ROW, 0,
			"SLOT     PID S CONNS    REQ/S  CPU%    MEM    AGE   LAST  REQUEST", COLS);
	attroff(A_REVERSE);
}

static void draw_worker(int row, const struct preforkctl_worker *w)
{
	char sent[16], memory[16], age[16], last[16];
	bool wide = COLS >= WIDE;
	preforkctl_table_size(w->bytes, sent, sizeof sent);
	preforkctl_table_size(w->memory, memory, sizeof memory);
	preforkctl_table_age(w->age, age, sizeof age);
	preforkctl_table_span(w->last, last, sizeof last);
	mvprintw(row, 0, "%4u %7u ", w->slot, w->pid);
	if (wide)
		printw("%3u ", w->generation);
	paint(colour_of(w), true);
	addch((chtype)(unsigned char)w->state);
	paint(colour_of(w), false);
	printw(" %5u ", w->connections);
	if (wide)
		printw("%5u ", w->idle);
	printw("%8.1f ", w->request_rate);
	if (wide)
		printw("%9llu %6s ", (unsigned long long)w->requests, sent);
	printw("%5.1f %6s %6s %6s  ", w->cpu_share, memory, age, last);
	int left = COLS - getcurx(stdscr);
	if (w->held) {
		paint(BAD, true);
		addnstr("stopped by a signal", left);
		paint(BAD, false);
	} else if (w->silent >= 3) {
		printw("nothing moves for %u s", w->silent);
	} else {
		if (wide && w->client.size)
			printw("%.*s ", TEXT_ARGS(w->client));
		left = COLS - getcurx(stdscr);
		if (left > 0 && (int)w->request.size > 0)
			addnstr(w->request.at,
				left < (int)w->request.size ? left : (int)w->request.size);
	}
}

static void draw_keys(const struct top *t)
{
	static const struct {
		char key;
		const char *words;
	} keys[] = {{'s', "slot"}, {'p', "pid"}, {'n', "conns"}, {'r', "req/s"}, {'c', "cpu"},
		{'m', "memory"}, {'a', "age"}};
	mvaddstr(LINES - 1, 0, "q quit   sort by");
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		addch(' ');
		if (t->sort == keys[i].key)
			attron(A_BOLD | A_UNDERLINE);
		printw("%c %s", keys[i].key, keys[i].words);
		attroff(A_BOLD | A_UNDERLINE);
	}
	addstr(t->reverse ? "   R reversed" : "   R reverse");
}

static void draw(const struct top *t)
{
	int rows = LINES - TITLE_ROW - 2;
	erase();
	draw_about(t);
	draw_rates(t);
	draw_bar(t);
	draw_trouble(t);
	draw_titles();
	for (int i = 0; i < rows && i < (int)t->table.count; i++)
		draw_worker(TITLE_ROW + 1 + i, &t->table.workers[i]);
	if ((int)t->table.count > rows && rows > 0)
		mvprintw(LINES - 2, 0, "and %d more", (int)t->table.count - rows + 1);
	draw_keys(t);
	refresh();
}

/* --- the loop --- */

/* false: it ends. */
static bool obey(struct top *t, int key)
{
	if (key == 'q' || key == 'Q' || key == 27)
		return false;
	if (key == 'R')
		t->reverse = !t->reverse;
	else if (key > 0 && key < 128 && strchr(PREFORKCTL_SORTS, key))
		t->sort = (char)key;
	preforkctl_table_sort(&t->table, t->sort, t->reverse);
	return true;
}

static void run(struct top *t)
{
	uint64_t every = (uint64_t)(t->ctl->interval * 1e6), next = os_clock_us() + every;
	for (;;) {
		draw(t);
		uint64_t now = os_clock_us();
		timeout(next > now ? (int)((next - now) / 1000) : 0);
		int key = getch();
		if (key != ERR) {
			if (!obey(t, key))
				return;
			continue;
		}
		if (os_clock_us() + 1000 < next)
			continue; /* a signal came */
		look(t);
		next = os_clock_us() + every;
	}
}

static bool open_screen(void)
{
	if (!newterm(NULL, stdout, stdin))
		return false;
	cbreak();
	noecho();
	curs_set(0);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	start_color();
	use_default_colors();
	init_pair(GOOD, COLOR_GREEN, -1);
	init_pair(BUSY, COLOR_YELLOW, -1);
	init_pair(READING, COLOR_CYAN, -1);
	init_pair(KEPT, COLOR_MAGENTA, -1);
	init_pair(LEAVING, COLOR_BLUE, -1);
	init_pair(BAD, COLOR_RED, -1);
	return true;
}

static void end(struct top *t)
{
	preforkctl_talk_close(&t->talk);
	preforkctl_table_free(&t->table);
	preforkctl_table_free(&t->earlier);
	buffer_free(&t->text);
	buffer_free(&t->metrics);
	buffer_free(&t->answer);
	buffer_free(&t->earlier_answer);
	buffer_free(&t->why);
}

int preforkctl_top(struct preforkctl *ctl)
{
	struct top t = {.ctl = ctl, .talk = PREFORKCTL_TALK_INIT, .sort = 's'};
	const char *terminal = getenv("TERM");
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		log_error("top needs a terminal; preforkctl workers prints the table once");
		return PREFORKCTL_USAGE;
	}
	if (!ctl->socket) {
		log_error("this server has no ControlSocket, so there is nothing to ask");
		return PREFORKCTL_NO_ANSWER;
	}
	int code = look(&t);
	if (code != PREFORKCTL_DONE) {
		log_error("%.*s", TEXT_ARGS(buffer_view(&t.why)));
	} else if (!open_screen()) {
		log_error("the terminal \"%s\" is not known; preforkctl workers prints the table "
			  "once",
			terminal ? terminal : "");
		code = PREFORKCTL_USAGE;
	} else {
		run(&t);
		endwin();
	}
	end(&t);
	return code;
}

#else

int preforkctl_top(struct preforkctl *ctl)
{
	(void)ctl;
	log_error("top was built without ncurses; preforkctl workers prints the table once");
	return PREFORKCTL_FAILED;
}

#endif
