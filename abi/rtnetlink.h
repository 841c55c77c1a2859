// SPDX-License-Identifier: MIT
/* rtnetlink: interfaces, addresses, routes and neighbours by netlink;
 * rtnetlink(7). */
#pragma once

#include <stdint.h>

#define RTM_NEWLINK  16
#define RTM_DELLINK  17
#define RTM_GETLINK  18
#define RTM_SETLINK  19
#define RTM_NEWADDR  20
#define RTM_DELADDR  21
#define RTM_GETADDR  22
#define RTM_NEWROUTE 24
#define RTM_DELROUTE 25
#define RTM_GETROUTE 26
#define RTM_NEWNEIGH 28
#define RTM_DELNEIGH 29
#define RTM_GETNEIGH 30

#define RTNLGRP_LINK        1
#define RTNLGRP_NEIGH       3
#define RTNLGRP_IPV4_IFADDR 5
#define RTNLGRP_IPV4_ROUTE  7
#define RTNLGRP_IPV6_IFADDR 9
#define RTNLGRP_IPV6_ROUTE  11

#define IFLA_ADDRESS       1
#define IFLA_BROADCAST     2
#define IFLA_IFNAME        3
#define IFLA_MTU           4
#define IFLA_QDISC         6
#define IFLA_TXQLEN        13
#define IFLA_OPERSTATE     16
#define IFLA_LINKMODE      17
#define IFLA_STATS64       23
#define IFLA_GROUP         27
#define IFLA_EXT_MASK      29
#define IFLA_PROMISCUITY   30
#define IFLA_NUM_TX_QUEUES 31
#define IFLA_NUM_RX_QUEUES 32
#define IFLA_CARRIER       33

#define ABI_IF_OPER_UNKNOWN 0
#define ABI_IF_OPER_DOWN    2
#define ABI_IF_OPER_UP      6

#define IFA_ADDRESS   1
#define IFA_LOCAL     2
#define IFA_LABEL     3
#define IFA_BROADCAST 4
#define IFA_CACHEINFO 6
#define IFA_FLAGS     8

#define IFA_F_SECONDARY  0x01
#define IFA_F_DADFAILED  0x08
#define IFA_F_DEPRECATED 0x20
#define IFA_F_TENTATIVE  0x40
#define IFA_F_PERMANENT  0x80

#define RTA_DST       1
#define RTA_OIF       4
#define RTA_GATEWAY   5
#define RTA_PRIORITY  6
#define RTA_PREFSRC   7
#define RTA_CACHEINFO 12
#define RTA_TABLE     15
#define RTA_UID       25

#define RTN_UNICAST 1
#define RTN_LOCAL   2

#define RTPROT_UNSPEC 0
#define RTPROT_KERNEL 2
#define RTPROT_BOOT   3
#define RTPROT_RA     9
#define RTPROT_DHCP   16

#define RT_SCOPE_UNIVERSE 0
#define RT_SCOPE_SITE     200
#define RT_SCOPE_LINK     253
#define RT_SCOPE_HOST     254
#define RT_TABLE_UNSPEC   0
#define RT_TABLE_MAIN     254
#define RT_TABLE_LOCAL    255
#define RTM_F_CLONED      0x200

#define NDA_DST       1
#define NDA_LLADDR    2
#define NDA_CACHEINFO 3
#define NDA_PROBES    4

#define NUD_INCOMPLETE 0x01
#define NUD_REACHABLE  0x02
#define NUD_STALE      0x04
#define NUD_PROBE      0x10
#define NUD_FAILED     0x20
#define NUD_PERMANENT  0x80

struct abi_ifinfomsg {
    uint8_t ifi_family, abi_pad;
    uint16_t ifi_type;
    int32_t ifi_index;
    uint32_t ifi_flags, ifi_change;
};

struct abi_ifaddrmsg {
    uint8_t ifa_family, ifa_prefixlen, ifa_flags, ifa_scope;
    uint32_t ifa_index;
};

struct abi_ifa_cacheinfo {
    uint32_t ifa_prefered, ifa_valid, cstamp, tstamp;
};

struct abi_rtmsg {
    uint8_t rtm_family, rtm_dst_len, rtm_src_len, rtm_tos;
    uint8_t rtm_table, rtm_protocol, rtm_scope, rtm_type;
    uint32_t rtm_flags;
};

struct abi_ndmsg {
    uint8_t ndm_family, abi_pad1;
    uint16_t abi_pad2;
    int32_t ndm_ifindex;
    uint16_t ndm_state;
    uint8_t ndm_flags, ndm_type;
};

struct abi_nda_cacheinfo {
    uint32_t ndm_confirmed, ndm_used, ndm_updated, ndm_refcnt;
};

struct abi_rtnl_link_stats64 {
    uint64_t rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors;
    uint64_t rx_dropped, tx_dropped, multicast, collisions;
    uint64_t abi_rx[6], abi_tx[5], abi_compressed[2], abi_nohandler;
};

_Static_assert(sizeof(struct abi_ifinfomsg) == 16, "Linux ABI");
_Static_assert(sizeof(struct abi_ifaddrmsg) == 8, "Linux ABI");
_Static_assert(sizeof(struct abi_rtmsg) == 12, "Linux ABI");
_Static_assert(sizeof(struct abi_ndmsg) == 12, "Linux ABI");
_Static_assert(sizeof(struct abi_rtnl_link_stats64) == 192, "Linux ABI");
