// SPDX-License-Identifier: MIT
/* decode_process: what calls on processes, threads and memory pass and get. */
#include "shim/decode_priv.h"

#include "abi/capability.h"
#include "abi/futex.h"
#include "abi/prctl.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "lib/string.h"

#define GROUPS_MAX     65536 /* of setgroups(2) */
#define TASK_NAME_SIZE 16    /* of PR_SET_NAME, with the NUL */

/* --- lists of numbers --- */

void decode_arg_int_ptr(struct decode *d, unsigned i)
{
    int value;

    if (decode_fetch(d, d->args[i], &value, sizeof(value)))
        text_add(d->text, "[%d]", value);
}

void decode_arg_uint_ptr(struct decode *d, unsigned i)
{
    unsigned value;

    if (decode_fetch(d, d->args[i], &value, sizeof(value)))
        text_add(d->text, "[%u]", value);
}

void decode_arg_long_ptr(struct decode *d, unsigned i)
{
    long value;

    if (decode_fetch(d, d->args[i], &value, sizeof(value)))
        text_add(d->text, "[%ld]", value);
}

void decode_arg_int_pair(struct decode *d, unsigned i)
{
    int pair[2];

    if (decode_fetch(d, d->args[i], pair, sizeof(pair)))
        text_add(d->text, "[%d, %d]", pair[0], pair[1]);
}

/* Group ids; how many is the argument before, or the result. */
void decode_arg_id_list(struct decode *d, unsigned i)
{
    uint64_t count = d->returned ? (uint64_t)d->result : d->args[i - 1];
    uint64_t addr = d->args[i];
    uint32_t id;

    if (!addr || !d->args[i - 1] || d->args[i - 1] > GROUPS_MAX ||
        copy_from_user(&id, (const void user *)addr, sizeof(id)) < 0) {
        decode_addr(d, addr);
        return;
    }
    text_addc(d->text, '[');
    for (uint64_t n = 0; n < count; n++, addr += sizeof(id)) {
        text_add(d->text, n ? ", " : "");
        if (n == DECODE_ITEMS_MAX) {
            text_add(d->text, "...");
            break;
        }
        if (!decode_fetch(d, addr, &id, sizeof(id)))
            break;
        text_add(d->text, "%u", id);
    }
    text_addc(d->text, ']');
}

void decode_arg_mincore(struct decode *d, unsigned i)
{
    uint64_t count = (d->args[i - 1] + 4095) / 4096, addr = d->args[i];
    uint8_t byte;

    if (!addr) {
        decode_addr(d, addr);
        return;
    }
    text_addc(d->text, '[');
    for (uint64_t n = 0; n < count; n++, addr++) {
        text_add(d->text, n ? ", " : "");
        if (n == DECODE_ITEMS_MAX) {
            text_add(d->text, "...");
            break;
        }
        if (!decode_fetch(d, addr, &byte, sizeof(byte)))
            break;
        text_add(d->text, "%u", byte & 1);
    }
    text_addc(d->text, ']');
}

/* Numbers of set bits: "[0 2]". The size is the argument before, in bytes, or
 * the result. */
void decode_arg_cpu_set(struct decode *d, unsigned i)
{
    uint64_t bytes = d->returned ? (uint64_t)d->result : d->args[i - 1];
    uint64_t addr = d->args[i];

    if (!addr) {
        decode_addr(d, addr);
        return;
    }
    decode_fd_set(d, addr, (unsigned)MIN(bytes, 1024u) * 8);
}

/* --- threads and processes --- */

/* "CLONE_VM|...|SIGCHLD": the lowest byte is the signal for the parent. */
static void print_clone_flags(struct decode *d, uint64_t flags)
{
    unsigned signal = flags & CSIGNAL;

    flags &= ~(uint64_t)CSIGNAL;
    if (flags || !signal)
        flags_print(d->text, &flags_clone, flags);
    if (signal) {
        text_add(d->text, flags ? "|" : "");
        decode_signal_name(d->text, signal);
    }
}

/* clone(2) under the names of its wrapper, the stack first. */
void decode_arg_clone_flags(struct decode *d, unsigned i)
{
    text_add(d->text, "child_stack=");
    decode_addr(d, d->args[i + 1]);
    text_add(d->text, ", flags=");
    print_clone_flags(d, (uint32_t)d->args[i]);
}

bool decode_clone_has_parent(const struct decode *d)
{
    return d->args[0] & (CLONE_PARENT_SETTID | CLONE_PIDFD | CLONE_SETTLS |
                         CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID);
}

