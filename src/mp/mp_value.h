/*
 * mp_value - what values and arrays are made by
 *
 * Runs in:  every process
 * Owns:     nothing
 * Errors:   NULL with errno
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MP_VALUE_H
#define MP_VALUE_H

#include "mp/mp.h"

/* `size` bytes in items of `item` bytes each. */
struct mp_value *mp_value_make(size_t size, size_t item, const void *initial);

/* Bytes of one item. */
size_t mp_value_item(const struct mp_value *value);

#endif
