// SPDX-License-Identifier: MIT
/* unix_msg: messages between AF_UNIX sockets, and waiting for their room. */
#include "abi/errno.h"
#include "abi/poll.h"
#include "net/unix_priv.h"

#define FIRST_MAX (UNIX_PIECE - sizeof(struct unix_msg))
#define NEXT_MAX  (UNIX_PIECE - sizeof(struct unix_block))

/* --- memory --- */

static void free_msg(struct netstack *s, struct unix_msg *msg)
{
    struct unix_block *b = msg->first.next;

    while (b) {
        struct unix_block *next = b->next;

        net_env_free(s, b);
        b = next;
    }
    net_env_free(s, msg);
}

/* Appends blocks for len more bytes. */
static bool add_blocks(struct netstack *s, struct unix_msg *msg, size_t len)
{
    while (len) {
        size_t n = MIN(len, NEXT_MAX);
        struct unix_block *b = net_env_alloc(s, sizeof(*b) + n);

        if (!b)
            return false;
        b->next = NULL;
        b->start = 0;
        b->end = (uint32_t)n;
        msg->last->next = b;
        msg->last = b;
        msg->charge += (uint32_t)(sizeof(*b) + n);
        len -= n;
    }
    return true;
}

static struct unix_msg *alloc_msg(struct netstack *s, size_t len)
{
    size_t n = MIN(len, FIRST_MAX);
    struct unix_msg *msg = net_env_alloc(s, sizeof(*msg) + n);

    if (!msg)
        return NULL;
    msg->next = NULL;
    msg->rights = NULL;
    msg->refs = 1;
    msg->peeked = false;
    msg->len = (uint32_t)len;
    msg->charge = (uint32_t)(sizeof(*msg) + n);
    msg->first.next = NULL;
    msg->first.start = 0;
    msg->first.end = (uint32_t)n;
    msg->last = &msg->first;
    if (likely(n == len) || add_blocks(s, msg, len - n))
        return msg;
    free_msg(s, msg);
    return NULL;
}

static void discharge(struct unix_sock *u, uint32_t n)
{
    bool was = unix_writable(u);

    u->sk.wmem -= n;
    if (unlikely(!was) && unix_writable(u))
        sock_ready(&u->sk, POLLOUT | POLLWRNORM);
}

void unix_msg_put(struct netstack *s, struct unix_msg *msg)
{
    struct unix_sock *from = msg->from;

    if (--msg->refs)
        return;
    discharge(from, msg->charge);
    sock_put(&from->sk);
    unix_rights_kill(s, msg->rights);
    free_msg(s, msg);
}

/* --- data --- */

static int fill(struct unix_sock *u, struct unix_msg *msg, struct sock_data *d)
{
    struct unix_block *b = &msg->first;
    bool fault = false;

    netstack_unlock(u->sk.stack);
    for (; b && !fault; b = b->next)
        fault = d->move(d, b->bytes, b->end) < b->end;
    netstack_lock(u->sk.stack);
    return fault ? -EFAULT : 0;
}

int unix_msg_make(struct unix_sock *u, struct sock_msg *m, size_t len,
                  struct unix_msg **made)
{
    struct netstack *s = u->sk.stack;
    struct unix_msg *msg = alloc_msg(s, len);

    if (!msg)
        return -ENOBUFS;
    msg->from = u;
    sock_get(&u->sk);
    u->sk.wmem += msg->charge;
    if (unlikely(m->creds))
        msg->creds = *m->creds;
    else
        net_env_creds(s, &msg->creds);
    if (len && fill(u, msg, m->data)) {
        unix_msg_put(s, msg);
        return -EFAULT;
    }
    *made = msg;
    return 0;
}

size_t unix_msg_copy(struct unix_sock *u, struct unix_msg *msg, size_t skip,
                     struct sock_data *d, size_t len)
{
    struct unix_block *b = &msg->first;
    size_t done = 0, n, moved;

    netstack_unlock(u->sk.stack);
    for (; b && done < len; b = b->next) {
        size_t there = b->end - b->start;

        if (skip >= there) {
            skip -= there;
            continue;
        }
        n = MIN(there - skip, len - done);
        moved = d->move(d, b->bytes + b->start + skip, n);
        skip = 0;
        done += moved;
        if (moved < n)
            break;
    }
    netstack_lock(u->sk.stack);
    return done;
}

