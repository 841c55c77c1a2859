// SPDX-License-Identifier: MIT
/* sock: what is the same for all sockets; their options are in sock_option.c.
 */
#include "net/sock.h"

#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/time.h"
#include "net/bpf.h"
#include "net/netdev.h"
#include "net/stack.h"

#define BUF_DEFAULT                                          \
    212992u /* as Linux: net.core.rmem_default, wmem_default \
             */

void sock_init(struct sock *sk, struct netstack *s, const struct sock_ops *ops,
               int family, int type, int protocol)
{
    memset(sk, 0, sizeof(*sk));
    sk->ops = ops;
    sk->stack = s;
    sk->refs = 1;
    sk->family = (uint16_t)family;
    sk->type = (uint8_t)type;
    sk->protocol = (uint8_t)protocol;
    sk->rcvbuf = sk->sndbuf = BUF_DEFAULT;
    sk->rcvlowat = 1;
    sk->peek_off = -1;
    sk->pacing_rate = UINT64_MAX;
    sk->incoming_cpu = -1;
    sk->multicast_ttl = 1;
    sk->multicast_loop = true;
    sk->pmtu = SOCK_PMTU_WANT;
    sk->flow.protocol = (uint8_t)protocol;
    sk->flow.kind = FLOW_SOCK;
    if (family == AF_INET)
        sk->flow.local = sk->flow.remote = netaddr_v4(0);
    else /* as on Linux: of IPv4 groups only those that it has joined */
        sk->inet_options = INET_OPT_ONLY_JOINED;
    sk->use.sock = sk;
}

void sock_pend_error(struct sock *sk, int error)
{
    sk->error = error;
    sk->path.head.generation = 0; /* so that send looks */
}

void sock_set_error(struct sock *sk, int error)
{
    sock_pend_error(sk, error);
    sock_ready(sk, POLLERR | POLLIN | POLLOUT);
}

int sock_take_error(struct sock *sk)
{
    int error = sk->error;

    sk->error = 0;
    return -error;
}

void sock_sent(struct sock *sk, struct netbuf *nb)
{
    bool full = sk->wmem > sk->sndbuf / 2;

    nb->sk = NULL;
    sk->wmem -= MIN(sk->wmem, netbuf_truesize(nb));
    if (full && sk->wmem <= sk->sndbuf / 2)
        sock_ready(sk, POLLOUT);
    sock_put(sk);
}

void sock_put_control(struct sock_msg *m, int level, int type, const void *data,
                      size_t len)
{
    struct sock_cmsg h = {sizeof(h) + len, level, type};
    size_t room = m->control_len - m->control_used;

    if (!m->control || room < h.len) {
        m->out_flags |= MSG_CTRUNC;
        return;
    }
    memcpy(m->control + m->control_used, &h, sizeof(h));
    memcpy(m->control + m->control_used + sizeof(h), data, len);
    m->control_used += MIN(ALIGN_UP(h.len, 8), room);
}

int sock_answer(void *value, size_t *len, const void *result, size_t size)
{
    *len = MIN(*len, size);
    memcpy(value, result, *len);
    return 0;
}

/* --- filters --- */

bool sock_filter(struct sock *sk, struct netbuf *nb, const struct bpf_packet *p,
                 size_t least)
{
    uint32_t wanted = bpf_run(sk->filter, sk->stack, p);

    netbuf_trim(sk->stack, nb, MAX(wanted, least));
    return wanted;
}

static void drop_filter(struct sock *sk)
{
    net_env_free(sk->stack, sk->filter);
    sk->filter = NULL;
}

int sock_attach_filter(struct sock *sk, const struct abi_sock_filter *code,
                       size_t n)
{
    struct bpf *f;
    int err;

    if (sk->filter_locked)
        return -EPERM;
    if (sk->type == SOCK_STREAM || sk->family == AF_UNIX)
        return -ENOPROTOOPT;
    err = bpf_create(sk->stack, code, n, &f);
    if (err)
        return err;
    drop_filter(sk);
    sk->filter = f;
    return 0;
}

int sock_detach_filter(struct sock *sk)
{
    if (sk->filter_locked)
        return -EPERM;
    if (!sk->filter)
        return -ENOENT;
    drop_filter(sk);
    return 0;
}

int sock_lock_filter(struct sock *sk, bool on)
{
    if (sk->filter_locked && !on)
        return -EPERM;
    sk->filter_locked = on;
    return 0;
}

/* --- families --- */

void net_family_register(struct netstack *s, const struct net_family *f)
{
    net_assert(s->family_count < NET_FAMILIES_MAX);
    s->families[s->family_count++] = f;
}

int sock_create(struct netstack *s, int family, int type, int protocol,
                struct sock **sk)
{
    int err = -EAFNOSUPPORT;

    if (family < 0 || family > 45 || type < 0 || type > 10)
        return family < 0 || family > 45 ? -EAFNOSUPPORT : -EINVAL;
    for (unsigned i = 0; i < s->family_count; i++) {
        const struct net_family *f = s->families[i];

        if (f->family != family)
            continue;
        if (err == -EAFNOSUPPORT)
            err = -ESOCKTNOSUPPORT;
        if (f->type != type)
            continue;
        err = -EPROTONOSUPPORT;
        if (protocol != f->protocol && !f->any_protocol &&
            !(protocol == 0 && !f->no_default))
            continue;
        return f->create(s, family, type, protocol ? protocol : f->protocol,
                         sk);
    }
    return err;
}
