/*
 * http_status - the words of each status
 *
 * Runs in:  every process that answers requests
 * Owns:     nothing; one constant table, sorted by status
 * Errors:   none; an unknown status has words too
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "http/http_status.h"

#include "base/assert.h"

struct status {
	struct text line, reason, sentence;
	int code;
};

static const struct status statuses[] = {
#define HTTP_STATUS(code, reason, sentence)                                                        \
	{TEXT("HTTP/1.1 " #code " " reason "\r\n"), TEXT(reason), TEXT(sentence), code},
#include "http/http_status.def"
#undef HTTP_STATUS
};

static const struct status *find(int code)
{
	size_t low = 0, high = COUNT_OF(statuses);
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (statuses[middle].code == code)
			return &statuses[middle];
		if (statuses[middle].code < code)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

struct text http_status_reason(int status)
{
	const struct status *s = find(status);
	return s ? s->reason : TEXT("Unknown");
}

struct text http_status_sentence(int status)
{
	const struct status *s = find(status);
	return s ? s->sentence : TEXT("The server answered with a status it has no words for.");
}

struct text http_status_line(int status)
{
	const struct status *s = find(status);
	return s ? s->line : (struct text){NULL, 0};
}
