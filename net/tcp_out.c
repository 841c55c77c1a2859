// SPDX-License-Identifier: MIT
/*
 * tcp_out: segments out, whatever the state of the connection; tcp_smooth has
 * the quick way. What may go (window, congestion, Nagle, silly windows: RFC
 * 9293, 3.7.4 and 3.8.6), how large it is (as the device can cut), and the
 * header in front of it. The checksum is left to the device.
 */
#include "net/tcp_out.h"

#include "net/ip_extra.h"
#include "net/trace.h"

/* States in which data or a FIN may be on the way. */
#define TCP_MAY_SEND \
    (TCP_SENDS | TCP_IN(FIN_WAIT1) | TCP_IN(CLOSING) | TCP_IN(LAST_ACK))

static uint32_t ip_header_len(const struct ip_path *p)
{
    return netaddr_is_v4(&p->destination) ? 20 : 40;
}

uint32_t tcp_advertised_mss(struct netstack *s, const struct ip_path *p,
                            const struct tcp_sock *tp)
{
    uint32_t mss = p->mtu - ip_header_len(p) - sizeof(struct tcp_header);

    (void)s;
    if (tp && tp->user_mss)
        mss = MIN(mss, tp->user_mss);
    return MIN(mss, 65535u);
}

void tcp_sync_mss(struct tcp_sock *tp)
{
    const struct ip_path *p = &tp->sk.path;
    uint32_t extra = ip_extra_len(tp->ip.extra, &p->destination);
    uint32_t options = extra + (tp->ts_ok ? TCP_TS_LEN : 0);
    uint32_t mss = tcp_advertised_mss(tp->sk.stack, p, tp), gso;

    tp->path_mtu = p->mtu;
    if (tp->peer_mss)
        mss = MIN(mss, tp->peer_mss);
    tp->mss = MAX(mss, 88u + extra) - options; /* as Linux's lower bound */
    gso = extra ? 0 : ip_path_gso_max(p);
    gso = gso > sizeof(struct tcp_header) + options
              ? gso - (uint32_t)sizeof(struct tcp_header) - options
              : 0;
    tp->gso_max = MAX(gso / tp->mss, 1u) * tp->mss;
    if (tp->cwnd < tp->mss)
        tp->cwnd = tp->mss;
}

int tcp_path(struct tcp_sock *tp)
{
    int err = ip_path_refresh(tp->sk.stack, &tp->sk.path);

    if (likely(!err) && unlikely(tp->sk.path.mtu != tp->path_mtu))
        tcp_sync_mss(tp);
    return err;
}

/* --- the header --- */

static void fill_checksum(struct netbuf *nb, struct tcp_header *h,
                          const struct netaddr *source,
                          const struct netaddr *destination)
{
    uint32_t sum;

    if (likely(netaddr_is_v4(source)))
        sum = checksum_pseudo_v4(netaddr_to_v4(source),
                                 netaddr_to_v4(destination), IPPROTO_TCP,
                                 nb->len);
    else
        sum = checksum_pseudo(source, destination, IPPROTO_TCP, nb->len);
    h->checksum = (uint16_t)~checksum_fold(sum);
    nb->flags |= NETBUF_CSUM_PARTIAL;
    nb->csum_start = (uint16_t)(nb->data - nb->head);
    nb->csum_offset = TCP_CSUM_OFFSET;
}

/* What all headers of the connection have in common. */
static void prepare_head(struct tcp_sock *tp)
{
    size_t size = sizeof(struct tcp_header) + (tp->ts_ok ? TCP_TS_LEN : 0);
    struct {
        struct tcp_header h;
        uint8_t ts[TCP_TS_LEN];
    } head = {.h = {.source = tp->sk.flow.local_port,
                    .destination = tp->sk.flow.remote_port,
                    .offset = (uint8_t)(size << 2)}};

    tcp_option_write_ts(head.ts, 0, 0);
    ipv4_head_make(tp->sk.stack, &tp->sk.path, IPPROTO_TCP, &tp->ip, &head,
                   size);
}

