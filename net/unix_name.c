// SPDX-License-Identifier: MIT
/*
 * unix_name: the names of AF_UNIX sockets. One table for all: a path is found
 * by the file that it leads to, an abstract name by its bytes.
 */
#include "abi/errno.h"
#include "lib/printf.h"
#include "net/unix_priv.h"

#define AUTOBIND_LEN   6 /* a NUL and five digits */
#define AUTOBIND_NAMES 0x100000

static uint32_t hash_of(const struct netstack *s, const struct sock_addr *a)
{
    uint64_t h = a->len;

    if (a->node)
        return netstack_hash(s, (uintptr_t)a->node, 0);
    for (uint32_t i = 0; i < a->len; i++)
        h = netstack_hash(s, h, a->bytes[i]);
    return (uint32_t)h;
}

static struct unix_sock **bucket(struct netstack *s, uint32_t hash)
{
    return &s->unix_domain->buckets[hash % UNIX_BUCKETS];
}

static bool is_called(const struct unix_sock *u, const struct sock_addr *a)
{
    if (a->node || u->node)
        return u->node == a->node;
    return u->addr->len == a->len &&
           memcmp(u->addr->bytes, a->bytes, a->len) == 0;
}

static struct unix_sock *find(struct netstack *s, const struct sock_addr *a,
                              int type)
{
    uint32_t hash = hash_of(s, a);
    struct unix_sock *u = *bucket(s, hash);

    /* Sockets of different types may have one abstract name. */
    for (; u; u = u->hash_next)
        if (u->hash == hash && is_called(u, a) && (!type || u->sk.type == type))
            return u;
    return NULL;
}

int unix_check_addr(const struct sock_addr *a)
{
    if (a->len <= UNIX_NAME_AT || a->len > sizeof(a->un) ||
        a->family != AF_UNIX)
        return -EINVAL;
    return 0;
}

static int set_name(struct unix_sock *u, const struct sock_addr *a)
{
    struct netstack *s = u->sk.stack;
    struct unix_addr *addr = net_env_alloc(s, sizeof(*addr));
    uint32_t len = a->len;

    if (!addr)
        return -ENOMEM;
    addr->refs = 1;
    memcpy(addr->bytes, a->bytes, len);
    if (a->node) { /* up to its NUL, which is part of it */
        len = UNIX_NAME_AT;
        while (len < a->len && a->bytes[len])
            len++;
        addr->bytes[len++] = '\0';
    }
    addr->len = len;
    u->addr = addr;
    u->node = a->node;
    u->named = true;
    u->hash = hash_of(s, a);
    u->hash_next = *bucket(s, u->hash);
    *bucket(s, u->hash) = u;
    return 0;
}

int unix_autobind(struct unix_sock *u)
{
    struct netstack *s = u->sk.stack;
    struct sock_addr a = {.len = UNIX_NAME_AT + AUTOBIND_LEN, .node = NULL};
    char digits[AUTOBIND_LEN];
    uint32_t start;

    if (u->addr)
        return 0;
    memset(a.bytes, 0, sizeof(a.bytes));
    a.family = AF_UNIX;
    net_env_random(s, &start, sizeof(start));
    for (uint32_t i = 0; i < AUTOBIND_NAMES; i++) {
        snprintf(digits, sizeof(digits), "%05x", (start + i) % AUTOBIND_NAMES);
        memcpy(a.bytes + UNIX_NAME_AT + 1, digits, AUTOBIND_LEN - 1);
        if (!find(s, &a, u->sk.type))
            return set_name(u, &a);
    }
    return -ENOSPC;
}

int unix_bind(struct sock *sk, const struct sock_addr *a)
{
    struct unix_sock *u = unix_of(sk);
    int err;

    if (a->len == UNIX_NAME_AT && a->family == AF_UNIX)
        return unix_autobind(u);
    err = unix_check_addr(a);
    if (err)
        return err;
    if (u->addr)
        return -EINVAL;
    if (find(sk->stack, a, sk->type))
        return -EADDRINUSE;
    return set_name(u, a);
}

int unix_find(struct unix_sock *by, const struct sock_addr *a,
              struct unix_sock **found)
{
    struct netstack *s = by->sk.stack;
    struct unix_sock *u;
    int err = unix_check_addr(a);

    if (err)
        return err;
    u = find(s, a, a->node ? 0 : by->sk.type);
    if (!u)
        return -ECONNREFUSED;
    if (u->sk.type != by->sk.type)
        return -EPROTOTYPE;
    *found = u;
    return 0;
}

void unix_unname(struct unix_sock *u)
{
    struct unix_sock **p;

    if (!u->named)
        return;
    u->named = false;
    p = bucket(u->sk.stack, u->hash);
    while (*p != u)
        p = &(*p)->hash_next;
    *p = u->hash_next;
}

void *unix_take_node(struct sock *sk)
{
    void *node = unix_of(sk)->node;

    unix_of(sk)->node = NULL;
    return node;
}

void unix_addr_put(struct netstack *s, struct unix_addr *a)
{
    if (a && --a->refs == 0)
        net_env_free(s, a);
}

void unix_format(const struct unix_sock *u, uint32_t unnamed,
                 struct sock_addr *a)
{
    if (u->addr) {
        a->len = u->addr->len;
        memcpy(a->bytes, u->addr->bytes, a->len);
    } else {
        a->len = unnamed;
        a->family = AF_UNIX;
    }
}
