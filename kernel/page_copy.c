// SPDX-License-Identifier: MIT
#include "kernel/page_copy.h"

#include "kernel/cpu.h"
#include "kernel/page.h"

void page_clear_string(void *page);
void page_clear_wide(void *page);
void page_copy_string(void *to, const void *from);
void page_copy_wide(void *to, const void *from);

bool page_copy_is_wide;

void page_clear(void *page)
{
    if (page_copy_is_wide)
        page_clear_wide(page);
    else
        page_clear_string(page);
}

void page_copy(void *to, const void *from)
{
    if (page_copy_is_wide)
        page_copy_wide(to, from);
    else
        page_copy_string(to, from);
}

/* How long clearing and copying take; the first round only warms up. */
static uint64_t measure(char *scratch)
{
    uint64_t begin = 0;

    for (int round = 0; round < 2; round++) {
        begin = tsc_read();
        page_clear(scratch);
        page_copy(scratch + PAGE_SIZE, scratch);
    }
    return tsc_read() - begin;
}

void page_copy_choose(void *scratch)
{
    uint64_t string = measure(scratch);

    page_copy_is_wide = true;
    page_copy_is_wide = measure(scratch) < string;
}
