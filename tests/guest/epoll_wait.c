// SPDX-License-Identifier: MIT
/*
 * epoll_wait: waiting with epoll_wait(2) and its like, sets in sets, threads
 * that share one.
 */
#define _GNU_SOURCE
#include "epoll.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

enum { ROUNDS = 10000, MANY = 10000 };

/* --- epoll_wait --- */

static void arguments_are_checked(void)
{
    open_all();
    CHECK_ERRNO(epoll_wait(ep, got, 0, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_epoll_wait, ep, got, -1, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_epoll_wait, ep, got, INT_MAX, 0), EINVAL);
    CHECK_ERRNO(epoll_wait(in, got, 1, 0), EINVAL);
    CHECK_ERRNO(epoll_wait(-1, got, 1, 0), EBADF);
    CHECK_ERRNO(epoll_create(0), EINVAL);
    CHECK_ERRNO(epoll_create(-1), EINVAL);
    CHECK_ERRNO(epoll_create1(1), EINVAL);
    close_all();
}

static void an_event_that_cannot_be_written_is_kept(void)
{
    void *gone;

    open_all();
    gone = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLET), 0);
    fill(1);
    CHECK_ERRNO(epoll_wait(ep, gone, 1, 0), EFAULT);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    munmap(gone, 4096);
    close_all();
}

static void a_time_out_is_kept(void)
{
    struct timespec from, to;
    long ms;

    open_all();
    clock_gettime(CLOCK_MONOTONIC, &from);
    CHECK_EQ(epoll_wait(ep, got, 1, 30), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    ms = (to.tv_sec - from.tv_sec) * 1000 +
         (to.tv_nsec - from.tv_nsec) / 1000000;
    CHECK(ms >= 29);
    close_all();
}

static void few_events_at_a_time_are_fair(void)
{
    int fds[3], seen[3] = {0};

    open_all();
    for (int i = 0; i < 3; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.u32 = (uint32_t)i};

        fds[i] = eventfd(1, 0);
        CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e), 0);
    }
    for (int i = 0; i < 6; i++) {
        CHECK_EQ(epoll_wait(ep, got, 1, 0), 1);
        seen[got[0].data.u32]++;
    }
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(seen[i], 2);
        close(fds[i]);
    }
    close_all();
}

static void events_come_in_the_order_they_happened(void)
{
    int fds[3];
    uint64_t one = 1;

    open_all();
    for (int i = 0; i < 3; i++) {
        fds[i] = eventfd(0, 0);
        CHECK_EQ(control(EPOLL_CTL_ADD, fds[i], EPOLLIN), 0);
    }
    for (int i = 2; i >= 0; i--)
        CHECK_EQ(write(fds[i], &one, 8), 8);
    CHECK_EQ(look(), 3);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(got[i].data.fd, fds[2 - i]);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close_all();
}

static void on_signal(int sig)
{
    (void)sig;
}

static atomic_bool interrupted;

/* Again and again: the first may come before the wait has begun. */
static void *interrupt(void *arg)
{
    while (!interrupted) {
        usleep(20000);
        pthread_kill(*(pthread_t *)arg, SIGUSR1);
    }
    return NULL;
}

static void a_signal_interrupts(void)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    pthread_t t, self = pthread_self();

    open_all();
    sigaction(SIGUSR1, &act, NULL);
    CHECK_EQ(pthread_create(&t, NULL, interrupt, &self), 0);
    CHECK_ERRNO(epoll_wait(ep, got, 1, -1), EINTR);
    interrupted = true;
    pthread_join(t, NULL);
    close_all();
}

static volatile sig_atomic_t handled;

static void count_signal(int sig)
{
    (void)sig;
    handled++;
}

static void pwait_waits_with_another_mask(void)
{
    struct sigaction act = {.sa_handler = count_signal};
    sigset_t block, none, now;

    open_all();
    handled = 0;
    sigaction(SIGUSR1, &act, NULL);
    sigemptyset(&none);
    sigemptyset(&block);
    sigaddset(&block, SIGUSR1);
    sigprocmask(SIG_BLOCK, &block, NULL);
    raise(SIGUSR1);
    CHECK_EQ(handled, 0);
    CHECK_ERRNO(epoll_pwait(ep, got, 1, 1000, &none), EINTR);
    CHECK_EQ(handled, 1);
    sigprocmask(SIG_SETMASK, NULL, &now);
    CHECK_EQ(sigismember(&now, SIGUSR1), 1);
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    CHECK_ERRNO(syscall(SYS_epoll_pwait, ep, got, 1, 0, &none, 4), EINVAL);
    CHECK_EQ(epoll_pwait(ep, got, 1, 0, NULL), 0);
    close_all();
}

static void pwait2_takes_nanoseconds(void)
{
    struct timespec ten_ms = {0, 10000000}, bad = {0, 1000000000};

    open_all();
    CHECK_EQ(syscall(SYS_epoll_pwait2, ep, got, 1, &ten_ms, NULL, 0), 0);
    CHECK_ERRNO(syscall(SYS_epoll_pwait2, ep, got, 1, &bad, NULL, 0), EINVAL);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    fill(1);
    CHECK_EQ(syscall(SYS_epoll_pwait2, ep, got, 1, NULL, NULL, 0), 1);
    close_all();
}

