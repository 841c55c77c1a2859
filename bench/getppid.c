// SPDX-License-Identifier: MIT
/*
 * getppid [COUNT]: makes the shortest system call COUNT times and prints the
 * nanoseconds that one took. In a machine whose clock counts instructions
 * (QEMU's -icount shift=0) that is the number of instructions of a round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 100000;
    long begin;

    for (long i = 0; i < 1000; i++) /* the first ones fault pages in */
        syscall(SYS_getppid);
    begin = now_ns();
    for (long i = 0; i < count; i++)
        syscall(SYS_getppid);
    printf("%.3f\n", (double)(now_ns() - begin) / (double)count);
    return 0;
}
