// SPDX-License-Identifier: MIT
/*
 * timed NAME PROGRAM [ARGUMENT...]: runs the program without its output and
 * prints "NAME TAB nanoseconds"; its status when it failed.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000 + t.tv_nsec;
}

int main(int argc, char **argv)
{
    long start = now();
    int status = 0;
    pid_t child;

    if (argc < 3)
        return 2;
    child = fork();
    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
        execv(argv[2], argv + 2);
        perror(argv[2]);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "timed: %s: status %#x\n", argv[2], (unsigned)status);
        return 1;
    }
    printf("%s\t%ld\n", argv[1], now() - start);
    return 0;
}