/* The ordinary way: a header made anew, then through IP. */
static void transmit_slow(struct tcp_sock *tp, struct netbuf *nb, uint32_t seq,
                          uint8_t flags, const struct tcp_options *o)
{
    struct netstack *s = tp->sk.stack;
    uint32_t payload = nb->len, window;
    uint8_t options[TCP_OPTIONS_MAX];
    size_t optlen = 0;
    struct tcp_header *h;

    if (o) {
        optlen = tcp_option_write(options, o);
        h = netbuf_push(nb, sizeof(*h) + optlen);
        __builtin_memcpy(h + 1, options, optlen);
    } else if (tp->ts_ok) {
        optlen = TCP_TS_LEN;
        h = netbuf_push(nb, sizeof(*h) + TCP_TS_LEN);
        tcp_option_write_ts((uint8_t *)(h + 1), tcp_ts_now(s) + tp->ts_offset,
                            tp->ts_recent);
    } else {
        h = netbuf_push(nb, sizeof(*h));
    }
    window = tcp_window(tp);
    if (!(flags & TCP_SYN))
        window >>= tp->rcv_wscale;
    if (unlikely(tp->ecn_echo) && !(flags & (TCP_SYN | TCP_RST)))
        flags |= TCP_ECE;
    h->source = tp->sk.flow.local_port;
    h->destination = tp->sk.flow.remote_port;
    h->seq = be32(seq);
    h->ack = flags & TCP_ACK ? be32(tp->rcv_nxt) : 0;
    h->offset = (uint8_t)((sizeof(*h) + optlen) << 2);
    h->flags = flags;
    h->window = be16((uint16_t)MIN(window, 65535u));
    h->urgent = 0;
    if (unlikely(tp->snd_urgent) && seq_lt(seq, tp->snd_up) &&
        tp->snd_up - seq <= 65535) {
        h->flags |= TCP_URG;
        h->urgent = be16((uint16_t)(tp->snd_up - seq));
    }
    fill_checksum(nb, h, &tp->sk.path.source, &tp->sk.path.destination);
    if (payload > tp->mss) {
        nb->gso_size = (uint16_t)tp->mss;
        nb->gso_type = netaddr_is_v4(&tp->sk.path.source) ? NETBUF_GSO_TCPV4
                                                          : NETBUF_GSO_TCPV6;
        if (flags & TCP_CWR)
            nb->gso_type |= NETBUF_GSO_ECN;
    }
    if (unlikely(s->trace))
        tcp_trace(s, "out", nb, &tp->sk.path.source, &tp->sk.path.destination);
    ip_output(s, &tp->sk.path, nb, IPPROTO_TCP, &tp->ip);
    if (!o && !tp->ecn_ok && !tp->snd_urgent)
        prepare_head(tp);
}

/* With the path's headers, which are ready, and nothing unusual to say. */
static void transmit_ready(struct tcp_sock *tp, struct netbuf *nb, uint32_t seq,
                           uint8_t flags)
{
    struct ip_path *p = &tp->sk.path;
    uint32_t len = nb->len;
    struct tcp_header *h;

    ipv4_head_fit(p, len);
    h = ipv4_head_put(p, nb, IPV4_HEAD_ROOM, p->head.transport,
                      TCP_CSUM_OFFSET);
    if (len > tp->mss)
        tcp_set_gso(tp, nb, h, len);
    tcp_fill_header(tp, h, seq, flags, tp->sk.stack->now);
    tcp_send_ready(tp->sk.stack, tp, nb);
}

/* Puts the header in front of nb's payload and sends it; takes nb. o: options;
 * NULL: timestamps if they are in use. */
static void transmit(struct tcp_sock *tp, struct netbuf *nb, uint32_t seq,
                     uint8_t flags, const struct tcp_options *o)
{
    struct netstack *s = tp->sk.stack;

    if (likely(ipv4_head_ready(s, &tp->sk.path) && !o)) {
        transmit_ready(tp, nb, seq, flags);
        return;
    }
    tp->segs_out++;
    s->count.tcp_out++;
    transmit_slow(tp, nb, seq, flags, o);
    if (flags & TCP_ACK)
        tcp_note_acked(tp);
}

/* --- data --- */

static unsigned count_frags(struct tcp_pos pos, uint32_t len)
{
    unsigned n = 1;

    len += pos.skip;
    while (pos.chunk && len > pos.chunk->len && n <= NETBUF_FRAGS_MAX) {
        len -= pos.chunk->len;
        pos.chunk = pos.chunk->next;
        n++;
    }
    return n;
}

/* As payload_at, of bytes in several chunks. */
static struct netbuf *payload_pieces(struct tcp_sock *tp, struct tcp_pos pos,
                                     uint32_t *len)
{
    struct netstack *s = tp->sk.stack;
    struct netbuf *nb = netbuf_alloc(s, count_frags(pos, *len) > NETBUF_FRAGS);
    uint32_t got;

    if (!nb)
        return NULL;
    got = tcp_buf_attach(nb, pos, *len);
    if (got < *len && got > tp->mss) {
        got -= got % tp->mss;
        netbuf_trim(s, nb, got);
    }
    *len = got;
    if (got)
        return nb;
    netbuf_free(s, nb);
    return NULL;
}

