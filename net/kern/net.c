// SPDX-License-Identifier: MIT
/* net: the stack's environment in this kernel (net/env.h), and its thread. */
#include "net/kern/net.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/panic.h"
#include "kernel/random.h"
#include "kernel/ring.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "kernel/wait.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "net/dhcp.h"
#include "net/dhcp6.h"
#include "net/ipv6.h"
#include "net/kern/procnet.h"
#include "net/rtnl.h"
#include "net/kern/resolver.h"
#include "net/kern/socket.h"
#include "net/packet.h"

#define LOG_TAG "net"
#include "kernel/log.h"

#define WAIT_LIMIT_NS  (10 * NSEC_PER_SEC)
#define DRAIN_LIMIT_NS (10 * NSEC_PER_MSEC)
#define DRAIN_STEP_NS  (20 * NSEC_PER_USEC)

struct netstack net_stack;

static struct timer timer;
static struct wait_queue configured = WAIT_QUEUE_INIT(configured);
static struct wait_queue thread_queue = WAIT_QUEUE_INIT(thread_queue);
static volatile bool work_left, resolver_due;

/* --- the environment --- */

uint64_t net_env_now(struct netstack *s)
{
    (void)s;
    return clock_monotonic_ns();
}

uint64_t net_env_realtime(struct netstack *s)
{
    (void)s;
    return clock_realtime_ns();
}

void net_env_random(struct netstack *s, void *buf, size_t len)
{
    (void)s;
    random_bytes(buf, len);
}

void *net_env_alloc(struct netstack *s, size_t size)
{
    (void)s;
    return kmalloc(size);
}

void net_env_free(struct netstack *s, void *p)
{
    (void)s;
    kfree(p);
}

void *net_env_pages_alloc(struct netstack *s, size_t size)
{
    struct page *p = page_alloc((unsigned)__builtin_ctzl(size / PAGE_SIZE));
    void *at;

    (void)s;
    if (!p)
        return NULL;
    page_split(p);
    at = page_virt(p);
    memset(at, 0, size);
    return at;
}

/* Who maps them still has them. */
void net_env_pages_free(struct netstack *s, void *p, size_t size)
{
    (void)s;
    for (size_t at = 0; at < size; at += PAGE_SIZE)
        page_put(page_of_virt((uint8_t *)p + at));
}

static void timer_expired(struct timer *t)
{
    (void)t;
    netstack_interrupt(&net_stack, NETSTACK_TIMERS);
}

void net_env_timer_set(struct netstack *s, uint64_t deadline_ns)
{
    (void)s;
    if (deadline_ns == NET_TIMER_NEVER)
        timer_cancel(&timer);
    else
        timer_arm(&timer, deadline_ns);
}

/* More than fits into one batch, or an interrupt in the last moment. */
void net_env_unlocked(struct netstack *s)
{
    (void)s;
    work_left = true;
    wait_queue_wake_all(&thread_queue);
}

void net_env_sock_ready(struct sock *sk, unsigned events)
{
    socket_ready(sk->owner, events);
}

bool net_env_capable(struct netstack *s, int capability)
{
    (void)s;
    return cred_has(cred_current(), capability);
}

void net_env_configured(struct netstack *s)
{
    (void)s;
    resolver_due = true;
    wait_queue_wake_all(&thread_queue);
    wait_queue_wake_all(&configured);
}

void net_env_log(struct netstack *s, enum net_log_level level, const char *fmt,
                 ...)
{
    char line[200];
    va_list args;

    (void)s;
    if (!log_enabled((enum log_level)level, LOG_TAG))
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof(line), fmt, args);
    va_end(args);
    log_print((enum log_level)level, LOG_TAG, "%s", line);
}
static_assert((int)NET_LOG_DEBUG == (int)LOG_DEBUG, "the same levels");

void net_env_packet(struct netdev *dev, bool out, size_t len)
{
    ring_packet(out, (unsigned)dev->index, len);
}

void net_env_trace(struct netstack *s, const char *line)
{
    (void)s;
    log_raw("%s\n", line);
}

noreturn void net_env_bug(const char *what, const char *file, int line)
{
    panic("assertion failed: %s (%s:%d)", what, file, line);
}

/* --- the thread --- */

static void net_thread(void *arg)
{
    (void)arg;
    for (;;) {
        wait_event(&thread_queue, work_left || resolver_due, WAIT_FOREVER);
        if (resolver_due) {
            resolver_due = false;
            resolver_write(&net_stack);
        }
        while (work_left) {
            work_left = false;
            netstack_lock(&net_stack);
            netstack_unlock(&net_stack);
            sched_yield_cpu();
        }
    }
}

/* --- configuration --- */

int net_init(void)
{
    int err;

    timer_init(&timer, timer_expired);
    procnet_init();
    err = netstack_init(&net_stack);
    if (err == 0 && ring_on) {
        net_stack.recording = true;
        packet_devs_changed(&net_stack);
    }
    return err;
}

/* Have the devices sent all that they were given? */
static bool all_sent(void)
{
    bool more = false;

    netstack_lock(&net_stack);
    for (struct netdev *dev = net_stack.devs; dev; dev = dev->next)
        more |= dev->ops->reap && dev->ops->reap(dev);
    netstack_unlock(&net_stack);
    return !more;
}

