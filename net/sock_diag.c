// SPDX-License-Identifier: MIT
/* sock_diag: see the header. Which request goes where. */
#include "net/sock_diag.h"

#include "abi/errno.h"

#define FAMILIES 46 /* that Linux has names for */

int sock_diag_request(const struct netlink_request *r)
{
    uint8_t family;

    switch (r->h->nlmsg_type) {
    case SOCK_DIAG_BY_FAMILY:
    case SOCK_DESTROY:
        break;
    case TCPDIAG_GETSOCK: /* as built without these */
    case DCCPDIAG_GETSOCK:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
    if (r->len < 2)
        return -EINVAL;
    family = r->body[0];
    if (family == AF_INET || family == AF_INET6)
        return inet_diag_request(r);
    if (family == AF_UNIX && r->h->nlmsg_type == SOCK_DESTROY)
        return -EOPNOTSUPP;
    if (family == AF_UNIX)
        return unix_diag_request(r);
    return family < FAMILIES ? -ENOENT : -EINVAL;
}

bool sock_diag_cookie_fits(const uint32_t cookie[2], const struct sock *sk)
{
    uint64_t want = (uint64_t)cookie[1] << 32 | cookie[0];

    return want == UINT64_MAX || want == sk->ino;
}

/* As SO_COOKIE has it. */
void sock_diag_put_cookie(uint32_t cookie[2], const struct sock *sk)
{
    cookie[0] = (uint32_t)sk->ino;
    cookie[1] = (uint32_t)(sk->ino >> 32);
}

void sock_diag_put_memory(struct netlink_out *o, uint16_t type,
                          const struct sock *sk)
{
    uint32_t m[SOCK_MEMORY_WORDS];

    sock_memory(sk, m);
    netlink_put(o, type, m, sizeof(m));
}
