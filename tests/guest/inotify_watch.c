// SPDX-License-Identifier: MIT
/* inotify_watch: watches, and how their events are read: inotify_add_watch(2).
 */
#define _GNU_SOURCE
#include "inotify.h"

#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#ifndef IN_MASK_CREATE
#define IN_MASK_CREATE 0x10000000
#endif

static void drain(void)
{
    while (next_event())
        ;
}

/* --- watches ------------------------------------------------------------- */

static void the_same_file_is_the_same_watch(void)
{
    int wd;

    begin();
    make_file("a");
    CHECK_EQ(link("a", "b"), 0);
    wd = inotify_add_watch(in, "a", IN_OPEN);
    CHECK_EQ(inotify_add_watch(in, "b", IN_ATTRIB), wd);
    close(open("a", O_RDONLY)); /* no longer asked for */
    EXPECT_NONE();
    CHECK_EQ(inotify_add_watch(in, "a", IN_OPEN | IN_MASK_ADD), wd);
    close(open("a", O_RDONLY));
    EXPECT(wd, IN_OPEN, NULL);
    CHECK_EQ(chmod("b", 0600), 0);
    EXPECT(wd, IN_ATTRIB, NULL);
    EXPECT_NONE();
    end();
}

static void a_watch_may_have_to_be_new(void)
{
    begin();
    make_file("a");
    CHECK_EQ(inotify_add_watch(in, "a", IN_OPEN | IN_MASK_CREATE), 1);
    CHECK_ERRNO(inotify_add_watch(in, "a", IN_OPEN | IN_MASK_CREATE), EEXIST);
    CHECK_ERRNO(
        inotify_add_watch(in, "a", IN_OPEN | IN_MASK_CREATE | IN_MASK_ADD),
        EINVAL);
    end();
}

static void a_watch_for_one_event(void)
{
    int wd;

    begin();
    make_file("a");
    wd = inotify_add_watch(in, "a", IN_OPEN | IN_CLOSE | IN_ONESHOT);
    close(open("a", O_RDONLY));
    EXPECT(wd, IN_OPEN, NULL);
    EXPECT(wd, IN_IGNORED, NULL);
    EXPECT_NONE();
    CHECK(inotify_add_watch(in, "a", IN_OPEN) != wd);
    end();
}

static void a_removed_watch_says_so(void)
{
    int wd;

    begin();
    make_file("a");
    wd = inotify_add_watch(in, "a", IN_OPEN);
    CHECK_EQ(inotify_rm_watch(in, wd), 0);
    close(open("a", O_RDONLY));
    EXPECT(wd, IN_IGNORED, NULL);
    EXPECT_NONE();
    CHECK_ERRNO(inotify_rm_watch(in, wd), EINVAL);
    CHECK_EQ(inotify_add_watch(in, "a", IN_OPEN), wd + 1);
    end();
}

static void only_directories(void)
{
    begin();
    make_file("a");
    CHECK_EQ(symlink(".", "l"), 0);
    CHECK_ERRNO(inotify_add_watch(in, "a", IN_OPEN | IN_ONLYDIR), ENOTDIR);
    CHECK(inotify_add_watch(in, ".", IN_OPEN | IN_ONLYDIR) > 0);
    CHECK_ERRNO(
        inotify_add_watch(in, "l", IN_OPEN | IN_ONLYDIR | IN_DONT_FOLLOW),
        ENOTDIR);
    end();
}

static void a_link_itself_may_be_watched(void)
{
    int link_wd;

    begin();
    make_file("a");
    CHECK_EQ(symlink("a", "l"), 0);
    link_wd = inotify_add_watch(in, "l", IN_ALL_EVENTS | IN_DONT_FOLLOW);
    CHECK(link_wd > 0);
    close(open("l", O_RDONLY)); /* opens a */
    EXPECT_NONE();
    CHECK_EQ(lchown("l", 0, 0), 0);
    EXPECT(link_wd, IN_ATTRIB, NULL);
    end();
}

