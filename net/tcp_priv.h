// SPDX-License-Identifier: MIT
/*
 * tcp_priv: a connection, and what the files of TCP say to each other.
 *
 * Bytes to send lie in chunks (tcp_buf), as one stream; a segment is only made
 * when it goes out, as large as the device can cut, and shares the chunks'
 * memory. For each range that is on its way there is a struct tcp_seg, which
 * knows when it went and what is known of its fate: the scoreboard of RFC 6675
 * and 8985. All of congestion control counts bytes.
 *
 * What came in order waits as the packets that brought it (rcvq, the first of
 * which starts at copied_seq), what came out of order in a tree by sequence
 * number.
 *
 * References: a connection that is in the tables holds one to itself, which
 * tcp_done gives back; a child that nobody accepted is held by that alone.
 *
 * The stack's lock covers everything; only data is copied without it.
 */
#pragma once

#include "abi/errno.h"
#include "abi/poll.h"
#include "abi/tcp.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "net/checksum.h"
#include "net/sock.h"
#include "net/tcp.h"
#include "net/tcp_option.h"

#define TCP_MSEC NSEC_PER_MSEC
#define TCP_SEC  NSEC_PER_SEC

#define TCP_RTO_INIT       (1 * TCP_SEC) /* RFC 6298, 2.1 */
#define TCP_RTO_MIN        (200 * TCP_MSEC)
#define TCP_RTO_MAX        (120 * TCP_SEC)
#define TCP_MIN_RTT_WINDOW (300 * TCP_SEC)
#define TCP_DELACK         (40 * TCP_MSEC) /* RFC 1122, 4.2.3.2: below 500 */
#define TCP_TIMEWAIT       (60 * TCP_SEC)
#define TCP_FIN_WAIT       (60 * TCP_SEC)
#define TCP_RETRIES        15 /* of data */
#define TCP_ORPHAN_RETRIES 8
#define TCP_SYN_RETRIES    6
#define TCP_SYNACK_RETRIES 5
#define TCP_QUICK_ACKS     16 /* at the start, to open the peer's window */

#define TCP_RCVBUF       131072u
#define TCP_RCVBUF_MAX   6291456u
#define TCP_SNDBUF       16384u
#define TCP_SNDBUF_MAX   4194304u
#define TCP_WSCALE       7 /* for TCP_RCVBUF_MAX */
#define TCP_SOMAXCONN    4096
#define TCP_TIMEWAIT_MAX 16384

#define TCP_FLOW_REQUEST  FLOW_OTHER1
#define TCP_FLOW_TIMEWAIT FLOW_OTHER2

struct tcp_sock;

#define TCP_CHUNK_SMALL 208u

/* A piece of the bytes to send; its memory may have room for more. What is
 * small lies in the chunk itself. */
struct tcp_chunk {
    struct netmem own; /* of bytes */
    struct tcp_chunk *next;
    struct netmem *mem; /* a reference; &own: bytes are used */
    uint8_t *data;
    uint32_t len, room;
    uint8_t bytes[TCP_CHUNK_SMALL];
};
static_assert(sizeof(struct tcp_chunk) == 256, "fits a slab");

/* A place in the stream of chunks. */
struct tcp_pos {
    struct tcp_chunk *chunk;
    uint32_t skip; /* in it */
};

enum { /* tcp_seg.flags */
       TCP_SEG_SACKED = 1,
       TCP_SEG_LOST = 2,    /* and not sent again yet */
       TCP_SEG_RETRANS = 4, /* sent again, and that is on its way */
       TCP_SEG_EVER = 8,    /* was sent more than once */
};

enum { /* tcp_sock.hold: who holds bytes back */
       TCP_HOLD_CORK = 1,
       TCP_HOLD_MORE = 2,  /* MSG_MORE */
       TCP_HOLD_LOWAT = 4, /* notsent_lowat is set */
};

/* [seq, end) is on its way: one segment, or several that went at one time. */
struct tcp_seg {
    struct list_node node;    /* in tcp_sock.sent, by sequence */
    struct list_node by_time; /* in sent_by_time, unless SACKED or LOST */
    uint32_t seq, end;
    uint64_t sent_ns;
    struct tcp_pos pos;
    uint8_t flags;
};

/* What one stack keeps for TCP. */
struct tcp_stack {
    uint64_t secret[2];
    struct tcp_chunk *free_chunks;
    struct tcp_seg *free_segs;
    unsigned free_chunk_count, free_seg_count;
    struct list_node time_waits; /* oldest first */
    struct list_node socks;      /* all of them: tcp_sock.all */
    struct tcp_counts counts;
    uint64_t challenge_ns; /* of the limit on challenge ACKs */
    unsigned challenges;
};

