// SPDX-License-Identifier: MIT
/*
 * unix_gc: files in flight. A socket can lie, as a file, in a message that
 * waits in its own queue, or in a ring of such: then nobody can receive it any
 * more although it is referred to. Whenever a socket closes while others are
 * in flight, this looks for such rings:
 *
 * A socket whose file has no references but those in messages may be garbage.
 * It is not if one of these messages waits in a socket that is none; nor is
 * what waits in its own queue then. The rest goes.
 */
#include "abi/errno.h"
#include "net/unix_priv.h"

/* --- counting --- */

static void fly(struct netstack *s, struct unix_sock *u, void *file)
{
    if (u->inflight++ == 0) {
        u->file = file;
        list_add_tail(&s->unix_domain->flying, &u->flight);
    }
}

void unix_rights_fly(struct netstack *s, struct sock_rights *r)
{
    s->unix_domain->files += r->count;
    for (uint32_t i = 0; i < r->count; i++) {
        struct sock *sk = net_env_file_sock(r->files[i]);

        if (sk)
            fly(s, unix_of(sk), r->files[i]);
    }
}

void unix_rights_land(struct netstack *s, struct sock_rights *r)
{
    s->unix_domain->files -= r->count;
    for (uint32_t i = 0; i < r->count; i++) {
        struct sock *sk = net_env_file_sock(r->files[i]);

        if (sk && --unix_of(sk)->inflight == 0)
            list_del(&unix_of(sk)->flight);
    }
}

void unix_rights_kill(struct netstack *s, struct sock_rights *r)
{
    if (!r)
        return;
    unix_rights_land(s, r);
    r->next = s->unix_domain->dead;
    s->unix_domain->dead = r;
}

struct sock_rights *unix_rights_copy(struct netstack *s,
                                     const struct sock_rights *r)
{
    size_t size = sizeof(*r) + r->count * sizeof(r->files[0]);
    struct sock_rights *copy = net_env_alloc(s, size);

    if (!copy)
        return NULL;
    memcpy(copy, r, size);
    copy->next = NULL;
    for (uint32_t i = 0; i < r->count; i++)
        net_env_file_get(r->files[i]);
    return copy;
}

struct sock_rights *unix_take_dead(struct netstack *s)
{
    struct sock_rights *dead = s->unix_domain->dead;

    s->unix_domain->dead = NULL;
    return dead;
}

uint32_t unix_in_flight(const struct netstack *s)
{
    return s->unix_domain->files;
}

/* --- garbage --- */

static bool may_be_garbage(const struct unix_sock *u)
{
    return net_env_file_refs(u->file) == u->inflight;
}

/* Calls fn for each socket in messages that wait in u's queue. */
static void each_in_queue(struct unix_sock *u,
                          void (*fn)(struct unix_sock *v, void *arg), void *arg)
{
    for (struct unix_msg *msg = u->queue.first; msg; msg = msg->next) {
        struct sock_rights *r = msg->rights;

        for (uint32_t i = 0; r && i < r->count; i++) {
            struct sock *sk = net_env_file_sock(r->files[i]);

            if (sk)
                fn(unix_of(sk), arg);
        }
    }
}

/* The same for all that can be received through u: by it and by those that it
 * would accept. */
static void each_inside(struct unix_sock *u,
                        void (*fn)(struct unix_sock *v, void *arg), void *arg)
{
    each_in_queue(u, fn, arg);
    for (struct unix_sock *e = u->embryos; e; e = e->next_embryo)
        each_in_queue(e, fn, arg);
}

static void count_inside(struct unix_sock *v, void *arg)
{
    (void)arg;
    v->inside++;
}

/* v is no garbage: it goes to the list of those whose insides are to be looked
 * at. */
static void reach(struct unix_sock *v, void *arg)
{
    struct list_node *todo = arg;

    if (v->reached)
        return;
    v->reached = true;
    list_del(&v->flight);
    list_add_tail(todo, &v->flight);
}

static void kill_rights(struct netstack *s, struct unix_sock *u)
{
    for (struct unix_msg *msg = u->queue.first; msg; msg = msg->next) {
        struct sock_rights *r = msg->rights;

        msg->rights = NULL;
        if (r) {
            /* Counts only: the caller's list must stay as it is. */
            s->unix_domain->files -= r->count;
            r->next = s->unix_domain->dead;
            s->unix_domain->dead = r;
        }
    }
}

static void collect(struct netstack *s, struct list_node *garbage)
{
    struct sock_rights *before = s->unix_domain->dead;
    struct unix_sock *u;

    list_for_each_entry (u, garbage, flight) {
        kill_rights(s, u);
        for (struct unix_sock *e = u->embryos; e; e = e->next_embryo)
            kill_rights(s, e);
    }
    for (struct sock_rights *r = s->unix_domain->dead; r != before;
         r = r->next) {
        s->unix_domain->files += r->count;
        unix_rights_land(s, r);
    }
}

void unix_gc(struct netstack *s)
{
    struct list_node *flying = &s->unix_domain->flying;
    struct list_node done = LIST_INIT(done), todo = LIST_INIT(todo);
    struct unix_sock *u, *tmp;
    bool any = false;

    list_for_each_entry (u, flying, flight) {
        u->inside = 0;
        u->reached = false;
        any |= may_be_garbage(u);
    }
    if (!any)
        return;
    list_for_each_entry (u, flying, flight)
        if (may_be_garbage(u))
            each_inside(u, count_inside, NULL);
    list_for_each_entry_safe (u, tmp, flying, flight) {
        if (!may_be_garbage(u) || u->inside < u->inflight)
            reach(u, &todo);
    }
    while (!list_empty(&todo)) {
        u = list_first_entry(&todo, struct unix_sock, flight);
        list_del(&u->flight);
        list_add_tail(&done, &u->flight);
        each_inside(u, reach, &todo);
    }
    collect(s, flying);
    list_for_each_entry_safe (u, tmp, &done, flight) {
        list_del(&u->flight);
        list_add_tail(flying, &u->flight);
    }
}
