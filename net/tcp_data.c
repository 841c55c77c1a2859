// SPDX-License-Identifier: MIT
/*
 * tcp_data: bytes in. Packets wait as they came, in order in rcvq, out of order
 * in a tree, until the program copies from them. What they hold of memory is
 * counted; small segments that pile up are put together.
 */
#include "net/tcp_priv.h"

#define COMPACT_ROOM 3968u /* of what they are put into */

struct ooo_cb {
    struct rb_node node;
    uint32_t seq, end; /* end counts a FIN */
};
static_assert(sizeof(struct ooo_cb) <= sizeof(((struct netbuf *)0)->cb),
              "fits");

static struct ooo_cb *ooo_of(struct netbuf *nb)
{
    return (struct ooo_cb *)nb->cb;
}

static struct netbuf *nb_of(struct rb_node *n)
{
    return n ? container_of((void *)rb_entry(n, struct ooo_cb, node),
                            struct netbuf, cb)
             : NULL;
}

/* --- the window --- */

static uint32_t capacity(const struct tcp_sock *tp)
{
    uint32_t cap = tp->sk.rcvbuf / 2;

    return tp->window_clamp ? MIN(cap, tp->window_clamp) : cap;
}

/* The right edge that memory allows. */
static uint32_t free_edge(const struct tcp_sock *tp, uint32_t cap)
{
    uint32_t used = tp->rcv_nxt - tp->copied_seq;

    if (used >= cap || tp->sk.rmem >= tp->sk.rcvbuf)
        return tp->rcv_nxt;
    return tp->rcv_nxt + MIN(cap - used, 65535u << tp->rcv_wscale);
}

uint32_t tcp_window_slow(struct tcp_sock *tp)
{
    uint32_t cap = capacity(tp), edge = free_edge(tp, cap);

    /* RFC 9293, 3.8.6.2.2: it moves by steps that are worth it. */
    if ((int32_t)(edge - tp->rcv_adv) >= (int32_t)MIN(cap / 2, tp->rcv_mss))
        tp->rcv_adv = edge;
    return seq_lt(tp->rcv_nxt, tp->rcv_adv) ? tp->rcv_adv - tp->rcv_nxt : 0;
}

void tcp_window_update_slow(struct tcp_sock *tp)
{
    uint32_t cap = capacity(tp);
    uint32_t most = MIN(cap, 65535u << tp->rcv_wscale); /* that can be told */
    int32_t gain = (int32_t)(free_edge(tp, cap) - tp->rcv_adv);

    if (gain >= (int32_t)MIN(most / 2, MAX(2 * tp->rcv_mss, most / 4)) &&
        tcp_state_in(tp, TCP_RECEIVES))
        tcp_send_ack(tp);
}

/* --- in order --- */

void tcp_take_urgent_byte(struct tcp_sock *tp, struct netbuf *nb, uint32_t seq)
{
    uint32_t at = tp->rcv_up - 1 - seq;

    if (tp->urg_valid || tp->urg_taken || at >= nb->len)
        return;
    netbuf_copy_out(nb, at, &tp->urg_byte, 1);
    tp->urg_valid = true;
    sock_ready(&tp->sk, POLLPRI);
}

bool tcp_compact(struct tcp_sock *tp, struct netbuf *nb, uint32_t truesize)
{
    struct netstack *s = tp->sk.stack;
    struct netbuf *tail = tp->rcvq.last;

    if (!tail->cb[TCP_CB_COMPACT] || netbuf_tailroom(tail) < nb->len) {
        if (tp->sk.rmem + truesize < tp->sk.rcvbuf / 4)
            return false;
        tail = netbuf_alloc_linear(s, 0, COMPACT_ROOM);
        if (!tail)
            return false;
        tail->cb[TCP_CB_COMPACT] = 1;
        tail->charged = netbuf_truesize(tail);
        tp->sk.rmem += tail->charged;
        netbuf_queue_put(&tp->rcvq, tail);
    }
    netbuf_copy_out(nb, 0, netbuf_put(tail, nb->len), nb->len);
    netbuf_free(s, nb);
    return true;
}

