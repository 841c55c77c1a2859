// SPDX-License-Identifier: MIT
/* inotify: what happens to files, as inotify(7) tells it. */
#define _GNU_SOURCE
#include "inotify.h"

#include <dirent.h>
#include <sys/stat.h>

/* --- what is told -------------------------------------------------------- */

static void a_file_tells_of_its_use(void)
{
    int wd, fd;
    char c;

    begin();
    make_file("f");
    wd = inotify_add_watch(in, "f", IN_ALL_EVENTS);
    CHECK_EQ(wd, 1);
    fd = open("f", O_RDWR);
    EXPECT(wd, IN_OPEN, NULL);
    CHECK_EQ(read(fd, &c, 1), 1);
    EXPECT(wd, IN_ACCESS, NULL);
    CHECK_EQ(write(fd, "x", 1), 1);
    EXPECT(wd, IN_MODIFY, NULL);
    CHECK_EQ(pread(fd, &c, 1, 100), 0); /* nothing was read */
    EXPECT_NONE();
    close(fd);
    EXPECT(wd, IN_CLOSE_WRITE, NULL);
    close(open("f", O_RDONLY));
    EXPECT(wd, IN_OPEN, NULL);
    EXPECT(wd, IN_CLOSE_NOWRITE, NULL);
    EXPECT_NONE();
    end();
}

static void a_directory_tells_of_its_entries(void)
{
    int wd, fd;

    begin();
    wd = inotify_add_watch(in, ".", IN_ALL_EVENTS);
    fd = open("new", O_CREAT | O_WRONLY, 0600);
    EXPECT(wd, IN_CREATE, "new");
    EXPECT(wd, IN_OPEN, "new");
    CHECK_EQ(write(fd, "x", 1), 1);
    EXPECT(wd, IN_MODIFY, "new");
    close(fd);
    EXPECT(wd, IN_CLOSE_WRITE, "new");
    CHECK_EQ(unlink("new"), 0);
    EXPECT(wd, IN_DELETE, "new");
    EXPECT_NONE();
    end();
}

static void directories_among_the_entries_are_marked(void)
{
    int wd;

    begin();
    wd = inotify_add_watch(in, ".", IN_CREATE | IN_DELETE | IN_OPEN | IN_CLOSE);
    CHECK_EQ(mkdir("sub", 0755), 0);
    EXPECT(wd, IN_CREATE | IN_ISDIR, "sub");
    close(open("sub", O_RDONLY | O_DIRECTORY));
    EXPECT(wd, IN_OPEN | IN_ISDIR, "sub");
    EXPECT(wd, IN_CLOSE_NOWRITE | IN_ISDIR, "sub");
    CHECK_EQ(rmdir("sub"), 0);
    EXPECT(wd, IN_DELETE | IN_ISDIR, "sub");
    EXPECT_NONE();
    end();
}

static void other_kinds_of_new_names(void)
{
    int wd;

    begin();
    make_file("f");
    wd = inotify_add_watch(in, ".", IN_CREATE);
    CHECK_EQ(symlink("nowhere", "link"), 0);
    EXPECT(wd, IN_CREATE, "link");
    CHECK_EQ(mkfifo("fifo", 0600), 0);
    EXPECT(wd, IN_CREATE, "fifo");
    CHECK_EQ(link("f", "hard"), 0);
    EXPECT(wd, IN_CREATE, "hard");
    end();
}

static void a_link_more_or_less_is_an_attribute(void)
{
    int wd;

    begin();
    make_file("f");
    wd = inotify_add_watch(in, "f", IN_ALL_EVENTS);
    CHECK_EQ(link("f", "g"), 0);
    EXPECT(wd, IN_ATTRIB, NULL);
    CHECK_EQ(unlink("g"), 0);
    EXPECT(wd, IN_ATTRIB, NULL);
    EXPECT_NONE();
    end();
}

static void attributes_are_told_to_both(void)
{
    int dir, file;

    begin();
    make_file("f");
    dir = inotify_add_watch(in, ".", IN_ATTRIB);
    file = inotify_add_watch(in, "f", IN_ATTRIB);
    CHECK_EQ(chmod("f", 0600), 0);
    EXPECT(dir, IN_ATTRIB, "f");
    EXPECT(file, IN_ATTRIB, NULL);
    CHECK_EQ(chown("f", 0, 0), 0);
    EXPECT(dir, IN_ATTRIB, "f");
    EXPECT(file, IN_ATTRIB, NULL);
    EXPECT_NONE();
    end();
}

