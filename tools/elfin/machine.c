// SPDX-License-Identifier: MIT
/*
 * machine: from a description to QEMU's arguments.
 */
#include "tools/elfin/machine.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MEMORY_LARGE GIB(4)

static const struct {
    const char *name, *option, *cmdline, *serial_device;
} kinds[] = {
    /*
     * No ACPI, option ROMs or 8259: the kernel does not look for them there.
     * The RTC and the 8254 are what it gets the time from.
     */
    [MACHINE_MICROVM] = {"microvm",
                         "microvm,acpi=off,auto-kernel-cmdline=off,"
                         "x-option-roms=off,pic=off,pit=on,rtc=on,"
                         "isa-serial=on",
                         "virtio_mmio.device=512@0xfeb00000:5",
                         "virtio-serial-device,bus=virtio-mmio-bus.0"},
    [MACHINE_Q35] = {"q35", "q35", "", "virtio-serial-pci"},
    [MACHINE_PC] = {"pc", "pc", "", "virtio-serial-pci"},
};

static const char *const channel_names[CHANNEL_COUNT] = {
    [CHANNEL_STDIN] = "elfin.stdin",     [CHANNEL_STDOUT] = "elfin.stdout",
    [CHANNEL_STDERR] = "elfin.stderr",   [CHANNEL_LOG] = "elfin.log",
    [CHANNEL_CONTROL] = "elfin.control", [CHANNEL_COM1] = "com1",
};

bool machine_parse_kind(const char *name, enum machine_kind *kind)
{
    *kind = MACHINE_MICROVM;
    if (!strcmp(name, "auto"))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (!strcmp(name, kinds[i].name)) {
            *kind = (enum machine_kind)i;
            return true;
        }
    }
    return false;
}

void machine_place_cmdline(size_t place, struct strbuf *line)
{
    strbuf_printf(line, "virtio_mmio.device=512@0x%zx:%zu ",
                  0xfeb00000 + 512 * place, 5 + place);
}

const char *machine_cmdline(enum machine_kind kind)
{
    return kinds[kind].cmdline;
}

const char *machine_option(enum machine_kind kind)
{
    return kinds[kind].option;
}

static void add(struct strlist *args, const char *option, const char *value)
{
    strlist_add(args, option);
    strlist_add(args, value);
}

static const char *name_of(const struct machine *m, enum channel c)
{
    return m->tty && c == CHANNEL_STDIN ? "elfin.tty" : channel_names[c];
}

/* Does the machine have this one? A terminal carries several streams. */
static bool has_channel(const struct machine *m, enum channel c)
{
    if (c == CHANNEL_STDOUT)
        return !m->tty;
    return c != CHANNEL_STDERR || !m->tty || m->stderr_apart;
}

/* The one whose socket c uses. */
static enum channel carrier_of(const struct machine *m, enum channel c)
{
    return m->joined && c == CHANNEL_STDERR ? CHANNEL_STDOUT : c;
}

static void add_chardev(const struct machine *m, struct strlist *args,
                        enum channel c)
{
    const char *name = name_of(m, c);

    strlist_add(args, "-chardev");
    if (m->channels)
        strlist_addf(args, "socket,id=%s,fd=%d%s", name, m->channels[c],
                     m->joined && c == CHANNEL_STDOUT ? ",mux=on" : "");
    else if (c == CHANNEL_STDIN)
        strlist_addf(args, "stdio,id=%s,signal=%s", name,
                     m->tty ? "off" : "on");
    else
        strlist_addf(args, "file,id=%s,path=/dev/%s,append=on", name,
                     c == CHANNEL_STDOUT ? "stdout" : "stderr");
}

char *machine_option_text(const char *s)
{
    struct strbuf b = {0};

    for (; *s; s++) {
        strbuf_addc(&b, *s);
        if (*s == ',')
            strbuf_addc(&b, ',');
    }
    return b.data ? b.data : xstrdup("");
}

/* A port that QEMU itself writes to a file: it is no stream of the program's,
 * and may be large. */
