// SPDX-License-Identifier: MIT
#include "shim/flags.h"

#include "shim/flags_priv.h"
#include "syscalls/table.h"

const struct flag_set *flags_of_kind(unsigned kind)
{
    static const struct flag_set *const sets[SYSCALL_KIND_COUNT] = {
        [SYSCALL_ACCESS] = &flags_access,
        [SYSCALL_ARCH_PRCTL] = &flags_arch_prctl,
        [SYSCALL_AT_ACCESS_FLAGS] = &flags_at_access,
        [SYSCALL_AT_FLAGS] = &flags_at,
        [SYSCALL_AT_REMOVE_FLAGS] = &flags_at,
        [SYSCALL_CLOCKID] = &flags_clockid,
        [SYSCALL_CLONE_FLAGS_ONLY] = &flags_clone,
        [SYSCALL_CLOSE_RANGE_FLAGS] = &flags_close_range,
        [SYSCALL_EPOLL_FLAGS] = &flags_epoll_create,
        [SYSCALL_EPOLL_OP] = &flags_epoll_op,
        [SYSCALL_EVENTFD_FLAGS] = &flags_eventfd,
        [SYSCALL_FADVISE] = &flags_fadvise,
        [SYSCALL_FALLOCATE] = &flags_fallocate,
        [SYSCALL_FCNTL] = &flags_fcntl,
        [SYSCALL_FLOCK] = &flags_flock,
        [SYSCALL_IOCTL] = &flags_ioctl,
        [SYSCALL_ITIMER] = &flags_itimer,
        [SYSCALL_MADVISE] = &flags_madvise,
        [SYSCALL_MEMBARRIER] = &flags_membarrier,
        [SYSCALL_MEMFD_FLAGS] = &flags_memfd,
        [SYSCALL_MLOCKALL_FLAGS] = &flags_mlockall,
        [SYSCALL_MREMAP_FLAGS] = &flags_mremap,
        [SYSCALL_MSG_FLAGS] = &flags_msg,
        [SYSCALL_MSYNC_FLAGS] = &flags_msync,
        [SYSCALL_OPEN_FLAGS_ONLY] = &flags_open_other,
        [SYSCALL_INOTIFY_MASK] = &flags_inotify,
        [SYSCALL_PIDFD_FLAGS] = &flags_pidfd,
        [SYSCALL_SHM_OP] = &flags_shm_op,
        [SYSCALL_PRCTL] = &flags_prctl,
        [SYSCALL_PRIO_WHICH] = &flags_prio,
        [SYSCALL_PROT] = &flags_prot,
        [SYSCALL_RANDOM_FLAGS] = &flags_random,
        [SYSCALL_RENAME_FLAGS] = &flags_rename,
        [SYSCALL_RESOURCE] = &flags_resource,
        [SYSCALL_RUSAGE_WHO] = &flags_rusage_who,
        [SYSCALL_RWF] = &flags_rwf,
        [SYSCALL_SCHED_POLICY] = &flags_sched_policy,
        [SYSCALL_SHUT_HOW] = &flags_shut,
        [SYSCALL_SIGNALFD_FLAGS] = &flags_signalfd,
        [SYSCALL_SIG_HOW] = &flags_sig_how,
        [SYSCALL_SOCK_DOMAIN] = &flags_sock_domain,
        [SYSCALL_SOCK_FLAGS] = &flags_sock,
        [SYSCALL_SOCK_LEVEL] = &flags_sock_level,
        [SYSCALL_SPLICE_FLAGS] = &flags_splice,
        [SYSCALL_STATX_MASK] = &flags_statx_mask,
        [SYSCALL_TFD_FLAGS] = &flags_timerfd,
        [SYSCALL_TFD_SETTIME] = &flags_timerfd_settime,
        [SYSCALL_TIMER_FLAGS] = &flags_timer,
        [SYSCALL_WAITID_TYPE] = &flags_waitid_type,
        [SYSCALL_WAIT_OPTIONS] = &flags_wait_options,
        [SYSCALL_WHENCE] = &flags_whence,
        [SYSCALL_XATTR_FLAGS] = &flags_xattr,
    };

    return kind < SYSCALL_KIND_COUNT ? sets[kind] : NULL;
}

const char *flags_name(const struct flag_set *set, uint64_t value)
{
    for (size_t i = 0; i < set->count; i++)
        if (set->names[i].value == value)
            return set->names[i].name;
    return NULL;
}

static void print_unknown(struct text *t, const struct flag_set *set,
                          uint64_t value)
{
    if (set->other)
        text_add(t, value ? "0x%lx /* %s */" : "%ld /* %s */", (long)value,
                 set->other);
    else
        text_add(t, "0x%lx", (long)value);
}

void flags_print(struct text *t, const struct flag_set *set, uint64_t value)
{
    const char *name = flags_name(set, value), *separator = "";
    uint64_t left = value;

    if (name || set->single) {
        if (name)
            text_add(t, "%s", name);
        else
            print_unknown(t, set, value);
        return;
    }
    for (size_t i = 0; i < set->count && left; i++) {
        const struct flag_name *n = &set->names[i];

        if (!n->value || (left & n->value) != n->value)
            continue;
        text_add(t, "%s%s", separator, n->name);
        separator = "|";
        left &= ~n->value;
    }
    if (left && left == value)
        print_unknown(t, set, value);
    else if (left)
        text_add(t, "|0x%lx", (long)left);
    else if (!value)
        text_addc(t, '0');
}
