// SPDX-License-Identifier: MIT
/*
 * machine: the QEMU command line of a machine that runs Elfin.
 *
 * Every machine has COM1, isa-debug-exit at port 0xf4 and one virtio-serial
 * device with the five ports that the kernel knows by name. On microvm the
 * device sits on virtio-mmio transport 0, which the kernel command line tells;
 * on q35 and pc it is a PCI function.
 */
#pragma once

#include "tools/elfin/util.h"

enum machine_kind { MACHINE_MICROVM, MACHINE_Q35, MACHINE_PC };

/* The ways between the machine and the command, in the order of the ports. */
enum channel {
    CHANNEL_STDIN,
    CHANNEL_STDOUT,
    CHANNEL_STDERR,
    CHANNEL_LOG,
    CHANNEL_CONTROL,
    CHANNEL_COM1,
    CHANNEL_COUNT
};

struct machine {
    const char *qemu; /* path of the emulator */
    enum machine_kind kind;
    bool kvm;
    uint64_t memory; /* bytes */
    const char *kernel, *initrd, *cmdline;
    const struct strlist *devices; /* the network's and volumes', or NULL */
    const struct strlist *extra;   /* --qemu, or NULL */
    /* One end of a socket pair each; NULL: a line for a person to paste, with
     * the channels on the terminal. */
    const int *channels;
    bool joined; /* stderr goes out through stdout's channel */
    /* stdin's channel is a terminal's (elfin.tty): stdout's too, and stderr's
     * unless it is apart. */
    bool tty, stderr_apart;
    /* A file for what the machine recorded (port 6, elfin.trace), or NULL. */
    const char *trace_file;
    /* A file for its core (elfin.core, the port behind), or NULL. */
    const char *core_file;
};

/* "auto", "microvm", "q35" or "pc"; false for another name. */
bool machine_parse_kind(const char *name, enum machine_kind *kind);
/* Microvm's places for devices (virtio-mmio): the serial port's, the network's,
 * then those of volumes. The word for one of the others, and a blank. */
enum { MACHINE_PLACE_NETWORK = 1, MACHINE_PLACE_VOLUMES, MACHINE_PLACES = 8 };
void machine_place_cmdline(size_t place, struct strbuf *line);
/* What the kernel command line must say of this machine, or "". */
const char *machine_cmdline(enum machine_kind kind);
/* The value for -machine. */
const char *machine_option(enum machine_kind kind);
/* Text within a list of options, where a comma is written twice; the caller
 * frees it. */
char *machine_option_text(const char *s);
/* Adds the arguments, with the emulator first. */
void machine_args(const struct machine *m, struct strlist *args);

/* The emulator: $ELFIN_QEMU, or found in PATH; NULL: there is none. The caller
 * frees it. */
char *machine_find_qemu(void);
/* The kernel image that belongs to this command, or NULL. The caller frees
 * it. */
char *machine_find_kernel(void);
