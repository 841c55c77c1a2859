// SPDX-License-Identifier: MIT
#include "kernel/smap.h"

#include "lib/base.h"
#include "lib/string.h"

/* boot/kernel.ld */
extern uint8_t *const smap_open_start[], *const smap_open_end[];
extern uint8_t *const smap_close_start[], *const smap_close_end[];

static void put(uint8_t *const *at, uint8_t *const *end, uint8_t last)
{
    for (; at < end; at++)
        memcpy(*at, (const uint8_t[]){0x0f, 0x01, last}, 3);
}

void smap_enable(void)
{
    put(smap_open_start, smap_open_end, 0xcb);   /* STAC */
    put(smap_close_start, smap_close_end, 0xca); /* CLAC */
}
