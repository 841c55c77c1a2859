// SPDX-License-Identifier: MIT
/*
 * irq: the table from vectors to handlers.
 *
 * Vectors are given out upwards and for ever. A wire may be shared: every
 * handler attached to it is called, in the order of attaching.
 *
 * Locking: irq_lock covers giving out; irq_dispatch reads without it, because
 * an entry is complete before it becomes visible and never goes away.
 */
#include "kernel/irq.h"

#include "abi/errno.h"
#include "kernel/cpu.h"
#include "kernel/ioapic.h"
#include "kernel/kmalloc.h"
#include "kernel/lapic.h"
#include "kernel/lock.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"
#include "kernel/ring.h"

#define LOG_TAG "irq"
#include "kernel/log.h"

#define VECTOR_COUNT  256
#define GSI_WIRES_MAX 64 /* wires in use, not their numbers */

#define PIC_DATA_MASTER 0x21
#define PIC_DATA_SLAVE  0xa1

#define MSI_ADDRESS       0xfee00000u
#define MSI_DEST_SHIFT    12
#define MSI_DEST_ID_LIMIT 256

struct irq_handler {
    irq_handler_fn *fn;
    void *arg;
    struct irq_handler *next; /* on a shared wire */
};

static struct spinlock irq_lock = SPINLOCK_INIT;
static struct irq_handler handlers[VECTOR_COUNT];
static unsigned next_vector = IRQ_VECTOR_FIRST;

/* Wires routed so far. */
static struct {
    unsigned gsi, vector;
} wires[GSI_WIRES_MAX];
static unsigned wire_count;

void irq_init(void)
{
    port_write8(PIC_DATA_MASTER, 0xff);
    port_write8(PIC_DATA_SLAVE, 0xff);
    lapic_enable();
}

static void handler_publish(struct irq_handler *h, irq_handler_fn *fn,
                            void *arg)
{
    h->arg = arg;
    __atomic_store_n(&h->fn, fn, __ATOMIC_RELEASE);
}

int irq_vector_alloc(irq_handler_fn *fn, void *arg)
{
    unsigned long flags = spin_lock(&irq_lock);
    int vector = -ENOSPC;

    if (next_vector < IRQ_VECTOR_TIMER) {
        vector = (int)next_vector++;
        handler_publish(&handlers[vector], fn, arg);
    }
    spin_unlock(&irq_lock, flags);
    return vector;
}

void irq_vector_set(unsigned vector, irq_handler_fn *fn, void *arg)
{
    assert(vector >= IRQ_VECTOR_TIMER && vector < IRQ_VECTOR_SPURIOUS);
    handler_publish(&handlers[vector], fn, arg);
}

/* The vector of a wire that is in use, or 0. */
static unsigned wire_vector(unsigned gsi)
{
    for (unsigned i = 0; i < wire_count; i++) {
        if (wires[i].gsi == gsi)
            return wires[i].vector;
    }
    return 0;
}

static int wire_share(unsigned vector, irq_handler_fn *fn, void *arg)
{
    struct irq_handler *last = &handlers[vector], *h = kzalloc(sizeof(*h));
    unsigned long flags;

    if (!h)
        return -ENOMEM;
    handler_publish(h, fn, arg);
    flags = spin_lock(&irq_lock);
    while (last->next)
        last = last->next;
    __atomic_store_n(&last->next, h, __ATOMIC_RELEASE);
    spin_unlock(&irq_lock, flags);
    return 0;
}

int irq_gsi_attach(unsigned gsi, bool level, irq_handler_fn *fn, void *arg)
{
    unsigned wire = ioapic_resolve(gsi);
    unsigned shared = wire_vector(wire);
    int vector, err;

    if (shared)
        return wire_share(shared, fn, arg);
    if (wire_count == GSI_WIRES_MAX)
        return -ENOSPC;
    vector = irq_vector_alloc(fn, arg);
    if (vector < 0)
        return vector;
    err = ioapic_route(gsi, level, (unsigned)vector, lapic_id());
    if (err)
        return err; /* the vector stays taken; there are plenty */
    wires[wire_count].gsi = wire;
    wires[wire_count].vector = (unsigned)vector;
    wire_count++;
    return 0;
}

void irq_msi_message(unsigned vector, uint64_t *address, uint32_t *data)
{
    unsigned id = lapic_id();

    assert(id < MSI_DEST_ID_LIMIT);
    *address = MSI_ADDRESS | (uint64_t)id << MSI_DEST_SHIFT;
    *data = vector; /* fixed delivery, edge */
}

static void report_stray(unsigned vector)
{
    static bool reported[VECTOR_COUNT];

    if (reported[vector])
        return;
    reported[vector] = true;
    log_warn("interrupt on vector 0x%x, which nobody asked for", vector);
}

void irq_dispatch(unsigned vector)
{
    struct cpu *cpu = cpu_this();
    const struct irq_handler *h = &handlers[vector];
    uint64_t begin = ring_begin();
    irq_handler_fn *fn;

    cpu->irqs++;
    if (vector == IRQ_VECTOR_SPURIOUS) /* wants no acknowledgement */
        return;
    cpu->irq_depth++;
    fn = __atomic_load_n(&h->fn, __ATOMIC_ACQUIRE);
    if (!fn)
        report_stray(vector);
    while (fn) {
        fn(h->arg);
        h = __atomic_load_n(&h->next, __ATOMIC_ACQUIRE);
        fn = h ? h->fn : NULL;
    }
    lapic_eoi();
    cpu->irq_depth--;
    ring_interrupt(begin, vector);
}
