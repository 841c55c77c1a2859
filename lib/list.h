// SPDX-License-Identifier: MIT
/*
 * list: a doubly linked ring of nodes embedded in the caller's structures.
 *
 * The head is a node that belongs to no element. A node outside a list may be
 * uninitialised; list_del leaves it pointing at itself, so that list_empty on
 * a node answers "is it off every list" once it has been initialised.
 */
#pragma once

#include "lib/base.h"

struct list_node {
    struct list_node *prev, *next;
};

#define LIST_INIT(name)  \
    {                    \
        &(name), &(name) \
    }

static inline void list_init(struct list_node *n)
{
    n->prev = n->next = n;
}

static inline bool list_empty(const struct list_node *head)
{
    return head->next == head;
}

static inline void list_insert_between(struct list_node *n,
                                       struct list_node *prev,
                                       struct list_node *next)
{
    n->prev = prev;
    n->next = next;
    prev->next = n;
    next->prev = n;
}

static inline void list_add(struct list_node *head, struct list_node *n)
{
    list_insert_between(n, head, head->next);
}

static inline void list_add_tail(struct list_node *head, struct list_node *n)
{
    list_insert_between(n, head->prev, head);
}

/* Takes n out without leaving it in any state: it is freed or moved now. */
static inline void list_unlink(struct list_node *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
}

static inline void list_del(struct list_node *n)
{
    list_unlink(n);
    list_init(n);
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first_entry(head, type, member) \
    list_entry((head)->next, type, member)

#define list_for_each_entry(pos, head, member)                     \
    for (pos = list_entry((head)->next, __typeof__(*pos), member); \
         &pos->member != (head);                                   \
         pos = list_entry(pos->member.next, __typeof__(*pos), member))

/* As above; pos may be taken out of the list in the body. */
#define list_for_each_entry_safe(pos, tmp, head, member)              \
    for (pos = list_entry((head)->next, __typeof__(*pos), member),    \
        tmp = list_entry(pos->member.next, __typeof__(*pos), member); \
         &pos->member != (head); pos = tmp,                           \
        tmp = list_entry(tmp->member.next, __typeof__(*pos), member))
