// SPDX-License-Identifier: MIT
/*
 * event: descriptors that stand for events; epoll_ctl(2), eventfd(2),
 * timerfd_create(2), signalfd(2).
 */
#pragma once

#include <stdint.h>

#define EPOLL_CLOEXEC 02000000

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

#define EPOLLIN        0x001
#define EPOLLPRI       0x002
#define EPOLLOUT       0x004
#define EPOLLERR       0x008
#define EPOLLHUP       0x010
#define EPOLLRDNORM    0x040
#define EPOLLRDBAND    0x080
#define EPOLLWRNORM    0x100
#define EPOLLWRBAND    0x200
#define EPOLLMSG       0x400
#define EPOLLRDHUP     0x2000
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP    (1u << 29)
#define EPOLLONESHOT   (1u << 30)
#define EPOLLET        (1u << 31)

#define EFD_SEMAPHORE 1
#define EFD_CLOEXEC   02000000
#define EFD_NONBLOCK  00004000

#define TFD_CLOEXEC             02000000
#define TFD_NONBLOCK            00004000
#define TFD_TIMER_ABSTIME       1
#define TFD_TIMER_CANCEL_ON_SET 2

#define SFD_CLOEXEC  02000000
#define SFD_NONBLOCK 00004000

/* data is of 64 bits, and not aligned. */
struct abi_epoll_event {
    uint32_t events;
    uint32_t data[2];
};

_Static_assert(sizeof(struct abi_epoll_event) == 12, "Linux ABI");

struct abi_signalfd_siginfo {
    uint32_t ssi_signo;
    int32_t ssi_errno, ssi_code;
    uint32_t ssi_pid, ssi_uid;
    int32_t ssi_fd;
    uint32_t ssi_tid, ssi_band, ssi_overrun, ssi_trapno;
    int32_t ssi_status, ssi_int;
    uint64_t ssi_ptr, ssi_utime, ssi_stime, ssi_addr;
    uint16_t ssi_addr_lsb;
    uint16_t abi_pad1;
    int32_t ssi_syscall;
    uint64_t ssi_call_addr;
    uint32_t ssi_arch;
    uint8_t abi_pad2[28];
};

_Static_assert(sizeof(struct abi_signalfd_siginfo) == 128, "Linux ABI");