/* A netbuf with up to *len bytes from pos (which is normal) on; *len becomes
 * what it has. NULL: no memory. */
static struct netbuf *payload_at(struct tcp_sock *tp, struct tcp_pos pos,
                                 uint32_t *len)
{
    const struct tcp_chunk *c = pos.chunk;
    struct netbuf *nb;

    if (*len && unlikely(c->len - pos.skip < *len))
        return payload_pieces(tp, pos, len);
    nb = netbuf_alloc(tp->sk.stack, false);
    if (unlikely(!nb) || !*len)
        return nb;
    if (*len <= TCP_INLINE_MAX)
        memcpy(netbuf_put(nb, *len), c->data + pos.skip, *len);
    else
        netbuf_set_frag(nb, c->mem, c->data + pos.skip, *len);
    return nb;
}

static void mark_ecn(struct tcp_sock *tp, uint8_t *flags, bool fresh)
{
    tp->ip.tos = (uint8_t)((tp->sk.tos & ~3u) | (fresh ? 2u : 0));
    if (fresh && tp->ecn_cwr) {
        *flags |= TCP_CWR;
        tp->ecn_cwr = false;
    }
}

/* What goes out next begins len bytes further on in the chunks. */
static inline void next_pos_add(struct tcp_sock *tp, uint32_t len)
{
    struct tcp_pos *p = &tp->next_pos;

    p->skip += len;
    if (p->chunk && unlikely(p->skip > p->chunk->len))
        *p = tcp_pos_add(*p, 0);
}

bool tcp_send_data(struct tcp_sock *tp, uint32_t len, bool fin)
{
    struct netstack *s = tp->sk.stack;
    uint32_t seq = tp->snd_nxt, want = len;
    uint8_t flags = TCP_ACK;
    struct netbuf *nb;

    if (tp->sk.path.generation != s->route_generation && tcp_path(tp))
        return false;
    tp->next_pos = tcp_pos_normal(tp->next_pos);
    nb = payload_at(tp, tp->next_pos, &len);
    if (unlikely(!nb))
        return false;
    fin = fin && len == want;
    if (unlikely(!tcp_seg_add(tp, seq, len + fin, tp->next_pos))) {
        netbuf_free(s, nb);
        return false;
    }
    next_pos_add(tp, len);
    tp->snd_nxt = seq + len + fin;
    if (seq + len == tp->write_seq && len)
        flags |= TCP_PSH;
    if (tp->snd_una == seq)
        tcp_note_first(tp, s->now);
    if (len != tp->mss)
        tcp_note_odd(tp, seq, len);
    tp->data_segs_out++;
    tp->last_sent_ns = s->now;
    if (fin)
        flags |= TCP_FIN;
    if (tp->ecn_ok)
        mark_ecn(tp, &flags, true);
    if (tp->ca == TCP_CA_RECOVERY)
        tp->prr_out += len;
    transmit(tp, nb, seq, flags, NULL);
    return true;
}

uint32_t tcp_allowance(const struct tcp_sock *tp, uint32_t unsent)
{
    int32_t window = (int32_t)(tp->snd_una + tp->snd_wnd - tp->snd_nxt);
    uint32_t pipe = tcp_pipe(tp), len;

    if (window <= 0 || pipe >= tp->cwnd)
        return 0;
    len = MIN(MIN(unsent, (uint32_t)window), tp->gso_max);
    if (tp->cwnd - pipe < len) {
        len = tp->cwnd - pipe;
        if (len < tp->mss && pipe)
            return 0;
    }
    if (len < tp->mss) {
        if (likely(len == unsent))
            return tcp_must_wait(tp) ? 0 : len;
        /* The window's fault: silly unless it is half of the largest. */
        return len >= tp->max_wnd / 2 ? len : 0;
    }
    /* The rest that fills no segment goes along only if it need not wait. */
    if (len > tp->mss && len % tp->mss && (len != unsent || tcp_must_wait(tp)))
        len -= len % tp->mss;
    return len;
}

