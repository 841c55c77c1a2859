// SPDX-License-Identifier: MIT
/* packet_lo: what the tests of packet sockets do on the loopback. */
#pragma once

#include "check.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* One datagram to this host, to a port of nobody's, marked by its text. */
static inline void send_text(const char *text)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(40999)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_EQ(
        sendto(fd, text, strlen(text), 0, (struct sockaddr *)&a, sizeof(a)),
        (long)strlen(text));
    close(fd);
}

/* A socket that sees IPv4 on the loopback once it is bound. */
static inline int packet_socket_of(int version)
{
    int fd = socket(AF_PACKET, SOCK_RAW, 0);

    if (fd < 0 && errno == EPERM)
        CHECK_SKIP("needs CAP_NET_RAW");
    CHECK(fd >= 0);
    CHECK_EQ(
        setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)),
        0);
    return fd;
}

static inline void packet_bind_lo(int fd)
{
    struct sockaddr_ll a = {.sll_family = AF_PACKET,
                            .sll_protocol = htons(ETH_P_IP),
                            .sll_ifindex = (int)if_nametoindex("lo")};

    CHECK_EQ(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
}
