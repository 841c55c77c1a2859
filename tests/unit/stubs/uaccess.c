// SPDX-License-Identifier: MIT
/* uaccess: the program's memory is the test's own, with a hole that faults. */
#include "tests/unit/stubs/stubs.h"

#include <string.h>

#include "abi/errno.h"
#include "kernel/uaccess.h"

#define LOWEST 0x10000ul /* as in the kernel, nothing is mapped below */

static uintptr_t hole_start, hole_end;

void stub_uaccess_reset(void)
{
    hole_start = hole_end = 0;
}

void stub_uaccess_fault(const void *addr, size_t len)
{
    hole_start = (uintptr_t)addr;
    hole_end = hole_start + len;
}

/* How many of the len bytes from addr on can be touched before a fault. */
static size_t accessible(const void *p, size_t len)
{
    uintptr_t addr = (uintptr_t)p;

    if (addr < LOWEST || (addr >= hole_start && addr < hole_end))
        return 0;
    if (hole_start < hole_end && addr < hole_start)
        return MIN(len, hole_start - addr);
    return len;
}

size_t copy_from_user_partial(void *to, const void user *from, size_t len)
{
    size_t n = accessible(from, len);

    if (n > 0)
        memcpy(to, from, n);
    return n;
}

size_t copy_to_user_partial(void user *to, const void *from, size_t len)
{
    size_t n = accessible(to, len);

    if (n > 0)
        memcpy(to, from, n);
    return n;
}

int copy_from_user(void *to, const void user *from, size_t len)
{
    return copy_from_user_partial(to, from, len) == len ? 0 : -EFAULT;
}

int copy_to_user(void user *to, const void *from, size_t len)
{
    return copy_to_user_partial(to, from, len) == len ? 0 : -EFAULT;
}

int put_user64(void user *to, uint64_t value)
{
    return copy_to_user(to, &value, sizeof(value));
}

int put_user32(void user *to, uint32_t value)
{
    return copy_to_user(to, &value, sizeof(value));
}

int load_user64(const void user *from, uint64_t *value)
{
    return copy_from_user(value, from, sizeof(*value));
}

int load_user32(const void user *from, uint32_t *value)
{
    return copy_from_user(value, from, sizeof(*value));
}

int put_user_pair(void user *to, uint64_t first, uint64_t second)
{
    uint64_t pair[2] = {first, second};

    return copy_to_user(to, pair, sizeof(pair));
}

int clear_user(void user *to, size_t len)
{
    size_t n = accessible(to, len);

    if (n > 0)
        memset(to, 0, n);
    return n == len ? 0 : -EFAULT;
}

ssize_t strncpy_from_user(char *to, const char user *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (!accessible(from + i, 1))
            return -EFAULT;
        to[i] = from[i];
        if (!to[i])
            return (ssize_t)i;
    }
    return -ENAMETOOLONG;
}
