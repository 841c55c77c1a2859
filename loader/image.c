// SPDX-License-Identifier: MIT
/* image: an ELF file from its path to its pages; see the header. */
#include "loader/image.h"

#include "abi/errno.h"
#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "vfs/vfs.h"
#include "vfs/file.h"
#include "vfs/vnode.h"

#define LOG_TAG "loader"
#include "kernel/log.h"

static_assert(ELF_USER_MIN == VM_USER_MIN && ELF_USER_END == VM_USER_END &&
                  ELF_PAGE_SIZE == PAGE_SIZE,
              "loader/elf.c checks what vm_map would refuse");

int load_refuse(const struct load_why *why, int err, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(why->text, why->size, fmt, args);
    va_end(args);
    return err;
}

static int refuse_open(const struct load_why *w, const char *path, int err)
{
    switch (err) {
    case -ENOENT:
    case -ENOTDIR:
        return load_refuse(w, err,
                           "%s: no such file in the root file system: add "
                           "it to the initrd, or correct the name",
                           path);
    case -EISDIR:
        return load_refuse(w, -EACCES, "%s: is a directory: give a program",
                           path);
    default:
        return load_refuse(w, err, "%s: cannot be opened (error %d)", path,
                           -err);
    }
}

static int open_program(const struct load_why *w, const char *path,
                        struct file **file)
{
    int err = vfs_open_kernel(path, file);

    if (err)
        return refuse_open(w, path, err);
    if (!vnode_is_regular((*file)->vnode))
        err = load_refuse(w, -EACCES,
                          "%s: is not a regular file: give a program", path);
    else if (!((*file)->vnode->mode & 0111))
        err = load_refuse(w, -EACCES,
                          "%s: has no execute permission: chmod +x it "
                          "before packing",
                          path);
    if (err)
        file_put(*file);
    return err;
}

/* Reads all of len bytes, which the headers promise to be there. */
static int read_fully(const struct load_why *w, const struct image *p,
                      void *buf, size_t len, uint64_t pos)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = file_read_kernel(p->file, (char *)buf + done, len - done,
                                     pos + done);

        if (n < 0)
            return load_refuse(w, (int)n, "%s: cannot be read (error %d)",
                               p->path, (int)-n);
        if (n == 0)
            return load_refuse(w, -ENOEXEC,
                               "%s: became shorter while it was read", p->path);
        done += (size_t)n;
    }
    return 0;
}

static int read_headers(const struct load_why *w, struct image *p)
{
    char head[ELF_HEAD_SIZE], why[ELF_WHY_SIZE];
    uint64_t size = p->file->vnode->size;
    size_t head_len = MIN(size, sizeof(head)), table_len;
    void *table;
    int err = read_fully(w, p, head, head_len, 0);

    if (err)
        return err;
    err = elf_read_header(head, head_len, size, &p->elf, why, sizeof(why));
    if (err)
        return load_refuse(w, err, "%s: %s", p->path, why);

    table_len = (size_t)p->elf.phnum * ELF_PHDR_SIZE;
    table = kmalloc(table_len);
    if (!table)
        return load_refuse(w, -ENOMEM, "%s: out of memory", p->path);
    err = read_fully(w, p, table, table_len, p->elf.phoff);
    if (!err) {
        err = elf_read_segments(&p->elf, table, why, sizeof(why));
        if (err)
            load_refuse(w, err, "%s: %s", p->path, why);
    }
    kfree(table);
    return err;
}

int image_read_interp(const struct image *p, const struct load_why *w,
                      char **path)
{
    size_t len = (size_t)p->elf.interp_len;
    char why[ELF_WHY_SIZE];
    int err;

    *path = kmalloc(len);
    if (!*path)
        return load_refuse(w, -ENOMEM, "%s: out of memory", p->path);
    err = read_fully(w, p, *path, len, p->elf.interp_offset);
    if (!err) {
        err = elf_check_interp(&p->elf, *path, why, sizeof(why));
        if (err)
            load_refuse(w, err, "%s: %s", p->path, why);
    }
    return err;
}

int image_open(const char *path, struct file *file, const struct load_why *w,
               struct image **out)
{
    struct image *p = kzalloc(sizeof(*p));
    int err = 0;

    if (!p)
        return load_refuse(w, -ENOMEM, "%s: out of memory", path);
    p->path = path;
    if (file) {
        file_get(file);
        p->file = file;
    } else {
        err = open_program(w, path, &p->file);
    }
    if (err)
        goto free;
    err = read_headers(w, p);
    if (err)
        goto put_file;
    *out = p;
    return 0;

put_file:
    file_put(p->file);
free:
    kfree(p);
    return err;
}

