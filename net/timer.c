// SPDX-License-Identifier: MIT
/*
 * timer: a tree ordered by the time at which each timer stands in it, which is
 * never later than when it is due. Most are put off or cancelled long before
 * that: what is due in the next second waits in a slot of a wheel for its tick,
 * and only what is still armed when that begins comes into the tree. Ticks are
 * short for what is due at once (probes of TCP's tail), and long for the rest,
 * as each that has some is an interrupt.
 */
#include "net/timer.h"

#include "net/stack.h"

#define FINE   19u /* a tick is 2^19 ns, half a millisecond */
#define COARSE 24u /* 17 ms */

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
    t->in_queue = false;
    if (t->in_slot) {
        *t->link = t->next;
        if (t->next)
            t->next->link = t->link;
        return;
    }
    if (s->timers.first == &t->node)
        s->timers.first = rb_next(&t->node);
    rb_erase(&s->timers.root, &t->node);
}

static void insert_tree(struct netstack *s, struct net_timer *t)
{
    struct rb_node **link = &s->timers.root.node, *parent = NULL;
    bool first = true;

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
    t->in_slot = false;
    if (first)
        s->timers.first = &t->node;
}

/* False: its tick is too far off, or over. */
static inline bool insert_slot(struct net_wheel *w, struct net_timer *t,
                               unsigned shift)
{
    uint64_t tick = t->deadline >> shift;
    struct net_timer **head = &w->slots[tick % NET_WHEEL_SLOTS];

    if (tick - w->next_tick >= NET_WHEEL_SLOTS)
        return false;
    t->next = *head;
    if (t->next)
        t->next->link = &t->next;
    t->link = head;
    *head = t;
    t->in_slot = true;
    w->used |= 1ull << tick % NET_WHEEL_SLOTS;
    return true;
}

/* Puts t where its deadline belongs. */
static inline void insert(struct netstack *s, struct net_timer *t)
{
    t->queued = t->deadline;
    t->in_queue = true;
    if (!insert_slot(&s->timers.fine, t, FINE) &&
        !insert_slot(&s->timers.coarse, t, COARSE))
        insert_tree(s, t);
}

/* The tick of the first slot in use; NET_TIMER_NEVER: there is none. */
static uint64_t first_tick(const struct net_wheel *w)
{
    unsigned start = w->next_tick % NET_WHEEL_SLOTS;
    uint64_t bits = w->used >> start | w->used << (-start % NET_WHEEL_SLOTS);

    return bits ? w->next_tick + (unsigned)__builtin_ctzll(bits)
                : NET_TIMER_NEVER;
}

/* Opens the slots of the time up to now: what they still hold goes where it
 * belongs now. */
static void open_slots(struct netstack *s, struct net_wheel *w, unsigned shift)
{
    uint64_t now = s->now >> shift, tick;

    while ((tick = first_tick(w)) <= now) {
        struct net_timer **slot = &w->slots[tick % NET_WHEEL_SLOTS];
        struct net_timer *t = *slot, *next;

        *slot = NULL;
        w->used &= ~(1ull << tick % NET_WHEEL_SLOTS);
        w->next_tick = tick + 1;
        for (; t; t = next) {
            next = t->next;
            t->in_queue = false;
            if (t->deadline != NET_TIMER_NEVER)
                insert(s, t);
        }
    }
    if (w->next_tick <= now)
        w->next_tick = now + 1;
}

/* Coarse ones go from slot to slot, if those of the other wheel are current. */
static void open_all(struct netstack *s)
{
    open_slots(s, &s->timers.fine, FINE);
    open_slots(s, &s->timers.coarse, COARSE);
}

/* Early wake-ups do no harm: the environment is told of earlier ones only. */
static void program(struct netstack *s, uint64_t ns)
{
    if (ns >= s->timers.programmed)
        return;
    s->timers.programmed = ns;
    net_env_timer_set(s, ns);
}

void net_timer_enqueue(struct netstack *s, struct net_timer *t)
{
    if (t->in_queue)
        dequeue(s, t);
    /* After a pause in which nothing was due the slots lie behind. */
    if (unlikely(s->now >> FINE >= s->timers.fine.next_tick))
        open_all(s);
    insert(s, t);
    program(s, t->queued);
}

void net_timer_remove(struct netstack *s, struct net_timer *t)
{
    if (t->in_queue)
        dequeue(s, t);
    t->deadline = NET_TIMER_NEVER;
}

/* Programs the beginning of the first slot in use. */
static void program_wheel(struct netstack *s, const struct net_wheel *w,
                          unsigned shift)
{
    uint64_t tick = first_tick(w);

    if (tick != NET_TIMER_NEVER)
        program(s, tick << shift);
}

void net_timers_run(struct netstack *s)
{
    s->timers.programmed = NET_TIMER_NEVER;
    open_all(s);
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
    if (s->timers.first)
        program(s, timer_of(s->timers.first)->queued);
    program_wheel(s, &s->timers.fine, FINE);
    program_wheel(s, &s->timers.coarse, COARSE);
}
