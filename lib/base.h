// SPDX-License-Identifier: MIT
/*
 * base: the words that every file needs. Types, attributes, small arithmetic.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A signed size: a byte count, or a negative errno. */
#ifdef ELFIN_KERNEL
typedef long ssize_t;
#else
#include <sys/types.h>
#endif

typedef uint64_t paddr_t; /* a physical address */

/*
 * Marks a pointer into the program's memory. Only kernel/uaccess.h reads or
 * writes through it; clang reports a direct dereference as an error.
 */
#if defined(__clang__) && defined(ELFIN_KERNEL)
#define user __attribute__((noderef))
#else
#define user
#endif

#ifndef static_assert
#define static_assert _Static_assert
#endif
#define noreturn               __attribute__((noreturn))
#define never_inline           __attribute__((noinline))
#define force_inline           inline __attribute__((always_inline))
#define packed                 __attribute__((packed))
#define likely(x)              __builtin_expect(!!(x), 1)
#define unlikely(x)            __builtin_expect(!!(x), 0)
#define printf_like(fmt, args) __attribute__((format(printf, fmt, args)))

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) \
    ((type *)((char *)(ptr)-offsetof(type, member)))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* align is a power of two; ALIGN_UP wraps to 0 past the last multiple. */
#define ALIGN_DOWN(x, align) ((x) & ~((__typeof__(x))(align)-1))
#define ALIGN_UP(x, align)   ALIGN_DOWN((x) + ((__typeof__(x))(align)-1), align)
#define IS_ALIGNED(x, align) (((x) & ((__typeof__(x))(align)-1)) == 0)

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define NSEC_PER_SEC  1000000000ull
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_USEC 1000ull
