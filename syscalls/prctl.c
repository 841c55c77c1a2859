// SPDX-License-Identifier: MIT
/*
 * prctl: operations on the calling thread and process. Options that Linux
 * checks for unused arguments are checked here, too.
 */
#include "abi/prctl.h"

#include "abi/signal.h"
#include "kernel/cred.h"
#include "kernel/doctor.h"
#include "kernel/ring.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "syscalls/define.h"

#define TIMER_SLACK_DEFAULT_NS 50000

#define SECBITS                                                  \
    (SECBIT_NOROOT | SECBIT_NO_SETUID_FIXUP | SECBIT_KEEP_CAPS | \
     SECBIT_NO_CAP_AMBIENT_RAISE)
#define SECBIT_LOCKS (SECBITS << 1)

static_assert(SECBIT_LOCKS ==
                  (SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED |
                   SECBIT_KEEP_CAPS_LOCKED |
                   SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED),
              "a bit's lock is the next bit");

static long put_int(int value, uintptr_t to)
{
    return put_user(value, (int user *)to) ? -EFAULT : 0;
}

/* --- names --- */

static long set_name(const char user *from)
{
    struct thread *t = thread_current();
    char name[THREAD_NAME_SIZE] = {0};
    ssize_t n = strncpy_from_user(name, from, sizeof(name));

    if (n == -EFAULT)
        return -EFAULT;
    name[sizeof(name) - 1] = '\0'; /* longer names are cut */
    snprintf(t->name, sizeof(t->name), "%s", name);
    ring_thread_named(t);
    return 0;
}

/* --- what credentials allow --- */

static struct cred *copy_of(const struct cred *c)
{
    return cred_copy(c, c->group_count);
}

static long set_securebits(unsigned long bits)
{
    const struct cred *c = cred_current();
    uint32_t locked = (c->securebits & SECBIT_LOCKS) >> 1;
    struct cred *new;

    if ((bits & ~(unsigned long)(SECBITS | SECBIT_LOCKS)) ||
        (locked & (c->securebits ^ bits)) ||
        (c->securebits & SECBIT_LOCKS & ~bits) || !capable(CAP_SETPCAP))
        return -EPERM;
    new = copy_of(c);
    if (!new)
        return -ENOMEM;
    new->securebits = (uint32_t)bits;
    cred_install(new);
    return 0;
}

static long set_keep_caps(unsigned long on)
{
    const struct cred *c = cred_current();
    struct cred *new;

    if (on > 1)
        return -EINVAL;
    if (c->securebits & SECBIT_KEEP_CAPS_LOCKED)
        return -EPERM;
    new = copy_of(c);
    if (!new)
        return -ENOMEM;
    new->securebits &= ~SECBIT_KEEP_CAPS;
    if (on)
        new->securebits |= SECBIT_KEEP_CAPS;
    cred_install(new);
    return 0;
}

static long bounding_drop(unsigned long cap)
{
    struct cred *new;

    if (!capable(CAP_SETPCAP))
        return -EPERM;
    if (cap > CAP_LAST_CAP)
        return -EINVAL;
    new = copy_of(cred_current());
    if (!new)
        return -ENOMEM;
    new->bounding &= ~CAP_BIT(cap);
    cred_install(new);
    return 0;
}

static long ambient_change(unsigned long how, uint64_t bit)
{
    const struct cred *c = cred_current();
    struct cred *new;

    if (how == PR_CAP_AMBIENT_RAISE &&
        (!(c->permitted & c->inheritable & bit) ||
         (c->securebits & SECBIT_NO_CAP_AMBIENT_RAISE)))
        return -EPERM;
    new = copy_of(c);
    if (!new)
        return -ENOMEM;
    if (how == PR_CAP_AMBIENT_RAISE)
        new->ambient |= bit;
    else
        new->ambient &= ~bit;
    cred_install(new);
    return 0;
}

static long ambient(unsigned long how, unsigned long cap, unsigned long rest)
{
    if (how == PR_CAP_AMBIENT_CLEAR_ALL)
        return cap || rest ? -EINVAL : ambient_change(how, CAP_ALL);
    if (cap > CAP_LAST_CAP || rest)
        return -EINVAL;
    switch (how) {
    case PR_CAP_AMBIENT_IS_SET:
        return !!(cred_current()->ambient & CAP_BIT(cap));
    case PR_CAP_AMBIENT_RAISE:
    case PR_CAP_AMBIENT_LOWER:
        return ambient_change(how, CAP_BIT(cap));
    default:
        return -EINVAL;
    }
}

