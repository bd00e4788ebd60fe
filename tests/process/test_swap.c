/*
 * test_swap - no byte from outside, however fast a directory and a link change places
 *
 * Runs in:  a test program, against servers of a loop and of a child for every request
 * Owns:     its server and the process that swaps
 * Errors:   exit status
 *
 * "swap" is in turns a directory with a file, and a link to a directory outside of the site with a
 * file of the same name; renameat2(2) exchanges both at once, so that each look sees one of them.
 * The configuration opens the other place, or nothing there could be read anyway.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "support/support_server.h"
#include "support/support_suite.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 1 /* each, but for SWAP_SECONDS */, SEEN_LEAST = 10 };

static const struct {
	enum support_model model;
	const char *options;
	bool needs_root;
} cases[] = {
	{SUPPORT_PREFORK, "-FollowSymLinks", false},
	{SUPPORT_PREFORK, "-FollowSymLinks +SymLinksIfOwnerMatch", true},
	{SUPPORT_FORK, "-FollowSymLinks", false},
	{SUPPORT_FORK, "-FollowSymLinks +SymLinksIfOwnerMatch", true},
};

/* Where it goes by owners, the link is somebody else's than the file. */
static void make_site(const struct support_server *s)
{
	char inside[128], outside[128];
	ck_assert_int_eq(mkdir(support_server_path(s, "outside"), 0755), 0);
	ck_assert_int_eq(mkdir(support_server_path(s, "htdocs/swap"), 0755), 0);
	snprintf(outside, sizeof outside, "%s", support_server_path(s, "outside"));
	ck_assert_int_eq(symlink(outside, support_server_path(s, "htdocs/link")), 0);
	support_site_write(s->root, "swap/page", "inside", 6);
	support_site_write(s->root, "page", "outside", 7);
	snprintf(inside, sizeof inside, "%s", support_server_path(s, "htdocs/page"));
	ck_assert_int_eq(rename(inside, support_server_path(s, "outside/page")), 0);
	if (support_is_root())
		ck_assert_int_eq(lchown(support_server_path(s, "htdocs/link"), 1, 1), 0);
}

/* At full speed until it is killed. */
static pid_t swap(const struct support_server *s)
{
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int dir = open(support_server_path(s, "htdocs"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (renameat2(dir, "swap", dir, "link", RENAME_EXCHANGE) == 0)
		;
	_exit(1);
}

START_TEST(never_leads_outside)
{
	struct support_server s;
	struct support_conn c;
	char more[256];
	unsigned inside = 0, refused = 0;
	int status;
	const char *long_one = getenv("SWAP_SECONDS");
	if (cases[_i].needs_root && !support_is_root()) {
		fprintf(stderr, "skipped: only root can give a link to another owner\n");
		return;
	}
	support_server_prepare(&s, cases[_i].model, NULL);
	snprintf(more, sizeof more,
		"<Directory />\nOptions %s\n</Directory>\n<Directory \"%s/outside\">\nRequire all "
		"granted\n</Directory>\n",
		cases[_i].options, s.root);
	support_server_configure(&s, more);
	make_site(&s);
	support_server_launch(&s);
	pid_t swapper = swap(&s);
	double end = support_now() + (long_one ? atof(long_one) : SECONDS);
	while (support_now() < end || inside < SEEN_LEAST || refused < SEEN_LEAST) {
		support_get(&c, s.port, "/swap/page");
		if (c.reply.status == 200) {
			ck_assert_msg(strcmp(c.reply.body, "inside") == 0, "from outside: %s",
				c.reply.body);
			inside++;
		} else {
			ck_assert_msg(c.reply.status == 403 || c.reply.status == 404, "%d",
				c.reply.status);
			ck_assert_ptr_null(strstr(c.reply.body, "outside"));
			refused++;
		}
		support_conn_close(&c);
		ck_assert_msg(support_now() < end + SUPPORT_PATIENCE,
			"%u from inside and %u refused: the swaps are not seen", inside, refused);
	}
	kill(swapper, SIGKILL);
	ck_assert_int_eq(waitpid(swapper, &status, 0), swapper);
	ck_assert_int_eq(WIFSIGNALED(status), 1); /* it swapped to the end */
	support_server_stop(&s);
}
END_TEST

SUPPORT_SUITE_MAIN("swap", {never_leads_outside, sizeof cases / sizeof *cases})
