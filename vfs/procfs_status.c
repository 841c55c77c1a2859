// SPDX-License-Identifier: MIT
/* procfs_status: stat, statm and status of a process or thread: proc(5). */
#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/signal.h"
#include "kernel/cred.h"
#include "kernel/sched.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "vfs/fd.h"
#include "vfs/fs_context.h"
#include "vfs/procfs_priv.h"

/* What these files show, gathered before anything sleeps. */
struct facts {
    int pid, ppid, group, session;
    char state;
    unsigned threads;
    struct cpu_times cpu, children_cpu;
    uint64_t start_ns;
    uint64_t pending, shared_pending, blocked, ignored, caught;
    uint64_t rss_limit;
    uint64_t queue_limit;
    struct thread_counts counts, children;
    struct sched_policy sched;
    int exit_signal;
    const struct cred *cred; /* a reference */
    struct dentry *exe;      /* a reference, or NULL */
    char name[THREAD_NAME_SIZE];
};

static const char *state_name(char state)
{
    switch (state) {
    case 'R':
        return "R (running)";
    case 'S':
        return "S (sleeping)";
    case 'T':
        return "T (stopped)";
    case 'Z':
        return "Z (zombie)";
    default:
        return "X (dead)";
    }
}

static void gather_signals(struct facts *f, const struct process *p,
                           const struct thread *t)
{
    f->shared_pending = p->pending.mask;
    if (t) {
        f->pending = t->pending.mask;
        f->blocked = t->signal_mask;
    }
    for (unsigned i = 0; i < ABI_NSIG && p->actions; i++) {
        uint64_t handler = p->actions->action[i].sa_handler;

        if (handler == ABI_SIG_IGN)
            f->ignored |= 1ull << i;
        else if (handler != ABI_SIG_DFL)
            f->caught |= 1ull << i;
    }
}

static char state_of(const struct process *p, const struct thread *t)
{
    if (!t)
        return p->state == PROCESS_ZOMBIE ? 'Z' : 'X';
    if (t->stopped)
        return 'T';
    return t->state == THREAD_RUNNABLE ? 'R' : 'S';
}

/* Places in the tree of processes, which a lock of its own covers. */
static void gather_relatives(struct facts *f, const struct pseudo_key *k)
{
    struct process *p = process_find(k->pid);

    if (!p)
        return;
    f->ppid = process_parent_id(p);
    f->group = process_group_id(p);
    f->session = process_session_id(p);
    process_put(p);
}

static void gather_locked(struct facts *f, struct process *p,
                          const struct thread *t, bool whole)
{
    f->state = state_of(p, t);
    f->threads = p->thread_count;
    f->start_ns = p->start_ns;
    if (whole)
        f->counts = process_counts_locked(p);
    else if (t)
        f->counts = t->counts;
    f->children = p->children_usage.counts;
    if (whole)
        f->cpu = sched_process_times_locked(p);
    else if (t)
        f->cpu = sched_times(t);
    if (whole)
        f->children_cpu = p->children_usage.cpu;
    if (t)
        f->sched = sched_policy_get(t);
    f->rss_limit = p->limits[RLIMIT_RSS].soft;
    f->queue_limit = p->limits[RLIMIT_SIGPENDING].soft;
    f->exit_signal = whole ? p->exit_signal : -1;
    memcpy(f->name, t ? t->name : p->name, sizeof(f->name));
    gather_signals(f, p, t);
    f->cred = cred_get(p->cred);
}

/* References in f, which drop gives back. */
static int gather(struct facts *f, const struct pseudo_key *k)
{
    struct procfs_locked l;

    *f = (struct facts){.pid = k->tid};
    if (!procfs_lock(k, &l))
        return -ESRCH;
    gather_locked(f, l.process, l.thread, k->tid == k->pid);
    procfs_unlock(&l);
    gather_relatives(f, k);
    f->exe = procfs_exe(k);
    return 0;
}

static void drop(struct facts *f)
{
    if (f->cred)
        cred_put(f->cred);
    dentry_put(f->exe);
}

