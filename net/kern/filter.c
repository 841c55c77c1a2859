// SPDX-License-Identifier: MIT
/* filter: see the header. */
#include "net/kern/filter.h"

#include "abi/errno.h"
#include "abi/filter.h"
#include "kernel/kmalloc.h"
#include "kernel/uaccess.h"
#include "net/sock.h"
#include "net/stack.h"

int filter_attach(struct sock *sk, const void *value, size_t len)
{
    struct abi_sock_fprog p;
    struct abi_sock_filter *code;
    int err = -EFAULT;

    if (len != sizeof(p))
        return -EINVAL;
    memcpy(&p, value, sizeof(p));
    if (!p.filter || !p.len || p.len > BPF_MAXINSNS)
        return -EINVAL;
    code = kmalloc(p.len * sizeof(*code));
    if (!code)
        return -ENOMEM;
    if (!copy_from_user(code, (const void user *)p.filter,
                        p.len * sizeof(*code))) {
        netstack_lock(sk->stack);
        err = sock_attach_filter(sk, code, p.len);
        netstack_unlock(sk->stack);
    }
    kfree(code);
    return err;
}
