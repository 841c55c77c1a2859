// SPDX-License-Identifier: MIT
/* unix_diag: AF_UNIX sockets, by sock_diag(7). */
#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/tcp.h"
#include "net/sock_diag.h"
#include "net/unix_priv.h"

#define WAITING_MAX 128 /* named of a listening socket's connections */

static uint8_t state_of(const struct unix_sock *u)
{
    return u->state == UNIX_LISTENING   ? ABI_TCP_LISTEN
           : u->state == UNIX_CONNECTED ? ABI_TCP_ESTABLISHED
                                        : ABI_TCP_CLOSE;
}

/* Who waits to be accepted: the numbers of their sockets. */
static void put_waiting(struct netlink_out *o, const struct unix_sock *u)
{
    uint32_t inodes[WAITING_MAX];
    size_t n = 0;

    for (const struct unix_sock *e = u->embryos; e && n < WAITING_MAX;
         e = e->next_embryo)
        inodes[n++] = e->peer ? (uint32_t)e->peer->sk.ino : 0;
    netlink_put(o, UNIX_DIAG_ICONS, inodes, n * sizeof(*inodes));
}

static void put_queues(struct netlink_out *o, struct unix_sock *u)
{
    uint32_t lengths[2] = {u->embryo_count, u->backlog};

    if (u->state != UNIX_LISTENING) {
        lengths[0] = (uint32_t)u->sk.ops->ioctl(&u->sk, FIONREAD);
        lengths[1] = u->sk.wmem;
    }
    netlink_put(o, UNIX_DIAG_RQLEN, lengths, sizeof(lengths));
}

/* The file that it is bound to. */
static void put_file(struct netlink_out *o, const struct unix_sock *u)
{
    struct abi_unix_diag_vfs vfs;
    uint64_t ino;

    net_env_node_ids(u->node, &ino, &vfs.udiag_vfs_dev);
    vfs.udiag_vfs_ino = (uint32_t)ino;
    netlink_put(o, UNIX_DIAG_VFS, &vfs, sizeof(vfs));
}

static void put_sock(struct netlink_out *o, struct unix_sock *u, uint32_t show)
{
    struct abi_unix_diag_msg m = {.udiag_family = AF_UNIX,
                                  .udiag_type = u->sk.type,
                                  .udiag_state = state_of(u),
                                  .udiag_ino = (uint32_t)u->sk.ino};

    sock_diag_put_cookie(m.udiag_cookie, &u->sk);
    netlink_begin(o, SOCK_DIAG_BY_FAMILY, &m, sizeof(m));
    if (show & UDIAG_SHOW_NAME && u->addr)
        netlink_put(o, UNIX_DIAG_NAME, u->addr->bytes + UNIX_NAME_AT,
                    u->addr->len - UNIX_NAME_AT);
    if (show & UDIAG_SHOW_VFS && u->node)
        put_file(o, u);
    if (show & UDIAG_SHOW_PEER && u->peer)
        netlink_put_u32(o, UNIX_DIAG_PEER, (uint32_t)u->peer->sk.ino);
    if (show & UDIAG_SHOW_ICONS && u->state == UNIX_LISTENING)
        put_waiting(o, u);
    if (show & UDIAG_SHOW_RQLEN)
        put_queues(o, u);
    if (show & UDIAG_SHOW_MEMINFO)
        sock_diag_put_memory(o, UNIX_DIAG_MEMINFO, &u->sk);
    if (show & UDIAG_SHOW_UID)
        netlink_put_u32(o, UNIX_DIAG_UID, u->sk.uid);
    netlink_put(o, UNIX_DIAG_SHUTDOWN, &u->sk.shut, 1);
    netlink_end(o);
}

static int put_one(struct netlink_out *o, const struct abi_unix_diag_req *ask)
{
    struct unix_sock *u;

    if (!ask->udiag_ino)
        return -EINVAL;
    list_for_each_entry (u, &o->stack->unix_domain->socks, all) {
        if (u->sk.ino != ask->udiag_ino)
            continue;
        if (!sock_diag_cookie_fits(ask->udiag_cookie, &u->sk))
            return -ESTALE;
        put_sock(o, u, ask->udiag_show);
        netlink_flush(o);
        return o->failed ? -ENOBUFS : 0;
    }
    return -ENOENT;
}

int unix_diag_request(const struct netlink_request *r)
{
    bool dump = (r->h->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
    struct abi_unix_diag_req ask;
    struct netlink_out o;
    struct unix_sock *u;

    if (r->len < sizeof(ask))
        return -EINVAL;
    memcpy(&ask, r->body, sizeof(ask));
    netlink_answer(&o, r, dump ? NLM_F_MULTI : 0);
    if (!dump)
        return put_one(&o, &ask);
    list_for_each_entry (u, &r->stack->unix_domain->socks, all)
        if (ask.udiag_states >> state_of(u) & 1)
            put_sock(&o, u, ask.udiag_show);
    return netlink_done(&o, 0);
}
