// SPDX-License-Identifier: MIT
/*
 * ref: reference counts. An object starts with one reference, its creator's;
 * who drops the last one frees the object.
 *
 * Context: any.
 */
#pragma once

#include "lib/base.h"

static inline void ref_get(uint32_t *refs)
{
    __atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
}

/* True when that was the last reference. */
static inline bool ref_put(uint32_t *refs)
{
    return __atomic_fetch_sub(refs, 1, __ATOMIC_ACQ_REL) == 1;
}
