// SPDX-License-Identifier: MIT
/* sock_error: see the header. */
#include "net/sock_error.h"

#include "abi/errno.h"
#include "abi/packet.h"
#include "abi/poll.h"
#include "net/stack.h"

/* What is in front of the bytes of a queued netbuf. */
struct note {
    struct abi_sock_extended_err ee;
    struct netaddr offender, destination; /* any: nobody */
    uint16_t port;
    int dev;          /* of link-local addresses */
    uint64_t time_ns; /* of stamps: since 1970 */
};

/* Takes nb. */
static void queue(struct sock *sk, struct netbuf *nb)
{
    uint32_t size = netbuf_truesize(nb);

    if (sk->rmem + size > sk->rcvbuf) {
        netbuf_free(sk->stack, nb);
        return;
    }
    nb->charged = size;
    sk->rmem += size;
    netbuf_queue_put(&sk->errors, nb);
    sock_ready(sk, POLLERR | POLLIN | POLLOUT);
}

static struct netbuf *make(struct sock *sk, const struct note *note, size_t len)
{
    struct netbuf *nb = netbuf_alloc_linear(sk->stack, 0, sizeof(*note) + len);

    if (nb)
        memcpy(netbuf_put(nb, sizeof(*note)), note, sizeof(*note));
    return nb;
}

void sock_error_queue(struct sock *sk, const struct ip_error *e, size_t skip,
                      uint16_t port)
{
    struct note note = {
        .ee = {.ee_errno = (uint32_t)e->error,
               .ee_origin =
                   e->version == 4 ? SO_EE_ORIGIN_ICMP : SO_EE_ORIGIN_ICMP6,
               .ee_type = e->type,
               .ee_code = e->code,
               .ee_info = e->info},
        .offender = e->reporter,
        .destination = e->destination,
        .port = port,
        .dev = e->packet->dev ? e->packet->dev->index : 0,
    };
    size_t len = e->packet->len > skip ? e->packet->len - skip : 0;
    struct netbuf *nb = make(sk, &note, len);

    if (!nb)
        return;
    netbuf_copy_out(e->packet, skip, netbuf_put(nb, len), len);
    queue(sk, nb);
}

void sock_error_queue_local(struct sock *sk, int error,
                            const struct netaddr *destination, uint16_t port,
                            uint32_t info)
{
    struct note note = {
        .ee = {.ee_errno = (uint32_t)error,
               .ee_origin = SO_EE_ORIGIN_LOCAL,
               .ee_info = info},
        .destination = *destination,
        .port = port,
    };
    struct netbuf *nb = make(sk, &note, 0);

    if (nb)
        queue(sk, nb);
}

void sock_error_queue_stamp(struct sock *sk, uint32_t kind, uint32_t key)
{
    struct note note = {.ee = {.ee_errno = ENOMSG,
                               .ee_origin = SO_EE_ORIGIN_TIMESTAMPING,
                               .ee_info = kind},
                        .time_ns = net_env_realtime(sk->stack)};
    struct netbuf *nb;

    if (sk->timestamping & SOF_TIMESTAMPING_OPT_ID)
        note.ee.ee_data = key;
    nb = make(sk, &note, 0);
    if (nb)
        queue(sk, nb);
}

void sock_error_queue_sent(struct sock *sk, uint32_t wishes, uint32_t key)
{
    if (wishes & SOF_TIMESTAMPING_TX_SCHED)
        sock_error_queue_stamp(sk, ABI_SCM_TSTAMP_SCHED, key);
    if (wishes & SOF_TIMESTAMPING_TX_SOFTWARE)
        sock_error_queue_stamp(sk, ABI_SCM_TSTAMP_SND, key);
}

void sock_error_queue_datagram(struct sock *sk, uint32_t wishes)
{
    if (wishes & SOCK_TX_TIMES)
        sock_error_queue_sent(sk, wishes, sk->stamp_key++);
}

#define RECORDS                                          \
    (SOCK_TX_TIMES | (uint32_t)SOF_TIMESTAMPING_TX_ACK | \
     (uint32_t)SOF_TIMESTAMPING_TX_HARDWARE)

int sock_stamp_wishes(const struct sock *sk, const struct sock_msg *m,
                      uint32_t *wishes)
{
    size_t at = 0;

    *wishes = sk->timestamping & RECORDS;
    while (m->control && m->control_len - at >= sizeof(struct sock_cmsg)) {
        struct sock_cmsg h;

        memcpy(&h, m->control + at, sizeof(h));
        if (h.len < sizeof(h) || h.len > m->control_len - at)
            return -EINVAL;
        if (h.level == SOL_SOCKET && h.type == SO_TIMESTAMPING) {
            if (h.len != sizeof(h) + sizeof(*wishes))
                return -EINVAL;
            memcpy(wishes, m->control + at + sizeof(h), sizeof(*wishes));
            if (*wishes & ~RECORDS)
                return -EINVAL;
        }
        at += MIN(ALIGN_UP(h.len, 8), m->control_len - at);
    }
    *wishes &= ~(uint32_t)SOF_TIMESTAMPING_TX_HARDWARE;
    return *wishes && !(sk->timestamping & SOF_TIMESTAMPING_OPT_TSONLY)
               ? -EOPNOTSUPP
               : 0;
}

