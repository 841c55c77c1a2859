// SPDX-License-Identifier: MIT
/*
 * net: the machine's one network stack: what the rest of the kernel sees.
 *
 * A kernel thread, "net", does what interrupts cannot: it goes on where there
 * was more work than one interrupt should do, and writes /etc/resolv.conf. It
 * exists only when there is an interface besides the loopback.
 */
#pragma once

#include "net/stack.h"

extern struct netstack net_stack;

/* Sets the stack up, with its loopback; before drivers register interfaces.
 * -ENOMEM. */
int net_init(void);

/* What the command line says of the first interface; NULL: nothing. */
struct net_config {
    const char *ip;  /* "dhcp", "none" or ADDR/LEN; NULL: dhcp */
    const char *gw;  /* ADDR */
    const char *dns; /* ADDR[,ADDR] */
    const char *ip6; /* "auto", "none" or ADDR/LEN; NULL: auto */
};

/* Begins to configure the first interface, if there is one. Needs the vfs;
 * logs what is wrong. */
void net_configure(const struct net_config *c);

/* The machine ends: gives addresses back that servers gave (DHCPRELEASE, RFC
 * 2131, 4.4.6; RFC 8415, 18.2.7), and waits until the devices have sent all,
 * 10 ms at most. */
void net_end(void);

/*
 * While DHCP is asking for the first time: waits for it. True: something may
 * have changed, try again; false: there was nothing to wait for, or a signal
 * came. May sleep, a few seconds at most.
 */
bool net_wait_configured(void);
