// SPDX-License-Identifier: MIT
/*
 * bomb fork|threads|tree: makes processes or threads until the system says
 * no, and then tells whether what it has still works: "stopped with ERRNO".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int stopped;

static void *sleeper(void *arg)
{
    for (;;)
        pause();
    return arg;
}

static void forks(void)
{
    pid_t pid;

    while ((pid = fork()) > 0)
        ;
    if (pid == 0)
        sleeper(NULL);
    stopped = errno;
}

static void threads(void)
{
    pthread_attr_t attr;
    pthread_t t;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 65536);
    while ((stopped = pthread_create(&t, &attr, sleeper, NULL)) == 0)
        ;
}

/* Children make children, all of them, for a while. */
static void tree(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        setpgid(0, 0);
        alarm(60);
        for (;;)
            if (fork() < 0)
                usleep(1000);
    }
    setpgid(pid, pid);
    sleep(2);
    kill(-pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ;
    while (kill(-pid, SIGKILL) == 0)
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    stopped = EAGAIN;
}

/* All that was made can go, and there is room again. */
static int works_again(void)
{
    int status = -1;
    pid_t pid;

    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM);
    kill(-1, SIGKILL);
    while (waitpid(-1, NULL, 0) > 0)
        ;
    pid = fork();
    if (pid == 0)
        _exit(7);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 7 << 8;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";

    if (strcmp(what, "fork") == 0)
        forks();
    else if (strcmp(what, "threads") == 0)
        threads();
    else
        tree();
    printf("stopped with %s\n", strerrorname_np(stopped));
    fflush(stdout);
    if (strcmp(what, "threads") == 0)
        return 0;
    printf("%s\n", works_again() ? "works again" : "does not work");
    return 0;
}
