// SPDX-License-Identifier: MIT
/*
 * tcp_stamps: SO_TIMESTAMPING of TCP: when the last byte of a send left, and
 * when it was acknowledged. A socket that was ever asked for stamps has other
 * operations; while it waits for some, nothing is predicted, so that what moves
 * snd_nxt is tcp_output_slow and what moves snd_una ends in tcp_predict. Both
 * look here.
 */
#include "net/sock_error.h"
#include "net/tcp_priv.h"

#define MARKS_MAX 1024 /* that wait; further ones are not told */

struct tcp_mark {
    struct tcp_mark *next;
    uint32_t seq; /* of the byte */
    uint32_t wishes;
    bool sent;
};

bool tcp_stamps_wait(struct tcp_sock *tp)
{
    struct sock *sk = &tp->sk;
    struct tcp_mark *m;

    for (m = tp->marks; m; m = m->next) {
        if (m->sent || !seq_lt(m->seq, tp->snd_nxt))
            continue;
        m->sent = true;
        sock_error_queue_sent(sk, m->wishes, m->seq - sk->stamp_key);
    }
    while ((m = tp->marks) && m->sent) {
        bool acked = seq_lt(m->seq, tp->snd_una);

        if (!acked && m->wishes & SOF_TIMESTAMPING_TX_ACK)
            break;
        if (m->wishes & SOF_TIMESTAMPING_TX_ACK)
            sock_error_queue_stamp(sk, ABI_SCM_TSTAMP_ACK,
                                   m->seq - sk->stamp_key);
        tp->marks = m->next;
        tp->mark_count--;
        net_env_free(sk->stack, m);
    }
    return tp->marks;
}

void tcp_stamps_purge(struct tcp_sock *tp)
{
    struct tcp_mark *m;

    while ((m = tp->marks)) {
        tp->marks = m->next;
        net_env_free(tp->sk.stack, m);
    }
    tp->mark_count = 0;
}

/* The last byte that was written is to be told of. */
static void mark(struct tcp_sock *tp, uint32_t wishes)
{
    struct tcp_mark **link = &tp->marks, *m;

    if (tp->mark_count == MARKS_MAX)
        return;
    m = net_env_alloc(tp->sk.stack, sizeof(*m));
    if (!m)
        return;
    *m = (struct tcp_mark){.seq = tp->write_seq - 1, .wishes = wishes};
    while (*link)
        link = &(*link)->next;
    *link = m;
    tp->mark_count++;
    tcp_predict(tp);
}

ssize_t tcp_send_stamped(struct sock *sk, struct sock_msg *m)
{
    uint32_t wishes;
    ssize_t n = sock_stamp_wishes(sk, m, &wishes);

    if (n)
        return n;
    n = tcp_ops.send(sk, m);
    if (n > 0 && wishes && !m->data->left)
        mark(tcp_sk(sk), wishes);
    return n;
}

void tcp_sent_part_stamped(struct sock *sk, const struct sock_msg *m)
{
    uint32_t wishes;

    if (!sock_stamp_wishes(sk, m, &wishes) && wishes)
        mark(tcp_sk(sk), wishes);
}

ssize_t tcp_recv_stamped(struct sock *sk, struct sock_msg *m)
{
    return m->flags & MSG_ERRQUEUE ? sock_error_recv(sk, m)
                                   : tcp_ops.recv(sk, m);
}

unsigned tcp_poll_stamped(struct sock *sk)
{
    return tcp_ops.poll(sk) | (sk->errors.first ? POLLERR : 0);
}

void tcp_tuned(struct sock *sk)
{
    if (sk->timestamping) /* for good: stamps may be queued */
        sk->ops = &tcp_stamped_ops;
}

int tcp_set_timestamping(struct tcp_sock *tp, const void *value, size_t len)
{
    struct sock *sk = &tp->sk;
    bool counted = sk->timestamping & SOF_TIMESTAMPING_OPT_ID;
    uint32_t v = 0;
    int err;

    memcpy(&v, value, MIN(len, sizeof(v)));
    counted |= !(v & SOF_TIMESTAMPING_OPT_ID);
    if (!counted && tcp_state_in(tp, TCP_IN(CLOSE) | TCP_IN(LISTEN)))
        return -EINVAL;
    err = sock_set_option(sk, SO_TIMESTAMPING, value, len);
    if (!err && !counted)
        sk->stamp_key =
            v & ABI_SOF_TIMESTAMPING_OPT_ID_TCP ? tp->write_seq : tp->snd_una;
    return err;
}
