// SPDX-License-Identifier: MIT
/* ring: see the header. Pages that are mapped stay when the socket goes; what
 * was not touched yet is no longer there. */
#include "net/kern/ring.h"

#include "abi/errno.h"
#include "kernel/page.h"
#include "lib/printf.h"
#include "net/kern/net.h"
#include "net/packet.h"
#include "net/stack.h"
#include "vfs/file.h"
#include "vfs/vnode.h"

static int get_page(struct vm_object *o, uint64_t index, bool write,
                    struct page **page)
{
    struct vnode *v = vnode_of_object(o);
    void *at;

    (void)write;
    netstack_lock(&net_stack);
    at = packet_ring_page(&net_stack, v->ino, index);
    if (at) {
        *page = page_of_virt(at);
        page_get(*page);
    }
    netstack_unlock(&net_stack);
    return at ? 0 : -ENXIO;
}

static void name(struct vm_object *o, char *buf, size_t size)
{
    snprintf(buf, size, "socket:[%lu]", (unsigned long)vnode_of_object(o)->ino);
}

static const struct vm_object_ops ops = {
    .get_page = get_page,
    .get = vnode_object_get,
    .put = vnode_object_put,
    .name = name,
};

void ring_make_mappable(struct file *f)
{
    f->vnode->object.ops = &ops;
}
