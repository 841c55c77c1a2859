// SPDX-License-Identifier: MIT
/*
 * ring: the real recorder and the real writer of its file, on a CPU that lets
 * nobody turn interrupts off, with a channel that keeps what it gets. What was
 * written is read back by the elfin command's own reader.
 */
#include "tests/unit/unit.h"

#undef fail /* check.h has an old macro of that name */

#include <stdio.h>
#include <string.h>

#include "tools/elfin/trace_file.h"

#include "kernel/channel.h"
#include "kernel/cpu.h"
#include "kernel/shutdown.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

static unsigned irqs_off;

static unsigned long fake_irq_save(void)
{
    irqs_off++;
    return 0;
}

static void fake_irq_restore(unsigned long flags)
{
    (void)flags;
    irqs_off--;
}

/* The channel and the address space of a test. */
static struct {
    bool present;
    size_t limit; /* of bytes that the host takes */
    struct strbuf data;
    struct vm_area *area; /* the only one, or NULL */
    struct shutdown_ops *ops;
} host;

static bool fake_channel_present(enum channel_id id)
{
    ck_assert_int_eq(id, CHANNEL_TRACE);
    return host.present;
}

static int fake_channel_write(enum channel_id id, const void *data, size_t len)
{
    ck_assert_int_eq(id, CHANNEL_TRACE);
    if (len > host.limit - host.data.len)
        return -32; /* EPIPE */
    strbuf_add(&host.data, data, len);
    return 0;
}

static void fake_shutdown_register(struct shutdown_ops *ops)
{
    host.ops = ops;
}

static struct vm_area *fake_vm_area_find(struct vm_space *s, uintptr_t addr)
{
    (void)s;
    return host.area && addr < host.area->end ? host.area : NULL;
}

static void fake_vm_area_name(const struct vm_area *a, char *buf, size_t size)
{
    ck_assert_ptr_eq(a, host.area);
    snprintf(buf, size, "/lib/libx.so.1");
}

#define irq_save          fake_irq_save
#define irq_restore       fake_irq_restore
#define channel_present   fake_channel_present
#define channel_write     fake_channel_write
#define shutdown_register fake_shutdown_register
#define vm_area_find      fake_vm_area_find
#define vm_area_name      fake_vm_area_name
#include "kernel/ring.c"
#undef LOG_TAG
#include "kernel/ring_dump.c"

#define BLOCK BLOCK_SIZE

static void fresh_host(void)
{
    memset(&host, 0, sizeof(host));
    host.present = true;
    host.limit = SIZE_MAX;
    ring_dump_register();
}

static void stop(void)
{
    ring_stop();
    strbuf_fini(&host.data);
    ck_assert_uint_eq(irqs_off, 0);
}

/* n interrupts, whose vectors count from 0. */
static void record(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        ring_interrupt(ring_begin(), i & 0xff);
}

struct seen {
    size_t count;
    unsigned first, next;
};

static int see(void *arg, const struct trace_record *records, size_t count)
{
    struct seen *s = arg;

    for (size_t i = 0; i < count; i++) {
        const struct trace_record *r = &records[i];

        if (r->kind != TRACE_INTERRUPT)
            continue;
        if (s->count++ == 0)
            s->first = s->next = r->small;
        unit_check(r->small == s->next, "record %zu is %u, not %u", s->count,
                   r->small, s->next);
        s->next = (s->next + 1) & 0xff;
    }
    return 0;
}

START_TEST(records_nothing_before_it_is_started)
{
    struct regs r = {0};

    ck_assert_uint_eq(ring_begin(), 0);
    record(3);
    ring_wake(stub_thread());
    ring_switch(stub_thread(), stub_thread());
    ring_fault(0, &r, 0, TRACE_FAULT_OK);
    ring_call_enter(&r);
    ring_call_exit(&r, 0);
    ring_thread_new(stub_thread());
    ck_assert_ptr_null(ring_list);
}
END_TEST

START_TEST(keeps_records_in_order)
{
    struct seen s = {0};

    ck_assert_int_eq(ring_start(1), 0);
    record(10);
    ck_assert_uint_eq(ring_count(ring_list), 11); /* and the thread's name */
    ck_assert_uint_eq(ring_lost(ring_list), 0);
    ck_assert_int_eq(ring_for_each(ring_list, see, &s), 0);
    ck_assert_uint_eq(s.count, 10);
    ck_assert_uint_eq(s.first, 0);
    stop();
}
END_TEST

