// SPDX-License-Identifier: MIT
/* tcp: states of a connection and struct tcp_info, as tcp(7) and Linux 6.1
 * have them. */
#pragma once

#include <stdint.h>

enum abi_tcp_state {
    ABI_TCP_ESTABLISHED = 1,
    ABI_TCP_SYN_SENT,
    ABI_TCP_SYN_RECV,
    ABI_TCP_FIN_WAIT1,
    ABI_TCP_FIN_WAIT2,
    ABI_TCP_TIME_WAIT,
    ABI_TCP_CLOSE,
    ABI_TCP_CLOSE_WAIT,
    ABI_TCP_LAST_ACK,
    ABI_TCP_LISTEN,
    ABI_TCP_CLOSING,
};

#define TCPI_OPT_TIMESTAMPS 1
#define TCPI_OPT_SACK       2
#define TCPI_OPT_WSCALE     4
#define TCPI_OPT_ECN        8

/* Times are in microseconds, the last_ ones in milliseconds. */
struct abi_tcp_info {
    uint8_t state, ca_state, retransmits, probes, backoff, options;
    uint8_t wscales; /* the peer's, ours << 4 */
    uint8_t limited;
    uint32_t rto, ato, snd_mss, rcv_mss;
    uint32_t unacked, sacked, lost, retrans, fackets;
    uint32_t last_data_sent, last_ack_sent, last_data_recv, last_ack_recv;
    uint32_t pmtu, rcv_ssthresh, rtt, rttvar, snd_ssthresh, snd_cwnd, advmss;
    uint32_t reordering, rcv_rtt, rcv_space, total_retrans;
    uint64_t pacing_rate, max_pacing_rate, bytes_acked, bytes_received;
    uint32_t segs_out, segs_in, notsent_bytes, min_rtt;
    uint32_t data_segs_in, data_segs_out;
    uint64_t delivery_rate, busy_time, rwnd_limited, sndbuf_limited;
    uint32_t delivered, delivered_ce;
    uint64_t bytes_sent, bytes_retrans;
    uint32_t dsack_dups, reord_seen, rcv_ooopack, snd_wnd;
};

_Static_assert(sizeof(struct abi_tcp_info) == 232, "Linux ABI");
