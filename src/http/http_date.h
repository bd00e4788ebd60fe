/*
 * http_date - HTTP dates, formatted and parsed (RFC 9110 5.6.7)
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   http_date_parse: false for what is no date
 *
 * No locale, no time zone and no call of the C library is involved.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_DATE_H
#define HTTP_DATE_H

#include "base/text.h"

#include <time.h>

/* Bytes of an IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT". */
#define HTTP_DATE_SIZE 29

/* Writes exactly 29 bytes, without NUL. Times before year 1 or after 9999 are moved to the nearest
 * that can be written. */
void http_date_format(char to[HTTP_DATE_SIZE], time_t t);

/* Any of the three forms: IMF-fixdate, RFC 850 with its two-digit year, and asctime. Case matters;
 * the name of the day has to be one but need not fit the date. A two-digit year that would be more
 * than 50 years after `now` is of the century before. */
bool http_date_parse(struct text t, time_t now, time_t *result);

#endif
