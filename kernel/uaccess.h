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

/* Saves or restores the FPU's registers at a place of len bytes in the
 * program's memory, by a function of uaccess_copy.S: for kernel/fpu.c. */
int uaccess_fpu(int (*move)(const void *at), const void user *at, size_t len);

/* --- single words: 0 or -EFAULT --- */

#ifdef ELFIN_KERNEL
/* uaccess_word.S keeps nearly all registers, which a call in C would not. */
#define UACCESS_WORD(function, error, out, ...) \
    __asm__ volatile("call " function           \
                     : "=a"(error), "=d"(out)   \
                     : __VA_ARGS__              \
                     : "memory", "cc")

static inline int put_user64(void user *to, uint64_t value)
{
    int err;

    __asm__ volatile("call uaccess_put64"
                     : "=a"(err)
                     : "D"(to), "S"(value)
                     : "memory", "cc");
    return err;
}

static inline int put_user32(void user *to, uint32_t value)
{
    int err;

    __asm__ volatile("call uaccess_put32"
                     : "=a"(err)
                     : "D"(to), "S"(value)
                     : "memory", "cc");
    return err;
}

/* Two side by side, as in a timespec. */
static inline int put_user_pair(void user *to, uint64_t first, uint64_t second)
{
    int err;

    __asm__ volatile("call uaccess_put_pair"
                     : "=a"(err)
                     : "D"(to), "S"(first), "d"(second)
                     : "memory", "cc");
    return err;
}

/* Read at once, if aligned. */
static inline int load_user32(const void user *from, uint32_t *value)
{
    int err;
    uint64_t v;

    UACCESS_WORD("uaccess_get32", err, v, "D"(from));
    *value = (uint32_t)v;
    return err;
}

static inline int load_user64(const void user *from, uint64_t *value)
{
    int err;

    UACCESS_WORD("uaccess_get64", err, *value, "D"(from));
    return err;
}

/* Compares and exchanges atomically; *now is what was found. */
static inline int cmpxchg_user32(uint32_t user *p, uint32_t old, uint32_t want,
                                 uint32_t *now)
{
    int err;
    uint64_t v;

    UACCESS_WORD("uaccess_cmpxchg32", err, v, "D"(p), "S"(old), "c"(want));
    *now = (uint32_t)v;
    return err;
}
#else
int put_user64(void user *to, uint64_t value);
int put_user32(void user *to, uint32_t value);
int put_user_pair(void user *to, uint64_t first, uint64_t second);
int load_user32(const void user *from, uint32_t *value);
int load_user64(const void user *from, uint64_t *value);
int cmpxchg_user32(uint32_t user *p, uint32_t old, uint32_t want,
                   uint32_t *now);
#endif

/* --- one value of any type: 0 or -EFAULT --- */

#define get_user(value, ptr)                                               \
    ({                                                                     \
        __typeof__(value) get_user_v = (value);                            \
        const void user *get_user_p = (const void user *)(ptr);            \
        sizeof(*get_user_v) == sizeof(uint64_t)                            \
            ? load_user64(get_user_p, (uint64_t *)(void *)get_user_v)      \
        : sizeof(*get_user_v) == sizeof(uint32_t)                          \
            ? load_user32(get_user_p, (uint32_t *)(void *)get_user_v)      \
            : copy_from_user(get_user_v, get_user_p, sizeof(*get_user_v)); \
    })
#define put_user(value, ptr)                                                  \
    ({                                                                        \
        __typeof__(value) put_user_v = (value);                               \
        void user *put_user_p = (void user *)(ptr);                           \
        static_assert(sizeof(put_user_v) == sizeof(*(ptr)), "put_user size"); \
        sizeof(put_user_v) == sizeof(uint64_t)                                \
            ? put_user64(put_user_p, *(uint64_t *)(void *)&put_user_v)        \
        : sizeof(put_user_v) == sizeof(uint32_t)                              \
            ? put_user32(put_user_p, *(uint32_t *)(void *)&put_user_v)        \
            : copy_to_user(put_user_p, &put_user_v, sizeof(put_user_v));      \
    })