static void add_file_port(struct strlist *args, int nr, const char *name,
                          const char *file)
{
    char *path = machine_option_text(file);

    strlist_add(args, "-chardev");
    strlist_addf(args, "file,id=%s,path=%s", name, path);
    strlist_add(args, "-device");
    strlist_addf(args, "virtserialport,nr=%d,chardev=%s,name=%s", nr, name,
                 name);
    free(path);
}

static void add_channels(const struct machine *m, struct strlist *args)
{
    int nr = 1;    /* of the next port */
    int ports = 1; /* 0 is for a console without a name */

    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (has_channel(m, c) && carrier_of(m, c) == (enum channel)c)
            add_chardev(m, args, c);
    add(args, "-serial", "chardev:com1");
    strlist_add(args, "-device");
    /* Every port costs the kernel two queues at boot. */
    for (int c = 0; c < CHANNEL_COM1; c++)
        ports += has_channel(m, c);
    strlist_addf(args, "%s,max_ports=%d", kinds[m->kind].serial_device,
                 ports + !!m->trace_file + !!m->core_file);
    for (int c = 0; c < CHANNEL_COM1; c++) {
        if (!has_channel(m, c))
            continue;
        strlist_add(args, "-device");
        strlist_addf(args, "virtserialport,nr=%d,chardev=%s,name=%s", nr++,
                     name_of(m, carrier_of(m, c)), name_of(m, c));
    }
    if (m->trace_file)
        add_file_port(args, nr++, "elfin.trace", m->trace_file);
    if (m->core_file)
        add_file_port(args, nr, "elfin.core", m->core_file);
    add(args, "-device", "isa-debug-exit,iobase=0xf4,iosize=4");
}

/* A large machine's memory is not reserved on the host: it may be more than
 * the host has, and the guest touches only what it uses. */
static void add_memory(const struct machine *m, struct strlist *args)
{
    unsigned long long kib = m->memory >> 10;

    strlist_add(args, "-m");
    strlist_addf(args, "%lluK", kib);
    if (m->memory < MEMORY_LARGE)
        return;
    strlist_add(args, "-object");
    strlist_addf(args, "memory-backend-ram,id=ram,size=%lluK,reserve=off", kib);
    add(args, "-machine", "memory-backend=ram");
}

void machine_args(const struct machine *m, struct strlist *args)
{
    strlist_add(args, m->qemu);
    add(args, "-machine", kinds[m->kind].option);
    add(args, "-accel", m->kvm ? "kvm" : "tcg");
    add(args, "-cpu", m->kvm ? "host" : "max");
    add_memory(m, args);
    strlist_add(args, "-nodefaults");
    strlist_add(args, "-no-user-config");
    add(args, "-display", "none");
    strlist_add(args, "-no-reboot");
    add(args, "-kernel", m->kernel);
    add(args, "-initrd", m->initrd);
    add(args, "-append", m->cmdline);
    if (m->kind == MACHINE_MICROVM)
        add(args, "-global", "virtio-mmio.force-legacy=false");
    add_channels(m, args);
    for (size_t i = 0; m->devices && i < m->devices->count; i++)
        strlist_add(args, m->devices->items[i]);
    for (size_t i = 0; m->extra && i < m->extra->count; i++)
        strlist_add(args, m->extra->items[i]);
}

char *machine_find_qemu(void)
{
    const char *path = getenv("ELFIN_QEMU");

    if (path && *path)
        return access(path, X_OK) == 0 ? xstrdup(path) : NULL;
    path = getenv("PATH");
    while (path && *path) {
        size_t n = strcspn(path, ":");
        char *file = xasprintf("%.*s/qemu-system-x86_64", (int)n, path);

        if (access(file, X_OK) == 0)
            return file;
        free(file);
        path += n + (path[n] == ':');
    }
    return NULL;
}

char *machine_find_kernel(void)
{
    static const char *const places[] = {"elfin.elf", "../lib/elfin/elfin.elf",
                                         "../share/elfin/elfin.elf"};
    char self[4096], *dir;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n < 0)
        return NULL;
    self[n] = '\0';
    dir = path_parent(self);
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        char *file = path_join(dir, places[i]);

        if (access(file, R_OK) == 0) {
            free(dir);
            return file;
        }
        free(file);
    }
    free(dir);
    return NULL;
}
