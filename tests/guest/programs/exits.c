// SPDX-License-Identifier: MIT
/*
 * exits HOW N: ends with status N in one of the ways a process can end: return,
 * exit (with unflushed output), _exit, thread (exit called by another thread
 * while main sleeps), last (main leaves by pthread_exit, the last thread calls
 * exit), kill (a signal with number N), sleep (not at all).
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *leave(void *status)
{
    exit((int)(long)status);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "return";
    long n = argc > 2 ? atol(argv[2]) : 0;
    pthread_t t;

    printf("%s %ld\n", how, n);
    if (strcmp(how, "exit") == 0)
        exit(n);
    fflush(stdout);
    if (strcmp(how, "_exit") == 0)
        _exit(n);
    if (strcmp(how, "kill") == 0)
        kill(getpid(), n);
    while (strcmp(how, "sleep") == 0)
        sleep(1);
    if (strcmp(how, "thread") == 0 || strcmp(how, "last") == 0) {
        if (pthread_create(&t, NULL, leave, (void *)n) != 0)
            return 99;
        if (strcmp(how, "last") == 0)
            pthread_exit(NULL);
        for (;;)
            sleep(1);
    }
    return n;
}
