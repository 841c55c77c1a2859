// SPDX-License-Identifier: MIT
/* tcp_info: what TCP_INFO tells. What is not measured is 0. */
#include "net/tcp_priv.h"

static uint32_t microseconds(uint64_t ns)
{
    return (uint32_t)(ns / NSEC_PER_USEC);
}

static uint32_t since(const struct tcp_sock *tp, uint64_t ns)
{
    return ns ? (uint32_t)((tp->sk.stack->now - ns) / TCP_MSEC) : 0;
}

/* Linux counts segments where we count bytes. */
static uint32_t segments(const struct tcp_sock *tp, uint32_t bytes)
{
    return (bytes + tp->mss - 1) / tp->mss;
}

void tcp_info_fill(const struct tcp_sock *tp, struct abi_tcp_info *info)
{
    static const uint8_t ca_states[] = {
        [TCP_CA_OPEN] = 0, [TCP_CA_RECOVERY] = 3, [TCP_CA_LOSS] = 4};
    uint32_t flight = tp->snd_nxt - tp->snd_una;

    *info = (struct abi_tcp_info){
        .state = tp->state,
        .ca_state = ca_states[tp->ca],
        .retransmits = tp->retries,
        .probes = MAX(tp->probes, tp->keep_probes),
        .backoff = tp->backoff,
        .options = (uint8_t)((tp->ts_ok ? TCPI_OPT_TIMESTAMPS : 0) |
                             (tp->sack_ok ? TCPI_OPT_SACK : 0) |
                             (tp->wscale_ok ? TCPI_OPT_WSCALE : 0) |
                             (tp->ecn_ok ? TCPI_OPT_ECN : 0)),
        .wscales = (uint8_t)(tp->snd_wscale | tp->rcv_wscale << 4),
        .rto = microseconds(tcp_rto(tp)),
        .ato = microseconds(TCP_DELACK),
        .snd_mss = tp->mss,
        .rcv_mss = tp->rcv_mss,
        .pmtu = tp->path_mtu,
        .rtt = microseconds(tp->srtt),
        .rttvar = microseconds(tp->rttvar),
        .min_rtt = microseconds(tp->min_rtt),
        .rcv_rtt = microseconds(tp->rcv_rtt),
        .rcv_space = tp->rcv_space,
        .snd_cwnd = tp->cwnd / tp->mss,
        .snd_ssthresh =
            tp->ssthresh == UINT32_MAX ? 0x7fffffff : tp->ssthresh / tp->mss,
        .advmss = tp->path_mtu ? tp->path_mtu - 40 : TCP_MSS_DEFAULT,
        .reordering = 3,
        .total_retrans = tp->total_retrans,
        .bytes_acked = tp->bytes_acked,
        .bytes_received = tp->bytes_received,
        .bytes_sent = tp->bytes_acked + flight + tp->bytes_retrans,
        .bytes_retrans = tp->bytes_retrans,
        .segs_out = tp->segs_out,
        .segs_in = tp->segs_in,
        .data_segs_in = tp->data_segs_in,
        .data_segs_out = tp->data_segs_out,
        .pacing_rate = UINT64_MAX,
        .max_pacing_rate = UINT64_MAX,
        .dsack_dups = tp->dsack_dups,
        .reord_seen = tp->reorder_seen,
        .rcv_ooopack = tp->ooo_packets,
        .snd_wnd = tp->snd_wnd,
        .last_data_sent = since(tp, tp->last_sent_ns),
        .last_data_recv = since(tp, tp->last_recv_ns),
        .last_ack_recv = since(tp, tp->last_seen_ns),
    };
    if (tp->state == ABI_TCP_LISTEN) {
        info->unacked = tp->accept_count;
        info->sacked = tp->backlog;
        return;
    }
    info->unacked = segments(tp, flight);
    info->sacked = segments(tp, tp->sacked);
    info->lost = segments(tp, tp->lost);
    info->retrans = segments(tp, tp->retrans);
    if ((int32_t)(tp->write_seq - tp->snd_nxt) > 0)
        info->notsent_bytes = tp->write_seq - tp->snd_nxt;
}
