// SPDX-License-Identifier: MIT
/*
 * procfs_sysctl: /proc/sys: values that hold here. One that can be changed
 * has a store; the others are read-only, whoever asks.
 */
#include "abi/errno.h"
#include "abi/ipc.h"
#include "abi/limits.h"
#include "abi/stat.h"
#include "kernel/kmalloc.h"
#include "kernel/random.h"
#include "kernel/sched.h"
#include "kernel/system.h"
#include "kernel/thread.h"
#include "lib/printf.h"
#include "vfs/aio.h"
#include "vfs/fd.h"
#include "vfs/procfs_net.h"
#include "vfs/procfs_priv.h"

#define DIGITS(n) #n
#define NUMBER(n) DIGITS(n)
#define FIXED(file, text)                                          \
    {                                                              \
        .name = (file), .mode = S_IFREG | 0444, .constant = (text) \
    }
#define TEXT(file, fn)                                        \
    {                                                         \
        .name = (file), .mode = S_IFREG | 0444, .show = (fn), \
    }
#define DIR(file, table)                                        \
    {                                                           \
        .name = (file), .mode = S_IFDIR | 0555, .dir = &(table) \
    }

/* --- kernel -------------------------------------------------------------- */

static int show_name(struct text *t, const char *name)
{
    text_printf(t, "%s\n", name);
    return 0;
}

static int show_hostname(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    return show_name(t, system_info.hostname);
}

static int show_domainname(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    return show_name(t, system_info.domainname);
}

/* A line of text, shortened to what uname(2) can tell. */
static int store_name(char *name, char *text)
{
    size_t len = 0;

    while (text[len] && text[len] != '\n')
        len++;
    text[len] = '\0';
    snprintf(name, SYSTEM_NAME_SIZE, "%s", text);
    return 0;
}

static int store_hostname(const struct pseudo_key *k, char *text, size_t len)
{
    (void)k;
    (void)len;
    return store_name(system_info.hostname, text);
}

static int store_domainname(const struct pseudo_key *k, char *text, size_t len)
{
    (void)k;
    (void)len;
    return store_name(system_info.domainname, text);
}

static int show_uuid(struct text *t, const struct pseudo_key *k)
{
    char uuid[SYSTEM_UUID_SIZE];

    (void)k;
    system_make_uuid(uuid);
    return show_name(t, uuid);
}

static int show_boot_id(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    if (!system_info.boot_id[0])
        system_make_uuid(system_info.boot_id);
    return show_name(t, system_info.boot_id);
}

static const struct pseudo_entry random_entries[] = {
    {.name = "boot_id", .mode = S_IFREG | 0444, .show = show_boot_id},
    FIXED("entropy_avail", "256\n"),
    FIXED("poolsize", "256\n"),
    {.name = "uuid", .mode = S_IFREG | 0444, .show = show_uuid},
};
static const struct pseudo_dir random_dir = PSEUDO_DIR(random_entries);

static int show_threads_max(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_printf(t, "%u\n", thread_total_max());
    return 0;
}

static int show_timeslice(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_printf(t, "%u\n", (unsigned)(SCHED_SLICE_RR_NS / NSEC_PER_MSEC));
    return 0;
}

static int show_shm_bytes(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_printf(t, "%llu\n", (unsigned long long)SHMMAX);
    return 0;
}

static_assert(SEMMSL * SEMMNI == 1024000000, "kernel.sem");

static const struct pseudo_entry kernel_entries[] = {
    FIXED("cap_last_cap", "40\n"),
    FIXED("core_pattern", "\n"),
    FIXED("core_uses_pid", "0\n"),
    {.name = "domainname",
     .mode = S_IFREG | 0644,
     .show = show_domainname,
     .store = store_domainname},
    {.name = "hostname",
     .mode = S_IFREG | 0644,
     .show = show_hostname,
     .store = store_hostname},
    FIXED("msgmax", NUMBER(MSGMAX) "\n"),
    FIXED("msgmnb", NUMBER(MSGMNB) "\n"),
    FIXED("msgmni", NUMBER(MSGMNI) "\n"),
    FIXED("ngroups_max", "65536\n"),
    FIXED("numa_balancing", "0\n"),
    FIXED("osrelease", SYSTEM_RELEASE "\n"),
    FIXED("ostype", "Linux\n"),
    FIXED("overflowgid", "65534\n"),
    FIXED("overflowuid", "65534\n"),
    FIXED("perf_event_paranoid", "4\n"),
    FIXED("pid_max", "32768\n"),
    DIR("random", random_dir),
    FIXED("randomize_va_space", "2\n"),
    TEXT("sched_rr_timeslice_ms", show_timeslice),
    FIXED("sched_rt_runtime_us", "-1\n"), /* all of the time */
    FIXED("sem", NUMBER(SEMMSL) "\t1024000000\t" NUMBER(SEMOPM) "\t" NUMBER(
                     SEMMNI) "\n"),
    TEXT("shmall", show_shm_bytes),
    TEXT("shmmax", show_shm_bytes),
    FIXED("shmmni", NUMBER(SHMMNI) "\n"),
    TEXT("threads-max", show_threads_max),
    FIXED("version", SYSTEM_VERSION "\n"),
};
static const struct pseudo_dir kernel_dir = PSEUDO_DIR(kernel_entries);

/* --- vm, fs ------------------------------------------------------------ */

static const struct pseudo_entry vm_entries[] = {
    FIXED("max_map_count", "65530\n"), FIXED("mmap_min_addr", "65536\n"),
    FIXED("nr_hugepages", "0\n"),      FIXED("overcommit_memory", "0\n"),
    FIXED("overcommit_ratio", "50\n"), FIXED("panic_on_oom", "0\n"),
    FIXED("swappiness", "0\n"),        FIXED("zone_reclaim_mode", "0\n"),
};
static const struct pseudo_dir vm_dir = PSEUDO_DIR(vm_entries);

static const struct pseudo_entry inotify_entries[] = {
    FIXED("max_queued_events", "16384\n"),
    FIXED("max_user_instances", "1048576\n"),
    FIXED("max_user_watches", "1048576\n"),
};
static const struct pseudo_dir inotify_dir = PSEUDO_DIR(inotify_entries);

static int show_aio_nr(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_printf(t, "%u\n", aio_total());
    return 0;
}

static const struct pseudo_entry fs_entries[] = {
    FIXED("aio-max-nr", NUMBER(AIO_TOTAL_MAX) "\n"),
    TEXT("aio-nr", show_aio_nr),
    FIXED("file-max", "9223372036854775807\n"),
    DIR("inotify", inotify_dir),
    FIXED("leases-enable", "0\n"),
    FIXED("nr_open", "1048576\n"),
    FIXED("overflowgid", "65534\n"),
    FIXED("overflowuid", "65534\n"),
    FIXED("pipe-max-size", "1048576\n"),
    FIXED("protected_fifos", "0\n"),
    FIXED("protected_hardlinks", "0\n"),
    FIXED("protected_regular", "0\n"),
    FIXED("protected_symlinks", "0\n"),
    FIXED("suid_dumpable", "0\n"),
};
static const struct pseudo_dir fs_dir = PSEUDO_DIR(fs_entries);

static const struct pseudo_entry sys_entries[] = {
    DIR("fs", fs_dir),
    DIR("kernel", kernel_dir),
    DIR("net", procfs_sys_net_dir),
    DIR("vm", vm_dir),
};
const struct pseudo_dir procfs_sys_dir = PSEUDO_DIR(sys_entries);

static_assert(FD_TABLE_MAX == 1048576, "fs.nr_open");