enum tcp_xmit_timer { /* what the transmission timer is for */
                      TCP_TIMER_NONE,
                      TCP_TIMER_RTO,
                      TCP_TIMER_PROBE,   /* tail loss probe, RFC 8985, 7 */
                      TCP_TIMER_REORDER, /* RFC 8985, 6.3 */
                      TCP_TIMER_PERSIST, /* zero window, RFC 9293, 3.8.6.1 */
};

enum tcp_ca { TCP_CA_OPEN, TCP_CA_RECOVERY, TCP_CA_LOSS };

struct tcp_cc_ops {
    const char *name;
    void (*init)(struct tcp_sock *tp);
    void (*grow)(struct tcp_sock *tp, uint32_t acked); /* past ssthresh */
    uint32_t (*ssthresh)(struct tcp_sock *tp);         /* after a loss */
};

/* RFC 9438; bytes, and milliseconds. */
struct tcp_cubic {
    uint32_t w_max, cwnd_prior, w_est, origin;
    uint32_t k;
    uint32_t part;     /* of growth that is less than a byte */
    uint64_t epoch_ns; /* 0: none has begun */
};

/* RFC 9406 */
struct tcp_hystart {
    uint32_t end; /* of the round */
    uint32_t samples, css_rounds;
    uint64_t round_min, last_min, css_base; /* ns; UINT64_MAX: none */
    bool css;
};

struct tcp_sock {
    struct sock sk;

    /* Receiving, RFC 9293, 3.3.1 */
    uint8_t state; /* enum abi_tcp_state */
    /* Offset and flags of the next header, PSH among them, which may be there;
     * 0, as no header with PSH is: something is unusual, and is looked at the
     * slow way. tcp_predict sets it when nothing is. */
    uint16_t predicted;
    bool want_room; /* somebody was told that there is no room to write */
    bool ts_ok, sack_ok, wscale_ok, ecn_ok;
    uint8_t snd_wscale, rcv_wscale;
    uint8_t ack_due; /* TCP_ACK_* */
    bool pingpong;   /* requests and responses: acknowledge with data */
    uint8_t quick;   /* acknowledgements still to be sent at once */
    uint32_t rcv_nxt, rcv_adv; /* rcv_adv: the right edge that was told */
    uint32_t copied_seq;
    uint32_t ack_sent; /* the last acknowledgement number sent */
    uint32_t rcv_mss;  /* size of what the peer sends, a guess */
    uint32_t ts_recent, ts_offset;
    uint64_t ts_recent_ns; /* when that was set */
    struct netbuf_queue rcvq;
    struct rb_root ooo;
    uint32_t rcv_echo;                     /* the tsecr measured last */
    struct tcp_range dsack;                /* to report, when start != end */
    struct tcp_range blocks[TCP_SACK_MAX]; /* to report, latest first */
    uint8_t nblocks;
    uint64_t last_recv_ns, last_seen_ns; /* data; anything */
    struct net_timer ack_timer;

    /* Sending */
    uint32_t snd_una, snd_nxt, snd_wnd, snd_wl1, max_wnd;
    uint32_t write_seq; /* behind the last byte that the program gave */
    uint32_t mss;       /* payload of a segment, options taken off */
    uint32_t gso_max;   /* payload of what goes to the device at once */
    uint32_t cwnd, ssthresh;
    uint32_t sacked, lost; /* bytes of [snd_una, snd_nxt) */
    uint32_t retrans;      /* of the rest, bytes sent again */
    uint8_t timer_for;     /* enum tcp_xmit_timer */
    uint8_t ca;            /* enum tcp_ca */
    bool nodelay;
    uint8_t hold;    /* TCP_HOLD_* */
    bool fin_queued; /* behind write_seq */
    bool filling;    /* a sender copies into the last chunk, not locked */
    struct tcp_pos next_pos; /* of snd_nxt */
    struct tcp_chunk *first, *last;
    uint32_t first_skip; /* bytes of first that are acknowledged */
    uint32_t chunks;
    struct list_node sent, sent_by_time;
    struct net_timer xmit_timer;
    uint32_t small_end; /* behind the last segment that was not full */
    uint64_t last_sent_ns;
    struct ip_options ip;

    /* Round-trip time, ns (RFC 6298) */
    uint64_t srtt, rttvar, min_rtt; /* srtt 0: none was measured */
    uint64_t min_rtt_ns;            /* when that was seen */
    uint32_t rtt_end; /* what was sent from here on is measured next */
    uint8_t backoff, retries, probes;
    uint64_t retry_since; /* the first of these retries */
    uint64_t rto_base;    /* since when the timeout counts */

