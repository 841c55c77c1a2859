// SPDX-License-Identifier: MIT
/* ipv6_addr: the addresses of interfaces, and the choice among them. */
#include "abi/errno.h"
#include "net/dhcp6.h"
#include "net/ipv6.h"
#include "net/nd.h"
#include "net/netdev.h"
#include "net/rtnl.h"
#include "net/stack.h"

#define DAD_NS NSEC_PER_SEC /* RFC 4862, 5.1: one try, RetransTimer */

struct ipv6_addr *ipv6_find(const struct netdev *dev, const struct netaddr *a)
{
    struct netdev_v6 *v6 = dev->v6;

    for (unsigned i = 0; v6 && i < v6->addr_count; i++)
        if (netaddr_equal(&v6->addrs[i].addr, a))
            return &v6->addrs[i];
    return NULL;
}

struct netaddr ipv6_solicited_node(const struct netaddr *a)
{
    struct netaddr group = {.b = {0xff, 2, [11] = 1, [12] = 0xff}};

    memcpy(group.b + 13, a->b + 13, 3);
    return group;
}

/* The link's route, which no router needs to tell of. */
static int add_link_route(struct netdev *dev, const struct netaddr *a,
                          unsigned prefix)
{
    struct route r = {.prefix = (uint8_t)prefix, .dev = dev};
    int err;

    for (unsigned i = 0; i < 16; i++) {
        unsigned bits = prefix > 8 * i ? MIN(prefix - 8 * i, 8u) : 0;

        r.destination.b[i] = a->b[i] & (uint8_t)(0xff00u >> bits);
    }
    err = route_add(dev->stack, &r);
    return err == -EEXIST ? 0 : err;
}

int ipv6_add(struct netdev *dev, const struct netaddr *a, unsigned prefix,
             enum ipv6_origin origin, uint64_t preferred_until,
             uint64_t valid_until)
{
    struct netdev_v6 *v6 = dev->v6;
    struct netaddr group = ipv6_solicited_node(a);
    int err;

    if (!v6 || v6->addr_count == IPV6_ADDRS)
        return -ENOBUFS;
    if (ipv6_find(dev, a))
        return -EEXIST;
    err = netdev_join_group(dev, &group, NULL);
    if (err)
        return err;
    if (origin == IPV6_BY_HAND) { /* others come with their own routes */
        err = add_link_route(dev, a, prefix);
        if (err) {
            netdev_leave_group(dev, &group, NULL);
            return err;
        }
    }
    v6->addrs[v6->addr_count++] = (struct ipv6_addr){
        .addr = *a,
        .prefix = (uint8_t)prefix,
        .state = IPV6_TENTATIVE,
        .origin = (uint8_t)origin,
        .dad_until = dev->stack->now + DAD_NS,
        .preferred_until = preferred_until,
        .valid_until = valid_until,
    };
    nd_detect(dev, a);
    rtnl_v6_changed(dev, &v6->addrs[v6->addr_count - 1], false);
    return 0;
}

void ipv6_remove(struct netdev *dev, struct ipv6_addr *a)
{
    struct netaddr group = ipv6_solicited_node(&a->addr);

    netdev_leave_group(dev, &group, NULL);
    rtnl_v6_changed(dev, a, true);
    *a = dev->v6->addrs[--dev->v6->addr_count];
    route_changed(dev->stack);
}

int ipv6_start(struct netdev *dev)
{
    struct netaddr local = {.b = {0xfe, 0x80, [11] = 0xff, [12] = 0xfe}};
    struct netdev_v6 *v6;
    int err;

    if (dev->v6)
        return 0;
    v6 = net_env_alloc(dev->stack, sizeof(*v6));
    if (!v6)
        return -ENOMEM;
    memset(v6, 0, sizeof(*v6));
    v6->dev = dev;
    v6->report_at = NET_TIMER_NEVER;
    dev->v6 = v6;
    nd_init(v6);
    /* RFC 4291, appendix A: the hardware address, one bit turned. */
    memcpy(local.b + 8, dev->mac, 3);
    memcpy(local.b + 13, dev->mac + 3, 3);
    local.b[8] ^= 2;
    err = ipv6_add(dev, &local, 64, IPV6_BY_HAND, NET_TIMER_NEVER,
                   NET_TIMER_NEVER);
    if (err) {
        ipv6_stop(dev);
        return err;
    }
    nd_solicit_routers(dev);
    return 0;
}

void ipv6_stop(struct netdev *dev)
{
    if (!dev->v6)
        return;
    dhcp6_stop(dev->v6);
    while (dev->v6->addr_count)
        ipv6_remove(dev, &dev->v6->addrs[0]);
    net_timer_remove(dev->stack, &dev->v6->timer);
    net_env_free(dev->stack, dev->v6);
    dev->v6 = NULL;
}

/* RFC 4291, 2.7 and RFC 4007: how far an address reaches; 2 the link, 5 the
 * site, 14 the world. */
static unsigned scope_of(const struct netaddr *a)
{
    if (a->b[0] == 0xff)
        return a->b[1] & 15u;
    if (ipv6_is_link_local(a) || netaddr_is_loopback(a))
        return 2;
    return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0xc0 ? 5 : 14;
}

static unsigned common_bits(const struct netaddr *a, const struct netaddr *b)
{
    unsigned n = 0;

    while (n < 128 && !((a->b[n / 8] ^ b->b[n / 8]) & (0x80u >> (n % 8))))
        n++;
    return n;
}

/* RFC 6724, 5, rules 1 to 3 and 8: whether a is better than b. */
static bool better(const struct netstack *s, const struct ipv6_addr *a,
                   const struct ipv6_addr *b, const struct netaddr *to)
{
    unsigned sa = scope_of(&a->addr), sb = scope_of(&b->addr);
    unsigned wanted = scope_of(to);
    bool old_a = s->now >= a->preferred_until;
    bool old_b = s->now >= b->preferred_until;

    if (netaddr_equal(&b->addr, to))
        return false;
    if (netaddr_equal(&a->addr, to))
        return true;
    if (sa != sb)
        return sa < sb ? sa >= wanted : sb < wanted;
    if (old_a != old_b)
        return old_b;
    return common_bits(&a->addr, to) > common_bits(&b->addr, to);
}

const struct netaddr *ipv6_source(const struct netdev *dev,
                                  const struct netaddr *destination)
{
    const struct ipv6_addr *best = NULL;

    for (unsigned i = 0; dev->v6 && i < dev->v6->addr_count; i++) {
        const struct ipv6_addr *a = &dev->v6->addrs[i];

        if (a->state == IPV6_VALID &&
            (!best || better(dev->stack, a, best, destination)))
            best = a;
    }
    return best ? &best->addr : NULL;
}
