// SPDX-License-Identifier: MIT
/*
 * socket: sockets as files: blocking, waiting and readiness around the
 * operations of net/sock.h. What the system calls call.
 *
 * All of it in threads of the program; may sleep, nothing locked.
 */
#pragma once

#include "kernel/uio.h"
#include "net/sock.h"

struct file;
struct socket;

/* socket(2): type may have SOCK_NONBLOCK; a reference in *file. */
int socket_create(int family, int type, int protocol, struct file **file);

/* Whether f is a socket (else -ENOTSOCK is the answer). */
bool file_is_socket(const struct file *f);

/* The socket behind f, borrowed; NULL: f is none. */
struct sock *socket_sock(const struct file *f);

/* socketpair(2): two sockets, connected; references in files. */
int socket_create_pair(int family, int type, int protocol,
                       struct file *files[2]);

int socket_bind(struct file *f, const struct sock_addr *a);
/* Of AF_UNIX, connect and send look for the file that a path names. */
int socket_connect(struct file *f, struct sock_addr *a);
int socket_listen(struct file *f, int backlog);
/* accept4(2): the new file has `flags` (O_NONBLOCK or not). a: the peer's
 * address, or NULL. */
int socket_accept(struct file *f, uint32_t flags, struct file **child,
                  struct sock_addr *a);
int socket_shutdown(struct file *f, int how);
int socket_name(struct file *f, bool peer, struct sock_addr *a);
int socket_set_option(struct file *f, int level, int name, const void *value,
                      size_t len);
int socket_get_option(struct file *f, int level, int name, void *value,
                      size_t *len);

/* One message; m->data is set here from u, MSG_DONTWAIT from the file. -EPIPE
 * of a stream without MSG_NOSIGNAL has sent SIGPIPE. */
ssize_t socket_send(struct file *f, struct sock_msg *m, struct uio *u);
ssize_t socket_recv(struct file *f, struct sock_msg *m, struct uio *u);

/* For net_env_sock_ready: stack locked, any context. */
void socket_ready(struct socket *so, unsigned events);

/* SIOCGIF... of netdevice(7); -ENOTTY: another request. */
long netdev_ioctl(struct netstack *s, unsigned cmd, uintptr_t arg);
/* SIOCSIF..., SIOCADDRT, SIOCDELRT: -EPERM without CAP_NET_ADMIN. */
long netdev_ioctl_set(struct netstack *s, unsigned cmd, uintptr_t arg);
