// SPDX-License-Identifier: MIT
/* uaccess_inline: what kernel/uaccess.h does, without a call, for the few
 * places where that shows. */
#pragma once

#include "abi/errno.h"
#include "kernel/smap.h"
#include "kernel/uaccess.h"

#ifdef ELFIN_KERNEL
/* to is not in the kernel's half. 0 or -EFAULT. */
static inline int put_user64_inline(void user *to, uint64_t value)
{
    smap_open();
    __asm__ goto("1: movq %1, (%0)\n"
                 "2: .pushsection .fixups, \"a\"\n"
                 ".quad 1b, 2b, %l[fault]\n"
                 ".popsection"
                 :
                 : "r"(to), "r"(value)
                 : "memory"
                 : fault);
    smap_close();
    return 0;
fault:
    smap_close();
    return -EFAULT;
}
/* The same for reading: 0, -EAGAIN if the word at `at` is not `expected`. */
static inline int compare_user32_inline(const void user *at, uint32_t expected)
{
    smap_open();
    __asm__ goto("1: cmpl %1, (%0)\n"
                 "2: jne %l[differs]\n"
                 ".pushsection .fixups, \"a\"\n"
                 ".quad 1b, 2b, %l[fault]\n"
                 ".popsection"
                 :
                 : "r"(at), "r"(expected)
                 : "memory", "cc"
                 : differs, fault);
    smap_close();
    return 0;
differs:
    smap_close();
    return -EAGAIN;
fault:
    smap_close();
    return -EFAULT;
}
#else
#define put_user64_inline put_user64
#endif
