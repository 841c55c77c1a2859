// SPDX-License-Identifier: MIT
/*
 * aio: where the results of io_submit(2) wait for io_getevents(2).
 *
 * A context is known by the address of a page that it maps into the program,
 * as on Linux, whose library looks there for a ring of results: this page says
 * that there is none, and the library makes the call. The context lives as
 * long as the page is mapped, so execve and the end of a process see to it,
 * and a child of fork(2) has none.
 */
#pragma once

#include "abi/aio.h"
#include "lib/base.h"

#define AIO_TOTAL_MAX 65536 /* results of all contexts: fs.aio-max-nr */

struct aio_context;

/* A new one for n results that nobody has fetched yet; *id: its address.
 * -EAGAIN: too many in all; -ENOMEM. May sleep. */
int aio_create(unsigned n, uintptr_t *id);
/* For how many results there is room in all. */
unsigned aio_total(void);
int aio_destroy(uintptr_t id); /* -EINVAL. May sleep. */

/* With a reference; NULL: the process has none of this id. May sleep. */
struct aio_context *aio_find(uintptr_t id);
void aio_put(struct aio_context *c);

/* Room for one result, which aio_complete fills or aio_release gives back. */
bool aio_reserve(struct aio_context *c);
void aio_release(struct aio_context *c);
void aio_complete(struct aio_context *c, const struct abi_io_event *e);

/* Takes up to n results; how many there were. */
unsigned aio_take(struct aio_context *c, struct abi_io_event *e, unsigned n);
/* Until n are there: 0, or as wait_event; -EINVAL: it was destroyed. */
int aio_wait(struct aio_context *c, unsigned n, uint64_t deadline_ns);
