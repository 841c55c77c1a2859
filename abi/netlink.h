// SPDX-License-Identifier: MIT
/* netlink: messages between programs and the kernel; netlink(7). */
#pragma once

#include <stdint.h>

#define NETLINK_ROUTE     0
#define NETLINK_SOCK_DIAG 4

#define NLM_F_REQUEST       0x1
#define NLM_F_MULTI         0x2
#define NLM_F_ACK           0x4
#define NLM_F_ROOT          0x100
#define NLM_F_MATCH         0x200
#define NLM_F_DUMP          0x300
#define NLM_F_REPLACE       0x100
#define NLM_F_EXCL          0x200
#define NLM_F_BULK          0x200
#define NLM_F_CREATE        0x400
#define NLM_F_APPEND        0x800
#define NLM_F_CAPPED        0x100
#define NLM_F_DUMP_FILTERED 0x20

#define NLMSG_NOOP     1
#define NLMSG_ERROR    2
#define NLMSG_DONE     3
#define NLMSG_MIN_TYPE 16

#define NETLINK_ADD_MEMBERSHIP   1
#define NETLINK_DROP_MEMBERSHIP  2
#define NETLINK_PKTINFO          3
#define NETLINK_BROADCAST_ERROR  4
#define NETLINK_NO_ENOBUFS       5
#define NETLINK_LIST_MEMBERSHIPS 9
#define NETLINK_CAP_ACK          10
#define NETLINK_EXT_ACK          11
#define NETLINK_GET_STRICT_CHK   12

struct abi_nlmsghdr {
    uint32_t nlmsg_len;
    uint16_t nlmsg_type, nlmsg_flags;
    uint32_t nlmsg_seq, nlmsg_pid;
};

struct abi_nlmsgerr {
    int32_t error;
    struct abi_nlmsghdr msg;
};

struct abi_nlattr {
    uint16_t nla_len, nla_type;
};

#define ABI_NLA_TYPE_MASK 0x3fff

_Static_assert(sizeof(struct abi_nlmsghdr) == 16, "Linux ABI");
_Static_assert(sizeof(struct abi_nlmsgerr) == 20, "Linux ABI");