static void attributes_by_descriptor(void)
{
    int wd, fd;

    begin();
    make_file("f");
    fd = open("f", O_RDWR);
    wd = inotify_add_watch(in, ".", IN_ATTRIB | IN_MODIFY);
    CHECK_EQ(fchmod(fd, 0640), 0);
    EXPECT(wd, IN_ATTRIB, "f");
    CHECK_EQ(fchown(fd, 0, 0), 0);
    CHECK_EQ(futimens(fd, NULL), 0);
    EXPECT(wd, IN_ATTRIB, "f"); /* the two are one */
    CHECK_EQ(ftruncate(fd, 3), 0);
    EXPECT(wd, IN_MODIFY, "f");
    EXPECT_NONE();
    close(fd);
    end();
}

static void one_time_alone_is_use(void)
{
    const struct timespec atime[2] = {{1, 0}, {0, UTIME_OMIT}};
    const struct timespec mtime[2] = {{0, UTIME_OMIT}, {1, 0}};
    const struct timespec none[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
    int wd;

    begin();
    make_file("f");
    wd = inotify_add_watch(in, "f", IN_ALL_EVENTS);
    CHECK_EQ(utimensat(AT_FDCWD, "f", atime, 0), 0);
    EXPECT(wd, IN_ACCESS, NULL);
    CHECK_EQ(utimensat(AT_FDCWD, "f", mtime, 0), 0);
    EXPECT(wd, IN_MODIFY, NULL);
    CHECK_EQ(utimensat(AT_FDCWD, "f", none, 0), 0);
    EXPECT_NONE();
    end();
}

static void truncation_is_a_modification(void)
{
    int wd, fd;

    begin();
    make_file("f");
    wd = inotify_add_watch(in, "f", IN_MODIFY | IN_OPEN);
    CHECK_EQ(truncate("f", 5), 0);
    EXPECT(wd, IN_MODIFY, NULL);
    fd = open("f", O_WRONLY | O_TRUNC);
    CHECK(next_event() && next_event()); /* in an order that has changed */
    EXPECT_NONE();
    CHECK_EQ(fallocate(fd, 0, 0, 4096), 0);
    EXPECT(wd, IN_MODIFY, NULL);
    close(fd);
    end();
}

static void a_directory_that_is_read_is_accessed(void)
{
    struct stat st;
    DIR *d;
    int wd;

    begin();
    make_file("f");
    wd = inotify_add_watch(in, ".", IN_ALL_EVENTS);
    d = opendir(".");
    EXPECT(wd, IN_OPEN | IN_ISDIR, NULL);
    while (readdir(d))
        ;
    EXPECT(wd, IN_ACCESS | IN_ISDIR, NULL);
    closedir(d);
    EXPECT(wd, IN_CLOSE_NOWRITE | IN_ISDIR, NULL);
    CHECK_EQ(stat("f", &st), 0); /* which nobody is told of */
    EXPECT_NONE();
    end();
}

static void the_file_itself_is_deleted(void)
{
    int wd;

    begin();
    make_file("f");
    wd = inotify_add_watch(in, "f", IN_DELETE_SELF);
    CHECK_EQ(unlink("f"), 0);
    EXPECT(wd, IN_DELETE_SELF, NULL);
    EXPECT(wd, IN_IGNORED, NULL);
    EXPECT_NONE();
    CHECK_ERRNO(inotify_rm_watch(in, wd), EINVAL);
    end();
}

static void an_open_file_is_deleted_when_it_is_closed(void)
{
    int wd, fd;

    begin();
    make_file("f");
    fd = open("f", O_WRONLY);
    wd = inotify_add_watch(in, "f", IN_ALL_EVENTS);
    CHECK_EQ(unlink("f"), 0);
    EXPECT(wd, IN_ATTRIB, NULL);
    EXPECT_NONE();
    close(fd);
    EXPECT(wd, IN_CLOSE_WRITE, NULL);
    EXPECT(wd, IN_DELETE_SELF, NULL);
    EXPECT(wd, IN_IGNORED, NULL);
    EXPECT_NONE();
    end();
}

static void a_directory_is_deleted_without_isdir(void)
{
    int wd;

    begin();
    CHECK_EQ(mkdir("sub", 0755), 0);
    wd = inotify_add_watch(in, "sub", IN_ALL_EVENTS);
    CHECK_EQ(rmdir("sub"), 0);
    EXPECT(wd, IN_DELETE_SELF, NULL);
    EXPECT(wd, IN_IGNORED, NULL);
    EXPECT_NONE();
    end();
}

/* --- renames ------------------------------------------------------------- */

static void a_rename_is_two_events_with_one_cookie(void)
{
    const struct inotify_event *e;
    uint32_t cookie;
    int wd;

    begin();
    make_file("a");
    wd = inotify_add_watch(in, ".", IN_ALL_EVENTS);
    CHECK_EQ(rename("a", "b"), 0);
    e = next_event();
    CHECK(e && e->mask == IN_MOVED_FROM && !strcmp(e->name, "a"));
    cookie = e->cookie;
    CHECK(cookie != 0);
    e = next_event();
    CHECK(e && e->mask == IN_MOVED_TO && !strcmp(e->name, "b"));
    CHECK_EQ(e->cookie, cookie);
    CHECK_EQ(rename("b", "a"), 0);
    e = next_event();
    CHECK(e && e->cookie != cookie && e->wd == wd);
    end();
}

static void a_rename_between_two_watched_directories(void)
{
    int a, b;

    begin();
    CHECK_EQ(mkdir("a", 0755) + mkdir("b", 0755) + mkdir("a/d", 0755), 0);
    a = inotify_add_watch(in, "a", IN_MOVE);
    b = inotify_add_watch(in, "b", IN_MOVE);
    CHECK_EQ(rename("a/d", "b/e"), 0);
    EXPECT(a, IN_MOVED_FROM | IN_ISDIR, "d");
    EXPECT(b, IN_MOVED_TO | IN_ISDIR, "e");
    EXPECT_NONE();
    end();
}

static void the_file_itself_is_moved(void)
{
    int wd, dir;

    begin();
    make_file("a");
    CHECK_EQ(mkdir("d", 0755), 0);
    wd = inotify_add_watch(in, "a", IN_ALL_EVENTS);
    dir = inotify_add_watch(in, "d", IN_MOVE_SELF);
    CHECK_EQ(rename("a", "b"), 0);
    EXPECT(wd, IN_MOVE_SELF, NULL);
    CHECK_EQ(rename("d", "e"), 0);
    EXPECT(dir, IN_MOVE_SELF, NULL);
    EXPECT_NONE();
    /* it is the file that is watched, not the name */
    CHECK_EQ(chmod("b", 0600), 0);
    EXPECT(wd, IN_ATTRIB, NULL);
    end();
}

static void what_a_rename_replaces_is_deleted(void)
{
    int wd;

    begin();
    make_file("a");
    make_file("b");
    wd = inotify_add_watch(in, "b", IN_ALL_EVENTS);
    CHECK_EQ(rename("a", "b"), 0);
    EXPECT(wd, IN_ATTRIB, NULL);
    EXPECT(wd, IN_DELETE_SELF, NULL);
    EXPECT(wd, IN_IGNORED, NULL);
    EXPECT_NONE();
    end();
}

static void an_exchange_is_two_moves(void)
{
    int wd;

    begin();
    make_file("a");
    make_file("b");
    wd = inotify_add_watch(in, ".", IN_MOVE);
    CHECK_EQ(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE), 0);
    EXPECT(wd, IN_MOVED_FROM, "a");
    EXPECT(wd, IN_MOVED_TO, "b");
    EXPECT(wd, IN_MOVED_FROM, "b");
    EXPECT(wd, IN_MOVED_TO, "a");
    EXPECT_NONE();
    end();
}

int main(void)
{
    RUN(a_file_tells_of_its_use);
    RUN(a_directory_tells_of_its_entries);
    RUN(directories_among_the_entries_are_marked);
    RUN(other_kinds_of_new_names);
    RUN(a_link_more_or_less_is_an_attribute);
    RUN(attributes_are_told_to_both);
    RUN(attributes_by_descriptor);
    RUN(one_time_alone_is_use);
    RUN(truncation_is_a_modification);
    RUN(a_directory_that_is_read_is_accessed);
    RUN(the_file_itself_is_deleted);
    RUN(an_open_file_is_deleted_when_it_is_closed);
    RUN(a_directory_is_deleted_without_isdir);
    RUN(a_rename_is_two_events_with_one_cookie);
    RUN(a_rename_between_two_watched_directories);
    RUN(the_file_itself_is_moved);
    RUN(what_a_rename_replaces_is_deleted);
    RUN(an_exchange_is_two_moves);
    return check_end();
}
