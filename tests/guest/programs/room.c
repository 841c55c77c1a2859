// SPDX-License-Identifier: MIT
/*
 * room: asks for more room in a file than any machine has. Not for Linux, which
 * would fill all the host's memory before it says ENOSPC.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    int fd = memfd_create("room", 0);
    struct stat st;
    char c = 0;

    if (fd < 0 || pwrite(fd, "x", 1, 0) != 1)
        return 1;
    if (fallocate(fd, 0, 0, 1l << 50) == 0 || errno != ENOSPC) {
        perror("fallocate");
        return 1;
    }
    if (fstat(fd, &st) < 0 || st.st_size != 1 || pread(fd, &c, 1, 0) != 1 ||
        c != 'x') {
        fputs("the file is not what it was\n", stderr);
        return 1;
    }
    return 0;
}
