// SPDX-License-Identifier: MIT
/*
 * first-byte TEXT COMMAND...: starts the command, waits until TEXT appears on
 * its stdout, ends it, and prints two numbers: the microseconds that passed
 * since just before the start, and those of CPU time that it took.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static pid_t start(char **argv, int *from)
{
    int out[2];
    pid_t pid;

    if (pipe(out) < 0)
        return -1;
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        dup2(out[1], STDOUT_FILENO);
        close(out[0]);
        close(out[1]);
        execvp(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    close(out[1]);
    *from = out[0];
    return pid;
}

/* Whether text came before the end of the output. */
static bool wait_for(int fd, const char *text)
{
    char buf[65536];
    size_t len = 0;
    ssize_t n;

    while ((n = read(fd, buf + len, sizeof(buf) - len)) > 0) {
        len += n;
        if (memmem(buf, len, text, strlen(text)))
            return true;
        if (len == sizeof(buf))
            len = 0;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct rusage used;
    long begin, end;
    bool seen;
    pid_t pid;
    int fd, status;

    if (argc < 3)
        return 2;
    alarm(120); /* a hang detector */
    begin = now_us();
    pid = start(argv + 2, &fd);
    if (pid < 0) {
        perror("first-byte");
        return 1;
    }
    seen = wait_for(fd, argv[1]);
    end = now_us();
    kill(pid, SIGKILL);
    while (wait4(pid, &status, 0, &used) < 0 && errno == EINTR)
        ;
    if (!seen) {
        fprintf(stderr, "first-byte: %s never said %s\n", argv[2], argv[1]);
        return 1;
    }
    printf("%ld %ld\n", end - begin,
           (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
               used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    return 0;
}
