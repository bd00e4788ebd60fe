/*
 * config_remote - who the client is, where a proxy that is trusted says so: RemoteIPHeader
 *
 * Runs in:  the parent while it reads a configuration; workers look
 * Owns:     nothing; all lives in the configuration's memory
 * Errors:   false with a message in the reader
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_REMOTE_H
#define CONFIG_REMOTE_H

#include "os/os_network.h"

#include <stdbool.h>
#include <stddef.h>

struct config_line;
struct config_reader;

struct config_remote {
	const char *header;         /* RemoteIPHeader; NULL: the client is who connects */
	const char *proxies_header; /* RemoteIPProxiesHeader; NULL: none */
	size_t proxy_count; /* 0: whoever connects is trusted, but not with inner addresses */
	const struct config_remote_proxy {
		struct os_network network;
		bool internal; /* RemoteIPInternalProxy: it may name any address */
	} * proxies;
};

/* RemoteIPInternalProxy, RemoteIPTrustedProxy */
bool config_remote_internal(struct config_reader *reader, const struct config_line *line);
bool config_remote_trusted(struct config_reader *reader, const struct config_line *line);

#endif
