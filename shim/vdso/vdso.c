// SPDX-License-Identifier: MIT
/*
 * vdso: the time of day without a system call. This file runs in the program:
 * it is linked into a small shared object of its own (vdso.ld), which the
 * kernel maps into every program with the clock page before it (kernel/vdso.h),
 * and whose functions C libraries and language runtimes look up by the names
 * and the version of vdso(7).
 *
 * What the page cannot answer (CPU-time clocks) goes to the kernel. A bad
 * pointer is a fault here, not EFAULT, as on Linux.
 *
 * No data, no relocations, no calls to elsewhere.
 */
#include "abi/time.h"
#include "kernel/asm.h"
#include "kernel/clock_page.h"

/* Numbers of the calls behind; abi/syscalls.tbl. */
enum {
    NR_CLOCK_GETTIME = 228,
    NR_CLOCK_GETRES = 229,
};

/* Names that vdso(7) fixes; both of each pair are the same function. */
int __vdso_clock_gettime(int clock, struct abi_timespec *ts);
int __vdso_clock_getres(int clock, struct abi_timespec *res);
int __vdso_gettimeofday(struct abi_timeval *tv, struct abi_timezone *tz);
int64_t __vdso_time(int64_t *t);
int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

#define ALIAS_OF(name) __attribute__((weak, alias(#name)))
int clock_gettime(int clock, struct abi_timespec *ts)
    ALIAS_OF(__vdso_clock_gettime);
int clock_getres(int clock, struct abi_timespec *res)
    ALIAS_OF(__vdso_clock_getres);
int gettimeofday(struct abi_timeval *tv, struct abi_timezone *tz)
    ALIAS_OF(__vdso_gettimeofday);
int64_t time(int64_t *t) ALIAS_OF(__vdso_time);
int getcpu(unsigned *cpu, unsigned *node, void *unused) ALIAS_OF(__vdso_getcpu);

/* The linker script puts it one page before the image. Not const: the kernel
 * changes it, and a compiler would read a constant too early. */
extern struct clock_page vdso_clock_page __attribute__((visibility("hidden")));

static long call_kernel(long nr, long a, void *b)
{
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(nr), "D"(a), "S"(b)
                     : "rcx", "r11", "memory");
    return result;
}

int __vdso_clock_gettime(int clock, struct abi_timespec *ts)
{
    uint64_t ns;

    if (unlikely(!clock_page_has(clock)))
        return (int)call_kernel(NR_CLOCK_GETTIME, clock, ts);
    ns = clock_page_read(&vdso_clock_page, clock);
    ts->tv_sec = (int64_t)(ns / NSEC_PER_SEC);
    ts->tv_nsec = (int64_t)(ns % NSEC_PER_SEC);
    return 0;
}

int __vdso_clock_getres(int clock, struct abi_timespec *res)
{
    if (unlikely(!clock_page_has(clock)))
        return (int)call_kernel(NR_CLOCK_GETRES, clock, res);
    if (res)
        *res = (struct abi_timespec){0, CLOCK_PAGE_RESOLUTION_NS};
    return 0;
}

int __vdso_gettimeofday(struct abi_timeval *tv, struct abi_timezone *tz)
{
    uint64_t ns;

    if (likely(tv != NULL)) {
        ns = clock_page_read(&vdso_clock_page, CLOCK_REALTIME);
        tv->tv_sec = (int64_t)(ns / NSEC_PER_SEC);
        tv->tv_usec = (int64_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC);
    }
    if (unlikely(tz != NULL))
        *tz = (struct abi_timezone){0, 0};
    return 0;
}

int64_t __vdso_time(int64_t *t)
{
    int64_t seconds =
        (int64_t)(clock_page_read(&vdso_clock_page, CLOCK_REALTIME) /
                  NSEC_PER_SEC);

    if (t)
        *t = seconds;
    return seconds;
}

/* Every CPU has a descriptor whose limit is its number: LSL reads it without a
 * look at memory that other CPUs write. All memory is one node. */
int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
    unsigned number;

    (void)unused;
    __asm__ volatile("lsl %1, %0" : "=r"(number) : "r"(GDT_CPU | 3) : "cc");
    if (cpu)
        *cpu = number;
    if (node)
        *node = 0;
    return 0;
}
