// SPDX-License-Identifier: MIT
/*
 * thread: one flow of control of a process (kernel/process.h).
 *
 * Every thread holds references to a descriptor table and a file-system
 * context (the layers above define them), because clone flags may share or
 * copy each on its own.
 *
 * A thread is kept by references: its own until it has ended, and those that
 * thread_find gives out. One that ended is in no list any more and has neither
 * stack nor registers.
 *
 * Locking: process->lock covers the list that it is in. Fields that only the
 * thread itself uses need no lock.
 */
#pragma once

#include "abi/signal.h"
#include "kernel/current.h"
#include "kernel/process.h"
#include "kernel/regs.h"
#include "lib/list.h"
#include "lib/rbtree.h"

struct fd_table;   /* vfs/fd.h */
struct fs_context; /* vfs/fs_context.h */
struct dentry;     /* vfs/dentry.h */
struct cred;       /* kernel/cred.h */
struct vm_space;

#define THREAD_STACK_SIZE 16384

enum thread_state {
    THREAD_RUNNABLE,
    THREAD_SLEEPING,
    THREAD_DEAD,
    THREAD_NEW, /* not yet given to sched_add: nothing wakes it */
};

/* Reasons to leave the fast way back to the program (struct thread's work). */
enum {
    WORK_RESCHED = 1, /* give up the CPU */
    WORK_SIGNAL = 2,  /* a signal may have to be delivered */
    WORK_KILLED = 4,  /* end this thread */
    WORK_IRET = 8,    /* registers were replaced: SYSRET cannot restore them */
    WORK_RSEQ = 16,   /* others ran: end a restartable sequence */
};

/* How restart_syscall(2) goes on with the call that a signal cut short;
 * kernel/restart.h. */
struct restart_block {
    long (*again)(const struct restart_block *b); /* NULL: with none */
    uint64_t arg[5];
};

struct thread {
    volatile uint32_t work; /* WORK_*; first: shim/entry.S tests it */
    int tid;                /* > 0; < 0: a kernel thread; 0: the idle loop */
    unsigned refs;
    enum thread_state state;
    struct pid *id;          /* of tid; NULL: not the program's */
    struct process *process; /* a reference */
    struct list_node process_node;
    struct list_node run_node; /* in the run queue */

    uintptr_t stack_base, stack_top; /* kernel stack */
    uintptr_t switch_sp;             /* while switched out */
    void *fpu;                       /* XSAVE area */
    uint64_t fs_base, gs_base;       /* while switched out */
    struct vm_space *space;          /* NULL: a kernel thread */

    const struct cred *cred; /* a reference; see kernel/cred.h */
    struct fd_table *files;
    struct fs_context *fs;

    bool woken;           /* a wake-up came since wait_prepare */
    uint64_t signal_mask; /* blocked; bit signal - 1 */
    uint64_t saved_mask;  /* to be restored after the next handler or none, */
    bool restore_mask;    /* if this is set: rt_sigsuspend, ppoll */
    uint64_t awaited;     /* what rt_sigtimedwait waits for, blocked or not */
    bool stopped;         /* kernel/job.c */
    struct restart_block restart;
    struct signal_queue pending;
    uint64_t trap_vector, trap_error, trap_addr; /* of the last fault */
    uint64_t altstack_sp, altstack_size;
    int altstack_flags;

