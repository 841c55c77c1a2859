// SPDX-License-Identifier: MIT
/*
 * family: a program for debuggers to look at. A parent listens on a TCP port of
 * the loopback device and is connected to it; one child waits in read on a
 * socket pair, another has ended and is not waited for. Then it comes to
 * family_is_complete().
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORT 4321

__attribute__((noinline)) static void family_is_complete(void)
{
    __asm__ volatile("");
}

/* A connection to ourselves, which is not accepted. */
static int connect_to_self(void)
{
    const struct sockaddr_in here = {.sin_family = AF_INET,
                                     .sin_port = htons(PORT),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr *a = (const struct sockaddr *)&here;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int client = socket(AF_INET, SOCK_STREAM, 0);

    return bind(listener, a, sizeof(here)) || listen(listener, 5) ||
           connect(client, a, sizeof(here));
}

int main(void)
{
    siginfo_t info;
    int pair[2];
    char byte;
    pid_t ended;

    if (connect_to_self() < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    if (fork() == 0)
        _exit(read(pair[1], &byte, 1) == 1 ? byte : 2);
    ended = fork();
    if (ended == 0)
        _exit(3);
    if (waitid(P_PID, (id_t)ended, &info, WEXITED | WNOWAIT) < 0)
        return 1;
    family_is_complete();
    if (write(pair[0], "\4", 1) != 1)
        return 1;
    while (wait(NULL) > 0) {
    }
    puts("together");
    return 0;
}
