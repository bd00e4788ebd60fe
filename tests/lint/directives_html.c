/*
 * directives_html - prints the directive reference as the table of directives has it
 *
 * Runs in:  the build, for tests/lint/directives.sh and to write www/manual/directives.html anew
 * Owns:     nothing
 * Errors:   exit status 1: out of memory, or standard output cannot be written
 *
 * Usage:    directives_html > www/manual/directives.html
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <stdio.h>

int main(void)
{
	struct buffer page = BUFFER_INIT;
	config_directives_html(&page);
	bool good = !page.failed && fwrite(page.data, 1, page.size, stdout) == page.size;
	buffer_free(&page);
	return good && fflush(stdout) == 0 ? 0 : 1;
}