/* The first packet of rcvq has been read. */
static inline void drop_first(struct tcp_sock *tp)
{
    struct netbuf *nb = netbuf_queue_get(&tp->rcvq);

    tp->sk.rmem -= nb->charged;
    netbuf_free_quick(tp->sk.stack, nb);
}

void tcp_measure_echo(struct tcp_sock *tp, uint32_t tsecr)
{
    uint32_t ms = tcp_ts_now(tp->sk.stack) + tp->ts_offset - tsecr;
    uint64_t rtt = MAX(ms, 1u) * TCP_MSEC;

    if (!tsecr || ms > 60000)
        return;
    tp->rcv_echo = tsecr;
    if (!tp->rcv_rtt || rtt < tp->rcv_rtt)
        tp->rcv_rtt = rtt;
    else
        tp->rcv_rtt += (rtt - tp->rcv_rtt) / 8;
}

/* --- out of order --- */

/* RFC 2018, 4: the block of what came last first. */
static void note_block(struct tcp_sock *tp, uint32_t start, uint32_t end)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < tp->nblocks; i++) {
        struct tcp_range b = tp->blocks[i];

        if (seq_lt(b.end, start) || seq_lt(end, b.start)) {
            if (kept < TCP_SACK_MAX - 1)
                tp->blocks[kept++] = b;
            continue;
        }
        start = seq_min(start, b.start);
        end = seq_max(end, b.end);
    }
    for (unsigned i = kept; i > 0; i--)
        tp->blocks[i] = tp->blocks[i - 1];
    tp->blocks[0] = (struct tcp_range){start, end};
    tp->nblocks = (uint8_t)(kept + 1);
}

/* Blocks that rcv_nxt has reached are no news. */
static void trim_blocks(struct tcp_sock *tp)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < tp->nblocks; i++)
        if (seq_lt(tp->rcv_nxt, tp->blocks[i].start))
            tp->blocks[kept++] = tp->blocks[i];
    tp->nblocks = (uint8_t)kept;
}

unsigned tcp_ooo_blocks(struct tcp_sock *tp, struct tcp_options *o)
{
    o->nsack = 0;
    if (tp->dsack.start != tp->dsack.end)
        o->sack[o->nsack++] = tp->dsack;
    tp->dsack.end = tp->dsack.start;
    for (unsigned i = 0; i < tp->nblocks && o->nsack < TCP_SACK_MAX; i++)
        o->sack[o->nsack++] = tp->blocks[i];
    return o->nsack;
}

static void note_duplicate(struct tcp_sock *tp, uint32_t start, uint32_t end)
{
    if (tp->sack_ok && seq_lt(start, end))
        tp->dsack = (struct tcp_range){start, end};
}

static void ooo_remove(struct tcp_sock *tp, struct netbuf *nb)
{
    rb_erase(&tp->ooo, &ooo_of(nb)->node);
    tp->sk.rmem -= netbuf_truesize(nb);
}

/* Room for what lies below seq, at the cost of what lies furthest away; that
 * may be forgotten (RFC 2018, 8). */
static bool make_room(struct tcp_sock *tp, uint32_t seq, size_t truesize)
{
    struct netbuf *last;

    while (tp->sk.rmem + truesize > tp->sk.rcvbuf) {
        last = nb_of(rb_last(&tp->ooo));
        if (!last || !seq_lt(seq, ooo_of(last)->seq))
            return false;
        ooo_remove(tp, last);
        netbuf_free(tp->sk.stack, last);
        tp->nblocks = 0;
    }
    return true;
}

