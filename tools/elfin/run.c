// SPDX-License-Identifier: MIT
/*
 * run: boots a machine that runs one program, and behaves like that program.
 */
#include "tools/elfin/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/elfin/accel.h"
#include "tools/elfin/cmdline.h"
#include "tools/elfin/env.h"
#include "tools/elfin/gdb.h"
#include "tools/elfin/machine.h"
#include "tools/elfin/outcome.h"
#include "tools/elfin/postmortem.h"
#include "tools/elfin/relay.h"
#include "tools/elfin/run_options.h"
#include "tools/elfin/tty.h"
#include "tools/elfin/volume.h"

/* Everything about one run, in the order in which it comes to be. */
struct run {
    struct run_opts opts;
    const char *program;
    char **args; /* of the program, without argv[0]; ends with NULL */
    uint64_t timeout_ns, memory, trace_ring;
    enum machine_kind kind;
    struct strlist program_env;
    struct image image;
    char *qemu, *kernel, *initrd;
    int initrd_fd;  /* -1: the initrd is a file of the host */
    char *core;     /* what the machine writes its core to */
    char *gdb_file; /* of gdb's commands, or NULL */
    uint64_t initrd_size;
    struct strlist devices; /* QEMU's arguments for network and volumes */
    struct strbuf cmdline;
    bool kvm;
    bool tty, stderr_apart; /* as in struct machine */
};

/* Where the trace goes is made or emptied now, while it can be said why not. */
static int check_trace(struct run *r)
{
    const struct run_opts *o = &r->opts;
    const char *size = o->trace_ring && *o->trace_ring ? o->trace_ring : "4M";
    int fd;

    if (o->trace_ring && !o->trace_file)
        return fail(STATUS_USAGE,
                    "--trace-ring: no file for it: give --trace-file FILE");
    if (!parse_size(size, &r->trace_ring) || !r->trace_ring)
        return fail(STATUS_USAGE, "--trace-ring=%s: no size: write 512K or 4M",
                    size);
    if (!o->trace_file || o->dry_run)
        return 0;
    fd = open(o->trace_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail(STATUS_FAILED, "--trace-file %s: %s", o->trace_file,
                    strerror(errno));
    close(fd);
    return 0;
}

/* The same for the core; without --core it stays in memory, for a report. */
static int open_core(struct run *r)
{
    const char *file = r->opts.core;
    int fd = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)
                  : memfd_create("elfin-core", 0);

    if (fd < 0)
        return fail(STATUS_FAILED, "--core %s: %s", file ? file : "",
                    strerror(errno));
    r->core = file ? xstrdup(file) : xasprintf("/proc/self/fd/%d", fd);
    if (file)
        close(fd);
    return 0;
}

