// SPDX-License-Identifier: MIT
/*
 * core: the notes of a Linux core file of x86-64, as core(5), <sys/procfs.h>
 * and Linux's uapi linux/elfcore.h have them. The note types are in abi/elf.h.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The order of struct user_regs_struct. */
struct abi_user_regs {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8;
    uint64_t rax, rcx, rdx, rsi, rdi, orig_rax;
    uint64_t rip, cs, eflags, rsp, ss;
    uint64_t fs_base, gs_base, ds, es, fs, gs;
};

/* NT_PRSTATUS: a thread. */
struct abi_prstatus {
    int32_t si_signo, si_code, si_errno;
    int16_t pr_cursig;
    uint16_t abi_pad;
    uint64_t pr_sigpend, pr_sighold;
    int32_t pr_pid, pr_ppid, pr_pgrp, pr_sid;
    struct {
        int64_t tv_sec, tv_usec;
    } pr_utime, pr_stime, pr_cutime, pr_cstime;
    struct abi_user_regs pr_reg;
    int32_t pr_fpvalid;
    uint32_t abi_pad2;
};

/* NT_PRPSINFO: the process. */
struct abi_prpsinfo {
    int8_t pr_state, pr_sname, pr_zomb, pr_nice;
    uint32_t abi_pad;
    uint64_t pr_flag;
    uint32_t pr_uid, pr_gid;
    int32_t pr_pid, pr_ppid, pr_pgrp, pr_sid;
    char pr_fname[16];
    char pr_psargs[80];
};

/* NT_FILE begins with this; then a range for each file mapping; then the
 * paths, in the same order, each with its NUL. */
struct abi_note_file {
    uint64_t count, page_size;
};
struct abi_note_file_range {
    uint64_t start, end, page_offset;
};

/* Where NT_X86_XSTATE has XCR0: in bytes that the CPU leaves to software. */
#define ABI_XSTATE_XCR0_OFFSET 464

_Static_assert(sizeof(struct abi_user_regs) == 27 * 8, "Linux ABI");
_Static_assert(sizeof(struct abi_prstatus) == 336, "Linux ABI");
_Static_assert(offsetof(struct abi_prstatus, pr_reg) == 112, "Linux ABI");
_Static_assert(sizeof(struct abi_prpsinfo) == 136, "Linux ABI");
