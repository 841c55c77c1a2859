// SPDX-License-Identifier: MIT
/*
 * fault KIND: does one thing that must kill a program, so that a test can see
 * which signal does it. Without KIND, lists the kinds with the status that a
 * shell shows for each. Reaching the end is exit status 0: nothing protected
 * us.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char constant[] = "read-only data";
static unsigned char data_code[16] = {0xc3}; /* ret */

static void *opaque(uintptr_t address)
{
    __asm__("" : "+r"(address));
    return (void *)address;
}

static void store(void *p)
{
    *(volatile char *)p = 1;
}

static void load(void *p)
{
    (void)*(volatile char *)p;
}

static void call(void *p)
{
    ((void (*)(void))p)();
}

static void write_text(void)
{
    store((void *)write_text);
}

static void write_constant(void)
{
    store((void *)constant);
}

static void write_read_only_mapping(void)
{
    char *p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    store(p);
}

static void execute_stack(void)
{
    volatile unsigned char code[16] = {0xc3};

    call((void *)code);
}

static void execute_heap(void)
{
    unsigned char *p = malloc(16);

    p[0] = 0xc3;
    call(p);
}

static void execute_data(void)
{
    data_code[1] = 0xc3;
    call(data_code);
}

static void execute_mapping(void)
{
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    p[0] = (char)0xc3;
    call(p);
}

static void read_null(void)
{
    load(opaque(0));
}

static void write_null(void)
{
    store(opaque(8));
}

static void execute_null(void)
{
    call(opaque(0));
}

static void read_kernel_image(void)
{
    load(opaque(0xffffffff80100000));
}

static void write_direct_map(void)
{
    store(opaque(0xffff800000100000));
}

static void write_linux_direct_map(void)
{
    store(opaque(0xffff888000100000));
}

static void execute_kernel(void)
{
    call(opaque(0xffffffff80100000));
}

static void read_not_canonical(void)
{
    load(opaque(0x8000000000000000));
}

static void jump_not_canonical(void)
{
    call(opaque(0x800000000000));
}

/* Frames of 4 KiB; a GiB of them is more than any stack limit. */
static int deeper(int levels)
{
    char frame[4096];
    int below = 0;

    __asm__ volatile("" : : "r"(frame) : "memory");
    if (levels > 0)
        below = deeper(levels - 1);
    __asm__ volatile("" : : "r"(frame) : "memory");
    return below + 1;
}

static void overflow_stack(void)
{
    volatile int levels = 1 << 18;

    printf("%d frames\n", deeper(levels));
}

static void halt(void)
{
    __asm__ volatile("hlt");
}

static void disable_interrupts(void)
{
    __asm__ volatile("cli");
}

static void read_port(void)
{
    __asm__ volatile("inb $0x71, %%al" : : : "rax");
}

static void load_cr3(void)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(0ul));
}

static void write_msr(void)
{
    __asm__ volatile("wrmsr" : : "c"(0xc0000082), "a"(0), "d"(0));
}

static void load_null_stack(void)
{
    __asm__ volatile("mov %%rsp, %%rbx; xor %%esp, %%esp; push %%rax"
                     :
                     :
                     : "rbx", "memory");
}

static void undefined_instruction(void)
{
    __asm__ volatile("ud2");
}

static void divide_by_zero(void)
{
    __asm__ volatile("xor %%ecx, %%ecx; div %%ecx" : : : "rax", "rcx", "rdx");
}

static void breakpoint(void)
{
    __asm__ volatile("int3");
}

static void single_step(void)
{
    __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; nop; nop"
                     :
                     :
                     : "memory", "cc");
}

/* The trap is taken around a system call, where the kernel must not see it. */
static void single_step_call(void)
{
    __asm__ volatile("pushfq; orl $0x100, (%%rsp); popfq; syscall; nop"
                     :
                     : "a"(39)
                     : "rcx", "r11", "memory", "cc");
}

static void interrupt_gate(void)
{
    __asm__ volatile("int $0x30");
}

static void abort_itself(void)
{
    abort();
}

static const struct kind {
    const char *name;
    void (*fn)(void);
    int status; /* 128 + the signal's number */
} kinds[] = {
    {"write-text", write_text, 139},
    {"write-constant", write_constant, 139},
    {"write-read-only-mapping", write_read_only_mapping, 139},
    {"execute-stack", execute_stack, 139},
    {"execute-heap", execute_heap, 139},
    {"execute-data", execute_data, 139},
    {"execute-mapping", execute_mapping, 139},
    {"read-null", read_null, 139},
    {"write-null", write_null, 139},
    {"execute-null", execute_null, 139},
    {"read-kernel-image", read_kernel_image, 139},
    {"write-direct-map", write_direct_map, 139},
    {"write-linux-direct-map", write_linux_direct_map, 139},
    {"execute-kernel", execute_kernel, 139},
    {"read-not-canonical", read_not_canonical, 139},
    {"jump-not-canonical", jump_not_canonical, 139},
    {"overflow-stack", overflow_stack, 139},
    {"halt", halt, 139},
    {"disable-interrupts", disable_interrupts, 139},
    {"read-port", read_port, 139},
    {"load-cr3", load_cr3, 139},
    {"write-msr", write_msr, 139},
    {"load-null-stack", load_null_stack, 139},
    {"interrupt-gate", interrupt_gate, 139},
    {"undefined-instruction", undefined_instruction, 132},
    {"divide-by-zero", divide_by_zero, 136},
    {"breakpoint", breakpoint, 133},
    {"single-step", single_step, 133},
    {"single-step-call", single_step_call, 133},
    {"abort", abort_itself, 134},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (argc < 2) {
            printf("%s %d\n", kinds[i].name, kinds[i].status);
        } else if (strcmp(argv[1], kinds[i].name) == 0) {
            dprintf(1, "about to %s\n", kinds[i].name);
            kinds[i].fn();
            dprintf(1, "survived\n");
            return 0;
        }
    }
    return argc < 2 ? 0 : 2;
}