/* Puts rx's data, [seq, end), into the tree where nothing is yet. */
static void ooo_insert(struct tcp_sock *tp, struct tcp_rx *rx, uint32_t seq,
                       uint32_t end)
{
    struct rb_node **link = &tp->ooo.node, *parent = NULL, *next;
    struct netstack *s = rx->s;
    struct netbuf *nb = rx->nb;

    while (*link) {
        struct ooo_cb *cb = rb_entry(*link, struct ooo_cb, node);

        parent = *link;
        if (seq_lt(seq, cb->seq)) {
            link = &parent->left;
        } else if (seq_lt(seq, cb->end)) {
            /* Its beginning is there already. */
            note_duplicate(tp, seq, seq_min(end, cb->end));
            if (seq_le(end, cb->end))
                return;
            netbuf_consume(s, nb, MIN(cb->end - seq, nb->len));
            seq = cb->end;
            link = &parent->right;
        } else {
            link = &parent->right;
        }
    }
    rx->nb = NULL;
    ooo_of(nb)->seq = seq;
    rb_insert(&tp->ooo, parent, link, &ooo_of(nb)->node);
    while ((next = rb_next(&ooo_of(nb)->node))) {
        struct ooo_cb *cb = rb_entry(next, struct ooo_cb, node);

        if (seq_le(end, cb->seq))
            break;
        note_duplicate(tp, cb->seq, seq_min(end, cb->end));
        if (seq_lt(end, cb->end)) {
            netbuf_trim(s, nb, cb->seq - seq);
            end = cb->seq;
            break;
        }
        ooo_remove(tp, nb_of(next));
        netbuf_free(s, nb_of(next));
    }
    ooo_of(nb)->end = end;
    tp->sk.rmem += netbuf_truesize(nb);
}

/* The peer sends no more. */
static void fin(struct tcp_sock *tp)
{
    tp->rcv_nxt++;
    tp->done = true;
    tp->sk.shut |= 1 << SHUT_RD;
    tp->ack_due = TCP_ACK_NOW;
    switch (tp->state) {
    case ABI_TCP_ESTABLISHED:
    case ABI_TCP_SYN_RECV:
        tcp_set_state(tp, ABI_TCP_CLOSE_WAIT);
        tp->pingpong = true;
        break;
    case ABI_TCP_FIN_WAIT1:
        tcp_set_state(tp, ABI_TCP_CLOSING);
        break;
    case ABI_TCP_FIN_WAIT2:
        tcp_send_ack(tp);
        tcp_timewait_enter(tp);
        break;
    }
    sock_ready(&tp->sk, POLLIN | POLLRDNORM | POLLRDHUP |
                            (tp->state == ABI_TCP_CLOSE ? POLLHUP : 0));
}

/* What waited for rcv_nxt to come this far. True: a FIN was among it. */
static bool absorb(struct tcp_sock *tp)
{
    struct netbuf *nb;
    bool ended = false;

    while (!ended && (nb = nb_of(rb_first(&tp->ooo)))) {
        uint32_t seq = ooo_of(nb)->seq, end = ooo_of(nb)->end;

        if (seq_lt(tp->rcv_nxt, seq))
            break;
        ooo_remove(tp, nb);
        if (seq_le(end, tp->rcv_nxt)) {
            netbuf_free(tp->sk.stack, nb);
            continue;
        }
        ended = end - seq > nb->len;
        netbuf_consume(tp->sk.stack, nb, MIN(tp->rcv_nxt - seq, nb->len));
        if (nb->len)
            tcp_append(tp, nb);
        else
            netbuf_free(tp->sk.stack, nb);
    }
    trim_blocks(tp);
    return ended;
}

