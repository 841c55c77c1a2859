// SPDX-License-Identifier: MIT
/*
 * probe: the test guest and its run.
 */
#include "tools/elfin/probe.h"

#include <elf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/elfin/machine.h"
#include "tools/elfin/process.h"

#define LOAD_ADDRESS 0x100000
#define NOTE_PVH     18 /* XEN_ELFNOTE_PHYS32_ENTRY */

/*
 * The guest's code: entered in 32-bit protected mode without paging, as the
 * PVH boot protocol has it. It lies in the command's read-only data, so every
 * address is given as an offset from where it will be loaded. The page tables
 * (PML4, PDPT, PD: one 2 MiB page) are in the pages at 2 MiB less 12 KiB,
 * within the memory that they map.
 */
asm(".pushsection .rodata\n"
    ".set pml4, 0x1fd000\n"
    ".set pdpt, 0x1fe000\n"
    ".set pd, 0x1ff000\n"
    ".code32\n"
    "probe_code:\n"
    "    cld\n"
    "    movl $pml4, %edi\n"
    "    xorl %eax, %eax\n"
    "    movl $3072, %ecx\n"
    "    rep stosl\n"
    "    movl $pdpt + 3, pml4\n"
    "    movl $pd + 3, pdpt\n"
    "    movl $0x83, pd\n" /* present, writable, 2 MiB */
    "    movl %cr4, %eax\n"
    "    orl $0x20, %eax\n" /* PAE */
    "    movl %eax, %cr4\n"
    "    movl $pml4, %eax\n"
    "    movl %eax, %cr3\n"
    "    movl $0xc0000080, %ecx\n" /* EFER */
    "    rdmsr\n"
    "    orl $0x100, %eax\n" /* LME */
    "    wrmsr\n"
    "    movl %cr0, %eax\n"
    "    orl $0x80000000, %eax\n" /* PG */
    "    movl %eax, %cr0\n"
    "    lgdt probe_gdt_pointer - probe_code + 0x100000\n"
    "    ljmpl $8, $(probe_long - probe_code + 0x100000)\n"
    ".code64\n"
    "probe_long:\n"
    "    xorl %eax, %eax\n"
    "    cpuid\n"
    "    cmpl $7, %eax\n"
    "    jb 2f\n"
    "    movl $7, %eax\n"
    "    xorl %ecx, %ecx\n"
    "    cpuid\n"
    "    btl $20, %ebx\n" /* SMAP */
    "    jnc 2f\n"
    "    clac\n" /* what a KVM that interprets the guest may not know */
    "2:  movl $0x2a, %eax\n"
    "    movw $0xf4, %dx\n"
    "    outb %al, %dx\n"
    "1:  hlt\n"
    "    jmp 1b\n"
    ".balign 8\n"
    "probe_gdt:\n"
    "    .quad 0\n"
    "    .quad 0x00209a0000000000\n" /* 64-bit code */
    "probe_gdt_pointer:\n"
    "    .word 15\n"
    "    .long probe_gdt - probe_code + 0x100000\n"
    "probe_end:\n"
    ".popsection\n");

extern const char probe_code[], probe_end[];

void probe_image(struct strbuf *b)
{
    static const struct {
        Elf32_Nhdr header;
        char name[4];
        uint32_t entry;
    } note = {{4, 4, NOTE_PVH}, "Xen", LOAD_ADDRESS};
    size_t code_size = (uintptr_t)probe_end - (uintptr_t)probe_code;
    Elf32_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS32, ELFDATA2LSB,
                    EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_386,
        .e_version = EV_CURRENT,
        .e_entry = LOAD_ADDRESS,
        .e_phoff = sizeof(header),
        .e_ehsize = sizeof(header),
        .e_phentsize = sizeof(Elf32_Phdr),
        .e_phnum = 2,
    };
    Elf32_Phdr segments[2] = {{.p_type = PT_NOTE,
                               .p_offset = sizeof(header) + sizeof(segments),
                               .p_filesz = sizeof(note),
                               .p_memsz = sizeof(note),
                               .p_flags = PF_R,
                               .p_align = 4},
                              {.p_type = PT_LOAD,
                               .p_vaddr = LOAD_ADDRESS,
                               .p_paddr = LOAD_ADDRESS,
                               .p_filesz = (Elf32_Word)code_size,
                               .p_memsz = (Elf32_Word)code_size,
                               .p_flags = PF_R | PF_X,
                               .p_align = 4}};

    segments[1].p_offset = segments[0].p_offset + (Elf32_Off)sizeof(note);
    strbuf_add(b, &header, sizeof(header));
    strbuf_add(b, segments, sizeof(segments));
    strbuf_add(b, &note, sizeof(note));
    strbuf_add(b, probe_code, code_size);
}

