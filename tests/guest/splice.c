// SPDX-License-Identifier: MIT
/* splice: splice(2), tee(2), vmsplice(2), and what else pipes can do: sizes,
 * packets, being opened by name. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"

enum { PAGE = 4096, FULL = 65536 };

static int a[2], b[2], file;
static char data[2 * FULL], back[2 * FULL];

static void up(void)
{
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (char)(i * 11 + i / 251);
    memset(back, 0, sizeof(back));
    CHECK_EQ(pipe(a), 0);
    CHECK_EQ(pipe(b), 0);
    file = memfd_create("splice", 0);
    CHECK(file >= 0);
    CHECK_EQ(pwrite(file, data, 20000, 0), 20000);
}

static void down(void)
{
    for (int i = 0; i < 2; i++) {
        close(a[i]);
        close(b[i]);
    }
    close(file);
}

static int waiting(int fd)
{
    int n = -1;

    CHECK_EQ(ioctl(fd, FIONREAD, &n), 0);
    return n;
}

static void a_file_goes_into_a_pipe(void)
{
    loff_t off = 100;

    up();
    CHECK_EQ(splice(file, &off, a[1], NULL, 10000, 0), 10000);
    CHECK_EQ(off, 10100);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
    CHECK_EQ(waiting(a[0]), 10000);
    CHECK_EQ(read(a[0], back, sizeof(back)), 10000);
    CHECK(!memcmp(back, data + 100, 10000));
    down();
}

static void without_an_offset_the_files_own_moves(void)
{
    up();
    CHECK_EQ(splice(file, NULL, a[1], NULL, 5000, 0), 5000);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 5000);
    CHECK_EQ(splice(file, NULL, a[1], NULL, 1 << 20, 0), 15000);
    CHECK_EQ(splice(file, NULL, a[1], NULL, 1 << 20, 0), 0);
    CHECK_EQ(read(a[0], back, sizeof(back)), 20000);
    CHECK(!memcmp(back, data, 20000));
    down();
}

static void a_pipe_goes_into_a_file(void)
{
    loff_t off = 30000;

    up();
    CHECK_EQ(write(a[1], data, 9000), 9000);
    CHECK_EQ(splice(a[0], NULL, file, &off, 8000, 0), 8000);
    CHECK_EQ(off, 38000);
    CHECK_EQ(lseek(file, 0, SEEK_END), 38000);
    CHECK_EQ(pread(file, back, 8000, 30000), 8000);
    CHECK(!memcmp(back, data, 8000));
    CHECK_EQ(lseek(file, 0, SEEK_SET), 0);
    CHECK_EQ(splice(a[0], NULL, file, NULL, 8000, 0), 1000);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 1000);
    CHECK_EQ(pread(file, back, 1000, 0), 1000);
    CHECK(!memcmp(back, data + 8000, 1000));
    down();
}

static void pipes_pass_on_what_they_hold(void)
{
    up();
    CHECK_EQ(write(a[1], data, 10000), 10000);
    CHECK_EQ(splice(a[0], NULL, b[1], NULL, 6000, 0), 6000);
    CHECK_EQ(waiting(a[0]), 4000);
    CHECK_EQ(waiting(b[0]), 6000);
    CHECK_EQ(write(b[1], "x", 1), 1);
    CHECK_EQ(read(a[0], back + 6000, 10000), 4000);
    CHECK_EQ(read(b[0], back, 6000), 6000);
    CHECK(!memcmp(back, data, 10000));
    CHECK_EQ(read(b[0], back, 6000), 1);
    CHECK_EQ(back[0], 'x');
    down();
}

static void tee_leaves_the_data_where_it_is(void)
{
    up();
    CHECK_EQ(write(a[1], data, 5000), 5000);
    CHECK_EQ(tee(a[0], b[1], 4500, 0), 4500);
    CHECK_EQ(waiting(a[0]), 5000);
    CHECK_EQ(waiting(b[0]), 4500);
    CHECK_EQ(write(a[1], "AA", 2), 2);
    CHECK_EQ(write(b[1], "BB", 2), 2);
    CHECK_EQ(read(b[0], back, sizeof(back)), 4502);
    CHECK(!memcmp(back, data, 4500) && !memcmp(back + 4500, "BB", 2));
    CHECK_EQ(read(a[0], back, sizeof(back)), 5002);
    CHECK(!memcmp(back, data, 5000) && !memcmp(back + 5000, "AA", 2));
    down();
}

static void memory_goes_into_a_pipe_and_back(void)
{
    struct iovec v[3] = {{data, 10}, {NULL, 0}, {data + 10, 5000}};

    up();
    CHECK_EQ(vmsplice(a[1], v, 3, 0), 5010);
    CHECK_EQ(waiting(a[0]), 5010);
    v[0] = (struct iovec){back, 4000};
    v[1] = (struct iovec){back + 4000, 4000};
    CHECK_EQ(vmsplice(a[0], v, 2, 0), 5010);
    CHECK(!memcmp(back, data, 5010));
    CHECK_EQ(vmsplice(a[1], v, 0, 0), 0);
    down();
}

static void nothing_to_move_is_told(void)
{
    struct iovec v = {back, 10};

    up();
    CHECK_ERRNO(splice(a[0], NULL, file, NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_ERRNO(splice(a[0], NULL, b[1], NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_ERRNO(tee(a[0], b[1], 10, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_ERRNO(vmsplice(a[0], &v, 1, SPLICE_F_NONBLOCK), EAGAIN);
    close(a[1]);
    CHECK_EQ(splice(a[0], NULL, file, NULL, 10, 0), 0);
    CHECK_EQ(splice(a[0], NULL, b[1], NULL, 10, 0), 0);
    CHECK_EQ(tee(a[0], b[1], 10, 0), 0);
    a[1] = -1;
    down();
}

static void a_full_pipe_takes_no_more(void)
{
    struct iovec v = {data, 10};

    up();
    CHECK_EQ(write(a[1], data, FULL), FULL);
    CHECK_ERRNO(splice(file, NULL, a[1], NULL, 10, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_ERRNO(vmsplice(a[1], &v, 1, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_EQ(write(b[1], data, 100), 100);
    CHECK_ERRNO(tee(b[0], a[1], 10, SPLICE_F_NONBLOCK), EAGAIN);
    CHECK_EQ(lseek(file, 0, SEEK_CUR), 0);
    CHECK_EQ(ftruncate(file, FULL * 2), 0);
    CHECK_EQ(read(a[0], back, FULL), FULL);
    CHECK_EQ(splice(file, NULL, a[1], NULL, FULL * 2, 0), FULL);
    CHECK_EQ(waiting(a[0]), FULL);
    down();
}

static void a_pipe_without_readers_breaks(void)
{
    struct iovec v = {data, 10};

    up();
    signal(SIGPIPE, SIG_IGN);
    CHECK_EQ(write(b[1], data, 100), 100);
    close(a[0]);
    CHECK_ERRNO(splice(file, NULL, a[1], NULL, 10, 0), EPIPE);
    CHECK_ERRNO(splice(b[0], NULL, a[1], NULL, 10, 0), EPIPE);
    CHECK_ERRNO(tee(b[0], a[1], 10, 0), EPIPE);
    CHECK_ERRNO(vmsplice(a[1], &v, 1, 0), EPIPE);
    a[0] = -1;
    signal(SIGPIPE, SIG_DFL);
    down();
}

static void bad_descriptors_are_refused(void)
{
    struct iovec v = {data, 10};

    up();
    CHECK_ERRNO(splice(-1, NULL, a[1], NULL, 1, 0), EBADF);
    CHECK_ERRNO(splice(file, NULL, -1, NULL, 1, 0), EBADF);
    CHECK_ERRNO(splice(a[1], NULL, b[1], NULL, 1, 0), EBADF);
    CHECK_ERRNO(splice(a[0], NULL, b[0], NULL, 1, 0), EBADF);
    CHECK_ERRNO(tee(a[1], b[1], 1, 0), EBADF);
    CHECK_ERRNO(vmsplice(file, &v, 1, 0), EBADF);
    CHECK_ERRNO(vmsplice(-1, &v, 1, 0), EBADF);
    down();
}

static void bad_arguments_are_refused(void)
{
    loff_t off = 0, negative = -1;

    up();
    CHECK_EQ(write(a[1], data, 100), 100);
    CHECK_EQ(splice(-1, NULL, -1, NULL, 0, 0), 0);
    CHECK_ERRNO(splice(file, NULL, a[1], NULL, 1, 0x80), EINVAL);
    CHECK_ERRNO(tee(a[0], b[1], 1, 0x80), EINVAL);
    CHECK_ERRNO(splice(a[0], NULL, a[1], NULL, 1, 0), EINVAL);
    CHECK_ERRNO(tee(a[0], a[1], 1, 0), EINVAL);
    CHECK_ERRNO(tee(file, a[1], 1, 0), EINVAL);
    CHECK_ERRNO(splice(file, NULL, file, NULL, 1, 0), EINVAL);
    CHECK_ERRNO(splice(a[0], &off, file, NULL, 1, 0), ESPIPE);
    CHECK_ERRNO(splice(file, NULL, a[1], &off, 1, 0), ESPIPE);
    CHECK_ERRNO(splice(file, &negative, a[1], NULL, 1, 0), EINVAL);
    CHECK_ERRNO(splice(file, check_pointer(8), a[1], NULL, 1, 0), EFAULT);
    CHECK_EQ(fcntl(file, F_SETFL, O_APPEND), 0);
    CHECK_ERRNO(splice(a[0], NULL, file, NULL, 1, 0), EINVAL);
    down();
}

static void *write_later(void *arg)
{
    usleep(20000);
    return (void *)(long)(write(a[1], "later", 5) == 5 ? 0 : 1) + !arg;
}

static void an_empty_pipe_is_waited_for(void)
{
    pthread_t t;

    up();
    CHECK_EQ(pthread_create(&t, NULL, write_later, back), 0);
    CHECK_EQ(splice(a[0], NULL, b[1], NULL, 100, 0), 5);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(read(b[0], back, 10), 5);
    CHECK_EQ(pthread_create(&t, NULL, write_later, back), 0);
    CHECK_EQ(splice(a[0], NULL, file, NULL, 100, 0), 5);
    CHECK_EQ(pthread_join(t, NULL), 0);
    down();
}

static void *read_later(void *arg)
{
    usleep(20000);
    return (void *)(long)(read(a[0], arg, FULL) == FULL);
}

static void room_is_waited_for(void)
{
    pthread_t t;

    up();
    CHECK_EQ(write(a[1], data, FULL), FULL);
    CHECK_EQ(pthread_create(&t, NULL, read_later, back), 0);
    CHECK_EQ(splice(file, NULL, a[1], NULL, 100, 0), 100);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK_EQ(waiting(a[0]), 100);
    down();
}

/* --- pipes --- */

