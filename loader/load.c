// SPDX-License-Identifier: MIT
/*
 * load: puts a program, its interpreter and its stack into a space.
 *
 * Addresses are chosen as Linux chooses them on x86-64: a program with an
 * interpreter at two thirds of the address space; interpreters, and programs
 * without one, among the mappings below the stack; the heap behind the program,
 * or at two thirds when the program lies among the mappings.
 */
#include "loader/load.h"

#include "abi/auxv.h"
#include "abi/errno.h"
#include "kernel/cpu.h"
#include "kernel/kmalloc.h"
#include "kernel/random.h"
#include "kernel/vdso.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "loader/image.h"
#include "loader/stack.h"

#define PIE_BASE 0x555555554000ul /* two thirds of the address space */

/* How far addresses vary, in pages; the bits are those of Linux. */
#define RANDOM_BASE_PAGES  (1ul << 28) /* 1 TiB */
#define RANDOM_STACK_PAGES (1ul << 22) /* 16 GiB */
#define RANDOM_BRK_PAGES   (1ul << 13) /* 32 MiB */

/* Room kept for the stack below its top. */
#define STACK_ROOM_MIN   MIB(128)
#define STACK_ROOM_MAX   (VM_USER_END / 6 * 5)
#define STACK_GUARD_ROOM MIB(1)
/* Mapped at once, so that the first calls need not grow the stack. */
#define STACK_FIRST      KIB(128)

/* Arguments and environment may take a quarter of the stack, at most 6 MiB,
 * but 128 KiB at any rate; execve(2). */
#define ARGS_MIN KIB(128)
#define ARGS_MAX MIB(6)

/* Of a signal frame besides the XSAVE area: registers, siginfo, alignment. */
#define SIGFRAME_SIZE 512

struct program_policy program_policy = {.aslr = true, .vdso = true};

/* One program_load under way. */
struct load {
    struct vm_space *space;
    const struct program_args *args;
    struct load_why why;
    uintptr_t stack_top;
    uintptr_t vdso; /* 0: none */
};

static uintptr_t random_pages(const struct load *l, uint64_t below)
{
    return l->args->aslr ? random_below(below) << PAGE_SHIFT : 0;
}

/* Chooses the ends of stack and mappings, before anything is mapped. */
static void choose_tops(struct load *l)
{
    uint64_t room = MIN(l->args->stack_limit, STACK_ROOM_MAX);
    uintptr_t varies = random_pages(l, RANDOM_STACK_PAGES);

    room += STACK_GUARD_ROOM;
    if (l->args->aslr)
        room += RANDOM_STACK_PAGES << PAGE_SHIFT;
    room = MIN(MAX(room, STACK_ROOM_MIN), STACK_ROOM_MAX);
    l->stack_top = VM_USER_END - varies;
    l->space->mmap_top = VM_USER_END - ALIGN_UP(room, PAGE_SIZE) -
                         random_pages(l, RANDOM_BASE_PAGES);
}

static void place_heap(const struct load *l, const struct image *program)
{
    uintptr_t start = program->bias + program->elf.high;

    if (!program->elf.fixed && program->elf.interp_len == 0)
        start = PIE_BASE;
    l->space->brk_start = start + random_pages(l, RANDOM_BRK_PAGES);
    l->space->brk = l->space->brk_start;
}

static void describe_stack(const struct load *l, const char *path,
                           const struct image *program,
                           const struct image *interp, struct stack_spec *spec)
{
    const struct program_args *a = l->args;
    const struct elf_image *elf = &program->elf;

    *spec = (struct stack_spec){
        .argv = a->argv,
        .argc = a->argc,
        .envp = a->envp,
        .envc = a->envc,
        .execfn = a->execfn ? a->execfn : path,
        .gap = l->args->aslr ? (unsigned)random_below(STACK_GAP_MAX) : 0,
        .phdr = elf->phdr_vaddr ? program->bias + elf->phdr_vaddr : 0,
        .phnum = elf->phnum,
        .entry = program->bias + elf->entry,
        .base = interp ? interp->bias : 0,
        .vdso = l->vdso,
        .hwcap = cpu_features.hwcap,
        .hwcap2 = cpu_features.fsgsbase ? HWCAP2_FSGSBASE : 0,
        .minsigstksz = ALIGN_UP(SIGFRAME_SIZE + cpu_features.xsave_size, 16),
        .uid = a->uid,
        .euid = a->euid,
        .gid = a->gid,
        .egid = a->egid,
        .secure = a->secure,
    };
    random_bytes(spec->random, sizeof(spec->random));
}

