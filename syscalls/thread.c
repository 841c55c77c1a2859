// SPDX-License-Identifier: MIT
/* thread: what the C library sets per thread. */
#include "abi/prctl.h"
#include "abi/rseq.h"
#include "abi/sched.h"
#include "kernel/cpu.h"
#include "kernel/doctor.h"
#include "kernel/fpu.h"
#include "kernel/rseq.h"
#include "kernel/sched.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "syscalls/define.h"
#include "syscalls/timespec.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"

/* set_tid_address(2) */
SYSCALL_DEFINE1(set_tid_address, int user *, tidptr)
{
    thread_current()->clear_child_tid = (uintptr_t)tidptr;
    return thread_current()->tid;
}

/* rseq(2) */
SYSCALL_DEFINE4(rseq, struct abi_rseq user *, rseq, uint32_t, len, int, flags,
                uint32_t, sig)
{
    if (flags & ~RSEQ_FLAG_UNREGISTER)
        return -EINVAL;
    if (flags & RSEQ_FLAG_UNREGISTER)
        return rseq_unregister((uintptr_t)rseq, len, sig);
    return rseq_register((uintptr_t)rseq, len, sig);
}

/* arch_prctl(2) */
SYSCALL_DEFINE2(arch_prctl, int, code, uintptr_t, addr)
{
    switch (code) {
    case ARCH_SET_FS:
        if (addr >= VM_USER_END)
            return -EPERM;
        msr_write(MSR_FS_BASE, addr);
        return 0;
    case ARCH_SET_GS:
        if (addr >= VM_USER_END)
            return -EPERM;
        msr_write(MSR_KERNEL_GS_BASE, addr);
        return 0;
    case ARCH_GET_FS:
        return put_user(msr_read(MSR_FS_BASE), (uint64_t user *)addr);
    case ARCH_GET_GS:
        return put_user(msr_read(MSR_KERNEL_GS_BASE), (uint64_t user *)addr);
    default:
        /* The C library asks for shadow stacks at each start. */
        if (code != ABI_ARCH_CET_STATUS)
            doctor_refused("arch_prctl", "code=0x%x", code);
        return -EINVAL;
    }
}
SYSCALL_PARTIAL(arch_prctl, "ARCH_SET_FS, _SET_GS, _GET_FS and _GET_GS");
