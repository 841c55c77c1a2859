// SPDX-License-Identifier: MIT
/*
 * core_file: walks headers and notes; every length is checked by subtraction.
 */
#include "tools/elfin/core_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/elf.h"

static void *grow(void *list, size_t count, size_t size)
{
    return count & (count - 1) ? list
                               : xrealloc(list, (count ? 2 * count : 1) * size);
}

static void add_segment(struct core_file *c, const struct abi_elf64_phdr *p)
{
    struct core_segment s = {p->p_vaddr, p->p_vaddr + p->p_memsz, p->p_filesz,
                             p->p_offset, p->p_flags};

    if (s.end < s.start || s.file_size > p->p_memsz)
        return;
    /* What the file was cut off of is as good as absent. */
    if (s.offset > c->file.size)
        s.file_size = 0;
    else
        s.file_size = MIN(s.file_size, c->file.size - s.offset);
    c->segments = grow(c->segments, c->segment_count, sizeof(s));
    c->segments[c->segment_count++] = s;
}

static void read_status(struct core_file *c, const char *data, size_t len)
{
    struct abi_prstatus s;

    if (len < sizeof(s))
        return;
    memcpy(&s, data, sizeof(s));
    c->threads = grow(c->threads, c->thread_count, sizeof(*c->threads));
    c->threads[c->thread_count++] =
        (struct core_thread){.tid = s.pr_pid, .regs = s.pr_reg};
}

static void read_process(struct core_file *c, const char *data, size_t len)
{
    struct abi_prpsinfo p;

    if (len < sizeof(p))
        return;
    memcpy(&p, data, sizeof(p));
    memcpy(c->name, p.pr_fname, sizeof(p.pr_fname));
}

static void read_files(struct core_file *c, const char *data, size_t len)
{
    struct abi_note_file head;
    const char *ranges = data + sizeof(head), *names, *end = data + len;

    if (len < sizeof(head) || c->maps)
        return;
    memcpy(&head, data, sizeof(head));
    if (head.count > (len - sizeof(head)) / sizeof(struct abi_note_file_range))
        return;
    names = ranges + head.count * sizeof(struct abi_note_file_range);
    c->maps = xcalloc(head.count + 1, sizeof(*c->maps));
    for (uint64_t i = 0; i < head.count; i++) {
        const char *nul = memchr(names, '\0', (size_t)(end - names));
        struct abi_note_file_range r;

        if (!nul)
            break;
        memcpy(&r, ranges + i * sizeof(r), sizeof(r));
        c->maps[c->map_count++] = (struct core_map){
            r.start, r.end, r.page_offset * head.page_size, names};
        names = nul + 1;
    }
}

static void read_note(struct core_file *c, uint32_t type, const char *data,
                      size_t len)
{
    switch (type) {
    case NT_PRSTATUS:
        read_status(c, data, len);
        break;
    case NT_PRPSINFO:
        read_process(c, data, len);
        break;
    case NT_SIGINFO:
        if (len >= sizeof(c->info))
            memcpy(&c->info, data, sizeof(c->info));
        break;
    case NT_FILE:
        read_files(c, data, len);
        break;
    }
}

static void read_notes(struct core_file *c, uint64_t offset, uint64_t size)
{
    const char *at, *end;

    if (offset > c->file.size || size > c->file.size - offset)
        return;
    at = c->file.data + offset;
    end = at + size;
    while ((size_t)(end - at) >= sizeof(struct abi_elf64_nhdr)) {
        struct abi_elf64_nhdr n;
        size_t name, desc;

        memcpy(&n, at, sizeof(n));
        at += sizeof(n);
        name = ALIGN_UP((size_t)n.n_namesz, 4);
        desc = ALIGN_UP((size_t)n.n_descsz, 4);
        if (name > (size_t)(end - at) || desc > (size_t)(end - at) - name)
            return;
        if (n.n_namesz == sizeof("CORE") && !memcmp(at, "CORE", sizeof("CORE")))
            read_note(c, n.n_type, at + name, n.n_descsz);
        at += name + desc;
    }
}

int core_file_open(struct core_file *c, const char *path)
{
    struct abi_elf64_ehdr e;
    int err;

    *c = (struct core_file){.file = {.data = ""}};
    err = file_map(path, &c->file);
    if (err)
        return err;
    if (!c->file.size)
        return -ENODATA;
    if (c->file.size < sizeof(e))
        return -ENOEXEC;
    memcpy(&e, c->file.data, sizeof(e));
    if (memcmp(e.e_ident, ELFMAG, SELFMAG) || e.e_type != ET_CORE ||
        e.e_machine != EM_X86_64 ||
        e.e_phentsize != sizeof(struct abi_elf64_phdr) ||
        e.e_phoff > c->file.size ||
        e.e_phnum > (c->file.size - e.e_phoff) / e.e_phentsize)
        return -ENOEXEC;
    for (unsigned i = 0; i < e.e_phnum; i++) {
        struct abi_elf64_phdr p;

        memcpy(&p, c->file.data + e.e_phoff + i * sizeof(p), sizeof(p));
        if (p.p_type == PT_LOAD)
            add_segment(c, &p);
        else if (p.p_type == PT_NOTE)
            read_notes(c, p.p_offset, p.p_filesz);
    }
    return 0;
}

void core_file_close(struct core_file *c)
{
    file_unmap(&c->file);
    free(c->threads);
    free(c->maps);
    free(c->segments);
}

const struct core_segment *core_file_segment(const struct core_file *c,
                                             uint64_t addr)
{
    for (size_t i = 0; i < c->segment_count; i++)
        if (addr >= c->segments[i].start && addr < c->segments[i].end)
            return &c->segments[i];
    return NULL;
}

const struct core_map *core_file_map(const struct core_file *c, uint64_t addr)
{
    for (size_t i = 0; i < c->map_count; i++)
        if (addr >= c->maps[i].start && addr < c->maps[i].end)
            return &c->maps[i];
    return NULL;
}

bool core_file_word(const struct core_file *c, uint64_t addr, uint64_t *word)
{
    const struct core_segment *s = core_file_segment(c, addr);

    if (!s || addr - s->start > s->file_size ||
        s->file_size - (addr - s->start) < sizeof(*word))
        return false;
    memcpy(word, c->file.data + s->offset + (addr - s->start), sizeof(*word));
    return true;
}
