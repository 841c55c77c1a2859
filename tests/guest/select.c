// SPDX-License-Identifier: MIT
/* select: select(2), pselect(2), poll(2) and ppoll(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static int p[2];
static fd_set r, w;
static volatile sig_atomic_t handled;

static void up(void)
{
    CHECK_EQ(pipe(p), 0);
    FD_ZERO(&r);
    FD_ZERO(&w);
    FD_SET(p[0], &r);
    FD_SET(p[1], &w);
    handled = 0;
}

static void down(void)
{
    close(p[0]);
    close(p[1]);
}

static void on_signal(int sig)
{
    (void)sig;
    handled++;
}

static void catch_alarm(void)
{
    struct sigaction sa = {.sa_handler = on_signal};

    CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
}

/* Again and again: a machine that is slow may take the first before the call
 * has begun. 0: no more. */
static void alarm_every(long usec)
{
    const struct itimerval t = {{0, usec}, {0, usec}};

    CHECK_EQ(setitimer(ITIMER_REAL, &t, NULL), 0);
}

static long ms_since(const struct timespec *from)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - from->tv_sec) * 1000 +
           (now.tv_nsec - from->tv_nsec) / 1000000;
}

static void what_is_ready_stays_in_the_sets(void)
{
    struct timeval none = {0, 0};

    up();
    CHECK_EQ(select(p[1] + 1, &r, &w, NULL, &none), 1);
    CHECK(!FD_ISSET(p[0], &r) && FD_ISSET(p[1], &w));
    CHECK_EQ(write(p[1], "x", 1), 1);
    FD_SET(p[0], &r);
    CHECK_EQ(select(p[1] + 1, &r, &w, NULL, NULL), 2);
    CHECK(FD_ISSET(p[0], &r) && FD_ISSET(p[1], &w));
    down();
}

static void only_numbers_below_the_first_count(void)
{
    struct timeval none = {0, 0};

    up();
    CHECK_EQ(select(p[1], NULL, &w, NULL, &none), 0);
    CHECK_EQ(select(0, &r, &w, NULL, &none), 0);
    CHECK_ERRNO(select(-1, &r, &w, NULL, &none), EINVAL);
    down();
}

static void a_timeout_counts_down(void)
{
    struct timeval t = {0, 30000};
    struct timespec start;

    up();
    clock_gettime(CLOCK_MONOTONIC, &start);
    CHECK_EQ(select(p[0] + 1, &r, NULL, NULL, &t), 0);
    CHECK(ms_since(&start) >= 30);
    CHECK_EQ(t.tv_sec * 1000000 + t.tv_usec, 0);
    t = (struct timeval){100, 0};
    CHECK_EQ(select(p[1] + 1, NULL, &w, NULL, &t), 1);
    CHECK(t.tv_sec >= 90);
    CHECK_EQ(select(0, NULL, NULL, NULL, &(struct timeval){0, 10000}), 0);
    down();
}

static void closed_numbers_are_refused(void)
{
    struct timeval none = {0, 0};

    up();
    close(p[0]);
    CHECK_ERRNO(select(p[0] + 1, &r, NULL, NULL, &none), EBADF);
    CHECK_ERRNO(select(5, check_pointer(8), NULL, NULL, &none), EFAULT);
    CHECK_ERRNO(select(0, NULL, NULL, NULL, &(struct timeval){-1, 0}), EINVAL);
    close(p[1]);
}

static void a_closed_end_is_readable(void)
{
    up();
    close(p[1]);
    CHECK_EQ(select(p[0] + 1, &r, NULL, NULL, NULL), 1);
    CHECK(FD_ISSET(p[0], &r));
    close(p[0]);
}

static void signals_end_a_select(void)
{
    up();
    catch_alarm();
    alarm_every(20000);
    CHECK_ERRNO(select(p[0] + 1, &r, NULL, NULL, NULL), EINTR);
    CHECK(handled >= 1);
    alarm_every(0);
    down();
}

static void pselect_swaps_the_mask(void)
{
    struct timespec none = {0, 0}, second = {1, 0};
    sigset_t alarm_only, empty, now;

    up();
    catch_alarm();
    sigemptyset(&empty);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &alarm_only, NULL), 0);
    raise(SIGALRM);
    CHECK_EQ(pselect(p[0] + 1, &r, NULL, NULL, &none, NULL), 0);
    CHECK_EQ(handled, 0);
    FD_SET(p[0], &r);
    CHECK_ERRNO(pselect(p[0] + 1, &r, NULL, NULL, &second, &empty), EINTR);
    CHECK_EQ(handled, 1);
    CHECK_EQ(sigprocmask(SIG_UNBLOCK, &alarm_only, &now), 0);
    CHECK_EQ(sigismember(&now, SIGALRM), 1);
    CHECK_EQ(second.tv_sec, 1);
    down();
}

static void pselect_takes_odd_arguments(void)
{
    struct {
        const void *mask;
        size_t size;
    } bad = {&r, 3};
    struct timespec none = {0, 0}, odd = {0, 1000000000};

    up();
    CHECK_ERRNO(syscall(SYS_pselect6, 0, 0, 0, 0, &odd, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_pselect6, 0, 0, 0, 0, &none, &bad), EINVAL);
    CHECK_ERRNO(syscall(SYS_pselect6, 0, 0, 0, 0, &none, 8), EFAULT);
    CHECK_EQ(syscall(SYS_pselect6, 0, 0, 0, 0, &none, 0), 0);
    down();
}

/* --- poll --- */

