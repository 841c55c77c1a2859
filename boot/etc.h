// SPDX-License-Identifier: MIT
/* etc: the files of /etc without which C libraries know no names. */
#pragma once

/*
 * Makes those of hosts, hostname, passwd, group and nsswitch.conf that the root
 * has not: hosts(5), hostname(5), passwd(5), group(5), nsswitch.conf(5).
 * resolv.conf is the network's (net/kern/resolver.h). A root with no place for
 * them stays without.
 */
void etc_make(void);