static bool is_icmp(const struct note *note)
{
    return note->ee.ee_origin == SO_EE_ORIGIN_ICMP ||
           note->ee.ee_origin == SO_EE_ORIGIN_ICMP6;
}

/* When an ICMP error has been read, the pending error is that of the next one,
 * or none. */
static void set_next_error(struct sock *sk, const struct note *was_read)
{
    struct netbuf *nb = sk->errors.first;
    struct note note;

    if (!is_icmp(was_read))
        return;
    sk->error = 0;
    if (!nb)
        return;
    netbuf_copy_out(nb, 0, &note, sizeof(note));
    if (is_icmp(&note))
        sock_pend_error(sk, (int)note.ee.ee_errno);
}

/* Who told; behind the error itself. */
static void put_control(const struct sock *sk, struct sock_msg *m,
                        const struct note *note)
{
    struct {
        struct abi_sock_extended_err ee;
        union {
            struct abi_sockaddr_in in;
            struct abi_sockaddr_in6 in6;
        } packed offender;
    } packed told = {.ee = note->ee};
    bool v6 = sk->family == AF_INET6;

    if (sk->family == AF_PACKET) {
        sock_put_control(m, SOL_PACKET, PACKET_TX_TIMESTAMP, &told.ee,
                         sizeof(told.ee));
        return;
    }
    if (!is_icmp(note)) {
        told.offender.in.sin_family = AF_UNSPEC;
    } else if (v6) {
        told.offender.in6.sin6_family = AF_INET6;
        memcpy(told.offender.in6.sin6_addr, note->offender.b, 16);
        if ((note->offender.b[0] == 0xfe) && note->offender.b[1] >> 6 == 2)
            told.offender.in6.sin6_scope_id = (uint32_t)note->dev;
    } else {
        told.offender.in.sin_family = AF_INET;
        memcpy(told.offender.in.sin_addr, &note->offender.w[3], 4);
    }
    sock_put_control(m, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_RECVERR : IP_RECVERR,
                     &told,
                     sizeof(told.ee) + (v6 ? sizeof(told.offender.in6)
                                           : sizeof(told.offender.in)));
}

/* struct scm_timestamping: software's time; what devices say. Of a stamp the
 * address is left open. */
static void put_stamp(const struct sock *sk, struct sock_msg *m,
                      const struct note *note)
{
    int64_t v[6] = {(int64_t)(note->time_ns / NSEC_PER_SEC),
                    (int64_t)(note->time_ns % NSEC_PER_SEC)};

    if (m->addr)
        m->addr->len = 0;
    if (sk->timestamping & SOF_TIMESTAMPING_SOFTWARE)
        sock_put_control(m, SOL_SOCKET, SO_TIMESTAMPING, v, sizeof(v));
}

ssize_t sock_error_recv(struct sock *sk, struct sock_msg *m)
{
    struct netbuf *nb = netbuf_queue_get(&sk->errors);
    struct note note;
    size_t n;

    if (!nb)
        return -EAGAIN;
    sk->rmem -= nb->charged;
    netbuf_copy_out(nb, 0, &note, sizeof(note));
    set_next_error(sk, &note);
    netbuf_consume(sk->stack, nb, sizeof(note));
    m->out_flags |= MSG_ERRQUEUE;
    if (nb->len > m->data->left)
        m->out_flags |= MSG_TRUNC;
    if (m->addr)
        inet_format_addr(sk, &note.destination, note.port, m->addr);
    if (note.ee.ee_origin == SO_EE_ORIGIN_TIMESTAMPING)
        put_stamp(sk, m, &note);
    put_control(sk, m, &note);
    n = MIN((size_t)nb->len, m->data->left);
    if (n && sock_copy(sk, m->data, nb->data, n) < n) {
        netbuf_free(sk->stack, nb);
        return -EFAULT;
    }
    netbuf_free(sk->stack, nb);
    return (ssize_t)n;
}

void sock_errors_purge(struct sock *sk, bool stamps)
{
    struct netbuf_queue all = sk->errors;
    struct netbuf *nb;
    struct note note;

    sk->errors = (struct netbuf_queue){0};
    while ((nb = netbuf_queue_get(&all))) {
        netbuf_copy_out(nb, 0, &note, sizeof(note));
        if (!stamps && note.ee.ee_origin == SO_EE_ORIGIN_TIMESTAMPING) {
            netbuf_queue_put(&sk->errors, nb);
            continue;
        }
        sk->rmem -= nb->charged;
        netbuf_free(sk->stack, nb);
    }
}
