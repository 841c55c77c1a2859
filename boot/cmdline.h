// SPDX-License-Identifier: MIT
/*
 * cmdline: the kernel command line, [option ...] [-- argument ...].
 *
 * Quoting, for whoever writes such a line: words are separated by blanks
 * (space, tab, newline, NUL). Between double quotes, which may open and close
 * anywhere in a word, blanks are kept and these escapes are known:
 *
 *     \"  \\  \n  \t  \xHH (two hexadecimal digits, not 00)
 *
 * A backslash before anything else, and any backslash outside quotes, stands
 * for itself. "" is an empty word. A quoted word is never taken for `--`.
 *
 * Every word after `--` is an argument of the program, apart from unquoted
 * words of exactly the form virtio_mmio.device=SIZE@ADDR:IRQ at the very end,
 * where QEMU's microvm machine appends them: these are options.
 *
 * An option that is given again replaces the first value; env=, volume= and
 * virtio_mmio.device= add up. Whatever is wrong becomes a line of errors, and
 * the rest counts.
 */
#pragma once

#include "lib/base.h"

enum boot_enosys { BOOT_ENOSYS_WARN, BOOT_ENOSYS_ERRNO, BOOT_ENOSYS_TRAP };
enum boot_panic { BOOT_PANIC_EXIT, BOOT_PANIC_HALT, BOOT_PANIC_REBOOT };
enum boot_core { BOOT_CORE_STACK, BOOT_CORE_FULL, BOOT_CORE_OFF };
enum boot_console {
    BOOT_CONSOLE_AUTO,
    BOOT_CONSOLE_SERIAL,
    BOOT_CONSOLE_VIRTIO,
};

/* A device that virtio_mmio.device=SIZE@ADDR:IRQ tells of. */
struct boot_virtio_mmio {
    uint64_t size; /* bytes */
    uint64_t base; /* physical */
    uint32_t irq;  /* global system interrupt */
};

/* Strings of options that were not given are NULL. */
struct boot_options {
    const char *ip, *gw, *dns, *ip6;
    const char *init;  /* init=: the program's path in the root */
    const char *argv0; /* what the program gets as argv[0] */
    const char *cwd, *hostname;
    const char *run_as; /* user=: boot/user.h */
    const char *log;    /* for log_set_levels */
    char *trace;
    uint64_t trace_strsize; /* bytes of a string that a trace shows; 0: 32 */
    uint64_t trace_ring;    /* bytes a CPU; 0: off (kernel/ring.h) */
    bool stats;             /* a table of the calls at the end */
    bool boot_ledger;       /* where the time to the program went */
    const char *stub;
    const char *selftest; /* a deliberate fault: kernel/selftest.h */
    uint64_t fail_alloc;  /* the allocation that fails: kernel/fail.h */
    unsigned enosys;      /* enum boot_enosys */
    unsigned panic;       /* enum boot_panic */
    unsigned console;     /* enum boot_console */
    unsigned core;        /* enum boot_core */
    bool doctor;          /* report what the program missed in any case */
    bool tty;             /* a console may be a terminal */
    uint16_t tty_rows, tty_cols; /* of this size; 0: not known */
    bool aslr;
    bool vdso;           /* programs get one */
    uint64_t stack_size; /* RLIMIT_STACK's soft limit, bytes */

    char **args; /* after `--`, without argv[0] */
    size_t arg_count;
    char **env; /* KEY=VALUE each */
    size_t env_count;
    char **volumes; /* TAG:PATH[:OPTION,...] each: boot/volumes.h */
    size_t volume_count;
    struct boot_virtio_mmio *virtio_mmio;
    size_t virtio_mmio_count;
    char **errors; /* one line each, without a newline */
    size_t error_count;
};

/* Nothing given: the defaults. */
void cmdline_init(struct boot_options *o);

/*
 * Adds what text[0..len) says to o. text is rewritten in place and must live
 * as long as o, which points into it; text[len] is written too. To merge two
 * texts, parse one after the other. 0 or -ENOMEM. Context: any.
 */
int cmdline_parse(struct boot_options *o, char *text, size_t len);

/* Frees the lists. */
void cmdline_fini(struct boot_options *o);
