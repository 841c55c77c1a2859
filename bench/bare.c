// SPDX-License-Identifier: MIT
/*
 * bare: nanoseconds of a getppid(2), and of a `syscall` that the
 * kernel answers by `sysretq` alone: bench/bare puts that at the kernel's entry
 * while the program is between swap_entry and restore_entry. Alternately, the
 * least of the rounds of each.
 */
#include <stdio.h>
#include <time.h>

enum { CALLS = 20000, ROUNDS = 200 };

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t); /* by the vDSO: no call */
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double round_trip_ns(void)
{
    double start = now_ns();

    for (int i = 0; i < CALLS; i++) {
        long nr = 110; /* getppid */

        __asm__ volatile("syscall" : "+a"(nr) : : "rcx", "r11", "memory");
    }
    return (now_ns() - start) / CALLS;
}

/* Where gdb stops. */
__attribute__((noipa)) void swap_entry(void)
{
}
__attribute__((noipa)) void restore_entry(void)
{
}

int main(void)
{
    double call = 1e9, bare = 1e9;

    for (int i = 0; i < ROUNDS; i++) {
        double t = round_trip_ns();

        call = t < call ? t : call;
        swap_entry();
        t = round_trip_ns();
        bare = t < bare ? t : bare;
        restore_entry();
    }
    printf("getppid\t%.1f ns\nsyscall + sysretq\t%.1f ns\nratio\t%.2f\n", call,
           bare, call / bare);
    return 0;
}
