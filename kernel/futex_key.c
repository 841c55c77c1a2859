// SPDX-License-Identifier: MIT
/* futex_key: which words of memory are the same. */
#include "kernel/futex_priv.h"

#include "abi/errno.h"
#include "kernel/thread.h"
#include "kernel/vm.h"

/* Linux, too, tells such words from those of private calls. */
#define SHARED_CALL 1

static int shared_key(struct vm_space *s, uintptr_t addr, struct futex_key *key)
{
    struct vm_area *a;

    mutex_lock(&s->lock);
    a = vm_area_find(s, addr);
    if (!a || addr < a->start) {
        mutex_unlock(&s->lock);
        return -EFAULT;
    }
    if ((a->flags & VM_SHARED) && a->object) {
        key->object = a->object;
        key->object->ops->get(key->object);
        key->base = key->object;
        key->offset = a->offset + (addr - a->start);
    } else {
        key->offset = addr | SHARED_CALL;
    }
    mutex_unlock(&s->lock);
    return 0;
}

int futex_key_get(struct futex_word w, struct futex_key *key)
{
    uintptr_t addr = (uintptr_t)w.addr;

    if (!IS_ALIGNED(addr, sizeof(uint32_t)))
        return -EINVAL;
    if (addr >= VM_USER_END)
        return -EFAULT;
    key->base = thread_current()->space;
    key->offset = addr;
    key->object = NULL;
    return w.shared ? shared_key(thread_current()->space, addr, key) : 0;
}

void futex_key_put(struct futex_key *key)
{
    if (key->object)
        key->object->ops->put(key->object);
    key->object = NULL;
}
