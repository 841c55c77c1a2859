// SPDX-License-Identifier: MIT
/* current: the thread that runs on this CPU, for headers below thread.h. */
#pragma once

struct thread;

static inline struct thread *thread_current(void)
{
    struct thread *t;
    __asm__ volatile("movq %%gs:8, %0" : "=r"(t));
    return t;
}
