// SPDX-License-Identifier: MIT
/* The slots of thread names: a thread has the slot that its id modulo their
 * number gives, and takes it from an older one. */
#include "kernel/ring.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/thread.h"
#include "lib/string.h"

#define LOG_TAG "ring"
#include "kernel/log.h"

#define BLOCK_SIZE    (PAGE_SIZE << RING_BLOCK_ORDER)
#define THREADS_ORDER 5
#define NAME_WORD     2 /* of a record about a thread */

static_assert(BLOCK_SIZE == RING_BLOCK_RECORDS * sizeof(struct trace_record),
              "a block is full of records");
static_assert(RING_THREADS * sizeof(struct trace_thread) ==
                  PAGE_SIZE << THREADS_ORDER,
              "the slots fill their pages");
static_assert((int)TRACE_NAME_SIZE == (int)THREAD_NAME_SIZE, "names fit");

bool ring_on;
struct ring *ring_list;
uint64_t ring_start_time;

static struct trace_thread *threads;

/* --- making --- */

static void *pages_alloc(unsigned order)
{
    struct page *p = page_alloc(order);

    return p ? page_virt(p) : NULL;
}

static void ring_destroy(struct ring *r)
{
    while (r->block_count > 0)
        page_free(page_of_virt(r->blocks[--r->block_count]));
    kfree(r->blocks);
    kfree(r);
}

static struct ring *ring_create(unsigned cpu, size_t blocks)
{
    struct ring *r = kzalloc(sizeof(*r));

    if (!r)
        return NULL;
    r->cpu = cpu;
    r->blocks = kmalloc(blocks * sizeof(*r->blocks));
    while (r->blocks && r->block_count < blocks) {
        r->blocks[r->block_count] = pages_alloc(RING_BLOCK_ORDER);
        if (!r->blocks[r->block_count])
            break;
        r->block_count++;
    }
    if (r->block_count == 0) {
        ring_destroy(r);
        return NULL;
    }
    r->at = r->blocks[0];
    r->end = r->at + RING_BLOCK_RECORDS;
    return r;
}

/* The blocks that size bytes need, but no more than half of what is free. */
static size_t blocks_for(uint64_t size)
{
    struct page_stats stats;
    uint64_t wanted = size / BLOCK_SIZE + (size % BLOCK_SIZE != 0);
    size_t limit;

    page_get_stats(&stats);
    limit = MAX(stats.free / 2 >> RING_BLOCK_ORDER, 1ul);
    if (wanted > limit)
        log_warn("trace-ring: memory is enough for %zu KiB only",
                 limit * BLOCK_SIZE >> 10);
    return MAX(MIN(wanted, limit), 1ul);
}

int ring_start(uint64_t size)
{
    struct cpu *cpu = cpu_this();
    struct ring *r;

    if (ring_on)
        return 0;
    threads = pages_alloc(THREADS_ORDER);
    r = threads ? ring_create(cpu->id, blocks_for(size)) : NULL;
    if (!r) {
        if (threads)
            page_free(page_of_virt(threads));
        threads = NULL;
        return -ENOMEM;
    }
    memset(threads, 0, PAGE_SIZE << THREADS_ORDER);
    ring_list = r;
    cpu->ring = r;
    ring_start_time = clock_monotonic_ns();
    ring_on = true;
    if (cpu->idle)
        ring_record_thread(TRACE_THREAD_NEW, cpu->idle);
    if (cpu->current && cpu->current != cpu->idle)
        ring_record_thread(TRACE_THREAD_NEW, cpu->current);
    return 0;
}

void ring_stop(void)
{
    struct ring *r;

    ring_on = false;
    while ((r = ring_list)) {
        ring_list = r->next_ring;
        ring_destroy(r);
    }
    cpu_this()->ring = NULL;
    if (threads)
        page_free(page_of_virt(threads));
    threads = NULL;
}

/* --- records --- */

uint64_t ring_now(void)
{
    return clock_monotonic_ns();
}

/* Fills the next record of this CPU's ring with e, at this time, by the thread
 * that runs. */
static void put(const struct trace_record *e)
{
    unsigned long irq = irq_save();
    struct cpu *cpu = cpu_this();
    struct ring *r = cpu->ring;

    if (r) {
        if (r->at == r->end) {
            r->block = r->block + 1 < r->block_count ? r->block + 1 : 0;
            r->at = r->blocks[r->block];
            r->end = r->at + RING_BLOCK_RECORDS;
        }
        *r->at = *e;
        r->at->time = clock_monotonic_ns();
        r->at->tid = cpu->current ? cpu->current->tid : 0;
        r->at++;
        r->written++;
    }
    irq_restore(irq);
}

