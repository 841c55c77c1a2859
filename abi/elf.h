// SPDX-License-Identifier: MIT
/*
 * elf: 64-bit ELF files as x86-64 uses them; System V gABI chapters 4 and 5,
 * the x86-64 psABI, elf(5). Files are hostile: nothing here has been checked.
 */
#pragma once

#include <stdint.h>

#define EI_MAG0       0
#define EI_CLASS      4
#define EI_DATA       5
#define EI_VERSION    6
#define EI_OSABI      7
#define EI_ABIVERSION 8
#define EI_NIDENT     16

#define ELFMAG  "\177ELF"
#define SELFMAG 4

#define ELFCLASS32  1
#define ELFCLASS64  2
#define ELFDATA2LSB 1
#define ELFDATA2MSB 2
#define EV_CURRENT  1

#define ELFOSABI_SYSV    0
#define ELFOSABI_GNU     3
#define ELFOSABI_FREEBSD 9

#define ET_NONE 0
#define ET_REL  1
#define ET_EXEC 2
#define ET_DYN  3
#define ET_CORE 4

#define EM_386     3
#define EM_ARM     40
#define EM_X86_64  62
#define EM_AARCH64 183
#define EM_RISCV   243

#define PT_NULL         0
#define PT_LOAD         1
#define PT_DYNAMIC      2
#define PT_INTERP       3
#define PT_NOTE         4
#define PT_SHLIB        5
#define PT_PHDR         6
#define PT_TLS          7
#define PT_GNU_EH_FRAME 0x6474e550
#define PT_GNU_STACK    0x6474e551
#define PT_GNU_RELRO    0x6474e552
#define PT_GNU_PROPERTY 0x6474e553

#define PF_X (1 << 0)
#define PF_W (1 << 1)
#define PF_R (1 << 2)

#define PN_XNUM 0xffff

#define SHT_NULL     0
#define SHT_PROGBITS 1
#define SHT_SYMTAB   2
#define SHT_STRTAB   3
#define SHT_NOTE     7
#define SHT_NOBITS   8
#define SHT_DYNSYM   11

#define SHN_UNDEF 0
#define SHN_ABS   0xfff1

#define STB_LOCAL  0
#define STB_GLOBAL 1
#define STB_WEAK   2

#define STT_NOTYPE    0
#define STT_OBJECT    1
#define STT_FUNC      2
#define STT_SECTION   3
#define STT_FILE      4
#define STT_TLS       6
#define STT_GNU_IFUNC 10

#define DT_NULL    0
#define DT_NEEDED  1
#define DT_STRTAB  5
#define DT_SYMTAB  6
#define DT_STRSZ   10
#define DT_SONAME  14
#define DT_RPATH   15
#define DT_DEBUG   21
#define DT_RUNPATH 29
#define DT_FLAGS_1 0x6ffffffb
#define DF_1_PIE   0x08000000

/* Notes of core files, and the build id (owner "GNU"). */
#define NT_PRSTATUS     1
#define NT_PRFPREG      2
#define NT_PRPSINFO     3
#define NT_AUXV         6
#define NT_X86_XSTATE   0x202
#define NT_SIGINFO      0x53494749
#define NT_FILE         0x46494c45
#define NT_GNU_BUILD_ID 3

struct abi_elf64_ehdr {
    uint8_t e_ident[EI_NIDENT];
    uint16_t e_type, e_machine;
    uint32_t e_version;
    uint64_t e_entry, e_phoff, e_shoff;
    uint32_t e_flags;
    uint16_t e_ehsize;
    uint16_t e_phentsize, e_phnum;
    uint16_t e_shentsize, e_shnum, e_shstrndx;
};

struct abi_elf64_phdr {
    uint32_t p_type, p_flags;
    uint64_t p_offset, p_vaddr, p_paddr;
    uint64_t p_filesz, p_memsz, p_align;
};

struct abi_elf64_shdr {
    uint32_t sh_name, sh_type;
    uint64_t sh_flags, sh_addr, sh_offset, sh_size;
    uint32_t sh_link, sh_info;
    uint64_t sh_addralign, sh_entsize;
};

struct abi_elf64_sym {
    uint32_t st_name;
    uint8_t st_info, st_other;
    uint16_t st_shndx;
    uint64_t st_value, st_size;
};

struct abi_elf64_dyn {
    int64_t d_tag;
    uint64_t d_val;
};

/* Followed by the owner's name and the content, each padded to 4 bytes. */
struct abi_elf64_nhdr {
    uint32_t n_namesz, n_descsz, n_type;
};

_Static_assert(sizeof(struct abi_elf64_ehdr) == 64, "ELF");
_Static_assert(sizeof(struct abi_elf64_phdr) == 56, "ELF");
_Static_assert(sizeof(struct abi_elf64_shdr) == 64, "ELF");
_Static_assert(sizeof(struct abi_elf64_sym) == 24, "ELF");
_Static_assert(sizeof(struct abi_elf64_dyn) == 16, "ELF");
_Static_assert(sizeof(struct abi_elf64_nhdr) == 12, "ELF");
