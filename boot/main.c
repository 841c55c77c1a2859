// SPDX-License-Identifier: MIT
/*
 * main: brings the machine up in the order in which parts need each other,
 * then hands over to the program. The only file that knows everyone.
 *
 * boot_main runs on the boot stack, which becomes the idle thread's; all that
 * may sleep runs in the first kernel thread, boot_thread.
 */
#include "abi/errno.h"
#include "abi/ioctl.h"
#include "boot/cmdline.h"
#include "boot/ledger.h"
#include "boot/memory.h"
#include "boot/options.h"
#include "boot/program.h"
#include "boot/pvh.h"
#include "drivers/drivers.h"
#include "kernel/acpi.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/fail.h"
#include "kernel/irq.h"
#include "kernel/kmalloc.h"
#include "kernel/memlayout.h"
#include "kernel/oom.h"
#include "kernel/panic.h"
#include "kernel/random.h"
#include "kernel/ring_dump.h"
#include "kernel/sched.h"
#include "kernel/selftest.h"
#include "kernel/system.h"
#include "kernel/thread.h"
#include "kernel/timer.h"
#include "kernel/trap.h"
#include "kernel/vdso.h"
#include "lib/string.h"
#include "net/kern/net.h"
#include "shim/shim.h"
#include "shim/trace.h"
#include "vfs/console.h"
#include "vfs/console_terminal.h"
#include "vfs/exe.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"
#include "vfs/mount.h"
#include "vfs/p9_fs.h"
#include "vfs/sem.h"
#include "vfs/tty.h"
#include "vfs/vfs.h"

#define LOG_TAG "boot"
#include "kernel/log.h"

#define LINE_MAX 65536

noreturn void boot_main(uintptr_t start_info);

static struct boot_options options;
static struct initrd initrd;
static const char *line = ""; /* the command line as the loader gave it */
static size_t line_len;
static paddr_t rsdp;

static void note_exit(struct thread *t)
{
    if (shim_active & SHIM_TRACE)
        trace_thread_exit(t);
}

static void note_signal(const struct abi_siginfo *info)
{
    if (shim_active & SHIM_TRACE)
        trace_signal(info);
}

/* Nothing runs any more: what it wrote must not be lost. */
static void end_program(void)
{
    net_end();
    mount_sync_all();
    console_flush();
}

static void note_process_end(struct process *p)
{
    tty_process_ended(p);
    sem_process_ended(p);
}

static const struct thread_ops vfs_thread_ops = {
    .release_files = fd_table_put,
    .release_fs = fs_context_put,
    .get_exe = exe_get,
    .release_exe = exe_put,
    .exiting = note_exit,
    .process_ended = note_process_end,
    .program_ended = end_program,
};

static const struct trap_ops shim_trap_ops = {
    .describe_call = shim_describe_call,
    .signal_taken = note_signal,
};

/* What the loader says, from memory that only the first page tables reach. */
static void read_start_info(const struct pvh_start_info *info,
                            struct memory_map *map)
{
    const struct pvh_memmap_entry *e = phys_to_virt(info->memmap);
    const struct pvh_module *module = phys_to_virt(info->modlist);

    if (info->magic != PVH_MAGIC || info->version < 1)
        panic("not booted through PVH with a memory map: use QEMU's -kernel");
    for (uint32_t i = 0; i < info->memmap_entries; i++)
        if (e[i].type == PVH_MEMMAP_RAM)
            memory_map_add(map, e[i].start, e[i].start + e[i].size);
    if (info->nr_modules > 0 && module->size > 0) {
        map->initrd =
            (struct page_range){module->start, module->start + module->size};
        initrd.data = phys_to_virt(module->start);
        initrd.size = module->size;
    }
    if (info->cmdline) {
        line = phys_to_virt(info->cmdline);
        line_len = strnlen(line, LINE_MAX);
    }
    rsdp = info->rsdp;
}

