/*
 * apart - large static rooms, away from the small variables
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   none
 *
 * A child of fork copies each page it writes to, and so does its parent behind it. The small
 * variables of the whole program fill a few pages, as long as no room of many pages lies between
 * them: the linker sorts sections by name, and these come last.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_APART_H
#define BASE_APART_H

/* For what is zero at first and has pages of its own: static char bytes[16384] APART; */
#define APART __attribute__((section(".bss.apart")))

#endif
