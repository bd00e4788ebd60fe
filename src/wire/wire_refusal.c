/*
 * wire_refusal - a client that nobody can serve is told so
 *
 * Runs in:  the parent, workers
 * Owns:     nothing
 * Errors:   see wire_refusal.h
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/wire_refusal.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 * 1024 };

void wire_refusal(int fd, const char *sentence)
{
	char answer[512];
	int size = snprintf(answer, sizeof answer,
		"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: text/plain\r\n"
		"Content-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
		strlen(sentence) + 1, sentence);
	if (size > 0 && (size_t)size < sizeof answer)
		(void)send(fd, answer, (size_t)size, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)shutdown(fd, SHUT_WR);
	/* A close with unread bytes would be a reset, and take the answer back (RFC 9112 9.6). */
	(void)recv(fd, NULL, MOST, MSG_TRUNC | MSG_DONTWAIT);
	close(fd);
}