/* Everything behind the flags. */
void decode_arg_clone_parent(struct decode *d, unsigned i)
{
    uint64_t flags = d->args[0];
    const char *comma = "";

    if (flags & (CLONE_PARENT_SETTID | CLONE_PIDFD)) {
        text_add(d->text, "parent_tid=");
        if (decode_failed(d->result))
            decode_addr(d, d->args[i]);
        else
            decode_arg_int_ptr(d, i);
        comma = ", ";
    }
    if (flags & CLONE_SETTLS) {
        text_add(d->text, "%stls=0x%lx", comma, (long)d->args[4]);
        comma = ", ";
    }
    if (flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID)) {
        text_add(d->text, "%schild_tidptr=", comma);
        decode_addr(d, d->args[3]);
    }
}

/* Shown with the parent's. */
void decode_arg_clone_child(struct decode *d, unsigned i)
{
    decode_addr(d, d->args[i]);
}

static void print_clone_args(struct decode *d, const struct abi_clone_args *a)
{
    text_add(d->text, "{flags=");
    flags_print(d->text, &flags_clone, a->flags);
    if (a->flags & CLONE_PIDFD)
        text_add(d->text, ", pidfd=0x%lx", (long)a->pidfd);
    if (a->flags & (CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID))
        text_add(d->text, ", child_tid=0x%lx", (long)a->child_tid);
    if (a->flags & CLONE_PARENT_SETTID)
        text_add(d->text, ", parent_tid=0x%lx", (long)a->parent_tid);
    text_add(d->text, ", exit_signal=");
    decode_signal_name(d->text, (unsigned)a->exit_signal);
    text_add(d->text, ", stack=");
    decode_addr(d, a->stack);
    text_add(d->text, a->stack_size ? ", stack_size=0x%lx" : ", stack_size=%ld",
             (long)a->stack_size);
    if (a->flags & CLONE_SETTLS)
        text_add(d->text, ", tls=0x%lx", (long)a->tls);
    text_addc(d->text, '}');
}

/* "pidfd=[3]": a number that the call has written. */
static void print_given(struct decode *d, const char *name, uint64_t addr)
{
    int value;

    text_add(d->text, "%s=", name);
    if (decode_fetch(d, addr, &value, sizeof(value)))
        text_add(d->text, "[%d]", value);
}

/* Before the call what it asks for, after it what it got. */
void decode_arg_clone_args(struct decode *d, unsigned i)
{
    struct abi_clone_args a = {0};
    size_t size = MIN(d->args[i + 1], sizeof(a));

    if (size < CLONE_ARGS_SIZE_VER0 ||
        copy_from_user(&a, (const void user *)d->args[i], size) < 0) {
        if (!d->returned)
            decode_addr(d, d->args[i]);
    } else if (!d->returned) {
        print_clone_args(d, &a);
    } else if (!decode_failed(d->result) &&
               a.flags & (CLONE_PIDFD | CLONE_PARENT_SETTID)) {
        text_add(d->text, " => {");
        if (a.flags & CLONE_PIDFD)
            print_given(d, "pidfd", a.pidfd);
        if (a.flags & CLONE_PARENT_SETTID)
            print_given(d,
                        a.flags & CLONE_PIDFD ? ", parent_tid" : "parent_tid",
                        a.parent_tid);
        text_addc(d->text, '}');
    }
}

void decode_arg_wait_status(struct decode *d, unsigned i)
{
    int status;

    if (d->result == 0) {
        decode_addr(d, d->args[i]);
        return;
    }
    if (!decode_fetch(d, d->args[i], &status, sizeof(status)))
        return;
    if ((status & 0x7f) == 0) {
        text_add(d->text, "[{WIFEXITED(s) && WEXITSTATUS(s) == %d}]",
                 status >> 8 & 0xff);
    } else if ((status & 0xff) == 0x7f) {
        text_add(d->text, "[{WIFSTOPPED(s) && WSTOPSIG(s) == ");
        decode_signal_name(d->text, status >> 8 & 0xff);
        text_add(d->text, "}]");
    } else {
        text_add(d->text, "[{WIFSIGNALED(s) && WTERMSIG(s) == ");
        decode_signal_name(d->text, status & 0x7f);
        text_add(d->text, status & 0x80 ? " && WCOREDUMP(s)}]" : "}]");
    }
}

void decode_arg_sched_param(struct decode *d, unsigned i)
{
    decode_arg_int_ptr(d, i);
}

/* --- capabilities --- */

void decode_arg_cap_header(struct decode *d, unsigned i)
{
    struct abi_cap_header h;

    if (!decode_fetch(d, d->args[i], &h, sizeof(h)))
        return;
    text_add(d->text, "{version=");
    flags_print(d->text, &flags_cap_version, h.version);
    text_add(d->text, ", pid=%d}", h.pid);
}