    /* Loss recovery: RFC 8985, 6675, 6582, 6937 */
    uint32_t recovery_point, prr_delivered, prr_out, prr_flight;
    uint32_t dupacks;
    uint64_t rack_sent_ns, rack_rtt;
    uint64_t rack_wait_ns; /* when to look again; 0: no need */
    uint32_t rack_end, rack_reo_mult, rack_reo_persist;
    uint32_t rack_dsack_end;
    bool rack_dsack, reordering;
    uint32_t tlp_end; /* snd_nxt at the probe */
    bool tlp_out, tlp_retrans;
    uint32_t undo_cwnd, undo_ssthresh; /* undo_cwnd 0: nothing to undo */
    uint32_t undo_marker;              /* snd_una when the reduction happened */
    uint32_t undo_ts;                  /* tsval of the first retransmission */
    uint32_t undo_retrans; /* bytes sent again that no D-SACK answered */
    uint32_t undo_end; /* when this is acknowledged, it was not for nothing */
    bool ecn_echo, ecn_cwr; /* send ECE; send CWR */
    uint32_t ecn_point;     /* one reduction until this is acknowledged */
    uint32_t high_delivered;

    const struct tcp_cc_ops *cc;
    struct tcp_cubic cubic;
    struct tcp_hystart hystart;

    /* Urgent data (RFC 6093) */
    uint32_t snd_up, rcv_up; /* sequence behind, of the urgent byte */
    bool snd_urgent, rcv_urgent, urg_valid, urg_taken;
    uint8_t urg_byte;

    /* Buffer sizes that follow the flow */
    uint32_t rcv_space, rcv_space_seq;
    uint64_t rcv_space_ns, rcv_rtt;
    uint32_t window_clamp; /* 0: none */

    /* Options and slow timers */
    uint32_t iss, irs, path_mtu, peer_mss, user_mss;
    uint32_t keep_idle_s, keep_interval_s, user_timeout_ms;
    int32_t linger2_s;
    uint8_t keep_count, keep_probes, syn_count;
    uint16_t defer_accept_s;
    uint32_t notsent_lowat;
    struct net_timer slow_timer; /* keepalive, FIN_WAIT_2, lingering */
    uint64_t linger_until;
    int soft_error;
    bool connecting; /* connect said EINPROGRESS and nobody has asked since */
    bool done;       /* the peer's FIN has come */
    bool alive;      /* holds the reference to itself */
    uint64_t oow_ns; /* of the limit on answers to bad segments */

    /* A listener */
    uint32_t backlog, accept_count, request_count;
    struct list_node accepted, requests;
    uint64_t cookies_until;
    struct tcp_sock *listener; /* of a child that waits to be accepted */
    struct list_node accept_node, all;

    /* Counters for TCP_INFO */
    uint64_t bytes_acked, bytes_received, bytes_retrans;
    uint32_t segs_out, segs_in, data_segs_out, data_segs_in, total_retrans;
    uint32_t dsack_dups, ooo_packets, reorder_seen;
    struct tcp_mark *marks; /* bytes that stamps are wanted of, in order */
    uint32_t mark_count;
};

enum { TCP_ACK_NONE, TCP_ACK_LATER, TCP_ACK_NOW };

/* One segment that came in. */
struct tcp_rx {
    struct netstack *s;
    struct netbuf *nb; /* data: the payload; NULL once somebody took it */
    const struct ip_info *info;
    uint32_t seq, ack, len;
    uint16_t window, urgent;      /* as they stand there */
    uint16_t source, destination; /* ports, as on the wire */
    uint8_t flags;
    struct tcp_options o;
};

static inline struct tcp_sock *tcp_sk(struct sock *sk)
{
    return container_of(sk, struct tcp_sock, sk);
}

static inline struct tcp_stack *tcp_of(const struct netstack *s)
{
    return s->tcp;
}

static inline void tcp_hold(struct tcp_sock *tp, uint8_t what, bool on)
{
    tp->hold = (uint8_t)(on ? tp->hold | what : tp->hold & ~what);
}

static inline bool tcp_state_in(const struct tcp_sock *tp, unsigned mask)
{
    return mask & 1u << tp->state;
}

#define TCP_IN(state) (1u << ABI_TCP_##state)
/* Data may come in; data may go out. */
#define TCP_RECEIVES \
    (TCP_IN(ESTABLISHED) | TCP_IN(FIN_WAIT1) | TCP_IN(FIN_WAIT2))
#define TCP_SENDS (TCP_IN(ESTABLISHED) | TCP_IN(CLOSE_WAIT))

/* Bytes in flight that are believed to be in the network (RFC 6675's pipe). */
static inline uint32_t tcp_pipe(const struct tcp_sock *tp)
{
    return tp->snd_nxt - tp->snd_una - tp->sacked - tp->lost;
}

/* The clock of timestamps: milliseconds. */
static inline uint32_t tcp_ts_of(uint64_t ns)
{
    return (uint32_t)(ns / TCP_MSEC);
}