/* A program that did not die leaves no empty file behind. */
static void close_core(const struct run *r)
{
    struct stat st;

    if (r->opts.core && stat(r->opts.core, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_size == 0)
        unlink(r->opts.core);
}

/* The options that have more to them than a text. */
static int check_options(struct run *r)
{
    const struct run_opts *o = &r->opts;
    char *end;
    int status;

    if (o->enosys && strcmp(o->enosys, "warn") && strcmp(o->enosys, "errno") &&
        strcmp(o->enosys, "trap"))
        return fail(STATUS_USAGE,
                    "--enosys %s: unknown: give warn, errno or trap",
                    o->enosys);
    if (!parse_size(o->memory ? o->memory : "256M", &r->memory))
        return fail(STATUS_USAGE, "--memory %s: no size: write 64M or 2G",
                    o->memory);
    if (r->memory < MIB(16))
        return fail(STATUS_USAGE,
                    "--memory %s: too little to boot: give 16M or more",
                    o->memory);
    if (o->timeout && !parse_seconds(o->timeout, &r->timeout_ns))
        return fail(STATUS_USAGE,
                    "--timeout %s: no number of seconds: write 10 or 0.5",
                    o->timeout);
    if (!machine_parse_kind(o->machine ? o->machine : "auto", &r->kind))
        return fail(STATUS_USAGE,
                    "--machine %s: unknown: give auto, microvm, q35 or pc",
                    o->machine);
    status = check_trace(r);
    if (!status)
        status = network_check(&o->network);
    if (!status)
        status = volume_check(&o->volumes, r->kind);
    if (!status && o->gdb)
        status = gdb_qemu_args(*o->gdb ? o->gdb : GDB_PORT, &r->opts.qemu);
    if (status)
        return status;
    if (o->workdir && *o->workdir != '/')
        return fail(STATUS_USAGE,
                    "--workdir %s: not an absolute path: begin with /",
                    o->workdir);
    if (o->cpus) {
        unsigned long n = strtoul(o->cpus, &end, 10);

        if (*end || !n || *o->cpus == '-')
            return fail(STATUS_USAGE,
                        "--cpus %s: no number of processors: give 1", o->cpus);
        if (n > 1)
            warn("--cpus %s: more than one is not supported yet: using one",
                 o->cpus);
    }
    return env_collect(&r->program_env, &o->env, &o->env_files);
}

static int check_kernel(const char *kernel)
{
    struct mapped_file f;
    int err = file_map(kernel, &f);
    bool is_elf;

    if (err)
        return fail(STATUS_FAILED,
                    "the kernel %s: %s: run make, or give --kernel FILE",
                    kernel, strerror(-err));
    is_elf = f.size > 4 && !memcmp(f.data, "\177ELF", 4);
    file_unmap(&f);
    return is_elf ? 0
                  : fail(STATUS_FAILED,
                         "the kernel %s: is not an ELF file: give an elfin.elf",
                         kernel);
}

static int find_files(struct run *r)
{
    const char *wanted = getenv("ELFIN_QEMU");
    int status;

    r->qemu = machine_find_qemu();
    if (!r->qemu && wanted && *wanted)
        return fail(STATUS_FAILED,
                    "ELFIN_QEMU=%s: is no program: correct it, or unset it",
                    wanted);
    if (!r->qemu)
        return fail(STATUS_FAILED,
                    "qemu-system-x86_64 is not installed: install QEMU (Debian "
                    "and Ubuntu: apt install qemu-system-x86)");
    r->kernel =
        r->opts.kernel ? xstrdup(r->opts.kernel) : machine_find_kernel();
    if (!r->kernel)
        return fail(STATUS_FAILED, "elfin.elf, the kernel, is not beside this "
                                   "command: run make, or give --kernel FILE");
    status = check_kernel(r->kernel);
    return status ? status
                  : accel_choose(r->opts.accel ? r->opts.accel : "auto",
                                 r->qemu, &r->kvm);
}

/* As docker: -t gives a terminal, -i alone does not. Without either, where
 * stdin and stdout are a terminal the program has one too; what its stderr is
 * then is stderr's affair. */
static void choose_tty(struct run *r)
{
    bool ours = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);

    r->tty = r->opts.tty || (ours && !r->opts.interactive);
    r->stderr_apart = r->tty && isatty(STDOUT_FILENO) && !isatty(STDERR_FILENO);
}

static void write_terminal(const struct run *r, struct strbuf *line)
{
    const char *kind = getenv("TERM");
    unsigned rows, cols;
    char *word;

    if (tty_size(&rows, &cols)) {
        word = xasprintf("%ux%u", rows, cols);
        cmdline_add_option(line, "tty", word);
        free(word);
    }
    if (kind && *kind && !env_has(&r->program_env, "TERM")) {
        word = xasprintf("TERM=%s", kind);
        cmdline_add_option(line, "env", word);
        free(word);
    }
}

