/*
 * worker_log_time - the letters of LogFormat that are about the time
 *
 * Runs in:  worker
 * Owns:     the last seconds, written out
 * Errors:   none
 *
 * A request remembers when it came by the clock that never steps back. What the calendar said then
 * comes from how far the two clocks are apart, which is looked at once a second.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker_log.h"

static uint64_t now_us(struct worker_log_line *l)
{
	if (!l->now_us)
		l->now_us = os_clock_us();
	return l->now_us;
}

/* Microseconds of the calendar. */
static int64_t calendar_us(const struct worker_log_line *l, uint64_t us)
{
	static int64_t apart;
	static time_t looked = -1;
	if (looked != l->w->now) {
		struct timespec t;
		clock_gettime(CLOCK_REALTIME, &t);
		apart = t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000 - (int64_t)os_clock_us();
		looked = l->w->now;
	}
	return (int64_t)us + apart;
}

/* "[21/Nov/2026:07:10:02 +0000]"; requests of different seconds may end in one turn. */
static void put_common(struct buffer *to, time_t second)
{
	enum { SECONDS = 4 };
	static struct {
		time_t second;
		size_t size;
		char text[64];
	} made[SECONDS];
	unsigned i = (unsigned)second % SECONDS;
	if (made[i].second != second || !made[i].size) {
		struct tm tm;
		localtime_r(&second, &tm);
		made[i].size =
			strftime(made[i].text, sizeof made[i].text, "[%d/%b/%Y:%H:%M:%S %z]", &tm);
		made[i].second = second;
	}
	buffer_append(to, made[i].text, made[i].size);
}

static void put_format(struct buffer *to, time_t second, const char *format)
{
	char text[1024];
	struct tm tm;
	localtime_r(&second, &tm);
	buffer_append(to, text, strftime(text, sizeof text, format, &tm));
}

void worker_log_time(struct worker_log_line *l)
{
	int64_t us = calendar_us(l, l->step->end ? now_us(l) : l->x->started_us);
	switch (l->step->form) {
	case CONFIG_LOG_TIME_SEC:
		buffer_number(l->to, (unsigned long long)us / 1000000);
		break;
	case CONFIG_LOG_TIME_MSEC:
		buffer_number(l->to, (unsigned long long)us / 1000);
		break;
	case CONFIG_LOG_TIME_USEC:
		buffer_number(l->to, (unsigned long long)us);
		break;
	case CONFIG_LOG_TIME_MSEC_FRAC:
		buffer_printf(l->to, "%03u", (unsigned)(us / 1000 % 1000));
		break;
	case CONFIG_LOG_TIME_USEC_FRAC:
		buffer_printf(l->to, "%06u", (unsigned)(us % 1000000));
		break;
	case CONFIG_LOG_TIME_FORMAT:
		put_format(l->to, us / 1000000, l->step->text);
		break;
	default:
		put_common(l->to, us / 1000000);
	}
}

/* %D; %T, whose words are s, ms and us. */
void worker_log_took(struct worker_log_line *l)
{
	static const unsigned units[] = {1000000, 1000000, 1000, 1};
	bool exact = l->step->op == CONFIG_LOG_MICROSECONDS;
	buffer_number(l->to, (now_us(l) - l->x->started_us) / (exact ? 1 : units[l->step->form]));
}

void worker_log_first_byte(struct worker_log_line *l)
{
	if (l->x->answered_us)
		buffer_number(l->to, l->x->answered_us - l->x->started_us);
	else
		buffer_append(l->to, "-", 1);
}
