// SPDX-License-Identifier: MIT
/* netdevice: interfaces by ioctl; netdevice(7). */
#pragma once

#include <stdint.h>

#include "abi/socket.h"

#define SIOCADDRT      0x890b
#define SIOCDELRT      0x890c
#define SIOCGIFNAME    0x8910
#define SIOCGIFCONF    0x8912
#define SIOCGIFFLAGS   0x8913
#define SIOCSIFFLAGS   0x8914
#define SIOCGIFADDR    0x8915
#define SIOCSIFADDR    0x8916
#define SIOCGIFDSTADDR 0x8917
#define SIOCGIFBRDADDR 0x8919
#define SIOCSIFBRDADDR 0x891a
#define SIOCGIFNETMASK 0x891b
#define SIOCSIFNETMASK 0x891c
#define SIOCGIFMETRIC  0x891d
#define SIOCGIFMTU     0x8921
#define SIOCSIFMTU     0x8922
#define SIOCGIFHWADDR  0x8927
#define SIOCETHTOOL    0x8946
#define SIOCGIFINDEX   0x8933
#define SIOCGIFTXQLEN  0x8942
#define SIOCGIFMAP     0x8970

#define IFF_UP           0x1
#define IFF_BROADCAST    0x2
#define IFF_LOOPBACK     0x8
#define IFF_RUNNING      0x40
#define IFF_PROMISC      0x100
#define IFF_MULTICAST    0x1000
#define ABI_IFF_LOWER_UP 0x10000

#define ARPHRD_ETHER    1
#define ARPHRD_LOOPBACK 772

#define IFNAMSIZ 16

struct abi_ifreq {
    char ifr_name[IFNAMSIZ];
    union {
        struct abi_sockaddr_in ifr_addr;
        struct {
            uint16_t family;
            uint8_t data[14];
        } ifr_hwaddr;
        int16_t ifr_flags;
        int32_t ifr_value; /* index, MTU, metric */
        uint8_t abi_pad[24];
    };
};

#define RTF_UP      0x1
#define RTF_GATEWAY 0x2
#define RTF_HOST    0x4

struct abi_rtentry {
    uint64_t abi_pad1;
    struct abi_sockaddr_in rt_dst, rt_gateway, rt_genmask;
    uint16_t rt_flags;
    int16_t abi_pad2;
    uint64_t abi_pad3, abi_pad4;
    int16_t rt_metric;
    uint64_t rt_dev; /* its name, in the program's memory */
    uint64_t rt_mtu, rt_window;
    uint16_t rt_irtt;
};

struct abi_ifconf {
    int32_t ifc_len;
    uint32_t abi_pad;
    uint64_t ifc_req;
};

_Static_assert(sizeof(struct abi_ifreq) == 40, "Linux ABI");
_Static_assert(sizeof(struct abi_rtentry) == 120, "Linux ABI");
_Static_assert(sizeof(struct abi_ifconf) == 16, "Linux ABI");
