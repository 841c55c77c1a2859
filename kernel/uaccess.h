// SPDX-License-Identifier: MIT
/*
 * uaccess: the only way to the program's memory. Faults are fixed up, so that
 * any pointer at all gives -EFAULT and never a dead kernel.
 *
 * Context: may sleep (a page may have to be read in).
 */
#pragma once

#include "lib/base.h"

/* 0 or -EFAULT; on -EFAULT part of the bytes may have been copied. */
int copy_from_user(void *to, const void user *from, size_t len);
int copy_to_user(void user *to, const void *from, size_t len);
int clear_user(void user *to, size_t len);

/* Two words side by side, as in a timespec; 0 or -EFAULT. The quick way for
 * what is asked most often. */
int put_user_pair(void user *to, uint64_t first, uint64_t second);

/* How many bytes could be copied, from the start, before a fault: len if all.
 */
size_t copy_from_user_partial(void *to, const void user *from, size_t len);
size_t copy_to_user_partial(void user *to, const void *from, size_t len);

/* A struct that grows from one Linux to the next: copies what both sides know
 * and clears the rest of the kernel's. -EFAULT, -E2BIG when the program asks
 * for what the kernel does not know. */
int copy_struct_from_user(void *to, size_t size, const void user *from,
                          size_t user_size);

/* Copies a string with its NUL into at most size bytes. Its length without
 * the NUL, -EFAULT, or -ENAMETOOLONG when no NUL comes within size. */
ssize_t strncpy_from_user(char *to, const char user *from, size_t size);

/* One aligned word, read at once; 0 or -EFAULT. */
int load_user32(const uint32_t user *p, uint32_t *value);

/* Compares and exchanges atomically; *now is what was found. 0 or -EFAULT. */
int cmpxchg_user32(uint32_t user *p, uint32_t old, uint32_t want,
                   uint32_t *now);

/* Saves or restores the FPU's registers at a place of len bytes in the
 * program's memory, by a function of uaccess_copy.S: for kernel/fpu.c. */
int uaccess_fpu(int (*move)(const void *at), const void user *at, size_t len);

/* One value; 0 or -EFAULT. */
#define get_user(value, ptr) \
    copy_from_user((value), (const void user *)(ptr), sizeof(*(value)))
#define put_user(value, ptr)                                                  \
    ({                                                                        \
        __typeof__(value) put_user_v = (value);                               \
        static_assert(sizeof(put_user_v) == sizeof(*(ptr)), "put_user size"); \
        copy_to_user((void user *)(ptr), &put_user_v, sizeof(put_user_v));    \
    })