/* Options and arguments as the kernel reads them; all but the machine's. */
static void write_cmdline(struct run *r, struct strbuf *line)
{
    const struct run_opts *o = &r->opts;
    const char *library_path = getenv("LD_LIBRARY_PATH");

    cmdline_add_option(line, "init", r->image.init);
    if (strcmp(r->program, r->image.init))
        cmdline_add_option(line, "argv0", r->program);
    if (o->workdir)
        cmdline_add_option(line, "cwd", o->workdir);
    if (o->run_as)
        cmdline_add_option(line, "user", o->run_as);
    if (o->hostname)
        cmdline_add_option(line, "hostname", o->hostname);
    if (o->log)
        cmdline_add_option(line, "log", o->log);
    if (o->trace)
        cmdline_add_option(line, "trace", *o->trace ? o->trace : "syscalls");
    if (o->trace_strsize)
        cmdline_add_option(line, "trace-strsize", o->trace_strsize);
    if (o->stats)
        cmdline_add_option(line, "stats", "on");
    if (o->boot_ledger)
        cmdline_add_option(line, "boot-ledger", "on");
    if (o->stub)
        cmdline_add_option(line, "stub", o->stub);
    if (o->enosys)
        cmdline_add_option(line, "enosys", o->enosys);
    if (o->trace_file) {
        char size[24];

        snprintf(size, sizeof(size), "%lluK",
                 (unsigned long long)(r->trace_ring + 1023) >> 10);
        cmdline_add_option(line, "trace-ring", size);
    }
    if (o->core)
        cmdline_add_option(line, "core", "full");
    if (o->doctor)
        cmdline_add_option(line, "doctor", "on");
    if (r->tty)
        write_terminal(r, line);
    for (size_t i = 0; i < r->program_env.count; i++)
        cmdline_add_option(line, "env", r->program_env.items[i]);
    if (r->image.library_path && library_path &&
        !env_has(&r->program_env, "LD_LIBRARY_PATH")) {
        char *word = xasprintf("LD_LIBRARY_PATH=%s", library_path);

        cmdline_add_option(line, "env", word);
        free(word);
    }
    if (*r->args)
        strbuf_puts(line, " --");
    for (char **arg = r->args; *arg; arg++)
        cmdline_add(line, *arg);
}

/* Does --qemu add a device that lies in a place of its own: a virtio-*-device,
 * however it is written? */
static bool adds_device(const struct strlist *qemu)
{
    for (size_t i = 0; i < qemu->count; i++)
        if (strstr(qemu->items[i], "virtio-") &&
            strstr(qemu->items[i], "-device"))
            return true;
    return false;
}

/* Any of those that are left on a microvm. */
static void write_places(struct run *r)
{
    size_t place = MACHINE_PLACE_VOLUMES + r->opts.volumes.count;

    if (r->kind != MACHINE_MICROVM || !adds_device(&r->opts.qemu))
        return;
    if (!network_wanted(&r->opts.network))
        machine_place_cmdline(MACHINE_PLACE_NETWORK, &r->cmdline);
    for (; place < MACHINE_PLACES; place++)
        machine_place_cmdline(place, &r->cmdline);
}

/* The line that QEMU passes on; a text too long for it goes into the root. */
static int prepare_cmdline(struct run *r)
{
    struct strbuf text = {0};
    int status = 0;

    write_cmdline(r, &text);
    network_cmdline(&r->opts.network, r->kind, &r->cmdline);
    volume_cmdline(&r->opts.volumes, r->kind, &r->cmdline);
    write_places(r);
    strbuf_puts(&r->cmdline, machine_cmdline(r->kind));
    if (r->cmdline.len + text.len < CMDLINE_MAX) {
        if (r->cmdline.len)
            strbuf_addc(&r->cmdline, ' ');
        strbuf_add(&r->cmdline, text.data, text.len);
    } else {
        status = image_need_tree(&r->image);
        if (!status &&
            tree_add_text(&r->image.tree, "/.elfin/cmdline", text.data, 0400))
            status = fail(STATUS_FAILED, "the root has a file /.elfin: remove "
                                         "it, the name is Elfin's");
    }
    strbuf_fini(&text);
    return status;
}

static int prepare_initrd(struct run *r)
{
    int status;

    if (r->image.raw) {
        r->initrd = xstrdup(r->image.program);
        r->initrd_size = r->image.raw_size;
    } else if (r->opts.dry_run) {
        r->initrd = xstrdup("elfin-initrd.cpio");
    } else {
        status = image_write_memory(&r->image, &r->initrd_fd, &r->initrd_size);
        if (status)
            return status;
        r->initrd = xasprintf("/proc/self/fd/%d", r->initrd_fd);
    }
    if (r->initrd_size > r->memory - MIB(8))
        return fail(STATUS_FAILED,
                    "the program and its root (%llu MiB) do not fit into %llu "
                    "MiB of memory: give more with --memory",
                    (unsigned long long)(r->initrd_size >> 20) + 1,
                    (unsigned long long)(r->memory >> 20));
    return 0;
}

