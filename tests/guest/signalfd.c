// SPDX-License-Identifier: MIT
/* signalfd: as signalfd(2) says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { ROUNDS = 10000 };

static struct signalfd_siginfo si[4];
static sigset_t both;

/* A descriptor for SIGUSR1 and SIGUSR2, which are blocked. */
static int open_both(int flags)
{
    int fd;

    sigemptyset(&both);
    sigaddset(&both, SIGUSR1);
    sigaddset(&both, SIGUSR2);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &both, NULL), 0);
    fd = signalfd(-1, &both, flags);
    CHECK(fd >= 0);
    return fd;
}

static int readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

static void a_blocked_signal_is_read(void)
{
    int fd = open_both(SFD_NONBLOCK);
    sigset_t pending;

    CHECK_EQ(readable(fd), 0);
    CHECK_ERRNO(read(fd, si, sizeof(si)), EAGAIN);
    CHECK_EQ(kill(getpid(), SIGUSR1), 0);
    CHECK_EQ(readable(fd), POLLIN);
    CHECK_EQ(read(fd, si, sizeof(si)), 128);
    CHECK_EQ(si[0].ssi_signo, SIGUSR1);
    CHECK_EQ(si[0].ssi_code, SI_USER);
    CHECK_EQ(si[0].ssi_pid, getpid());
    CHECK_EQ(si[0].ssi_uid, getuid());
    CHECK_EQ(readable(fd), 0);
    sigpending(&pending);
    CHECK_EQ(sigismember(&pending, SIGUSR1), 0);
    close(fd);
}

static void several_come_at_once_in_order(void)
{
    int fd = open_both(SFD_NONBLOCK);

    CHECK_EQ(raise(SIGUSR2), 0);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(read(fd, si, sizeof(si)), 256);
    CHECK_EQ(si[0].ssi_signo, SIGUSR1);
    CHECK_EQ(si[1].ssi_signo, SIGUSR2);
    CHECK_EQ(raise(SIGUSR2), 0);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(read(fd, si, 200), 128);
    CHECK_EQ(read(fd, si, 128), 128);
    close(fd);
}

static void a_queued_value_is_told(void)
{
    int fd = open_both(SFD_NONBLOCK);
    union sigval v = {.sival_ptr = (void *)0x1122334455667788};

    if (sigqueue(getpid(), SIGUSR1, v) < 0 && errno == ENOSYS)
        CHECK_SKIP("no rt_sigqueueinfo");
    CHECK_EQ(read(fd, si, sizeof(si)), 128);
    CHECK_EQ(si[0].ssi_code, SI_QUEUE);
    CHECK_EQ(si[0].ssi_ptr, 0x1122334455667788);
    CHECK_EQ(si[0].ssi_int, 0x55667788);
    close(fd);
}

static void a_timers_signal_is_told(void)
{
    int fd = open_both(0);
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL,
                          .sigev_signo = SIGUSR2,
                          .sigev_value.sival_int = 42};
    struct itimerspec soon = {{0, 0}, {0, 1000000}};
    timer_t t;

    CHECK_EQ(timer_create(CLOCK_MONOTONIC, &ev, &t), 0);
    CHECK_EQ(timer_settime(t, 0, &soon, NULL), 0);
    CHECK_EQ(read(fd, si, sizeof(si)), 128);
    CHECK_EQ(si[0].ssi_signo, SIGUSR2);
    CHECK_EQ(si[0].ssi_code, SI_TIMER);
    CHECK_EQ(si[0].ssi_int, 42);
    timer_delete(t);
    close(fd);
}

static void the_mask_can_be_changed(void)
{
    int fd = open_both(SFD_NONBLOCK);
    sigset_t one;

    sigemptyset(&one);
    sigaddset(&one, SIGUSR2);
    CHECK_EQ(signalfd(fd, &one, 0), fd);
    CHECK_EQ(raise(SIGUSR1), 0);
    CHECK_EQ(readable(fd), 0);
    CHECK_EQ(signalfd(fd, &both, 0), fd);
    CHECK_EQ(readable(fd), POLLIN);
    CHECK_EQ(read(fd, si, sizeof(si)), 128);
    close(fd);
}

