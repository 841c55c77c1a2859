// SPDX-License-Identifier: MIT
/*
 * stubs: the services of kernel/ for unit tests on the host, and the knobs by
 * which a test turns them. Everything above kernel/ is linked as it is.
 */
#pragma once

#include <check.h>

#include "lib/base.h"

/* As ck_assert_msg, but Check takes no note when it holds, which is slow: for
 * what runs thousands of times. */
#define unit_check(x, ...)             \
    do {                               \
        if (!(x))                      \
            ck_abort_msg(__VA_ARGS__); \
    } while (0)

struct cred;
struct thread;
struct process;

/* Around every test: fresh stubs; and nothing may be left over. */
void stubs_setup(void);
void stubs_teardown(void);

/* Called by the two above; one pair for each file of this folder. */
void stub_memory_reset(void);
void stub_memory_check(void);
void stub_lock_reset(void);
void stub_lock_check(void);
void stub_clock_reset(void);
void stub_clock_check(void);
void stub_wait_reset(void);
void stub_thread_reset(void);
void stub_uaccess_reset(void);
void stub_log_reset(void);
void stub_random_reset(void);

/* --- kmalloc and pages --- */

/* The n-th allocation (of a block or of pages) from now on fails, n >= 1, and
 * those after it succeed again. 0: none. */
void stub_alloc_fail(unsigned n);
/* Did that failure happen? */
bool stub_alloc_failed(void);

size_t stub_live_blocks(void); /* of kmalloc */
size_t stub_live_pages(void);

/* Memory that stands for RAM outside the allocator (an initrd): page aligned,
 * not counted as live until page_adopt. */
void *stub_ram_take(size_t pages);

/* --- locks --- */

/* Spinlocks and mutexes that are held now. */
unsigned stub_spinlocks_held(void);
unsigned stub_mutexes_held(void);

/* --- time --- */

/* Moves monotonic time on, and calls the timers that become due, in order. */
void stub_clock_advance(uint64_t ns);
/* What clock_set_pace was last told. */
int64_t stub_clock_pace(void);
size_t stub_timers_armed(void);

/* --- waiting --- */

/*
 * What happens while the caller sleeps: fn(arg), once per sleep, may change
 * conditions, wake queues and advance the clock. A sleep that nothing ends
 * lasts until its deadline; without one the test fails.
 */
void stub_on_sleep(void (*fn)(void *arg), void *arg);
/* From now on sleeps end with -ERESTARTSYS unless they were woken. */
void stub_signal_pending(bool pending);

/* --- threads --- */

/* The calling thread and its process: fields that a test may set. */
struct thread *stub_thread(void);
/* Who may nothing: uid and gid 1000, no capabilities. */
extern const struct cred stub_nobody;
struct process *stub_process(void);

/* --- the program's memory --- */

/* [addr, addr + len) faults from now on, as does always what lies below 64 KiB.
 * len 0: nothing more. */
void stub_uaccess_fault(const void *addr, size_t len);

/* --- log --- */

/* All text that was logged; lines are "level tag: text\n". */
const char *stub_log_text(void);
bool stub_log_contains(const char *text);
