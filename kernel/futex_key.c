// SPDX-License-Identifier: MIT
/* futex_key: which words of memory are the same. */
#include "kernel/futex_priv.h"

#include "abi/errno.h"
#include "kernel/vm_object.h"

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

int futex_key_get_shared(struct futex_word w, struct futex_key *key)
{
    return shared_key(thread_current()->space, (uintptr_t)w.addr, key);
}

void futex_key_put_shared(struct futex_key *key)
{
    key->object->ops->put(key->object);
    key->object = NULL;
}
