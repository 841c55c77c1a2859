// SPDX-License-Identifier: MIT
/*
 * timer: a tree ordered by the time at which each timer stands in it, which is
 * never later than when it is due.
 */
#include "net/timer.h"

#include "net/stack.h"

static struct net_timer *timer_of(struct rb_node *n)
{
    return rb_entry(n, struct net_timer, node);
}

void net_timer_init(struct net_timer *t,
                    void (*fn)(struct netstack *s, struct net_timer *t))
{
    t->fn = fn;
    t->deadline = NET_TIMER_NEVER;
    t->in_queue = false;
}

static void dequeue(struct netstack *s, struct net_timer *t)
{
    if (s->timers.first == &t->node)
        s->timers.first = rb_next(&t->node);
    rb_erase(&s->timers.root, &t->node);
    t->in_queue = false;
}

static void insert(struct netstack *s, struct net_timer *t)
{
    struct rb_node **link = &s->timers.root.node, *parent = NULL;
    bool first = true;

    t->queued = t->deadline;
    while (*link) {
        parent = *link;
        if (t->queued < timer_of(parent)->queued) {
            link = &parent->left;
        } else {
            link = &parent->right;
            first = false;
        }
    }
    rb_insert(&s->timers.root, parent, link, &t->node);
    t->in_queue = true;
    if (first)
        s->timers.first = &t->node;
}

/* Early wake-ups do no harm: the environment is told of earlier ones only. */
static void program(struct netstack *s)
{
    uint64_t first = NET_TIMER_NEVER;

    if (s->timers.first)
        first = timer_of(s->timers.first)->queued;
    if (first >= s->timers.programmed)
        return;
    s->timers.programmed = first;
    net_env_timer_set(s, first);
}

void net_timer_enqueue(struct netstack *s, struct net_timer *t)
{
    if (t->in_queue)
        dequeue(s, t);
    insert(s, t);
    program(s);
}

void net_timer_remove(struct netstack *s, struct net_timer *t)
{
    if (t->in_queue)
        dequeue(s, t);
    t->deadline = NET_TIMER_NEVER;
}

void net_timers_run(struct netstack *s)
{
    s->timers.programmed = NET_TIMER_NEVER;
    while (s->timers.first) {
        struct net_timer *t = timer_of(s->timers.first);

        if (t->queued > s->now)
            break;
        dequeue(s, t);
        if (t->deadline == NET_TIMER_NEVER)
            continue;
        if (t->deadline > s->now) {
            insert(s, t);
            continue;
        }
        t->deadline = NET_TIMER_NEVER;
        t->fn(s, t);
    }
    program(s);
}