static void a_pipe_may_be_made_larger(void)
{
    up();
    CHECK_EQ(fcntl(a[0], F_GETPIPE_SZ), FULL);
    CHECK_EQ(write(a[1], data, 10000), 10000);
    CHECK_EQ(fcntl(a[1], F_SETPIPE_SZ, FULL + 1), 2 * FULL);
    CHECK_EQ(fcntl(a[0], F_GETPIPE_SZ), 2 * FULL);
    CHECK_EQ(write(a[1], data + 10000, 100000), 100000);
    CHECK_ERRNO(fcntl(a[1], F_SETPIPE_SZ, PAGE), EBUSY);
    CHECK_EQ(read(a[0], back, sizeof(back)), 110000);
    CHECK(!memcmp(back, data, 110000));
    CHECK_EQ(fcntl(a[1], F_SETPIPE_SZ, 1), PAGE);
    CHECK_EQ(fcntl(a[1], F_SETFL, O_NONBLOCK), 0);
    CHECK_EQ(write(a[1], data, 10000), PAGE);
    CHECK_ERRNO(fcntl(file, F_GETPIPE_SZ), EBADF);
    CHECK_ERRNO(fcntl(file, F_SETPIPE_SZ, PAGE), EBADF);
    down();
}

static void packets_stay_whole(void)
{
    int p[2];

    CHECK_EQ(pipe2(p, O_DIRECT | O_NONBLOCK), 0);
    CHECK_EQ(write(p[1], "first", 5), 5);
    CHECK_EQ(write(p[1], "second", 6), 6);
    CHECK_EQ(write(p[1], data, PAGE + 10), PAGE + 10);
    CHECK_EQ(read(p[0], back, 100), 5);
    CHECK_EQ(read(p[0], back, 3), 3);
    CHECK(!memcmp(back, "sec", 3));
    CHECK_EQ(read(p[0], back, sizeof(back)), PAGE);
    CHECK_EQ(read(p[0], back, sizeof(back)), 10);
    CHECK_ERRNO(read(p[0], back, 1), EAGAIN);
    close(p[0]);
    close(p[1]);
}

