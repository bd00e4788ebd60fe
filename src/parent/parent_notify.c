/*
 * parent_notify - a word to the service manager
 *
 * Runs in:  the parent
 * Owns:     nothing
 * Errors:   none: where nobody listens, or no longer, nothing is said
 *
 * The protocol of sd_notify(3): lines of NAME=VALUE in one datagram to the socket $NOTIFY_SOCKET, a
 * path or, with "@" in front, an abstract name. A dozen lines do not need a library.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/parent.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void parent_notify(const char *format, ...)
{
	char text[512];
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *name = getenv("NOTIFY_SOCKET");
	size_t size = name ? strlen(name) : 0;
	if (size < 2 || size >= sizeof to.sun_path || (*name != '/' && *name != '@'))
		return;
	memcpy(to.sun_path, name, size);
	if (*name == '@')
		to.sun_path[0] = '\0';
	va_list list;
	va_start(list, format);
	int length = vsnprintf(text, sizeof text, format, list);
	va_end(list);
	if (length < 0 || (size_t)length >= sizeof text)
		return;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT,
		(const struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
	close(fd);
}
