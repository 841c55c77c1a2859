// SPDX-License-Identifier: MIT
/* socket: making, naming and connecting sockets, and their options. Messages
 * are in socket_msg.c. */
#include "abi/fcntl.h"
#include "abi/packet.h"
#include "abi/socket.h"
#include "kernel/doctor.h"
#include "kernel/kmalloc.h"
#include "net/kern/socket.h"
#include "syscalls/define.h"
#include "syscalls/socket_addr.h"
#include "vfs/fd.h"

#define OPTION_MAX 4096 /* bytes of an option's value that are looked at */

struct file *socket_get(int fd, int *err)
{
    struct file *f = fd_get(fd);

    if (!f) {
        *err = -EBADF;
        return NULL;
    }
    if (file_is_socket(f))
        return f;
    file_put(f);
    *err = -ENOTSOCK;
    return NULL;
}

int sock_addr_from_user(struct sock_addr *a, const void user *from, int len)
{
    if (len < 0 || len > SOCK_ADDR_MAX)
        return -EINVAL;
    a->len = (uint32_t)len;
    a->node = NULL;
    a->family = AF_UNSPEC;
    return copy_from_user(a->bytes, from, (size_t)len);
}

int sock_addr_to_user(const struct sock_addr *a, void user *to, int user *len)
{
    int room;

    if (get_user(&room, len))
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    if (copy_to_user(to, a->bytes, MIN((uint32_t)room, a->len)))
        return -EFAULT;
    return put_user((int)a->len, len);
}

static bool valid_type(int type)
{
    return !(type & ~(ABI_SOCK_TYPE_MASK | SOCK_CLOEXEC | SOCK_NONBLOCK));
}

/* socket(2) */
SYSCALL_DEFINE3(socket, int, family, int, type, int, protocol)
{
    struct file *f;
    int err;

    if (!valid_type(type))
        return -EINVAL;
    err = socket_create(family, type & ~SOCK_CLOEXEC, protocol, &f);
    if (err == -EAFNOSUPPORT || err == -EPROTONOSUPPORT ||
        err == -ESOCKTNOSUPPORT)
        doctor_refused("socket", "family=%d,type=%d,protocol=%d", family,
                       type & ABI_SOCK_TYPE_MASK, protocol);
    return err ? err : fd_install_new(f, type & SOCK_CLOEXEC);
}
SYSCALL_PARTIAL(socket, "AF_INET, AF_INET6, AF_UNIX, AF_PACKET, and "
                        "NETLINK_ROUTE of AF_NETLINK");

/* Two numbers first: what was made is never taken back from the program. */
static int install_pair(int family, int type, int protocol, int fd[2])
{
    bool cloexec = type & SOCK_CLOEXEC;
    struct file *files[2];
    int err;

    err = fd[0] = fd_reserve(cloexec);
    if (err < 0)
        return err;
    err = fd[1] = fd_reserve(cloexec);
    if (err >= 0)
        err = socket_create_pair(family, type & ~SOCK_CLOEXEC, protocol, files);
    if (err < 0) {
        fd_unreserve(fd[0]);
        if (fd[1] >= 0)
            fd_unreserve(fd[1]);
        return err;
    }
    fd_install(fd[0], files[0]);
    fd_install(fd[1], files[1]);
    return 0;
}

/* socketpair(2) */
SYSCALL_DEFINE4(socketpair, int, family, int, type, int, protocol, int user *,
                pair)
{
    int fd[2], err;

    if (!valid_type(type))
        return -EINVAL;
    /* As on Linux: a bad address is found before there are sockets. */
    fd[0] = fd[1] = -1;
    if (copy_to_user(pair, fd, sizeof(fd)))
        return -EFAULT;
    err = install_pair(family, type, protocol, fd);
    if (!err && copy_to_user(pair, fd, sizeof(fd)))
        err = -EFAULT;
    return err;
}

/* bind(2) */
SYSCALL_DEFINE3(bind, int, fd, const void user *, addr, int, len)
{
    struct sock_addr a;
    int err = 0;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    err = sock_addr_from_user(&a, addr, len);
    if (!err)
        err = socket_bind(f, &a);
    file_put(f);
    return err;
}

/* connect(2) */
SYSCALL_DEFINE3(connect, int, fd, const void user *, addr, int, len)
{
    struct sock_addr a;
    int err = 0;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    err = sock_addr_from_user(&a, addr, len);
    if (!err)
        err = socket_connect(f, &a);
    file_put(f);
    return err;
}

/* listen(2) */
SYSCALL_DEFINE2(listen, int, fd, int, backlog)
{
    int err = 0;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    err = socket_listen(f, backlog);
    file_put(f);
    return err;
}

