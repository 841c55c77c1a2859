// SPDX-License-Identifier: MIT
/* eventfd: as eventfd(2) says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

enum { ROUNDS = 10000 };

static uint64_t value;

static long get(int fd)
{
    return read(fd, &value, sizeof(value));
}

static long put(int fd, uint64_t n)
{
    return write(fd, &n, sizeof(n));
}

static int events_of(int fd, short wanted)
{
    struct pollfd p = {.fd = fd, .events = wanted};

    CHECK(poll(&p, 1, 0) >= 0);
    return p.revents;
}

static void reading_takes_the_sum_of_what_was_written(void)
{
    int fd = eventfd(3, EFD_NONBLOCK);

    CHECK(fd >= 0);
    CHECK_EQ(put(fd, 4), 8);
    CHECK_EQ(put(fd, 0), 8);
    CHECK_EQ(get(fd), 8);
    CHECK_EQ(value, 7);
    CHECK_ERRNO(get(fd), EAGAIN);
    close(fd);
}

static void a_semaphore_gives_one_at_a_time(void)
{
    int fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);

    CHECK_EQ(get(fd), 8);
    CHECK_EQ(value, 1);
    CHECK_EQ(get(fd), 8);
    CHECK_EQ(value, 1);
    CHECK_ERRNO(get(fd), EAGAIN);
    close(fd);
}

static void buffers_have_room_for_a_count(void)
{
    int fd = eventfd(1, EFD_NONBLOCK);
    char small[7], large[16];

    CHECK_ERRNO(read(fd, small, 7), EINVAL);
    CHECK_ERRNO(write(fd, small, 7), EINVAL);
    CHECK_EQ(read(fd, large, 16), 8);
    close(fd);
}

static void the_largest_count_is_two_less_than_two_to_the_64(void)
{
    int fd = eventfd(0, EFD_NONBLOCK);

    CHECK_ERRNO(put(fd, UINT64_MAX), EINVAL);
    CHECK_EQ(put(fd, UINT64_MAX - 1), 8);
    CHECK_ERRNO(put(fd, 1), EAGAIN);
    CHECK_EQ(put(fd, 0), 8);
    CHECK_EQ(events_of(fd, POLLIN | POLLOUT), POLLIN);
    CHECK_EQ(get(fd), 8);
    CHECK_EQ(value, (long)(UINT64_MAX - 1));
    close(fd);
}

static void poll_tells_what_would_not_block(void)
{
    int fd = eventfd(0, 0);

    CHECK_EQ(events_of(fd, POLLIN | POLLOUT), POLLOUT);
    CHECK_EQ(put(fd, 1), 8);
    CHECK_EQ(events_of(fd, POLLIN | POLLOUT), POLLIN | POLLOUT);
    CHECK_EQ(put(fd, UINT64_MAX - 3), 8);
    CHECK_EQ(events_of(fd, POLLOUT), POLLOUT);
    CHECK_EQ(put(fd, 1), 8);
    CHECK_EQ(events_of(fd, POLLOUT), 0);
    close(fd);
}

static void flags_are_checked_and_take_effect(void)
{
    int fd;

    CHECK_ERRNO(eventfd(0, 2), EINVAL);
    CHECK_ERRNO(eventfd(0, O_APPEND), EINVAL);
    fd = eventfd(0, EFD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    CHECK_EQ(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
    close(fd);
    fd = eventfd(0, EFD_NONBLOCK);
    CHECK_EQ(fcntl(fd, F_GETFD), 0);
    CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
    close(fd);
}

static void the_old_call_has_no_flags(void)
{
    int fd = (int)syscall(SYS_eventfd, 9u);

    CHECK(fd >= 0);
    CHECK_EQ(get(fd), 8);
    CHECK_EQ(value, 9);
    close(fd);
}

static void it_has_no_file_type(void)
{
    int fd = eventfd(1, EFD_NONBLOCK);
    struct stat st;

    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_mode & S_IFMT, 0);
    close(fd);
}

static void bad_addresses_are_told(void)
{
    int fd = eventfd(1, EFD_NONBLOCK);

    CHECK_ERRNO(write(fd, check_pointer(8), 8), EFAULT);
    CHECK_ERRNO(read(fd, check_pointer(8), 8), EFAULT);
    close(fd);
}

static void *give_one(void *arg)
{
    usleep(20000);
    put(*(int *)arg, 1);
    return NULL;
}

static void a_read_waits_for_a_write(void)
{
    int fd = eventfd(0, 0);
    pthread_t t;

    CHECK_EQ(pthread_create(&t, NULL, give_one, &fd), 0);
    CHECK_EQ(get(fd), 8);
    CHECK_EQ(value, 1);
    pthread_join(t, NULL);
    close(fd);
}

static void *take_it(void *arg)
{
    uint64_t n;

    usleep(20000);
    return (void *)(intptr_t)read(*(int *)arg, &n, sizeof(n));
}

static void a_write_that_would_overflow_waits_for_a_read(void)
{
    int fd = eventfd(0, 0);
    pthread_t t;
    void *n;

    CHECK_EQ(put(fd, UINT64_MAX - 1), 8);
    CHECK_EQ(pthread_create(&t, NULL, take_it, &fd), 0);
    CHECK_EQ(put(fd, 10), 8);
    pthread_join(t, &n);
    CHECK_EQ((intptr_t)n, 8);
    CHECK_EQ(get(fd), 8);
    CHECK_EQ(value, 10);
    close(fd);
}

static int ping, pong;

static void *answer(void *arg)
{
    uint64_t n;

    for (int i = 0; i < ROUNDS; i++)
        if (read(ping, &n, 8) != 8 || n != 1 || put(pong, 1) != 8)
            return arg;
    return NULL;
}

static void ping_pong_loses_no_wake_up(void)
{
    void *failed;
    pthread_t t;

    ping = eventfd(0, 0);
    pong = eventfd(0, 0);
    CHECK_EQ(pthread_create(&t, NULL, answer, &ping), 0);
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(put(ping, 1), 8);
        CHECK_EQ(get(pong), 8);
        CHECK_EQ(value, 1);
    }
    pthread_join(t, &failed);
    CHECK(!failed);
    close(ping);
    close(pong);
}

static void *count_semaphore(void *arg)
{
    uint64_t n;

    (void)arg;
    for (int i = 0; i < ROUNDS / 4; i++)
        if (read(ping, &n, 8) != 8 || n != 1)
            return &ping;
    return NULL;
}

static void a_semaphore_serves_many_readers(void)
{
    pthread_t t[4];
    void *failed;

    ping = eventfd(0, EFD_SEMAPHORE);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(pthread_create(&t[i], NULL, count_semaphore, NULL), 0);
    for (int i = 0; i < ROUNDS / 5; i++)
        CHECK_EQ(put(ping, 5), 8);
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], &failed);
        CHECK(!failed);
    }
    CHECK_EQ(events_of(ping, POLLIN), 0);
    close(ping);
}

int main(void)
{
    RUN(reading_takes_the_sum_of_what_was_written);
    RUN(a_semaphore_gives_one_at_a_time);
    RUN(buffers_have_room_for_a_count);
    RUN(the_largest_count_is_two_less_than_two_to_the_64);
    RUN(poll_tells_what_would_not_block);
    RUN(flags_are_checked_and_take_effect);
    RUN(the_old_call_has_no_flags);
    RUN(it_has_no_file_type);
    RUN(bad_addresses_are_told);
    RUN(a_read_waits_for_a_write);
    RUN(a_write_that_would_overflow_waits_for_a_read);
    RUN(ping_pong_loses_no_wake_up);
    RUN(a_semaphore_serves_many_readers);
    return check_end();
}
