/*
 * main - the command line, and which role this process plays
 *
 * Runs in:  every process starts here; only this file knows all roles
 * Owns:     the words of the command line
 * Errors:   one line on standard error that says what is wrong and where, and exit status 1
 *
 * The options are Apache's (httpd(8)), each with a long name.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_AREA "core"
#include "base/assert.h"
#include "config/config.h"
#include "keeper/keeper_entry.h"
#include "load/load_entry.h"
#include "mp/mp.h"
#include "os/os_process.h"
#include "parent/parent_entry.h"
#include "starter/starter_entry.h"
#include "status/status_entry.h"
#include "wire/wire_heritage.h"
#include "worker/worker_entry.h"

#include <ev.h>
#include <getopt.h>
#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 64, LONG_SERVE = 256, LONG_PORT, LONG_EXPLAIN };

/* What the command line says. */
struct options {
	struct config_source source;
	const char *before[WORDS + 1], *after[WORDS + 1], *defines[WORDS + 1];
	size_t before_count, after_count, define_count;
	const char *verb;    /* -k */
	char **arguments;    /* all of it, as it came */
	const char *startup; /* -E: a file for messages before the error log is open */
	bool foreground, test, dump, list, single;
	void (*show)(const struct options *o); /* -v, -V, -L, -h: says something and ends */
};

static void show_version(const struct options *o)
{
	(void)o;
	printf("Server version: %s\n", config_server_name(CONFIG_TOKENS_FULL));
}

static void show_build(const struct options *o)
{
	show_version(o);
	printf("Process models: prefork, fork, dispatch\n"
	       "Libraries: libev %d.%d, http-parser %d.%d.%d\n"
	       " -D PREFORKD_SERVER_ROOT=\"%s\"\n -D PREFORKD_CONFIG_FILE=\"%s\"\n",
		ev_version_major(), ev_version_minor(), HTTP_PARSER_VERSION_MAJOR,
		HTTP_PARSER_VERSION_MINOR, HTTP_PARSER_VERSION_PATCH, PREFORKD_SERVER_ROOT,
		PREFORKD_CONFIG_FILE);
	struct buffer sandbox = BUFFER_INIT;
	parent_sandbox_here(&sandbox);
	printf("Sandbox: %.*s\n", TEXT_ARGS(buffer_view(&sandbox)));
	buffer_free(&sandbox);
#ifdef WITH_ZLIB
	puts(" -D WITH_ZLIB");
#endif
#ifdef WITH_BROTLI
	puts(" -D WITH_BROTLI");
#endif
}

static void show_directives(const struct options *o)
{
	(void)o;
	struct buffer text = BUFFER_INIT;
	config_list_directives(&text);
	fwrite(text.data, 1, text.size, stdout);
	buffer_free(&text);
}

static void show_modules(const struct options *o)
{
	(void)o;
	struct buffer text = BUFFER_INIT;
	config_dump_modules(&text);
	fwrite(text.data, 1, text.size, stdout);
	buffer_free(&text);
}

static void show_settings(const struct config *config)
{
	struct buffer text = BUFFER_INIT;
	config_dump_settings(config, &text);
	fwrite(text.data, 1, text.size, stdout);
	buffer_free(&text);
}

static const char usage[] =
	"Usage: preforkd [-d SERVERROOT] [-f CONFIG] [-D NAME]... [-C DIRECTIVE]... [-c "
	"DIRECTIVE]...\n"
	"                [-k start|stop|restart|graceful|graceful-stop|upgrade] [-X]\n"
	"                [--explain] [-t] [-S] [-v] [-V] [-L] [-M] [-e LEVEL] [-E FILE]\n"
	"       preforkd --serve DIR [--port N]\n"
	"\n"
	"  --serve DIR           serve a directory, with no configuration at all\n"
	"  --port N              on this port; 8080 when not said\n"
	"  -d, --root DIR        the ServerRoot\n"
	"  -f, --config FILE     the configuration; relative to the ServerRoot\n"
	"  -D, --define NAME     for <IfDefine>; FOREGROUND: do not become a daemon; DUMP_CONFIG: "
	"print what is read\n"
	"  -C, --before LINE     a directive read before the configuration\n"
	"  -c, --after LINE      a directive read after it\n"
	"  -k, --signal VERB     start (what happens without -k), or a word to the server that "
	"runs\n"
	"  -X, --single          one process, in the foreground, for debugging\n"
	"      --explain         say in numbered sentences what the parent does; in the "
	"foreground\n"
	"  -t, --test            check the configuration: \"Syntax OK\", or what is wrong and "
	"where\n"
	"  -e, --level LEVEL     how much is said before the error log is open\n"
	"  -E, --errors FILE     where that is written\n"
	"  -S, --settings        the virtual hosts, and what else the configuration comes to\n"
	"  -M, --modules         Apache's modules whose job is built in\n"
	"  -L, --list            every directive with its meaning\n"
	"  -v, --version         the version\n"
	"  -V, --build           the version and how it was built\n"
	"  -h, --help            this\n";

