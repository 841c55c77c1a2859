// SPDX-License-Identifier: MIT
/*
 * socket: address families, kinds, options and addresses of sockets;
 * socket(2), socket(7), ip(7), ipv6(7), tcp(7), unix(7), packet(7).
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define AF_UNSPEC  0
#define AF_UNIX    1
#define AF_INET    2
#define AF_BRIDGE  7
#define AF_INET6   10
#define AF_NETLINK 16
#define AF_PACKET  17
#define AF_ALG     38
#define AF_VSOCK   40

#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_RDM       4
#define SOCK_SEQPACKET 5
#define SOCK_CLOEXEC   02000000
#define SOCK_NONBLOCK  00004000

#define ABI_SOCK_TYPE_MASK 0xf

#define IPPROTO_IP      0
#define IPPROTO_ICMP    1
#define IPPROTO_IGMP    2
#define IPPROTO_TCP     6
#define IPPROTO_UDP     17
#define IPPROTO_IPV6    41
#define IPPROTO_ICMPV6  58
#define IPPROTO_UDPLITE 136
#define IPPROTO_RAW     255

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

#define MSG_OOB          0x1
#define MSG_PEEK         0x2
#define MSG_DONTROUTE    0x4
#define MSG_CTRUNC       0x8
#define MSG_TRUNC        0x20
#define MSG_DONTWAIT     0x40
#define MSG_EOR          0x80
#define MSG_WAITALL      0x100
#define MSG_CONFIRM      0x800
#define MSG_ERRQUEUE     0x2000
#define MSG_NOSIGNAL     0x4000
#define MSG_MORE         0x8000
#define MSG_WAITFORONE   0x10000
#define MSG_ZEROCOPY     0x4000000
#define MSG_FASTOPEN     0x20000000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SCM_RIGHTS      1
#define SCM_CREDENTIALS 2
#define ABI_SCM_MAX_FD  253 /* descriptors in one message */

#define SOL_SOCKET  1
#define SOL_IP      0
#define SOL_TCP     6
#define SOL_UDP     17
#define SOL_IPV6    41
#define SOL_ICMPV6  58
#define SOL_RAW     255
#define SOL_PACKET  263
#define SOL_NETLINK 270

#define SO_DEBUG            1
#define SO_REUSEADDR        2
#define SO_TYPE             3
#define SO_ERROR            4
#define SO_DONTROUTE        5
#define SO_BROADCAST        6
#define SO_SNDBUF           7
#define SO_RCVBUF           8
#define SO_KEEPALIVE        9
#define SO_OOBINLINE        10
#define SO_NO_CHECK         11
#define SO_PRIORITY         12
#define SO_LINGER           13
#define SO_BSDCOMPAT        14
#define SO_REUSEPORT        15
#define SO_PASSCRED         16
#define SO_PEERCRED         17
#define SO_RCVLOWAT         18
#define SO_SNDLOWAT         19
#define SO_RCVTIMEO         20
#define SO_SNDTIMEO         21
#define SO_BINDTODEVICE     25
#define SO_TIMESTAMP        29
#define SO_ACCEPTCONN       30
#define SO_SNDBUFFORCE      32
#define SO_RCVBUFFORCE      33
#define SO_TIMESTAMPNS      35
#define SO_LOCK_FILTER      44
#define SO_ATTACH_FILTER    26
#define SO_DETACH_FILTER    27
#define SO_PEERNAME         28
#define SO_PEERSEC          31
#define SO_PASSSEC          34
#define SO_MARK             36
#define SO_TIMESTAMPING     37
#define SO_PROTOCOL         38
#define SO_DOMAIN           39
#define SO_RXQ_OVFL         40
#define SO_WIFI_STATUS      41
#define SO_PEEK_OFF         42
#define SO_NOFCS            43
#define SO_SELECT_ERR_QUEUE 45
#define SO_BUSY_POLL        46
#define SO_MAX_PACING_RATE  47
#define SO_BPF_EXTENSIONS   48
#define SO_INCOMING_CPU     49
#define SO_ATTACH_BPF       50
#define SO_MEMINFO          55
#define SO_INCOMING_NAPI_ID 56
#define SO_COOKIE           57
#define SO_PEERGROUPS       59
#define SO_ZEROCOPY         60
#define SO_BINDTOIFINDEX    62
#define SO_TIMESTAMP_NEW    63
#define SO_TIMESTAMPNS_NEW  64
#define SO_TIMESTAMPING_NEW 65
#define SO_RCVTIMEO_NEW     66
#define SO_SNDTIMEO_NEW     67
#define SO_BUF_LOCK         72
#define ABI_SO_PEERPIDFD    77

