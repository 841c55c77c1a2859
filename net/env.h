// SPDX-License-Identifier: MIT
/*
 * env: what the stack needs from the world around it. The kernel's answers are
 * in net/kern/env.c, those of the host tests beside the tests: a fake clock,
 * counted memory, a fake wire. Everything else in net/ (outside net/kern)
 * includes only abi/, lib/ and net/, so that it compiles anywhere.
 *
 * None of these sleeps. All but net_env_now are called with the stack locked
 * (see net/stack.h) unless they say otherwise.
 */
#pragma once

#include "lib/base.h"

struct netdev;
struct netstack;
struct sock;
struct sock_creds;

/* Monotonic time in nanoseconds. Any context. The stack keeps the time of the
 * present batch in stack->now, which is cheaper. */
uint64_t net_env_now(struct netstack *s);

/* Seconds and nanoseconds since 1970, for SO_TIMESTAMP. */
uint64_t net_env_realtime(struct netstack *s);

void net_env_random(struct netstack *s, void *buf, size_t len);

/* Memory by the byte, 16-byte aligned, not cleared; physically contiguous.
 * NULL: there is none. Also without the lock. */
void *net_env_alloc(struct netstack *s, size_t size);
void net_env_free(struct netstack *s, void *p); /* p may be NULL */

/* The same in whole zeroed pages, for a program to map; size: a power of two of
 * them. */
void *net_env_pages_alloc(struct netstack *s, size_t size);
void net_env_pages_free(struct netstack *s, void *p, size_t size);

/* Calls netstack_timers_run(s) at this time or soon after; replaces the time
 * that was set before. UINT64_MAX: not at all. */
void net_env_timer_set(struct netstack *s, uint64_t deadline_ns);

/* The work of s->deferred can be done now: the lock was just released. Not
 * locked. Only netstack_unlock calls it. */
void net_env_unlocked(struct netstack *s);

/* A socket that has an owner may have become ready for events (POLLIN...):
 * wakes who waits for it. Must not call back into the stack. */
void net_env_sock_ready(struct sock *sk, unsigned events);

/* s->configuring ended, an address came or went: wakes who waits for it. */
void net_env_configured(struct netstack *s);

/* The ids of the calling thread, the effective ones, for unix(7). */
void net_env_creds(struct netstack *s, struct sock_creds *c);

/* Whether the calling thread has a capability (CAP_NET_ADMIN ...). */
bool net_env_capable(struct netstack *s, int capability);

/* Of files in flight between AF_UNIX sockets (struct sock_rights): how many
 * references there are, one more, and the AF_UNIX socket behind one, or NULL.
 * References are dropped by net/kern, when nothing is locked. */
uint32_t net_env_file_refs(const void *file);
void net_env_file_get(void *file);
struct sock *net_env_file_sock(const void *file);
/* Which file it is that an AF_UNIX socket is bound to (sock_addr.node), as
 * stat(2) tells. */
void net_env_node_ids(const void *node, uint64_t *ino, uint32_t *dev);

enum net_log_level { NET_LOG_ERROR, NET_LOG_WARN, NET_LOG_INFO, NET_LOG_DEBUG };
void net_env_log(struct netstack *s, enum net_log_level level, const char *fmt,
                 ...) printf_like(3, 4);

/* A frame of so many bytes came in from dev, or goes out; only while
 * s->recording is set. */
void net_env_packet(struct netdev *dev, bool out, size_t len);

/* One line of the network trace; only while s->trace is not 0. */
void net_env_trace(struct netstack *s, const char *line);

/* Whether a free list with count objects takes one more: never where a
 * sanitizer shall see each of them come and go. */
#if defined(__SANITIZE_ADDRESS__)
#define NET_FREE_LISTS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NET_FREE_LISTS 0
#endif
#endif
#ifndef NET_FREE_LISTS
#define NET_FREE_LISTS 1
#endif
#define net_keeps(count, max) (NET_FREE_LISTS && (count) < (max))

/* Our own bug, never what came from the wire. */
noreturn void net_env_bug(const char *what, const char *file, int line);

#define net_assert(x) \
    (likely(x) ? (void)0 : net_env_bug(#x, __FILE__, __LINE__))