static inline uint32_t tcp_ts_now(const struct netstack *s)
{
    return tcp_ts_of(s->now);
}

/* tcp_buf: bytes to send */
void tcp_chunk_free(struct netstack *s, struct tcp_chunk *c);
/* The last chunk, with room behind its bytes: for want of them if that can be,
 * in a new one if need be. NULL: no memory. */
struct tcp_chunk *tcp_buf_room(struct tcp_sock *tp, uint32_t want);
/* n bytes of that room are filled: they join the stream. */
static inline void tcp_buf_commit(struct tcp_sock *tp, uint32_t n)
{
    tp->last->len += n;
    tp->last->room -= n;
    tp->write_seq += n;
}
void tcp_buf_acked_slow(struct tcp_sock *tp);
static inline void tcp_buf_acked(struct tcp_sock *tp, uint32_t n)
{
    struct tcp_chunk *c = tp->first;

    tp->first_skip += n;
    if (!c || tp->first_skip < c->len)
        return;
    /* The only one, which nobody shares: from its beginning again. */
    if (likely(c == tp->last && c->mem == &c->own && c->own.refs == 1 &&
               tp->first_skip == c->len && !tp->filling)) {
        c->len = tp->first_skip = tp->next_pos.skip = 0;
        c->room = TCP_CHUNK_SMALL;
        return;
    }
    tcp_buf_acked_slow(tp);
}
void tcp_buf_purge(struct tcp_sock *tp);
struct tcp_pos tcp_pos_add(struct tcp_pos pos, uint32_t n);
/* Not at the end of a chunk that has another behind it. */
static inline struct tcp_pos tcp_pos_normal(struct tcp_pos pos)
{
    if (pos.chunk && pos.skip >= pos.chunk->len && pos.chunk->next)
        return tcp_pos_add(pos, 0);
    return pos;
}
/* Appends up to len bytes from pos on to nb, whose fragments may run out; how
 * many. */
uint32_t tcp_buf_attach(struct netbuf *nb, struct tcp_pos pos, uint32_t len);
#define TCP_CHUNK_OVERHEAD 64u
/* What the bytes that are not acknowledged hold of memory. */
static inline uint32_t tcp_sendbuf_used(const struct tcp_sock *tp)
{
    return tp->write_seq - tp->snd_una + tp->chunks * TCP_CHUNK_OVERHEAD;
}
/* Writable again when a third is free, so that writers are not woken for every
 * segment. */
static inline bool tcp_sendbuf_full(const struct tcp_sock *tp)
{
    uint32_t used = tcp_sendbuf_used(tp);

    return used + used / 2 > tp->sk.sndbuf ||
           (tp->notsent_lowat &&
            tp->write_seq - tp->snd_nxt >= tp->notsent_lowat);
}
void tcp_sendbuf_grow(struct tcp_sock *tp);

/* tcp_sack: the scoreboard */
#define TCP_FREE_SEGS_MAX 1024
static inline struct tcp_seg *tcp_seg_alloc(struct netstack *s)
{
    struct tcp_stack *ts = tcp_of(s);
    struct tcp_seg *seg = ts->free_segs;

    if (unlikely(!seg))
        return net_env_alloc(s, sizeof(*seg));
    ts->free_segs = (struct tcp_seg *)seg->node.next;
    ts->free_seg_count--;
    return seg;
}
/* seg leaves the lists. */
static inline void tcp_seg_free(struct tcp_sock *tp, struct tcp_seg *seg)
{
    struct tcp_stack *ts = tcp_of(tp->sk.stack);

    list_unlink(&seg->node);
    list_unlink(&seg->by_time);
    if (unlikely(!net_keeps(ts->free_seg_count, TCP_FREE_SEGS_MAX))) {
        net_env_free(tp->sk.stack, seg);
        return;
    }
    seg->node.next = (struct list_node *)ts->free_segs;
    ts->free_segs = seg;
    ts->free_seg_count++;
}
/* Is the last seg of the same kind as what goes out now? */
static inline bool tcp_seg_same_batch(const struct tcp_sock *tp,
                                      const struct tcp_seg *seg)
{
    return seg->sent_ns == tp->sk.stack->now && !seg->flags &&
           seg->by_time.next == &tp->sent_by_time;
}
/* [seq, seq + len), which begins at pos, goes out. False: no memory. */
static inline bool tcp_seg_append(struct netstack *s, struct tcp_sock *tp,
                                  uint32_t seq, uint32_t len,
                                  struct tcp_pos pos)
{
    struct tcp_seg *seg = tcp_seg_alloc(s);

