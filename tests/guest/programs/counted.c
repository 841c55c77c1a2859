// SPDX-License-Identifier: MIT
/*
 * counted N: a known number of calls: N times sched_yield by a second thread
 * with a name of its own, then N times getppid and 2 * N reads from no file.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *yield(void *arg)
{
    pthread_setname_np(pthread_self(), "yielder");
    for (long i = (long)arg; i > 0; i--)
        syscall(SYS_sched_yield);
    return NULL;
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? atol(argv[1]) : 1;
    pthread_t t;
    char c;

    if (pthread_create(&t, NULL, yield, (void *)n) != 0)
        return 99;
    pthread_join(t, NULL);
    for (long i = 0; i < n; i++) {
        syscall(SYS_getppid);
        syscall(SYS_read, -1, &c, 1);
        syscall(SYS_read, -1, &c, 1);
    }
    return 5;
}