void net_end(void)
{
    uint64_t limit = clock_monotonic_ns() + DRAIN_LIMIT_NS;

    netstack_lock(&net_stack);
    netstack_update_now(&net_stack);
    dhcp_stop(&net_stack);
    for (struct netdev *dev = net_stack.devs; dev; dev = dev->next)
        if (dev->v6)
            dhcp6_stop(dev->v6);
    netstack_unlock(&net_stack);
    /* The end of the machine would overtake it. */
    while (!all_sent() && clock_monotonic_ns() < limit)
        clock_delay_ns(DRAIN_STEP_NS);
}

bool net_wait_configured(void)
{
    if (!net_stack.configuring)
        return false;
    return wait_event(&configured, !net_stack.configuring,
                      clock_monotonic_ns() + WAIT_LIMIT_NS) == 0;
}

/* The LEN of ADDR/LEN, 1 to max; 0: it is none. */
static unsigned parse_prefix(const char *slash, unsigned max)
{
    unsigned v = 0;

    if (!slash || strlen(slash + 1) > 3)
        return 0;
    for (const char *p = slash + 1; *p; p++) {
        if (*p < '0' || *p > '9')
            return 0;
        v = v * 10 + (unsigned)(*p - '0');
    }
    return v <= max ? v : 0;
}

/* ADDR/LEN */
static bool parse_network(const char *text, uint32_t *addr, unsigned *prefix)
{
    const char *slash = strchr(text, '/');

    *prefix = parse_prefix(slash, 32);
    return *prefix && netaddr_parse_v4(text, (size_t)(slash - text), addr);
}

static int set_static(struct netdev *dev, const struct net_config *c)
{
    struct route r = {.prefix = 96, .dev = dev, .origin = RTPROT_BOOT};
    uint32_t addr, gateway;
    unsigned prefix;
    int err;

    if (!parse_network(c->ip, &addr, &prefix)) {
        log_error("ip=%s: give dhcp, none or ADDRESS/LENGTH, as 10.0.2.15/24",
                  c->ip);
        return 0;
    }
    err = netdev_set_v4(dev, addr, prefix);
    if (err || !c->gw)
        return err;
    if (!netaddr_parse_v4(c->gw, strlen(c->gw), &gateway)) {
        log_error("gw=%s: not an address", c->gw);
        return 0;
    }
    r.destination = r.source = netaddr_v4(0);
    r.gateway = netaddr_v4(gateway);
    return route_add(&net_stack, &r);
}

static int configure_v6(struct netdev *dev, const struct net_config *c)
{
    const char *slash;
    struct netaddr a;
    unsigned prefix;
    int err;

    if (c->ip6 && strcmp(c->ip6, "none") == 0)
        return 0;
    err = ipv6_start(dev);
    if (err || !c->ip6 || strcmp(c->ip6, "auto") == 0)
        return err;
    slash = strchr(c->ip6, '/');
    prefix = parse_prefix(slash, 128);
    if (!prefix || !netaddr_parse_v6(c->ip6, (size_t)(slash - c->ip6), &a) ||
        netaddr_is_v4(&a) || netaddr_is_multicast(&a) || netaddr_is_any(&a)) {
        log_error("ip6=%s: give auto, none or ADDRESS/LENGTH, as fd00::2/64",
                  c->ip6);
        return 0;
    }
    return ipv6_add(dev, &a, prefix, IPV6_BY_HAND, NET_TIMER_NEVER,
                    NET_TIMER_NEVER);
}

static int configure_v4(struct netdev *dev, const struct net_config *c)
{
    if (!c->ip || strcmp(c->ip, "dhcp") == 0)
        return dhcp_start(dev, resolver_hostname());
    if (strcmp(c->ip, "none") == 0)
        return 0;
    return set_static(dev, c);
}

/* Addresses that are given are the first card's; the others ask for theirs if
 * that one does. */
static void configure_locked(struct netdev *first, const struct net_config *c)
{
    struct net_config rest = *c;

    rest.ip6 = c->ip6 && strcmp(c->ip6, "none") == 0 ? "none" : "auto";
    rest.ip = !c->ip || strcmp(c->ip, "dhcp") == 0 ? "dhcp" : "none";
    for (struct netdev *dev = first; dev; dev = dev->next) {
        const struct net_config *own = dev == first ? c : &rest;
        int err = configure_v6(dev, own);

        if (!err)
            err = configure_v4(dev, own);
        if (err)
            log_error("%s: not configured: error %d", dev->name, err);
    }
}

void net_configure(const struct net_config *c)
{
    struct netdev *dev = net_stack.devs ? net_stack.devs->next : NULL;
    struct thread *t;
    int err;

    if (!dev) {
        if (c->ip && strcmp(c->ip, "none") != 0)
            log_warn("ip=%s: there is no network interface", c->ip);
        return;
    }
    t = thread_create_kernel("net", net_thread, NULL);
    if (!t) {
        log_error("no memory for the network's thread");
        return;
    }
    sched_add(t);
    err = resolver_init(c->dns);
    if (err)
        log_error("no memory for /etc/resolv.conf");
    netstack_lock(&net_stack);
    netstack_update_now(&net_stack);
    configure_locked(dev, c);
    netstack_unlock(&net_stack);
    resolver_due = true;
    wait_queue_wake_all(&thread_queue);
}
