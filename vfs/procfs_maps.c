// SPDX-License-Identifier: MIT
/*
 * procfs_maps: /proc/PID/maps, smaps and mem: the areas of an address space
 * and what lies in them.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "kernel/pagetable.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "vfs/procfs_priv.h"

#define NAME_COLUMN 73 /* where Linux puts the names; readers skip blanks */
#define PTE_DIRTY   (1ul << 6)

/* The line of an area; name is a buffer of PATH_MAX bytes. */
static void put_area(struct text *t, const struct vm_area *a, char *name)
{
    const struct vnode *v = vnode_of_object(a->object);
    uint64_t dev = v ? v->sb->dev : 0;
    size_t start = t->len;

    text_printf(t, "%08lx-%08lx %c%c%c%c %08llx %02x:%02x %llu ", a->start,
                a->end, a->flags & VM_READ ? 'r' : '-',
                a->flags & VM_WRITE ? 'w' : '-', a->flags & VM_EXEC ? 'x' : '-',
                a->flags & VM_SHARED ? 's' : 'p',
                (unsigned long long)(v ? a->offset : 0), abi_major(dev),
                abi_minor(dev), (unsigned long long)(v ? v->ino : 0));
    vm_area_name(a, name, PATH_MAX);
    if (name[0]) {
        while (t->len - start < NAME_COLUMN && !t->failed)
            text_put(t, " ", 1);
        text_put_escaped(t, name, "\n");
    }
    text_put(t, "\n", 1);
}

/* --- smaps --------------------------------------------------------------- */

struct usage {
    const struct vm_area *area;
    size_t rss, shared_clean, shared_dirty, private_clean, private_dirty;
    size_t anonymous, large;
    uint64_t pss; /* in bytes */
};

/* Is it the object's own page, or a copy that a store made? */
static bool is_of_object(const struct vm_area *a, uintptr_t va,
                         const struct page *p)
{
    struct page *own = NULL;

    if (!a->object)
        return false;
    if ((a->flags & VM_SHARED) || !a->object->ops->peek_pages)
        return true;
    a->object->ops->peek_pages(
        a->object, (a->offset + (va - a->start)) >> PAGE_SHIFT, 1, &own);
    if (own)
        page_put(own);
    return own == p;
}

static void count_page(uint64_t *pte, uintptr_t va, void *arg)
{
    struct usage *u = arg;
    struct page *p = page_of_phys(*pte & PTE_ADDR);
    bool of_object, dirty;
    uint32_t users;

    if (pte_large(*pte)) { /* always of one space's own */
        u->rss += LARGE_PAGES;
        u->pss += LARGE_SIZE;
        u->anonymous += LARGE_PAGES;
        u->large += LARGE_PAGES;
        u->private_dirty += LARGE_PAGES;
        return;
    }
    if (vm_page_is_zero(p))
        return;
    of_object = is_of_object(u->area, va, p);
    dirty = !of_object || (*pte & PTE_DIRTY);
    users = p->refs > 1 && of_object ? p->refs - 1 : p->refs;
    u->rss++;
    u->pss += (PAGE_SIZE) / MAX(users, 1u);
    u->anonymous += !of_object;
    if (users > 1)
        *(dirty ? &u->shared_dirty : &u->shared_clean) += 1;
    else
        *(dirty ? &u->private_dirty : &u->private_clean) += 1;
}

static void count_area(struct vm_space *s, struct vm_area *a, struct usage *u)
{
    u->area = a;
    pt_for_each(s->root, a->start, a->end, count_page, u);
}

static void put_kib(struct text *t, const char *name, size_t pages)
{
    text_printf(t, "%-15s %8lu kB\n", name, pages * (PAGE_SIZE / 1024));
}

static void put_usage(struct text *t, const struct usage *u)
{
    put_kib(t, "Rss:", u->rss);
    text_printf(t, "%-15s %8lu kB\n", "Pss:", u->pss / 1024);
    put_kib(t, "Shared_Clean:", u->shared_clean);
    put_kib(t, "Shared_Dirty:", u->shared_dirty);
    put_kib(t, "Private_Clean:", u->private_clean);
    put_kib(t, "Private_Dirty:", u->private_dirty);
    put_kib(t, "Referenced:", u->rss);
    put_kib(t, "Anonymous:", u->anonymous);
    put_kib(t, "LazyFree:", 0);
    put_kib(t, "AnonHugePages:", u->large);
    put_kib(t, "ShmemPmdMapped:", 0);
    put_kib(t, "FilePmdMapped:", 0);
    put_kib(t, "Shared_Hugetlb:", 0);
    put_kib(t, "Private_Hugetlb:", 0);
    put_kib(t, "Swap:", 0);
    put_kib(t, "SwapPss:", 0);
}

static void put_flags(struct text *t, const struct vm_area *a)
{
    static const struct {
        unsigned flag;
        const char *name;
    } names[] = {
        {VM_READ, "rd"},      {VM_WRITE, "wr"},      {VM_EXEC, "ex"},
        {VM_SHARED, "sh"},    {VM_GROWSDOWN, "gd"},  {VM_LOCKED, "lo"},
        {VM_LARGE, "hg"},     {VM_NO_LARGE, "nh"},   {VM_DONTFORK, "dc"},
        {VM_NORESERVE, "nr"}, {VM_WIPEONFORK, "wf"},
    };

    text_puts(t, "VmFlags: ");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (a->flags & names[i].flag)
            text_printf(t, "%s ", names[i].name);
    text_puts(t, "\n");
}