#define IP_TOS                    1
#define IP_TTL                    2
#define IP_HDRINCL                3
#define IP_OPTIONS                4
#define IP_ROUTER_ALERT           5
#define IP_RECVOPTS               6
#define IP_RETOPTS                7
#define IP_PKTINFO                8
#define IP_MTU_DISCOVER           10
#define IP_RECVERR                11
#define IP_RECVTTL                12
#define IP_RECVTOS                13
#define IP_MTU                    14
#define IP_FREEBIND               15
#define IP_IPSEC_POLICY           16
#define IP_XFRM_POLICY            17
#define IP_PASSSEC                18
#define IP_TRANSPARENT            19
#define IP_ORIGDSTADDR            20
#define IP_MINTTL                 21
#define IP_NODEFRAG               22
#define IP_BIND_ADDRESS_NO_PORT   24
#define IP_MULTICAST_IF           32
#define IP_MULTICAST_TTL          33
#define IP_MULTICAST_LOOP         34
#define IP_ADD_MEMBERSHIP         35
#define IP_DROP_MEMBERSHIP        36
#define IP_UNBLOCK_SOURCE         37
#define IP_BLOCK_SOURCE           38
#define IP_ADD_SOURCE_MEMBERSHIP  39
#define IP_DROP_SOURCE_MEMBERSHIP 40
#define IP_MSFILTER               41
#define IP_MULTICAST_ALL          49
#define IP_UNICAST_IF             50

/* Of SOL_IP and SOL_IPV6. */
#define MCAST_JOIN_GROUP         42
#define MCAST_BLOCK_SOURCE       43
#define MCAST_UNBLOCK_SOURCE     44
#define MCAST_LEAVE_GROUP        45
#define MCAST_JOIN_SOURCE_GROUP  46
#define MCAST_LEAVE_SOURCE_GROUP 47
#define MCAST_MSFILTER           48

#define MCAST_EXCLUDE 0
#define MCAST_INCLUDE 1

/* Of SOL_RAW. */
#define ICMP_FILTER 1

/* Of SOL_ICMPV6. */
#define ABI_ICMP6_FILTER 1

/* Of SOL_UDP. */
#define UDP_CORK         1
#define UDP_NO_CHECK6_TX 101
#define UDP_NO_CHECK6_RX 102
#define UDP_SEGMENT      103
#define UDP_GRO          104

#define IPV6_ADDRFORM       1
#define IPV6_2292PKTINFO    2
#define IPV6_2292HOPOPTS    3
#define IPV6_2292DSTOPTS    4
#define IPV6_2292RTHDR      5
#define IPV6_2292PKTOPTIONS 6
#define IPV6_CHECKSUM       7
#define IPV6_2292HOPLIMIT   8
#define ABI_IPV6_FLOWINFO   11
#define IPV6_UNICAST_HOPS   16
#define IPV6_MULTICAST_IF   17
#define IPV6_MULTICAST_HOPS 18
#define IPV6_MULTICAST_LOOP 19
#define IPV6_JOIN_GROUP     20
#define IPV6_LEAVE_GROUP    21
#define IPV6_MTU_DISCOVER   23
#define IPV6_MTU            24
#define IPV6_RECVERR        25
#define IPV6_V6ONLY         26
#define IPV6_JOIN_ANYCAST   27
#define IPV6_LEAVE_ANYCAST  28
#define IPV6_MULTICAST_ALL  29
#define IPV6_IPSEC_POLICY   34
#define IPV6_XFRM_POLICY    35
#define IPV6_HDRINCL        36
#define IPV6_RECVPKTINFO    49
#define IPV6_PKTINFO        50
#define IPV6_RECVHOPLIMIT   51
#define IPV6_HOPLIMIT       52
#define IPV6_RECVHOPOPTS    53
#define IPV6_HOPOPTS        54
#define IPV6_RTHDRDSTOPTS   55
#define IPV6_RECVRTHDR      56
#define IPV6_RTHDR          57
#define IPV6_RECVDSTOPTS    58
#define IPV6_DSTOPTS        59
#define IPV6_PATHMTU        61
#define IPV6_DONTFRAG       62
#define IPV6_RECVTCLASS     66
#define IPV6_TCLASS         67
#define IPV6_MINHOPCOUNT    73
#define IPV6_ORIGDSTADDR    74
#define IPV6_TRANSPARENT    75
#define IPV6_UNICAST_IF     76
#define IPV6_FREEBIND       78

#define TCP_NODELAY              1
#define TCP_MAXSEG               2
#define TCP_CORK                 3
#define TCP_KEEPIDLE             4
#define TCP_KEEPINTVL            5
#define TCP_KEEPCNT              6
#define TCP_SYNCNT               7
#define TCP_LINGER2              8
#define TCP_DEFER_ACCEPT         9
#define TCP_WINDOW_CLAMP         10
#define TCP_INFO                 11
#define TCP_QUICKACK             12
#define TCP_CONGESTION           13
#define TCP_THIN_LINEAR_TIMEOUTS 16
#define TCP_THIN_DUPACK          17
#define TCP_USER_TIMEOUT         18
#define TCP_FASTOPEN             23
#define TCP_TIMESTAMP            24
#define TCP_NOTSENT_LOWAT        25
#define TCP_CC_INFO              26