void tcp_data_in(struct tcp_sock *tp, struct tcp_rx *rx)
{
    bool ends = rx->flags & TCP_FIN;
    uint32_t end = rx->seq + rx->len + ends, seq = rx->seq;

    if (seq == end)
        return;
    tp->data_segs_in++;
    tp->last_recv_ns = rx->s->now;
    if (seq_le(end, tp->rcv_nxt)) {
        /* All of it has come before: the peer did not get our answer. */
        note_duplicate(tp, seq, end);
        tp->ack_due = TCP_ACK_NOW;
        return;
    }
    if (seq_lt(seq, tp->rcv_nxt)) {
        note_duplicate(tp, seq, tp->rcv_nxt);
        netbuf_consume(rx->s, rx->nb, MIN(tp->rcv_nxt - seq, rx->nb->len));
        seq = tp->rcv_nxt;
    }
    if (!make_room(tp, seq, netbuf_truesize(rx->nb)) &&
        (seq != tp->rcv_nxt || tp->sk.rmem > 2 * tp->sk.rcvbuf)) {
        tp->ack_due = TCP_ACK_NOW;
        return;
    }
    if (seq != tp->rcv_nxt) {
        tp->ooo_packets++;
        note_block(tp, seq, end);
        ooo_insert(tp, rx, seq, end);
        tp->ack_due = TCP_ACK_NOW;
        return;
    }
    if (rx->o.has_ts && tp->ts_ok)
        tcp_measure_echo(tp, rx->o.tsecr);
    if (rx->nb->len) {
        struct netbuf *nb = rx->nb;

        rx->nb = NULL;
        tcp_append(tp, nb);
        tcp_ack_policy(tp, rx->len);
    }
    if (tp->ooo.node) {
        /* It fills a hole: say so at once (RFC 5681, 4.2). */
        ends |= absorb(tp);
        tp->ack_due = TCP_ACK_NOW;
    }
    if (ends)
        fin(tp);
    else
        sock_ready(&tp->sk, POLLIN | POLLRDNORM);
}

void tcp_data_purge(struct tcp_sock *tp)
{
    struct netbuf *nb;

    while (tp->rcvq.first)
        drop_first(tp);
    while ((nb = nb_of(rb_first(&tp->ooo)))) {
        ooo_remove(tp, nb);
        netbuf_free(tp->sk.stack, nb);
    }
    tp->nblocks = 0;
}

/* RFC 6093: the pointer names the byte behind the urgent one. */
void tcp_urgent_in(struct tcp_sock *tp, struct tcp_rx *rx)
{
    uint32_t up = rx->seq + rx->urgent;

    if (!rx->urgent || seq_le(up, tp->copied_seq))
        return;
    if (tp->rcv_urgent && seq_le(up, tp->rcv_up))
        return;
    tp->rcv_up = up;
    tp->rcv_urgent = true;
    tp->urg_valid = tp->urg_taken = false;
    sock_ready(&tp->sk, POLLPRI);
}

/* --- to the program --- */

static ssize_t recv_urgent(struct tcp_sock *tp, struct sock_msg *m)
{
    uint8_t byte = tp->urg_byte;

    if ((tp->sk.options & SOCK_OPT_OOBINLINE) || !tp->rcv_urgent ||
        tp->urg_taken)
        return -EINVAL;
    if (!tp->urg_valid)
        return tp->done ? 0 : -EAGAIN;
    m->out_flags |= MSG_OOB;
    if (!m->data->left) {
        m->out_flags |= MSG_TRUNC;
        return 0;
    }
    if (!(m->flags & MSG_PEEK)) {
        tp->urg_valid = false;
        tp->urg_taken = true;
    }
    return sock_copy(&tp->sk, m->data, &byte, 1) == 1 ? 1 : -EFAULT;
}

/* DRS: twice what was read in the last round trip shall fit. */
static never_inline void follow_reader(struct tcp_sock *tp, uint64_t now)
{
    uint32_t copied = tp->copied_seq - tp->rcv_space_seq;

    if (copied > tp->rcv_space) {
        tp->rcv_space = copied;
        if (!tp->sk.rcvbuf_set && copied < TCP_RCVBUF_MAX / 4)
            tp->sk.rcvbuf = MAX(tp->sk.rcvbuf, 4 * copied);
        else if (!tp->sk.rcvbuf_set)
            tp->sk.rcvbuf = TCP_RCVBUF_MAX;
    }
    tp->rcv_space_seq = tp->copied_seq;
    tp->rcv_space_ns = now;
}