static void put_smap(struct text *t, struct vm_space *s, struct vm_area *a)
{
    struct usage u = {0};

    count_area(s, a, &u);
    put_kib(t, "Size:", (a->end - a->start) >> PAGE_SHIFT);
    put_kib(t, "KernelPageSize:", 1);
    put_kib(t, "MMUPageSize:", 1);
    put_usage(t, &u);
    put_kib(t, "Locked:", a->flags & VM_LOCKED ? u.rss : 0);
    put_flags(t, a);
}

/* --- the files ----------------------------------------------------------- */

static int show_areas(struct text *t, const struct pseudo_key *k, bool smaps)
{
    struct vm_space *s = procfs_space(k);
    char *name;

    if (!s)
        return procfs_is_there(k) ? 0 : -ESRCH;
    name = kmalloc(PATH_MAX);
    if (name) {
        mutex_lock(&s->lock);
        for (struct vm_area *a = vm_area_find(s, 0); a; a = vm_area_next(a)) {
            put_area(t, a, name);
            if (smaps)
                put_smap(t, s, a);
        }
        mutex_unlock(&s->lock);
        kfree(name);
    }
    vm_space_put(s);
    return name ? 0 : -ENOMEM;
}

int procfs_show_maps(struct text *t, const struct pseudo_key *k)
{
    return show_areas(t, k, false);
}

int procfs_show_smaps(struct text *t, const struct pseudo_key *k)
{
    return show_areas(t, k, true);
}

int procfs_show_smaps_rollup(struct text *t, const struct pseudo_key *k)
{
    struct vm_space *s = procfs_space(k);
    uintptr_t start = 0, end = 0;
    struct usage u = {0};
    size_t locked;

    if (!s)
        return -ESRCH;
    mutex_lock(&s->lock);
    for (struct vm_area *a = vm_area_find(s, 0); a; a = vm_area_next(a)) {
        start = end ? start : a->start;
        end = a->end;
        count_area(s, a, &u);
    }
    mutex_unlock(&s->lock);
    locked = vm_locked_pages(s);
    vm_space_put(s);
    text_printf(t, "%08lx-%08lx ---p 00000000 00:00 0%*s[rollup]\n", start, end,
                24, "");
    put_usage(t, &u);
    put_kib(t, "Locked:", MIN(locked, u.rss));
    return 0;
}

void procfs_count_memory(struct vm_space *s, struct vm_object *exe,
                         struct procfs_memory *m)
{
    *m = (struct procfs_memory){0};
    mutex_lock(&s->lock);
    for (struct vm_area *a = vm_area_find(s, 0); a; a = vm_area_next(a)) {
        size_t pages = (a->end - a->start) >> PAGE_SHIFT;
        struct usage u = {0};

        m->size += pages;
        if (a->object)
            count_area(s, a, &u);
        m->file += u.rss - u.anonymous;
        if (a->flags & VM_LOCKED)
            m->locked += pages;
        if (a->flags & VM_GROWSDOWN)
            m->stack += pages;
        else if ((a->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE)
            m->data += pages;
        if (a->flags & VM_EXEC && a->object)
            *(a->object == exe ? &m->text : &m->lib) += pages;
    }
    m->resident = s->resident;
    mutex_unlock(&s->lock);
}

/* --- mem ----------------------------------------------------------------- */

static ssize_t mem_move(struct file *f, struct uio *u, uint64_t *pos,
                        bool write)
{
    struct vm_space *s = procfs_space(pseudo_key(f));
    char *buf = kmalloc(PAGE_SIZE);
    ssize_t total = 0, err = s ? 0 : -ESRCH;

    if (!buf)
        err = -ENOMEM;
    while (!err && u->left) {
        size_t n = MIN(u->left, PAGE_SIZE - (*pos & PAGE_MASK)), moved;

        if (write) {
            moved = uio_get(u, buf, n);
            if (!moved)
                err = -EFAULT;
            else if (*pos >= VM_USER_END || vm_poke(s, *pos, buf, moved))
                err = -EIO;
        } else {
            n = *pos < VM_USER_END ? vm_peek(s, *pos, buf, n) : 0;
            moved = n ? uio_put(u, buf, n) : 0;
            if (!n)
                err = -EIO;
            else if (!moved)
                err = -EFAULT;
        }
        if (!err) {
            *pos += moved;
            total += (ssize_t)moved;
        }
    }
    kfree(buf);
    if (s)
        vm_space_put(s);
    return total ? total : err;
}

static ssize_t mem_read(struct file *f, struct uio *u, uint64_t *pos)
{
    return mem_move(f, u, pos, false);
}

static ssize_t mem_write(struct file *f, struct uio *u, uint64_t *pos)
{
    return mem_move(f, u, pos, true);
}

/* Any address is an offset. */
static int64_t mem_seek(struct file *f, int64_t offset, int whence)
{
    if (whence == SEEK_CUR)
        offset += (int64_t)f->pos;
    else if (whence != SEEK_SET)
        return -EINVAL;
    return offset < 0 ? -EINVAL : offset;
}

const struct file_ops procfs_mem_ops = {
    .read = mem_read,
    .write = mem_write,
    .seek = mem_seek,
};