static void print_capabilities(struct decode *d, const char *name, uint32_t low,
                               uint32_t high)
{
    text_add(d->text, "%s=", name);
    flags_print(d->text, &flags_capabilities, (uint64_t)high << 32 | low);
}

void decode_arg_cap_data(struct decode *d, unsigned i)
{
    struct abi_cap_data c[2] = {0};
    uint32_t version = 0;
    size_t words;

    if (copy_from_user(&version, (const void user *)d->args[0],
                       sizeof(version)) < 0)
        version = 0;
    words = version == ABI_CAPABILITY_VERSION_1 ? 1 : 2;
    if (!decode_fetch(d, d->args[i], c, words * sizeof(c[0])))
        return;
    print_capabilities(d, "{effective", c[0].effective, c[1].effective);
    print_capabilities(d, ", permitted", c[0].permitted, c[1].permitted);
    print_capabilities(d, ", inheritable", c[0].inheritable, c[1].inheritable);
    text_addc(d->text, '}');
}

/* --- System V shared memory --- */

void decode_arg_ipc_key(struct decode *d, unsigned i)
{
    if (d->args[i])
        text_add(d->text, "0x%x", (unsigned)d->args[i]);
    else
        text_add(d->text, "IPC_PRIVATE");
}

/* "IPC_CREAT|0600" */
void decode_arg_shm_flags(struct decode *d, unsigned i)
{
    unsigned flags = (unsigned)d->args[i], mode = flags & 0777;

    flags &= ~0777u;
    if (flags) {
        flags_print(d->text, &flags_shm, flags);
        text_addc(d->text, '|');
    }
    text_add(d->text, "%#o", mode);
}

/* --- futex --- */

static unsigned futex_op(const struct decode *d)
{
    return (unsigned)d->args[1] & ~(FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME);
}

void decode_arg_futex_op(struct decode *d, unsigned i)
{
    unsigned op = (unsigned)d->args[i];

    flags_print(d->text, &flags_futex, futex_op(d));
    text_add(d->text, "%s%s", op & FUTEX_PRIVATE_FLAG ? "_PRIVATE" : "",
             op & FUTEX_CLOCK_REALTIME ? "|FUTEX_CLOCK_REALTIME" : "");
}

/* futex(2): which operations use the fourth, fifth and sixth argument. */
bool decode_futex_has_arg(const struct decode *d, unsigned i)
{
    switch (futex_op(d)) {
    case FUTEX_WAIT:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        return i == 3;
    case FUTEX_WAIT_BITSET:
        return i == 3 || i == 5;
    case FUTEX_WAKE_BITSET:
        return i == 5;
    case FUTEX_WAKE:
    case FUTEX_FD:
    case FUTEX_UNLOCK_PI:
    case FUTEX_TRYLOCK_PI:
        return false;
    case FUTEX_REQUEUE:
        return i != 5;
    default:
        return true;
    }
}

void decode_arg_futex_val(struct decode *d, unsigned i)
{
    text_add(d->text, "%u", (unsigned)d->args[i]);
}

/* A time for waits, a second count for what wakes. */
void decode_arg_futex_timeout(struct decode *d, unsigned i)
{
    switch (futex_op(d)) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAIT_REQUEUE_PI:
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
        decode_arg_timespec(d, i);
        break;
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
    case FUTEX_CMP_REQUEUE_PI:
    case FUTEX_WAKE_OP:
        text_add(d->text, "%u", (unsigned)d->args[i]);
        break;
    default:
        text_add(d->text, d->args[i] ? "0x%lx" : "%ld", (long)d->args[i]);
        break;
    }
}

static void print_wake_op(struct decode *d, uint32_t op)
{
    static const char *const ops[] = {"SET", "ADD", "OR", "ANDN", "XOR"};
    static const char *const compares[] = {"EQ", "NE", "LT", "LE", "GT", "GE"};
    uint32_t kind = op >> 28 & 7, compare = op >> 24 & 15;

    if (op >> 31)
        text_add(d->text, "FUTEX_OP_OPARG_SHIFT<<28|");
    if (kind < ARRAY_SIZE(ops))
        text_add(d->text, "FUTEX_OP_%s<<28|", ops[kind]);
    else
        text_add(d->text, "0x%x<<28|", kind);
    text_add(d->text, op & 0xfff000 ? "0x%x<<12|" : "%u<<12|",
             op >> 12 & 0xfff);
    if (compare < ARRAY_SIZE(compares))
        text_add(d->text, "FUTEX_OP_CMP_%s<<24|", compares[compare]);
    else
        text_add(d->text, "0x%x<<24|", compare);
    text_add(d->text, op & 0xfff ? "0x%x" : "%u", op & 0xfff);
}

