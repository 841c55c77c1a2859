// SPDX-License-Identifier: MIT
/*
 * check: a few words for programs that test the system they run on.
 *
 *     static void rename_replaces_the_target(void) { CHECK(...); ... }
 *     int main(void) { RUN(rename_replaces_the_target); return check_end(); }
 *
 * A failed check prints where and what, and ends its case; the next case runs
 * on. Output goes out at once, so that a crash loses nothing. The last line is
 * `N passed, N failed, N skipped`, and the exit status is 0 or 1. Only for one
 * thread at a time: checks in other threads set flags that the case checks.
 */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static jmp_buf check_out;
static int check_passed, check_failed, check_skipped;

enum { CHECK_FAILED = 1, CHECK_SKIPPED };

/* A pointer of which the compiler knows nothing. */
static inline void *check_pointer(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (void *)address;
}

#define CHECK_FAIL(...)                              \
    do {                                             \
        dprintf(1, "  %s:%d: ", __FILE__, __LINE__); \
        dprintf(1, __VA_ARGS__);                     \
        dprintf(1, "\n");                            \
        longjmp(check_out, CHECK_FAILED);            \
    } while (0)

/* For what this machine cannot do, e.g. a CPU without AVX. */
#define CHECK_SKIP(why)                     \
    do {                                    \
        dprintf(1, "  skipped: %s\n", why); \
        longjmp(check_out, CHECK_SKIPPED);  \
    } while (0)

#define CHECK(x)                                              \
    do {                                                      \
        if (!(x))                                             \
            CHECK_FAIL("%s (errno %s)", #x, strerror(errno)); \
    } while (0)

#define CHECK_EQ(x, expected)                                                \
    do {                                                                     \
        long check_x = (long)(x), check_e = (long)(expected);                \
        if (check_x != check_e)                                              \
            CHECK_FAIL("%s is %ld (0x%lx), not %ld (0x%lx); errno %s", #x,   \
                       check_x, check_x, check_e, check_e, strerror(errno)); \
    } while (0)

/* The call fails, as C library calls do, with this errno. */
#define CHECK_ERRNO(call, expected)                                      \
    do {                                                                 \
        errno = 0;                                                       \
        long check_x = (long)(call);                                     \
        int check_e = errno;                                             \
        if (check_x != -1 || check_e != (expected))                      \
            CHECK_FAIL("%s gives %ld, errno %s; not %s", #call, check_x, \
                       strerror(check_e), #expected);                    \
    } while (0)

#define RUN(fn) check_run(#fn, fn)

static void check_run(const char *name, void (*fn)(void))
{
    switch (setjmp(check_out)) {
    case 0:
        fn();
        check_passed++;
        dprintf(1, "ok %s\n", name);
        break;
    case CHECK_SKIPPED:
        check_skipped++;
        dprintf(1, "skip %s\n", name);
        break;
    default:
        check_failed++;
        dprintf(1, "FAIL %s\n", name);
    }
}

static int check_end(void)
{
    dprintf(1, "%d passed, %d failed, %d skipped\n", check_passed, check_failed,
            check_skipped);
    return check_failed != 0;
}
