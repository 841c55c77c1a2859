// SPDX-License-Identifier: MIT
/* Locking: stats_lock covers the counters. */
#include "shim/stats.h"

#include "abi/errno.h"
#include "kernel/cpu.h"
#include "kernel/kmalloc.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/shutdown.h"
#include "net/kern/net.h"
#include "net/netdev.h"
#include "shim/decode.h"
#include "shim/names.h"
#include "syscalls/table.h"

struct call_stats {
    uint64_t count, errors;
    uint64_t total_ns, max_ns;
};

/* Numbers above share the last one. */
static struct call_stats *calls;
static struct spinlock stats_lock = SPINLOCK_INIT;

static void report(struct shutdown_ops *ops, enum shutdown_kind kind, int code,
                   const char *detail)
{
    (void)ops;
    (void)code;
    (void)detail;
    if (kind == SHUTDOWN_EXITED || kind == SHUTDOWN_SIGNALED)
        stats_print();
}

int stats_start(void)
{
    static struct shutdown_ops at_end = {.report = report};

    if (calls)
        return 0;
    calls = kzalloc(NAMES_CALLS_MAX * sizeof(*calls));
    if (!calls)
        return -ENOMEM;
    shutdown_register(&at_end);
    return 0;
}

void stats_count(uint64_t nr, long result, uint64_t ns)
{
    struct call_stats *c = &calls[MIN(nr, (uint64_t)NAMES_CALLS_MAX - 1)];
    unsigned long irq = spin_lock(&stats_lock);

    c->count++;
    c->errors += decode_failed(result);
    c->total_ns += ns;
    c->max_ns = MAX(c->max_ns, ns);
    spin_unlock(&stats_lock, irq);
}

/* The call with the most time that comes behind `last` in that order; ties go
 * by number. NULL: last was the last one. */
static const struct call_stats *next_by_time(const struct call_stats *last)
{
    const struct call_stats *best = NULL;

    for (unsigned nr = 0; nr < NAMES_CALLS_MAX; nr++) {
        const struct call_stats *c = &calls[nr];

        if (!c->count ||
            (last && (c->total_ns > last->total_ns ||
                      (c->total_ns == last->total_ns && c <= last))))
            continue;
        if (!best || c->total_ns > best->total_ns)
            best = c;
    }
    return best;
}

static void print_line(const char *name, const struct call_stats *c)
{
    uint64_t mean = c->count ? c->total_ns / c->count : 0;

    log_raw("  %-20s %9lu %8lu %11lu.%03lu %9lu.%03lu %9lu.%03lu\n", name,
            (unsigned long)c->count, (unsigned long)c->errors,
            (unsigned long)(c->total_ns / 1000),
            (unsigned long)(c->total_ns % 1000), (unsigned long)(mean / 1000),
            (unsigned long)(mean % 1000), (unsigned long)(c->max_ns / 1000),
            (unsigned long)(c->max_ns % 1000));
}

static void print_interface(const struct netdev *dev)
{
    const struct netdev_stats *s = &dev->stats;

    if (s->rx_packets + s->tx_packets > 0)
        log_raw("%s: packets in %lu (%lu bytes), out %lu (%lu bytes)\n",
                dev->name, (unsigned long)s->rx_packets,
                (unsigned long)s->rx_bytes, (unsigned long)s->tx_packets,
                (unsigned long)s->tx_bytes);
}

void stats_print(void)
{
    const struct cpu *cpu = cpu_this();
    struct call_stats sum = {0};

    log_raw("system calls, by the time they took:\n");
    log_raw("  %-20s %9s %8s %15s %13s %13s\n", "call", "count", "errors",
            "total us", "mean us", "max us");
    for (const struct call_stats *c = next_by_time(NULL); c;
         c = next_by_time(c)) {
        size_t nr = (size_t)(c - calls);
        bool known = nr < syscall_count && syscall_infos[nr].name;

        print_line(known ? syscall_infos[nr].name : "(unknown number)", c);
        sum.count += c->count;
        sum.errors += c->errors;
        sum.total_ns += c->total_ns;
        sum.max_ns = MAX(sum.max_ns, c->max_ns);
    }
    print_line("all", &sum);
    log_raw("page faults %lu, context switches %lu, interrupts %lu\n",
            (unsigned long)cpu->page_faults, (unsigned long)cpu->switches,
            (unsigned long)cpu->irqs);
    for (const struct netdev *d = net_stack.devs; d; d = d->next)
        print_interface(d);
}