    uintptr_t set_child_tid;   /* user address to be told at first; 0: none */
    uintptr_t clear_child_tid; /* user address; 0: none */
    uintptr_t robust_list;
    bool futexes_left; /* it can own no lock any more (kernel/futex_pi.c) */
    uintptr_t rseq;    /* user address of struct rseq; 0: none */
    uint32_t rseq_signature;
    uint64_t timer_slack_ns; /* PR_SET_TIMERSLACK: kept; 0: the default */
    uint8_t policy;          /* SCHED_*; kernel/sched.h, as those up to io: */
    uint8_t rt_priority;     /* real-time: 1 to 99; 0: takes turns */
    bool reset_on_fork;      /* what it makes is ordinary */
    bool turn_over;          /* goes behind its equals */
    int nice;                /* setpriority(2) */
    uint64_t slice_ns;       /* how long its turns are */
    uint64_t cpu_ns;         /* used so far, up to slice_start_ns */
    uint64_t slice_start_ns;
    struct cpu_split cpu_split;
    int death_signal;     /* when the parent ends (PR_SET_PDEATHSIG); 0: none */
    uint16_t ioprio;      /* these are kept and told: ioprio_set(2), */
    uint16_t mempolicy;   /* set_mempolicy(2), */
    bool mempolicy_nodes; /* with a set of nodes; */
    uint32_t personality; /* personality(2) */
    struct thread_io io;
    struct thread_counts counts;
    char name[THREAD_NAME_SIZE];
};

static inline void thread_io_add(struct thread_io *to,
                                 const struct thread_io *io)
{
    to->reads += io->reads;
    to->writes += io->writes;
    to->read_bytes += io->read_bytes;
    to->written_bytes += io->written_bytes;
}

static inline void thread_counts_add(struct thread_counts *to,
                                     const struct thread_counts *c)
{
    to->faults += c->faults;
    to->sleeps += c->sleeps;
    to->preemptions += c->preemptions;
}

/* Interrupts change work, too: single instructions only. */
static inline void thread_work_set(struct thread *t, uint32_t bits)
{
    __atomic_or_fetch(&t->work, bits, __ATOMIC_RELAXED);
}

static inline void thread_work_clear(struct thread *t, uint32_t bits)
{
    __atomic_and_fetch(&t->work, ~bits, __ATOMIC_RELAXED);
}

static inline struct process *process_current(void)
{
    return thread_current()->process;
}

/* Who acts in the present call; borrowed until it ends. */
static inline const struct cred *cred_current(void)
{
    return thread_current()->cred;
}

/* The program's registers at the entry of the current call or trap. */
static inline struct regs *thread_regs(const struct thread *t)
{
    return (struct regs *)t->stack_top - 1;
}

/* How the layers above look after their parts of a thread. */
struct thread_ops {
    void (*release_files)(struct fd_table *files);
    void (*release_fs)(struct fs_context *fs);
    void (*get_exe)(struct dentry *exe); /* of struct process */
    void (*release_exe)(struct dentry *exe);
    /* A thread of the program ends; runs in it, before its memory goes. */
    void (*exiting)(struct thread *t);
    /* The last thread of p has ended; runs in it, may sleep. Not for process
     * 1, with which all ends. */
    void (*process_ended)(struct process *p);
    /* The program's last thread has ended; runs in it, may sleep. */
    void (*program_ended)(void);
};
extern const struct thread_ops *thread_ops; /* set once by boot */

/* A thread that will run in process at the registers given. The caller sets
 * files and fs, then calls sched_add; until then signals may be sent to it,
 * but it does not run. NULL: no memory. */
struct thread *thread_create(struct process *p, const struct regs *regs);

/* Undoes thread_create and what the caller gave t, before any sched_add. */
void thread_discard(struct thread *t);

/* A thread of the kernel alone. */
struct thread *thread_create_kernel(const char *name, void (*fn)(void *arg),
                                    void *arg);

/* Ends the calling thread; the last one ends the process, and its code is the
 * process's status (so does Linux since 5.18). */
noreturn void thread_exit(int code);

/* The thread of the program with this id, with a reference; or NULL. It may
 * end meanwhile: then its process's list does not hold it any more. */
struct thread *thread_find(int tid);
void thread_put(struct thread *t); /* t may be NULL */

/* May the caller's user have one more thread? 0 or -EAGAIN (RLIMIT_NPROC, and
 * what the machine's memory has room for). */
int thread_limit_check(void);
/* How many there are of all processes, and how many the machine has room for
 * (kernel.threads-max). */
unsigned thread_total_count(void);
unsigned thread_total_max(void);

/* What is due on the way back to the program: for the entry paths alone. */
void thread_exit_work(struct regs *r);