/* The answer when there is nothing to read. */
static ssize_t nothing(struct tcp_sock *tp)
{
    int err;

    if (tp->done)
        return 0;
    err = sock_take_error(&tp->sk);
    if (err)
        return err;
    if (tp->sk.shut & 1 << SHUT_RD)
        return 0;
    return tp->state == ABI_TCP_CLOSE ? -ENOTCONN : -EAGAIN;
}

/* The packet that holds the byte `skip` behind copied_seq; *skip: in it. */
static struct netbuf *find(const struct tcp_sock *tp, uint32_t *skip)
{
    struct netbuf *nb = tp->rcvq.first;

    while (nb && *skip >= nb->len) {
        *skip -= nb->len;
        nb = nb->next;
    }
    return nb;
}

/* Gives the caller nb's first n bytes, not locked; how many before a fault. */
static inline size_t copy_packet(const struct netbuf *nb, struct sock_data *d,
                                 size_t n)
{
    size_t part = MIN(nb->linear, n), done = 0;

    if (likely(part))
        done = d->move(d, nb->data, part);
    for (unsigned i = 0; done == part && done < n; i++) {
        part = MIN(nb->frags[i].len, n - done);
        part += done;
        done += d->move(d, nb->frags[i].data, part - done);
    }
    return done;
}

/* n bytes at the beginning of rcvq have been read. */
static inline void drop_read(struct tcp_sock *tp, size_t n)
{
    tp->copied_seq += (uint32_t)n;
    while (n) {
        struct netbuf *nb = tp->rcvq.first;

        if (unlikely(n < nb->len)) {
            netbuf_consume(tp->sk.stack, nb, n);
            return;
        }
        n -= nb->len;
        drop_first(tp);
    }
}

/* n bytes at copied_seq have been read. */
static void advance_copied(struct tcp_sock *tp, uint32_t n)
{
    drop_read(tp, n);
    if (tp->rcv_urgent && !seq_lt(tp->copied_seq, tp->rcv_up))
        tp->rcv_urgent = false;
}

/* Nothing urgent, nothing to leave in place: all packets that are there in one
 * go without the lock. More may come behind them meanwhile. */
static ssize_t recv_plain(struct tcp_sock *tp, struct sock_data *d)
{
    size_t all = 0, n, got, done;

    while (d->left && tp->rcvq.first && !tp->rcv_urgent) {
        struct netbuf *first = tp->rcvq.first, *last = tp->rcvq.last;
        struct netbuf *nb = first;

        done = 0;
        netstack_unlock(tp->sk.stack);
        for (;; nb = nb->next) {
            n = MIN(nb->len, d->left);
            got = copy_packet(nb, d, n);
            done += got;
            if (got < n || nb == last || !d->left)
                break;
        }
        netstack_lock(tp->sk.stack);
        all += done;
        /* Another thread may have ended the connection meanwhile. */
        if (unlikely(tp->rcvq.first != first))
            break;
        drop_read(tp, done);
        if (unlikely(got < n))
            return all ? (ssize_t)all : -EFAULT;
    }
    return (ssize_t)all;
}

/* The reader is done for now with what it wanted. */
static inline void after_read(struct tcp_sock *tp)
{
    uint64_t now = tp->sk.stack->now;
    uint64_t rtt = tp->rcv_rtt ? tp->rcv_rtt : tp->srtt;

    if (rtt && now - tp->rcv_space_ns >= rtt)
        follow_reader(tp, now);
    tcp_window_update(tp);
}

