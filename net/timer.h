// SPDX-License-Identifier: MIT
/*
 * timer: the stack's timers. Made for deadlines that move on and on without
 * being reached (retransmission, keepalive): to arm a timer for later than it
 * stands in the queue, or to cancel it, only writes a field; the queue notices
 * when the old time comes.
 *
 * The stack's lock covers everything here; functions are called with it held.
 */
#pragma once

#include "lib/base.h"
#include "lib/rbtree.h"

struct netstack;

#define NET_TIMER_NEVER UINT64_MAX

#define NET_WHEEL_SLOTS 64u

/* What is due soon, by the tick of its deadline. */
struct net_wheel {
    struct net_timer *slots[NET_WHEEL_SLOTS]; /* by tick, modulo */
    uint64_t used;                            /* which may have some */
    uint64_t next_tick; /* the first whose slot is not open yet */
};

struct net_timer {
    union {
        struct rb_node node; /* in the tree */
        struct {             /* in_slot */
            struct net_timer *next, **link;
        };
    };
    uint64_t queued;   /* its place in the queue, while in_queue */
    uint64_t deadline; /* when fn is due; NET_TIMER_NEVER: not armed */
    void (*fn)(struct netstack *s, struct net_timer *t);
    bool in_queue, in_slot;
};

/* Zeroed, with programmed never: none. */
struct net_timers {
    struct rb_root root;
    struct rb_node *first;
    struct net_wheel fine, coarse;
    uint64_t programmed; /* what the environment was told */
};

void net_timer_init(struct net_timer *t,
                    void (*fn)(struct netstack *s, struct net_timer *t));

/* For net_timer_arm: puts t where its deadline belongs. */
void net_timer_enqueue(struct netstack *s, struct net_timer *t);

/* Calls fn at deadline_ns of stack->now's clock; replaces an earlier wish. fn
 * may arm t again, or free what it is in. */
static inline void net_timer_arm(struct netstack *s, struct net_timer *t,
                                 uint64_t deadline_ns)
{
    t->deadline = deadline_ns;
    if (!t->in_queue || deadline_ns < t->queued)
        net_timer_enqueue(s, t);
}

/* fn will not be called; t must stay where it is. */
static inline void net_timer_cancel(struct net_timer *t)
{
    t->deadline = NET_TIMER_NEVER;
}

static inline bool net_timer_armed(const struct net_timer *t)
{
    return t->deadline != NET_TIMER_NEVER;
}

/* Before t's memory is freed. */
void net_timer_remove(struct netstack *s, struct net_timer *t);

/* Calls what is due at s->now, and programs the next time. */
void net_timers_run(struct netstack *s);