static void unlinked_entries_may_be_left_out(void)
{
    int wd, fd;

    begin();
    make_file("a");
    fd = open("a", O_RDWR);
    wd = inotify_add_watch(in, ".", IN_MODIFY | IN_EXCL_UNLINK);
    CHECK_EQ(write(fd, "x", 1), 1);
    EXPECT(wd, IN_MODIFY, "a");
    CHECK_EQ(unlink("a"), 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    EXPECT_NONE();
    CHECK_EQ(inotify_add_watch(in, ".", IN_MODIFY), wd);
    CHECK_EQ(write(fd, "x", 1), 1);
    EXPECT(wd, IN_MODIFY, "a"); /* by the name that it had */
    close(fd);
    end();
}

static void two_files_hear_the_same(void)
{
    int other = inotify_init1(IN_NONBLOCK);

    begin();
    make_file("a");
    CHECK_EQ(inotify_add_watch(in, "a", IN_OPEN), 1);
    CHECK_EQ(inotify_add_watch(other, "a", IN_OPEN), 1);
    close(open("a", O_RDONLY));
    EXPECT(1, IN_OPEN, NULL);
    CHECK_EQ(read(other, buf, sizeof(buf)), sizeof(struct inotify_event));
    close(other);
    close(open("a", O_RDONLY));
    EXPECT(1, IN_OPEN, NULL);
    end();
}

static void o_path_opens_nothing(void)
{
    begin();
    make_file("a");
    CHECK_EQ(inotify_add_watch(in, "a", IN_ALL_EVENTS), 1);
    close(open("a", O_PATH));
    EXPECT_NONE();
    CHECK_ERRNO(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
    EXPECT_NONE();
    end();
}

/* --- the file ------------------------------------------------------------ */

static void equal_events_become_one(void)
{
    int wd, fd;

    begin();
    make_file("a");
    fd = open("a", O_RDWR);
    wd = inotify_add_watch(in, "a", IN_ALL_EVENTS);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(write(fd, "x", 1), 1);
    EXPECT(wd, IN_MODIFY, NULL);
    EXPECT_NONE();
    close(fd);
    end();
}

static void reading_takes_whole_events(void)
{
    struct inotify_event one;
    int fd;

    begin();
    make_file("a");
    inotify_add_watch(in, ".", IN_OPEN | IN_CLOSE);
    fd = open("a", O_RDONLY);
    CHECK_ERRNO(read(in, &one, sizeof(one)), EINVAL); /* there is a name */
    CHECK_ERRNO(read(in, &one, 4), EINVAL);
    close(fd);
    CHECK_EQ(read(in, buf, 2 * sizeof(one) + 5), 2 * sizeof(one));
    CHECK_EQ(((struct inotify_event *)buf)->mask, IN_OPEN);
    CHECK_EQ(read(in, buf, sizeof(buf)), 2 * sizeof(one));
    CHECK_EQ(((struct inotify_event *)buf)->mask, IN_CLOSE_NOWRITE);
    CHECK_ERRNO(read(in, buf, sizeof(buf)), EAGAIN);
    CHECK_ERRNO(read(in, buf, 4), EAGAIN);
    end();
}

static void names_are_padded(void)
{
    const struct inotify_event *e;

    begin();
    inotify_add_watch(in, ".", IN_CREATE);
    close(open("123456789012345", O_CREAT | O_WRONLY, 0600)); /* 15 */
    e = next_event();
    CHECK(e && e->len == 16);
    close(open("1234567890123456", O_CREAT | O_WRONLY, 0600));
    e = next_event();
    CHECK(e && e->len == 32);
    for (size_t i = 16; i < 32; i++)
        CHECK_EQ(e->name[i], 0);
    end();
}

static void how_much_there_is_to_read(void)
{
    struct pollfd p;
    int n = -1;

    begin();
    p = (struct pollfd){.fd = in, .events = POLLIN | POLLOUT};
    CHECK_EQ(ioctl(in, FIONREAD, &n), 0);
    CHECK_EQ(n, 0);
    CHECK_EQ(poll(&p, 1, 0), 0);
    inotify_add_watch(in, ".", IN_CREATE | IN_DELETE_SELF);
    make_file("a");
    CHECK_EQ(ioctl(in, FIONREAD, &n), 0);
    CHECK_EQ(n, 2 * sizeof(struct inotify_event));
    CHECK_EQ(poll(&p, 1, 0), 1);
    CHECK_EQ(p.revents, POLLIN);
    drain();
    CHECK_EQ(poll(&p, 1, 0), 0);
    end();
}

static void epoll_hears_of_events(void)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLET};
    int ep = epoll_create1(0);

    begin();
    inotify_add_watch(in, ".", IN_CREATE);
    CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, in, &ev), 0);
    CHECK_EQ(epoll_wait(ep, &ev, 1, 0), 0);
    make_file("a");
    CHECK_EQ(epoll_wait(ep, &ev, 1, 0), 1);
    CHECK_EQ(epoll_wait(ep, &ev, 1, 0), 0);
    make_file("b");
    CHECK_EQ(epoll_wait(ep, &ev, 1, 0), 1);
    close(ep);
    end();
}

static void *touch_later(void *name)
{
    usleep(30000);
    close(open(name, O_CREAT | O_WRONLY, 0600));
    return NULL;
}

static void a_reader_waits(void)
{
    pthread_t t;
    int fd = inotify_init();
    ssize_t n;

    begin();
    CHECK(fd >= 0);
    CHECK_EQ(inotify_add_watch(fd, ".", IN_CREATE), 1);
    CHECK_EQ(pthread_create(&t, NULL, touch_later, "late"), 0);
    n = read(fd, buf, sizeof(buf));
    CHECK_EQ(n, 2 * sizeof(struct inotify_event));
    CHECK(!strcmp(((struct inotify_event *)buf)->name, "late"));
    pthread_join(t, NULL);
    close(fd);
    end();
}