/* Sizes around the borders of blocks, and of the ring: two rounds and more. */
START_TEST(overwrites_the_oldest)
{
    static const int around[] = {-2, -1, 0, 1, 2};
    const unsigned capacity = 3 * RING_BLOCK_RECORDS;

    for (unsigned blocks = 1; blocks <= 8; blocks++) {
        for (size_t i = 0; i < ARRAY_SIZE(around); i++) {
            unsigned n = blocks * RING_BLOCK_RECORDS - 1 +
                         (unsigned)around[i]; /* one is the thread's name */
            struct seen s = {0};

            ck_assert_int_eq(ring_start(3 * BLOCK), 0);
            record(n);
            ck_assert_uint_eq(ring_count(ring_list), MIN(n + 1, capacity));
            ck_assert_uint_eq(ring_lost(ring_list),
                              n + 1 - MIN(n + 1, capacity));
            ck_assert_int_eq(ring_for_each(ring_list, see, &s), 0);
            ck_assert_uint_eq(s.count, MIN(n, capacity));
            ck_assert_uint_eq(s.next, n & 0xff);
            stop();
        }
    }
}
END_TEST

START_TEST(starts_with_what_memory_there_is)
{
    unsigned n = 0;
    bool failed;

    do {
        stub_alloc_fail(++n);
        if (ring_start(4 * BLOCK) == 0) {
            record(3000);
            ck_assert_uint_gt(ring_count(ring_list), 1000);
        }
        failed = stub_alloc_failed();
        stop();
    } while (failed);
    ck_assert_uint_gt(n, 6);
    stub_alloc_fail(0);
}
END_TEST

START_TEST(a_size_beyond_memory_is_cut)
{
    struct page_stats before;

    page_get_stats(&before);
    ck_assert_int_eq(ring_start(UINT64_MAX), 0);
    ck_assert_uint_le(stub_live_pages(), before.free / 2 + 64);
    ck_assert(stub_log_contains("trace-ring"));
    stop();
}
END_TEST

static struct trace_record last_record(void)
{
    return ring_list->at[-1];
}

START_TEST(a_call_has_its_number_and_arguments)
{
    struct regs r = {.orig_rax = 1,
                     .rdi = 2,
                     .rsi = 3,
                     .rdx = 4,
                     .r10 = 5,
                     .r8 = 6,
                     .r9 = 7};
    struct trace_record e;

    ck_assert_int_eq(ring_start(BLOCK), 0);
    ring_call_enter(&r);
    e = last_record();
    ck_assert_uint_eq(e.kind, TRACE_CALL_ENTER);
    ck_assert_int_eq(e.tid, 1);
    ck_assert_uint_eq(e.time, clock_monotonic_ns());
    ck_assert_uint_eq(trace_call_number(&e), 1);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(e.words[i], i + 2);
    ring_call_exit(&r, -2);
    e = last_record();
    ck_assert_uint_eq(trace_call_number(&e), 1);
    ck_assert_int_eq((int64_t)e.words[0], -2);
    r.orig_rax = UINT64_MAX; /* the program may say what it likes */
    ring_call_enter(&r);
    e = last_record();
    ck_assert_uint_eq(trace_call_number(&e), UINT64_MAX);
    r.orig_rax = TRACE_NUMBER_LARGE;
    ring_call_exit(&r, -38);
    e = last_record();
    ck_assert_uint_eq(trace_call_number(&e), TRACE_NUMBER_LARGE);
    stop();
}
END_TEST

START_TEST(a_switch_tells_why)
{
    struct thread a = {.tid = 7, .state = THREAD_SLEEPING}, b = {.tid = -3};

    ck_assert_int_eq(ring_start(BLOCK), 0);
    ring_switch(&a, &b);
    ck_assert_uint_eq(last_record().small, TRACE_WHY_SLEEPING);
    ck_assert_int_eq((int64_t)last_record().words[0], -3);
    a.state = THREAD_RUNNABLE;
    ring_switch(&a, &b);
    ck_assert_uint_eq(last_record().small, TRACE_WHY_PREEMPTED);
    a.state = THREAD_DEAD;
    ring_switch(&a, &b);
    ck_assert_uint_eq(last_record().small, TRACE_WHY_EXITED);
    ring_wake(&a);
    ck_assert_uint_eq(last_record().small, 0);
    cpu_this()->irq_depth = 1;
    ring_wake(&a);
    ck_assert_uint_eq(last_record().small, 1);
    stop();
}
END_TEST

/* --- the file --- */

static void end_machine(enum shutdown_kind kind, int code)
{
    host.ops->report(host.ops, kind, code, NULL);
}

