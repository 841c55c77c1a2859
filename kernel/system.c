// SPDX-License-Identifier: MIT
#include "kernel/system.h"

#include "kernel/random.h"
#include "lib/printf.h"

struct system_info system_info = {"elfin", "(none)", "", ""};

void system_make_uuid(char *uuid)
{
    uint64_t high = random_u64(), low = random_u64();

    high = (high & ~UINT64_C(0xf000)) | 0x4000;
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
    snprintf(uuid, SYSTEM_UUID_SIZE, "%08lx-%04lx-%04lx-%04lx-%012lx",
             high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
             low & 0xffffffffffff);
}
