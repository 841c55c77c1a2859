// SPDX-License-Identifier: MIT
/*
 * core: which pages go into the file, and the file itself.
 *
 * An area becomes segments that each begin with pages whose contents are in
 * the file; behind them the segment goes on, without contents, to where the
 * next begins. Two walks over the page tables make the same choice, the first
 * to know the headers, the second to write: the address space's lock is held
 * over both. A short gap between two pages of an area without a file is
 * written as zeros, so that there are fewer segments. Pages there that hold
 * nothing but zeros are left out, too: a store into a large page makes 511
 * more, and without contents they read as zeros.
 */
#include "kernel/core.h"

#include "abi/elf.h"
#include "kernel/channel.h"
#include "kernel/core_notes.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/pagetable.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "kernel/vm_priv.h"
#include "lib/string.h"

#define LOG_TAG "core"
#include "kernel/log.h"

#define SEGMENTS_MAX 16384
#define SEGMENTS_MIN 64
#define GAP_FIRST    (4 * PAGE_SIZE)
#define RED_ZONE     128 /* System V ABI, 3.2.2 */

/* How much CORE_STACK takes. */
#define STACK_OWN   KIB(256)
#define STACK_OTHER KIB(16)
#define SMALL_AREA  KIB(64)
#define SMALL_TOTAL MIB(2)
#define WINDOWS_MAX 64

enum core_contents core_contents = CORE_STACK;

struct segment {
    uintptr_t start, end; /* in memory */
    size_t file_size;     /* bytes of contents, from start */
    unsigned prot;        /* VM_READ, ... */
};

struct window {
    uintptr_t start, end;
};

struct core {
    struct vm_space *space;
    struct segment *segments;
    size_t count, max;
    size_t gap;    /* that is filled with zeros */
    bool overflow; /* some segments found no place */

    /* The area under way. */
    const struct vm_area *area;
    bool all;     /* of its contents are wanted */
    bool builtin; /* it is no file's: the kernel mapped it by itself (vDSO) */

    struct window windows[WINDOWS_MAX];
    unsigned window_count;
    size_t small; /* bytes of small areas so far */
};

/* --- which pages --- */

static void window_add(struct core *c, uintptr_t rsp, size_t size)
{
    struct vm_area *a = vm_area_find(c->space, rsp - RED_ZONE);
    struct window *w = &c->windows[c->window_count];

    /* A stack that overflowed: rsp points below it. */
    if (!a || c->window_count == WINDOWS_MAX)
        return;
    w->start = MAX(ALIGN_DOWN(rsp - RED_ZONE, PAGE_SIZE), a->start);
    w->end = a->end - w->start > size ? w->start + size : a->end;
    c->window_count++;
}

static void choose_windows(struct core *c, const struct regs *r)
{
    struct thread *self = thread_current(), *t;

    window_add(c, r->rsp, STACK_OWN);
    list_for_each_entry (t, &self->process->threads, process_node)
        if (t != self)
            window_add(c, thread_regs(t)->rsp, STACK_OTHER);
}

static bool is_elf_header(const struct vm_area *a, const struct page *p,
                          uintptr_t va)
{
    return va == a->start && a->offset == 0 &&
           memcmp(page_virt(p), ELFMAG, SELFMAG) == 0;
}

static bool is_zero(const struct page *p)
{
    const uint64_t *words = page_virt(p);

    for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++)
        if (words[i])
            return false;
    return true;
}

/* Does the page belong to the program alone? A debugger finds the others in
 * their files; the first page of an ELF file tells it which one that was. */
static bool is_own(const struct core *c, const struct page *p, uintptr_t va)
{
    const struct vm_area *a = c->area;

    if (!a->object)
        return !vm_page_is_zero(p) && !is_zero(p);
    if (c->builtin)
        return a->flags & VM_EXEC;
    return (!(a->flags & VM_SHARED) && p->refs == 1) || is_elf_header(a, p, va);
}

static bool is_wanted(const struct core *c, const struct page *p, uintptr_t va)
{
    if (!is_own(c, p, va))
        return false;
    if (c->all || c->builtin || is_elf_header(c->area, p, va))
        return true;
    for (unsigned i = 0; i < c->window_count; i++)
        if (va >= c->windows[i].start && va < c->windows[i].end)
            return true;
    return false;
}

/* --- segments --- */

static void segment_open(struct core *c, uintptr_t start)
{
    if (c->count == c->max) {
        c->overflow = true;
        return;
    }
    c->segments[c->count++] = (struct segment){
        .start = start,
        .end = c->area->end,
        .prot = c->area->flags & VM_PROT,
    };
}

static void choose_page(uint64_t *pte, uintptr_t va, void *arg)
{
    struct core *c = arg;
    struct segment *s = &c->segments[c->count - 1];
    uintptr_t data_end = s->start + s->file_size;
    size_t gap = c->area->object ? 0 : c->gap;

    if (c->overflow || !is_wanted(c, page_of_phys(*pte & PTE_ADDR), va))
        return;
    if (va != data_end && (!s->file_size || va - data_end > gap)) {
        segment_open(c, va);
        if (c->overflow)
            return;
        s->end = va;
        s++;
    }
    s->file_size = va + PAGE_SIZE - s->start;
}

static void area_enter(struct core *c, const struct vm_area *a)
{
    size_t size = a->end - a->start;
    char name[8];

    vm_area_name(a, name, sizeof(name));
    c->builtin = a->object && name[0] == '[';
    c->area = a;
    c->all = core_contents == CORE_FULL;
    if (!c->all && (a->flags & VM_WRITE) && size <= SMALL_AREA &&
        c->small < SMALL_TOTAL) {
        c->all = true;
        c->small += size;
    }
}