static void arguments_are_checked(void)
{
    int fd = open_both(SFD_CLOEXEC);
    uint64_t mask = 0;

    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(signalfd(-1, &both, 1), EINVAL);
    CHECK_ERRNO(signalfd(0, &both, 0), EINVAL);
    CHECK_ERRNO(signalfd(999, &both, 0), EBADF);
    CHECK_ERRNO(syscall(SYS_signalfd4, -1, &mask, 4, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_signalfd4, -1, 8, 8, 0), EFAULT);
    CHECK_ERRNO(read(fd, si, 127), EINVAL);
    CHECK_ERRNO(write(fd, si, 128), EINVAL);
    close(fd);
}

static void other_signals_stay(void)
{
    int fd = open_both(SFD_NONBLOCK);
    sigset_t hup, pending;

    sigemptyset(&hup);
    sigaddset(&hup, SIGHUP);
    sigprocmask(SIG_BLOCK, &hup, NULL);
    CHECK_EQ(raise(SIGHUP), 0);
    CHECK_ERRNO(read(fd, si, sizeof(si)), EAGAIN);
    sigpending(&pending);
    CHECK_EQ(sigismember(&pending, SIGHUP), 1);
    signal(SIGHUP, SIG_IGN);
    sigprocmask(SIG_UNBLOCK, &hup, NULL);
    signal(SIGHUP, SIG_DFL);
    close(fd);
}

static void *send_later(void *arg)
{
    usleep(20000);
    kill(getpid(), SIGUSR1);
    return arg;
}

static void a_read_waits_for_a_signal(void)
{
    int fd = open_both(0);
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, send_later, NULL), 0);
    CHECK_EQ(read(fd, si, sizeof(si)), 128);
    CHECK_EQ(si[0].ssi_signo, SIGUSR1);
    pthread_join(t, NULL);
    close(fd);
}

static void epoll_tells_of_signals(void)
{
    int fd = open_both(0), ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN};
    pthread_t t;

    CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
    CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
    CHECK_EQ(pthread_create(&t, NULL, send_later, NULL), 0);
    CHECK_EQ(epoll_wait(ep, &e, 1, 2000), 1);
    CHECK_EQ(read(fd, si, sizeof(si)), 128);
    CHECK_EQ(epoll_wait(ep, &e, 1, 0), 0);
    pthread_join(t, NULL);
    close(fd);
    close(ep);
}

static void *send_many(void *arg)
{
    union sigval v;

    for (int i = 0; i < ROUNDS; i++) {
        v.sival_int = i;
        while (sigqueue(getpid(), SIGRTMIN, v) < 0) {
            if (errno != EAGAIN)
                return &both;
            sched_yield();
        }
    }
    return arg;
}

static void ten_thousand_queued_signals_come_in_order(void)
{
    pthread_t t;
    sigset_t set;
    int fd;

    if (sigqueue(getpid(), 0, (union sigval){0}) < 0 && errno == ENOSYS)
        CHECK_SKIP("no rt_sigqueueinfo");
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
    fd = signalfd(-1, &set, 0);
    CHECK_EQ(pthread_create(&t, NULL, send_many, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(read(fd, si, 128), 128);
        CHECK_EQ(si[0].ssi_int, i);
    }
    pthread_join(t, NULL);
    close(fd);
}

int main(void)
{
    RUN(a_blocked_signal_is_read);
    RUN(several_come_at_once_in_order);
    RUN(a_queued_value_is_told);
    RUN(a_timers_signal_is_told);
    RUN(the_mask_can_be_changed);
    RUN(arguments_are_checked);
    RUN(other_signals_stay);
    RUN(a_read_waits_for_a_signal);
    RUN(epoll_tells_of_signals);
    RUN(ten_thousand_queued_signals_come_in_order);
    return check_end();
}
