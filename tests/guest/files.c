// SPDX-License-Identifier: MIT
/*
 * files: regular files and directories, in a directory of their own below /tmp
 * (which is made when it is not there). Errors as open(2), read(2) and friends
 * name them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"

static char dir[64];

static const char *in(const char *name)
{
    static char path[4][400];
    static int n;

    n = (n + 1) % 4;
    snprintf(path[n], sizeof(path[n]), "%s/%s", dir, name);
    return path[n];
}

static void put(const char *name, const char *text)
{
    int fd = open(in(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
    CHECK_EQ(close(fd), 0);
}

static void written_bytes_read_back(void)
{
    char buf[32] = "";
    int fd = open(in("a"), O_RDWR | O_CREAT | O_EXCL, 0640);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "hello, world", 12), 12);
    CHECK_EQ(read(fd, buf, 32), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, buf, 5), 5);
    CHECK_EQ(read(fd, buf + 5, 27), 7);
    CHECK(strcmp(buf, "hello, world") == 0);
    CHECK_EQ(close(fd), 0);
    CHECK_ERRNO(read(fd, buf, 1), EBADF);
    CHECK_ERRNO(close(fd), EBADF);
}

static void open_names_its_errors(void)
{
    put("plain", "x");
    CHECK_ERRNO(open(in("missing"), O_RDONLY), ENOENT);
    CHECK_ERRNO(open(in("missing/deeper"), O_RDONLY), ENOENT);
    CHECK_ERRNO(open(in("plain/deeper"), O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open(in("plain"), O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
    CHECK_ERRNO(open(in("plain"), O_DIRECTORY | O_RDONLY), ENOTDIR);
    CHECK_ERRNO(open(dir, O_WRONLY), EISDIR);
    CHECK_ERRNO(open("", O_RDONLY), ENOENT);
    CHECK_ERRNO(open(check_pointer(1), O_RDONLY), EFAULT);
    CHECK_ERRNO(openat(-1, "relative", O_RDONLY), EBADF);
}

static void a_name_may_have_255_bytes(void)
{
    char path[600];
    int n = snprintf(path, sizeof(path), "%s/", dir);

    memset(path + n, 'n', 256);
    path[n + 256] = 0;
    CHECK_ERRNO(open(path, O_CREAT | O_RDWR, 0644), ENAMETOOLONG);
    path[n + 255] = 0;
    int fd = open(path, O_CREAT | O_RDWR, 0644);
    CHECK(fd >= 0);
    close(fd);
    CHECK_EQ(unlink(path), 0);
}

static void descriptors_are_the_lowest_free(void)
{
    int a = open(dir, O_RDONLY), b = open(dir, O_RDONLY);

    CHECK(a > 2 && b == a + 1);
    close(a);
    CHECK_EQ(open(dir, O_RDONLY), a);
    CHECK_EQ(dup(b), b + 1);
    CHECK_EQ(dup2(a, b + 5), b + 5);
    CHECK_EQ(fcntl(a, F_DUPFD, b + 5), b + 6);
    CHECK_ERRNO(dup2(a, -1), EBADF);
    CHECK_ERRNO(dup(999), EBADF);
    for (int fd = a; fd <= b + 6; fd++)
        close(fd);
}

static void modes_are_enforced(void)
{
    char c = 'x';

    put("mode", "abc");
    int r = open(in("mode"), O_RDONLY), w = open(in("mode"), O_WRONLY);
    CHECK_ERRNO(write(r, &c, 1), EBADF);
    CHECK_ERRNO(read(w, &c, 1), EBADF);
    CHECK_EQ(fcntl(r, F_GETFL) & O_ACCMODE, O_RDONLY);
    CHECK_EQ(fcntl(w, F_GETFL) & O_ACCMODE, O_WRONLY);
    close(r);
    close(w);
    int d = open(dir, O_RDONLY);
    CHECK_ERRNO(read(d, &c, 1), EISDIR);
    close(d);
}

static void bad_buffers_give_efault(void)
{
    put("buffer", "abc");
    int fd = open(in("buffer"), O_RDWR);
    CHECK_ERRNO(read(fd, check_pointer(8), 3), EFAULT);
    CHECK_ERRNO(write(fd, check_pointer(8), 3), EFAULT);
    CHECK_ERRNO(read(fd, check_pointer(0xffff800000000000ul), 3), EFAULT);
    CHECK_ERRNO(write(fd, check_pointer(0xffffffff80000000ul), 3), EFAULT);
    CHECK_EQ(write(fd, NULL, 0), 0);
    close(fd);
}

static void lseek_moves_and_refuses(void)
{
    char buf[8] = "";

    put("seek", "0123456789");
    int fd = open(in("seek"), O_RDWR);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 10);
    CHECK_EQ(lseek(fd, -3, SEEK_CUR), 7);
    CHECK_EQ(read(fd, buf, 8), 3);
    CHECK(memcmp(buf, "789", 3) == 0);
    CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
    CHECK_ERRNO(lseek(fd, 0, 99), EINVAL);
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 10);
    CHECK_EQ(lseek(fd, 100, SEEK_SET), 100);
    CHECK_EQ(read(fd, buf, 1), 0);
    close(fd);
    CHECK_ERRNO(lseek(fd, 0, SEEK_SET), EBADF);
}

static void holes_read_as_zeros(void)
{
    char buf[3] = "xx";
    struct stat st;
    int fd = open(in("hole"), O_RDWR | O_CREAT, 0644);

    CHECK_EQ(lseek(fd, 50000, SEEK_SET), 50000);
    CHECK_EQ(write(fd, "end", 3), 3);
    CHECK_EQ(fstat(fd, &st), 0);
    CHECK_EQ(st.st_size, 50003);
    CHECK_EQ(pread(fd, buf, 2, 30000), 2);
    CHECK(buf[0] == 0 && buf[1] == 0);
    CHECK_EQ(pread(fd, buf, 3, 50001), 2);
    close(fd);
}

static void append_writes_at_the_end(void)
{
    char buf[16] = "";

    put("append", "one");
    int fd = open(in("append"), O_RDWR | O_APPEND);
    CHECK_EQ(write(fd, "two", 3), 3);
    CHECK_EQ(pread(fd, buf, 16, 0), 6);
    CHECK(strcmp(buf, "onetwo") == 0);
    close(fd);
}

static void vectors_gather_and_scatter(void)
{
    char a[3] = "", b[8] = "";
    struct iovec out[] = {{"ab", 2}, {NULL, 0}, {"cdef", 4}};
    struct iovec into[] = {{a, 2}, {b, 7}};
    int fd = open(in("vec"), O_RDWR | O_CREAT, 0644);
    volatile int negative = -1;

    CHECK_EQ(writev(fd, out, 3), 6);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(readv(fd, into, 2), 6);
    CHECK(strcmp(a, "ab") == 0 && strcmp(b, "cdef") == 0);
    CHECK_ERRNO(writev(fd, out, negative), EINVAL);
    CHECK_ERRNO(writev(fd, check_pointer(8), 1), EFAULT);
    close(fd);
}

static void a_big_file_keeps_its_bytes(void)
{
    enum { WORDS = 300000 };
    uint32_t *w = malloc(WORDS * 4), *r = malloc(WORDS * 4);
    int fd = open(in("big"), O_RDWR | O_CREAT, 0644);

    for (uint32_t i = 0; i < WORDS; i++)
        w[i] = i * 2654435761u;
    CHECK_EQ(write(fd, w, WORDS * 4), WORDS * 4);
    CHECK_EQ(pread(fd, r, WORDS * 4, 0), WORDS * 4);
    CHECK(memcmp(w, r, WORDS * 4) == 0);
    CHECK_EQ(pread(fd, r, 8, 4097), 8);
    CHECK(memcmp((char *)w + 4097, r, 8) == 0);
    close(fd);
    CHECK_EQ(unlink(in("big")), 0);
    free(w);
    free(r);
}

static void truncation_cuts_and_extends(void)
{
    char buf[8] = "xxxxxxx";

    put("cut", "0123456789");
    int fd = open(in("cut"), O_RDWR);
    CHECK_EQ(ftruncate(fd, 4), 0);
    CHECK_EQ(ftruncate(fd, 6), 0);
    CHECK_EQ(pread(fd, buf, 8, 0), 6);
    CHECK(memcmp(buf, "0123\0\0", 6) == 0);
    CHECK_ERRNO(ftruncate(fd, -1), EINVAL);
    close(fd);
    fd = open(in("cut"), O_WRONLY | O_TRUNC);
    CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
    close(fd);
}

static void an_unlinked_file_lives_while_open(void)
{
    char c;
    int fd;

    put("gone", "g");
    fd = open(in("gone"), O_RDONLY);
    CHECK_EQ(unlink(in("gone")), 0);
    CHECK_ERRNO(open(in("gone"), O_RDONLY), ENOENT);
    CHECK_ERRNO(unlink(in("gone")), ENOENT);
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK(c == 'g');
    close(fd);
}

static void rename_moves_and_replaces(void)
{
    struct stat st;
    char c;

    put("from", "f");
    put("to", "t");
    CHECK_EQ(rename(in("from"), in("to")), 0);
    CHECK_ERRNO(stat(in("from"), &st), ENOENT);
    int fd = open(in("to"), O_RDONLY);
    CHECK_EQ(read(fd, &c, 1), 1);
    CHECK(c == 'f');
    close(fd);
    CHECK_ERRNO(rename(in("from"), in("to")), ENOENT);
    CHECK_EQ(rename(in("to"), in("to")), 0);
}

static void rename_refuses_what_makes_no_tree(void)
{
    put("file", "x");
    CHECK_EQ(mkdir(in("d"), 0755), 0);
    CHECK_EQ(mkdir(in("d/inner"), 0755), 0);
    CHECK_ERRNO(rename(in("d"), in("d/inner/x")), EINVAL);
    CHECK_ERRNO(rename(in("file"), in("d")), EISDIR);
    CHECK_ERRNO(rename(in("d"), in("file")), ENOTDIR);
    CHECK_EQ(mkdir(in("e"), 0755), 0);
    CHECK_ERRNO(rename(in("e"), in("d")), ENOTEMPTY);
    CHECK_EQ(rename(in("d"), in("e")), 0);
    CHECK_EQ(rmdir(in("e/inner")), 0);
    CHECK_EQ(rmdir(in("e")), 0);
}

static void directories_are_made_and_removed(void)
{
    struct stat st;

    CHECK_EQ(mkdir(in("dir"), 0750), 0);
    CHECK_ERRNO(mkdir(in("dir"), 0750), EEXIST);
    CHECK_ERRNO(mkdir(in("none/dir"), 0750), ENOENT);
    CHECK_EQ(stat(in("dir"), &st), 0);
    CHECK(S_ISDIR(st.st_mode));
    put("dir/file", "x");
    CHECK_ERRNO(rmdir(in("dir")), ENOTEMPTY);
    CHECK_ERRNO(unlink(in("dir")), EISDIR);
    CHECK_ERRNO(rmdir(in("dir/file")), ENOTDIR);
    CHECK_EQ(unlink(in("dir/file")), 0);
    CHECK_EQ(rmdir(in("dir")), 0);
    CHECK_ERRNO(rmdir(in("dir")), ENOENT);
}

static void a_listing_has_every_name_once(void)
{
    int seen[200] = {0}, dots = 0;
    struct dirent *e;
    char name[32];
    DIR *d;

    CHECK_EQ(mkdir(in("list"), 0755), 0);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "list/%d", i);
        put(name, "");
    }
    CHECK((d = opendir(in("list"))));
    while ((e = readdir(d))) {
        if (e->d_name[0] == '.') {
            dots++;
            CHECK(e->d_type == DT_DIR || e->d_type == DT_UNKNOWN);
            continue;
        }
        CHECK(e->d_type == DT_REG || e->d_type == DT_UNKNOWN);
        seen[atoi(e->d_name)]++;
    }
    closedir(d);
    CHECK_EQ(dots, 2);
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(seen[i], 1);
        snprintf(name, sizeof(name), "list/%d", i);
        CHECK_EQ(unlink(in(name)), 0);
    }
    CHECK_EQ(rmdir(in("list")), 0);
}

static void symbolic_links_are_followed_or_read(void)
{
    char buf[64];
    struct stat st;

    put("target", "t");
    CHECK_EQ(symlink("target", in("link")), 0);
    CHECK_EQ(readlink(in("link"), buf, sizeof(buf)), 6);
    CHECK(memcmp(buf, "target", 6) == 0);
    CHECK_EQ(readlink(in("link"), buf, 3), 3);
    CHECK_ERRNO(readlink(in("target"), buf, 3), EINVAL);
    CHECK_EQ(lstat(in("link"), &st), 0);
    CHECK(S_ISLNK(st.st_mode));
    CHECK_EQ(stat(in("link"), &st), 0);
    CHECK(S_ISREG(st.st_mode));
    CHECK_ERRNO(open(in("link"), O_RDONLY | O_NOFOLLOW), ELOOP);
    CHECK_EQ(symlink("loop", in("loop")), 0);
    CHECK_ERRNO(open(in("loop"), O_RDONLY), ELOOP);
    CHECK_EQ(unlink(in("link")), 0);
    CHECK_EQ(unlink(in("loop")), 0);
    CHECK_EQ(stat(in("target"), &st), 0);
}

static void the_working_directory_counts(void)
{
    char buf[256];
    struct stat st;
    int here = open(".", O_RDONLY | O_DIRECTORY);

    CHECK(here >= 0);
    CHECK_EQ(chdir(dir), 0);
    CHECK(getcwd(buf, sizeof(buf)));
    CHECK(strcmp(buf, dir) == 0);
    CHECK(!getcwd(buf, 2) && errno == ERANGE);
    put("relative", "r");
    CHECK_EQ(stat("relative", &st), 0);
    CHECK_EQ(stat("./.././/relative/../relative", &st), -1);
    CHECK_EQ(stat("..", &st), 0);
    CHECK_ERRNO(chdir("relative"), ENOTDIR);
    CHECK_EQ(fchdir(here), 0);
    close(here);
}

static void stat_tells_size_links_and_kind(void)
{
    struct stat a, b;

    put("stat", "12345");
    CHECK_EQ(stat(in("stat"), &a), 0);
    CHECK_EQ(a.st_size, 5);
    CHECK_EQ(a.st_nlink, 1);
    CHECK_EQ(a.st_mode & S_IFMT, S_IFREG);
    CHECK_EQ(a.st_mode & 0777, 0644);
    CHECK_EQ(link(in("stat"), in("stat2")), 0);
    CHECK_EQ(stat(in("stat2"), &b), 0);
    CHECK(a.st_ino == b.st_ino && a.st_dev == b.st_dev);
    CHECK_EQ(b.st_nlink, 2);
    CHECK_ERRNO(link(in("stat"), in("stat2")), EEXIST);
    CHECK_ERRNO(stat(in("nothing"), &a), ENOENT);
    CHECK_EQ(unlink(in("stat2")), 0);
}

static void access_asks_for_what_exists(void)
{
    put("access", "x");
    CHECK_EQ(access(in("access"), F_OK), 0);
    CHECK_EQ(access(in("access"), R_OK | W_OK), 0);
    CHECK_ERRNO(access(in("missing"), F_OK), ENOENT);
}

static void dev_null_and_zero_behave(void)
{
    char buf[4] = "abc";
    int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);

    CHECK(null >= 0 && zero >= 0);
    CHECK_EQ(write(null, buf, 4), 4);
    CHECK_EQ(read(null, buf, 4), 0);
    CHECK_EQ(read(zero, buf, 4), 4);
    CHECK(memcmp(buf, "\0\0\0\0", 4) == 0);
    close(null);
    close(zero);
}

/* Leaves the host as it was found; the directory has one level by then. */
static void remove_dir(void)
{
    struct dirent *e;
    DIR *d = opendir(dir);

    while (d && (e = readdir(d)))
        unlink(in(e->d_name));
    if (d)
        closedir(d);
    rmdir(dir);
}

