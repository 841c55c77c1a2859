// SPDX-License-Identifier: MIT
/* packet: sockets that see frames; packet(7). */
#pragma once

#include <stdint.h>

#define ETH_P_ALL 0x0003

#define PACKET_HOST      0
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define PACKET_OTHERHOST 3
#define PACKET_OUTGOING  4

#define PACKET_ADD_MEMBERSHIP  1
#define PACKET_DROP_MEMBERSHIP 2
#define PACKET_RX_RING         5
#define PACKET_STATISTICS      6
#define PACKET_AUXDATA         8
#define PACKET_ORIGDEV         9
#define PACKET_VERSION         10
#define PACKET_HDRLEN          11
#define PACKET_RESERVE         12
#define PACKET_TX_RING         13
#define PACKET_LOSS            14
#define PACKET_FANOUT          18
#define PACKET_TX_TIMESTAMP    16
#define PACKET_TX_HAS_OFF      19
#define PACKET_QDISC_BYPASS    20
#define PACKET_IGNORE_OUTGOING 23

#define PACKET_FANOUT_HASH                     0
#define PACKET_FANOUT_LB                       1
#define PACKET_FANOUT_ROLLOVER                 3
#define PACKET_FANOUT_RND                      4
#define PACKET_FANOUT_QM                       5
#define PACKET_FANOUT_FLAG_ROLLOVER            0x1000
#define PACKET_FANOUT_FLAG_UNIQUEID            0x2000
#define ABI_PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000 /* of Linux 5.16 */

#define PACKET_MR_MULTICAST 0
#define PACKET_MR_PROMISC   1
#define PACKET_MR_ALLMULTI  2
#define PACKET_MR_UNICAST   3

#define TP_STATUS_KERNEL       0x0
#define TP_STATUS_USER         0x1
#define TP_STATUS_LOSING       0x4
#define TP_STATUS_CSUMNOTREADY 0x8
#define TP_STATUS_BLK_TMO      0x20
#define TP_STATUS_CSUM_VALID   0x80

/* Of frames to send */
#define TP_STATUS_AVAILABLE    0x0
#define TP_STATUS_SEND_REQUEST 0x1
#define TP_STATUS_SENDING      0x2
#define TP_STATUS_WRONG_FORMAT 0x4

#define TP_FT_REQ_FILL_RXHASH 0x1

struct abi_sockaddr_ll {
    uint16_t sll_family;
    uint16_t sll_protocol; /* network byte order */
    int32_t sll_ifindex;
    uint16_t sll_hatype;
    uint8_t sll_pkttype;
    uint8_t sll_halen;
    uint8_t sll_addr[8];
};

struct abi_packet_mreq {
    int32_t mr_ifindex;
    uint16_t mr_type;
    uint16_t mr_alen;
    uint8_t mr_address[8];
};

/* PACKET_RX_RING: frames lie in blocks of pages. */
struct abi_tpacket_req {
    uint32_t tp_block_size, tp_block_nr, tp_frame_size, tp_frame_nr;
};

/* In front of each frame, by PACKET_VERSION; then a sockaddr_ll. */
struct abi_tpacket_hdr {
    uint64_t tp_status;
    uint32_t tp_len, tp_snaplen;
    uint16_t tp_mac, tp_net;
    uint32_t tp_sec, tp_usec;
};
struct abi_tpacket2_hdr {
    uint32_t tp_status, tp_len, tp_snaplen;
    uint16_t tp_mac, tp_net;
    uint32_t tp_sec, tp_nsec;
    uint16_t tp_vlan_tci, tp_vlan_tpid;
    uint8_t abi_pad[4];
};

/* Version 3: frames of any length lie in blocks one behind the other. */
struct abi_tpacket_req3 {
    uint32_t tp_block_size, tp_block_nr, tp_frame_size, tp_frame_nr;
    uint32_t tp_retire_blk_tov; /* ms */
    uint32_t tp_sizeof_priv, tp_feature_req_word;
};
struct abi_tpacket3_hdr {
    uint32_t tp_next_offset; /* from this header; 0: the last of the block */
    uint32_t tp_sec, tp_nsec;
    uint32_t tp_snaplen, tp_len;
    uint32_t tp_status;
    uint16_t tp_mac, tp_net;
    uint32_t tp_rxhash, tp_vlan_tci;
    uint16_t tp_vlan_tpid, abi_pad;
    uint8_t tp_padding[8];
};
/* At the beginning of each block. */
struct abi_tpacket_block {
    uint32_t version, offset_to_priv;
    uint32_t block_status, num_pkts, offset_to_first_pkt, blk_len;
    uint64_t seq_num;
    struct {
        uint32_t sec, nsec;
    } first, last; /* when it was opened, and of the last frame */
};

struct abi_tpacket_stats {
    uint32_t tp_packets, tp_drops;
    uint32_t tp_freeze_q_cnt; /* of version 3 alone */
};

struct abi_tpacket_auxdata {
    uint32_t tp_status, tp_len, tp_snaplen;
    uint16_t tp_mac, tp_net, tp_vlan_tci, tp_vlan_tpid;
};

_Static_assert(sizeof(struct abi_sockaddr_ll) == 20, "Linux ABI");
_Static_assert(sizeof(struct abi_tpacket_hdr) == 32, "Linux ABI");
_Static_assert(sizeof(struct abi_tpacket2_hdr) == 32, "Linux ABI");
_Static_assert(sizeof(struct abi_tpacket_req3) == 28, "Linux ABI");
_Static_assert(sizeof(struct abi_tpacket3_hdr) == 48, "Linux ABI");
_Static_assert(sizeof(struct abi_tpacket_block) == 48, "Linux ABI");
_Static_assert(sizeof(struct abi_packet_mreq) == 16, "Linux ABI");
_Static_assert(sizeof(struct abi_tpacket_auxdata) == 20, "Linux ABI");

/* PACKET_FANOUT; the first four bytes alone will do. */
struct abi_fanout_args {
    uint16_t id, type_flags;
    uint32_t max_num_members;
};

_Static_assert(sizeof(struct abi_fanout_args) == 8, "Linux ABI");