static void record_everything(void)
{
    struct thread other = {
        .tid = 2, .process = stub_process(), .name = "other"};
    struct thread kernel = {.tid = -1, .name = "worker"};
    struct regs r = {.orig_rax = 6, .rip = 0x401234};

    ring_thread_new(&other);
    ring_thread_new(&kernel);
    memcpy(other.name, "renamed", 8);
    ring_thread_named(&other);
    ring_fault(clock_monotonic_ns(), &r, 0x500000, TRACE_FAULT_OK);
    stub_clock_advance(1000);
    record(2000);
    ring_thread_end(&other);
}

START_TEST(the_file_has_everything)
{
    struct vm_space space = {0};
    struct vm_object object = {0};
    struct vm_area area = {.start = 0x400000,
                           .end = 0x402000,
                           .flags = VM_READ | VM_EXEC,
                           .object = &object,
                           .offset = 0x3000};
    char text[64];
    struct trace t;

    fresh_host();
    host.area = &area;
    stub_process()->space = &space;
    ck_assert_int_eq(ring_start(BLOCK), 0);
    record_everything();
    end_machine(SHUTDOWN_EXITED, 7);
    ck_assert_ptr_null(trace_parse(&t, host.data.data, host.data.len));
    ck_assert_uint_eq(t.event_count, RING_BLOCK_RECORDS);
    ck_assert_uint_eq(t.lost, 2006 - RING_BLOCK_RECORDS);
    ck_assert_uint_eq(t.header.end_kind, TRACE_ENDED_EXIT);
    ck_assert_int_eq(t.header.end_code, 7);
    ck_assert_uint_eq(t.events[t.event_count - 1].r.kind, TRACE_THREAD_END);
    ck_assert_uint_eq(t.thread_count, 3);
    trace_thread_label(&t.threads[0], text, sizeof(text));
    ck_assert_str_eq(text, "worker (kernel)");
    trace_thread_label(&t.threads[1], text, sizeof(text));
    ck_assert_str_eq(text, "test (1)");
    trace_thread_label(&t.threads[2], text, sizeof(text));
    ck_assert_str_eq(text, "renamed (2)");
    trace_describe_address(&t, 0x401234, text, sizeof(text));
    ck_assert_str_eq(text, "libx.so.1+0x4234");
    trace_describe_address(&t, 0x402000, text, sizeof(text));
    ck_assert_str_eq(text, "0x402000");
    trace_fini(&t);
    ck_assert(!ring_on); /* the end itself is not recorded */
    stop();
}
END_TEST

START_TEST(a_space_in_use_gives_no_mappings)
{
    struct vm_space space = {.lock.owner = stub_thread()};
    struct trace t;

    fresh_host();
    stub_process()->space = &space;
    ck_assert_int_eq(ring_start(BLOCK), 0);
    end_machine(SHUTDOWN_PANIC, 0);
    ck_assert_ptr_null(trace_parse(&t, host.data.data, host.data.len));
    ck_assert_uint_eq(t.map_count, 0);
    ck_assert_uint_eq(t.header.end_kind, TRACE_ENDED_PANIC);
    trace_fini(&t);
    stop();
}
END_TEST

START_TEST(a_host_that_takes_no_more_gets_no_more)
{
    struct trace t;

    for (size_t limit = 0; limit < 20000; limit += 1999) {
        fresh_host();
        host.limit = limit;
        ck_assert_int_eq(ring_start(BLOCK), 0);
        record_everything();
        end_machine(SHUTDOWN_EXITED, 0);
        ck_assert_ptr_nonnull(trace_parse(&t, host.data.data, host.data.len));
        trace_fini(&t);
        stop();
    }
    ck_assert(stub_log_contains("cut short"));
}
END_TEST

START_TEST(without_a_port_the_loss_is_told)
{
    fresh_host();
    host.present = false;
    end_machine(SHUTDOWN_EXITED, 0);
    ck_assert(!stub_log_contains("elfin.trace")); /* nothing was asked for */
    ck_assert_int_eq(ring_start(BLOCK), 0);
    end_machine(SHUTDOWN_EXITED, 0);
    ck_assert(stub_log_contains("elfin.trace"));
    ck_assert_uint_eq(host.data.len, 0);
    stop();
}
END_TEST

UNIT_SUITE(kernel_ring, "kernel/ring", records_nothing_before_it_is_started,
           keeps_records_in_order, overwrites_the_oldest,
           starts_with_what_memory_there_is, a_size_beyond_memory_is_cut,
           a_call_has_its_number_and_arguments, a_switch_tells_why,
           the_file_has_everything, a_space_in_use_gives_no_mappings,
           a_host_that_takes_no_more_gets_no_more,
           without_a_port_the_loss_is_told)
