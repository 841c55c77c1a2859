// SPDX-License-Identifier: MIT
/* flags_priv: the sets that only shim/flags.c looks up. */
#pragma once

#include "shim/flags.h"

extern const struct flag_set flags_access, flags_at, flags_at_access,
    flags_clockid, flags_close_range, flags_epoll_create, flags_epoll_op,
    flags_eventfd, flags_fadvise, flags_fallocate, flags_fcntl, flags_flock,
    flags_inotify, flags_ioctl, flags_pidfd, flags_shm_op, flags_itimer,
    flags_madvise, flags_membarrier, flags_memfd, flags_mlockall, flags_mremap,
    flags_msync, flags_prio, flags_prot, flags_random, flags_rename,
    flags_resource, flags_rusage_who, flags_rwf, flags_sched_policy, flags_shut,
    flags_signalfd, flags_sig_how, flags_sock, flags_sock_level, flags_splice,
    flags_timer, flags_timerfd, flags_timerfd_settime, flags_waitid_type,
    flags_xattr;