static void parse_line(void)
{
    char *copy = kstrndup(line, line_len);

    line = kstrndup(line, line_len);
    cmdline_init(&options);
    if (!copy || !line || cmdline_parse(&options, copy, line_len) < 0)
        panic("no memory for the command line");
    system_info.command_line = line;
    options_apply(&options);
    fail_alloc_in = options.fail_alloc;
}

/* The devices that the command line names. */
static void configure_drivers(struct drivers_config *config)
{
    static const enum drivers_console console[] = {
        [BOOT_CONSOLE_AUTO] = DRIVERS_CONSOLE_AUTO,
        [BOOT_CONSOLE_SERIAL] = DRIVERS_CONSOLE_SERIAL,
        [BOOT_CONSOLE_VIRTIO] = DRIVERS_CONSOLE_VIRTIO,
    };
    size_t n = options.virtio_mmio_count;
    struct virtio_mmio_slot *slots = kzalloc((n + 1) * sizeof(*slots));

    if (!slots)
        panic("no memory for the list of devices");
    for (size_t i = 0; i < n; i++)
        slots[i] = (struct virtio_mmio_slot){
            .addr = options.virtio_mmio[i].base,
            .size = options.virtio_mmio[i].size,
            .irq = options.virtio_mmio[i].irq,
        };
    config->slots = slots;
    config->slot_count = n;
    config->console = console[options.console];
}

/* tty=: unless it is off, a console that can be a terminal is one. */
static void make_terminal(void)
{
    const struct abi_winsize size = {.ws_row = options.tty_rows,
                                     .ws_col = options.tty_cols};

    if (options.tty && console_terminal_start(&size) < 0)
        log_error("no memory for a terminal: the streams are plain");
}

/* selftest=NAME: a fault instead of the program. */
static void run_selftest(void)
{
    switch (selftest_fault(options.selftest)) {
    case -EOPNOTSUPP:
        log_error("selftest=%s: this CPU model lacks the protection",
                  options.selftest);
        break;
    default:
        log_error("selftest=%s: not one of %s", options.selftest,
                  selftest_names());
        break;
    }
}

static void boot_thread(void *arg)
{
    struct drivers_config config;

    (void)arg;
    ledger_note("threads");
    if (vfs_init() < 0 || mount_views() < 0)
        panic("no memory for the root file system");
    ledger_note("file systems");
    if (net_init() < 0)
        panic("no memory for the network stack");
    ledger_note("network stack");
    timer_start(); /* by now its counter has run for a while */
    ledger_note("timer");
    configure_drivers(&config);
    ring_dump_register();
    drivers_init(&config);
    make_terminal();
    ledger_note("devices");
    if (options.selftest)
        run_selftest();
    net_configure(
        &(struct net_config){options.ip, options.gw, options.dns, options.ip6});
    ledger_note("network interfaces");
    program_start(&options, line, line_len, &initrd);
}

noreturn void boot_main(uintptr_t start_info)
{
    static struct memory_map map;
    const char *problem;
    struct thread *boot;

    ledger_begin();
    cpu_detect();
    cpu_enable();
    clock_start();
    drivers_early_init();
    trap_init();
    ledger_note("processor, console, traps");
    read_start_info(phys_to_virt(start_info), &map);
    problem = memory_init(&map);
    if (problem)
        panic("%s", problem);
    ledger_note("memory");
    parse_line();
    ledger_note("command line");
    acpi_init(rsdp);
    irq_init();
    ledger_note("ACPI, interrupts");
    clock_init();
    ledger_note("clock");
    random_init();
    cpu_this()->stack_canary = random_u64(); /* this function never returns */
    ledger_note("random numbers");
    sched_init();
    vdso_init(shim_vdso_start, shim_vdso_end);
    shim_init();
    thread_ops = &vfs_thread_ops;
    oom_reclaim = p9_fs_reclaim;
    trap_ops = &shim_trap_ops;
    boot = thread_create_kernel("boot", boot_thread, NULL);
    if (!boot)
        panic("no memory for the first thread");
    sched_add(boot);
    sched_idle();
}
