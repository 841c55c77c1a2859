// SPDX-License-Identifier: MIT
/* membership: see the header. The options are in membership_option.c. */
#include "net/membership.h"

#include "abi/errno.h"
#include "net/stack.h"

/* dev NULL: on any interface. */
static struct membership **find(struct sock *sk, const struct netdev *dev,
                                const struct netaddr *group)
{
    struct membership **link = &sk->memberships;

    while (*link && ((dev && (*link)->dev != dev) ||
                     !netaddr_equal(&(*link)->group, group)))
        link = &(*link)->next;
    return link;
}

static int check(const struct netdev *dev, const struct netaddr *group)
{
    if (!netaddr_is_multicast(group))
        return -EINVAL;
    return dev ? 0 : -ENODEV;
}

int membership_join(struct sock *sk, struct netdev *dev,
                    const struct netaddr *group)
{
    int err = check(dev, group);
    struct membership *m;

    if (err)
        return err;
    if (*find(sk, dev, group))
        return -EADDRINUSE;
    m = net_env_alloc(sk->stack, sizeof(*m));
    if (!m)
        return -ENOBUFS;
    *m = (struct membership){.dev = dev, .group = *group};
    err = netdev_join_group(dev, group, &m->member);
    if (err) {
        net_env_free(sk->stack, m);
        return err;
    }
    m->next = sk->memberships;
    sk->memberships = m;
    return 0;
}

static void leave(struct sock *sk, struct membership **link)
{
    struct membership *m = *link;

    *link = m->next;
    netdev_leave_group(m->dev, &m->group, &m->member);
    net_env_free(sk->stack, m->member.sources);
    net_env_free(sk->stack, m);
}

int membership_leave(struct sock *sk, struct netdev *dev,
                     const struct netaddr *group)
{
    struct membership **link = find(sk, dev, group);
    int err = check(dev, group);

    if (err)
        return err;
    if (!*link)
        return -EADDRNOTAVAIL;
    leave(sk, link);
    return 0;
}

void membership_leave_all(struct sock *sk)
{
    while (sk->memberships)
        leave(sk, &sk->memberships);
}

/* --- sources --- */

static unsigned find_source(const struct netdev_member *f,
                            const struct netaddr *source)
{
    unsigned i = 0;

    while (i < f->count && !netaddr_equal(&f->sources[i], source))
        i++;
    return i;
}

/* igmp_max_msf and mld_max_msf of Linux */
static unsigned sources_max(const struct netaddr *group)
{
    return netaddr_is_v4(group) ? 10 : MEMBERSHIP_SOURCES_MAX;
}

/* Room for as many sources as there may be. */
static int make_room(struct sock *sk, struct membership *m)
{
    if (!m->member.sources)
        m->member.sources = net_env_alloc(
            sk->stack, sources_max(&m->group) * sizeof(*m->member.sources));
    return m->member.sources ? 0 : -ENOBUFS;
}

static int add_source(struct sock *sk, struct membership *m,
                      const struct netaddr *source)
{
    struct netdev_member *f = &m->member;
    int err = make_room(sk, m);

    if (err)
        return err;
    if (f->count == sources_max(&m->group))
        return -ENOBUFS;
    if (find_source(f, source) < f->count)
        return -EADDRNOTAVAIL;
    f->sources[f->count++] = *source;
    return 0;
}

int membership_source(struct sock *sk, struct netdev *dev,
                      const struct netaddr *group, const struct netaddr *source,
                      bool include, bool add)
{
    struct membership **link = find(sk, dev, group), *m = *link;
    int err = check(dev, group);
    unsigned at;

    if (err)
        return err;
    /* A filter that names nobody may change its mode. */
    if (!m || (m->member.count && m->member.include != include))
        return -EINVAL;
    m->member.include = include;
    at = find_source(&m->member, source);
    if (add)
        err = add_source(sk, m, source);
    else if (at == m->member.count)
        err = -EADDRNOTAVAIL;
    else
        m->member.sources[at] = m->member.sources[--m->member.count];
    if (err)
        return err;
    if (include && !m->member.count)
        leave(sk, link);
    else
        netdev_group_changed(dev, group);
    return 0;
}

int membership_set_filter(struct sock *sk, struct netdev *dev,
                          const struct netaddr *group, bool include,
                          const struct netaddr *sources, unsigned n)
{
    struct membership **link = find(sk, dev, group), *m = *link;
    int err = check(dev, group);

    if (err)
        return err;
    if (!m)
        return -EINVAL;
    if (n > sources_max(group))
        return -ENOBUFS;
    if (include && !n) {
        leave(sk, link);
        return 0;
    }
    err = n ? make_room(sk, m) : 0;
    if (err)
        return err;
    if (n)
        memcpy(m->member.sources, sources, n * sizeof(*sources));
    m->member.include = include;
    m->member.count = (uint8_t)n;
    netdev_group_changed(dev, group);
    return 0;
}

const struct membership *membership_find(const struct sock *sk,
                                         const struct netdev *dev,
                                         const struct netaddr *group)
{
    return *find((struct sock *)(uintptr_t)sk, dev, group);
}

bool membership_wants(const struct sock *sk, const struct netdev *dev,
                      const struct netaddr *group, const struct netaddr *source)
{
    /* What this host has sent comes back by the loopback interface. */
    const struct membership *m = membership_find(
        sk, dev->features & NETDEV_LOOPBACK ? NULL : dev, group);
    uint32_t only =
        netaddr_is_v4(group) ? INET_OPT_ONLY_JOINED : INET_OPT_ONLY_JOINED6;

    if (!m)
        return !(sk->inet_options & only);
    return (find_source(&m->member, source) < m->member.count) ==
           m->member.include;
}
