// SPDX-License-Identifier: MIT
/* timerfd: as timerfd_create(2) says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define MS 1000000L

enum { ROUNDS = 10000 };

static uint64_t ticks;
static struct itimerspec old;

static int set(int fd, int flags, int64_t value_ns, int64_t interval_ns)
{
    struct itimerspec t = {
        .it_value = {value_ns / 1000000000, value_ns % 1000000000},
        .it_interval = {interval_ns / 1000000000, interval_ns % 1000000000},
    };

    return timerfd_settime(fd, flags, &t, &old);
}

static long get(int fd)
{
    return read(fd, &ticks, sizeof(ticks));
}

static int64_t now(int clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int readable(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};

    CHECK(poll(&p, 1, ms) >= 0);
    return p.revents;
}

static void a_timer_expires_once(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    int64_t start = now(CLOCK_MONOTONIC);

    CHECK_EQ(set(fd, 0, 20 * MS, 0), 0);
    CHECK_EQ(readable(fd, 0), 0);
    CHECK_EQ(get(fd), 8);
    CHECK(now(CLOCK_MONOTONIC) - start >= 20 * MS);
    CHECK_EQ(ticks, 1);
    CHECK_EQ(readable(fd, 40), 0);
    close(fd);
}

static void a_periodic_timer_counts_what_was_missed(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

    CHECK_EQ(set(fd, 0, 10 * MS, 10 * MS), 0);
    CHECK_ERRNO(get(fd), EAGAIN);
    usleep(55000);
    CHECK_EQ(get(fd), 8);
    CHECK(ticks >= 5);
    CHECK_EQ(readable(fd, 1000), POLLIN);
    CHECK_EQ(get(fd), 8);
    CHECK(ticks >= 1);
    close(fd);
}

static void absolute_times_may_be_past(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);

    CHECK_EQ(set(fd, TFD_TIMER_ABSTIME, 1, 0), 0);
    CHECK_EQ(get(fd), 8);
    CHECK_EQ(ticks, 1);
    CHECK_EQ(set(fd, TFD_TIMER_ABSTIME, now(CLOCK_MONOTONIC) + 20 * MS, 0), 0);
    CHECK_EQ(readable(fd, 0), 0);
    CHECK_EQ(readable(fd, 2000), POLLIN);
    close(fd);
}

static void wall_time_works_both_ways(void)
{
    int fd = timerfd_create(CLOCK_REALTIME, 0);
    int64_t end = now(CLOCK_REALTIME) + 20 * MS;

    CHECK_EQ(set(fd, TFD_TIMER_ABSTIME, end, 0), 0);
    CHECK_EQ(get(fd), 8);
    CHECK(now(CLOCK_REALTIME) >= end);
    CHECK_EQ(set(fd, 0, 20 * MS, 0), 0);
    CHECK_EQ(get(fd), 8);
    close(fd);
}

static void all_clocks_that_wake_are_there(void)
{
    static const int clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC,
                                 CLOCK_BOOTTIME};

    for (unsigned i = 0; i < 3; i++) {
        int fd = timerfd_create(clocks[i], 0);

        CHECK(fd >= 0);
        CHECK_EQ(set(fd, 0, MS, 0), 0);
        CHECK_EQ(get(fd), 8);
        CHECK_EQ(ticks, 1);
        close(fd);
    }
    CHECK_ERRNO(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0), EINVAL);
    CHECK_ERRNO(timerfd_create(CLOCK_MONOTONIC_RAW, 0), EINVAL);
    CHECK_ERRNO(timerfd_create(99, 0), EINVAL);
}

static void gettime_tells_what_is_left(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec left;

    CHECK_EQ(timerfd_gettime(fd, &left), 0);
    CHECK_EQ(left.it_value.tv_sec, 0);
    CHECK_EQ(left.it_value.tv_nsec, 0);
    CHECK_EQ(set(fd, 0, 5000 * MS, 7000 * MS), 0);
    CHECK_EQ(timerfd_gettime(fd, &left), 0);
    CHECK_EQ(left.it_value.tv_sec, 4);
    CHECK(left.it_value.tv_nsec > 0);
    CHECK_EQ(left.it_interval.tv_sec, 7);
    CHECK_EQ(set(fd, 0, 0, 0), 0);
    CHECK_EQ(old.it_value.tv_sec, 4);
    CHECK_EQ(old.it_interval.tv_sec, 7);
    CHECK_EQ(timerfd_gettime(fd, &left), 0);
    CHECK_EQ(left.it_value.tv_sec + left.it_value.tv_nsec, 0);
    close(fd);
}

static void an_expired_timer_has_nothing_left(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec left;

    CHECK_EQ(set(fd, 0, MS, 0), 0);
    usleep(5000);
    CHECK_EQ(timerfd_gettime(fd, &left), 0);
    CHECK_EQ(left.it_value.tv_nsec, 0);
    CHECK_EQ(get(fd), 8);
    CHECK_EQ(ticks, 1);
    close(fd);
}

static void asking_what_is_left_keeps_the_count(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec left;

    CHECK_EQ(set(fd, 0, 10 * MS, 10 * MS), 0);
    usleep(35000);
    CHECK_EQ(timerfd_gettime(fd, &left), 0);
    CHECK(left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 10 * MS);
    CHECK_EQ(get(fd), 8);
    CHECK(ticks >= 3);
    close(fd);
}

static void setting_anew_forgets_expiries(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);

    CHECK_EQ(set(fd, 0, MS, 0), 0);
    CHECK_EQ(readable(fd, 1000), POLLIN);
    CHECK_EQ(set(fd, 0, 10000 * MS, 0), 0);
    CHECK_ERRNO(get(fd), EAGAIN);
    CHECK_EQ(readable(fd, 0), 0);
    CHECK_EQ(set(fd, 0, 0, 0), 0);
    CHECK_ERRNO(get(fd), EAGAIN);
    close(fd);
}

static void arguments_are_checked(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    struct itimerspec t = {{0, 0}, {0, 1000000000}};
    char small[7];

    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_ERRNO(timerfd_create(CLOCK_MONOTONIC, 1), EINVAL);
    CHECK_ERRNO(timerfd_settime(fd, 0, &t, NULL), EINVAL);
    t.it_value.tv_nsec = -1;
    CHECK_ERRNO(timerfd_settime(fd, 0, &t, NULL), EINVAL);
    t.it_value.tv_nsec = 0;
    CHECK_ERRNO(timerfd_settime(fd, 4, &t, NULL), EINVAL);
    CHECK_ERRNO(timerfd_settime(-1, 0, &t, NULL), EBADF);
    CHECK_ERRNO(timerfd_settime(0, 0, &t, NULL), EINVAL);
    CHECK_ERRNO(timerfd_gettime(0, &t), EINVAL);
    CHECK_ERRNO(timerfd_gettime(-1, &t), EBADF);
    CHECK_ERRNO(timerfd_settime(fd, 0, check_pointer(8), NULL), EFAULT);
    CHECK_ERRNO(timerfd_gettime(fd, check_pointer(8)), EFAULT);
    CHECK_ERRNO(read(fd, small, 7), EINVAL);
    CHECK_ERRNO(write(fd, &t, 8), EINVAL);
    close(fd);
}

static void setting_the_wall_clock_cancels(void)
{
    int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK);
    int flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    struct timespec ts;
    int64_t end = now(CLOCK_REALTIME) + 100000 * MS;

    CHECK_EQ(set(fd, flags, end, 0), 0);
    clock_gettime(CLOCK_REALTIME, &ts);
    if (clock_settime(CLOCK_REALTIME, &ts) < 0)
        CHECK_SKIP("the clock cannot be set");
    CHECK_EQ(readable(fd, 0), POLLIN);
    CHECK_ERRNO(get(fd), ECANCELED);
    CHECK_ERRNO(get(fd), EAGAIN);
    clock_gettime(CLOCK_REALTIME, &ts);
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &ts), 0);
    CHECK_ERRNO(set(fd, flags, end, 0), ECANCELED);
    CHECK_EQ(set(fd, TFD_TIMER_ABSTIME, end, 0), 0);
    CHECK_EQ(clock_settime(CLOCK_REALTIME, &ts), 0);
    CHECK_ERRNO(get(fd), EAGAIN);
    close(fd);
}

static void epoll_tells_of_expiries(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0), ep = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET};

    CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
    CHECK_EQ(set(fd, 0, 5 * MS, 5 * MS), 0);
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(epoll_wait(ep, &e, 1, 2000), 1);
        CHECK_EQ(get(fd), 8);
    }
    close(fd);
    close(ep);
}

static void ten_thousand_short_times_all_expire(void)
{
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);

    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(set(fd, 0, 1 + i % 20000, 0), 0);
        CHECK_EQ(get(fd), 8);
        CHECK_EQ(ticks, 1);
    }
    close(fd);
}

int main(void)
{
    RUN(a_timer_expires_once);
    RUN(a_periodic_timer_counts_what_was_missed);
    RUN(absolute_times_may_be_past);
    RUN(wall_time_works_both_ways);
    RUN(all_clocks_that_wake_are_there);
    RUN(gettime_tells_what_is_left);
    RUN(an_expired_timer_has_nothing_left);
    RUN(asking_what_is_left_keeps_the_count);
    RUN(setting_anew_forgets_expiries);
    RUN(arguments_are_checked);
    RUN(setting_the_wall_clock_cancels);
    RUN(epoll_tells_of_expiries);
    RUN(ten_thousand_short_times_all_expire);
    return check_end();
}