/* --- sets in sets --- */

static void a_set_is_readable_when_it_has_events(void)
{
    struct pollfd p = {.events = POLLIN | POLLOUT};
    int outer = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN, .data.u32 = 7};

    open_all();
    p.fd = ep;
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    CHECK_EQ(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &e), 0);
    CHECK_EQ(poll(&p, 1, 0), 0);
    CHECK_EQ(epoll_wait(outer, got, 1, 0), 0);
    fill(1);
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, POLLIN);
    CHECK_EQ(epoll_wait(outer, got, 1, 0), 1);
    CHECK_EQ(got[0].data.u32, 7);
    drain(1); /* without asking the set */
    CHECK_EQ(poll(&p, 1, 0), 0);
    CHECK_EQ(epoll_wait(outer, got, 1, 0), 0);
    close(outer);
    close_all();
}

static void *fill_later(void *arg)
{
    usleep(20000);
    if (write(out, "x", 1) != 1)
        return &out;
    return arg;
}

static void an_event_wakes_through_sets(void)
{
    int outer = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN};
    pthread_t t;

    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    CHECK_EQ(epoll_ctl(outer, EPOLL_CTL_ADD, ep, &e), 0);
    CHECK_EQ(pthread_create(&t, NULL, fill_later, NULL), 0);
    CHECK_EQ(epoll_wait(outer, got, 1, 2000), 1);
    pthread_join(t, NULL);
    close(outer);
    close_all();
}

static void sets_do_not_watch_each_other(void)
{
    int sets[3];
    struct epoll_event e = {.events = EPOLLIN};

    for (int i = 0; i < 3; i++)
        sets[i] = epoll_create1(0);
    CHECK_EQ(epoll_ctl(sets[1], EPOLL_CTL_ADD, sets[0], &e), 0);
    CHECK_ERRNO(epoll_ctl(sets[0], EPOLL_CTL_ADD, sets[1], &e), ELOOP);
    CHECK_EQ(epoll_ctl(sets[2], EPOLL_CTL_ADD, sets[1], &e), 0);
    CHECK_ERRNO(epoll_ctl(sets[0], EPOLL_CTL_ADD, sets[2], &e), ELOOP);
    CHECK_EQ(epoll_ctl(sets[2], EPOLL_CTL_ADD, sets[0], &e), 0);
    for (int i = 0; i < 3; i++)
        close(sets[i]);
}

static void five_sets_are_the_longest_chain(void)
{
    int sets[8];
    struct epoll_event e = {.events = EPOLLIN};

    for (int i = 0; i < 8; i++)
        sets[i] = epoll_create1(0);
    for (int i = 1; i < 5; i++)
        CHECK_EQ(epoll_ctl(sets[i], EPOLL_CTL_ADD, sets[i - 1], &e), 0);
    CHECK_ERRNO(epoll_ctl(sets[5], EPOLL_CTL_ADD, sets[4], &e), ELOOP);
    CHECK_EQ(epoll_ctl(sets[7], EPOLL_CTL_ADD, sets[6], &e), 0);
    CHECK_EQ(epoll_ctl(sets[6], EPOLL_CTL_ADD, sets[5], &e), 0);
    CHECK_EQ(epoll_ctl(sets[5], EPOLL_CTL_ADD, sets[1], &e), 0);
    CHECK_ERRNO(epoll_ctl(sets[5], EPOLL_CTL_ADD, sets[2], &e), ELOOP);
    for (int i = 0; i < 8; i++)
        close(sets[i]);
}

/* --- many --- */

static void ten_thousand_files_are_watched(void)
{
    struct rlimit limit = {MANY + 100, MANY + 100};
    static int fds[MANY];
    uint64_t one = 1;

    open_all();
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        CHECK_SKIP("not so many descriptors");
    for (int i = 0; i < MANY; i++) {
        fds[i] = eventfd(0, EFD_NONBLOCK);
        CHECK(fds[i] >= 0);
        CHECK_EQ(control(EPOLL_CTL_ADD, fds[i], EPOLLIN), 0);
    }
    for (int i = 0; i < MANY; i++) {
        int fd = fds[(i * 7919) % MANY];

        CHECK_EQ(write(fd, &one, 8), 8);
        CHECK_EQ(epoll_wait(ep, got, 16, 0), 1);
        CHECK_EQ(got[0].data.fd, fd);
        CHECK_EQ(read(fd, &one, 8), 8);
    }
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
    CHECK_EQ(look(), 0);
    close_all();
}

static int taken[ROUNDS];

static void *take_one_shots(void *arg)
{
    struct epoll_event e;
    char c;

    (void)arg;
    while (epoll_wait(ep, &e, 1, -1) == 1) {
        if (e.data.fd != in)
            break; /* the end */
        if (read(in, &c, 1) == 1)
            __atomic_fetch_add(&taken[0], 1, __ATOMIC_SEQ_CST);
        e.events = EPOLLIN | EPOLLONESHOT;
        if (epoll_ctl(ep, EPOLL_CTL_MOD, in, &e) < 0)
            return &ep;
    }
    return NULL;
}