static void too_many_events_overflow(void)
{
    const struct inotify_event *e, *last = NULL;
    int a, b;
    unsigned n = 0;

    begin();
    make_file("a");
    make_file("b");
    a = open("a", O_WRONLY);
    b = open("b", O_WRONLY);
    inotify_add_watch(in, "a", IN_MODIFY);
    inotify_add_watch(in, "b", IN_MODIFY);
    for (int i = 0; i < 10000; i++) {
        CHECK_EQ(pwrite(a, "x", 1, 0), 1);
        CHECK_EQ(pwrite(b, "x", 1, 0), 1);
    }
    while ((e = next_event())) {
        n++;
        last = e;
        CHECK(e->mask == IN_MODIFY || e->mask == IN_Q_OVERFLOW);
    }
    CHECK_EQ(n, 16384 + 1);
    CHECK_EQ(last->mask, IN_Q_OVERFLOW);
    CHECK_EQ(last->wd, -1);
    /* and goes on */
    CHECK_EQ(pwrite(a, "x", 1, 0), 1);
    EXPECT(1, IN_MODIFY, NULL);
    close(a);
    close(b);
    end();
}

static void a_bad_pointer_is_efault(void)
{
    begin();
    inotify_add_watch(in, ".", IN_CREATE);
    make_file("a");
    CHECK_ERRNO(syscall(SYS_read, in, 16, 4096), EFAULT);
    CHECK_ERRNO(syscall(SYS_inotify_add_watch, in, 16, IN_OPEN), EFAULT);
    end();
}

static void arguments_are_checked(void)
{
    begin();
    CHECK_ERRNO(inotify_init1(1), EINVAL);
    CHECK_ERRNO(inotify_add_watch(in, ".", 0), EINVAL);
    CHECK_ERRNO(inotify_add_watch(1000, ".", IN_OPEN), EBADF);
    CHECK_ERRNO(inotify_add_watch(0, ".", IN_OPEN), EINVAL);
    CHECK_ERRNO(inotify_add_watch(in, "none", IN_OPEN), ENOENT);
    CHECK_ERRNO(inotify_add_watch(in, "", IN_OPEN), ENOENT);
    CHECK_ERRNO(inotify_rm_watch(1000, 1), EBADF);
    CHECK_ERRNO(inotify_rm_watch(0, 1), EINVAL);
    CHECK_ERRNO(inotify_rm_watch(in, 1), EINVAL);
    CHECK_ERRNO(write(in, "x", 1), EBADF);
    CHECK(fcntl(in, F_GETFD) == FD_CLOEXEC);
    CHECK_EQ(fcntl(in, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_NONBLOCK);
    end();
}

static void a_file_must_be_readable_to_be_watched(void)
{
    begin();
    make_file("a");
    CHECK_EQ(chmod("a", 0200) + chmod(".", 0777), 0);
    CHECK_EQ(seteuid(1000), 0);
    errno = 0;
    int wd = inotify_add_watch(in, "a", IN_OPEN), err = errno;
    CHECK_EQ(seteuid(0), 0);
    CHECK_EQ(wd, -1);
    CHECK_EQ(err, EACCES);
    end();
}

static void fdinfo_tells_of_watches(void)
{
    char path[64], text[1024];
    struct stat st;
    char want[64];
    ssize_t n;
    int fd;

    begin();
    CHECK_EQ(inotify_add_watch(in, ".", IN_CREATE), 1);
    CHECK_EQ(stat(".", &st), 0);
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", in);
    fd = open(path, O_RDONLY);
    n = read(fd, text, sizeof(text) - 1);
    CHECK(n > 0);
    text[n] = '\0';
    close(fd);
    snprintf(want, sizeof(want), "inotify wd:1 ino:%lx sdev:", (long)st.st_ino);
    CHECK(strstr(text, want));
    CHECK(strstr(text, " mask:100 "));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", in);
    n = readlink(path, text, sizeof(text) - 1);
    CHECK(n > 0);
    text[n] = '\0';
    CHECK(!strcmp(text, "anon_inode:inotify"));
    end();
}

static void files_of_proc_can_be_watched(void)
{
    int wd;

    begin();
    wd = inotify_add_watch(in, "/proc/self/status", IN_DELETE_SELF);
    CHECK(wd > 0);
    EXPECT_NONE();
    CHECK_EQ(inotify_rm_watch(in, wd), 0);
    EXPECT(wd, IN_IGNORED, NULL);
    CHECK(inotify_add_watch(in, "/proc/self/status", IN_OPEN) > 0);
    end();
}

int main(void)
{
    RUN(the_same_file_is_the_same_watch);
    RUN(a_watch_may_have_to_be_new);
    RUN(a_watch_for_one_event);
    RUN(a_removed_watch_says_so);
    RUN(only_directories);
    RUN(a_link_itself_may_be_watched);
    RUN(unlinked_entries_may_be_left_out);
    RUN(two_files_hear_the_same);
    RUN(o_path_opens_nothing);
    RUN(equal_events_become_one);
    RUN(reading_takes_whole_events);
    RUN(names_are_padded);
    RUN(how_much_there_is_to_read);
    RUN(epoll_hears_of_events);
    RUN(a_reader_waits);
    RUN(too_many_events_overflow);
    RUN(a_bad_pointer_is_efault);
    RUN(arguments_are_checked);
    RUN(a_file_must_be_readable_to_be_watched);
    RUN(fdinfo_tells_of_watches);
    RUN(files_of_proc_can_be_watched);
    return check_end();
}
