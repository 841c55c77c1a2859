// SPDX-License-Identifier: MIT
/*
 * procfs_process: the directory of a process, and of each of its threads, with
 * the files that are not longer than a few lines: proc(5).
 */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/resource.h"
#include "abi/stat.h"
#include "kernel/cred.h"
#include "kernel/kmalloc.h"
#include "kernel/oom.h"
#include "kernel/page.h"
#include "kernel/ring.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"
#include "vfs/mount.h"
#include "vfs/procfs_net.h"
#include "vfs/procfs_priv.h"
#include "vfs/procfs_system.h"

/* --- memory of the process as text --------------------------------------- */

/* The bytes of [start, end) of its memory, as far as they can be had. */
static void put_memory(struct text *t, struct vm_space *s, uintptr_t start,
                       uintptr_t end)
{
    char *buf = kmalloc(PAGE_SIZE);

    if (!buf) {
        t->failed = true;
        return;
    }
    while (start < end && !t->failed) {
        size_t n = MIN(end - start, PAGE_SIZE);
        size_t got = vm_peek(s, start, buf, n);

        text_put(t, buf, got);
        if (got < n)
            break;
        start += n;
    }
    kfree(buf);
}

static int show_cmdline(struct text *t, const struct pseudo_key *k)
{
    struct vm_space *s = procfs_space(k);

    if (!s)
        return procfs_is_there(k) ? 0 : -ESRCH;
    put_memory(t, s, s->arg_start, s->arg_end);
    vm_space_put(s);
    return 0;
}

static int show_environ(struct text *t, const struct pseudo_key *k)
{
    struct vm_space *s = procfs_space(k);

    if (!s)
        return procfs_is_there(k) ? 0 : -ESRCH;
    put_memory(t, s, s->env_start, s->env_end);
    vm_space_put(s);
    return 0;
}

static int show_auxv(struct text *t, const struct pseudo_key *k)
{
    struct vm_space *s = procfs_space(k);

    if (!s)
        return procfs_is_there(k) ? 0 : -ESRCH;
    put_memory(t, s, s->auxv_start, s->auxv_end);
    vm_space_put(s);
    return 0;
}

/* --- names and numbers --------------------------------------------------- */

static int show_comm(struct text *t, const struct pseudo_key *k)
{
    struct procfs_locked l;

    if (!procfs_lock(k, &l))
        return -ESRCH;
    text_printf(t, "%s\n", l.thread ? l.thread->name : l.process->name);
    procfs_unlock(&l);
    return 0;
}

/* A newline at the end belongs to the name, so on Linux. */
static int store_comm(const struct pseudo_key *k, char *text, size_t len)
{
    struct procfs_locked l;
    int err = 0;

    (void)len;
    if (!procfs_lock(k, &l))
        return -ESRCH;
    if (l.process != process_current() || !l.thread)
        err = -EINVAL;
    else
        snprintf(l.thread->name, sizeof(l.thread->name), "%s", text);
    if (!err)
        ring_thread_named(l.thread);
    procfs_unlock(&l);
    return err;
}

static const struct {
    const char *name, *unit;
} limit_names[RLIMIT_COUNT] = {
    [RLIMIT_CPU] = {"Max cpu time", "seconds"},
    [RLIMIT_FSIZE] = {"Max file size", "bytes"},
    [RLIMIT_DATA] = {"Max data size", "bytes"},
    [RLIMIT_STACK] = {"Max stack size", "bytes"},
    [RLIMIT_CORE] = {"Max core file size", "bytes"},
    [RLIMIT_RSS] = {"Max resident set", "bytes"},
    [RLIMIT_NPROC] = {"Max processes", "processes"},
    [RLIMIT_NOFILE] = {"Max open files", "files"},
    [RLIMIT_MEMLOCK] = {"Max locked memory", "bytes"},
    [RLIMIT_AS] = {"Max address space", "bytes"},
    [RLIMIT_LOCKS] = {"Max file locks", "locks"},
    [RLIMIT_SIGPENDING] = {"Max pending signals", "signals"},
    [RLIMIT_MSGQUEUE] = {"Max msgqueue size", "bytes"},
    [RLIMIT_NICE] = {"Max nice priority", ""},
    [RLIMIT_RTPRIO] = {"Max realtime priority", ""},
    [RLIMIT_RTTIME] = {"Max realtime timeout", "us"},
};