static void threads_share_a_set_and_lose_nothing(void)
{
    pthread_t t[3];
    int end = eventfd(0, 0);
    uint64_t one = 1;
    void *failed;

    open_all();
    taken[0] = 0;
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLONESHOT), 0);
    CHECK_EQ(control(EPOLL_CTL_ADD, end, EPOLLIN), 0);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, take_one_shots, NULL), 0);
    for (int i = 0; i < ROUNDS; i++) {
        while (write(out, "x", 1) != 1)
            usleep(100);
        if (i % 64 == 0)
            sched_yield();
    }
    for (int i = 0; i < 1000 && taken[0] < ROUNDS; i++)
        usleep(10000);
    CHECK_EQ(taken[0], ROUNDS);
    CHECK_EQ(write(end, &one, 8), 8); /* level-triggered: wakes them all */
    for (int i = 0; i < 3; i++) {
        pthread_join(t[i], &failed);
        CHECK(!failed);
    }
    close(end);
    close_all();
}

static void *echo_edges(void *arg)
{
    int *fds = arg, mine = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET};
    uint64_t n;

    if (epoll_ctl(mine, EPOLL_CTL_ADD, fds[0], &e) < 0)
        return &ep;
    for (int done = 0; done < ROUNDS; done++) {
        if (epoll_wait(mine, &e, 1, 5000) != 1 || read(fds[0], &n, 8) != 8 ||
            write(fds[1], &n, 8) != 8)
            return &ep;
    }
    close(mine);
    return NULL;
}

static void edges_are_never_lost(void)
{
    int fds[2] = {eventfd(0, 0), eventfd(0, 0)};
    uint64_t one = 1;
    pthread_t t;
    void *failed;

    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, fds[1], EPOLLIN | EPOLLET), 0);
    CHECK_EQ(pthread_create(&t, NULL, echo_edges, fds), 0);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(write(fds[0], &one, 8), 8);
        CHECK_EQ(epoll_wait(ep, got, 1, 5000), 1);
        CHECK_EQ(read(fds[1], &one, 8), 8);
        CHECK_EQ(one, 1);
    }
    pthread_join(t, &failed);
    CHECK(!failed);
    close(fds[0]);
    close(fds[1]);
    close_all();
}

static void *churn(void *arg)
{
    uint64_t one = 1;

    for (int i = 0; i < ROUNDS; i++) {
        struct epoll_event e = {.events = EPOLLIN};
        int fd = eventfd(0, 0);

        if (fd < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) < 0 ||
            write(fd, &one, 8) != 8 || close(fd) < 0)
            return &ep;
    }
    return arg;
}

static void files_close_while_others_wait(void)
{
    pthread_t t;
    void *failed;

    open_all();
    CHECK_EQ(pthread_create(&t, NULL, churn, NULL), 0);
    for (int i = 0; i < ROUNDS; i++)
        CHECK(epoll_wait(ep, got, 16, 0) >= 0);
    pthread_join(t, &failed);
    CHECK(!failed);
    CHECK_EQ(look(), 0);
    close_all();
}

static int woken;

static void *wait_exclusively(void *arg)
{
    int mine = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN | EPOLLEXCLUSIVE};
    char c;

    if (epoll_ctl(mine, EPOLL_CTL_ADD, in, &e) < 0)
        return &ep;
    if (epoll_wait(mine, &e, 1, 3000) == 1 && read(in, &c, 1) == 1)
        __atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
    close(mine);
    return arg;
}

static void exclusive_waiters_each_get_their_event(void)
{
    pthread_t t[4];
    void *failed;

    open_all();
    woken = 0;
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, wait_exclusively, NULL), 0);
    usleep(20000);
    for (int i = 0; i < 4; i++) {
        fill(1);
        usleep(10000);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], &failed);
        CHECK(!failed);
    }
    CHECK_EQ(woken, 4);
    close_all();
}

int main(void)
{
    RUN(arguments_are_checked);
    RUN(an_event_that_cannot_be_written_is_kept);
    RUN(a_time_out_is_kept);
    RUN(few_events_at_a_time_are_fair);
    RUN(events_come_in_the_order_they_happened);
    RUN(a_signal_interrupts);
    RUN(pwait_waits_with_another_mask);
    RUN(pwait2_takes_nanoseconds);
    RUN(a_set_is_readable_when_it_has_events);
    RUN(an_event_wakes_through_sets);
    RUN(sets_do_not_watch_each_other);
    RUN(five_sets_are_the_longest_chain);
    RUN(ten_thousand_files_are_watched);
    RUN(threads_share_a_set_and_lose_nothing);
    RUN(edges_are_never_lost);
    RUN(files_close_while_others_wait);
    RUN(exclusive_waiters_each_get_their_event);
    return check_end();
}
