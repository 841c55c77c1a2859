// SPDX-License-Identifier: MIT
/* sock_diag: sockets, as netlink's NETLINK_SOCK_DIAG tells of them;
 * sock_diag(7). */
#pragma once

#include <stdint.h>

#define TCPDIAG_GETSOCK     18
#define DCCPDIAG_GETSOCK    19
#define SOCK_DIAG_BY_FAMILY 20
#define SOCK_DESTROY        21

#define INET_DIAG_REQ_BYTECODE 1
#define INET_DIAG_REQ_PROTOCOL 3

#define INET_DIAG_MEMINFO   1
#define INET_DIAG_INFO      2
#define INET_DIAG_CONG      4
#define INET_DIAG_TOS       5
#define INET_DIAG_TCLASS    6
#define INET_DIAG_SKMEMINFO 7
#define INET_DIAG_SHUTDOWN  8
#define INET_DIAG_PROTOCOL  10
#define INET_DIAG_SKV6ONLY  11
#define INET_DIAG_MARK      15

/* Of filters */
#define INET_DIAG_BC_NOP       0
#define INET_DIAG_BC_JMP       1
#define INET_DIAG_BC_S_GE      2
#define INET_DIAG_BC_S_LE      3
#define INET_DIAG_BC_D_GE      4
#define INET_DIAG_BC_D_LE      5
#define INET_DIAG_BC_AUTO      6
#define INET_DIAG_BC_S_COND    7
#define INET_DIAG_BC_D_COND    8
#define INET_DIAG_BC_DEV_COND  9
#define INET_DIAG_BC_MARK_COND 10
#define INET_DIAG_BC_S_EQ      11
#define INET_DIAG_BC_D_EQ      12

#define UNIX_DIAG_NAME     0
#define UNIX_DIAG_VFS      1
#define UNIX_DIAG_PEER     2
#define UNIX_DIAG_ICONS    3
#define UNIX_DIAG_RQLEN    4
#define UNIX_DIAG_MEMINFO  5
#define UNIX_DIAG_SHUTDOWN 6
#define UNIX_DIAG_UID      7

#define UDIAG_SHOW_NAME    0x1
#define UDIAG_SHOW_VFS     0x2
#define UDIAG_SHOW_PEER    0x4
#define UDIAG_SHOW_ICONS   0x8
#define UDIAG_SHOW_RQLEN   0x10
#define UDIAG_SHOW_MEMINFO 0x20
#define UDIAG_SHOW_UID     0x40

/* Ports and addresses as on the wire. */
struct abi_inet_diag_sockid {
    uint16_t idiag_sport, idiag_dport;
    uint32_t idiag_src[4], idiag_dst[4];
    uint32_t idiag_if;
    uint32_t idiag_cookie[2]; /* all ones: any */
};

struct abi_inet_diag_req_v2 {
    uint8_t sdiag_family, sdiag_protocol;
    uint8_t idiag_ext; /* 1 << (INET_DIAG_... - 1) */
    uint8_t pad;       /* of IPPROTO_RAW, the protocol */
    uint32_t idiag_states;
    struct abi_inet_diag_sockid id;
};

struct abi_inet_diag_msg {
    uint8_t idiag_family, idiag_state, idiag_timer, idiag_retrans;
    struct abi_inet_diag_sockid id;
    uint32_t idiag_expires; /* ms */
    uint32_t idiag_rqueue, idiag_wqueue, idiag_uid, idiag_inode;
};

/* How far a filter's program goes on when it is true, and when it is not. */
struct abi_inet_diag_bc_op {
    uint8_t code, yes;
    uint16_t no;
};

/* Behind S_COND and D_COND, with the address behind it. */
struct abi_inet_diag_hostcond {
    uint8_t family, prefix_len;
    int32_t port; /* in the host's order; -1: any */
};

struct abi_unix_diag_req {
    uint8_t sdiag_family, sdiag_protocol;
    uint16_t pad;
    uint32_t udiag_states, udiag_ino, udiag_show;
    uint32_t udiag_cookie[2];
};

struct abi_unix_diag_msg {
    uint8_t udiag_family, udiag_type, udiag_state, pad;
    uint32_t udiag_ino;
    uint32_t udiag_cookie[2];
};

/* UNIX_DIAG_VFS */
struct abi_unix_diag_vfs {
    uint32_t udiag_vfs_ino, udiag_vfs_dev;
};

_Static_assert(sizeof(struct abi_inet_diag_sockid) == 48, "Linux ABI");
_Static_assert(sizeof(struct abi_inet_diag_req_v2) == 56, "Linux ABI");
_Static_assert(sizeof(struct abi_inet_diag_msg) == 72, "Linux ABI");
_Static_assert(sizeof(struct abi_inet_diag_hostcond) == 8, "Linux ABI");
_Static_assert(sizeof(struct abi_unix_diag_req) == 24, "Linux ABI");
_Static_assert(sizeof(struct abi_unix_diag_msg) == 16, "Linux ABI");
