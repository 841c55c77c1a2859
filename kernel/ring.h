// SPDX-License-Identifier: MIT
/*
 * ring: what the machine does, as binary records in memory (`trace-ring=`).
 *
 * Each CPU has a ring of its own and overwrites its oldest records. The hooks
 * below stand where things happen; while nothing is recorded each costs the
 * test of one variable. At the machine's end kernel/ring_dump.h writes the
 * rings to the host. Records and their meaning: abi/trace_ring.h.
 *
 * Locking: none. A ring is written by its own CPU alone, with interrupts off.
 * Context: any, after clock_init for times that mean something.
 */
#pragma once

#include "abi/trace_ring.h"
#include "kernel/regs.h"

struct thread;

extern bool ring_on; /* set once by ring_start */

/*
 * Makes rings of size bytes (rounded up; less when memory is short, which is
 * logged) for this CPU and begins to record. 0, or -ENOMEM when there is no
 * memory at all. A second call does nothing.
 */
int ring_start(uint64_t size);
/* Ends recording and frees the rings. */
void ring_stop(void);

/* --- hooks --- */

/* The time, for a hook that tells how long something took. */
uint64_t ring_now(void);
static inline uint64_t ring_begin(void)
{
    return unlikely(ring_on) ? ring_now() : 0;
}

void ring_record_switch(const struct thread *from, const struct thread *to);
void ring_record_wake(const struct thread *t);
void ring_record_interrupt(uint64_t begin, unsigned vector);
void ring_record_fault(uint64_t begin, const struct regs *r, uintptr_t addr,
                       enum trace_fault result);
void ring_record_call_enter(const struct regs *r);
void ring_record_call_exit(const struct regs *r, long result);
void ring_record_packet(bool out, unsigned interface, size_t len);
void ring_record_thread(enum trace_kind kind, const struct thread *t);

/* Just before the switch: from's state tells why. */
static inline void ring_switch(const struct thread *from,
                               const struct thread *to)
{
    if (unlikely(ring_on))
        ring_record_switch(from, to);
}

/* t slept and may run again. */
static inline void ring_wake(const struct thread *t)
{
    if (unlikely(ring_on))
        ring_record_wake(t);
}

/* An interrupt was handled; begin as ring_begin gave it. */
static inline void ring_interrupt(uint64_t begin, unsigned vector)
{
    if (unlikely(ring_on))
        ring_record_interrupt(begin, vector);
}

/* A page fault of the program, or of a copy for it, is dealt with. */
static inline void ring_fault(uint64_t begin, const struct regs *r,
                              uintptr_t addr, enum trace_fault result)
{
    if (unlikely(ring_on))
        ring_record_fault(begin, r, addr, result);
}

/* Before a system call's handler, and behind it with what it answered. */
static inline void ring_call_enter(const struct regs *r)
{
    if (unlikely(ring_on))
        ring_record_call_enter(r);
}

static inline void ring_call_exit(const struct regs *r, long result)
{
    if (unlikely(ring_on))
        ring_record_call_exit(r, result);
}

/* A frame of len bytes came in from an interface, or goes out. */
static inline void ring_packet(bool out, unsigned interface, size_t len)
{
    if (unlikely(ring_on))
        ring_record_packet(out, interface, len);
}

/* t was made (and has its name), was renamed, or ends. */
static inline void ring_thread_new(const struct thread *t)
{
    if (unlikely(ring_on))
        ring_record_thread(TRACE_THREAD_NEW, t);
}

static inline void ring_thread_named(const struct thread *t)
{
    if (unlikely(ring_on))
        ring_record_thread(TRACE_THREAD_NAME, t);
}

static inline void ring_thread_end(const struct thread *t)
{
    if (unlikely(ring_on))
        ring_record_thread(TRACE_THREAD_END, t);
}

/* --- reading --- */

/* A CPU's ring: blocks of records, filled one after the other, round and
 * round. */
struct ring {
    struct ring *next_ring; /* of another CPU */
    unsigned cpu;
    size_t block_count, block;     /* all, and the one being filled */
    struct trace_record *at, *end; /* next free record, end of that block */
    uint64_t written;
    struct trace_record **blocks;
};

extern struct ring *ring_list; /* NULL: nothing was recorded */
extern uint64_t ring_start_time;

#define RING_BLOCK_ORDER   4 /* pages of a block: 64 KiB */
#define RING_BLOCK_RECORDS 1024
#define RING_THREADS       4096 /* threads whose names are kept */

/* Calls fn for each stretch of consecutive records, oldest first, until it
 * returns an error, which is returned. Nothing may be recorded meanwhile. */
int ring_for_each(const struct ring *r,
                  int (*fn)(void *arg, const struct trace_record *records,
                            size_t count),
                  void *arg);
/* How many records are there, and how many were overwritten. */
size_t ring_count(const struct ring *r);
uint64_t ring_lost(const struct ring *r);

/* The threads seen so far, RING_THREADS slots; a free one is all zeros. */
const struct trace_thread *ring_threads(void);
