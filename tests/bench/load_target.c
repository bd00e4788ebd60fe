/*
 * load_target - what load asks for: a list of requests, chosen from in turn or by weight, and the
 * bodies that have to come
 *
 * Runs in:  load
 * Owns:     the list and the bodies, until exit
 * Errors:   end the program, with a line
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/load_target.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	struct load_target *all;
	size_t count, turn;
	bool weighed;
	uint64_t random;
} list = {.random = 88172645463325252u};

_Noreturn void load_fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "wrong");
	exit(1);
}

/* xorshift64*: the same sequence in every run, so that servers get the same work. */
static double random_unit(void)
{
	list.random ^= list.random >> 12;
	list.random ^= list.random << 25;
	list.random ^= list.random >> 27;
	return (double)((list.random * 0x2545f4914f6cdd1du) >> 11) / (double)(1ull << 53);
}

struct load_target *load_target_choose(void)
{
	size_t low = 0, high = list.count - 1;
	double at;

	if (!list.weighed)
		return &list.all[list.turn++ % list.count];
	at = random_unit() * list.all[high].upto;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (list.all[middle].upto > at)
			high = middle;
		else
			low = middle + 1;
	}
	return &list.all[low];
}

static void add_target(char *line, const char *headers, double exponent)
{
	char *host = strchr(line, '\t');
	struct load_target *t;
	int length;

	if (host)
		*host++ = '\0';
	if (list.count % 1024 == 0)
		list.all = realloc(list.all, (list.count + 1024) * sizeof *list.all);
	if (!list.all)
		load_fail("memory");
	t = &list.all[list.count];
	*t = (struct load_target){.path = strdup(line), .host = host ? strdup(host) : NULL};
	length = asprintf(&t->request, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", line,
		host ? host : "localhost", headers);
	if (length < 0)
		load_fail("memory");
	t->length = (size_t)length;
	t->upto = (list.count ? list.all[list.count - 1].upto : 0) +
		  1 / pow((double)list.count + 1, exponent);
	list.count++;
}

void load_target_list(const char *name, const char *headers, double exponent)
{
	FILE *file = fopen(name, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	list.weighed = exponent > 0;
	if (!file)
		load_fail(name);
	while ((length = getline(&line, &room, file)) > 0) {
		if (line[length - 1] == '\n')
			line[length - 1] = '\0';
		add_target(line, headers, exponent);
	}
	free(line);
	fclose(file);
	errno = 0;
	if (list.count == 0)
		load_fail(name);
}

void load_target_read(struct load_target *t, const char *root)
{
	char name[4096];
	struct stat st;
	int fd;

	if (t->body || !root)
		return;
	snprintf(name, sizeof name, "%s/%s%s", root, t->host ? t->host : "", t->path);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		load_fail(name);
	t->size = (size_t)st.st_size;
	t->body = malloc(t->size + 1);
	if (!t->body || read(fd, t->body, t->size) != (ssize_t)t->size)
		load_fail(name);
	close(fd);
}
