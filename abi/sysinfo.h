// SPDX-License-Identifier: MIT
/* sysinfo: memory, load and uptime; sysinfo(2). */
#pragma once

#include <stdint.h>

#define SI_LOAD_SHIFT 16 /* loads[] are fixed-point numbers */

struct abi_sysinfo {
    int64_t uptime; /* seconds */
    uint64_t loads[3];
    uint64_t totalram, freeram, sharedram, bufferram; /* in mem_unit */
    uint64_t totalswap, freeswap;
    uint16_t procs;
    uint16_t abi_pad;
    uint64_t totalhigh, freehigh;
    uint32_t mem_unit; /* bytes */
};

_Static_assert(sizeof(struct abi_sysinfo) == 112, "Linux ABI");
