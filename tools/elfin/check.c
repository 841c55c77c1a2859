// SPDX-License-Identifier: MIT
/*
 * check: what kind of program a file is, what it needs, and whether Elfin runs
 * it.
 */
#include "tools/elfin/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syscalls/table.h"
#include "tools/elfin/deps.h"
#include "tools/elfin/elfinfo.h"
#include "tools/elfin/scan.h"

static const struct opt check_options[] = {{0}};

static const char *segment_name(uint32_t type, char *buf, size_t size)
{
    static const struct {
        uint32_t type;
        const char *name;
    } names[] = {{PT_LOAD, "LOAD"},
                 {PT_DYNAMIC, "DYNAMIC"},
                 {PT_INTERP, "INTERP"},
                 {PT_NOTE, "NOTE"},
                 {PT_PHDR, "PHDR"},
                 {PT_TLS, "TLS"},
                 {PT_GNU_EH_FRAME, "EH_FRAME"},
                 {PT_GNU_STACK, "STACK"},
                 {PT_GNU_RELRO, "RELRO"},
                 {PT_GNU_PROPERTY, "PROPERTY"}};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (names[i].type == type)
            return names[i].name;
    snprintf(buf, size, "0x%x", type);
    return buf;
}

static void print_segments(const struct elfinfo *info)
{
    if (!info->segment_count)
        return;
    printf("segments:\n      type      flags  %-18s %-12s %-12s offset\n",
           "address", "in memory", "in the file");
    for (size_t i = 0; i < info->segment_count; i++) {
        const GElf_Phdr *p = &info->segments[i];
        char buf[16];

        printf("  %2zu  %-9s %c%c%c    0x%016llx %-12llu %-12llu 0x%llx\n", i,
               segment_name(p->p_type, buf, sizeof(buf)),
               p->p_flags & PF_R ? 'r' : '-', p->p_flags & PF_W ? 'w' : '-',
               p->p_flags & PF_X ? 'x' : '-', (unsigned long long)p->p_vaddr,
               (unsigned long long)p->p_memsz, (unsigned long long)p->p_filesz,
               (unsigned long long)p->p_offset);
    }
}

/* The count of libraries (and interpreter) that were not found. */
static unsigned print_needed(const struct elfinfo *info, const char *path)
{
    struct deps d;
    unsigned missing = 0;
    char *guest_path;

    if (info->kind != ELF_KIND_DYNAMIC || !info->interp)
        return 0;
    guest_path = path_normalise(path);
    deps_collect(&d, info, path, guest_path, getenv("LD_LIBRARY_PATH"), NULL);
    printf("interpreter: %s%s\n", d.items[0].name,
           d.items[0].host_path ? "" : ": not on this host");
    if (d.count > 1)
        printf("libraries:\n");
    for (size_t i = 1; i < d.count; i++) {
        const struct dep *dep = &d.items[i];

        if (dep->host_path)
            printf("  %-24s %s (%s)\n", dep->name, dep->host_path, dep->how);
        else
            printf("  %-24s not found (needed by %s)\n", dep->name,
                   dep->needed_by);
    }
    for (size_t i = 0; i < d.count; i++)
        missing += !d.items[i].host_path;
    deps_fini(&d);
    free(guest_path);
    return missing;
}

static void print_calls(const struct elfinfo *info, const char *data,
                        size_t size)
{
    struct scan s = {0};
    unsigned named = 0, lacking = 0;

    scan_elf(&s, info, data, size);
    for (unsigned n = 0; n < MIN(syscall_count, SCAN_CALLS); n++) {
        if (!s.calls[n] || !syscall_infos[n].name)
            continue;
        named++;
        lacking += !syscall_infos[n].implemented;
    }
    printf("system calls: the code names %u%s (a guess from its bytes; %u of "
           "%u places unclear)\n",
           named,
           info->kind == ELF_KIND_DYNAMIC ? " of its own, beside its libraries'"
                                          : "",
           s.unknown, s.sites);
    if (!lacking)
        return;
    printf("of these, Elfin lacks %u, which may never be called:\n", lacking);
    for (unsigned n = 0, column = 0; n < MIN(syscall_count, SCAN_CALLS); n++) {
        const struct syscall_info *c = &syscall_infos[n];

        if (!s.calls[n] || !c->name || c->implemented)
            continue;
        if (column + strlen(c->name) + 1 > 76) {
            printf("\n");
            column = 0;
        }
        column += (unsigned)printf("%s%s", column ? " " : "  ", c->name);
    }
    printf("\n");
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int report(const char *path, const struct mapped_file *f)
{
    struct elfinfo info;
    unsigned missing;
    int status = 0;

    elfinfo_read(&info, f->data, f->size);
    printf("%s: %s%s%s\n", path, elf_kind_name(info.kind),
           info.kind == ELF_KIND_SCRIPT ? " for " : "",
           info.kind == ELF_KIND_SCRIPT ? info.interp : "");
    print_segments(&info);
    missing = print_needed(&info, path);
    if (info.segment_count && !info.problem)
        print_calls(&info, f->data, f->size);
    if (info.problem) {
        printf("Elfin cannot run it: %s %s\n", base_name(path), info.problem);
        status = STATUS_NOT_RUNNABLE;
    } else if (missing) {
        printf("Elfin cannot run it: %u of the files it needs were not found: "
               "install them, or set LD_LIBRARY_PATH\n",
               missing);
        status = STATUS_NOT_RUNNABLE;
    } else {
        printf("Elfin can load and start it.\n");
    }
    elfinfo_fini(&info);
    return status;
}

static int run(const struct command *c, int argc, char **argv)
{
    struct mapped_file f;
    int status, err;

    if (!opts_parse(c, &argc, &argv, NULL, &status))
        return status;
    if (argc != 1)
        return fail(STATUS_USAGE, "%s: elfin check PROGRAM",
                    argc ? "more than one file" : "no file given");
    err = file_map(argv[0], &f);
    if (err == -ENOENT)
        return fail(STATUS_NOT_FOUND,
                    "%s: there is no such file: check the path", argv[0]);
    if (err)
        return fail(STATUS_NOT_RUNNABLE, "%s: %s: give a program's file",
                    argv[0],
                    err == -ENXIO ? "is no regular file" : strerror(-err));
    status = report(argv[0], &f);
    file_unmap(&f);
    return status;
}

const struct command command_check = {
    .name = "check",
    .synopsis = "PROGRAM",
    .summary = "Tell what kind of program a file is, and whether it will run.",
    .notes = "Exit status: 0 when Elfin can start it, 126 when not, 127 when "
             "there is no such\nfile.\n",
    .opts = check_options,
    .run = run,
};
