// SPDX-License-Identifier: MIT
/* personality: which system the kernel is to resemble: personality(2). */
#include "abi/personality.h"

#include "kernel/thread.h"
#include "syscalls/define.h"

/* personality(2): the one before; ABI_PERSONALITY_ASK changes none. */
SYSCALL_DEFINE1(personality, unsigned, persona)
{
    struct thread *t = thread_current();
    uint32_t old = t->personality;

    if (persona != ABI_PERSONALITY_ASK)
        t->personality = persona;
    return old;
}
SYSCALL_PARTIAL(personality, "kept and inherited; ADDR_NO_RANDOMIZE and the "
                             "machine of PER_LINUX32 have an effect");