/* Ports and addresses are in network byte order. */
struct abi_sockaddr_in {
    uint16_t sin_family;
    uint16_t sin_port;
    uint8_t sin_addr[4];
    uint8_t abi_zero[8];
};

struct abi_sockaddr_in6 {
    uint16_t sin6_family;
    uint16_t sin6_port;
    uint32_t sin6_flowinfo;
    uint8_t sin6_addr[16];
    uint32_t sin6_scope_id;
};

struct abi_sockaddr_un {
    uint16_t sun_family;
    char sun_path[108];
};

struct abi_sockaddr_nl {
    uint16_t nl_family;
    uint16_t abi_pad;
    uint32_t nl_pid, nl_groups;
};

/* What the error queue tells, in a control message of IP_RECVERR; behind it is
 * the address of who reported it. ip(7). */
struct abi_sock_extended_err {
    uint32_t ee_errno;
    uint8_t ee_origin; /* SO_EE_ORIGIN_* */
    uint8_t ee_type, ee_code, ee_pad;
    uint32_t ee_info, ee_data;
};

#define SO_EE_ORIGIN_LOCAL        1
#define SO_EE_ORIGIN_ICMP         2
#define SO_EE_ORIGIN_ICMP6        3
#define SO_EE_ORIGIN_TIMESTAMPING 4

/* SO_TIMESTAMPING: what a timestamp is wanted of, and which is told. */
/* ee_info of stamps */
#define ABI_SCM_TSTAMP_SND   0
#define ABI_SCM_TSTAMP_SCHED 1
#define ABI_SCM_TSTAMP_ACK   2

#define SOF_TIMESTAMPING_TX_HARDWARE    (1 << 0)
#define SOF_TIMESTAMPING_TX_SOFTWARE    (1 << 1)
#define SOF_TIMESTAMPING_RX_HARDWARE    (1 << 2)
#define SOF_TIMESTAMPING_RX_SOFTWARE    (1 << 3)
#define SOF_TIMESTAMPING_SOFTWARE       (1 << 4)
#define SOF_TIMESTAMPING_SYS_HARDWARE   (1 << 5)
#define SOF_TIMESTAMPING_RAW_HARDWARE   (1 << 6)
#define SOF_TIMESTAMPING_OPT_ID         (1 << 7)
#define SOF_TIMESTAMPING_TX_SCHED       (1 << 8)
#define SOF_TIMESTAMPING_TX_ACK         (1 << 9)
#define SOF_TIMESTAMPING_OPT_CMSG       (1 << 10)
#define SOF_TIMESTAMPING_OPT_TSONLY     (1 << 11)
#define ABI_SOF_TIMESTAMPING_OPT_ID_TCP (1 << 16) /* of Linux 6.2 */

struct abi_msghdr {
    uint64_t msg_name;
    int32_t msg_namelen;
    uint32_t abi_pad0;
    uint64_t msg_iov;
    uint64_t msg_iovlen;
    uint64_t msg_control;
    uint64_t msg_controllen;
    uint32_t msg_flags;
    uint32_t abi_pad1;
};

struct abi_mmsghdr {
    struct abi_msghdr msg_hdr;
    uint32_t msg_len;
    uint32_t abi_pad;
};

/* Its data follows at once. */
struct abi_cmsghdr {
    uint64_t cmsg_len; /* with the header */
    int32_t cmsg_level, cmsg_type;
};

struct abi_ucred {
    int32_t pid;
    uint32_t uid, gid;
};

struct abi_linger {
    int32_t l_onoff, l_linger;
};

_Static_assert(sizeof(struct abi_sockaddr_in) == 16, "Linux ABI");
_Static_assert(sizeof(struct abi_sockaddr_in6) == 28, "Linux ABI");
_Static_assert(sizeof(struct abi_sockaddr_un) == 110, "Linux ABI");
_Static_assert(sizeof(struct abi_sockaddr_nl) == 12, "Linux ABI");
_Static_assert(sizeof(struct abi_msghdr) == 56, "Linux ABI");
_Static_assert(sizeof(struct abi_mmsghdr) == 64, "Linux ABI");
_Static_assert(sizeof(struct abi_cmsghdr) == 16, "Linux ABI");
_Static_assert(sizeof(struct abi_ucred) == 12, "Linux ABI");
_Static_assert(sizeof(struct abi_linger) == 8, "Linux ABI");
