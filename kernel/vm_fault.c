// SPDX-License-Identifier: MIT
/*
 * vm_fault: the pages behind areas: filled on the first touch, copied on the
 * first store when they are shared with a file, with the zero page or with
 * another space.
 *
 * A page is private to an area exactly when its only reference is that page
 * table entry; so a store may reuse it in place when refs is 1.
 */
#include "abi/errno.h"
#include "kernel/cpu.h"
#include "kernel/kmalloc.h"
#include "kernel/memlayout.h"
#include "kernel/page_copy.h"
#include "kernel/pagetable.h"
#include "kernel/panic.h"
#include "kernel/tlb.h"
#include "kernel/vm_priv.h"
#include "lib/string.h"

/* How much a read of a file maps at once, if it costs no more than that. */
#define AROUND_PAGES 16

#define STACK_GUARD (256 * PAGE_SIZE) /* between a stack and what is below */

/* One page of zeros for all that was only read. It is never freed, and its
 * references are not counted: there may be more than a count can hold. */
static struct page *zero_page;

static struct page *zero_page_get(void)
{
    if (!zero_page)
        zero_page = page_alloc_zeroed();
    return zero_page;
}

/* Gives back the reference of a page table entry. */
static void mapped_page_put(struct page *p)
{
    if (p != zero_page)
        page_put(p);
}

bool vm_page_is_zero(const struct page *p)
{
    return p == zero_page;
}

uint64_t vm_pte_flags(unsigned area_flags, bool writable)
{
    uint64_t f = PTE_USER | (area_flags & VM_EXEC ? 0 : PTE_NX);

    f |= area_flags & VM_PROT ? PTE_PRESENT : PTE_KEPT;
    return writable ? f | PTE_WRITE : f;
}

static struct page *pte_page(uint64_t pte)
{
    return page_of_phys(pte & PTE_ADDR);
}

static void pte_set(uint64_t *pte, struct page *p, unsigned area_flags,
                    bool writable)
{
    *pte = page_phys(p) | vm_pte_flags(area_flags, writable);
}

/* The page behind va, by its leaf entry. */
static struct page *pte_page_at(uint64_t pte, uintptr_t va)
{
    size_t i = pte_large(pte) ? va >> PAGE_SHIFT & (LARGE_PAGES - 1) : 0;

    return pte_page(pte) + i;
}

/* A page of the space's own with the contents of from; NULL: no memory. */
static struct page *private_copy(struct page *from)
{
    struct page *p;

    if (from == zero_page)
        return page_alloc_zeroed();
    p = page_alloc(0);
    if (p)
        page_copy(page_virt(p), page_virt(from));
    return p;
}

/* The index of va's page in the area's object. */
static uint64_t area_index(const struct vm_area *a, uintptr_t va)
{
    return (a->offset + (va - a->start)) >> PAGE_SHIFT;
}

/* A page for an empty entry; *writable tells whether stores may go to it. */
static int fill(struct vm_area *a, uintptr_t va, bool write, bool *writable,
                struct page **out)
{
    bool shared = a->flags & VM_SHARED;
    struct page *p, *copy;
    int err;

    if (!a->object) {
        p = write ? page_alloc_zeroed() : zero_page_get();
        *writable = write;
        *out = p;
        return p ? 0 : -ENOMEM;
    }
    err = a->object->ops->get_page(a->object, area_index(a, va),
                                   shared && write, &p);
    if (err < 0)
        return err;
    *writable = write;
    *out = p;
    if (!write || shared)
        return 0;
    copy = private_copy(p);
    page_put(p);
    a->copies = true;
    *out = copy;
    return copy ? 0 : -ENOMEM;
}

/* Lets a store go to a page that is mapped read-only. */
static int make_writable(struct vm_area *a, uint64_t *pte, uintptr_t va)
{
    struct page *p = pte_page(*pte), *copy, *own;
    int err;

    if (pte_large(*pte)) {
        *pte |= PTE_WRITE; /* nobody else has it */
        tlb_flush_range(a->space, va, va + PAGE_SIZE);
        return 0;
    }
    if (a->object && (a->flags & VM_SHARED)) {
        err = a->object->ops->get_page(a->object, area_index(a, va), true,
                                       &own); /* the object takes note */
        if (err < 0)
            return err;
        page_put(own);
    }
    if (p == zero_page || (!(a->flags & VM_SHARED) && p->refs > 1)) {
        copy = private_copy(p);
        if (!copy)
            return -ENOMEM;
        mapped_page_put(p);
        a->copies = true;
        p = copy;
    }
    pte_set(pte, p, a->flags, true);
    tlb_flush_range(a->space, va, va + PAGE_SIZE);
    return 0;
}

/*
 * Maps, for reading, what the object has at hand in the window around va. A
 * window lies in one table, so that its entries lie side by side; pte is the
 * one of va.
 */
