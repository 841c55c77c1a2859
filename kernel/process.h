// SPDX-License-Identifier: MIT
/*
 * process: a program under way: its threads, memory, signals, and its place
 * among the others: parent and children, group and session.
 *
 * Life: process_create or process_fork makes one; process_publish shows it to
 * the others; when its last thread ends it lets its memory go and is a zombie,
 * until its parent has waited for it (kernel/process_wait.c). Children of a
 * thread that ends go to another of its process, and those of a process to the
 * nearest subreaper above it, or to process 1; when that ends, the machine
 * does.
 *
 * A struct process is kept by references: one of each of its threads, one
 * until it is reaped, and those that process_find gives out.
 *
 * Locking: the process tree lock covers all ids (kernel/pid.h), the links
 * between processes, states and what wait4 reports. process->lock, below it,
 * covers the threads of one process, its signals and how it exits.
 */
#pragma once

#include "abi/signal.h"
#include "kernel/cpu_split.h"
#include "kernel/lock.h"
#include "kernel/wait.h"
#include "lib/list.h"

struct cred;   /* kernel/cred.h */
struct dentry; /* vfs/dentry.h */
struct pid;
struct thread;
struct vm_space;
struct process_timers; /* kernel/itimer.c */

#define THREAD_NAME_SIZE 16
#define RLIMIT_COUNT     16

/* Signals that were sent and not yet delivered; kernel/signal.c. */
struct signal_queue {
    uint64_t mask;         /* which are in the list; bit signal - 1 */
    struct list_node list; /* of struct signal_pending */
};

struct signal_actions {
    unsigned refs;
    struct abi_sigaction action[ABI_NSIG]; /* [signal - 1] */
};

struct rlimit_entry {
    uint64_t soft, hard;
};

/* Reads and writes of files, for /proc/PID/io. */
struct thread_io {
    uint64_t reads, writes; /* calls */
    uint64_t read_bytes, written_bytes;
};

/* What a thread has done, for getrusage(2). */
struct thread_counts {
    uint64_t faults;      /* pages that an access brought in */
    uint64_t sleeps;      /* CPU given up to wait */
    uint64_t preemptions; /* CPU given up to others that could run */
};

enum process_state {
    PROCESS_NEW, /* not yet published */
    PROCESS_LIVE,
    PROCESS_ZOMBIE, /* ended; its parent has not waited for it */
    PROCESS_REAPED,
};

/* What getrusage(2) tells, of a process's children that were waited for. */
struct process_usage {
    struct cpu_times cpu;
    size_t max_resident; /* pages, of the largest */
    struct thread_counts counts;
};

struct process {
    int pid;
    unsigned refs;
    enum process_state state; /* tree lock, as all up to here: */
    struct pid *id, *group, *session;
    struct process *parent; /* NULL: of the first, and of the unpublished */
    int parent_id;          /* its number, which is read without the lock */
    int maker;              /* tid of the parent's thread whose child it is */
    bool orphan;            /* process 1 has adopted it */
    struct list_node children;
    struct list_node sibling, group_node, session_node, all_node;
    int exit_signal;  /* to the parent at the end; 0: none */
    int event_code;   /* CLD_STOPPED or _CONTINUED to be reported; 0: none */
    int event_status; /* its signal */
    bool did_exec;    /* setpgid(2) of a child fails after it */
    bool subreaper;   /* PR_SET_CHILD_SUBREAPER */
    struct process_usage children_usage;
    struct wait_queue child_wait; /* those who wait for a child */

