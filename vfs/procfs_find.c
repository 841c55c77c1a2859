// SPDX-License-Identifier: MIT
/* procfs_find: from the numbers in a path to processes and their parts. */
#include "kernel/vm.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"
#include "vfs/procfs_priv.h"

/* The thread with tid; of the process itself the first that is left. */
static struct thread *find_thread(struct process *p, const struct pseudo_key *k)
{
    struct thread *t, *first = NULL;

    list_for_each_entry (t, &p->threads, process_node) {
        if (t->tid == k->tid)
            return t;
        if (!first)
            first = t;
    }
    return k->tid == k->pid ? first : NULL;
}

bool procfs_lock(const struct pseudo_key *k, struct procfs_locked *l)
{
    l->process = process_find(k->pid);
    if (!l->process)
        return false;
    l->irq = spin_lock(&l->process->lock);
    l->thread = find_thread(l->process, k);
    if (l->thread || k->tid == k->pid)
        return true;
    procfs_unlock(l);
    return false;
}

void procfs_unlock(struct procfs_locked *l)
{
    spin_unlock(&l->process->lock, l->irq);
    process_put(l->process);
}

bool procfs_is_there(const struct pseudo_key *k)
{
    struct procfs_locked l;

    if (!procfs_lock(k, &l))
        return false;
    procfs_unlock(&l);
    return true;
}

struct vm_space *procfs_space(const struct pseudo_key *k)
{
    struct procfs_locked l;
    struct vm_space *s;

    if (!procfs_lock(k, &l))
        return NULL;
    s = l.process->space;
    if (s && !vm_space_try_get(s))
        s = NULL;
    procfs_unlock(&l);
    return s;
}

struct fd_table *procfs_files(const struct pseudo_key *k)
{
    struct fd_table *files = NULL;
    struct procfs_locked l;

    if (!procfs_lock(k, &l))
        return NULL;
    if (l.thread)
        files = l.thread->files;
    if (files)
        fd_table_get(files);
    procfs_unlock(&l);
    return files;
}

struct fs_context *procfs_fs(const struct pseudo_key *k)
{
    struct fs_context *fs = NULL;
    struct procfs_locked l;

    if (!procfs_lock(k, &l))
        return NULL;
    if (l.thread)
        fs = l.thread->fs;
    if (fs)
        fs_context_get(fs);
    procfs_unlock(&l);
    return fs;
}

struct dentry *procfs_exe(const struct pseudo_key *k)
{
    struct procfs_locked l;
    struct dentry *exe;

    if (!procfs_lock(k, &l))
        return NULL;
    exe = l.process->exe;
    if (exe)
        dentry_get(exe);
    procfs_unlock(&l);
    return exe;
}

bool procfs_next_process(const struct pseudo_key *k, unsigned *n)
{
    struct process *p = process_next((int)MIN(*n, (unsigned)INT32_MAX));

    (void)k;
    if (!p)
        return false;
    *n = (unsigned)p->pid;
    process_put(p);
    return true;
}

bool procfs_next_thread(const struct pseudo_key *k, unsigned *n)
{
    const struct pseudo_key process = {.pid = k->pid, .tid = k->pid};
    unsigned best = UINT32_MAX;
    struct procfs_locked l;
    struct thread *t;

    if (!procfs_lock(&process, &l))
        return false;
    list_for_each_entry (t, &l.process->threads, process_node)
        if ((unsigned)t->tid >= *n && (unsigned)t->tid < best)
            best = (unsigned)t->tid;
    if (!l.thread && *n <= (unsigned)k->pid)
        best = (unsigned)k->pid; /* a zombie's */
    procfs_unlock(&l);
    if (best != UINT32_MAX)
        *n = best;
    return best != UINT32_MAX;
}
