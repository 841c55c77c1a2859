// SPDX-License-Identifier: MIT
#include "boot/ledger.h"

#include "kernel/clock_page.h"
#include "kernel/clock_tsc.h"
#include "kernel/log.h"

#define STAGES_MAX 24

static struct {
    const char *stage;
    uint64_t end; /* of the time-stamp counter */
} entries[STAGES_MAX];
static unsigned entry_count;
static uint64_t begin;

void ledger_begin(void)
{
    begin = clock_tsc_ordered();
}

void ledger_note(const char *stage)
{
    if (entry_count == STAGES_MAX)
        return;
    entries[entry_count].stage = stage;
    entries[entry_count++].end = clock_tsc_ordered();
}

static void print_line(const char *stage, uint64_t ticks)
{
    uint64_t ns = clock_tsc_to_ns(ticks);

    log_raw("  %-28s %8lu.%01lu us\n", stage, (unsigned long)(ns / 1000),
            (unsigned long)(ns % 1000 / 100));
}

void ledger_print(void)
{
    uint64_t last = begin;

    log_raw("where the time to the program's entry went:\n");
    print_line("before the kernel", begin);
    for (unsigned i = 0; i < entry_count; i++) {
        print_line(entries[i].stage, entries[i].end - last);
        last = entries[i].end;
    }
    print_line("the kernel's part", last - begin);
}
