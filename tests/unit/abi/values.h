// SPDX-License-Identifier: MIT
/*
 * values: names with numbers, as three files that share no header see them:
 * ours.c through abi/, linux.c through the kernel's headers on this host, and
 * libc.c through the C library's. Lists end with a NULL name.
 */
#pragma once

#include <stdint.h>

struct abi_value {
    const char *name;
    int64_t value;
};

/* The host's headers are too old to know it. */
#define ABI_ABSENT INT64_MIN

extern const struct abi_value abi_ours_like_linux[], abi_linux[];
extern const struct abi_value abi_ours_like_libc[], abi_libc[];
extern const struct abi_value abi_ours_layout_like_linux[], abi_linux_layout[];
extern const struct abi_value abi_ours_layout_like_libc[], abi_libc_layout[];

#define ABI_VALUE(name)              {#name, (int64_t)(name)},
#define ABI_OUR_SIZE(ours, theirs)   {#ours, sizeof(struct ours)},
#define ABI_THEIR_SIZE(ours, theirs) {#ours, sizeof(theirs)},
#define ABI_OUR_OFFSET(ours, theirs, field, their_field) \
    {#ours "." #field, offsetof(struct ours, field)},
#define ABI_THEIR_OFFSET(ours, theirs, field, their_field) \
    {#ours "." #field, offsetof(theirs, their_field)},
#define ABI_OUR_FIELD(ours, theirs, field, their_field) \
    ABI_OUR_OFFSET(ours, theirs, field, their_field){   \
        "size of " #ours "." #field, sizeof(((struct ours *)0)->field)},
#define ABI_THEIR_FIELD(ours, theirs, field, their_field) \
    ABI_THEIR_OFFSET(ours, theirs, field, their_field){   \
        "size of " #ours "." #field, sizeof(((theirs *)0)->their_field)},
#define ABI_END \
    {           \
        0, 0    \
    }
