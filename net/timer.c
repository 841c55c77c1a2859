// SPDX-License-Identifier: MIT
/*
 * timer: a tree ordered by the time at which each timer stands in it, which is
 * never later than when it is due. Most are put off or cancelled long before
 * that: what is due in the next second waits in a slot for its tick, and only
 * what is still armed when that begins comes into the tree.
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

static void insert_slot(struct netstack *s, struct net_timer *t, uint64_t tick)
{
    unsigned slot = tick % NET_TIMER_SLOTS;
    struct net_timer **head = &s->timers.slots[slot];

    t->next = *head;
    if (t->next)
        t->next->link = &t->next;
    t->link = head;
    *head = t;
    t->in_slot = true;
    s->timers.used[slot / 64] |= 1ull << slot % 64;
}

/* Puts t where its deadline belongs. */
static inline void insert(struct netstack *s, struct net_timer *t)
{
    uint64_t tick = t->deadline >> NET_TIMER_SHIFT;

    t->queued = t->deadline;
    t->in_queue = true;
    if (tick - s->timers.next_tick >= NET_TIMER_SLOTS) /* or before it */
        insert_tree(s, t);
    else
        insert_slot(s, t, tick);
}

/* The tick of the first slot in use; NET_TIMER_NEVER: there is none. */
static uint64_t first_tick(const struct net_timers *ts)
{
    const unsigned words = ARRAY_SIZE(ts->used);
    unsigned start = ts->next_tick % NET_TIMER_SLOTS;
    uint64_t after = ~0ull << start % 64;

    for (unsigned n = 0; n <= words; n++) {
        unsigned w = (start / 64 + n) % words;
        uint64_t bits = ts->used[w];

        if (n == 0 || n == words)
            bits &= n ? ~after : after;
        if (bits) {
            unsigned slot = w * 64 + (unsigned)__builtin_ctzll(bits);

            return ts->next_tick + (slot - start) % NET_TIMER_SLOTS;
        }
    }
    return NET_TIMER_NEVER;
}

/* The tick has come: what its slot still holds goes where it belongs now. */
static void open_slot(struct netstack *s, uint64_t tick)
{
    unsigned slot = tick % NET_TIMER_SLOTS;
    struct net_timer *t = s->timers.slots[slot], *next;

    s->timers.slots[slot] = NULL;
    s->timers.used[slot / 64] &= ~(1ull << slot % 64);
    s->timers.next_tick = tick + 1;
    for (; t; t = next) {
        next = t->next;
        t->in_queue = false;
        if (t->deadline != NET_TIMER_NEVER)
            insert(s, t);
    }
}

/* Opens the slots of the time up to now. */
static void open_slots(struct netstack *s)
{
    uint64_t now = s->now >> NET_TIMER_SHIFT, tick;

    while ((tick = first_tick(&s->timers)) <= now)
        open_slot(s, tick);
    if (s->timers.next_tick <= now)
        s->timers.next_tick = now + 1;
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
    if (unlikely(s->now >> NET_TIMER_SHIFT >= s->timers.next_tick))
        open_slots(s);
    insert(s, t);
    program(s, t->queued);
}

void net_timer_remove(struct netstack *s, struct net_timer *t)
{
    if (t->in_queue)
        dequeue(s, t);
    t->deadline = NET_TIMER_NEVER;
}

void net_timers_run(struct netstack *s)
{
    uint64_t tick;

    s->timers.programmed = NET_TIMER_NEVER;
    open_slots(s);
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
    tick = first_tick(&s->timers);
    if (tick != NET_TIMER_NEVER)
        program(s, tick << NET_TIMER_SHIFT);
}