static struct vm_object *exe_object(const struct facts *f)
{
    return f->exe ? &f->exe->vnode->object : NULL;
}

/* --- statm --------------------------------------------------------------- */

int procfs_show_statm(struct text *t, const struct pseudo_key *k)
{
    struct vm_space *s = procfs_space(k);
    struct procfs_memory m = {0};
    struct facts f;
    int err = gather(&f, k);

    if (s && !err)
        procfs_count_memory(s, exe_object(&f), &m);
    if (s)
        vm_space_put(s);
    drop(&f);
    if (!err)
        text_printf(t, "%lu %lu %lu %lu 0 %lu 0\n", m.size, m.resident, m.file,
                    m.text, m.data + m.stack);
    return err;
}

/* --- stat ---------------------------------------------------------------- */

static unsigned long ticks(uint64_t ns)
{
    return ns / PROCFS_TICK_NS;
}

/* Fields 23 on, of which the addresses are 0 for a process without memory. */
static void put_stat_memory(struct text *t, const struct facts *f,
                            const struct vm_space *s)
{
    text_printf(t, " %lu %lu %lu", s ? s->mapped_pages * PAGE_SIZE : 0,
                s ? s->resident : 0, f->rss_limit);
    /* startcode, endcode: not known; startstack; kstkesp, kstkeip: hidden */
    text_printf(t, " 0 0 %lu 0 0", s ? s->stack_top : 0);
    text_printf(t, " %lu %lu %lu %lu", f->pending & 0x7fffffff,
                f->blocked & 0x7fffffff, f->ignored & 0x7fffffff,
                f->caught & 0x7fffffff);
    /* wchan nswap cnswap exit_signal processor rt_priority policy blkio */
    text_printf(t, " 0 0 0 %d 0 %d %d 0 0 0", f->exit_signal, f->sched.priority,
                f->sched.policy);
    /* start_data end_data start_brk arg env exit_code */
    text_printf(t, " 0 0 %lu %lu %lu %lu %lu 0\n", s ? s->brk_start : 0,
                s ? s->arg_start : 0, s ? s->arg_end : 0, s ? s->env_start : 0,
                s ? s->env_end : 0);
}

int procfs_show_stat(struct text *t, const struct pseudo_key *k)
{
    struct vm_space *s = procfs_space(k);
    struct facts f;
    int err = gather(&f, k);

    if (!err) {
        text_printf(t, "%d (%s) %c %d %d %d 0 -1 0", f.pid, f.name, f.state,
                    f.ppid, f.group, f.session);
        /* minor faults, of children, major, of children: nothing is read */
        text_printf(t, " %lu %lu 0 0", f.counts.faults, f.children.faults);
        /* utime, stime, of children */
        text_printf(t, " %lu %lu %lu %lu", ticks(f.cpu.user_ns),
                    ticks(f.cpu.system_ns), ticks(f.children_cpu.user_ns),
                    ticks(f.children_cpu.system_ns));
        text_printf(t, " %d %d %u 0 %lu",
                    f.sched.priority ? -1 - f.sched.priority
                                     : 20 + f.sched.nice,
                    f.sched.nice, f.threads, ticks(f.start_ns));
        put_stat_memory(t, &f, s);
    }
    if (s)
        vm_space_put(s);
    drop(&f);
    return err;
}

/* --- status -------------------------------------------------------------- */

/* Signals that are pending; each counts once, also when it was sent often. */
static unsigned signal_queue_count(const struct facts *f)
{
    unsigned n = 0;

    for (uint64_t m = f->pending; m; m &= m - 1)
        n++;
    for (uint64_t m = f->shared_pending; m; m &= m - 1)
        n++;
    return n;
}

static void put_cred(struct text *t, const struct cred *c)
{
    text_printf(t, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid,
                c->fsuid);
    text_printf(t, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid,
                c->fsgid);
}