static void small_writes_share_pages(void)
{
    up();
    CHECK_EQ(fcntl(a[1], F_SETFL, O_NONBLOCK), 0);
    for (int i = 0; i < FULL; i++)
        CHECK_EQ(write(a[1], data + i, 1), 1);
    CHECK_ERRNO(write(a[1], data, 1), EAGAIN);
    CHECK_EQ(read(a[0], back, sizeof(back)), FULL);
    CHECK(!memcmp(back, data, FULL));
    down();
}

static void a_write_of_a_page_goes_in_one_piece(void)
{
    up();
    CHECK_EQ(fcntl(a[1], F_SETFL, O_NONBLOCK), 0);
    CHECK_EQ(write(a[1], data, FULL - 100), FULL - 100);
    CHECK_ERRNO(write(a[1], data, PAGE), EAGAIN);
    CHECK_ERRNO(write(a[1], data, 101), EAGAIN);
    CHECK_EQ(write(a[1], data, 100), 100);
    down();
}

static void writable_means_that_a_page_is_free(void)
{
    struct pollfd w;

    up();
    w = (struct pollfd){.fd = a[1], .events = POLLOUT};
    CHECK_EQ(poll(&w, 1, 0), 1);
    CHECK_EQ(write(a[1], data, FULL), FULL);
    CHECK_EQ(poll(&w, 1, 0), 0);
    CHECK_EQ(read(a[0], back, 100), 100);
    CHECK_EQ(poll(&w, 1, 0), 0);
    CHECK_EQ(read(a[0], back, PAGE - 100), PAGE - 100);
    CHECK_EQ(poll(&w, 1, 0), 1);
    down();
}

