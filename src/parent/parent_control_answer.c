/*
 * parent_control_answer - what is answered on the control socket
 *
 * Runs in:  the parent
 * Owns:     nothing
 * Errors:   an answer that begins with ERROR
 *
 * A command does what the signal of the same name does, by the same functions: there is one way in
 * which a server restarts or stops, whoever asks for it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent_control.h"

#include "handler/handler_status.h"
#include "os/os_clock.h"

#include <signal.h>
#include <unistd.h>

static void say_stop(struct parent *p)
{
	parent_signals_end(p, false);
}

static void say_graceful_stop(struct parent *p)
{
	parent_signals_end(p, true);
}

static void say_restart(struct parent *p)
{
	parent_signals_restart(p, false);
}

static void say_graceful(struct parent *p)
{
	parent_signals_restart(p, true);
}

static void say_upgrade(struct parent *p)
{
	(void)p;
	kill(getpid(), SIGUSR2);
}

static bool can_upgrade(void)
{
	struct sigaction action;
	return sigaction(SIGUSR2, NULL, &action) == 0 && action.sa_handler != SIG_DFL;
}

static void draw(struct parent *p, enum handler_status_form form, struct buffer *to)
{
	struct buffer body = BUFFER_INIT;
	struct handler_status_view *view = handler_status_view_take(
		p->config, p->board, (struct text){NULL, 0}, os_clock_now());
	if (view) {
		handler_status_view_probe(view);
		handler_status_draw(view, form, 0, &body);
	}
	if (!view || body.failed)
		parent_control_line_answer(to, false, TEXT("out of memory\n"));
	else
		parent_control_line_answer(to, true, buffer_view(&body));
	handler_status_view_free(view);
	buffer_free(&body);
}

/* Whether the configuration would be taken; if not, the answer says why. */
static bool check(struct parent *p, struct buffer *to)
{
	struct buffer error = BUFFER_INIT;
	struct config *fresh = config_load(p->source, &error);
	if (!fresh) {
		buffer_string(&error, "\n");
		parent_control_line_answer(to, false, buffer_view(&error));
	}
	bool good = fresh != NULL;
	if (fresh)
		config_free(fresh);
	buffer_free(&error);
	return good;
}

static parent_control_act *refuse(struct buffer *to, struct text why)
{
	parent_control_line_answer(to, false, why);
	return NULL;
}

static parent_control_act *do_it(struct buffer *to, parent_control_act *act)
{
	parent_control_line_answer(to, true, (struct text){NULL, 0});
	return act;
}

/* Starts another generation, with a configuration that is known to be good. */
static parent_control_act *renew(struct parent *p, struct buffer *to, parent_control_act *act)
{
	if (p->stop != PARENT_RUNNING)
		return refuse(to, TEXT("the server is stopping\n"));
	return check(p, to) ? do_it(to, act) : NULL;
}

static parent_control_act *show_help(struct buffer *to)
{
	struct buffer help = BUFFER_INIT;
	parent_control_line_help(&help);
	parent_control_line_answer(to, true, buffer_view(&help));
	buffer_free(&help);
	return NULL;
}

static parent_control_act *show(struct parent *p, enum handler_status_form form, struct buffer *to)
{
	draw(p, form, to);
	return NULL;
}

parent_control_act *parent_control_answer(
	struct parent *p, enum parent_control_command command, struct buffer *to)
{
	switch (command) {
	case PARENT_CONTROL_TEXT:
	case PARENT_CONTROL_TEXT_SAID:
		return show(p, HANDLER_STATUS_TEXT, to);
	case PARENT_CONTROL_AUTO:
		return show(p, HANDLER_STATUS_AUTO, to);
	case PARENT_CONTROL_JSON:
		return show(p, HANDLER_STATUS_JSON, to);
	case PARENT_CONTROL_METRICS:
		return show(p, HANDLER_STATUS_METRICS, to);
	case PARENT_CONTROL_WORKERS:
		return show(p, HANDLER_STATUS_WORKERS, to);
	case PARENT_CONTROL_STOP:
		return do_it(to, say_stop);
	case PARENT_CONTROL_GRACEFUL_STOP:
		return do_it(to, say_graceful_stop);
	case PARENT_CONTROL_RESTART:
		return renew(p, to, say_restart);
	case PARENT_CONTROL_GRACEFUL:
		return renew(p, to, say_graceful);
	case PARENT_CONTROL_UPGRADE:
		return can_upgrade() ? renew(p, to, say_upgrade)
				     : refuse(to, TEXT("this server cannot be upgraded\n"));
	case PARENT_CONTROL_CONFIGTEST:
		return check(p, to) ? do_it(to, NULL) : NULL;
	case PARENT_CONTROL_HELP:
		return show_help(to);
	case PARENT_CONTROL_TOO_LONG:
		return refuse(to, TEXT("the line is too long\n"));
	default:
		return refuse(to, TEXT("no such command; \"help\" lists them\n"));
	}
}
