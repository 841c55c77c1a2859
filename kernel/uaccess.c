// SPDX-License-Identifier: MIT
/*
 * uaccess: range checks and SMAP around the loops of uaccess_copy.S.
 */
#include "kernel/uaccess.h"

#include "abi/errno.h"
#include "kernel/cpu.h"
#include "kernel/page.h"
#include "kernel/smap.h"
#include "kernel/vm.h"
#include "lib/string.h"

size_t uaccess_copy(void *to, const void *from, size_t len);
size_t uaccess_zero(void *to, size_t len);
ssize_t uaccess_string(char *to, const char *from, size_t size);

/* How many of len bytes at addr lie in the program's half. */
static size_t user_part(uintptr_t addr, size_t len)
{
    if (addr >= VM_USER_END)
        return 0;
    return MIN(len, VM_USER_END - addr);
}

size_t copy_from_user_partial(void *to, const void user *from, size_t len)
{
    size_t part = user_part((uintptr_t)from, len), left;

    smap_open();
    left = uaccess_copy(to, (const void *)(uintptr_t)from, part);
    smap_close();
    return part - left;
}

size_t copy_to_user_partial(void user *to, const void *from, size_t len)
{
    size_t part = user_part((uintptr_t)to, len), left;

    smap_open();
    left = uaccess_copy((void *)(uintptr_t)to, from, part);
    smap_close();
    return part - left;
}

/* Not in the kernel's half, at least: what lies between faults. */
static bool in_user_half(uintptr_t addr, size_t len)
{
    return likely((intptr_t)(addr | len | (addr + len)) >= 0);
}

int copy_from_user(void *to, const void user *from, size_t len)
{
    size_t left;

    if (!in_user_half((uintptr_t)from, len))
        return -EFAULT;
    smap_open();
    left = uaccess_copy(to, (const void *)(uintptr_t)from, len);
    smap_close();
    return left ? -EFAULT : 0;
}

int copy_to_user(void user *to, const void *from, size_t len)
{
    size_t left;

    if (!in_user_half((uintptr_t)to, len))
        return -EFAULT;
    smap_open();
    left = uaccess_copy((void *)(uintptr_t)to, from, len);
    smap_close();
    return left ? -EFAULT : 0;
}

int clear_user(void user *to, size_t len)
{
    size_t left;

    if (user_part((uintptr_t)to, len) != len)
        return -EFAULT;
    smap_open();
    left = uaccess_zero((void *)(uintptr_t)to, len);
    smap_close();
    return left ? -EFAULT : 0;
}

ssize_t strncpy_from_user(char *to, const char user *from, size_t size)
{
    if ((intptr_t)from < 0)
        return -EFAULT;
    return uaccess_string(to, (const char *)(uintptr_t)from, size);
}

int uaccess_fpu(int (*move)(const void *at), const void user *at, size_t len)
{
    int err;

    if (!in_user_half((uintptr_t)at, len) || !IS_ALIGNED((uintptr_t)at, 16ul))
        return -EFAULT;
    smap_open();
    err = move((const void *)(uintptr_t)at);
    smap_close();
    return err;
}

int copy_struct_from_user(void *to, size_t size, const void user *from,
                          size_t user_size)
{
    const uint8_t user *p = from;
    uint8_t more;

    if (user_size > PAGE_SIZE)
        return -E2BIG;
    for (size_t at = size; at < user_size; at++) {
        if (get_user(&more, p + at))
            return -EFAULT;
        if (more)
            return -E2BIG;
    }
    memset(to, 0, size);
    return copy_from_user(to, from, MIN(size, user_size));
}
