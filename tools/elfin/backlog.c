// SPDX-License-Identifier: MIT
/* backlog: see the header. listen(2) may be called again on a socket that
 * listens, by anyone who has it, to change its backlog. */
#include "tools/elfin/backlog.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base.h"

#define BACKLOG_MAX 65535 /* more than net.core.somaxconn lets through */

static bool listens_for_tcp(int fd)
{
    int listens = 0, domain = 0;
    socklen_t len = sizeof(listens), len2 = sizeof(domain);

    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len2) == 0 &&
           listens && (domain == AF_INET || domain == AF_INET6);
}

void backlog_widen(pid_t pid)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct dirent *entry;
    char path[32];
    DIR *fds;

    if (pidfd < 0)
        return;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    fds = opendir(path);
    while (fds && (entry = readdir(fds))) {
        int fd = -1;

        if (entry->d_name[0] != '.')
            fd = (int)syscall(SYS_pidfd_getfd, pidfd, atoi(entry->d_name), 0);
        if (fd < 0)
            continue;
        if (listens_for_tcp(fd))
            listen(fd, BACKLOG_MAX);
        close(fd);
    }
    if (fds)
        closedir(fds);
    close(pidfd);
}
