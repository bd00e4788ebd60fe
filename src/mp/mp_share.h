/*
 * mp_share - the kinds of things that can travel to a child
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   none
 *
 * What the fields detail and fds of a share mean is known to its type alone.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_SHARE_H
#define MP_SHARE_H

enum mp_share_kind {
	MP_SHARE_NONE,
	MP_SHARE_PIPE,
	MP_SHARE_QUEUE,
	MP_SHARE_MEMORY, /* the synchronisation types: each keeps its own mark in its memory */
};

#endif