    if (unlikely(!seg))
        return false;
    seg->seq = seq;
    seg->end = seq + len;
    seg->sent_ns = s->now;
    seg->pos = pos;
    seg->flags = 0;
    list_add_tail(&tp->sent, &seg->node);
    list_add_tail(&tp->sent_by_time, &seg->by_time);
    return true;
}
/* The same, in one with the last if that is of the same kind. */
static inline bool tcp_seg_add(struct tcp_sock *tp, uint32_t seq, uint32_t len,
                               struct tcp_pos pos)
{
    struct tcp_seg *seg;

    if (!list_empty(&tp->sent)) {
        seg = list_entry(tp->sent.prev, struct tcp_seg, node);
        if (tcp_seg_same_batch(tp, seg)) {
            seg->end += len;
            return true;
        }
    }
    return tcp_seg_append(tp->sk.stack, tp, seq, len, pos);
}
/* Makes [at, end) of seg a seg of its own, behind it. NULL: no memory. */
struct tcp_seg *tcp_seg_split(struct tcp_sock *tp, struct tcp_seg *seg,
                              uint32_t at);
void tcp_segs_purge(struct tcp_sock *tp);
void tcp_seg_mark_lost(struct tcp_sock *tp, struct tcp_seg *seg);
void tcp_seg_set_retrans(struct tcp_sock *tp, struct tcp_seg *seg);

/* What one acknowledgement brought. */
struct tcp_ack_result {
    uint32_t acked;  /* bytes, cumulatively */
    uint32_t sacked; /* bytes, newly selectively */
    uint64_t rtt;    /* a round trip, ns; 0: none measured */
    bool dsack;
    bool advanced_retrans; /* a segment that was sent again is acknowledged */
};
void tcp_sack_acked(struct tcp_sock *tp, uint32_t ack,
                    struct tcp_ack_result *r);
void tcp_sack_blocks(struct tcp_sock *tp, const struct tcp_options *o,
                     uint32_t ack, struct tcp_ack_result *r);
/* Without SACK: count says that one segment more has left the network. */
void tcp_sack_emulate(struct tcp_sock *tp);

/* tcp_rack: RFC 8985 */
/* seg has arrived up to end. */
void tcp_rack_saw(struct tcp_sock *tp, const struct tcp_seg *seg, uint32_t end);
/* Marks what is lost. True: something is. */
bool tcp_rack_detect(struct tcp_sock *tp);
uint64_t tcp_rack_window(const struct tcp_sock *tp);
void tcp_probe_send(struct tcp_sock *tp);
/* How long after the last sign of life a probe goes out. */
static inline uint64_t tcp_probe_wait(const struct tcp_sock *tp)
{
    /* RFC 8985, 7.2: twice the round trip, and time for a delayed
     * acknowledgement of one segment alone. */
    return 2 * tp->srtt +
           (tp->snd_nxt - tp->snd_una <= tp->mss ? TCP_RTO_MIN : 2 * TCP_MSEC);
}
/* 0: no probe now; else when. */
uint64_t tcp_probe_time(const struct tcp_sock *tp);

/* tcp_cc */
const struct tcp_cc_ops *tcp_cc_find(const char *name, size_t len);
void tcp_cc_init(struct tcp_sock *tp);
void tcp_cc_start(struct tcp_sock *tp); /* the connection is open */
/* Is the congestion window in the way of one who has `flight` on its way? It
 * grows only then (RFC 7661). */
static inline bool tcp_cwnd_limits(const struct tcp_sock *tp, uint32_t flight)
{
    return tp->cwnd < tp->ssthresh ? flight > tp->cwnd / 2
                                   : flight + 3 * tp->mss >= tp->cwnd;
}
/* acked bytes were; rtt 0: not measured; limited: by the window. */
void tcp_cc_acked(struct tcp_sock *tp, uint32_t acked, uint64_t rtt,
                  bool limited);
void tcp_cc_idle(struct tcp_sock *tp); /* it sends again after a pause */
void tcp_hystart_sample(struct tcp_sock *tp, uint64_t rtt);
void tcp_reno_grow(struct tcp_sock *tp, uint32_t acked);
extern const struct tcp_cc_ops tcp_cc_reno, tcp_cc_cubic;
uint32_t tcp_cubic_root(uint64_t x); /* of the third degree, rounded down */

/* tcp_ack */
/* False: the segment is to be dropped (it has been answered). */
bool tcp_ack(struct tcp_sock *tp, struct tcp_rx *rx);
/* A place that lies behind moves along, before it lies 2^31 behind, which would
 * be ahead. */