void image_close(struct image *p)
{
    if (!p)
        return;
    file_put(p->file);
    kfree(p);
}

static int map_at(struct vm_space *s, uintptr_t start, uintptr_t end,
                  unsigned flags, enum vm_place place, struct vm_object *object,
                  uint64_t offset)
{
    return vm_map(s, &start, end - start, flags, place, object, offset);
}

static int map_zeros(struct vm_space *s, uintptr_t start, uintptr_t end,
                     unsigned prot)
{
    if (start >= end)
        return 0;
    return map_at(s, start, end, prot, VM_PLACE_FIXED, NULL, 0);
}

static int poke_zeros(struct vm_space *s, uintptr_t start, uintptr_t end)
{
    return end > start ? vm_poke(s, start, page_zeros, end - start) : 0;
}

/* A segment without bytes of the file. Its first page may hold the end of
 * the segment before, which stays. */
static int map_bss(struct vm_space *s, const struct elf_segment *seg,
                   uintptr_t start, uintptr_t end)
{
    uintptr_t page = ALIGN_DOWN(start, PAGE_SIZE);
    int err;

    if (page == start)
        return map_zeros(s, page, end, seg->prot);
    err = map_at(s, page, page + PAGE_SIZE, seg->prot, VM_PLACE_FIXED_NEW, NULL,
                 0);
    if (err == -EEXIST)
        err = poke_zeros(s, start, page + PAGE_SIZE);
    return err ? err : map_zeros(s, page + PAGE_SIZE, end, seg->prot);
}

static int map_segment(struct vm_space *s, const struct image *p,
                       const struct elf_segment *seg)
{
    uintptr_t start = p->bias + seg->vaddr;
    uintptr_t file_end = start + seg->filesz;
    uintptr_t zeros = ALIGN_UP(file_end, PAGE_SIZE);
    uintptr_t end = ALIGN_UP(start + seg->memsz, PAGE_SIZE);
    size_t in_page = start & PAGE_MASK;
    int err;

    if (seg->filesz == 0)
        return map_bss(s, seg, start, end);
    err = map_at(s, start - in_page, zeros, seg->prot, VM_PLACE_FIXED,
                 file_vm_object(p->file), seg->offset - in_page);
    if (!err && seg->memsz > seg->filesz)
        err = poke_zeros(s, file_end, zeros);
    return err ? err : map_zeros(s, zeros, end, seg->prot);
}

/*
 * Finds room for the whole image, at base as place says. The range is mapped
 * and given back: nobody else uses the space yet.
 */
static int find_room(struct vm_space *s, struct image *p, uintptr_t base,
                     enum vm_place place)
{
    const struct elf_image *elf = &p->elf;
    size_t slack = elf->align - PAGE_SIZE;
    size_t span = elf->high - elf->low;
    int err;

    if (slack > VM_USER_END - span)
        return -ENOMEM;
    if (elf->fixed || place == VM_PLACE_FIXED_NEW)
        slack = 0;
    err = vm_map(s, &base, span + slack, 0, place, NULL, 0);
    if (err)
        return err;
    err = vm_unmap(s, base, span + slack);
    if (!elf->fixed) /* low may be other than 0; only the bias is aligned */
        base = ALIGN_UP(base - elf->low, elf->align) + elf->low;
    p->bias = base - elf->low;
    return err;
}

int image_map(struct image *p, struct vm_space *s, uintptr_t base,
              const struct load_why *w)
{
    struct elf_image *elf = &p->elf;
    int err;

    if (!file_vm_object(p->file))
        return load_refuse(w, -ENOEXEC,
                           "%s: its file system cannot map files into "
                           "memory",
                           p->path);
    if (elf->fixed)
        base = elf->low;
    else if (base)
        base = ALIGN_DOWN(base, elf->align) + elf->low;
    err = find_room(s, p, base, base ? VM_PLACE_FIXED_NEW : VM_PLACE_HINT);
    for (unsigned i = 0; !err && i < elf->segment_count; i++)
        err = map_segment(s, p, &elf->segments[i]);
    if (err)
        return load_refuse(
            w, err == -EEXIST ? -ENOMEM : err,
            "%s: does not fit into memory, at 0x%lx (error %d): give "
            "the machine more, or link it at another address",
            p->path, elf->low, -err);
    if (elf->exec_stack)
        log_warn("%s asks for an executable stack, which there is not: code "
                 "that it makes on the stack will fault",
                 p->path);
    log_info("%s at 0x%lx", p->path, p->bias + elf->low);
    return 0;
}