int main(void)
{
    mkdir("/tmp", 01777);
    snprintf(dir, sizeof(dir), "/tmp/elfin-files-%d", (int)getpid());
    umask(022);
    for (int fd = 3; fd < 100; fd++)
        close(fd); /* whatever the caller left open */
    if (mkdir(dir, 0755) < 0) {
        perror(dir);
        return 1;
    }
    RUN(written_bytes_read_back);
    RUN(open_names_its_errors);
    RUN(a_name_may_have_255_bytes);
    RUN(descriptors_are_the_lowest_free);
    RUN(modes_are_enforced);
    RUN(bad_buffers_give_efault);
    RUN(lseek_moves_and_refuses);
    RUN(holes_read_as_zeros);
    RUN(append_writes_at_the_end);
    RUN(vectors_gather_and_scatter);
    RUN(a_big_file_keeps_its_bytes);
    RUN(truncation_cuts_and_extends);
    RUN(an_unlinked_file_lives_while_open);
    RUN(rename_moves_and_replaces);
    RUN(rename_refuses_what_makes_no_tree);
    RUN(directories_are_made_and_removed);
    RUN(a_listing_has_every_name_once);
    RUN(symbolic_links_are_followed_or_read);
    RUN(the_working_directory_counts);
    RUN(stat_tells_size_links_and_kind);
    RUN(access_asks_for_what_exists);
    RUN(dev_null_and_zero_behave);
    remove_dir();
    return check_end();
}