struct unix_msg *unix_peek_find(const struct unix_sock *u, size_t *skip)
{
    struct unix_msg *msg = u->queue.first;

    *skip = (size_t)MAX(u->sk.peek_off, 0);
    for (; msg; msg = msg->next) {
        if (*skip < msg->len || (!msg->len && !*skip && !msg->peeked))
            break;
        *skip -= msg->len;
    }
    return msg;
}

void unix_msg_consume(struct unix_msg *msg, size_t n)
{
    msg->len -= (uint32_t)n;
    for (struct unix_block *b = &msg->first; b && n; b = b->next) {
        size_t k = MIN(n, (size_t)(b->end - b->start));

        b->start += (uint32_t)k;
        n -= k;
    }
}

void unix_msg_tell(struct unix_sock *u, struct unix_msg *msg,
                   struct sock_msg *m)
{
    if (m->addr)
        unix_format(msg->from, 0, m->addr);
    /* Not again when MSG_WAITALL goes on. */
    if (unlikely(u->pass_creds && !m->control_used))
        sock_put_control(m, SOL_SOCKET, SCM_CREDENTIALS, &msg->creds,
                         sizeof(msg->creds));
}

void unix_msg_give(struct unix_sock *u, struct unix_msg *msg,
                   struct sock_msg *m)
{
    struct netstack *s = u->sk.stack;

    if (m->flags & MSG_PEEK) {
        m->rights = unix_rights_copy(s, msg->rights);
        if (!m->rights)
            m->out_flags |= MSG_CTRUNC;
    } else {
        m->rights = msg->rights;
        msg->rights = NULL;
        unix_rights_land(s, m->rights);
    }
}

/* --- queues --- */

void unix_queue_put(struct unix_sock *to, struct unix_msg *msg,
                    struct sock_msg *m)
{
    struct unix_queue *q = &to->queue;

    if (unlikely(m->rights)) {
        msg->rights = m->rights;
        m->rights = NULL;
        unix_rights_fly(to->sk.stack, msg->rights);
    }
    if (q->last)
        q->last->next = msg;
    else
        q->first = msg;
    q->last = msg;
    q->count++;
    sock_ready(&to->sk, POLLIN | POLLRDNORM);
}

struct unix_msg *unix_queue_get(struct unix_sock *u)
{
    struct unix_queue *q = &u->queue;
    struct unix_msg *msg = q->first;

    if (!msg)
        return NULL;
    q->first = msg->next;
    if (!q->first)
        q->last = NULL;
    q->count--;
    msg->next = NULL;
    if (unlikely(!list_empty(&u->waiters)))
        unix_wait_wake(u);
    return msg;
}

void unix_queue_purge(struct unix_sock *u)
{
    struct unix_msg *msg;

    while ((msg = unix_queue_get(u)))
        unix_msg_put(u->sk.stack, msg);
}

/* --- waiting for room --- */

static void forget(struct unix_wait *w)
{
    list_del(&w->at_node);
    list_del(&w->who_node);
    net_env_free(w->who->sk.stack, w);
}

int unix_wait_add(struct unix_sock *who, struct unix_sock *at)
{
    struct unix_wait *w;

    list_for_each_entry (w, &at->waiters, at_node)
        if (w->who == who)
            return 0;
    w = net_env_alloc(who->sk.stack, sizeof(*w));
    if (!w)
        return -ENOBUFS;
    w->who = who;
    list_add_tail(&at->waiters, &w->at_node);
    list_add_tail(&who->waits, &w->who_node);
    return 0;
}

void unix_wait_wake(struct unix_sock *at)
{
    while (!list_empty(&at->waiters)) {
        struct unix_wait *w =
            list_first_entry(&at->waiters, struct unix_wait, at_node);
        struct unix_sock *who = w->who;

        forget(w);
        sock_ready(&who->sk, POLLOUT | POLLWRNORM);
    }
}

void unix_wait_leave(struct unix_sock *who)
{
    while (!list_empty(&who->waits))
        forget(list_first_entry(&who->waits, struct unix_wait, who_node));
}