static long set_no_new_privs(void)
{
    const struct cred *c = cred_current();
    struct cred *new;

    if (c->no_new_privs)
        return 0;
    new = copy_of(c);
    if (!new)
        return -ENOMEM;
    new->no_new_privs = true;
    cred_install(new);
    return 0;
}

/* --- the call --- */

static long refuse(int option)
{
    doctor_refused("prctl", "option=%d", option);
    return -EINVAL;
}

/* Options that only ask or set a number. */
static long attribute(int option, unsigned long arg)
{
    struct thread *t = thread_current();
    struct process *p = t->process;

    switch (option) {
    case PR_SET_PDEATHSIG:
        if (arg > ABI_NSIG)
            return -EINVAL;
        t->death_signal = (int)arg;
        return 0;
    case PR_GET_PDEATHSIG:
        return put_int(t->death_signal, arg);
    case PR_SET_CHILD_SUBREAPER:
        p->subreaper = arg != 0;
        return 0;
    case PR_GET_CHILD_SUBREAPER:
        return put_int(p->subreaper, arg);
    case PR_SET_DUMPABLE:
        if (arg > 1)
            return -EINVAL;
        p->dumpable = arg;
        return 0;
    case PR_GET_DUMPABLE:
        return p->dumpable;
    case PR_SET_TIMERSLACK:
        t->timer_slack_ns = arg;
        return 0;
    case PR_GET_TIMERSLACK:
        return (long)(t->timer_slack_ns ? t->timer_slack_ns
                                        : TIMER_SLACK_DEFAULT_NS);
    case PR_GET_TID_ADDRESS:
        return put_user(t->clear_child_tid, (uintptr_t user *)arg) ? -EFAULT
                                                                   : 0;
    case PR_GET_TIMING: /* PR_TIMING_STATISTICAL, the only one on Linux, too */
        return 0;
    case PR_SET_TIMING:
        return arg ? -EINVAL : 0;
    case PR_GET_SECCOMP: /* no filter can be set */
        return 0;
    default:
        return refuse(option);
    }
}

/* prctl(2) */
SYSCALL_DEFINE5(prctl, int, option, unsigned long, arg2, unsigned long, arg3,
                unsigned long, arg4, unsigned long, arg5)
{
    struct process *p = process_current();
    const struct cred *c = cred_current();
    unsigned long rest = arg3 | arg4 | arg5;

    switch (option) {
    case PR_SET_NAME:
        return set_name((const char user *)arg2);
    case PR_GET_NAME:
        return copy_to_user((void user *)arg2, thread_current()->name,
                            THREAD_NAME_SIZE);
    case PR_GET_KEEPCAPS:
        return !!(c->securebits & SECBIT_KEEP_CAPS);
    case PR_SET_KEEPCAPS:
        return set_keep_caps(arg2);
    case PR_GET_SECUREBITS:
        return c->securebits;
    case PR_SET_SECUREBITS:
        return set_securebits(arg2);
    case PR_CAPBSET_READ:
        return arg2 > CAP_LAST_CAP ? -EINVAL : !!(c->bounding & CAP_BIT(arg2));
    case PR_CAPBSET_DROP:
        return bounding_drop(arg2);
    case PR_CAP_AMBIENT:
        return ambient(arg2, arg3, arg4 | arg5);
    case PR_SET_NO_NEW_PRIVS:
        return arg2 != 1 || rest ? -EINVAL : set_no_new_privs();
    case PR_GET_NO_NEW_PRIVS:
        return arg2 || rest ? -EINVAL : c->no_new_privs;
    case PR_SET_THP_DISABLE:
        if (rest)
            return -EINVAL;
        p->thp_disable = arg2 != 0;
        p->space->no_large = p->thp_disable;
        return 0;
    case PR_GET_THP_DISABLE:
        return arg2 || rest ? -EINVAL : p->thp_disable;
    default:
        return attribute(option, arg2);
    }
}
SYSCALL_PARTIAL(prctl, "no seccomp, names of mappings and other rare options "
                       "(EINVAL); timer slack is only kept");
