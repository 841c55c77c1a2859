// SPDX-License-Identifier: MIT
/*
 * start: what a program finds when it starts: stack, arguments, environment,
 * the auxiliary vector, registers. System V ABI 3.4.1 and getauxval(3).
 */
#define _GNU_SOURCE
#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"

extern char **environ;
extern const char __ehdr_start[]; /* by the linker: our ELF header */
static char **saved_argv;
static int saved_argc;

static void arguments_and_environment_end_with_null(void)
{
    CHECK(saved_argc >= 1);
    CHECK(saved_argv[saved_argc] == NULL);
    CHECK(environ == saved_argv + saved_argc + 1);
    for (char **e = environ; *e; e++)
        CHECK(strchr(*e, '='));
}

static void argc_is_below_argv_on_an_aligned_stack(void)
{
    long *sp = (long *)saved_argv - 1;

    CHECK_EQ(*sp, saved_argc);
    CHECK_EQ((uintptr_t)sp % 16, 0);
}

static const Elf64_auxv_t *aux_begin(void)
{
    char **p = environ;

    while (*p)
        p++;
    return (const Elf64_auxv_t *)(p + 1);
}

static void aux_has_every_entry_of_linux_once(void)
{
    static const unsigned long wanted[] = {
        AT_PHDR,   AT_PHENT,  AT_PHNUM,  AT_PAGESZ, AT_BASE,   AT_FLAGS,
        AT_ENTRY,  AT_UID,    AT_EUID,   AT_GID,    AT_EGID,   AT_HWCAP,
        AT_HWCAP2, AT_CLKTCK, AT_RANDOM, AT_SECURE, AT_EXECFN, AT_PLATFORM,
    };

    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        int seen = 0;
        for (const Elf64_auxv_t *a = aux_begin(); a->a_type != AT_NULL; a++)
            seen += a->a_type == wanted[i];
        if (seen != 1)
            CHECK_FAIL("AT_ number %lu is there %d times", wanted[i], seen);
    }
}

static void aux_describes_the_program(void)
{
    const Elf64_Ehdr *eh = (const Elf64_Ehdr *)__ehdr_start;

    CHECK_EQ(getauxval(AT_PHDR), (uintptr_t)__ehdr_start + eh->e_phoff);
    CHECK_EQ(getauxval(AT_PHENT), sizeof(Elf64_Phdr));
    CHECK_EQ(getauxval(AT_PHNUM), eh->e_phnum);
    CHECK_EQ(getauxval(AT_ENTRY), (uintptr_t)__ehdr_start + eh->e_entry);
    CHECK_EQ(getauxval(AT_BASE), 0);
    CHECK_EQ(getauxval(AT_FLAGS), 0);
}

static void aux_describes_the_system(void)
{
    CHECK_EQ(getauxval(AT_PAGESZ), 4096);
    CHECK_EQ(getauxval(AT_CLKTCK), 100);
    CHECK_EQ(getauxval(AT_SECURE), 0);
    CHECK(strcmp((char *)getauxval(AT_PLATFORM), "x86_64") == 0);
    CHECK_EQ(getauxval(AT_UID), getuid());
    CHECK_EQ(getauxval(AT_EUID), geteuid());
    CHECK_EQ(getauxval(AT_GID), getgid());
    CHECK_EQ(getauxval(AT_EGID), getegid());
}

/*
 * Read from the vector itself: glibc's getauxval has its own idea of it. A
 * kernel may take features back that are its own to use (MTRR, MCA); it cannot
 * take back those that a program uses without asking: FPU, TSC, CX8, CMOV, MMX,
 * FXSR, SSE and SSE2.
 */
static void aux_hwcap_is_cpuid_1_edx(void)
{
    const unsigned programs = 1u << 0 | 1u << 4 | 1u << 8 | 1u << 15 |
                              1u << 23 | 1u << 24 | 1u << 25 | 1u << 26;
    unsigned a = 1, b, c = 0, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    for (const Elf64_auxv_t *v = aux_begin(); v->a_type != AT_NULL; v++) {
        if (v->a_type != AT_HWCAP)
            continue;
        CHECK_EQ(v->a_un.a_val & ~(unsigned long)d, 0);
        CHECK_EQ(v->a_un.a_val & programs, d & programs);
    }
}

static void aux_random_is_sixteen_bytes_that_vary(void)
{
    const unsigned char *r = (unsigned char *)getauxval(AT_RANDOM);
    int zeros = 0;

    CHECK(r);
    for (int i = 0; i < 16; i++)
        zeros += r[i] == 0;
    CHECK(zeros < 8);
}

static void aux_execfn_names_the_program(void)
{
    const char *name = (char *)getauxval(AT_EXECFN);

    CHECK(name && *name);
    CHECK_EQ(access(name, R_OK), 0);
}

static void strings_lie_above_the_vectors(void)
{
    uintptr_t top = (uintptr_t)(aux_begin() + 1);

    CHECK((uintptr_t)saved_argv[0] > top);
    CHECK(getauxval(AT_EXECFN) > top);
    CHECK(getauxval(AT_RANDOM) > top);
}

static void stack_is_writable_and_grows(void)
{
    volatile char *p = __builtin_alloca(1 << 20);

    for (int i = 0; i < 1 << 20; i += 4096)
        p[i] = 1;
    p[0] = 2;
    CHECK_EQ(p[4096], 1);
}

static void bss_is_zero_and_data_is_ours(void)
{
    static char bss[100000];
    static int data = 0x1234;

    for (size_t i = 0; i < sizeof(bss); i++)
        CHECK(bss[i] == 0);
    CHECK_EQ(data, 0x1234);
    data++;
    memset(bss, 1, sizeof(bss));
    CHECK_EQ(bss[99999], 1);
}

static void uname_says_linux_on_x86_64(void)
{
    struct utsname u;

    CHECK_EQ(uname(&u), 0);
    CHECK(strcmp(u.sysname, "Linux") == 0);
    CHECK(strcmp(u.machine, "x86_64") == 0);
    CHECK(u.nodename[0] && u.release[0] >= '3' && u.version[0]);
    CHECK_ERRNO(uname(check_pointer(16)), EFAULT);
}

int main(int argc, char **argv)
{
    saved_argc = argc;
    saved_argv = argv;
    RUN(arguments_and_environment_end_with_null);
    RUN(argc_is_below_argv_on_an_aligned_stack);
    RUN(aux_has_every_entry_of_linux_once);
    RUN(aux_describes_the_program);
    RUN(aux_describes_the_system);
    RUN(aux_hwcap_is_cpuid_1_edx);
    RUN(aux_random_is_sixteen_bytes_that_vary);
    RUN(aux_execfn_names_the_program);
    RUN(strings_lie_above_the_vectors);
    RUN(stack_is_writable_and_grows);
    RUN(bss_is_zero_and_data_is_ours);
    RUN(uname_says_linux_on_x86_64);
    return check_end();
}