static long accept_on(int fd, void user *addr, int user *len, int flags)
{
    struct sock_addr a = {0};
    struct file *child;
    int err = 0, new_fd;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    /* The number comes first: without one, no connection must be lost. */
    new_fd = err = fd_reserve(flags & SOCK_CLOEXEC);
    if (err >= 0)
        err = socket_accept(f, flags & SOCK_NONBLOCK ? O_NONBLOCK : 0, &child,
                            addr ? &a : NULL);
    file_put(f);
    if (err < 0)
        goto unreserve;
    err = addr ? sock_addr_to_user(&a, addr, len) : 0;
    if (err) {
        file_put(child);
        goto unreserve;
    }
    fd_install(new_fd, child);
    return new_fd;

unreserve:
    if (new_fd >= 0)
        fd_unreserve(new_fd);
    return err;
}

/* accept(2) */
SYSCALL_DEFINE3(accept, int, fd, void user *, addr, int user *, len)
{
    return accept_on(fd, addr, len, 0);
}

/* accept4(2) */
SYSCALL_DEFINE4(accept4, int, fd, void user *, addr, int user *, len, int,
                flags)
{
    if (flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK))
        return -EINVAL;
    return accept_on(fd, addr, len, flags);
}

/* shutdown(2) */
SYSCALL_DEFINE2(shutdown, int, fd, int, how)
{
    int err = 0;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    err = how < SHUT_RD || how > SHUT_RDWR ? -EINVAL : socket_shutdown(f, how);
    file_put(f);
    return err;
}

static long name_of(int fd, bool peer, void user *addr, int user *len)
{
    struct sock_addr a;
    int err = 0;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    err = socket_name(f, peer, &a);
    file_put(f);
    return err ? err : sock_addr_to_user(&a, addr, len);
}

/* getsockname(2) */
SYSCALL_DEFINE3(getsockname, int, fd, void user *, addr, int user *, len)
{
    return name_of(fd, false, addr, len);
}

/* getpeername(2) */
SYSCALL_DEFINE3(getpeername, int, fd, void user *, addr, int user *, len)
{
    return name_of(fd, true, addr, len);
}

/* --- options --- */

/* setsockopt(2) */
SYSCALL_DEFINE5(setsockopt, int, fd, int, level, int, name, const void user *,
                value, int, len)
{
    int err = 0;
    uint64_t few[8];
    void *v = few;
    struct file *f;

    if (len < 0)
        return -EINVAL;
    f = socket_get(fd, &err);
    if (!f)
        return err;
    len = MIN(len, OPTION_MAX);
    if ((size_t)len > sizeof(few))
        v = kmalloc((size_t)len);
    if (!v)
        err = -ENOMEM;
    else if (copy_from_user(v, value, (size_t)len))
        err = -EFAULT;
    else
        err = socket_set_option(f, level, name, v, (size_t)len);
    if (v != few)
        kfree(v);
    file_put(f);
    if (err == -ENOPROTOOPT || err == -EOPNOTSUPP)
        doctor_refused("setsockopt", "level=%d,option=%d", level, name);
    return err;
}
SYSCALL_PARTIAL(setsockopt,
                "some options answer ENOPROTOOPT or EOPNOTSUPP; the "
                "report names them");

/* The options whose value says what is asked for: filters of groups, headers of
 * a version. */
static bool reads_value(int level, int name)
{
    if (level == SOL_PACKET)
        return name == PACKET_HDRLEN;
    return (level == SOL_IP || level == SOL_IPV6) &&
           (name == MCAST_MSFILTER || (level == SOL_IP && name == IP_MSFILTER));
}

static int get_option(struct file *f, int level, int name, void user *value,
                      int user *user_len)
{
    uint64_t few[64];
    void *result = few;
    size_t len;
    int room, err = 0;

    if (get_user(&room, user_len))
        return -EFAULT;
    if (room < 0)
        return -EINVAL;
    len = MIN((size_t)room, sizeof(few));
    if (unlikely(reads_value(level, name))) {
        len = MIN((size_t)room, (size_t)OPTION_MAX);
        result = kmalloc(len);
        err = !result ? -ENOMEM : copy_from_user(result, value, len);
    }
    if (!err)
        err = socket_get_option(f, level, name, result, &len);
    if (!err)
        err = copy_to_user(value, result, len);
    if (result != few)
        kfree(result);
    return err ? err : put_user((int)len, user_len);
}

/* getsockopt(2) */
SYSCALL_DEFINE5(getsockopt, int, fd, int, level, int, name, void user *, value,
                int user *, len)
{
    int err = 0;
    struct file *f = socket_get(fd, &err);

    if (!f)
        return err;
    err = get_option(f, level, name, value, len);
    file_put(f);
    if (err == -ENOPROTOOPT || err == -EOPNOTSUPP)
        doctor_refused("getsockopt", "level=%d,option=%d", level, name);
    return err;
}
SYSCALL_PARTIAL(getsockopt, "some options answer ENOPROTOOPT; the report names "
                            "them");
