// SPDX-License-Identifier: MIT
/*
 * elfinfo: the loader's verdict on a file, and what libelf tells of it.
 */
#include "tools/elfin/elfinfo.h"

#include <stdlib.h>
#include <string.h>

#include "loader/elf.h"

static bool refuse(struct elfinfo *info, const char *why)
{
    info->problem = xstrdup(why);
    return false;
}

/* As execve(2) reads a #! line: blanks, the interpreter's path, more. */
static bool read_script(struct elfinfo *info, const char *data, size_t size)
{
    size_t i = 2, n = 0;

    info->kind = ELF_KIND_SCRIPT;
    while (i < size && (data[i] == ' ' || data[i] == '\t'))
        i++;
    while (i + n < size && n < 255 && !strchr(" \t\r\n", data[i + n]))
        n++;
    info->interp = xstrndup(data + i, n);
    return *info->interp == '/' ||
           refuse(info, "is a script that names no interpreter: begin it with "
                        "#! and an absolute path");
}

/* What a file is that elf_read_header does not take. */
static enum elf_kind foreign_kind(const char *data, size_t size)
{
    GElf_Half machine;

    if (size < sizeof(Elf64_Ehdr) || memcmp(data, ELFMAG, SELFMAG))
        return ELF_KIND_NONE;
    memcpy(&machine, data + offsetof(Elf64_Ehdr, e_machine), sizeof(machine));
    if (data[EI_CLASS] != ELFCLASS64 || data[EI_DATA] != ELFDATA2LSB ||
        machine != EM_X86_64)
        return ELF_KIND_FOREIGN;
    return ELF_KIND_OBJECT;
}

bool elf_is_x86_64(const char *data, size_t size)
{
    struct elf_image image;
    char why[ELF_WHY_SIZE];

    return elf_read_header(data, size, size, &image, why, sizeof(why)) == 0;
}

static bool read_interp(struct elfinfo *info, const struct elf_image *image,
                        const char *data)
{
    const char *interp = data + image->interp_offset;
    char why[ELF_WHY_SIZE];

    if (!image->interp_len)
        return true;
    info->kind = ELF_KIND_DYNAMIC;
    if (elf_check_interp(image, interp, why, sizeof(why)))
        return refuse(info, why);
    info->interp = xstrdup(interp);
    return true;
}

/*
 * The loader's checks, in its order. The program headers are within the file
 * once the header has been taken; so is the interpreter's name when
 * elf_read_segments has noted it.
 */
static bool check(struct elfinfo *info, const char *data, size_t size)
{
    struct elf_image image;
    char why[ELF_WHY_SIZE];
    bool ok;

    if (size >= 2 && data[0] == '#' && data[1] == '!')
        return read_script(info, data, size);
    if (elf_read_header(data, size, size, &image, why, sizeof(why))) {
        info->kind = foreign_kind(data, size);
        return refuse(info, why);
    }
    ok = !elf_read_segments(&image, data + image.phoff, why, sizeof(why));
    info->kind = image.fixed   ? ELF_KIND_STATIC
                 : image.entry ? ELF_KIND_STATIC_PIE
                               : ELF_KIND_LIBRARY;
    if (!ok)
        return refuse(info, why);
    return read_interp(info, &image, data);
}

/* The file offset of a virtual address, or false. */
static bool address_to_offset(const struct elfinfo *info, uint64_t address,
                              uint64_t *offset)
{
    for (size_t i = 0; i < info->segment_count; i++) {
        const GElf_Phdr *p = &info->segments[i];

        if (p->p_type == PT_LOAD && address >= p->p_vaddr &&
            address - p->p_vaddr < p->p_filesz) {
            *offset = p->p_offset + (address - p->p_vaddr);
            return true;
        }
    }
    return false;
}

/* A copy of the NUL-terminated text at offset, or NULL. */
static char *text_at(const char *data, size_t size, uint64_t offset)
{
    if (offset >= size || !memchr(data + offset, '\0', size - offset))
        return NULL;
    return xstrdup(data + offset);
}

static char **slot_of(struct elfinfo *info, int64_t tag)
{
    switch (tag) {
    case DT_SONAME:
        return &info->soname;
    case DT_RPATH:
        return &info->rpath;
    case DT_RUNPATH:
        return &info->runpath;
    default:
        return NULL;
    }
}

/*
 * Fills in the names of the dynamic section. It is found by its segment, not
 * by section headers: these may have been stripped.
 */
static void read_dynamic(struct elfinfo *info, Elf *elf, const char *data,
                         size_t size, const GElf_Phdr *p)
{
    Elf_Data *d =
        elf_getdata_rawchunk(elf, (int64_t)p->p_offset, p->p_filesz, ELF_T_DYN);
    uint64_t strings = 0;
    GElf_Dyn dyn;

    for (int i = 0; d && gelf_getdyn(d, i, &dyn) && dyn.d_tag; i++)
        if (dyn.d_tag == DT_STRTAB &&
            !address_to_offset(info, dyn.d_un.d_ptr, &strings))
            return;
    for (int i = 0; strings && gelf_getdyn(d, i, &dyn) && dyn.d_tag; i++) {
        char **slot = slot_of(info, dyn.d_tag), *text;

        if ((!slot && dyn.d_tag != DT_NEEDED) || dyn.d_un.d_val > size)
            continue;
        text = text_at(data, size, strings + dyn.d_un.d_val);
        if (text && slot) {
            free(*slot);
            *slot = text;
        } else if (text) {
            strlist_take(&info->needed, text);
        }
    }
}

/* What libelf can read of it; less than all there is when it is broken. */
static void describe(struct elfinfo *info, const char *data, size_t size)
{
    Elf *elf;
    size_t n;

    if (!elf_is_x86_64(data, size) || elf_version(EV_CURRENT) == EV_NONE)
        return;
    elf = elf_memory((char *)(uintptr_t)data, size);
    if (!elf || elf_getphdrnum(elf, &n) < 0)
        goto end;
    info->segments = xcalloc(n, sizeof(*info->segments));
    while (info->segment_count < n &&
           gelf_getphdr(elf, (int)info->segment_count,
                        &info->segments[info->segment_count]))
        info->segment_count++;
    for (size_t i = 0; i < info->segment_count; i++)
        if (info->segments[i].p_type == PT_DYNAMIC)
            read_dynamic(info, elf, data, size, &info->segments[i]);
end:
    elf_end(elf);
}

void elfinfo_read(struct elfinfo *info, const char *data, size_t size)
{
    *info = (struct elfinfo){0};
    check(info, data, size);
    describe(info, data, size);
}

void elfinfo_fini(struct elfinfo *info)
{
    free(info->problem);
    free(info->interp);
    free(info->soname);
    free(info->rpath);
    free(info->runpath);
    free(info->segments);
    strlist_fini(&info->needed);
    *info = (struct elfinfo){0};
}

const char *elf_kind_name(enum elf_kind kind)
{
    static const char *const names[] = {
        [ELF_KIND_NONE] = "no ELF program",
        [ELF_KIND_SCRIPT] = "script",
        [ELF_KIND_FOREIGN] = "ELF for another machine",
        [ELF_KIND_OBJECT] = "ELF, but no program",
        [ELF_KIND_LIBRARY] = "shared library",
        [ELF_KIND_STATIC] = "static program, fixed address (ET_EXEC)",
        [ELF_KIND_STATIC_PIE] = "static program, any address (static-PIE)",
        [ELF_KIND_DYNAMIC] = "dynamically linked program",
    };

    return names[kind];
}
