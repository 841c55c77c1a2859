// SPDX-License-Identifier: MIT
/*
 * env: the parts of net/env.h that are the same in every test on the host:
 * nobody records packets, everybody may do everything, no files travel.
 */
#include "net/env.h"

#include <string.h>

#include "net/sock.h"

void *net_env_pages_alloc(struct netstack *s, size_t size)
{
    void *p = net_env_alloc(s, size);

    if (p)
        memset(p, 0, size);
    return p;
}

void net_env_pages_free(struct netstack *s, void *p, size_t size)
{
    (void)size;
    net_env_free(s, p);
}

void net_env_packet(struct netdev *dev, bool out, size_t len)
{
    (void)dev, (void)out, (void)len;
}

void net_env_configured(struct netstack *s)
{
    (void)s;
}

bool net_env_capable(struct netstack *s, int capability)
{
    (void)s;
    (void)capability;
    return true;
}

void net_env_creds(struct netstack *s, struct sock_creds *c)
{
    (void)s;
    *c = (struct sock_creds){.pid = 1};
}

/* No files travel here. */
uint32_t net_env_file_refs(const void *file)
{
    (void)file;
    return 0;
}

void net_env_file_get(void *file)
{
    (void)file;
}

void net_env_node_ids(const void *node, uint64_t *ino, uint32_t *dev)
{
    *ino = (uintptr_t)node;
    *dev = 0;
}

struct sock *net_env_file_sock(const void *file)
{
    (void)file;
    return NULL;
}