static int open_by_name(int fd, int flags)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return open(path, flags);
}

static void a_pipe_may_be_opened_by_its_link(void)
{
    int r, w;

    up();
    r = open_by_name(a[0], O_RDONLY | O_NONBLOCK);
    CHECK(r >= 0);
    CHECK_ERRNO(read(r, back, 1), EAGAIN);
    CHECK_EQ(write(a[1], "abc", 3), 3);
    CHECK_EQ(read(r, back, 1), 1);
    CHECK_EQ(read(a[0], back, 10), 2);
    w = open_by_name(a[0], O_WRONLY);
    CHECK(w >= 0);
    close(a[1]);
    a[1] = -1;
    CHECK_EQ(write(w, "d", 1), 1);
    close(w);
    CHECK_EQ(read(r, back, 10), 1);
    CHECK_EQ(read(r, back, 10), 0);
    close(r);
    down();
}

static void dev_stdin_works_on_a_pipe(void)
{
    int old = dup(0), fd;

    up();
    CHECK_EQ(dup2(a[0], 0), 0);
    CHECK_EQ(write(a[1], "input", 5), 5);
    fd = open("/proc/self/fd/0", O_RDONLY);
    CHECK(fd >= 0);
    CHECK_EQ(read(fd, back, 100), 5);
    close(fd);
    if (old >= 0) {
        dup2(old, 0);
        close(old);
    } else {
        close(0);
    }
    down();
}

static void seeking_what_has_no_positions(void)
{
    int fds[] = {eventfd(0, 0), epoll_create1(0),
                 timerfd_create(CLOCK_MONOTONIC, 0)};

    for (int i = 0; i < 3; i++) {
        CHECK_EQ(lseek(fds[i], 100, SEEK_SET), 0);
        CHECK_EQ(lseek(fds[i], 5, SEEK_CUR), 0);
        CHECK_ERRNO(lseek(fds[i], 0, 77), EINVAL);
        CHECK_ERRNO(pread(fds[i], back, 8, 0), ESPIPE);
        close(fds[i]);
    }
    up();
    CHECK_ERRNO(lseek(a[0], 0, SEEK_SET), ESPIPE);
    down();
}

int main(void)
{
    RUN(a_file_goes_into_a_pipe);
    RUN(without_an_offset_the_files_own_moves);
    RUN(a_pipe_goes_into_a_file);
    RUN(pipes_pass_on_what_they_hold);
    RUN(tee_leaves_the_data_where_it_is);
    RUN(memory_goes_into_a_pipe_and_back);
    RUN(nothing_to_move_is_told);
    RUN(a_full_pipe_takes_no_more);
    RUN(a_pipe_without_readers_breaks);
    RUN(bad_descriptors_are_refused);
    RUN(bad_arguments_are_refused);
    RUN(an_empty_pipe_is_waited_for);
    RUN(room_is_waited_for);
    RUN(a_pipe_may_be_made_larger);
    RUN(packets_stay_whole);
    RUN(small_writes_share_pages);
    RUN(a_write_of_a_page_goes_in_one_piece);
    RUN(writable_means_that_a_page_is_free);
    RUN(a_pipe_may_be_opened_by_its_link);
    RUN(dev_stdin_works_on_a_pipe);
    RUN(seeking_what_has_no_positions);
    return check_end();
}