void decode_arg_futex_val3(struct decode *d, unsigned i)
{
    uint32_t value = (uint32_t)d->args[i];

    switch (futex_op(d)) {
    case FUTEX_WAIT_BITSET:
    case FUTEX_WAKE_BITSET:
        if (value == FUTEX_BITSET_MATCH_ANY)
            text_add(d->text, "FUTEX_BITSET_MATCH_ANY");
        else
            text_add(d->text, value ? "0x%x" : "%u", value);
        break;
    case FUTEX_WAKE_OP:
        print_wake_op(d, value);
        break;
    case FUTEX_CMP_REQUEUE:
    case FUTEX_CMP_REQUEUE_PI:
        text_add(d->text, "%u", value);
        break;
    default:
        text_add(d->text, value ? "0x%x" : "%u", value);
        break;
    }
}

/* --- prctl and arch_prctl --- */

/* prctl(2): how many arguments follow the operation. */
static unsigned prctl_args(unsigned op)
{
    switch (op) {
    case PR_GET_DUMPABLE:
    case PR_GET_KEEPCAPS:
    case PR_GET_TIMING:
    case PR_GET_SECCOMP:
    case PR_GET_SECUREBITS:
    case PR_GET_TIMERSLACK:
    case PR_TASK_PERF_EVENTS_DISABLE:
    case PR_TASK_PERF_EVENTS_ENABLE:
        return 0;
    case PR_SET_PDEATHSIG:
    case PR_GET_PDEATHSIG:
    case PR_SET_DUMPABLE:
    case PR_SET_KEEPCAPS:
    case PR_SET_TIMING:
    case PR_SET_NAME:
    case PR_GET_NAME:
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
    case PR_GET_TSC:
    case PR_SET_TSC:
    case PR_SET_SECUREBITS:
    case PR_SET_TIMERSLACK:
    case PR_SET_CHILD_SUBREAPER:
    case PR_GET_CHILD_SUBREAPER:
    case PR_GET_TID_ADDRESS:
    case PR_SET_PTRACER:
        return 1;
    default:
        return 4;
    }
}

bool decode_prctl_has_arg(const struct decode *d, unsigned i)
{
    return i <= prctl_args((unsigned)d->args[0]);
}

bool decode_prctl_writes(const struct decode *d)
{
    switch ((unsigned)d->args[0]) {
    case PR_GET_NAME:
    case PR_GET_PDEATHSIG:
    case PR_GET_CHILD_SUBREAPER:
    case ARCH_GET_FS:
    case ARCH_GET_GS:
        return true;
    default:
        return false;
    }
}

/* A capability's number: "CAP_KILL". */
static void print_capability(struct decode *d, uint64_t number)
{
    const char *name =
        number < 64 ? flags_name(&flags_capabilities, 1ul << number) : NULL;

    if (name)
        text_add(d->text, "%s", name + strlen("1<<"));
    else
        text_add(d->text, "0x%lx /* CAP_??? */", (long)number);
}

void decode_arg_prctl(struct decode *d, unsigned i)
{
    uint64_t arg = d->args[i];

    if (i == 2 && d->args[0] == PR_CAP_AMBIENT) {
        print_capability(d, arg);
        return;
    }
    switch (i == 1 ? (unsigned)d->args[0] : 0) {
    case PR_SET_NAME:
    case PR_GET_NAME:
        decode_string(d, arg, TASK_NAME_SIZE - 1);
        break;
    case PR_CAPBSET_READ:
    case PR_CAPBSET_DROP:
        print_capability(d, arg);
        break;
    case PR_CAP_AMBIENT:
        flags_print(d->text, &flags_cap_ambient, arg);
        break;
    case PR_SET_SECUREBITS:
        flags_print(d->text, &flags_securebits, arg);
        break;
    case PR_SET_PDEATHSIG:
        decode_signal_name(d->text, (unsigned)arg);
        break;
    case PR_GET_PDEATHSIG:
    case PR_GET_CHILD_SUBREAPER:
        decode_arg_int_ptr(d, i);
        break;
    case PR_SET_DUMPABLE:
    case PR_SET_NO_NEW_PRIVS:
    case PR_SET_CHILD_SUBREAPER:
    case PR_SET_TIMERSLACK:
    case PR_SET_KEEPCAPS:
        text_add(d->text, "%lu", (unsigned long)arg);
        break;
    default:
        text_add(d->text, arg ? "0x%lx" : "%ld", (long)arg);
        break;
    }
}

void decode_arg_arch_prctl(struct decode *d, unsigned i)
{
    uint64_t value;

    if (!d->returned)
        decode_addr(d, d->args[i]);
    else if (decode_fetch(d, d->args[i], &value, sizeof(value)))
        text_add(d->text, "[0x%lx]", (long)value);
}
