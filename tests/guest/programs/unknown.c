// SPDX-License-Identifier: MIT
/*
 * unknown NUMBER [ARG...]: makes that system call with these arguments and
 * prints what it answered.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long a[7] = {0};

    for (int i = 1; i < argc && i <= 7; i++)
        a[i - 1] = strtol(argv[i], NULL, 0);
    long r = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
    printf("%ld\n", r < 0 ? -(long)errno : r);
    return 0;
}
