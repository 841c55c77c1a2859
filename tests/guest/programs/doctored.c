// SPDX-License-Identifier: MIT
/*
 * doctored STATUS [CALLS]: asks for what Elfin does not have, and ends with
 * STATUS. CALLS is how often it makes the first of the missing calls.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Separate functions, so that a report can name them. */
__attribute__((noinline)) static long ask_for_ring(void)
{
    return syscall(SYS_io_uring_setup, 8, NULL) + 1;
}

__attribute__((noinline)) static long ask_for_queue(void)
{
    return syscall(SYS_mq_unlink, "/queue") + 1;
}

__attribute__((noinline)) static long ask_for_nothing(void)
{
    return syscall(9999, 1, 2, 3, 4, 5, 6) + 1;
}

/* A page whose memory is to be thought broken. */
__attribute__((noinline)) static int ask_for_advice(void *page)
{
    return madvise(page, 4096, 100) + 1;
}

/* Kernel TLS, a kind of socket, and the table of neighbours; and what Linux
 * would not answer, either: whose the terminal is. */
__attribute__((noinline)) static int ask_for_sockets(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return setsockopt(fd, IPPROTO_TCP, 31 /* TCP_ULP */, "tls", 4) +
           ioctl(fd, 0x8954 /* SIOCGARP */, NULL) + ioctl(fd, TIOCGPGRP, NULL) +
           socket(AF_VSOCK, SOCK_STREAM, 0) + close(fd);
}

int main(int argc, char **argv)
{
    static char page[4096] __attribute__((aligned(4096)));
    int times = argc > 2 ? atoi(argv[2]) : 1, file;

    for (int i = 0; i < times; i++)
        ask_for_ring();
    ask_for_queue();
    ask_for_nothing();
    ask_for_advice(page);
    ask_for_sockets();
    for (int i = 0; i < 3; i++)
        access("settings/colour.conf", R_OK);
    file = open("/etc/doctored.conf", O_RDONLY);
    return file < 0 && argc > 1 ? atoi(argv[1]) : 0;
}