void ring_record_switch(const struct thread *from, const struct thread *to)
{
    static const uint8_t why[] = {
        [THREAD_RUNNABLE] = TRACE_WHY_PREEMPTED,
        [THREAD_SLEEPING] = TRACE_WHY_SLEEPING,
        [THREAD_DEAD] = TRACE_WHY_EXITED,
    };

    put(&(struct trace_record){.kind = TRACE_SWITCH,
                               .small = why[from->state],
                               .words = {(uint64_t)to->tid}});
}

void ring_record_wake(const struct thread *t)
{
    put(&(struct trace_record){.kind = TRACE_WAKE,
                               .small = cpu_this()->irq_depth > 0,
                               .words = {(uint64_t)t->tid}});
}

void ring_record_packet(bool out, unsigned interface, size_t len)
{
    put(&(struct trace_record){.kind = out ? TRACE_PACKET_OUT : TRACE_PACKET_IN,
                               .words = {interface, len}});
}

void ring_record_interrupt(uint64_t begin, unsigned vector)
{
    put(&(struct trace_record){
        .kind = TRACE_INTERRUPT, .small = (uint16_t)vector, .words = {begin}});
}

void ring_record_fault(uint64_t begin, const struct regs *r, uintptr_t addr,
                       enum trace_fault result)
{
    put(&(struct trace_record){.kind = TRACE_FAULT,
                               .small = (uint16_t)result,
                               .words = {begin, addr, r->rip, r->orig_rax}});
}

static uint16_t small_number(uint64_t nr)
{
    return (uint16_t)MIN(nr, (uint64_t)TRACE_NUMBER_LARGE);
}

void ring_record_call_enter(const struct regs *r)
{
    uint64_t nr = r->orig_rax;

    put(&(struct trace_record){
        .kind = TRACE_CALL_ENTER,
        .small = small_number(nr),
        .words = {r->rdi, r->rsi, r->rdx, r->r10, r->r8,
                  nr < TRACE_NUMBER_LARGE ? r->r9 : nr}});
}

void ring_record_call_exit(const struct regs *r, long result)
{
    put(&(struct trace_record){
        .kind = TRACE_CALL_EXIT,
        .small = small_number(r->orig_rax),
        .words = {(uint64_t)result, 0, 0, 0, 0, r->orig_rax}});
}

/* The slot of t, which is a new one for a new thread. */
static struct trace_thread *slot_of(const struct thread *t)
{
    struct trace_thread *slot = &threads[(unsigned)t->tid % RING_THREADS];

    if (slot->tid != t->tid)
        *slot = (struct trace_thread){.tid = t->tid,
                                      .pid = t->process ? t->process->pid : 0};
    return slot;
}

void ring_record_thread(enum trace_kind kind, const struct thread *t)
{
    unsigned long irq = irq_save();
    struct trace_thread *slot = slot_of(t);
    struct trace_record e = {.kind = (uint16_t)kind};

    memcpy(slot->name, t->name, sizeof(slot->name));
    if (kind == TRACE_THREAD_NEW)
        slot->start_time = clock_monotonic_ns();
    irq_restore(irq);
    e.words[0] = (uint64_t)t->tid;
    e.words[1] = t->process ? (uint64_t)t->process->pid : 0;
    memcpy(&e.words[NAME_WORD], t->name, TRACE_NAME_SIZE);
    put(&e);
}

/* --- reading --- */

int ring_for_each(const struct ring *r,
                  int (*fn)(void *arg, const struct trace_record *records,
                            size_t count),
                  void *arg)
{
    size_t used = RING_BLOCK_RECORDS - (size_t)(r->end - r->at);
    bool full = r->written > r->block_count * RING_BLOCK_RECORDS;
    int err = 0;

    /* The part of the current block that the last round wrote. */
    if (full)
        err = fn(arg, r->at, RING_BLOCK_RECORDS - used);
    for (size_t i = full ? r->block + 1 : 0; i < r->block_count && full && !err;
         i++)
        err = fn(arg, r->blocks[i], RING_BLOCK_RECORDS);
    for (size_t i = 0; i < r->block && !err; i++)
        err = fn(arg, r->blocks[i], RING_BLOCK_RECORDS);
    return err ? err : fn(arg, r->blocks[r->block], used);
}

size_t ring_count(const struct ring *r)
{
    return MIN(r->written, r->block_count * RING_BLOCK_RECORDS);
}

uint64_t ring_lost(const struct ring *r)
{
    return r->written - ring_count(r);
}

const struct trace_thread *ring_threads(void)
{
    return threads;
}
