// SPDX-License-Identifier: MIT
/* epoll: which events a set tells, as epoll(7) and epoll_ctl(2) say. */
#define _GNU_SOURCE
#include "epoll.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

/* --- kinds of watching --- */

static void level_triggered_tells_as_long_as_it_holds(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    CHECK_EQ(look(), 0);
    fill(2);
    CHECK_EQ(look(), 1);
    CHECK_EQ(got[0].events, EPOLLIN);
    CHECK_EQ(got[0].data.fd, in);
    drain(1);
    CHECK_EQ(look(), 1);
    drain(1);
    CHECK_EQ(look(), 0);
    fill(1);
    CHECK_EQ(look(), 1);
    close_all();
}

static void edge_triggered_tells_once_per_change(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLET), 0);
    fill(1);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    fill(1);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    drain(2);
    CHECK_EQ(look(), 0);
    close_all();
}

static void edge_triggered_joins_changes(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLET), 0);
    fill(3);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    fill(1);
    drain(4);
    CHECK_EQ(look(), 0);
    close_all();
}

static void what_holds_when_added_is_told(void)
{
    open_all();
    fill(1);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLET), 0);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    close_all();
}

static void one_shot_tells_once_until_modified(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLONESHOT), 0);
    fill(1);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    fill(1);
    CHECK_EQ(look(), 0);
    CHECK_EQ(control(EPOLL_CTL_MOD, in, EPOLLIN | EPOLLONESHOT), 0);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    close_all();
}

static void a_spent_one_shot_hides_a_hang_up(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLONESHOT), 0);
    fill(1);
    CHECK_EQ(look(), 1);
    close(out);
    CHECK_EQ(look(), 0);
    CHECK_EQ(control(EPOLL_CTL_MOD, in, EPOLLIN), 0);
    CHECK_EQ(look(), 1);
    CHECK_EQ(got[0].events, EPOLLIN | EPOLLHUP);
    close_all();
}

static void modifying_tells_an_edge_again(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN | EPOLLET), 0);
    fill(1);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    CHECK_EQ(control(EPOLL_CTL_MOD, in, EPOLLIN | EPOLLET), 0);
    CHECK_EQ(look(), 1);
    CHECK_EQ(look(), 0);
    close_all();
}

static void modifying_changes_events_and_data(void)
{
    struct epoll_event e = {.events = EPOLLIN,
                            .data.u64 = 0x123456789abcdefull};

    open_all();
    fill(1);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, 0), 0);
    CHECK_EQ(look(), 0);
    CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_MOD, in, &e), 0);
    CHECK_EQ(look(), 1);
    CHECK_EQ(got[0].data.u64, 0x123456789abcdefull);
    e.events = EPOLLOUT;
    CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_MOD, in, &e), 0);
    CHECK_EQ(look(), 0);
    close_all();
}

static void a_hang_up_is_told_unasked(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, 0), 0);
    close(out);
    CHECK_EQ(look(), 1);
    CHECK_EQ(got[0].events, EPOLLHUP);
    close_all();
}

static void an_error_is_told_unasked(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, out, 0), 0);
    CHECK_EQ(look(), 0);
    close(in);
    CHECK_EQ(look(), 1);
    CHECK_EQ(got[0].events, EPOLLERR);
    close_all();
}

static void a_writer_is_told_of_room(void)
{
    char block[4096] = {0};

    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, out, EPOLLOUT | EPOLLET), 0);
    CHECK_EQ(look(), 1);
    CHECK_EQ(got[0].events, EPOLLOUT);
    while (write(out, block, sizeof(block)) > 0)
        ;
    CHECK_EQ(look(), 0);
    while (read(in, block, sizeof(block)) > 0)
        ;
    CHECK_EQ(look(), 1);
    close_all();
}

static void an_edge_for_input_ignores_changes_of_output(void)
{
    uint64_t n;
    int fd = eventfd(5, EFD_SEMAPHORE | EFD_NONBLOCK);

    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET), 0);
    CHECK_EQ(look(), 1);
    CHECK_EQ(read(fd, &n, 8), 8);
    CHECK_EQ(look(), 0);
    CHECK_EQ(write(fd, &n, 8), 8);
    CHECK_EQ(look(), 1);
    close(fd);
    close_all();
}

/* --- epoll_ctl --- */

static void a_file_is_watched_once_per_number(void)
{
    int copy;

    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    CHECK_ERRNO(control(EPOLL_CTL_ADD, in, EPOLLIN), EEXIST);
    copy = dup(in);
    CHECK_EQ(control(EPOLL_CTL_ADD, copy, EPOLLIN), 0);
    fill(1);
    CHECK_EQ(look(), 2);
    CHECK(got[0].data.fd != got[1].data.fd);
    close(copy);
    close_all();
}

static void what_is_not_watched_cannot_be_changed(void)
{
    open_all();
    CHECK_ERRNO(control(EPOLL_CTL_MOD, in, EPOLLIN), ENOENT);
    CHECK_ERRNO(control(EPOLL_CTL_DEL, in, 0), ENOENT);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_DEL, in, NULL), 0);
    CHECK_ERRNO(control(EPOLL_CTL_DEL, in, 0), ENOENT);
    fill(1);
    CHECK_EQ(look(), 0);
    close_all();
}

static void removing_what_is_ready_takes_the_event_back(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    fill(1);
    CHECK_EQ(control(EPOLL_CTL_DEL, in, 0), 0);
    CHECK_EQ(look(), 0);
    close_all();
}

