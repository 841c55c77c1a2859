// SPDX-License-Identifier: MIT
/*
 * memory-hog: children that take memory without end, one after the other and
 * several at once. Each must be killed, and this process, which holds least,
 * must live on.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void take_all(void)
{
    const size_t piece = 1 << 20;

    for (;;) {
        volatile char *p =
            mmap(NULL, piece, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

        if (p == MAP_FAILED)
            _exit(1);
        for (size_t at = 0; at < piece; at += 4096)
            p[at] = 1;
    }
}

/* Ends n hogs; how many were killed. */
static int run(int n)
{
    int killed = 0, status;

    for (int i = 0; i < n; i++) {
        pid_t pid = fork();

        if (pid == 0)
            take_all();
        if (pid < 0)
            return -1;
    }
    while (wait(&status) > 0)
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return killed;
}

int main(void)
{
    for (int n = 1; n <= 4; n++)
        printf("%d of %d killed\n", run(n), n);
    return 0;
}