static void map_around(struct vm_space *s, struct vm_area *a, uintptr_t va,
                       uint64_t *pte)
{
    uintptr_t window = ALIGN_DOWN(va, AROUND_PAGES * PAGE_SIZE);
    uintptr_t start = MAX(window, a->start);
    uintptr_t end = MIN(window + AROUND_PAGES * PAGE_SIZE, a->end);
    uint64_t *entry = pte - ((va - start) >> PAGE_SHIFT);
    unsigned n = (unsigned)((end - start) >> PAGE_SHIFT);
    struct page *pages[AROUND_PAGES];

    if (!a->object || !a->object->ops->peek_pages)
        return;
    a->object->ops->peek_pages(a->object, area_index(a, start), n, pages);
    for (unsigned i = 0; i < n; i++) {
        if (!pages[i])
            continue;
        if (pte_mapped(entry[i])) {
            page_put(pages[i]);
            continue;
        }
        pte_set(&entry[i], pages[i], a->flags, false);
        s->resident++;
    }
}

/* Makes the page at va present for reading or storing. Lock held. */
static int page_in(struct vm_space *s, struct vm_area *a, uintptr_t va,
                   bool write, uint64_t **pte_out)
{
    uint64_t *pte;
    struct page *p;
    bool writable;
    int err;

    if (write && vm_large_fill(s, a, va, pte_out))
        return 0;
    pte = pt_lookup_alloc(s->root, va);
    if (!pte)
        return -ENOMEM;
    *pte_out = pte;
    if (pte_mapped(*pte)) {
        if (write && !(*pte & PTE_WRITE))
            return make_writable(a, pte, va);
        return 0;
    }
    if (!write)
        map_around(s, a, va, pte);
    if (pte_mapped(*pte))
        return 0;
    err = fill(a, va, write, &writable, &p);
    if (err < 0)
        return err;
    pte_set(pte, p, a->flags, writable && a->flags & VM_WRITE);
    s->resident++;
    return 0;
}

/* Lets a stack area reach down to addr, if it may. */
static bool stack_grow(struct vm_space *s, struct vm_area *a, uintptr_t addr)
{
    struct vm_area *below;
    uintptr_t start = ALIGN_DOWN(addr, PAGE_SIZE);
    struct rb_node *prev = rb_prev(&a->node);

    if (!(a->flags & VM_GROWSDOWN) || start < VM_USER_MIN)
        return false;
    if (a->end - start > s->stack_limit ||
        vm_limit_grow(s, (a->start - start) >> PAGE_SHIFT, a->flags))
        return false;
    below = vm_area_of(prev);
    if (below && (below->flags & VM_PROT) && start - below->end < STACK_GUARD)
        return false;
    if (below && below->end > start)
        return false;
    s->mapped_pages += (a->start - start) >> PAGE_SHIFT;
    a->start = start;
    return true;
}

static bool access_allowed(const struct vm_area *a, unsigned access)
{
    if (access & VM_WRITE)
        return a->flags & VM_WRITE;
    if (access & VM_EXEC)
        return a->flags & VM_EXEC;
    return a->flags & VM_PROT;
}

static enum vm_fault_result fault_locked(struct vm_space *s, uintptr_t addr,
                                         unsigned access)
{
    struct vm_area *a = vm_area_find(s, addr);
    uint64_t *pte;

    if (!a || (a->start > addr && !stack_grow(s, a, addr)))
        return VM_FAULT_UNMAPPED;
    if (!access_allowed(a, access))
        return VM_FAULT_DENIED;
    switch (
        page_in(s, a, ALIGN_DOWN(addr, PAGE_SIZE), access & VM_WRITE, &pte)) {
    case 0:
        return VM_FAULT_OK;
    case -ENOMEM:
        return VM_FAULT_NOMEM;
    default:
        return VM_FAULT_BUS;
    }
}

enum vm_fault_result vm_fault(struct vm_space *s, uintptr_t addr,
                              unsigned access)
{
    enum vm_fault_result result;

    might_sleep();
    if (addr >= VM_USER_END)
        return VM_FAULT_UNMAPPED;
    cpu_this()->page_faults++;
    mutex_lock(&s->lock);
    result = fault_locked(s, addr, access);
    mutex_unlock(&s->lock);
    return result;
}

static int poke_page(struct vm_space *s, uintptr_t addr, const void *data,
                     size_t len)
{
    struct vm_area *a = vm_area_find(s, addr);
    uint64_t *pte;
    int err;

    if (!a || (a->start > addr && !stack_grow(s, a, addr)))
        return -EFAULT;
    err = page_in(s, a, ALIGN_DOWN(addr, PAGE_SIZE), true, &pte);
    if (err < 0)
        return err;
    memcpy((char *)page_virt(pte_page_at(*pte, addr)) + (addr & PAGE_MASK),
           data, len);
    if (!(a->flags & VM_WRITE))
        *pte &= ~PTE_WRITE;
    tlb_flush_range(s, ALIGN_DOWN(addr, PAGE_SIZE), addr + 1);
    return 0;
}

