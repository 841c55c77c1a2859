// SPDX-License-Identifier: MIT
/* procnet: the files of /proc/net, /proc/sys/net and /sys/class/net. */
#pragma once

#include "vfs/pseudo.h"

/* Fills in vfs/procfs_net.h's directories. */
void procnet_init(void);

extern const struct pseudo_dir procnet_sys_dir; /* procnet_sys.c */
void procnet_class_init(void);                  /* procnet_class.c */

/* procnet_sock.c */
int procnet_show_tcp(struct text *t, const struct pseudo_key *k);
int procnet_show_tcp6(struct text *t, const struct pseudo_key *k);
int procnet_show_udp(struct text *t, const struct pseudo_key *k);
int procnet_show_udp6(struct text *t, const struct pseudo_key *k);
int procnet_show_raw(struct text *t, const struct pseudo_key *k);
int procnet_show_raw6(struct text *t, const struct pseudo_key *k);
int procnet_show_unix(struct text *t, const struct pseudo_key *k);
int procnet_show_packet(struct text *t, const struct pseudo_key *k);
int procnet_show_netlink(struct text *t, const struct pseudo_key *k);
int procnet_show_sockstat(struct text *t, const struct pseudo_key *k);
