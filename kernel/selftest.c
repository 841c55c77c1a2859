// SPDX-License-Identifier: MIT
#include "kernel/selftest.h"

#include "abi/errno.h"
#include "kernel/cpu.h"
#include "kernel/memlayout.h"
#include "kernel/panic.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "lib/string.h"

#define RETURN_INSTRUCTION 0xc3

/* A page of a program's memory that holds a `ret`, in the active space. */
static char *user_page(void)
{
    struct vm_space *s = vm_space_create();
    uint8_t code = RETURN_INSTRUCTION;
    uintptr_t addr = 0;

    if (!s ||
        vm_map(s, &addr, PAGE_SIZE, VM_READ | VM_WRITE | VM_EXEC, VM_PLACE_HINT,
               NULL, 0) < 0 ||
        vm_poke(s, addr, &code, sizeof(code)) < 0)
        panic("no memory for the self-test");
    vm_space_activate(s);
    return (char *)addr;
}

static void call(void *code)
{
    void (*fn)(void);

    memcpy(&fn, &code, sizeof(fn));
    fn();
}

static void write_text(void)
{
    *(volatile char *)kernel_start = 0;
}

/* The direct map must not be a way around the protection of the image. */
static void write_text_alias(void)
{
    *(volatile char *)phys_to_virt(image_to_phys(kernel_start)) = 0;
}

static void write_rodata(void)
{
    *(volatile char *)kernel_rodata_start = 0;
}

static void execute_data(void)
{
    static uint8_t code = RETURN_INSTRUCTION;

    call(&code);
}

static void execute_stack(void)
{
    uint8_t code = RETURN_INSTRUCTION;

    call(&code);
}

static void execute_direct_map(void)
{
    call(phys_to_virt(image_to_phys(kernel_start)));
}

static void null_pointer(void)
{
    volatile char *null = NULL;

    __asm__("" : "+r"(null));
    *null = 0;
}

static void touch_user(void)
{
    *(volatile char *)user_page() = 0;
}

static void execute_user(void)
{
    call(user_page());
}

/* Recursion through a pointer that the compiler cannot see through. */
static int (*volatile recursion)(int depth);

static int recurse(int depth)
{
    volatile char frame[256];

    frame[0] = depth;
    return recursion(depth + 1) + frame[0];
}

static void stack_overflow(void)
{
    recursion = recurse;
    recurse(0);
}

__attribute__((noinline)) static void smash(size_t len)
{
    char buffer[16];
    char *p = buffer;

    __asm__ volatile("" : "+r"(p));
    memset(p, 0x41, len);
    __asm__ volatile("" : : "r"(p) : "memory");
}

static void stack_smash(void)
{
    smash(32);
}

static void divide(void)
{
    int quotient = 1, remainder = 0;

    __asm__ volatile("idivl %2" : "+a"(quotient), "+d"(remainder) : "r"(0));
}

static void bug(void)
{
    volatile int one = 1;

    assert(one == 2);
}

static const struct selftest {
    const char *name;
    void (*fn)(void);
} tests[] = {
    {"write-text", write_text},
    {"write-text-alias", write_text_alias},
    {"write-rodata", write_rodata},
    {"execute-data", execute_data},
    {"execute-stack", execute_stack},
    {"execute-direct-map", execute_direct_map},
    {"null", null_pointer},
    {"touch-user", touch_user},
    {"execute-user", execute_user},
    {"stack-overflow", stack_overflow},
    {"stack-smash", stack_smash},
    {"divide", divide},
    {"assert", bug},
};

static bool cpu_lacks(const char *name)
{
    if (strcmp(name, "touch-user") == 0)
        return !cpu_features.smap;
    return strcmp(name, "execute-user") == 0 && !cpu_features.smep;
}

int selftest_fault(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
        if (strcmp(tests[i].name, name) != 0)
            continue;
        if (cpu_lacks(name))
            return -EOPNOTSUPP;
        tests[i].fn();
        panic("self-test %s: the fault went unnoticed", name);
    }
    return -ENOENT;
}

const char *selftest_names(void)
{
    static char names[256];

    if (names[0] == '\0')
        for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
            size_t used = strlen(names);

            snprintf(names + used, sizeof(names) - used, "%s%s", i ? " " : "",
                     tests[i].name);
        }
    return names;
}