static void put_groups(struct text *t, const struct cred *c)
{
    text_puts(t, "Groups:\t");
    for (uint32_t i = 0; i < c->group_count; i++)
        text_printf(t, "%u ", c->groups[i]);
    text_puts(t, "\n");
}

static void put_capabilities(struct text *t, const struct cred *c)
{
    text_printf(t, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\n",
                c->inheritable, c->permitted, c->effective);
    text_printf(t, "CapBnd:\t%016lx\nCapAmb:\t%016lx\nNoNewPrivs:\t%d\n",
                c->bounding, c->ambient, c->no_new_privs);
}

static void put_kib(struct text *t, const char *name, size_t pages)
{
    text_printf(t, "%s:\t%8lu kB\n", name, pages * (PAGE_SIZE / 1024));
}

static void put_head(struct text *t, const struct facts *f,
                     const struct pseudo_key *k)
{
    struct fs_context *fs = procfs_fs(k);
    struct fd_table *files = procfs_files(k);

    text_puts(t, "Name:\t");
    text_put_escaped(t, f->name, "\n\\");
    text_printf(t, "\nUmask:\t%04o\nState:\t%s\n", fs ? fs->umask : 0,
                state_name(f->state));
    text_printf(t, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
                k->pid, f->pid, f->ppid);
    put_cred(t, f->cred);
    text_printf(t, "FDSize:\t%u\n", files ? files->size : 0);
    put_groups(t, f->cred);
    text_printf(t, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", k->pid,
                f->pid, f->group, f->session);
    if (fs)
        fs_context_put(fs);
    if (files)
        fd_table_put(files);
}

static void put_memory(struct text *t, const struct facts *f,
                       struct vm_space *s)
{
    struct procfs_memory m;

    procfs_count_memory(s, exe_object(f), &m);
    put_kib(t, "VmPeak", MAX(m.size, vm_mapped_peak(s)));
    put_kib(t, "VmSize", m.size);
    put_kib(t, "VmLck", m.locked);
    put_kib(t, "VmPin", 0);
    put_kib(t, "VmHWM", MAX(m.resident, vm_resident_peak(s)));
    put_kib(t, "VmRSS", m.resident);
    put_kib(t, "RssAnon", m.resident - m.file);
    put_kib(t, "RssFile", m.file);
    put_kib(t, "RssShmem", 0);
    put_kib(t, "VmData", m.data);
    put_kib(t, "VmStk", m.stack);
    put_kib(t, "VmExe", m.text);
    put_kib(t, "VmLib", m.lib);
    put_kib(t, "VmSwap", 0);
    put_kib(t, "HugetlbPages", 0);
    text_printf(t, "CoreDumping:\t0\nTHP_enabled:\t%d\n", !s->no_large);
}

static void put_signals(struct text *t, const struct facts *f)
{
    text_printf(t, "Threads:\t%u\nSigQ:\t%u/%lu\n", f->threads,
                signal_queue_count(f), f->queue_limit);
    text_printf(t, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\n",
                f->pending, f->shared_pending, f->blocked);
    text_printf(t, "SigIgn:\t%016lx\nSigCgt:\t%016lx\n", f->ignored, f->caught);
}

int procfs_show_status(struct text *t, const struct pseudo_key *k)
{
    struct vm_space *s = procfs_space(k);
    struct facts f;
    int err = gather(&f, k);

    if (!err) {
        put_head(t, &f, k);
        if (s)
            put_memory(t, &f, s);
        put_signals(t, &f);
        put_capabilities(t, f.cred);
        text_puts(t, "Seccomp:\t0\n"
                     "Cpus_allowed:\t1\n"
                     "Cpus_allowed_list:\t0\n"
                     "Mems_allowed:\t1\n"
                     "Mems_allowed_list:\t0\n");
        text_printf(t, "voluntary_ctxt_switches:\t%lu\n", f.counts.sleeps);
        text_printf(t, "nonvoluntary_ctxt_switches:\t%lu\n",
                    f.counts.preemptions);
    }
    if (s)
        vm_space_put(s);
    drop(&f);
    return err;
}