static inline void tcp_keep_up(uint32_t *place, uint32_t una)
{
    if (seq_lt(*place, una))
        *place = una;
}
/* RFC 6298, 2.3; tp->srtt is there. */
static inline void tcp_rtt_update(struct tcp_sock *tp, uint64_t rtt)
{
    int64_t off = (int64_t)(rtt - tp->srtt);
    uint64_t now = tp->sk.stack->now;

    if (rtt <= tp->min_rtt || now - tp->min_rtt_ns > TCP_MIN_RTT_WINDOW) {
        tp->min_rtt = rtt;
        tp->min_rtt_ns = now;
    }
    tp->srtt += (uint64_t)(off >> 3);
    off = off < 0 ? -off : off;
    tp->rttvar += (uint64_t)((off - (int64_t)tp->rttvar) >> 2);
    tp->rtt_end = tp->snd_nxt;
    tcp_keep_up(&tp->small_end, tp->snd_una);
    tcp_keep_up(&tp->ecn_point, tp->snd_una);
}
void tcp_rtt_sample(struct tcp_sock *tp, uint64_t rtt);
/* RFC 6298, 2.1 to 2.5 */
static inline uint64_t tcp_rto(const struct tcp_sock *tp)
{
    if (!tp->srtt)
        return TCP_RTO_INIT;
    return MIN(tp->srtt + MAX(4 * tp->rttvar, TCP_RTO_MIN), TCP_RTO_MAX);
}
void tcp_enter_loss(struct tcp_sock *tp);
void tcp_enter_recovery(struct tcp_sock *tp);
void tcp_cut_window(struct tcp_sock *tp); /* remembers how to undo it */

/* tcp_fast: header prediction */
/* As ip_protocol wants it: for the next segment of an open connection. */
ipv4_fast_fn tcp_fast_v4;
/* The same behind IP: nb's data is the TCP header, whose checksum is right. */
bool tcp_fast(struct tcp_sock *tp, struct netbuf *nb);
/* Looks whether segments can be predicted from now on: after whatever may have
 * begun or ended a repair. */
void tcp_predict(struct tcp_sock *tp);

/* tcp_in */
void tcp_input(struct netstack *s, struct netbuf *nb,
               const struct ip_info *info);
/* The states of a connection; takes nothing: rx->nb is NULL if it was kept. */
void tcp_sock_input(struct tcp_sock *tp, struct tcp_rx *rx);
void tcp_established(struct tcp_sock *tp);
bool tcp_challenge_allowed(struct netstack *s, struct tcp_sock *tp);
void tcp_set_state(struct tcp_sock *tp, unsigned state);
/* The end of a connection: leaves the tables; error 0 or positive. */
void tcp_done(struct tcp_sock *tp, int error);
void tcp_abort(struct tcp_sock *tp, int error); /* with a RST to the peer */
void tcp_set_options(struct tcp_sock *tp, const struct tcp_options *o);

/* tcp_data */
void tcp_data_in(struct tcp_sock *tp, struct tcp_rx *rx);
/* cb of packets in rcvq */
enum { TCP_CB_COMPACT };
#define TCP_COMPACT_MAX 512u /* bytes of segments that are worth it */
/* Puts a small segment behind others into one packet with these. True: nb was
 * used up. */
bool tcp_compact(struct tcp_sock *tp, struct netbuf *nb, uint32_t truesize);
void tcp_take_urgent_byte(struct tcp_sock *tp, struct netbuf *nb, uint32_t seq);
/* How many bytes lie in rcvq. */
static inline uint32_t tcp_unread(const struct tcp_sock *tp)
{
    return tp->rcv_nxt - tp->copied_seq - tp->done; /* a FIN counts as one */
}
/* Takes nb, the bytes at rcv_nxt. */
static inline void tcp_append(struct tcp_sock *tp, struct netbuf *nb)
{
    uint32_t len = nb->len;
    uint32_t truesize = netbuf_truesize(nb);

    if (unlikely(tp->rcv_urgent))
        tcp_take_urgent_byte(tp, nb, tp->rcv_nxt);
    tp->rcv_nxt += len;
    tp->bytes_received += len;
    if (unlikely(tp->rcvq.first) && len <= TCP_COMPACT_MAX &&
        tcp_compact(tp, nb, truesize))
        return;
    nb->charged = truesize;
    nb->cb[TCP_CB_COMPACT] = 0;
    tp->sk.rmem += truesize;
    netbuf_queue_put(&tp->rcvq, nb);
}
/* Does the peer wait for what the program reads, more than for us? What it may
 * still send is little beside what lies here, and reading tells it of both. */