int vm_poke(struct vm_space *s, uintptr_t addr, const void *data, size_t len)
{
    int err = 0;

    mutex_lock(&s->lock);
    while (len > 0 && err == 0) {
        size_t n = MIN(len, PAGE_SIZE - (addr & PAGE_MASK));

        err = poke_page(s, addr, data, n);
        data = (const char *)data + n;
        addr += n;
        len -= n;
    }
    mutex_unlock(&s->lock);
    return err;
}

static int peek_page(struct vm_space *s, uintptr_t addr, void *data, size_t len)
{
    struct vm_area *a = vm_area_find(s, addr);
    uint64_t *pte;
    int err;

    if (!a || a->start > addr)
        return -EFAULT;
    err = page_in(s, a, ALIGN_DOWN(addr, PAGE_SIZE), false, &pte);
    if (err < 0)
        return err;
    memcpy(data,
           (char *)page_virt(pte_page_at(*pte, addr)) + (addr & PAGE_MASK),
           len);
    return 0;
}

size_t vm_peek(struct vm_space *s, uintptr_t addr, void *data, size_t len)
{
    size_t done = 0;

    mutex_lock(&s->lock);
    while (done < len && addr + done < VM_USER_END) {
        size_t in_page = (addr + done) & PAGE_MASK;
        size_t n = MIN(len - done, PAGE_SIZE - in_page);

        if (peek_page(s, addr + done, (char *)data + done, n) < 0)
            break;
        done += n;
    }
    mutex_unlock(&s->lock);
    return done;
}

/* --- ranges -------------------------------------------------------------- */

static void drop_one(uint64_t *pte, uintptr_t va, void *arg)
{
    struct vm_space *s = arg;

    (void)va;
    if (pte_large(*pte)) {
        vm_large_drop(s, pte);
        return;
    }
    mapped_page_put(pte_page(*pte));
    *pte = 0;
    s->resident--;
}

void vm_pages_drop(struct vm_space *s, uintptr_t start, uintptr_t end)
{
    size_t before = s->resident;

    s->resident_peak = vm_resident_peak(s);
    vm_large_cut(s, start, end);
    pt_for_each(s->root, start, end, drop_one, s);
    if (s->resident != before)
        tlb_flush_range(s, start, end);
}

struct protect {
    unsigned flags; /* of the area */
    bool lost;      /* an entry allows less than before */
};

/* May a store go to this page without more ado? */
static bool is_private(uint64_t pte, unsigned flags)
{
    const struct page *p = pte_page(pte);

    return !(flags & VM_SHARED) && p != zero_page && p->refs == 1;
}

static void protect_one(uint64_t *pte, uintptr_t va, void *arg)
{
    const uint64_t allowing = PTE_PRESENT | PTE_WRITE;
    struct protect *p = arg;
    uint64_t old = *pte;
    bool writable =
        (p->flags & VM_WRITE) && (old & PTE_WRITE || is_private(old, p->flags));

    (void)va;
    *pte = (old & (PTE_ADDR | PTE_LARGE)) | vm_pte_flags(p->flags, writable);
    if ((old & ~*pte & allowing) || (*pte & ~old & PTE_NX))
        p->lost = true;
}

void vm_pages_protect(struct vm_space *s, uintptr_t start, uintptr_t end,
                      unsigned flags)
{
    struct protect p = {.flags = flags};

    vm_large_cut(s, start, end);
    pt_for_each(s->root, start, end, protect_one, &p);
    if (p.lost)
        tlb_flush_range(s, start, end);
}

struct move {
    struct vm_space *space;
    uintptr_t delta; /* from the old address to the new, modulo 2^64 */
    int err;
};

static void move_prepare(uint64_t *pte, uintptr_t va, void *arg)
{
    struct move *m = arg;

    (void)pte;
    if (!m->err && !pt_lookup_alloc(m->space->root, va + m->delta))
        m->err = -ENOMEM;
}

static void move_one(uint64_t *pte, uintptr_t va, void *arg)
{
    struct move *m = arg;

    *pt_lookup(m->space->root, va + m->delta) = *pte;
    *pte = 0;
}

int vm_pages_move(struct vm_space *s, uintptr_t from, uintptr_t to, size_t len)
{
    struct move m = {.space = s, .delta = to - from};

    vm_large_split(s, from, from + len);
    /* First all tables, so that running out of memory moves nothing. */
    pt_for_each(s->root, from, from + len, move_prepare, &m);
    if (m.err)
        return m.err;
    pt_for_each(s->root, from, from + len, move_one, &m);
    tlb_flush_range(s, from, from + len);
    return 0;
}
