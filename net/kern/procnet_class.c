// SPDX-License-Identifier: MIT
/* procnet_class: /sys/class/net: lo, and eth with the numbers there are. */
#include "abi/errno.h"
#include "abi/netdevice.h"
#include "abi/stat.h"
#include "lib/printf.h"
#include "net/kern/net.h"
#include "net/kern/procnet.h"
#include "vfs/procfs_net.h"

/* Calls put with the interface locked; -ENODEV. */
static int with_dev(struct text *t, struct netdev *dev,
                    void (*put)(struct text *t, const struct netdev *dev))
{
    if (!dev)
        return -ENODEV;
    netstack_lock(&net_stack);
    put(t, dev);
    netstack_unlock(&net_stack);
    return 0;
}

static struct netdev *eth(unsigned n)
{
    char name[sizeof(net_stack.devs->name)];

    snprintf(name, sizeof(name), "eth%u", n);
    return netdev_find(&net_stack, name);
}

/* A file of lo and of eth: a function that is given the interface. */
#define ATTRIBUTE(id, ...)                                               \
    static void put_##id(struct text *t, const struct netdev *dev)       \
    {                                                                    \
        text_printf(t, __VA_ARGS__);                                     \
    }                                                                    \
    static int show_lo_##id(struct text *t, const struct pseudo_key *k)  \
    {                                                                    \
        (void)k;                                                         \
        return with_dev(t, net_stack.loopback, put_##id);                \
    }                                                                    \
    static int show_eth_##id(struct text *t, const struct pseudo_key *k) \
    {                                                                    \
        return with_dev(t, eth(k->index), put_##id);                     \
    }

#define COUNT(id, field) \
    ATTRIBUTE(id, "%llu\n", (unsigned long long)dev->stats.field)

ATTRIBUTE(address, "%02x:%02x:%02x:%02x:%02x:%02x\n", dev->mac[0], dev->mac[1],
          dev->mac[2], dev->mac[3], dev->mac[4], dev->mac[5])
ATTRIBUTE(carrier, "%d\n", dev->link)
ATTRIBUTE(flags, "0x%x\n", netdev_flags(dev) & 0xffff & ~IFF_RUNNING)
ATTRIBUTE(ifindex, "%d\n", dev->index)
ATTRIBUTE(mtu, "%u\n", dev->mtu)
ATTRIBUTE(operstate, "%s\n",
          dev->features &NETDEV_LOOPBACK ? "unknown"
          : dev->link                    ? "up"
                                         : "down")
ATTRIBUTE(type, "%d\n",
          dev->features &NETDEV_LOOPBACK ? ARPHRD_LOOPBACK : ARPHRD_ETHER)
COUNT(multicast, multicast)
COUNT(rx_bytes, rx_bytes)
COUNT(rx_dropped, rx_dropped)
COUNT(rx_errors, rx_errors)
COUNT(rx_packets, rx_packets)
COUNT(tx_bytes, tx_bytes)
COUNT(tx_dropped, tx_dropped)
COUNT(tx_errors, tx_errors)
COUNT(tx_packets, tx_packets)

#define TEXT(id, kind)                                                   \
    {                                                                    \
        .name = #id, .mode = S_IFREG | 0444, .show = show_##kind##_##id, \
    }
#define STATISTICS(kind)                                                     \
    TEXT(multicast, kind), TEXT(rx_bytes, kind), TEXT(rx_dropped, kind),     \
        TEXT(rx_errors, kind), TEXT(rx_packets, kind), TEXT(tx_bytes, kind), \
        TEXT(tx_dropped, kind), TEXT(tx_errors, kind), TEXT(tx_packets, kind)
#define ATTRIBUTES(kind, statistics)                                          \
    TEXT(address, kind), TEXT(carrier, kind), TEXT(flags, kind),              \
        TEXT(ifindex, kind), TEXT(mtu, kind), TEXT(operstate, kind),          \
        {.name = "statistics", .mode = S_IFDIR | 0555, .dir = &(statistics)}, \
        TEXT(type, kind)

static const struct pseudo_entry lo_counts[] = {STATISTICS(lo)};
static const struct pseudo_dir lo_counts_dir = PSEUDO_DIR(lo_counts);
static const struct pseudo_entry lo_entries[] = {ATTRIBUTES(lo, lo_counts_dir)};
static const struct pseudo_dir lo_dir = PSEUDO_DIR(lo_entries);

static const struct pseudo_entry eth_counts[] = {STATISTICS(eth)};
static const struct pseudo_dir eth_counts_dir = PSEUDO_DIR(eth_counts);
static const struct pseudo_entry eth_entries[] = {
    ATTRIBUTES(eth, eth_counts_dir)};
static const struct pseudo_dir eth_dir = PSEUDO_DIR(eth_entries);

static const struct pseudo_entry entries[] = {
    {.name = "lo", .mode = S_IFDIR | 0555, .dir = &lo_dir},
};
static const struct pseudo_entry eth_entry = {
    .name = "eth", .mode = S_IFDIR | 0555, .dir = &eth_dir};

static bool next_eth(const struct pseudo_key *k, unsigned *n)
{
    (void)k;
    return eth(*n) != NULL;
}

void procnet_class_init(void)
{
    sysfs_net_dir = (struct pseudo_dir){
        .entries = entries,
        .count = ARRAY_SIZE(entries),
        .child = &eth_entry,
        .number = PSEUDO_INDEX,
        .next = next_eth,
    };
}