static ssize_t recv_special(struct sock *sk, struct sock_msg *m)
{
    struct tcp_sock *tp = tcp_sk(sk);
    bool peek = m->flags & MSG_PEEK;
    bool inlined = sk->options & SOCK_OPT_OOBINLINE;
    uint32_t peeked = 0;
    size_t done = 0;

    while (m->data->left) {
        uint32_t skip = peeked, n, seq = tp->copied_seq + peeked;
        struct netbuf *nb = find(tp, &skip);
        uint8_t *at;
        size_t got;

        if (!nb)
            break;
        n = (uint32_t)MIN(netbuf_piece(nb, skip, &at), m->data->left);
        if (unlikely(tp->rcv_urgent)) {
            uint32_t ahead = tp->rcv_up - 1 - seq;

            if (!ahead && done)
                break;
            if (!ahead && !inlined) {
                if (peek)
                    peeked++;
                else
                    advance_copied(tp, 1);
                continue;
            }
            if (ahead && ahead < n)
                n = ahead;
        }
        if (m->flags & MSG_TRUNC) {
            m->data->left -= n;
            got = n;
        } else {
            got = sock_copy(sk, m->data, at, n);
        }
        done += got;
        if (peek)
            peeked += (uint32_t)got;
        else if (got)
            advance_copied(tp, (uint32_t)got);
        if (got < n) {
            if (!done)
                return -EFAULT;
            break;
        }
    }
    if (!done)
        return m->data->left ? nothing(tp) : 0;
    if (!peek)
        after_read(tp);
    return (ssize_t)done;
}

/* As tcp_recv, whatever there is and is asked for. */
static never_inline ssize_t recv_any(struct sock *sk, struct sock_msg *m)
{
    struct tcp_sock *tp = tcp_sk(sk);
    ssize_t n;

    if (unlikely(m->flags & (MSG_PEEK | MSG_TRUNC | MSG_OOB | MSG_ERRQUEUE) ||
                 tp->rcv_urgent)) {
        if (m->flags & MSG_ERRQUEUE)
            return -EAGAIN; /* it is always empty, tcp(7) */
        if (tp->state == ABI_TCP_LISTEN)
            return -ENOTCONN;
        return m->flags & MSG_OOB ? recv_urgent(tp, m) : recv_special(sk, m);
    }
    n = recv_plain(tp, m->data);
    if (likely(n > 0))
        after_read(tp);
    else if (n == 0 && tp->state == ABI_TCP_LISTEN)
        n = -ENOTCONN;
    else if (n == 0 && m->data->left)
        n = nothing(tp);
    return n;
}

/* got bytes of the only packet that there was have been copied, when something
 * happened meanwhile: goes on with what there is now. */
static never_inline ssize_t recv_rest(struct tcp_sock *tp, struct sock_data *d,
                                      struct netbuf *nb, size_t got)
{
    ssize_t n = 0;
    bool faulted = tp->rcvq.first == nb && got < nb->len;

    if (tp->rcvq.first == nb)
        drop_read(tp, got);
    if (!faulted)
        n = recv_plain(tp, d);
    n = MAX(n, 0) + (ssize_t)got;
    after_read(tp);
    return n ? n : -EFAULT;
}

/* The quick case: one packet is there, in one piece, and is read to its end. */
ssize_t tcp_recv(struct sock *sk, struct sock_msg *m)
{
    struct tcp_sock *tp = tcp_sk(sk);
    struct netstack *s = sk->stack;
    struct netbuf *nb = tp->rcvq.first;
    struct sock_data *d = m->data;
    size_t got;

    if (unlikely(!nb || nb->next || nb->nfrags || nb->len > d->left ||
                 tp->rcv_urgent ||
                 m->flags & (MSG_PEEK | MSG_TRUNC | MSG_OOB | MSG_ERRQUEUE)))
        return recv_any(sk, m);
    netstack_unlock(s);
    got = d->move(d, nb->data, nb->len);
    netstack_lock(s);
    if (unlikely(tp->rcvq.first != nb || got < nb->len ||
                 (nb->next && d->left)))
        return recv_rest(tp, d, nb, got);
    tp->copied_seq += (uint32_t)got;
    tp->rcvq.first = nb->next;
    sk->rmem -= nb->charged;
    netbuf_free_quick(s, nb);
    after_read(tp);
    return (ssize_t)got;
}
