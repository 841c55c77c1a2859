// SPDX-License-Identifier: MIT
/* socket_addr: what the socket calls have in common. */
#pragma once

#include "lib/base.h"
#include "net/sock.h"

struct file;

/* The socket behind fd, a reference; NULL: *err is -EBADF or -ENOTSOCK. */
struct file *socket_get(int fd, int *err);

/* len as the program gave it: -EINVAL, -EFAULT. */
int sock_addr_from_user(struct sock_addr *a, const void user *from, int len);

/* As getsockname(2): *len is the room, then the whole length. */
int sock_addr_to_user(const struct sock_addr *a, void user *to, int user *len);
