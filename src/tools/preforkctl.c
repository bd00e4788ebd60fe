/*
 * preforkctl - looks at a running server and tells it what to do
 *
 * Runs in:  a process of its own, started from a shell
 * Owns:     the words of the command line
 * Errors:   one line on standard error; the exit status is an enum preforkctl_exit
 *
 * The verbs are apachectl's, and some more. The server is found as it finds itself, by -d and -f,
 * or by the path of its control socket.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/preforkctl.h"

#include "base/log.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { WORDS = 32 };

static const char usage_head[] =
	"Usage: preforkctl [OPTION]... VERB\n"
	"       preforkctl load [-n REQUESTS] [-c CLIENTS] [-t SECONDS] URL\n\n";
static const char usage_tail[] =
	"\n"
	"  -d, --root DIR          the ServerRoot of the server that is meant\n"
	"  -f, --config FILE       its configuration; relative to the ServerRoot\n"
	"  -D, --define NAME       for <IfDefine>, as the server was started with\n"
	"  -s, --socket PATH       its ControlSocket: then no configuration is read\n"
	"  -w, --wait SECONDS      how long an answer may take; 5 when not said\n"
	"  -i, --interval SECONDS  between two looks of top; 1 when not said\n"
	"  -v, --version           the version\n"
	"\n"
	"Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 no server runs,\n"
	"4 a server runs but cannot be reached or does not answer.\n";

static int show_help(void)
{
	static const struct {
		const char *name, *meaning;
	} verbs[] = {
#define VERB(name, function, local, meaning) {name, meaning},
#include "tools/verbs.def"
#undef VERB
	};
	fputs(usage_head, stdout);
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (i % 2 == 0)
			printf("  %-15s%-29s", verbs[i].name, verbs[i].meaning);
		else
			printf("  %-12s%s\n", verbs[i].name, verbs[i].meaning);
	if (COUNT_OF(verbs) % 2)
		putchar('\n');
	fputs(usage_tail, stdout);
	return PREFORKCTL_DONE;
}

static int show_version(void)
{
	printf("preforkctl of %s\n", config_server_name(CONFIG_TOKENS_FULL));
	return PREFORKCTL_DONE;
}

static const struct option long_options[] = {
	{"root", required_argument, NULL, 'd'},
	{"config", required_argument, NULL, 'f'},
	{"define", required_argument, NULL, 'D'},
	{"socket", required_argument, NULL, 's'},
	{"wait", required_argument, NULL, 'w'},
	{"interval", required_argument, NULL, 'i'},
	{"version", no_argument, NULL, 'v'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

/* What the command line says. */
struct words {
	struct preforkctl ctl;
	const char *defines[WORDS + 1];
	size_t define_count;
	const char *verb;
	int (*show)(void);
};

static int complain(const char *what, const char *word)
{
	log_error("%s \"%s\"; preforkctl help says what there is", what, word);
	return -1;
}

static int set_seconds(const char *option, const char *word, double *to)
{
	char *end;
	double n = strtod(word, &end);
	if (end == word || *end || !(n >= 0.1 && n <= 3600)) {
		log_error("%s takes seconds from 0.1 to 3600, not \"%s\"", option, word);
		return -1;
	}
	*to = n;
	return 0;
}

static int set_option(struct words *w, int letter, const char *word)
{
	double seconds;
	switch (letter) {
	case 'd':
		w->ctl.source.server_root = word;
		return 0;
	case 'f':
		w->ctl.source.file = word;
		return 0;
	case 'D':
		if (w->define_count == WORDS)
			return complain("too many options: no room for", word);
		w->defines[w->define_count++] = word;
		return 0;
	case 's':
		w->ctl.socket = word;
		return 0;
	case 'w':
		if (set_seconds("--wait", word, &seconds) < 0)
			return -1;
		w->ctl.patience_ms = (unsigned)(seconds * 1000);
		return 0;
	case 'i':
		return set_seconds("--interval", word, &w->ctl.interval);
	case 'v':
		w->show = show_version;
		return 0;
	default:
		w->show = show_help;
		return 0;
	}
}

static int read_words(struct words *w, int argc, char **argv)
{
	int letter;
	opterr = 0;
	while ((letter = getopt_long(argc, argv, ":d:f:D:s:w:i:vh", long_options, NULL)) != -1) {
		if (letter == '?')
			return complain("no such option", argv[optind - 1]);
		if (letter == ':')
			return complain("a word is missing behind", argv[optind - 1]);
		if (set_option(w, letter, optarg) < 0)
			return -1;
	}
	if (optind < argc)
		w->verb = argv[optind++];
	if (optind < argc)
		return complain("unexpected word", argv[optind]);
	if (w->verb && strcmp(w->verb, "help") == 0)
		w->show = show_help;
	return 0;
}

/* Reads the configuration, unless the socket is all that is needed. */
static int find_server(struct preforkctl *ctl, const char *verb)
{
	struct buffer error = BUFFER_INIT;
	if (ctl->socket && !preforkctl_verbs_local(verb))
		return PREFORKCTL_DONE;
	ctl->config = config_load(&ctl->source, &error);
	if (!ctl->config) {
		log_error("%.*s", TEXT_ARGS(buffer_view(&error)));
		buffer_free(&error);
		return PREFORKCTL_FAILED;
	}
	if (!ctl->socket)
		ctl->socket = ctl->config->control_socket;
	return PREFORKCTL_DONE;
}

static int unknown_verb(const char *verb)
{
	const char *near = preforkctl_verbs_near(verb);
	if (near)
		log_error("no such verb \"%s\"; did you mean %s?", verb, near);
	else
		complain("no such verb", verb);
	return PREFORKCTL_USAGE;
}

int main(int argc, char **argv)
{
	struct words w = {.ctl = {.patience_ms = 5000, .interval = 1, .program = argv[0]}};
	log_plain("preforkctl");
	if (argc > 1 && strcmp(argv[1], "load") == 0)
		return preforkctl_load(argc - 1, argv + 1);
	if (read_words(&w, argc, argv) < 0)
		return PREFORKCTL_USAGE;
	if (w.show)
		return w.show();
	if (!w.verb) {
		log_error("a verb is missing; preforkctl help says what there is");
		return PREFORKCTL_USAGE;
	}
	if (!preforkctl_verbs_known(w.verb))
		return unknown_verb(w.verb);
	w.ctl.source.defines = w.defines;
	int code = find_server(&w.ctl, w.verb);
	code = code == PREFORKCTL_DONE ? preforkctl_verbs_do(&w.ctl, w.verb)
				       : preforkctl_verbs_stop(&w.ctl, w.verb);
	if (w.ctl.config)
		config_free(w.ctl.config);
	return code;
}
