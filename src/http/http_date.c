/*
 * http_date - HTTP dates, formatted and parsed (RFC 9110 5.6.7)
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   http_date_parse: false for what is no date
 *
 * Days are counted in the proleptic Gregorian calendar, with years that begin in March, so that the
 * leap day comes last and needs no case of its own.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_date.h"

#include <stdint.h>

enum { DAY = 86400, ERA_DAYS = 146097, ERA_YEARS = 400, EPOCH = 719468 /* 1970-01-01 */ };

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char day_names[] = "SunMonTueWedThuFriSat";

struct date {
	int64_t year;
	unsigned month, day; /* 1 to 12, 1 to 31 */
	unsigned hour, minute, second;
};

/* Days from 1 March of year 0 to the date. */
static int64_t days_of(const struct date *d)
{
	int64_t year = d->month <= 2 ? d->year - 1 : d->year;
	int64_t era = (year >= 0 ? year : year - (ERA_YEARS - 1)) / ERA_YEARS;
	int64_t of_era = year - era * ERA_YEARS;
	int64_t month = (d->month + 9) % 12; /* March is 0 */
	int64_t of_year = (153 * month + 2) / 5 + d->day - 1;
	return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

static void date_of(int64_t days, struct date *d)
{
	int64_t era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
	int64_t of_era = days - era * ERA_DAYS;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;
	d->day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
	d->month = (unsigned)(month < 10 ? month + 3 : month - 9);
	d->year = year + era * ERA_YEARS + (d->month <= 2);
}

static char *put_two(char *to, unsigned n)
{
	to[0] = (char)('0' + n / 10 % 10);
	to[1] = (char)('0' + n % 10);
	return to + 2;
}

static char *put_name(char *to, const char *names, unsigned index)
{
	memcpy(to, names + index * 3, 3);
	to[3] = ' ';
	return to + 4;
}

void http_date_format(char to[HTTP_DATE_SIZE], time_t t)
{
	const int64_t least = -62135596800, most = 253402300799; /* years 1 and 9999 */
	int64_t seconds = t < least ? least : t > most ? most : t;
	int64_t days = (seconds - least) / DAY; /* since 0001-01-01, a Monday */
	unsigned rest = (unsigned)((seconds - least) % DAY);
	struct date d;

	date_of(days + 306, &d); /* 306 days from March to January */
	memcpy(to, day_names + (days + 1) % 7 * 3, 3);
	to[3] = ',';
	to[4] = ' ';
	to = put_two(to + 5, d.day);
	*to++ = ' ';
	to = put_name(to, month_names, d.month - 1);
	to = put_two(to, (unsigned)d.year / 100);
	to = put_two(to, (unsigned)d.year % 100);
	*to++ = ' ';
	to = put_two(to, rest / 3600);
	*to++ = ':';
	to = put_two(to, rest / 60 % 60);
	*to++ = ':';
	to = put_two(to, rest % 60);
	memcpy(to, " GMT", 4);
}

/* Takes the literal from the beginning of t. */
static bool take(struct text *t, struct text literal)
{
	if (!text_starts(*t, literal))
		return false;
	*t = text_from(t->at + literal.size, t->size - literal.size);
	return true;
}

static bool take_digits(struct text *t, size_t digits, unsigned *value)
{
	unsigned long long n;
	if (t->size < digits || !text_number(text_from(t->at, digits), 9999, &n))
		return false;
	*value = (unsigned)n;
	*t = text_from(t->at + digits, t->size - digits);
	return true;
}

/* Takes one of `count` names of three letters; *index counts from 0. */
static bool take_name(struct text *t, const char *names, unsigned count, unsigned *index)
{
	for (*index = 0; *index < count; ++*index)
		if (take(t, text_from(names + *index * 3, 3)))
			return true;
	return false;
}

static bool take_month(struct text *t, struct date *d)
{
	unsigned index;
	if (!take_name(t, month_names, 12, &index))
		return false;
	d->month = index + 1;
	return true;
}

static bool take_time(struct text *t, struct date *d)
{
	return take_digits(t, 2, &d->hour) && take(t, TEXT(":")) && take_digits(t, 2, &d->minute) &&
	       take(t, TEXT(":")) && take_digits(t, 2, &d->second);
}

/* "06 Nov 1994 08:49:37 GMT" */
static bool take_fixdate(struct text *t, struct date *d)
{
	unsigned year;
	if (!take_digits(t, 2, &d->day) || !take(t, TEXT(" ")) || !take_month(t, d) ||
		!take(t, TEXT(" ")) || !take_digits(t, 4, &year) || !take(t, TEXT(" ")) ||
		!take_time(t, d))
		return false;
	d->year = year;
	return take(t, TEXT(" GMT"));
}

static int64_t seconds_of(const struct date *d)
{
	return (days_of(d) - EPOCH) * DAY + d->hour * 3600 + d->minute * 60 + d->second;
}

/* Gives a date whose year has two digits the latest century that leaves it at most 50 years ahead
 * of now. */
static void choose_century(struct date *d, time_t now)
{
	int64_t seconds = now < 0 ? 0 : now;
	unsigned rest = (unsigned)(seconds % DAY);
	struct date most;
	date_of(seconds / DAY + EPOCH, &most);
	most.year += 50;
	most.hour = rest / 3600;
	most.minute = rest / 60 % 60;
	most.second = rest % 60;
	d->year += most.year - most.year % 100;
	if (seconds_of(d) > seconds_of(&most))
		d->year -= 100;
}

/* "06-Nov-94 08:49:37 GMT" */
static bool take_rfc850(struct text *t, struct date *d, time_t now)
{
	unsigned year;
	if (!take_digits(t, 2, &d->day) || !take(t, TEXT("-")) || !take_month(t, d) ||
		!take(t, TEXT("-")) || !take_digits(t, 2, &year) || !take(t, TEXT(" ")) ||
		!take_time(t, d))
		return false;
	d->year = year;
	choose_century(d, now);
	return take(t, TEXT(" GMT"));
}

/* "Nov  6 08:49:37 1994" */
static bool take_asctime(struct text *t, struct date *d)
{
	unsigned year;
	if (!take_month(t, d) || !take(t, TEXT(" ")))
		return false;
	if (!(take(t, TEXT(" ")) ? take_digits(t, 1, &d->day) : take_digits(t, 2, &d->day)))
		return false;
	if (!take(t, TEXT(" ")) || !take_time(t, d) || !take(t, TEXT(" ")) ||
		!take_digits(t, 4, &year))
		return false;
	d->year = year;
	return true;
}

static bool exists(const struct date *d)
{
	static const unsigned char days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = d->year % 4 == 0 && (d->year % 100 != 0 || d->year % 400 == 0);
	if (d->day < 1 || d->day > days[d->month - 1] || (d->month == 2 && d->day == 29 && !leap))
		return false;
	return d->hour < 24 && d->minute < 60 && d->second <= 60; /* 60: a leap second */
}

bool http_date_parse(struct text t, time_t now, time_t *result)
{
	static const char *const endings[] = {
		"day", "day", "sday", "nesday", "rsday", "day", "urday"};
	struct date d;
	unsigned day;
	bool good;

	if (!take_name(&t, day_names, 7, &day))
		return false;
	if (take(&t, TEXT(", ")))
		good = take_fixdate(&t, &d);
	else if (take(&t, TEXT(" ")))
		good = take_asctime(&t, &d);
	else
		good = take(&t, text_of(endings[day])) && take(&t, TEXT(", ")) &&
		       take_rfc850(&t, &d, now);
	if (!good || t.size || !exists(&d))
		return false;
	*result = (time_t)seconds_of(&d);
	return true;
}