static void choose_segments(struct core *c)
{
    struct vm_space *s = c->space;

    c->count = 0;
    c->small = 0;
    c->overflow = false;
    for (struct vm_area *a = vm_area_find(s, 0); a && !c->overflow;
         a = vm_area_find(s, a->end)) {
        area_enter(c, a);
        segment_open(c, a->start);
        if (!c->overflow)
            vm_large_split(s, a->start, a->end); /* no page is left out */
        pt_for_each(s->root, a->start, a->end, choose_page, c);
    }
}

/* As many as memory has room for; a file with less is better than none. */
static bool plan(struct core *c)
{
    for (c->max = SEGMENTS_MAX; c->max >= SEGMENTS_MIN; c->max /= 2) {
        c->segments = kmalloc(c->max * sizeof(*c->segments));
        if (c->segments)
            break;
    }
    if (!c->segments)
        return false;
    for (c->gap = GAP_FIRST; c->gap <= GIB(1); c->gap *= 8) {
        choose_segments(c);
        if (!c->overflow)
            return true;
    }
    log_warn("the core is incomplete: memory is in more pieces than it has "
             "room for");
    return true;
}

/* --- the file --- */

/* Collects small writes; the first error ends all. */
struct writer {
    uint8_t *page; /* PAGE_SIZE bytes */
    size_t len;
    uint64_t total;
    int err;
};

static void flush(struct writer *w)
{
    if (w->len && !w->err)
        w->err = channel_write(CHANNEL_CORE, w->page, w->len);
    w->len = 0;
}

static void emit(struct writer *w, const void *data, size_t len)
{
    const uint8_t *from = data;

    w->total += len;
    while (len > 0 && !w->err) {
        size_t n = MIN(len, PAGE_SIZE - w->len);

        memcpy(w->page + w->len, from, n);
        w->len += n;
        from += n;
        len -= n;
        if (w->len == PAGE_SIZE)
            flush(w);
    }
}

static void emit_padding(struct writer *w)
{
    emit(w, page_zeros, ALIGN_UP(w->total, PAGE_SIZE) - w->total);
}

static void emit_headers(struct writer *w, const struct core *c,
                         const struct core_notes *n)
{
    struct abi_elf64_ehdr head = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_CORE,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_phoff = sizeof(head),
        .e_ehsize = sizeof(head),
        .e_phentsize = sizeof(struct abi_elf64_phdr),
        .e_phnum = (uint16_t)(c->count + 1),
    };
    struct abi_elf64_phdr notes = {
        .p_type = PT_NOTE,
        .p_offset = sizeof(head) + head.e_phnum * sizeof(notes),
        .p_filesz = n->len,
        .p_align = 4,
    };
    uint64_t at = ALIGN_UP(notes.p_offset + n->len, PAGE_SIZE);

    static_assert(SEGMENTS_MAX < PN_XNUM, "e_phnum");
    emit(w, &head, sizeof(head));
    emit(w, &notes, sizeof(notes));
    for (size_t i = 0; i < c->count; i++) {
        const struct segment *s = &c->segments[i];
        struct abi_elf64_phdr load = {
            .p_type = PT_LOAD,
            .p_flags = (s->prot & VM_READ ? PF_R : 0) |
                       (s->prot & VM_WRITE ? PF_W : 0) |
                       (s->prot & VM_EXEC ? PF_X : 0),
            .p_offset = at,
            .p_vaddr = s->start,
            .p_filesz = s->file_size,
            .p_memsz = s->end - s->start,
            .p_align = PAGE_SIZE,
        };

        emit(w, &load, sizeof(load));
        at += s->file_size;
    }
}

static void emit_contents(struct writer *w, const struct core *c)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct segment *s = &c->segments[i];

        for (size_t at = 0; at < s->file_size && !w->err; at += PAGE_SIZE) {
            const uint64_t *pte = pt_lookup(c->space->root, s->start + at);

            if (pte && pte_mapped(*pte))
                emit(w, page_virt(page_of_phys(*pte & PTE_ADDR)), PAGE_SIZE);
            else
                emit(w, page_zeros, PAGE_SIZE);
        }
    }
}

static int write_file(const struct core *c, const struct core_notes *n)
{
    struct writer w = {.page = kmalloc(PAGE_SIZE)};

    if (!w.page || !n->len)
        return -1;
    emit_headers(&w, c, n);
    emit(&w, n->data, n->len);
    emit_padding(&w);
    emit_contents(&w, c);
    flush(&w);
    kfree(w.page);
    return w.err;
}

bool core_write(const struct regs *r, const struct abi_siginfo *info)
{
    struct vm_space *s = process_current()->space;
    struct core_notes *notes;
    struct core *c;
    bool written = false;

    if (core_contents == CORE_OFF || !channel_present(CHANNEL_CORE))
        return false;
    c = kzalloc(sizeof(*c));
    notes = kzalloc(sizeof(*notes));
    if (c && notes) {
        c->space = s;
        core_notes_init(notes, s);
        mutex_lock(&s->lock);
        choose_windows(c, r);
        core_notes_make(notes, s, r, info);
        written = plan(c) && write_file(c, notes) == 0;
        mutex_unlock(&s->lock);
        kfree(notes->data);
        kfree(c->segments);
    }
    if (!written)
        log_warn("no core was written: no memory, or the host did not take it");
    kfree(notes);
    kfree(c);
    return written;
}
