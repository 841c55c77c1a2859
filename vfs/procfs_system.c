// SPDX-License-Identifier: MIT
/* procfs_system: memory, time and what the kernel has: proc(5). */
#include "vfs/procfs_system.h"

#include "abi/errno.h"
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "kernel/load.h"
#include "kernel/page.h"
#include "kernel/sched.h"
#include "kernel/system.h"
#include "kernel/vm.h"
#include "vfs/lock.h"
#include "vfs/mount.h"
#include "vfs/p9_fs.h"
#include "vfs/procfs_priv.h"
#include "vfs/ramfs.h"

int procfs_show_nothing(struct text *t, const struct pseudo_key *k)
{
    (void)t;
    (void)k;
    return 0;
}

/* --- memory -------------------------------------------------------------- */

static void put_kib(struct text *t, const char *name, size_t pages)
{
    text_printf(t, "%-15s %8lu kB\n", name, pages * (PAGE_SIZE / 1024));
}

/* Files in memory cannot be had back, those of the host can. What programs and
 * the kernel use is not told apart. */
int procfs_show_meminfo(struct text *t, const struct pseudo_key *k)
{
    static const char *const zeros[] = {
        "Buffers:",   "SwapCached:", "Active:",       "Inactive:",
        "SwapTotal:", "SwapFree:",   "Writeback:",    "AnonPages:",
        "Mapped:",    "Slab:",       "SReclaimable:", "SUnreclaim:"};
    struct p9_cached host = p9_fs_cached();
    size_t files = ramfs_total_pages();
    struct page_stats pages;

    (void)k;
    page_get_stats(&pages);
    put_kib(t, "MemTotal:", pages.total);
    put_kib(t, "MemFree:", pages.free);
    put_kib(t, "MemAvailable:", pages.free + host.pages - host.dirty);
    put_kib(t, "Cached:", files + host.pages);
    put_kib(t, "Shmem:", files);
    put_kib(t, "Dirty:", host.dirty);
    for (size_t i = 0; i < ARRAY_SIZE(zeros); i++)
        put_kib(t, zeros[i], 0);
    put_kib(t, "CommitLimit:", pages.total);
    put_kib(t, "Committed_AS:", pages.total - pages.free);
    put_kib(t, "AnonHugePages:", vm_large_stats.mapped * 512);
    text_puts(t, "VmallocTotal:   34359738367 kB\n"
                 "HugePages_Total:       0\n"
                 "HugePages_Free:        0\n"
                 "HugePages_Rsvd:        0\n"
                 "HugePages_Surp:        0\n"
                 "Hugepagesize:       2048 kB\n"
                 "Hugetlb:               0 kB\n");
    return 0;
}

int procfs_show_vmstat(struct text *t, const struct pseudo_key *k)
{
    struct page_stats pages;

    (void)k;
    page_get_stats(&pages);
    text_printf(t,
                "nr_free_pages %lu\n"
                "pgfault %lu\n"
                "pgmajfault 0\n"
                "pswpin 0\n"
                "pswpout 0\n"
                "oom_kill 0\n",
                pages.free, cpu_this()->page_faults);
    return 0;
}

int procfs_show_swaps(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    return 0;
}

/* --- time ---------------------------------------------------------------- */

static uint64_t idle_ns(void)
{
    return sched_cpu_time(cpu_this()->idle);
}

static void put_seconds(struct text *t, uint64_t ns, const char *end)
{
    text_printf(t, "%llu.%02u%s", (unsigned long long)(ns / NSEC_PER_SEC),
                (unsigned)(ns % NSEC_PER_SEC / (NSEC_PER_SEC / 100)), end);
}

int procfs_show_uptime(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    put_seconds(t, clock_monotonic_ns(), " ");
    put_seconds(t, idle_ns(), "\n");
    return 0;
}

struct counts {
    unsigned processes, threads, running;
    int last;
};

static void count_threads(struct counts *c)
{
    const struct pseudo_key none = {0};

    *c = (struct counts){0};
    for (unsigned pid = 1; procfs_next_process(&none, &pid); pid++) {
        const struct pseudo_key k = {.pid = (int)pid};

        c->processes++;
        for (unsigned tid = 1; procfs_next_thread(&k, &tid); tid++) {
            const struct pseudo_key in = {.pid = k.pid, .tid = (int)tid};
            struct procfs_locked l;

            c->threads++;
            c->last = MAX(c->last, (int)tid);
            if (!procfs_lock(&in, &l))
                continue;
            c->running += l.thread && l.thread->state == THREAD_RUNNABLE;
            procfs_unlock(&l);
        }
    }
}

int procfs_show_loadavg(struct text *t, const struct pseudo_key *k)
{
    uint64_t averages[3];
    struct counts c;

    (void)k;
    load_get(clock_monotonic_ns(), idle_ns(), averages);
    count_threads(&c);
    for (int i = 0; i < 3; i++) {
        uint64_t hundredths = (averages[i] * 100 + 32768) >> LOAD_SHIFT;

        text_printf(t, "%u.%02u ", (unsigned)(hundredths / 100),
                    (unsigned)(hundredths % 100));
    }
    text_printf(t, "%u/%u %d\n", c.running, c.threads, c.last);
    return 0;
}

int procfs_show_system_stat(struct text *t, const struct pseudo_key *k)
{
    struct cpu_times busy = sched_machine_times();
    struct counts c;

    (void)k;
    count_threads(&c);
    for (int i = 0; i < 2; i++)
        text_printf(t, "%s %llu 0 %llu %llu 0 0 0 0 0 0\n", i ? "cpu0" : "cpu ",
                    (unsigned long long)(busy.user_ns / PROCFS_TICK_NS),
                    (unsigned long long)(busy.system_ns / PROCFS_TICK_NS),
                    (unsigned long long)(idle_ns() / PROCFS_TICK_NS));
    text_printf(
        t,
        "intr %lu\n"
        "ctxt %lu\n"
        "btime %llu\n"
        "processes %d\n"
        "procs_running %u\n"
        "procs_blocked 0\n",
        cpu_this()->irqs, cpu_this()->switches,
        (unsigned long long)((clock_realtime_ns() - clock_monotonic_ns()) /
                             NSEC_PER_SEC),
        c.last, c.running);
    return 0;
}

/* Not told apart by source. */
int procfs_show_interrupts(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_printf(t,
                "           CPU0       \n"
                "INT: %10lu   All interrupts\n",
                cpu_this()->irqs);
    return 0;
}

/* --- names --------------------------------------------------------------- */

int procfs_show_version(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t,
              "Linux version " SYSTEM_RELEASE " (elfin) " SYSTEM_VERSION "\n");
    return 0;
}

int procfs_show_cmdline(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_printf(t, "%s\n", system_info.command_line);
    return 0;
}

int procfs_show_filesystems(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    for (size_t i = 0; mount_types[i].name; i++)
        text_printf(t, "%s\t%s\n", mount_types[i].keeps_data ? "" : "nodev",
                    mount_types[i].name);
    return 0;
}

int procfs_show_devices(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t, "Character devices:\n"
                 "  1 mem\n"
                 "  5 /dev/tty\n"
                 "  5 /dev/console\n"
                 "\nBlock devices:\n");
    return 0;
}

int procfs_show_locks(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    lock_show_all(t);
    return 0;
}

int procfs_show_partitions(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_puts(t, "major minor  #blocks  name\n\n");
    return 0;
}