/* Maps the stack and copies its first contents there. */
static int map_stack(const struct load *l, const struct stack_layout *layout,
                     const void *contents)
{
    struct vm_space *s = l->space;
    size_t used = layout->top - layout->sp;
    size_t first = ALIGN_UP(used + STACK_FIRST, PAGE_SIZE);
    uintptr_t start = layout->top - first;
    int err;

    s->stack_top = layout->top;
    s->stack_limit = MAX(l->args->stack_limit, first);
    err = vm_map(s, &start, first, VM_READ | VM_WRITE | VM_GROWSDOWN | VM_STACK,
                 VM_PLACE_FIXED_NEW, NULL, 0);
    if (!err)
        err = vm_poke(s, layout->sp, contents, used);
    s->arg_start = layout->arg_start;
    s->arg_end = layout->arg_end;
    s->env_start = layout->env_start;
    s->env_end = layout->env_end;
    s->auxv_start = layout->auxv_start;
    s->auxv_end = layout->auxv_end;
    return err;
}

static int make_stack(const struct load *l, const char *path,
                      const struct stack_spec *spec, uintptr_t *sp)
{
    size_t limit = MAX(MIN(l->args->stack_limit / 4, ARGS_MAX), ARGS_MIN);
    struct stack_layout layout;
    void *contents;
    int err;

    if (stack_plan(spec, l->stack_top, limit, &layout))
        return load_refuse(&l->why, -E2BIG,
                           "%s: arguments and environment take more than "
                           "%zu bytes: pass less, or raise the stack "
                           "limit",
                           path, limit);
    contents = kmalloc(layout.top - layout.sp);
    err = -ENOMEM;
    if (contents) {
        stack_fill(spec, &layout, contents);
        err = map_stack(l, &layout, contents);
        kfree(contents);
    }
    if (err)
        return load_refuse(&l->why, err, "%s: no memory for its stack", path);
    *sp = layout.sp;
    return 0;
}

/* Opens what PT_INTERP names; *interp stays NULL when there is none. */
static int open_interp(const struct load *l, const struct image *program,
                       char **path, struct image **interp)
{
    char text[PROGRAM_WHY_SIZE];
    struct load_why interp_why = {text, sizeof(text)};
    int err;

    if (program->elf.interp_len == 0)
        return 0;
    err = image_read_interp(program, &l->why, path);
    if (err)
        return err;
    err = image_open(*path, NULL, &interp_why, interp);
    if (err == -ENOENT || err == -ENOTDIR)
        load_refuse(&l->why, err,
                    "%s: needs the interpreter %s, which is not in the root "
                    "file system: pack it and the program's libraries with "
                    "it",
                    program->path, *path);
    else if (err)
        load_refuse(&l->why, err, "%s: its interpreter cannot be used: %s",
                    program->path, text);
    return err;
}

/* Above the stack where chance left room there, else among the mappings. */
static int map_vdso(struct load *l)
{
    size_t room = VM_USER_END - l->stack_top, size = vdso_size();
    uintptr_t wish = 0;
    int err;

    if (!l->args->vdso)
        return 0;
    if (room > size)
        wish = l->stack_top + random_pages(l, (room - size) >> PAGE_SHIFT);
    err = vdso_map(l->space, wish, &l->vdso);
    if (err)
        load_refuse(&l->why, err, "no memory to map the vdso");
    return err;
}

static int map_all(struct load *l, struct image *program, struct image *interp,
                   struct program_start *start)
{
    uintptr_t base = interp ? PIE_BASE + random_pages(l, RANDOM_BASE_PAGES) : 0;
    struct stack_spec spec;
    int err;

    choose_tops(l);
    err = image_map(program, l->space, base, &l->why);
    if (!err && interp)
        err = image_map(interp, l->space, 0, &l->why);
    if (!err)
        err = map_vdso(l);
    if (err)
        return err;
    place_heap(l, program);
    describe_stack(l, program->path, program, interp, &spec);
    err = make_stack(l, program->path, &spec, &start->rsp);
    if (err)
        return err;
    start->entry = (uintptr_t)spec.entry;
    start->bias = program->bias;
    start->interp_bias = interp ? interp->bias : 0;
    start->rip = interp ? interp->bias + interp->elf.entry : start->entry;
    snprintf(start->interp, sizeof(start->interp), "%s",
             interp ? interp->path : "");
    return 0;
}

int program_load(struct vm_space *s, const char *path,
                 const struct program_args *args, struct program_start *start,
                 char *why, size_t why_size)
{
    struct load l = {
        .space = s,
        .args = args,
        .why = {why, why_size},
    };
    struct image *program = NULL, *interp = NULL;
    char *interp_path = NULL;
    int err = image_open(path, args->file, &l.why, &program);

    if (!err)
        err = open_interp(&l, program, &interp_path, &interp);
    if (!err)
        err = map_all(&l, program, interp, start);
    image_close(interp);
    image_close(program);
    kfree(interp_path);
    return err;
}