static inline bool tcp_waits_for_reader(const struct tcp_sock *tp)
{
    return tp->rcv_adv - tp->rcv_nxt < (tp->rcv_nxt - tp->copied_seq) / 2;
}
/* When the bytes that came, len of them, are acknowledged. */
static inline void tcp_ack_policy(struct tcp_sock *tp, uint32_t len)
{
    if (unlikely(len > tp->rcv_mss))
        tp->rcv_mss =
            MIN(len, tp->path_mtu ? tp->path_mtu - 40 : TCP_MSS_DEFAULT);
    if (tp->rcv_nxt - tp->ack_sent >= 2 * tp->rcv_mss &&
        !tcp_waits_for_reader(tp)) {
        tp->ack_due = TCP_ACK_NOW;
    } else if (tp->quick && !tp->pingpong && !tcp_waits_for_reader(tp)) {
        tp->quick--;
        tp->ack_due = TCP_ACK_NOW;
    } else if (tp->ack_due == TCP_ACK_NONE) {
        tp->ack_due = TCP_ACK_LATER;
        net_timer_arm(tp->sk.stack, &tp->ack_timer,
                      tp->sk.stack->now + TCP_DELACK);
    }
}
/* For one who only receives: what echoes tsecr answers what we sent then. */
void tcp_measure_echo(struct tcp_sock *tp, uint32_t tsecr);
void tcp_data_purge(struct tcp_sock *tp);
void tcp_urgent_in(struct tcp_sock *tp, struct tcp_rx *rx);
uint32_t tcp_window_slow(struct tcp_sock *tp);
void tcp_window_update_slow(struct tcp_sock *tp);
/* The most that the right edge of the window could move now. */
static inline int32_t tcp_window_gain(const struct tcp_sock *tp)
{
    return (int32_t)(tp->copied_seq + tp->sk.rcvbuf / 2 - tp->rcv_adv);
}
/* The window to advertise now, in bytes; the edge never moves back. */
static inline uint32_t tcp_window(struct tcp_sock *tp)
{
    int32_t window = (int32_t)(tp->rcv_adv - tp->rcv_nxt);
    int32_t gain = tcp_window_gain(tp);

    /* No step is so small. */
    if (likely(window >= 0 && gain < 512 && gain < (int32_t)tp->rcv_mss))
        return (uint32_t)window;
    return tcp_window_slow(tp);
}
/* The program has read. */
static inline void tcp_window_update(struct tcp_sock *tp)
{
    /* An eighth of rcvbuf is the smallest step, unless it is clamped. */
    if (tcp_window_gain(tp) >= (int32_t)(tp->sk.rcvbuf / 8) || tp->window_clamp)
        tcp_window_update_slow(tp);
}
static inline bool tcp_has_blocks(const struct tcp_sock *tp)
{
    return tp->nblocks || tp->dsack.start != tp->dsack.end;
}
unsigned tcp_ooo_blocks(struct tcp_sock *tp, struct tcp_options *o);
ssize_t tcp_recv(struct sock *sk, struct sock_msg *m);

/* tcp_out */
int tcp_path(struct tcp_sock *tp); /* refreshes it, and what depends on it */
void tcp_sync_mss(struct tcp_sock *tp);
uint32_t tcp_advertised_mss(struct netstack *s, const struct ip_path *p,
                            const struct tcp_sock *tp);
/* Sends what may be sent, and sets the timer. */
void tcp_output(struct tcp_sock *tp);
void tcp_retransmit(struct tcp_sock *tp); /* what is lost, as cwnd allows */
bool tcp_retransmit_seg(struct tcp_sock *tp, struct tcp_seg *seg);
/* Up to max bytes past snd_nxt, whatever cwnd says. Whether any went. */
bool tcp_send_new(struct tcp_sock *tp, uint32_t max);
void tcp_send_ack(struct tcp_sock *tp);
void tcp_send_probe(struct tcp_sock *tp, bool urgent); /* asks for an ACK */
void tcp_send_syn(struct tcp_sock *tp);
void tcp_send_reset(struct tcp_sock *tp);
/* A segment without data from no socket: ends as `rx` has them, reversed. */
struct tcp_reply {
    struct netaddr local, remote;
    uint16_t local_port, remote_port;
    uint32_t seq, ack;
    uint16_t window;
    uint8_t flags, tos, ttl;
    int bound_dev;
    const struct ip_extra *extra;
    struct tcp_options o;
};
void tcp_reply_send(struct netstack *s, const struct tcp_reply *r);
void tcp_reply_init(struct tcp_reply *r, const struct tcp_rx *rx);
void tcp_reset_for(struct tcp_rx *rx); /* RFC 9293, 3.10.7.1 */

/* What is to be sent, and told, after a segment came in. smooth: one that was
 * predicted. */
static force_inline void tcp_finish_input(struct tcp_sock *tp, bool smooth)
{
    if (unlikely(tp->write_seq != tp->snd_nxt) ||
        (!smooth && (tp->lost || tp->fin_queued)))
        tcp_output(tp);
    if (unlikely(tp->want_room) && !tcp_sendbuf_full(tp)) {
        tp->want_room = false;
        sock_ready(&tp->sk, POLLOUT | POLLWRNORM);
    }
    if (tp->ack_due == TCP_ACK_NOW)
        tcp_send_ack(tp);
}

