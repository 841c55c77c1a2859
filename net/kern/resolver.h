// SPDX-License-Identifier: MIT
/* resolver: /etc/resolv.conf (resolv.conf(5)), from the command line, DHCP
 * and the routers of IPv6.
 * A file of this name that the root has is left alone. */
#pragma once

#include "lib/base.h"

struct netstack;

/* dns: addresses with commas between that go before those of DHCP, or NULL.
 * Makes an empty file, opening which waits for DHCP. -ENOMEM. */
int resolver_init(const char *dns);

/* Writes the file anew. Not locked; may sleep. */
void resolver_write(struct netstack *s);

/* The machine's name as it is told to a DHCP server; NULL: it has none. */
const char *resolver_hostname(void);