static struct machine describe_machine(const struct run *r)
{
    return (struct machine){.qemu = r->qemu,
                            .kind = r->kind,
                            .kvm = r->kvm,
                            .memory = r->memory,
                            .kernel = r->kernel,
                            .initrd = r->initrd,
                            .core_file = r->core,
                            .cmdline = r->cmdline.data,
                            .trace_file = r->opts.trace_file,
                            .devices = &r->devices,
                            .tty = r->tty,
                            .stderr_apart = r->stderr_apart,
                            .extra = &r->opts.qemu};
}

static int dry_run(const struct run *r)
{
    struct machine m = describe_machine(r);
    struct strlist args = {0};
    struct strbuf line = {0};

    machine_args(&m, &args);
    for (size_t i = 0; i < args.count; i++) {
        if (i)
            strbuf_addc(&line, ' ');
        shell_quote(&line, args.items[i]);
    }
    puts(line.data);
    if (!r->image.raw)
        warn("%s is made for each run: elfin pack -o %s writes it", r->initrd,
             r->initrd);
    strbuf_fini(&line);
    strlist_fini(&args);
    return 0;
}

static void print_stats(const struct run *r, const struct relay *relay)
{
    const uint64_t times[] = {relay->ready, relay->first_byte, relay->ended};
    static const char *const names[] = {"to the program's start",
                                        "to its first byte", "in all"};

    fprintf(stderr, "elfin: initrd %llu KiB, %s:",
            (unsigned long long)r->initrd_size >> 10, r->kvm ? "KVM" : "TCG");
    for (size_t i = 0; i < ARRAY_SIZE(times); i++)
        if (times[i])
            fprintf(stderr, " %.1f ms %s%s",
                    (double)(times[i] - relay->started) / NSEC_PER_MSEC,
                    names[i], i + 1 < ARRAY_SIZE(times) ? "," : "\n");
}

/* As behind 2>&1, or on a terminal. */
static bool same_file(int a, int b)
{
    struct stat sa, sb;

    return fstat(a, &sa) == 0 && fstat(b, &sb) == 0 && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino && sa.st_rdev == sb.st_rdev;
}