/* tcp_timer */
/* Sets the transmission timer to what is due next. */
void tcp_rearm(struct tcp_sock *tp);
/* The same after something was sent: an early timer is left alone. */
static inline void tcp_rearm_sent(struct tcp_sock *tp)
{
    /* One that is not armed is due never. */
    if (tp->xmit_timer.deadline > tp->sk.stack->now + tcp_probe_wait(tp) ||
        tp->timer_for == TCP_TIMER_PERSIST)
        tcp_rearm(tp);
}
void tcp_timers_init(struct tcp_sock *tp);
void tcp_timers_stop(struct tcp_sock *tp);
void tcp_timers_remove(struct tcp_sock *tp);
void tcp_keepalive_arm(struct tcp_sock *tp);
/* Of a closed socket: limits FIN_WAIT_2 (tcp(7), TCP_LINGER2). False: it is
 * over at once. */
bool tcp_fin_wait_2(struct tcp_sock *tp);

/* tcp_listen */
int tcp_listen(struct sock *sk, int backlog);
int tcp_accept(struct sock *sk, struct sock **child);
void tcp_listen_close(struct tcp_sock *lp);
void tcp_listen_input(struct tcp_sock *lp, struct tcp_rx *rx, uint32_t min_iss);
void tcp_request_input(struct flow *f, struct tcp_rx *rx);
void tcp_request_error(struct netstack *s, struct flow *f, uint32_t seq);
uint32_t tcp_isn(struct netstack *s, const struct netaddr *local,
                 uint16_t local_port, const struct netaddr *remote,
                 uint16_t remote_port);
uint32_t tcp_ts_offset(struct netstack *s, const struct netaddr *local,
                       const struct netaddr *remote);
void tcp_fini_requests(struct tcp_sock *lp);

/* tcp_cookie: RFC 4987, 3.6 */
uint32_t tcp_cookie_make(struct tcp_rx *rx, uint16_t mss);
/* The MSS that the cookie stands for; 0: it is none of ours. */
uint16_t tcp_cookie_check(struct tcp_rx *rx);
uint32_t tcp_cookie_ts(uint32_t ts, const struct tcp_options *o, bool ecn);
void tcp_cookie_options(uint32_t ts, struct tcp_options *o, bool *ecn);

/* tcp_timewait */
void tcp_timewait_enter(struct tcp_sock *tp);
/* True: the flow is gone and the SYN starts anew, with at least *min_iss. */
bool tcp_timewait_input(struct flow *f, struct tcp_rx *rx, uint32_t *min_iss);
void tcp_timewait_fini(struct netstack *s);
/* For connect: may a flow with these ends be forgotten? Then it is. */
bool tcp_timewait_reuse(struct netstack *s, struct flow *f, uint32_t *min_iss);

/* tcp_smooth */
ssize_t tcp_send(struct sock *sk, struct sock_msg *m);

/* tcp_sock */
struct tcp_sock *tcp_sock_create(struct netstack *s, int family);
/* send, whatever there is and is asked for; MSG_* that ask for something. */
#define TCP_SEND_UNUSUAL (MSG_FASTOPEN | MSG_MORE | MSG_OOB)
ssize_t tcp_send_any(struct sock *sk, struct sock_msg *m);
/* The end of send when something happened while got bytes were copied. */
ssize_t tcp_send_rest(struct tcp_sock *tp, size_t got);
void tcp_sock_alive(struct tcp_sock *tp); /* it holds itself from now on */
extern const struct sock_ops tcp_ops, tcp_stamped_ops;

/* tcp_stamps: sock_ops of a socket that was asked for stamps */
ssize_t tcp_send_stamped(struct sock *sk, struct sock_msg *m);
void tcp_sent_part_stamped(struct sock *sk, const struct sock_msg *m);
ssize_t tcp_recv_stamped(struct sock *sk, struct sock_msg *m);
unsigned tcp_poll_stamped(struct sock *sk);
void tcp_tuned(struct sock *sk);
/* Queues stamps that are due; whether some are still waited for. */
bool tcp_stamps_wait(struct tcp_sock *tp);
void tcp_stamps_purge(struct tcp_sock *tp);
/* SO_TIMESTAMPING: bytes are counted from now on. -EINVAL: there are none. */
int tcp_set_timestamping(struct tcp_sock *tp, const void *value, size_t len);

/* tcp_setopt, tcp_info */
int tcp_set_option(struct sock *sk, int level, int name, const void *value,
                   size_t len);
int tcp_get_option(struct sock *sk, int level, int name, void *value,
                   size_t *len);
void tcp_info_fill(const struct tcp_sock *tp, struct abi_tcp_info *info);