static void bad_descriptors_and_operations_are_told(void)
{
    struct epoll_event e = {.events = EPOLLIN};

    open_all();
    CHECK_ERRNO(epoll_ctl(-1, EPOLL_CTL_ADD, in, &e), EBADF);
    CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, -1, &e), EBADF);
    CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e), EINVAL);
    CHECK_ERRNO(epoll_ctl(in, EPOLL_CTL_ADD, out, &e), EINVAL);
    CHECK_ERRNO(epoll_ctl(ep, 0, in, &e), EINVAL);
    CHECK_ERRNO(epoll_ctl(ep, 4, in, &e), EINVAL);
    CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, in, NULL), EFAULT);
    CHECK_ERRNO(epoll_ctl(ep, EPOLL_CTL_ADD, in, check_pointer(9)), EFAULT);
    close_all();
}

static void files_without_readiness_are_refused(void)
{
    int memory = memfd_create("m", 0), null = open("/dev/null", O_RDWR);
    int dir = open("/", O_RDONLY), path = open("/", O_PATH);

    open_all();
    CHECK_ERRNO(control(EPOLL_CTL_ADD, memory, EPOLLIN), EPERM);
    CHECK_ERRNO(control(EPOLL_CTL_DEL, memory, EPOLLIN), EPERM);
    CHECK_ERRNO(control(EPOLL_CTL_ADD, null, EPOLLIN), EPERM);
    CHECK_ERRNO(control(EPOLL_CTL_ADD, dir, EPOLLIN), EPERM);
    CHECK_ERRNO(control(EPOLL_CTL_ADD, path, EPOLLIN), EBADF);
    close(memory);
    close(null);
    close(dir);
    close(path);
    close_all();
}

static void exclusive_has_its_own_rules(void)
{
    int other = epoll_create1(0);

    open_all();
    CHECK_ERRNO(control(EPOLL_CTL_ADD, in, EPOLLEXCLUSIVE | EPOLLONESHOT),
                EINVAL);
    CHECK_ERRNO(control(EPOLL_CTL_ADD, in, EPOLLEXCLUSIVE | EPOLLRDHUP),
                EINVAL);
    CHECK_ERRNO(control(EPOLL_CTL_ADD, other, EPOLLEXCLUSIVE | EPOLLIN),
                EINVAL);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLEXCLUSIVE | EPOLLIN), 0);
    CHECK_ERRNO(control(EPOLL_CTL_MOD, in, EPOLLIN), EINVAL);
    CHECK_EQ(control(EPOLL_CTL_ADD, out, 0), 0);
    CHECK_ERRNO(control(EPOLL_CTL_MOD, out, EPOLLEXCLUSIVE), EINVAL);
    fill(1);
    CHECK_EQ(look(), 1);
    close(other);
    close_all();
}

/* --- life and death --- */

static void a_watch_ends_with_the_description(void)
{
    int copy;

    open_all();
    copy = dup(in);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    fill(1);
    close(in);
    CHECK_EQ(look(), 1); /* the copy keeps the description open */
    CHECK_EQ(got[0].data.fd, in);
    CHECK_ERRNO(control(EPOLL_CTL_DEL, in, 0), EBADF);
    close(copy);
    CHECK_EQ(look(), 0);
    close_all();
}

static void a_number_used_anew_is_another_watch(void)
{
    int copy;

    open_all();
    copy = dup(in);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    CHECK_EQ(dup2(out, in), in);
    CHECK_ERRNO(control(EPOLL_CTL_MOD, in, EPOLLIN), ENOENT);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLOUT), 0);
    fill(1);
    CHECK_EQ(look(), 2);
    close(copy);
    close_all();
}

static void a_set_that_ends_lets_go_of_its_files(void)
{
    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    close(ep);
    fill(1);
    drain(1);
    ep = epoll_create1(0);
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    close_all();
}

static void *close_in_later(void *arg)
{
    usleep(20000);
    close(in);
    fill(0);
    return arg;
}

static void closing_a_watched_file_wakes_nobody(void)
{
    pthread_t t;

    open_all();
    CHECK_EQ(control(EPOLL_CTL_ADD, in, EPOLLIN), 0);
    CHECK_EQ(pthread_create(&t, NULL, close_in_later, NULL), 0);
    CHECK_EQ(epoll_wait(ep, got, 16, 100), 0);
    pthread_join(t, NULL);
    close_all();
}

int main(void)
{
    RUN(level_triggered_tells_as_long_as_it_holds);
    RUN(edge_triggered_tells_once_per_change);
    RUN(edge_triggered_joins_changes);
    RUN(what_holds_when_added_is_told);
    RUN(one_shot_tells_once_until_modified);
    RUN(a_spent_one_shot_hides_a_hang_up);
    RUN(modifying_tells_an_edge_again);
    RUN(modifying_changes_events_and_data);
    RUN(a_hang_up_is_told_unasked);
    RUN(an_error_is_told_unasked);
    RUN(a_writer_is_told_of_room);
    RUN(an_edge_for_input_ignores_changes_of_output);
    RUN(a_file_is_watched_once_per_number);
    RUN(what_is_not_watched_cannot_be_changed);
    RUN(removing_what_is_ready_takes_the_event_back);
    RUN(bad_descriptors_and_operations_are_told);
    RUN(files_without_readiness_are_refused);
    RUN(exclusive_has_its_own_rules);
    RUN(a_watch_ends_with_the_description);
    RUN(a_number_used_anew_is_another_watch);
    RUN(a_set_that_ends_lets_go_of_its_files);
    RUN(closing_a_watched_file_wakes_nobody);
    return check_end();
}
