// SPDX-License-Identifier: MIT
/*
 * backlog: room for connections that QEMU has not accepted yet.
 *
 * QEMU's user network listens for a published port with a backlog of one. When
 * a client opens many connections at once, the host drops all but two, and
 * their SYNs come again after 1, 3, 7 ... seconds: the service seems to stall,
 * while the machine has not seen a packet.
 */
#pragma once

#include <sys/types.h>

/* Gives the sockets on which process pid, a child, listens for TCP the host's
 * longest queue. Where the host does not allow that (ptrace(2), pidfd_getfd(2),
 * Linux 5.6), they stay as they are. */
void backlog_widen(pid_t pid);