static void put_limit(struct text *t, uint64_t value)
{
    if (value == RLIM64_INFINITY)
        text_printf(t, "%-20s ", "unlimited");
    else
        text_printf(t, "%-20llu ", (unsigned long long)value);
}

static int show_limits(struct text *t, const struct pseudo_key *k)
{
    struct rlimit_entry limits[RLIMIT_COUNT];
    struct procfs_locked l;

    if (!procfs_lock(k, &l))
        return -ESRCH;
    memcpy(limits, l.process->limits, sizeof(limits));
    procfs_unlock(&l);
    text_printf(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit",
                "Hard Limit", "Units");
    for (size_t i = 0; i < RLIMIT_COUNT; i++) {
        text_printf(t, "%-25s ", limit_names[i].name);
        put_limit(t, limits[i].soft);
        put_limit(t, limits[i].hard);
        text_printf(t, "%-10s\n", limit_names[i].unit);
    }
    return 0;
}

static int oom_score_adj(const struct pseudo_key *k, int *value)
{
    struct procfs_locked l;

    if (!procfs_lock(k, &l))
        return -ESRCH;
    *value = l.process->oom_score_adj;
    procfs_unlock(&l);
    return 0;
}

static int set_oom_score_adj(const struct pseudo_key *k, int64_t value)
{
    bool may = cred_has(cred_current(), CAP_SYS_RESOURCE);
    struct procfs_locked l;
    int err = 0;

    if (!procfs_lock(k, &l))
        return -ESRCH;
    if (value < l.process->oom_score_adj_min && !may)
        err = -EACCES;
    if (!err)
        l.process->oom_score_adj = (int)value;
    if (!err && may)
        l.process->oom_score_adj_min = (int)value;
    procfs_unlock(&l);
    return err;
}

/* From 0 to 2000, of which 2000 thirds of 1000 are a process without memory:
 * so tells Linux since 5.9 what proc(5) calls the score. */
static int show_oom_score(struct text *t, const struct pseudo_key *k)
{
    struct vm_space *s = procfs_space(k);
    size_t resident = s ? s->resident : 0;
    int64_t fitness, thousandths = 0;
    struct page_stats pages;
    int adj, err = oom_score_adj(k, &adj);

    if (s)
        vm_space_put(s);
    if (err)
        return err;
    page_get_stats(&pages);
    fitness = oom_fitness(resident, adj);
    if (fitness != OOM_NEVER)
        thousandths = 1000 + fitness * 1000 / (int64_t)pages.total;
    text_printf(t, "%ld\n", MAX(thousandths, 0) * 2 / 3);
    return 0;
}

static int show_oom_score_adj(struct text *t, const struct pseudo_key *k)
{
    int value, err = oom_score_adj(k, &value);

    if (!err)
        text_printf(t, "%d\n", value);
    return err;
}

static int store_oom_score_adj(const struct pseudo_key *k, char *text,
                               size_t len)
{
    int64_t value;

    (void)len;
    if (pseudo_parse(text, &value) || value < -1000 || value > 1000)
        return -EINVAL;
    return set_oom_score_adj(k, value);
}

/* The older scale, from -17 to 15 (proc(5)). */
static int show_oom_adj(struct text *t, const struct pseudo_key *k)
{
    int value, err = oom_score_adj(k, &value);

    if (!err)
        text_printf(t, "%d\n", value == 1000 ? 15 : value * 17 / 1000);
    return err;
}

static int store_oom_adj(const struct pseudo_key *k, char *text, size_t len)
{
    int64_t value;

    (void)len;
    if (pseudo_parse(text, &value) || value < -17 || value > 15)
        return -EINVAL;
    return set_oom_score_adj(k, value == 15 ? 1000 : value * 1000 / 17);
}

