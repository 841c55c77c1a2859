// SPDX-License-Identifier: MIT
/* netlink_msg: making messages, and taking them apart. */
#include "abi/errno.h"
#include "net/netlink.h"
#include "net/stack.h"

enum {
    /* Programs read with buffers of a page. */
    DATAGRAM = 3840,
    MESSAGE_MAX = 1024, /* no message of ours is longer */
};

#define ALIGNED(n) ALIGN_UP((size_t)(n), 4)

static void *room(struct netlink_out *o, size_t len)
{
    void *p = netbuf_put(o->nb, ALIGNED(len));

    memset(p, 0, ALIGNED(len));
    return p;
}

void netlink_begin(struct netlink_out *o, uint16_t type, const void *body,
                   size_t len)
{
    struct abi_nlmsghdr *h;

    if (o->nb && netbuf_tailroom(o->nb) < MESSAGE_MAX)
        netlink_flush(o);
    if (!o->nb && !o->failed) {
        o->nb = netbuf_alloc_linear(o->stack, 0, DATAGRAM);
        o->failed = !o->nb;
    }
    if (o->failed)
        return;
    o->message = o->nb->len;
    h = room(o, sizeof(*h));
    h->nlmsg_type = type;
    h->nlmsg_flags = o->flags;
    h->nlmsg_seq = o->seq;
    h->nlmsg_pid = o->id;
    memcpy(room(o, len), body, len);
}

void netlink_put(struct netlink_out *o, uint16_t type, const void *data,
                 size_t len)
{
    struct abi_nlattr a = {(uint16_t)(sizeof(a) + len), type};
    uint8_t *p;

    if (o->failed)
        return;
    p = room(o, a.nla_len);
    memcpy(p, &a, sizeof(a));
    memcpy(p + sizeof(a), data, len);
}

void netlink_put_u32(struct netlink_out *o, uint16_t type, uint32_t v)
{
    netlink_put(o, type, &v, sizeof(v));
}

void netlink_put_string(struct netlink_out *o, uint16_t type, const char *text)
{
    netlink_put(o, type, text, strlen(text) + 1);
}

void netlink_end(struct netlink_out *o)
{
    struct abi_nlmsghdr *h;

    if (o->failed)
        return;
    h = (struct abi_nlmsghdr *)(o->nb->data + o->message);
    h->nlmsg_len = (uint32_t)(o->nb->len - o->message);
}

int netlink_done(struct netlink_out *o, int32_t err)
{
    netlink_begin(o, NLMSG_DONE, &err, sizeof(err));
    netlink_end(o);
    netlink_flush(o);
    return o->failed ? -ENOBUFS : 1;
}

const void *netlink_attr(const struct netlink_request *r, size_t fixed,
                         uint16_t type, size_t least, size_t *len)
{
    size_t at = ALIGNED(fixed);
    struct abi_nlattr a;

    for (; at < r->len && r->len - at >= sizeof(a); at += ALIGNED(a.nla_len)) {
        memcpy(&a, r->body + at, sizeof(a));
        if (a.nla_len < sizeof(a) || a.nla_len > r->len - at)
            return NULL;
        if ((a.nla_type & ABI_NLA_TYPE_MASK) != type)
            continue;
        *len = a.nla_len - sizeof(a);
        return *len >= least ? r->body + at + sizeof(a) : NULL;
    }
    return NULL;
}

void netlink_answer(struct netlink_out *o, const struct netlink_request *r,
                    uint16_t flags)
{
    *o = (struct netlink_out){.stack = r->stack,
                              .to = r->from,
                              .id = r->from->id,
                              .seq = r->h->nlmsg_seq,
                              .flags = flags};
}
