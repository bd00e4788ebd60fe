/*
 * preforkctl_load - preforkctl load: something for a server to do
 *
 * Runs in:  preforkctl
 * Owns:     nothing
 * Errors:   one line on standard error, and an enum preforkctl_exit
 *
 * It is there to have something to watch, with bounds; a benchmark is another thing.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "load/load_entry.h"
#include "tools/preforkctl.h"

#include <getopt.h>
#include <stdio.h>

enum { CLIENTS = 8, SECONDS = 10, SECONDS_MOST = 3600 };

static const char usage[] = "Usage: preforkctl load [-n REQUESTS] [-c CLIENTS] [-t SECONDS] URL\n";

static int wrong(const char *what)
{
	log_error("%s", what);
	fputs(usage, stderr);
	return PREFORKCTL_USAGE;
}

static bool read_number(const char *word, unsigned long long most, unsigned long long *to)
{
	return text_number(text_of(word), most, to) && *to > 0;
}

/* "http://127.0.0.1:8080/path", "localhost:8080". Names but localhost are not looked up. */
static bool read_url(const char *word, struct wire_load_options *o)
{
	char at[WIRE_LOAD_PATH];
	const char *host = strncmp(word, "http://", 7) == 0 ? word + 7 : word;
	size_t size = strcspn(host, "/");
	const char *port = size > 9 ? host + 9 : ":80";
	int n;
	if (strncmp(host, "localhost", 9) == 0 && (size == 9 || host[9] == ':'))
		n = snprintf(at, sizeof at, "127.0.0.1%.*s", (int)(size > 9 ? size - 9 : 3), port);
	else
		n = snprintf(at, sizeof at, "%.*s", (int)size, host);
	if (n < 0 || (size_t)n >= sizeof at || !strchr(at, ':'))
		return false;
	if (os_address_parse(&o->to, text_of(at)) < 0 || os_address_port(&o->to) == 0)
		return false;
	if (strcspn(host, " \r\n") != strlen(host))
		return false;
	n = snprintf(o->path, sizeof o->path, "%s", host[size] ? host + size : "/");
	os_address_format(&o->to, o->host);
	return n > 0 && (size_t)n < sizeof o->path;
}

static void say_time(const struct load_result *r, const char *name, double share)
{
	printf("  %s %.3f ms\n", name, (double)wire_latency_quantile(&r->latency, share) / 1000);
}

static int report(const struct load_result *r)
{
	printf("%llu good, %llu refused, %llu broken in %.2f s: %.0f requests a second\n",
		(unsigned long long)r->good, (unsigned long long)r->bad,
		(unsigned long long)r->broken, r->seconds,
		r->seconds > 0 ? (double)(r->good + r->bad) / r->seconds : 0);
	say_time(r, "half within", 0.5);
	say_time(r, "90 % within", 0.9);
	say_time(r, "99 % within", 0.99);
	return r->good && !r->bad ? PREFORKCTL_DONE : PREFORKCTL_FAILED;
}

int preforkctl_load(int argc, char **argv)
{
	unsigned long long requests = 0, clients = CLIENTS, seconds = 0;
	struct wire_load_options o = {.clients = 0};
	struct load_result result;
	int letter;
	opterr = 0;
	while ((letter = getopt(argc, argv, "n:c:t:")) != -1) {
		bool good = letter == 'n'   ? read_number(optarg, UINT32_MAX, &requests)
			    : letter == 'c' ? read_number(optarg, WIRE_LOAD_CLIENTS, &clients)
			    : letter == 't' ? read_number(optarg, SECONDS_MOST, &seconds)
					    : false;
		if (!good)
			return wrong("-n, -c and -t take a number from 1; -c at most 1024, -t at "
				     "most 3600");
	}
	if (optind + 1 != argc || !read_url(argv[optind], &o))
		return wrong("a URL is missing: http://ADDRESS:PORT/PATH, of localhost or a "
			     "numeric address");
	o.clients = (uint32_t)clients;
	o.requests = requests;
	o.seconds = seconds || requests ? (uint32_t)seconds : SECONDS;
	if (load_run(&o, &result) < 0) {
		log_error("cannot begin: %m");
		return PREFORKCTL_FAILED;
	}
	return report(&result);
}
