// SPDX-License-Identifier: MIT
/*
 * epoll: a set of watched files that remembers which may be ready (epoll(7)),
 * so that waiting costs by what happens, not by what is watched.
 *
 * A watch belongs to an open description and the number it was added by; it
 * ends with the description, with epoll_remove or with the set.
 */
#pragma once

#include "abi/event.h"
#include "lib/base.h"

struct file;

/* A new, empty set, as a file; NULL without memory. */
struct file *epoll_create(void);
bool epoll_is_file(const struct file *f);

/*
 * epoll_ctl(2): ep is a set's file, f the one that number fd refers to.
 * -EEXIST, -ENOENT, -ENOMEM; -EPERM: f has no readiness; -ELOOP: sets would
 * watch each other, or too deep; -EINVAL: ep watches itself, or EPOLLEXCLUSIVE
 * where it must not be. May sleep.
 */
int epoll_add(struct file *ep, struct file *f, int fd,
              const struct abi_epoll_event *event);
int epoll_modify(struct file *ep, struct file *f, int fd,
                 const struct abi_epoll_event *event);
int epoll_remove(struct file *ep, struct file *f, int fd);

/*
 * epoll_wait(2): up to max events, until the monotonic deadline (0: looks
 * once). Their number, -EINTR, or -EFAULT when not even one could be written.
 * May sleep.
 */
int epoll_wait_events(struct file *ep, struct abi_epoll_event user *events,
                      int max, uint64_t deadline_ns);

/* f, which has no references left, is watched no more. For file_put. */
void epoll_forget(struct file *f);