/* The image in nameless memory, or -1. */
static int image_memory(void)
{
    struct strbuf image = {0};
    int fd = memfd_create("elfin-probe", MFD_CLOEXEC);

    probe_image(&image);
    if (fd >= 0 && write(fd, image.data, image.len) != (ssize_t)image.len) {
        close(fd);
        fd = -1;
    }
    strbuf_fini(&image);
    return fd;
}

/* Reads the child's messages till it closes them; false: the time was up. */
static bool listen(const struct child *c, uint64_t until, struct strbuf *said)
{
    for (;;) {
        struct pollfd p = {.fd = c->error_fd, .events = POLLIN};
        uint64_t now = now_ns();
        char data[1024];
        ssize_t n;

        if (now >= until)
            return false;
        if (poll(&p, 1, (int)((until - now) / NSEC_PER_MSEC) + 1) <= 0)
            continue;
        n = read(c->error_fd, data, sizeof(data));
        if (n <= 0)
            return true;
        if (said->len < 4096)
            strbuf_add(said, data, (size_t)n);
        if (memmem(said->data, said->len, PROBE_KVM_ERROR,
                   strlen(PROBE_KVM_ERROR)))
            return false; /* QEMU has paused it */
    }
}

/* The first line of what QEMU said, without its own name. */
static char *first_line(const char *text)
{
    static const char *const prefixes[] = {"qemu-system-x86_64: ", "error: "};

    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
        if (!strncmp(text, prefixes[i], strlen(prefixes[i])))
            text += strlen(prefixes[i]);
    return xstrndup(text, strcspn(text, "\n"));
}

/* As a machine that runs Elfin, but for what the test guest does not use. */
static void probe_args(struct strlist *args, const char *qemu, bool kvm)
{
    const char *const words[] = {qemu,
                                 "-machine",
                                 machine_option(MACHINE_MICROVM),
                                 "-accel",
                                 kvm ? "kvm" : "tcg",
                                 "-cpu",
                                 kvm ? "host" : "max",
                                 "-m",
                                 "16M",
                                 "-nodefaults",
                                 "-no-user-config",
                                 "-display",
                                 "none",
                                 "-no-reboot",
                                 "-device",
                                 "isa-debug-exit,iobase=0xf4,iosize=4",
                                 "-kernel"};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        strlist_add(args, words[i]);
}

bool probe_run(const char *qemu, bool kvm, uint64_t limit_ns, char **reason)
{
    struct strlist args = {0};
    struct strbuf said = {0};
    struct child c = {.error_fd = -1};
    int fd = image_memory(), status = 0, err;
    bool in_time, ok = false;

    *reason = NULL;
    if (fd < 0) {
        *reason = xstrdup("no memory for the test");
        return false;
    }
    probe_args(&args, qemu, kvm);
    strlist_addf(&args, "/proc/self/fd/%d", fd);
    err = child_start(&c, &args, &fd, 1);
    if (err) {
        *reason = xasprintf("%s: %s", qemu, strerror(-err));
        goto end;
    }
    in_time = listen(&c, now_ns() + limit_ns, &said);
    if (!in_time)
        kill(c.pid, SIGKILL);
    while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR)
        ;
    ok = WIFEXITED(status) && WEXITSTATUS(status) == PROBE_STATUS;
    if (!ok && said.len)
        *reason = first_line(said.data);
    else if (!ok)
        *reason = xstrdup(in_time ? "a test guest failed"
                                  : "a test guest did not answer");
    close(c.error_fd);
end:
    close(fd);
    strbuf_fini(&said);
    strlist_fini(&args);
    return ok;
}
