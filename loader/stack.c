// SPDX-License-Identifier: MIT
/* stack: the contents of a new program's stack; see the header. */
#include "loader/stack.h"

#include "abi/auxv.h"
#include "abi/elf.h"
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/rseq.h"
#include "abi/time.h"
#include "lib/string.h"

#define ALIGNMENT  16
#define TOP_ZEROS  8
#define PAGE       4096
#define WORD       sizeof(uint64_t)
/* Pairs that put_auxv writes, AT_NULL included. */
#define AUXV_COUNT 23

static const char platform_name[] = "x86_64";

/* Adds the sizes of n strings to *sum, which stays within limit. */
static int add_strings(const char *const *strings, size_t n, size_t limit,
                       size_t *sum)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strnlen(strings[i], ABI_ARG_STRLEN_MAX) + 1;

        if (len > ABI_ARG_STRLEN_MAX || len > limit - *sum)
            return -E2BIG;
        *sum += len;
    }
    return 0;
}

int stack_plan(const struct stack_spec *spec, uintptr_t top, size_t limit,
               struct stack_layout *layout)
{
    size_t args = 0, envs, all;
    uint64_t words;
    uintptr_t p;

    /* One pointer for every string counts too, as on Linux. */
    if (spec->argc > limit / WORD || spec->envc > limit / WORD - spec->argc)
        return -E2BIG;
    limit -= (spec->argc + spec->envc) * WORD;
    if (add_strings(spec->argv, spec->argc, limit, &args))
        return -E2BIG;
    envs = args;
    if (add_strings(spec->envp, spec->envc, limit, &envs))
        return -E2BIG;
    all = envs;
    if (add_strings(&spec->execfn, 1, limit, &all))
        return -E2BIG;

    layout->top = top;
    layout->arg_start = top - TOP_ZEROS - all;
    layout->arg_end = layout->env_start = layout->arg_start + args;
    layout->env_end = layout->execfn = layout->arg_start + envs;

    p = ALIGN_DOWN(layout->arg_start - spec->gap, ALIGNMENT);
    p = layout->platform = p - sizeof(platform_name);
    p = layout->random = p - STACK_RANDOM_SIZE;
    words = 1 + spec->argc + 1 + spec->envc + 1 + 2 * AUXV_COUNT;
    layout->sp = ALIGN_DOWN(p - words * WORD, ALIGNMENT);
    layout->auxv_end = layout->sp + words * WORD;
    layout->auxv_start =
        layout->auxv_end - AUXV_COUNT * sizeof(struct abi_auxv);
    return 0;
}

static void put_auxv(const struct stack_spec *spec,
                     const struct stack_layout *l, void *out)
{
    const struct abi_auxv auxv[] = {
        {spec->vdso ? AT_SYSINFO_EHDR : AT_IGNORE, spec->vdso},
        {AT_MINSIGSTKSZ, spec->minsigstksz},
        {AT_HWCAP, spec->hwcap},
        {AT_PAGESZ, PAGE},
        {AT_CLKTCK, ABI_USER_HZ},
        {AT_PHDR, spec->phdr},
        {AT_PHENT, sizeof(struct abi_elf64_phdr)},
        {AT_PHNUM, spec->phnum},
        {AT_BASE, spec->base},
        {AT_FLAGS, 0},
        {AT_ENTRY, spec->entry},
        {AT_UID, spec->uid},
        {AT_EUID, spec->euid},
        {AT_GID, spec->gid},
        {AT_EGID, spec->egid},
        {AT_SECURE, spec->secure},
        {AT_RANDOM, l->random},
        {AT_HWCAP2, spec->hwcap2},
        {AT_EXECFN, l->execfn},
        {AT_PLATFORM, l->platform},
        {AT_RSEQ_FEATURE_SIZE, ABI_RSEQ_FEATURE_SIZE},
        {AT_RSEQ_ALIGN, ABI_RSEQ_ALIGN},
        {AT_NULL, 0},
    };

    static_assert(ARRAY_SIZE(auxv) == AUXV_COUNT, "stack_plan makes room");
    memcpy(out, auxv, sizeof(auxv));
}

/* Writes n strings from address at on, and their addresses to words with a 0
 * at the end; the word behind it. */
static uint64_t *put_strings(char *bytes, uintptr_t bytes_at,
                             const char *const *strings, size_t n, uintptr_t at,
                             uint64_t *words)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(strings[i]) + 1;

        memcpy(bytes + (at - bytes_at), strings[i], len);
        *words++ = at;
        at += len;
    }
    *words++ = 0;
    return words;
}

void stack_fill(const struct stack_spec *spec, const struct stack_layout *l,
                void *buf)
{
    char *bytes = buf;
    uint64_t *words = buf;

    memset(buf, 0, l->top - l->sp);
    *words++ = spec->argc;
    words =
        put_strings(bytes, l->sp, spec->argv, spec->argc, l->arg_start, words);
    words =
        put_strings(bytes, l->sp, spec->envp, spec->envc, l->env_start, words);
    put_auxv(spec, l, words);
    memcpy(bytes + (l->random - l->sp), spec->random, STACK_RANDOM_SIZE);
    memcpy(bytes + (l->platform - l->sp), platform_name, sizeof(platform_name));
    memcpy(bytes + (l->execfn - l->sp), spec->execfn, strlen(spec->execfn) + 1);
}
