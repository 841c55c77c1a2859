// SPDX-License-Identifier: MIT
/* procfs: the top directory, and who its numbers mean. */
#include "vfs/procfs.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "abi/statfs.h"
#include "kernel/cred.h"
#include "kernel/system.h"
#include "vfs/fs_context.h"
#include "vfs/procfs_priv.h"
#include "vfs/procfs_system.h"

static int show_self(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    if (!process_current())
        return -ENOENT;
    text_printf(t, "%d", process_current()->pid);
    return 0;
}

static int show_thread_self(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    if (!process_current())
        return -ENOENT;
    text_printf(t, "%d/task/%d", process_current()->pid, thread_current()->tid);
    return 0;
}

#define TEXT(file, fn)                                        \
    {                                                         \
        .name = (file), .mode = S_IFREG | 0444, .show = (fn), \
    }
#define LINK(file, to)                                            \
    {                                                             \
        .name = (file), .mode = S_IFLNK | 0777, .constant = (to), \
    }

static const struct pseudo_entry entries[] = {
    {.name = "cgroups",
     .mode = S_IFREG | 0444,
     .constant = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"},
    TEXT("cmdline", procfs_show_cmdline),
    TEXT("cpuinfo", procfs_show_cpuinfo),
    TEXT("devices", procfs_show_devices),
    TEXT("diskstats", procfs_show_nothing),
    TEXT("filesystems", procfs_show_filesystems),
    TEXT("interrupts", procfs_show_interrupts),
    TEXT("loadavg", procfs_show_loadavg),
    TEXT("locks", procfs_show_locks),
    TEXT("meminfo", procfs_show_meminfo),
    TEXT("modules", procfs_show_nothing),
    LINK("mounts", "self/mounts"),
    {.name = "net", .mode = S_IFLNK | 0777, .constant = "self/net"},
    TEXT("partitions", procfs_show_partitions),
    {.name = "self", .mode = S_IFLNK | 0777, .show = show_self},
    TEXT("stat", procfs_show_system_stat),
    TEXT("swaps", procfs_show_swaps),
    {.name = "sys", .mode = S_IFDIR | 0555, .dir = &procfs_sys_dir},
    {.name = "thread-self", .mode = S_IFLNK | 0777, .show = show_thread_self},
    TEXT("uptime", procfs_show_uptime),
    TEXT("version", procfs_show_version),
    TEXT("vmstat", procfs_show_vmstat),
};

static const struct pseudo_entry process_entry = {
    .name = "",
    .mode = S_IFDIR | 0555,
    .dir = &procfs_process_dir,
};

static const struct pseudo_dir root_dir = {
    .entries = entries,
    .count = ARRAY_SIZE(entries),
    .child = &process_entry,
    .number = PSEUDO_PID,
    .next = procfs_next_process,
};

static const struct pseudo_entry root_entry = {
    .mode = S_IFDIR | 0555,
    .dir = &root_dir,
};

/* proc(5): the effective ids, or root for one that is not to be looked into. */
static void owner(const struct pseudo_key *k, uint32_t *uid, uint32_t *gid)
{
    struct procfs_locked l;

    if (!procfs_lock(k, &l))
        return;
    if (l.process->dumpable) {
        *uid = l.process->cred->euid;
        *gid = l.process->cred->egid;
    }
    procfs_unlock(&l);
}

struct dentry *procfs_create_root(void)
{
    static struct superblock sb;
    struct dentry *root;
    struct vnode *v;

    pseudo_owner = owner;
    if (pseudo_create(&sb, "proc", PROC_SUPER_MAGIC, &root_entry, &v))
        return NULL;
    root = dentry_create_root(v);
    vnode_put(v);
    return root;
}
