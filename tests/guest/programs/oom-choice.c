// SPDX-License-Identifier: MIT
/*
 * oom-choice: whom the lack of memory ends. Of two children one holds little
 * and has offered itself (oom_score_adj), the other takes all there is and is
 * exempt. It stops when the first has gone; then all went well.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB (1ul << 20)

static void set_adjustment(const char *value)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY);

    if (fd < 0 || write(fd, value, strlen(value)) != (ssize_t)strlen(value))
        _exit(2);
    close(fd);
}

static void take(size_t size)
{
    char *m = malloc(size);

    if (!m)
        _exit(3);
    memset(m, 1, size);
}

/* Holds the pipe's end to write until it is killed, and enough memory that the
 * other can look at the pipe when that has gone. */
static void victim(const int *alive)
{
    close(alive[0]);
    take(8 * MIB);
    set_adjustment("1000");
    if (write(alive[1], "x", 1) != 1)
        _exit(2);
    for (;;)
        pause();
}

static void hog(const int *alive)
{
    struct pollfd p = {.fd = alive[0]};

    close(alive[1]);
    set_adjustment("-1000");
    while (!(poll(&p, 1, 0) == 1 && (p.revents & POLLHUP)))
        take(MIB);
    _exit(0);
}

int main(void)
{
    int alive[2], status = 0;
    pid_t v, h;
    char c;

    if (pipe(alive))
        return 2;
    if ((v = fork()) == 0)
        victim(alive);
    if (read(alive[0], &c, 1) != 1)
        return 2;
    if ((h = fork()) == 0)
        hog(alive);
    close(alive[1]);
    waitpid(v, &status, 0);
    printf("victim: signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    waitpid(h, &status, 0);
    printf("hog: status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    return 0;
}
