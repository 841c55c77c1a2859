// SPDX-License-Identifier: MIT
/* netdev_group: the multicast groups that an interface is in. */
#include "abi/errno.h"
#include "net/igmp.h"
#include "net/nd.h"
#include "net/netdev.h"
#include "net/stack.h"

static struct netdev_group **find(struct netdev *dev,
                                  const struct netaddr *group)
{
    struct netdev_group **link = &dev->groups;

    while (*link && !netaddr_equal(&(*link)->addr, group))
        link = &(*link)->next;
    return link;
}

/* 224.0.0.1, ff01::1, ff02::1 */
static bool is_all_hosts(const struct netaddr *group)
{
    if (netaddr_is_v4(group))
        return group->w[3] == BE32(0xe0000001);
    return (group->w[0] == BE32(0xff010000) ||
            group->w[0] == BE32(0xff020000)) &&
           !group->w[1] && !group->w[2] && group->w[3] == BE32(1);
}

bool netdev_in_group(const struct netdev *dev, const struct netaddr *group)
{
    const struct netdev_group *g = dev->groups;

    if (is_all_hosts(group))
        return true;
    while (g && !netaddr_equal(&g->addr, group))
        g = g->next;
    return g;
}

/* Tells routers what is wanted of the group now. */
static void tell(struct netdev *dev, const struct netdev_group *g, bool joined)
{
    if (netaddr_is_v4(&g->addr))
        igmp_changed(dev, g, joined);
    else
        mld_changed(dev, g, joined);
}

int netdev_join_group(struct netdev *dev, const struct netaddr *group,
                      struct netdev_member *m)
{
    struct netdev_group *g = *find(dev, group);
    bool first = !g;

    if (first) {
        g = net_env_alloc(dev->stack, sizeof(*g));
        if (!g)
            return -ENOMEM;
        *g = (struct netdev_group){.next = dev->groups, .addr = *group};
        list_init(&g->members);
        dev->groups = g;
    }
    if (m)
        list_add_tail(&g->members, &m->node);
    else
        g->own++;
    if (first && dev->ops->set_groups)
        dev->ops->set_groups(dev);
    if (first)
        tell(dev, g, true);
    return 0;
}

void netdev_leave_group(struct netdev *dev, const struct netaddr *group,
                        struct netdev_member *m)
{
    struct netdev_group **link = find(dev, group), *g = *link;

    if (m)
        list_del(&m->node);
    else
        g->own--;
    if (g->own || !list_empty(&g->members))
        return;
    *link = g->next;
    if (dev->ops->set_groups)
        dev->ops->set_groups(dev);
    tell(dev, g, false);
    net_env_free(dev->stack, g);
}

void netdev_group_changed(struct netdev *dev, const struct netaddr *group)
{
    struct netdev_group *g = *find(dev, group);

    if (g)
        tell(dev, g, true);
}

void netdev_for_each_group(const struct netdev *dev,
                           void (*fn)(const struct netdev_group *g, void *arg),
                           void *arg)
{
    for (const struct netdev_group *g = dev->groups; g; g = g->next)
        fn(g, arg);
}

static bool is_among(const struct netaddr *list, unsigned n,
                     const struct netaddr *a)
{
    for (unsigned i = 0; i < n; i++)
        if (netaddr_equal(&list[i], a))
            return true;
    return false;
}

/* From whom any member wants datagrams: how many, distinct ones; 0: from
 * everybody, or from more than there is room for. */
static unsigned all_sources(const struct netdev_group *g,
                            struct netaddr sources[NETDEV_SOURCES_MAX])
{
    const struct netdev_member *m;
    unsigned n = 0;

    if (g->own)
        return 0;
    list_for_each_entry (m, &g->members, node) {
        if (!m->include)
            return 0;
        for (unsigned i = 0; i < m->count; i++) {
            if (is_among(sources, n, &m->sources[i]))
                continue;
            if (n == NETDEV_SOURCES_MAX)
                return 0;
            sources[n++] = m->sources[i];
        }
    }
    return n;
}

void netdev_group_record(const struct netdev_group *g, bool change, bool joined,
                         struct netdev_group_record *r)
{
    enum { IS_INCLUDE = 1, IS_EXCLUDE, TO_INCLUDE, TO_EXCLUDE };

    r->count = joined ? all_sources(g, r->sources) : 0;
    if (joined && !r->count)
        r->kind = change ? TO_EXCLUDE : IS_EXCLUDE;
    else
        r->kind = change ? TO_INCLUDE : IS_INCLUDE;
}