static int boot(struct run *r)
{
    struct machine m = describe_machine(r);
    struct relay *relay = xcalloc(1, sizeof(*relay));
    struct strlist args = {0};
    int status, err = relay_open(relay);

    relay->log.live = (r->opts.log || r->opts.trace || r->opts.stats ||
                       r->opts.boot_ledger) &&
                      !r->opts.log_file;
    relay->log.file = -1;
    relay->log.file_name = r->opts.log_file;
    if (!err && r->opts.log_file) {
        relay->log.file = open(r->opts.log_file,
                               O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (relay->log.file < 0) {
            status = fail(STATUS_FAILED, "--log-file %s: %s", r->opts.log_file,
                          strerror(errno));
            goto end;
        }
    }
    m.channels = relay->machine_end;
    m.joined = !r->tty && same_file(STDOUT_FILENO, STDERR_FILENO);
    relay->tty = r->tty;
    machine_args(&m, &args);
    relay->args = &args;
    relay->timeout_ns = r->timeout_ns;
    relay->publishes = r->opts.network.publish.count;
    if (!err)
        err = relay_run(relay);
    status =
        err ? fail(STATUS_FAILED, "QEMU cannot be started (%s)", strerror(-err))
            : outcome_report(relay, r->program);
    if (!err)
        postmortem_print(&(struct postmortem){.relay = relay,
                                              .image = &r->image,
                                              .core = r->core,
                                              .core_option = r->opts.core,
                                              .doctor = r->opts.doctor});
    if (!err && r->opts.stats)
        print_stats(r, relay);
end:
    if (relay->log.file >= 0)
        close(relay->log.file);
    log_fini(&relay->log);
    doctor_fini(&relay->doctor);
    relay_close(relay);
    strlist_fini(&args);
    free(relay);
    return status;
}

static void run_fini(struct run *r)
{
    close_core(r);
    if (r->gdb_file)
        unlink(r->gdb_file);
    free(r->gdb_file);
    free(r->core);
    image_fini(&r->image);
    if (r->initrd_fd >= 0)
        close(r->initrd_fd);
    free(r->qemu);
    free(r->kernel);
    free(r->initrd);
    strbuf_fini(&r->cmdline);
    strlist_fini(&r->program_env);
    strlist_fini(&r->opts.image.add);
    strlist_fini(&r->opts.env);
    strlist_fini(&r->opts.env_files);
    strlist_fini(&r->opts.qemu);
    strlist_fini(&r->opts.network.publish);
    strlist_fini(&r->opts.volumes);
    strlist_fini(&r->devices);
}

static int run(const struct command *c, int argc, char **argv)
{
    struct run r = {.initrd_fd = -1};
    int status;

    if (!opts_parse(c, &argc, &argv, &r.opts, &status))
        goto end;
    status = STATUS_USAGE;
    if (argc < 1 || !*argv[0]) {
        fail(status, "no program given: elfin run PROGRAM (see elfin run "
                     "--help)");
        goto end;
    }
    r.program = argv[0];
    r.args = argv + 1;
    /* One -- is for those who expect that it is needed. */
    if (*r.args && !strcmp(*r.args, "--"))
        r.args++;
    status = check_options(&r);
    if (!status)
        status = image_prepare(&r.image, &r.opts.image, r.program, true);
    choose_tty(&r);
    if (!status)
        status = find_files(&r);
    if (!status)
        status = prepare_cmdline(&r);
    network_args(&r.opts.network, r.kind, &r.devices);
    volume_args(&r.opts.volumes, r.kind, &r.devices);
    if (!status)
        status = prepare_initrd(&r);
    if (!status && !r.opts.dry_run)
        status = network_try_ports(&r.opts.network);
    if (!status && !r.opts.dry_run)
        status = open_core(&r);
    if (!status && !r.opts.dry_run && r.opts.gdb)
        status = gdb_prepare(*r.opts.gdb ? r.opts.gdb : GDB_PORT, r.kernel,
                             &r.image, &r.gdb_file);
    if (!status)
        status = r.opts.dry_run ? dry_run(&r) : boot(&r);
end:
    run_fini(&r);
    return status;
}

const struct command command_run = {
    .name = "run",
    .synopsis = "[OPTION...] PROGRAM [ARG...]",
    .summary = "Boot a machine that runs PROGRAM, an unmodified Linux program.",
    .notes =
        "Options end at PROGRAM; a -- right behind it is skipped. PROGRAM is "
        "put at its\nown path in the root (a relative path counts from /). A "
        "name without a slash that\nis no file here is looked for in PATH.\n"
        "\n"
        "Exit status: the program's own, or 128 + n when signal n ended it; 2 "
        "for wrong\nusage, 1 when Elfin failed, 124 after --timeout, 126 when "
        "PROGRAM cannot run,\n127 when there is no such file.\n"
        "\n"
        "  elfin run ./hello a b\n"
        "  elfin run python3 -c 'print(6 * 7)'\n"
        "  elfin run --rootfs ./root /bin/sh -c 'ls -l /'\n"
        "  elfin run --trace=%file,!readlink ./hello\n"
        "\n"
        "In a terminal, ^] three times within a second stops the machine. "
        "Signals go to the\nprogram; SIGINT twice within two seconds, and "
        "SIGTERM after ten, stop the machine.\n"
        "\n"
        "--trace writes what strace -f -r -T writes. SET: names of calls, "
        "%file %desc\n%memory %process %signal %network, all, signals, failed "
        "(only calls that fail),\nwith commas between; ! before one takes it "
        "away.\n",
    .opts = run_options,
    .run = run,
};