void tcp_output_slow(struct tcp_sock *tp)
{
    uint32_t unsent, len;
    bool sent = false;

    if (!tcp_state_in(tp, TCP_MAY_SEND))
        return;
    if (tp->lost)
        tcp_retransmit(tp);
    unsent = tp->write_seq - tp->snd_nxt;
    if ((int32_t)unsent > 0 && tcp_paused(tp, tp->sk.stack->now))
        tcp_cc_idle(tp);
    while ((int32_t)unsent > 0) {
        len = tcp_allowance(tp, unsent);
        if (!len || !tcp_send_data(tp, len, tp->fin_queued && len == unsent))
            break;
        sent = true;
        unsent = tp->write_seq - tp->snd_nxt;
    }
    if (tp->fin_queued && tp->snd_nxt == tp->write_seq)
        sent |= tcp_send_data(tp, 0, true);
    if (sent)
        tcp_rearm_sent(tp);
    else if (!net_timer_armed(&tp->xmit_timer) || tp->snd_una == tp->snd_nxt)
        tcp_rearm(tp);
    if (unlikely(tp->marks))
        tcp_stamps_wait(tp);
}

bool tcp_send_new(struct tcp_sock *tp, uint32_t max)
{
    uint32_t unsent = tp->write_seq - tp->snd_nxt, len;
    int32_t window = (int32_t)(tp->snd_una + tp->snd_wnd - tp->snd_nxt);

    if ((int32_t)unsent <= 0 || window <= 0)
        return false;
    len = MIN(MIN(unsent, max), MIN((uint32_t)window, tp->gso_max));
    return tcp_send_data(tp, len, tp->fin_queued && len == unsent);
}

bool tcp_retransmit_seg(struct tcp_sock *tp, struct tcp_seg *seg)
{
    struct netstack *s = tp->sk.stack;
    bool fin = tp->fin_queued && seg->end == tp->write_seq + 1;
    uint32_t len = seg->end - seg->seq - fin, max = tp->gso_max;
    uint8_t flags = TCP_ACK;
    struct netbuf *nb;

    if (tcp_path(tp))
        return false;
    if (len > max && !tcp_seg_split(tp, seg, seg->seq + max))
        return false;
    if (len > max) {
        len = max;
        fin = false;
    }
    max = len;
    if (len) /* a FIN's is gone with the data before it */
        seg->pos = tcp_pos_normal(seg->pos);
    nb = payload_at(tp, seg->pos, &len);
    if (!nb)
        return false;
    if (len < max) {
        fin = false;
        if (!tcp_seg_split(tp, seg, seg->seq + len)) {
            netbuf_free(s, nb);
            return false;
        }
    }
    if (fin)
        flags |= TCP_FIN;
    if (len && seg->seq + len == tp->write_seq)
        flags |= TCP_PSH;
    if (tp->ecn_ok)
        mark_ecn(tp, &flags, false);
    if (&seg->node == tp->sent.next)
        tp->rto_base = s->now;
    if (tp->undo_cwnd && !tp->undo_ts)
        tp->undo_ts = tcp_ts_now(s) + tp->ts_offset;
    tp->undo_retrans += len + fin;
    tcp_seg_set_retrans(tp, seg);
    if (tp->ca == TCP_CA_RECOVERY)
        tp->prr_out += len + fin;
    tp->total_retrans++;
    tp->bytes_retrans += len;
    s->count.tcp_retrans++;
    transmit(tp, nb, seg->seq, flags, NULL);
    return true;
}

void tcp_retransmit(struct tcp_sock *tp)
{
    struct tcp_seg *seg;

    list_for_each_entry (seg, &tp->sent, node) {
        uint32_t pipe = tcp_pipe(tp), room, len;

        if (!tp->lost)
            break;
        if (!(seg->flags & TCP_SEG_LOST))
            continue;
        room = tp->cwnd > pipe ? tp->cwnd - pipe : 0;
        len = seg->end - seg->seq;
        /* A window that has shrunk: only the first, as a probe. */
        if (room < MIN(len, tp->mss) ||
            (seg->seq != tp->snd_una &&
             seq_lt(tp->snd_una + tp->snd_wnd, seg->end)))
            break;
        if (len > room) {
            room = MAX(room / tp->mss, 1u) * tp->mss;
            if (len > room && !tcp_seg_split(tp, seg, seg->seq + room))
                break;
        }
        if (!tcp_retransmit_seg(tp, seg))
            break;
    }
}

/* --- segments without data --- */

void tcp_send_ack(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;
    struct tcp_options o;
    struct netbuf *nb;
    bool blocks;

    if (tp->state == ABI_TCP_CLOSE || tcp_path(tp))
        return;
    nb = netbuf_alloc(s, false);
    if (!nb) {
        tp->ack_due = TCP_ACK_LATER;
        net_timer_arm(s, &tp->ack_timer, s->now + TCP_DELACK);
        return;
    }
    blocks = tp->sack_ok && tcp_has_blocks(tp) && tcp_ooo_blocks(tp, &o);
    if (blocks) {
        o.has_mss = o.has_wscale = o.sack_ok = false;
        o.has_ts = tp->ts_ok;
        o.tsval = tcp_ts_now(s) + tp->ts_offset;
        o.tsecr = tp->ts_recent;
    }
    tp->ip.tos = (uint8_t)(tp->sk.tos & ~3u);
    transmit(tp, nb, tp->snd_nxt, TCP_ACK, blocks ? &o : NULL);
}

