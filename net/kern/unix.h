// SPDX-License-Identifier: MIT
/*
 * unix: what AF_UNIX sockets have to do with files: names in the file system,
 * and descriptors in messages (SCM_RIGHTS of unix(7)). In threads of the
 * program, nothing locked; may sleep.
 */
#pragma once

#include "net/sock.h"

struct file;

/*
 * Finds the file that a path of unix(7) names, for connect and send: sets
 * a->node to a reference, which unix_path_put drops. Does nothing for other
 * names. -ENOENT and so on as path_walk, -EACCES, -ECONNREFUSED: no socket.
 */
int unix_path_get(struct sock_addr *a);
void unix_path_put(struct sock_addr *a);

/* bind(2): makes the file with access bits mode and calls the protocol. */
int unix_path_bind(struct sock *sk, const struct sock_addr *a, uint32_t mode);

/* Whether a is a path: neither abstract, unnamed nor invalid. */
bool unix_is_path(const struct sock_addr *a);

/*
 * Makes m->rights and *creds (then m->creds) of what m->control says. -EINVAL,
 * -EBADF, -EPERM, -ETOOMANYREFS, -ENOMEM. scm_drop frees what was not sent.
 */
int scm_get(struct netstack *s, struct sock_msg *m, struct sock_creds *creds);
void scm_drop(struct sock_msg *m);
/* Gives the files in m->rights descriptors and tells of them in m->control.
 * Those for which there is no room or number are dropped (MSG_CTRUNC). */
void scm_put(struct sock_msg *m);

/* Drops the files that became garbage. After whatever closes sockets. */
void unix_reap(struct netstack *s);
