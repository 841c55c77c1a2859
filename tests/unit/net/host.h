// SPDX-License-Identifier: MIT
/*
 * host: stacks for unit tests: each a host with one interface on a fake wire,
 * in fake time. Frames that a host sends are kept until the test looks at them
 * or host_wire carries them to the other one. Memory is the stubs' kmalloc, so
 * that leaks are found and stub_alloc_fail works.
 */
#pragma once

#include "tests/unit/unit.h"

#include "net/ether.h"
#include "net/sock.h"
#include "net/stack.h"

#define HOST_FRAMES 256

struct host_frame {
    size_t len;
    uint8_t bytes[2048];
};

struct host {
    struct netstack stack;
    struct netdev dev;
    uint64_t timer_ns;                    /* what the stack asked for */
    struct host_frame *sent[HOST_FRAMES]; /* in order */
    unsigned sent_count;
    uint64_t random;       /* state of its generator: fixed seeds */
    unsigned ready_calls;  /* of net_env_sock_ready */
    unsigned ready_events; /* all of them */
    char log[1024];        /* the last lines */
};

/* A host with address 10.0.0.number/24 (0: none) and MAC 02:00:00:00:00:number,
 * whose stack is locked; features: of the device, NETDEV_*. */
struct host *host_create(unsigned number, uint16_t features);
void host_destroy(struct host *h);

/* 10.0.0.number as on the wire. */
uint32_t host_addr(unsigned number);

/* Takes the next frame that was sent; NULL: none. The caller frees it. */
struct host_frame *host_sent(struct host *h);
void host_forget_sent(struct host *h);

/* Hands a frame to the host, as its device would. */
void host_receive(struct host *h, const void *frame, size_t len);

/* Does what the stack put off (timers that are due, its own packets). */
void host_run(struct host *h);

/* Time goes on, and timers of all given hosts with it. */
void host_advance(struct host *a, struct host *b, uint64_t ns);

/* Carries frames both ways until none are under way. How many there were. */
unsigned host_wire(struct host *a, struct host *b);

/* Makes b's link address known to a, and the other way round. */
void host_introduce(struct host *a, struct host *b);

/* A socket bound to port (0: not bound), or NULL. */
struct sock *host_socket(struct host *h, int type, int protocol, unsigned port);
void host_close(struct sock *sk);
void host_format(struct sock_addr *a, uint32_t addr, unsigned port);

/* send and recv of bytes; flags: MSG_*. from and to may be NULL. */
ssize_t host_send(struct sock *sk, const void *data, size_t len,
                  const struct sock_addr *to, unsigned flags);
ssize_t host_recv(struct sock *sk, void *data, size_t len,
                  struct sock_addr *from, unsigned *flags);
