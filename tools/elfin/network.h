// SPDX-License-Identifier: MIT
/*
 * network: the machine's network card: what it is connected to on the host,
 * and what the kernel is told of its addresses.
 *
 * QEMU's user network needs no root and no set-up: the machine is 10.0.2.15
 * behind 10.0.2.2, and the host's ports lead in with --publish. As these
 * addresses are known, the kernel is given them and need not ask for them.
 */
#pragma once

#include "tools/elfin/machine.h"
#include "tools/elfin/util.h"

/* As given on the command line; NULL or empty: not given. */
struct network_opts {
    const char *network, *ip, *ip6, *gw, *dns, *mac, *pcap;
    struct strlist publish;
};

/* A port of the host that leads to one of the machine. */
struct network_port {
    char addr[64]; /* "": all of the host's */
    unsigned host, guest;
    bool udp;
};

/* [ADDR:]HOST:GUEST[/udp|/tcp]; false: it is none. */
bool network_parse_port(const char *text, struct network_port *p);

/* Whether a card is wanted: not with --network none. */
bool network_wanted(const struct network_opts *o);

/* Looks at the options; 0, or a status after a message. */
int network_check(const struct network_opts *o);

/* Looks whether the ports to publish can be had; 0, or a status after a
 * message. They are not kept. */
int network_try_ports(const struct network_opts *o);

/* Adds QEMU's arguments for it. */
void network_args(const struct network_opts *o, enum machine_kind kind,
                  struct strlist *args);

/* Adds what the kernel must know, each word with a blank behind it. */
void network_cmdline(const struct network_opts *o, enum machine_kind kind,
                     struct strbuf *line);
