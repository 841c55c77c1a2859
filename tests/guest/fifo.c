// SPDX-License-Identifier: MIT
/* fifo: pipes with a name (fifo(7)). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char path[64];

static void a_fifo_is_made_and_seen(void)
{
    struct stat st;

    CHECK_EQ(mkfifo(path, 0640), 0);
    CHECK_ERRNO(mkfifo(path, 0640), EEXIST);
    CHECK_EQ(stat(path, &st), 0);
    CHECK(S_ISFIFO(st.st_mode));
    CHECK_EQ(st.st_mode & 07777, 0640);
}

static void a_writer_without_a_reader_is_refused(void)
{
    CHECK_ERRNO(open(path, O_WRONLY | O_NONBLOCK), ENXIO);
}

static void a_reader_need_not_wait(void)
{
    char c;
    int r = open(path, O_RDONLY | O_NONBLOCK), w;
    struct pollfd p = {.fd = r, .events = POLLIN};

    CHECK(r >= 0);
    CHECK_EQ(read(r, &c, 1), 0);
    CHECK_EQ(poll(&p, 1, 0), 0); /* nobody has hung up yet */
    w = open(path, O_WRONLY | O_NONBLOCK);
    CHECK(w >= 0);
    CHECK_ERRNO(read(r, &c, 1), EAGAIN);
    CHECK_EQ(write(w, "x", 1), 1);
    CHECK_EQ(read(r, &c, 1), 1);
    CHECK_EQ(c, 'x');
    close(w);
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, POLLHUP);
    CHECK_EQ(read(r, &c, 1), 0);
    close(r);
}

static void one_file_may_be_both_ends(void)
{
    char buf[8];
    int fd = open(path, O_RDWR);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "both", 4), 4);
    CHECK_EQ(read(fd, buf, 8), 4);
    CHECK_EQ(fcntl(fd, F_GETPIPE_SZ), 65536);
    CHECK_ERRNO(lseek(fd, 0, SEEK_SET), ESPIPE);
    close(fd);
}

static void bytes_go_with_the_last_end(void)
{
    char c;
    int fd = open(path, O_RDWR);

    CHECK_EQ(write(fd, "lost", 4), 4);
    close(fd);
    fd = open(path, O_RDONLY | O_NONBLOCK);
    CHECK_EQ(read(fd, &c, 1), 0);
    close(fd);
}

static void a_writer_without_readers_gets_epipe(void)
{
    int r = open(path, O_RDONLY | O_NONBLOCK), w = open(path, O_WRONLY);

    signal(SIGPIPE, SIG_IGN);
    CHECK(r >= 0 && w >= 0);
    close(r);
    CHECK_ERRNO(write(w, "x", 1), EPIPE);
    close(w);
}

static void *open_for_writing(void *arg)
{
    int *fd = arg;

    *fd = open(path, O_WRONLY);
    return NULL;
}

static void opening_waits_for_the_other_end(void)
{
    pthread_t t;
    int w = -2, r;

    CHECK_EQ(pthread_create(&t, NULL, open_for_writing, &w), 0);
    usleep(20000);
    CHECK_EQ(*(volatile int *)&w, -2);
    r = open(path, O_RDONLY);
    CHECK(r >= 0);
    CHECK_EQ(pthread_join(t, NULL), 0);
    CHECK(w >= 0);
    close(r);
    close(w);
}

static void nothing(int sig)
{
    (void)sig;
}

static void a_signal_ends_the_wait(void)
{
    struct sigaction sa = {.sa_handler = nothing};
    int fd, why;

    CHECK_EQ(sigaction(SIGALRM, &sa, NULL), 0);
    ualarm(20000, 20000); /* the first may come too early */
    fd = open(path, O_RDONLY);
    why = errno;
    ualarm(0, 0);
    CHECK_EQ(fd, -1);
    CHECK_EQ(why, EINTR);
    CHECK_ERRNO(open(path, O_WRONLY | O_NONBLOCK), ENXIO);
}

int main(void)
{
    mkdir("/tmp", 01777);
    snprintf(path, sizeof(path), "/tmp/elfin-fifo-%d", (int)getpid());
    RUN(a_fifo_is_made_and_seen);
    RUN(a_writer_without_a_reader_is_refused);
    RUN(a_reader_need_not_wait);
    RUN(one_file_may_be_both_ends);
    RUN(bytes_go_with_the_last_end);
    RUN(a_writer_without_readers_gets_epipe);
    RUN(opening_waits_for_the_other_end);
    RUN(a_signal_ends_the_wait);
    unlink(path);
    return check_end();
}
