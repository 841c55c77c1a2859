// SPDX-License-Identifier: MIT
/*
 * pvh: what a PVH boot loader hands over: struct hvm_start_info and the lists
 * it points to (Xen's public/arch-x86/hvm/start_info.h describes the layout).
 * All pointers are physical addresses.
 */
#pragma once

#include "lib/base.h"

#define PVH_MAGIC      0x336ec578u
#define PVH_MEMMAP_RAM 1

struct pvh_start_info {
    uint32_t magic, version, flags, nr_modules;
    uint64_t modlist, cmdline, rsdp;
    uint64_t memmap; /* version 1 and up */
    uint32_t memmap_entries, reserved;
};

struct pvh_module {
    uint64_t start, size, cmdline, reserved;
};

struct pvh_memmap_entry {
    uint64_t start, size;
    uint32_t type, reserved;
};

static_assert(sizeof(struct pvh_start_info) == 56, "start_info.h");
static_assert(sizeof(struct pvh_module) == 32, "start_info.h");
static_assert(sizeof(struct pvh_memmap_entry) == 24, "start_info.h");
