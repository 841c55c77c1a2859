// SPDX-License-Identifier: MIT
/* cmsg: a message with one control message. */
#pragma once

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "check.h"

struct cmsg_one {
    int level, type;
    const void *value;
    size_t len;
};

/* Sends n bytes to an address, NULL: the connected one. As sendmsg. */
static inline long send_control(int fd, const void *to, size_t to_len,
                                const void *data, size_t n, struct cmsg_one one)
{
    char control[512] = "";
    struct iovec v = {(void *)(uintptr_t)data, n};
    struct msghdr m = {.msg_name = (void *)(uintptr_t)to,
                       .msg_namelen = (socklen_t)to_len,
                       .msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = CMSG_SPACE(one.len)};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);

    CHECK(CMSG_SPACE(one.len) <= sizeof(control));
    c->cmsg_level = one.level;
    c->cmsg_type = one.type;
    c->cmsg_len = CMSG_LEN(one.len);
    memcpy(CMSG_DATA(c), one.value, one.len);
    return sendmsg(fd, &m, 0);
}