    struct spinlock lock;
    struct list_node threads;
    unsigned thread_count;  /* in the list */
    unsigned live_count;    /* that have not begun to end */
    struct vm_space *space; /* NULL once it has ended */
    struct signal_actions *actions;
    struct signal_queue pending; /* for whichever thread can take it */
    unsigned queued;             /* signals of it and its threads */
    int stop_signal;             /* stopped or about to be; kernel/job.c */
    bool continued;              /* the parent is to be told so */
    struct process_timers *timers;
    struct rlimit_entry limits[RLIMIT_COUNT];
    const struct cred *cred; /* a reference; threads use their own */
    bool dumpable;           /* prctl(2), PR_SET_DUMPABLE */
    bool thp_disable;        /* PR_SET_THP_DISABLE: kept */
    bool exiting; /* every thread ends when it next returns to the program */
    bool core_dumped;             /* CLD_DUMPED */
    int exit_kind;                /* enum shutdown_kind */
    int exit_code;                /* status or signal */
    struct thread *exec_thread;   /* replaces the program: the others end */
    struct wait_queue exec_wait;  /* woken when a thread has ended */
    bool vfork_held;              /* the parent waits for execve or the end, */
    struct wait_queue vfork_wait; /* here */
    size_t max_resident;          /* pages, of the programs that it let go */
    uint64_t start_ns;
    struct cpu_times dead_threads_cpu; /* of threads that ended */
    struct dentry *exe;                /* a reference; /proc/PID/exe */
    int oom_score_adj;                 /* kernel/oom.h; lock */
    int oom_score_adj_min; /* as low as it goes without CAP_SYS_RESOURCE */
    struct thread_io dead_threads_io; /* of threads that ended */
    struct thread_counts dead_threads_counts;
    char name[THREAD_NAME_SIZE];
};

/* All published processes that are not reaped, by all_node: for loops with the
 * tree lock held. The first is process 1. */
extern struct list_node process_list;

/* The outermost spinlock. */
unsigned long process_tree_lock(void);
void process_tree_unlock(unsigned long irq);

/* Process 1, published, with no thread yet; NULL without memory. */
struct process *process_create(void);

/*
 * A child of the caller, not published and with no thread: shares or copies
 * (flags: CLONE_*) the space and the signal actions, inherits limits and
 * identity. NULL without memory or a free number.
 */
struct process *process_fork(uint64_t flags);
/* Gives it to its parent, or as a sibling to the parent's (CLONE_PARENT); from
 * then on others find it. */
void process_publish(struct process *child, struct process *parent,
                     bool as_sibling);
/* Undoes process_fork. */
void process_discard(struct process *p);

/* All handlers go; what is ignored stays so (execve(2)). */
void signal_actions_clear(struct signal_actions *a);
void signal_actions_put(struct signal_actions *a); /* a may be NULL */

/* The process with this pid, a zombie too, with a reference; or NULL. */
struct process *process_find(int pid);
/* The first whose pid is at least this, with a reference: to visit all with
 * pauses. NULL: there is none. */
struct process *process_next(int pid);
void process_get(struct process *p);
void process_put(struct process *p); /* p may be NULL */

/* What all its threads have done, those that ended too. */
struct thread_counts process_counts(struct process *p);
struct thread_counts process_counts_locked(struct process *p); /* p->lock */

/* Whether tid is one of p's threads. */
bool process_has_thread(struct process *p, int tid);

/* The number of its group, of its session; of its parent (0: none). */
int process_group_id(struct process *p);
int process_session_id(struct process *p);
static inline int process_parent_id(const struct process *p)
{
    return __atomic_load_n(&p->parent_id, __ATOMIC_RELAXED);
}
/* Only for those who change the tree. */
void process_set_parent_locked(struct process *p, struct process *parent);

/* Ends all threads of the calling process and the calling thread.
 * kind: SHUTDOWN_EXITED or _SIGNALED. */
noreturn void process_exit(int kind, int code);
/* The same for any process: its threads end as soon as they can. */
void process_kill(struct process *p, int kind, int code);

/*
 * child stopped, went on or ended (cld_code: CLD_*; status: as in siginfo).
 * Notes what wait4(2) will report, sends the parent its signal as its action
 * for SIGCHLD says, and wakes those who wait. Any context; no process's lock
 * may be held.
 */
void process_child_event(struct process *child, int cld_code, int status);

/* How it ended: CLD_EXITED, _KILLED or _DUMPED; its status is exit_code. */
int process_end_code(const struct process *p);

/* Makes all threads of p but one end. p->lock held. */
void process_kill_threads_locked(struct process *p, struct thread *but);

/* For kernel/thread.c: the last thread of p, which runs this, has left it. */
void process_ended(struct process *p);
/* t, which is not the last, has left its process: another thread has its
 * children now, and they get the signals they asked for. Tree lock held. */
void process_thread_left_locked(struct thread *t);
/* t's children, when its number was `was`. Tree lock held. */
void process_thread_renamed_locked(struct thread *t, int was);
/* The parent that waits in vfork(2) for p goes on. */
void process_vfork_done(struct process *p);
/* Frees what is left of a process whose end was told (kernel/process_wait.c).
 * Tree lock held; the caller then puts the reference of the unreaped. */
void process_reap_locked(struct process *p);
