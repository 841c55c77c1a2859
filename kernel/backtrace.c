// SPDX-License-Identifier: MIT
/*
 * backtrace: walks the chain of saved frame pointers (the kernel is compiled
 * with them): [rbp] is the caller's rbp, [rbp + 8] the return address.
 *
 * A bad pointer must not fault here, within a panic. So the walk stays on one
 * stack: the current thread's, boot's, or, on an exception stack, the page
 * that holds the first frame.
 */
#include "kernel/backtrace.h"

#include "kernel/ksyms.h"
#include "kernel/memlayout.h"
#include "kernel/page.h"
#include "kernel/thread.h"

#define LOG_TAG "panic"
#include "kernel/log.h"

#define LINES_MAX 32

struct frame {
    uintptr_t caller_rbp, return_address;
};

struct bounds {
    uintptr_t low, high;
};

extern char boot_stack[], boot_stack_top[]; /* boot/start.S */

static bool within(struct bounds b, uintptr_t address)
{
    return address >= b.low && address < b.high &&
           b.high - address >= sizeof(struct frame);
}

static struct bounds stack_of(uintptr_t rbp)
{
    const struct thread *t = thread_current();
    struct bounds boot = {(uintptr_t)boot_stack, (uintptr_t)boot_stack_top};
    struct bounds page = {ALIGN_DOWN(rbp, PAGE_SIZE),
                          ALIGN_DOWN(rbp, PAGE_SIZE) + PAGE_SIZE};
    struct bounds none = {0, 0};

    if ((uintptr_t)t >= DIRECT_MAP_BASE) {
        struct bounds own = {t->stack_base, t->stack_top};

        if (within(own, rbp))
            return own;
    }
    if (within(boot, rbp))
        return boot;
    /* Mapped for sure only inside the image's data and bss. */
    if (rbp >= (uintptr_t)kernel_text_end &&
        page.high <= (uintptr_t)kernel_rodata_start)
        return page;
    return none;
}

static bool is_code(uintptr_t address)
{
    return address >= (uintptr_t)kernel_start &&
           address < (uintptr_t)kernel_text_end;
}

static void print_line(uintptr_t address, unsigned times)
{
    size_t offset = 0;
    const char *name = ksym_lookup(address, &offset);

    log_raw("    0x%016lx %s+0x%zx", address, name ? name : "?", offset);
    if (times > 1)
        log_raw(", %u times", times);
    log_raw("\n");
}

/* Reads the frame at *rbp and goes on to its caller's; false at the end. */
static bool next_frame(struct bounds *stack, uintptr_t *rbp,
                       uintptr_t *return_address)
{
    struct frame frame;

    if (!IS_ALIGNED(*rbp, sizeof(uintptr_t)) || !within(*stack, *rbp))
        return false;
    frame = *(const struct frame *)*rbp;
    if (!is_code(frame.return_address))
        return false;
    stack->low = *rbp + sizeof(frame);
    *rbp = frame.caller_rbp;
    *return_address = frame.return_address;
    return true;
}

void backtrace_print(uintptr_t rip, uintptr_t rbp)
{
    struct bounds stack = stack_of(rbp);
    uintptr_t last = rip, next;
    unsigned times = 1, lines = 1;

    while (next_frame(&stack, &rbp, &next)) {
        /* It points behind the call, perhaps at the next function: the call
         * itself names the caller. */
        next--;
        if (next == last) {
            times++;
            continue;
        }
        print_line(last, times);
        last = next;
        times = 1;
        if (++lines > LINES_MAX) {
            log_raw("    and more\n");
            return;
        }
    }
    print_line(last, times);
}

void backtrace_print_here(void)
{
    const struct frame *own = __builtin_frame_address(0);

    backtrace_print(own->return_address - 1, own->caller_rbp);
}