static int show_personality(struct text *t, const struct pseudo_key *k)
{
    struct procfs_locked l;

    if (!procfs_lock(k, &l))
        return -ESRCH;
    text_printf(t, "%08x\n", l.thread ? l.thread->personality : 0);
    procfs_unlock(&l);
    return 0;
}

/* The processes that the thread made, or got from one that has left. */
static int show_children(struct text *t, const struct pseudo_key *k)
{
    struct process *parent = process_find(k->pid), *child;
    unsigned long irq;

    if (!parent)
        return -ESRCH;
    irq = process_tree_lock();
    list_for_each_entry (child, &parent->children, sibling)
        if (child->maker == k->tid)
            text_printf(t, "%d ", child->pid);
    process_tree_unlock(irq);
    process_put(parent);
    return 0;
}

/* --- what it did --------------------------------------------------------- */

static struct thread_io io_of(const struct procfs_locked *l, bool whole)
{
    struct thread_io io = {0};
    const struct thread *t;

    if (!whole)
        return l->thread ? l->thread->io : io;
    io = l->process->dead_threads_io;
    list_for_each_entry (t, &l->process->threads, process_node)
        thread_io_add(&io, &t->io);
    return io;
}

/* No file lies on a disk, so that nothing is read from one. */
static int show_io(struct text *t, const struct pseudo_key *k)
{
    struct procfs_locked l;
    struct thread_io io;

    if (!procfs_lock(k, &l))
        return -ESRCH;
    io = io_of(&l, k->tid == k->pid);
    procfs_unlock(&l);
    text_printf(t, "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\n",
                io.read_bytes, io.written_bytes, io.reads, io.writes);
    text_puts(t, "read_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
    return 0;
}

/* --- links --------------------------------------------------------------- */

static int show_place(struct text *t, const struct pseudo_key *k, bool root)
{
    struct fs_context *fs = procfs_fs(k);
    struct path_start start;
    char *path;

    if (!fs)
        return -ENOENT;
    path = kmalloc(PATH_MAX);
    if (path) {
        fs_context_start(fs, NULL, &start);
        dentry_describe_locked(root ? start.root : start.base, mount_root(),
                               path, PATH_MAX);
        text_puts(t, path);
        path_start_put(&start);
        kfree(path);
    }
    fs_context_put(fs);
    return path ? 0 : -ENOMEM;
}

static int show_cwd(struct text *t, const struct pseudo_key *k)
{
    return show_place(t, k, false);
}

static int show_root(struct text *t, const struct pseudo_key *k)
{
    return show_place(t, k, true);
}

static int follow_place(const struct pseudo_key *k, struct dentry **to,
                        bool root)
{
    struct fs_context *fs = procfs_fs(k);
    struct path_start start;

    if (!fs)
        return -ENOENT;
    fs_context_start(fs, NULL, &start);
    *to = root ? start.root : start.base;
    dentry_get(*to);
    path_start_put(&start);
    fs_context_put(fs);
    return 0;
}

static int follow_cwd(const struct pseudo_key *k, struct dentry **to)
{
    return follow_place(k, to, false);
}

static int follow_root(const struct pseudo_key *k, struct dentry **to)
{
    return follow_place(k, to, true);
}

static int follow_exe(const struct pseudo_key *k, struct dentry **to)
{
    *to = procfs_exe(k);
    return *to ? 0 : -ENOENT;
}

static int show_exe(struct text *t, const struct pseudo_key *k)
{
    struct dentry *exe;
    char *path;
    int err = follow_exe(k, &exe);

    if (err)
        return err;
    path = kmalloc(PATH_MAX);
    if (path) {
        dentry_describe_locked(exe, mount_root(), path, PATH_MAX);
        text_puts(t, path);
        kfree(path);
    }
    dentry_put(exe);
    return path ? 0 : -ENOMEM;
}

/* --- the tables ---------------------------------------------------------- */

#define TEXT(file, bits, fn)                                    \
    {                                                           \
        .name = (file), .mode = S_IFREG | (bits), .show = (fn), \
    }
#define FIXED(file, bits, text)                                      \
    {                                                                \
        .name = (file), .mode = S_IFREG | (bits), .constant = (text) \
    }
#define MAGIC(file, text, to)                                   \
    {                                                           \
        .name = (file), .mode = S_IFLNK | 0777, .show = (text), \
        .follow = (to),                                         \
    }
#define STORED(file, bits, text, to)                              \
    {                                                             \
        .name = (file), .mode = S_IFREG | (bits), .show = (text), \
        .store = (to),                                            \
    }

/* What a process and each of its threads have. One user namespace maps all
 * ids to themselves (user_namespaces(7)). */
#define COMMON_ENTRIES                                                         \
    TEXT("auxv", 0400, show_auxv), FIXED("cgroup", 0444, "0::/\n"),            \
        TEXT("cmdline", 0444, show_cmdline),                                   \
        STORED("comm", 0644, show_comm,                                        \
               store_comm), /* as kernel/core.c chooses; core(5) */            \
        FIXED("coredump_filter", 0444, "00000033\n"),                          \
        FIXED("cpuset", 0444, "/\n"), MAGIC("cwd", show_cwd, follow_cwd),      \
        TEXT("environ", 0400, show_environ),                                   \
        MAGIC("exe", show_exe, follow_exe),                                    \
        {.name = "fd", .mode = S_IFDIR | 0500, .dir = &procfs_fd_dir},         \
        {.name = "fdinfo", .mode = S_IFDIR | 0555, .dir = &procfs_fdinfo_dir}, \
        FIXED("gid_map", 0444, "         0          0 4294967295\n"),          \
        TEXT("io", 0400, show_io), TEXT("limits", 0444, show_limits),          \
        TEXT("maps", 0444, procfs_show_maps),                                  \
        {.name = "mem", .mode = S_IFREG | 0600, .ops = &procfs_mem_ops},       \
        TEXT("mountinfo", 0444, procfs_show_mountinfo),                        \
        TEXT("mounts", 0444, procfs_show_mounts),                              \
        STORED("oom_adj", 0644, show_oom_adj, store_oom_adj),                  \
        TEXT("oom_score", 0444, show_oom_score),                               \
        STORED("oom_score_adj", 0644, show_oom_score_adj,                      \
               store_oom_score_adj),                                           \
        TEXT("personality", 0400, show_personality),                           \
        MAGIC("root", show_root, follow_root),                                 \
        FIXED("setgroups", 0444, "allow\n"),                                   \
        TEXT("smaps", 0444, procfs_show_smaps),                                \
        TEXT("smaps_rollup", 0444, procfs_show_smaps_rollup),                  \
        TEXT("stat", 0444, procfs_show_stat),                                  \
        TEXT("statm", 0444, procfs_show_statm),                                \
        TEXT("status", 0444, procfs_show_status),                              \
        FIXED("uid_map", 0444, "         0          0 4294967295\n"),          \
        FIXED("wchan", 0444, "0")

static const struct pseudo_entry thread_entries[] = {
    COMMON_ENTRIES,
    TEXT("children", 0444, show_children),
};

static const struct pseudo_dir thread_dir = PSEUDO_DIR(thread_entries);

static const struct pseudo_entry thread_entry = {
    .name = "",
    .mode = S_IFDIR | 0555,
    .dir = &thread_dir,
};

static const struct pseudo_dir task_dir = {
    .child = &thread_entry,
    .number = PSEUDO_TID,
    .next = procfs_next_thread,
};

static const struct pseudo_entry process_entries[] = {
    COMMON_ENTRIES,
    {.name = "net", .mode = S_IFDIR | 0555, .dir = &procfs_net_dir},
    {.name = "task", .mode = S_IFDIR | 0555, .dir = &task_dir},
};

const struct pseudo_dir procfs_process_dir = PSEUDO_DIR(process_entries);
