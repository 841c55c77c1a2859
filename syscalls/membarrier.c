// SPDX-License-Identifier: MIT
/*
 * membarrier: barriers in other threads. With one CPU whoever else there is
 * has stopped at a barrier already, so that what remains is who may ask.
 */
#include "abi/membarrier.h"
#include "kernel/cpu.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "syscalls/define.h"

#define REGISTRATIONS                                      \
    (MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED |            \
     MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED |           \
     MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE | \
     MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ)
/* What a registration allows is the bit below it. */
#define PRIVATE                                   \
    (MEMBARRIER_CMD_PRIVATE_EXPEDITED |           \
     MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE | \
     MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ)
#define ALL                                                                    \
    (MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | REGISTRATIONS | \
     PRIVATE | MEMBARRIER_CMD_GET_REGISTRATIONS)

/* A private barrier, for threads of the caller's memory. */
static long private_barrier(const struct vm_space *s, int cmd)
{
    if (!(__atomic_load_n(&s->membarrier, __ATOMIC_RELAXED) & cmd << 1))
        return -EPERM;
    /* Changed code is seen behind an instruction that serialises. A sequence
     * of another thread's was aborted when that lost the CPU. */
    if (cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE)
        cpuid(0, 0);
    return 0;
}

/* membarrier(2) */
SYSCALL_DEFINE3(membarrier, int, cmd, unsigned, flags, int, cpu_id)
{
    struct vm_space *s = thread_current()->space;

    (void)
        cpu_id; /* of a CPU on which nobody else runs, or which is not there */
    if (flags && (cmd != MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ ||
                  flags != MEMBARRIER_CMD_FLAG_CPU))
        return -EINVAL;
    if (cmd == MEMBARRIER_CMD_QUERY)
        return ALL;
    if (cmd < 0 || (cmd & (cmd - 1)) || !(cmd & ALL))
        return -EINVAL;
    if (cmd & REGISTRATIONS)
        __atomic_or_fetch(&s->membarrier, (unsigned)cmd, __ATOMIC_RELAXED);
    else if (cmd & PRIVATE)
        return private_barrier(s, cmd);
    else if (cmd == MEMBARRIER_CMD_GET_REGISTRATIONS)
        return (long)s->membarrier;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return 0;
}