static void poll_tells_of_each(void)
{
    struct pollfd f[4];

    up();
    f[0] = (struct pollfd){p[0], POLLIN, -1};
    f[1] = (struct pollfd){p[1], POLLOUT, -1};
    f[2] = (struct pollfd){-5, POLLIN, -1};
    f[3] = (struct pollfd){1000, POLLIN, 0};
    CHECK_EQ(poll(f, 3, 0), 1);
    CHECK_EQ(f[0].revents, 0);
    CHECK_EQ(f[1].revents, POLLOUT);
    CHECK_EQ(f[2].revents, 0);
    CHECK_EQ(poll(f, 4, -1), 2);
    CHECK_EQ(f[3].revents, POLLNVAL);
    down();
}

static void ends_that_close_are_told_unasked(void)
{
    struct pollfd f = {0, 0, 0};

    up();
    f.fd = p[1];
    close(p[0]);
    CHECK_EQ(poll(&f, 1, 0), 1);
    CHECK_EQ(f.revents, POLLERR);
    close(p[1]);
    up();
    f.fd = p[0];
    CHECK_EQ(poll(&f, 1, 0), 0);
    close(p[1]);
    CHECK_EQ(poll(&f, 1, 0), 1);
    CHECK_EQ(f.revents, POLLHUP);
    close(p[0]);
}

static void poll_waits_as_long_as_told(void)
{
    struct pollfd f = {0, POLLIN, 0};
    struct timespec start;

    up();
    f.fd = p[0];
    clock_gettime(CLOCK_MONOTONIC, &start);
    CHECK_EQ(poll(&f, 1, 30), 0);
    CHECK(ms_since(&start) >= 30);
    CHECK_EQ(poll(NULL, 0, 5), 0);
    CHECK_ERRNO(poll(check_pointer(8), 1, 0), EFAULT);
    CHECK_ERRNO(syscall(SYS_poll, &f, 100000000, 0), EINVAL);
    down();
}

static void *write_later(void *arg)
{
    usleep(20000);
    return (void *)(long)(write(p[1], "x", 1) != 1 + (arg != NULL));
}

static void a_change_ends_the_wait(void)
{
    struct pollfd f = {0, POLLIN, 0};
    pthread_t t;

    up();
    f.fd = p[0];
    CHECK_EQ(pthread_create(&t, NULL, write_later, NULL), 0);
    CHECK_EQ(poll(&f, 1, -1), 1);
    CHECK_EQ(f.revents, POLLIN);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(read(p[0], &f, 1), 1);
    CHECK_EQ(pthread_create(&t, NULL, write_later, NULL), 0);
    CHECK_EQ(select(p[0] + 1, &r, NULL, NULL, NULL), 1);
    CHECK_EQ(pthread_join(t, NULL), 0);
    down();
}

static void many_files_are_watched(void)
{
    enum { N = 200 };
    static struct pollfd f[N];

    up();
    for (int i = 0; i < N; i++)
        f[i] = (struct pollfd){i % 2 ? p[0] : -1, POLLIN, 0};
    CHECK_EQ(poll(f, N, 1), 0);
    CHECK_EQ(write(p[1], "x", 1), 1);
    CHECK_EQ(poll(f, N, -1), N / 2);
    down();
}

static void ppoll_swaps_the_mask_and_tells_what_is_left(void)
{
    struct timespec t = {100, 0}, odd = {0, -1};
    struct pollfd f = {0, POLLOUT, 0};
    sigset_t alarm_only, empty;

    up();
    f.fd = p[1];
    CHECK_EQ(syscall(SYS_ppoll, &f, 1, &t, NULL, 8), 1);
    CHECK(t.tv_sec >= 90 && t.tv_sec < 100);
    CHECK_ERRNO(syscall(SYS_ppoll, &f, 1, &odd, NULL, 8), EINVAL);
    CHECK_ERRNO(syscall(SYS_ppoll, &f, 1, &t, &f, 5), EINVAL);
    catch_alarm();
    sigemptyset(&empty);
    sigemptyset(&alarm_only);
    sigaddset(&alarm_only, SIGALRM);
    CHECK_EQ(sigprocmask(SIG_BLOCK, &alarm_only, NULL), 0);
    raise(SIGALRM);
    f = (struct pollfd){p[0], POLLIN, 0};
    CHECK_ERRNO(ppoll(&f, 1, NULL, &empty), EINTR);
    CHECK_EQ(handled, 1);
    CHECK_EQ(sigprocmask(SIG_UNBLOCK, &alarm_only, NULL), 0);
    down();
}

static void regular_files_are_always_ready(void)
{
    int fd = open("/proc/self/exe", O_RDONLY);
    struct pollfd f = {fd, POLLIN | POLLOUT, 0};

    CHECK(fd >= 0);
    CHECK_EQ(poll(&f, 1, -1), 1);
    CHECK_EQ(f.revents, POLLIN | POLLOUT);
    close(fd);
}

int main(void)
{
    RUN(what_is_ready_stays_in_the_sets);
    RUN(only_numbers_below_the_first_count);
    RUN(a_timeout_counts_down);
    RUN(closed_numbers_are_refused);
    RUN(a_closed_end_is_readable);
    RUN(signals_end_a_select);
    RUN(pselect_swaps_the_mask);
    RUN(pselect_takes_odd_arguments);
    RUN(poll_tells_of_each);
    RUN(ends_that_close_are_told_unasked);
    RUN(poll_waits_as_long_as_told);
    RUN(a_change_ends_the_wait);
    RUN(many_files_are_watched);
    RUN(ppoll_swaps_the_mask_and_tells_what_is_left);
    RUN(regular_files_are_always_ready);
    return check_end();
}