void tcp_send_probe(struct tcp_sock *tp, bool urgent)
{
    struct netbuf *nb;

    if (tcp_path(tp))
        return;
    nb = netbuf_alloc(tp->sk.stack, false);
    if (!nb)
        return;
    /* One below what the peer waits for, so that it answers (RFC 9293,
     * 3.8.4); urgent: that there is urgent data, behind a shut window. */
    transmit(tp, nb, urgent ? tp->snd_una : tp->snd_una - 1, TCP_ACK, NULL);
}

void tcp_send_syn(struct tcp_sock *tp)
{
    struct netstack *s = tp->sk.stack;
    bool first = tp->state == ABI_TCP_SYN_SENT;
    struct tcp_options o = {.has_mss = true};
    struct netbuf *nb;

    if (tcp_path(tp))
        return;
    nb = netbuf_alloc(s, false);
    if (!nb)
        return;
    o.mss = (uint16_t)tcp_advertised_mss(s, &tp->sk.path, tp);
    o.has_wscale = first || tp->wscale_ok;
    o.wscale = TCP_WSCALE;
    o.sack_ok = first || tp->sack_ok;
    o.has_ts = first || tp->ts_ok;
    o.tsval = tcp_ts_now(s) + tp->ts_offset;
    o.tsecr = first ? 0 : tp->ts_recent;
    if (tp->retries)
        tp->total_retrans++;
    transmit(tp, nb, tp->iss, first ? TCP_SYN : TCP_SYN | TCP_ACK, &o);
}

void tcp_send_reset(struct tcp_sock *tp)
{
    struct netbuf *nb;

    if (tcp_path(tp))
        return;
    nb = netbuf_alloc(tp->sk.stack, false);
    if (!nb)
        return;
    tp->sk.stack->count.tcp_out_resets++;
    transmit(tp, nb, tp->snd_nxt, TCP_RST | TCP_ACK, NULL);
}

void tcp_reply_init(struct tcp_reply *r, const struct tcp_rx *rx)
{
    *r = (struct tcp_reply){
        .local = rx->info->destination,
        .remote = rx->info->source,
        .local_port = rx->destination,
        .remote_port = rx->source,
    };
}

void tcp_reply_send(struct netstack *s, const struct tcp_reply *r)
{
    struct ip_path p = {.source = r->local,
                        .destination = r->remote,
                        .bound_dev = r->bound_dev};
    struct ip_options ip = {
        .ttl = r->ttl, .tos = r->tos, .dont_fragment = true, .extra = r->extra};
    uint8_t options[TCP_OPTIONS_MAX];
    size_t optlen = tcp_option_write(options, &r->o);
    struct tcp_header *h;
    struct netbuf *nb;

    nb = netbuf_alloc(s, false);
    if (!nb)
        return;
    if (ip_path_refresh(s, &p)) {
        netbuf_free(s, nb);
        return;
    }
    h = netbuf_push(nb, sizeof(*h) + optlen);
    memcpy(h + 1, options, optlen);
    *h = (struct tcp_header){
        .source = r->local_port,
        .destination = r->remote_port,
        .seq = be32(r->seq),
        .ack = be32(r->ack),
        .offset = (uint8_t)((sizeof(*h) + optlen) << 2),
        .flags = r->flags,
        .window = be16(r->window),
    };
    fill_checksum(nb, h, &r->local, &r->remote);
    s->count.tcp_out++;
    if (r->flags & TCP_RST)
        s->count.tcp_out_resets++;
    if (unlikely(s->trace))
        tcp_trace(s, "out", nb, &p.source, &p.destination);
    ip_output(s, &p, nb, IPPROTO_TCP, &ip);
    ip_path_release(s, &p);
}

void tcp_reset_for(struct tcp_rx *rx)
{
    struct tcp_reply r;

    if ((rx->flags & TCP_RST) || rx->info->to_group)
        return;
    tcp_reply_init(&r, rx);
    r.flags = TCP_RST;
    if (rx->flags & TCP_ACK) {
        r.seq = rx->ack;
    } else {
        r.flags |= TCP_ACK;
        r.ack = rx->seq + rx->len + !!(rx->flags & TCP_SYN) +
                !!(rx->flags & TCP_FIN);
    }
    tcp_reply_send(rx->s, &r);
}