static void show_usage(const struct options *o)
{
	(void)o;
	fputs(usage, stdout);
}

static const struct option long_options[] = {
	{"root", required_argument, NULL, 'd'},
	{"config", required_argument, NULL, 'f'},
	{"define", required_argument, NULL, 'D'},
	{"before", required_argument, NULL, 'C'},
	{"after", required_argument, NULL, 'c'},
	{"signal", required_argument, NULL, 'k'},
	{"single", no_argument, NULL, 'X'},
	{"test", no_argument, NULL, 't'},
	{"level", required_argument, NULL, 'e'},
	{"errors", required_argument, NULL, 'E'},
	{"settings", no_argument, NULL, 'S'},
	{"modules", no_argument, NULL, 'M'},
	{"list", no_argument, NULL, 'L'},
	{"version", no_argument, NULL, 'v'},
	{"build", no_argument, NULL, 'V'},
	{"help", no_argument, NULL, 'h'},
	{"serve", required_argument, NULL, LONG_SERVE},
	{"port", required_argument, NULL, LONG_PORT},
	{"explain", no_argument, NULL, LONG_EXPLAIN},
	{NULL, 0, NULL, 0},
};

static int complain(const char *what, const char *word)
{
	log_error("%s \"%s\"; preforkd -h says what there is", what, word);
	return -1;
}

static int add_word(const char **words, size_t *count, const char *word)
{
	if (*count == WORDS)
		return complain("too many options: no room for", word);
	words[(*count)++] = word;
	return 0;
}

static int set_port(struct options *o, const char *word)
{
	unsigned long long port;
	if (!text_number(text_of(word), 65535, &port) || port == 0)
		return complain("--port takes a number from 1 to 65535, not", word);
	o->source.port = (unsigned)port;
	return 0;
}

static int set_level(const char *word)
{
	int level = log_severity_named(word);
	if (level < 0)
		return complain("-e takes a level as LogLevel does, not", word);
	log_level(NULL, (enum log_severity)level);
	return 0;
}

static int set_define(struct options *o, const char *word)
{
	if (strcmp(word, "FOREGROUND") == 0)
		o->foreground = true;
	else if (strcmp(word, "DUMP_VHOSTS") == 0 || strcmp(word, "DUMP_RUN_CFG") == 0)
		o->dump = true;
	else if (strcmp(word, "DUMP_CONFIG") == 0)
		o->list = true;
	else if (strcmp(word, "DUMP_MODULES") == 0)
		o->show = show_modules;
	return add_word(o->defines, &o->define_count, word);
}

static int set_verb(struct options *o, const char *word)
{
	static const char *const verbs[] = {
		"start", "stop", "restart", "graceful", "graceful-stop", "upgrade"};
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(verbs[i], word) == 0) {
			o->verb = word;
			return 0;
		}
	return complain(
		"-k takes start, stop, restart, graceful, graceful-stop or upgrade, not", word);
}

static int set_option(struct options *o, int letter, const char *word)
{
	switch (letter) {
	case 'd':
		o->source.server_root = word;
		return 0;
	case 'f':
		o->source.file = word;
		return 0;
	case 'D':
		return set_define(o, word);
	case 'C':
		return add_word(o->before, &o->before_count, word);
	case 'c':
		return add_word(o->after, &o->after_count, word);
	case 'k':
		return set_verb(o, word);
	case 'X':
		o->single = o->foreground = true;
		return 0;
	case 't':
		o->test = true;
		return 0;
	case 'e':
		return set_level(word);
	case 'E':
		o->startup = word;
		return 0;
	case 'S':
		o->dump = true;
		return 0;
	case 'M':
		o->show = show_modules;
		return 0;
	case 'L':
		o->show = show_directives;
		return 0;
	case 'v':
		o->show = show_version;
		return 0;
	case 'V':
		o->show = show_build;
		return 0;
	case 'h':
		o->show = show_usage;
		return 0;
	case LONG_SERVE:
		o->source.serve = word;
		o->foreground = true;
		return 0;
	case LONG_EXPLAIN:
		o->source.explain = o->foreground = true;
		return 0;
	default:
		return set_port(o, word);
	}
}

static int check_options(const struct options *o)
{
	if (o->source.port && !o->source.serve) {
		log_error("--port goes with --serve; a configuration says Listen");
		return -1;
	}
	if (o->source.serve && (o->source.file || o->verb)) {
		log_error("--serve goes without -f and -k: it needs no configuration");
		return -1;
	}
	return 0;
}

static int read_options(struct options *o, int argc, char **argv)
{
	int letter;
	opterr = 0;
	while ((letter = getopt_long(
			argc, argv, ":d:f:D:C:c:k:XtSMe:E:LvVh", long_options, NULL)) != -1) {
		if (letter == '?')
			return complain("no such option", argv[optind - 1]);
		if (letter == ':')
			return complain("a word is missing behind", argv[optind - 1]);
		if (set_option(o, letter, optarg) < 0)
			return -1;
	}
	if (optind < argc)
		return complain("unexpected word", argv[optind]);
	o->source.before = o->before;
	o->source.after = o->after;
	o->source.defines = o->defines;
	return check_options(o);
}

static void say_warning(const char *message)
{
	log_warn("%s", message);
}

/* -X: this very process serves, without parent and pool. */
static int serve_alone(struct config *config)
{
	config->start_servers = config->min_spare_servers = config->max_spare_servers = 1;
	config->max_request_workers = 1;
	return parent_single(config, worker_main);
}

/* -D DUMP_CONFIG: what was read, in the order it was read in. */
static void show_listing(const struct config *config, struct buffer *listing)
{
	printf("ServerRoot \"%s\"\n", config->server_root);
	fwrite(listing->data, 1, listing->size, stdout);
	buffer_free(listing);
}

/* The configuration is broken, but what is to be stopped need not understand it. */
static int stop_all_the_same(const struct options *o)
{
	char pid_file[PATH_MAX];
	bool stop =
		o->verb && (strcmp(o->verb, "stop") == 0 || strcmp(o->verb, "graceful-stop") == 0);
	if (!stop || o->test || !config_pid_file(&o->source, pid_file))
		return EXIT_FAILURE;
	log_warn("stopping the server of the PidFile %s all the same", pid_file);
	return parent_kill(&(struct config){.pid_file = pid_file}, o->verb);
}

static int run(struct options *o)
{
	struct buffer error = BUFFER_INIT, text = BUFFER_INIT;
	struct config_listing listing = {&text, 0};
	o->source.listing = o->list ? &listing : NULL;
	struct config *config = config_load(&o->source, &error);
	o->source.listing = NULL;
	if (!config) {
		log_error("%.*s", TEXT_ARGS(buffer_view(&error)));
		buffer_free(&error);
		buffer_free(&text);
		return stop_all_the_same(o);
	}
	config_warnings(config, say_warning);
	int status = EXIT_SUCCESS;
	if (o->test)
		fputs("Syntax OK\n", stderr);
	else if (o->list)
		show_listing(config, &text);
	else if (o->dump)
		show_settings(config);
	else if (o->verb && strcmp(o->verb, "start") != 0)
		status = parent_kill(config, o->verb);
	else if (o->single)
		return serve_alone(config);
	else
		return parent_main(config, &o->source, o->arguments, o->foreground);
	config_free(config);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = {.arguments = argv};
	log_plain("preforkd");
	mp_register("worker", worker_main);
	mp_register("oneshot", worker_oneshot);
	mp_register("status", status_main);
	mp_register("keeper", keeper_main);
	mp_register("starter", starter_main);
	mp_register("load", load_main);
	mp_main(argc, argv); /* does not return in a child that was executed anew */
	if (read_options(&o, argc, argv) < 0)
		return EXIT_FAILURE;
	if (o.startup && os_process_stderr(o.startup) < 0) {
		log_error("cannot write %s: %m", o.startup);
		return EXIT_FAILURE;
	}
	if (o.show) {
		o.show(&o);
		return EXIT_SUCCESS;
	}
	return run(&o);
}
