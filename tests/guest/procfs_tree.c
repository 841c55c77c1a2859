// SPDX-License-Identifier: MIT
/* procfs_tree: where things are in /proc, how they are read, and descriptors
 * there: proc(5). */
#define _GNU_SOURCE
#include "procfs.h"

#include <dirent.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

/* --- names --------------------------------------------------------------- */

static void self_is_a_link_to_the_own_number(void)
{
    CHECK_EQ(atoi(link_of("/proc/self")), getpid());
    CHECK_EQ(strspn(link_of("/proc/self"), "0123456789"),
             strlen(link_of("/proc/self")));
}

static void thread_self_names_the_task(void)
{
    char wanted[64];

    snprintf(wanted, sizeof(wanted), "%d/task/%ld", getpid(),
             syscall(SYS_gettid));
    CHECK(!strcmp(link_of("/proc/thread-self"), wanted));
}

static void the_root_lists_the_own_number(void)
{
    bool self = false, meminfo = false, dots = false;
    DIR *d = opendir("/proc");
    struct dirent *e;

    CHECK(d);
    while ((e = readdir(d))) {
        self |= atoi(e->d_name) == getpid() && e->d_type == DT_DIR;
        meminfo |= !strcmp(e->d_name, "meminfo") && e->d_type == DT_REG;
        dots |= !strcmp(e->d_name, "..");
    }
    closedir(d);
    CHECK(self && meminfo && dots);
}

static void numbers_that_are_none_are_not_found(void)
{
    CHECK_ERRNO(open("/proc/99999999", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/0", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/01", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/1x/stat", O_RDONLY), ENOENT);
    CHECK_ERRNO(open("/proc/self/nothing", O_RDONLY), ENOENT);
}

static void it_is_a_file_system_of_its_own(void)
{
    struct statfs s;
    struct stat proc, root;

    CHECK_EQ(statfs("/proc", &s), 0);
    CHECK_EQ(s.f_type, 0x9fa0);
    CHECK_EQ(s.f_blocks, 0);
    CHECK_EQ(stat("/proc", &proc), 0);
    CHECK_EQ(stat("/", &root), 0);
    CHECK(proc.st_dev != root.st_dev);
    CHECK_EQ(proc.st_ino, 1);
}

static void dotdot_leads_out_again(void)
{
    struct stat a, b;

    CHECK_EQ(stat("/proc/self/fd/../../..", &a), 0);
    CHECK_EQ(stat("/", &b), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
    CHECK_EQ(stat("/proc/..", &a), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
}

static void numbers_of_files_stay(void)
{
    struct stat a, b, c;

    CHECK_EQ(stat("/proc/meminfo", &a), 0);
    CHECK_EQ(stat("/proc/meminfo", &b), 0);
    CHECK_EQ(stat("/proc/uptime", &c), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
    CHECK(a.st_ino != c.st_ino);
    CHECK_EQ(a.st_size, 0);
    CHECK_EQ(a.st_mode, S_IFREG | 0444);
}

static void a_directory_can_be_current(void)
{
    char cwd[256];

    CHECK_EQ(chdir("/proc/self/task"), 0);
    CHECK(getcwd(cwd, sizeof(cwd)));
    CHECK(strstr(cwd, "/task") && !strncmp(cwd, "/proc/", 6));
    CHECK_EQ(access("../stat", R_OK), 0);
    CHECK_EQ(chdir("/"), 0);
}

static void nothing_can_be_made_there(void)
{
    CHECK(mkdir("/proc/new", 0755) < 0);
    CHECK(open("/proc/new", O_CREAT | O_WRONLY, 0644) < 0);
    CHECK(unlink("/proc/version") < 0);
    CHECK(rename("/proc/version", "/proc/other") < 0);
}

/* --- reading ------------------------------------------------------------- */

static void a_text_is_read_in_pieces(void)
{
    char piece[64];
    ssize_t n, total = 0;
    int fd;

    CHECK(slurp("/proc/self/limits") > 100);
    fd = open("/proc/self/limits", O_RDONLY);
    CHECK(fd >= 0);
    while ((n = read(fd, piece, 7)) > 0) {
        CHECK(!memcmp(piece, text + total, (size_t)n));
        total += n;
    }
    close(fd);
    CHECK_EQ(total, strlen(text));
}

static void pread_and_lseek_go_to_an_offset(void)
{
    int fd = open("/proc/version", O_RDONLY);
    char a[6] = "", b[6] = "";

    CHECK(fd >= 0);
    CHECK_EQ(pread(fd, a, 5, 0), 5);
    CHECK(!strcmp(a, "Linux"));
    CHECK_EQ(pread(fd, a, 5, 6), 5);
    CHECK_EQ(lseek(fd, 6, SEEK_SET), 6);
    CHECK_EQ(read(fd, b, 5), 5);
    CHECK(!strcmp(a, b));
    CHECK_EQ(lseek(fd, 0, SEEK_CUR), 11);
    CHECK_EQ(pread(fd, a, 5, 100000), 0);
    CHECK_ERRNO(lseek(fd, -1, SEEK_SET), EINVAL);
    close(fd);
}

static void reading_again_shows_what_is_now(void)
{
    int fd = open("/proc/self/comm", O_RDONLY);
    char name[32] = "";

    CHECK(fd >= 0);
    CHECK_EQ(prctl(PR_SET_NAME, "before"), 0);
    CHECK_EQ(read(fd, name, sizeof(name)), 7);
    CHECK_EQ(prctl(PR_SET_NAME, "afterwards"), 0);
    CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
    CHECK_EQ(read(fd, name, sizeof(name)), 11);
    CHECK(!memcmp(name, "afterwards\n", 11));
    close(fd);
}

static void a_bad_buffer_is_refused(void)
{
    int fd = open("/proc/version", O_RDONLY);

    CHECK(fd >= 0);
    CHECK_ERRNO(read(fd, check_pointer(8), 10), EFAULT);
    close(fd);
}

static void read_only_files_are_not_written(void)
{
    int fd = open("/proc/version", O_RDONLY);

    CHECK(fd >= 0);
    CHECK_ERRNO(write(fd, "x", 1), EBADF);
    close(fd);
    CHECK(open("/proc/sys/kernel/osrelease", O_WRONLY) < 0);
}

/* --- descriptors --------------------------------------------------------- */

static const char *fd_link(int fd)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    return link_of(path);
}

static void fd_lists_what_is_open(void)
{
    int fd = open("/dev/null", O_RDONLY);
    bool found = false, closed = false;
    struct dirent *e;
    DIR *d;

    CHECK(fd >= 0);
    d = opendir("/proc/self/fd");
    CHECK(d);
    while ((e = readdir(d))) {
        found |= e->d_name[0] != '.' && atoi(e->d_name) == fd;
        closed |= atoi(e->d_name) == 999;
    }
    closedir(d);
    CHECK(found && !closed);
    CHECK(!strcmp(fd_link(fd), "/dev/null"));
    close(fd);
    CHECK(!strcmp(fd_link(fd), ""));
}

static void fd_links_say_how_it_is_open(void)
{
    int r = open("/tmp", O_RDONLY), w = open("/dev/null", O_WRONLY);
    char path[64];
    struct stat s;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", r);
    CHECK_EQ(lstat(path, &s), 0);
    CHECK_EQ(s.st_mode, S_IFLNK | 0500);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", w);
    CHECK_EQ(lstat(path, &s), 0);
    CHECK_EQ(s.st_mode, S_IFLNK | 0300);
    close(r);
    close(w);
}

static void a_deleted_file_says_so(void)
{
    char path[64];
    int fd = open("/tmp/procfs-gone", O_CREAT | O_RDWR, 0600), again;

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "kept", 4), 4);
    CHECK(!strcmp(fd_link(fd), "/tmp/procfs-gone"));
    CHECK_EQ(unlink("/tmp/procfs-gone"), 0);
    CHECK(!strcmp(fd_link(fd), "/tmp/procfs-gone (deleted)"));
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    again = open(path, O_RDONLY);
    CHECK(again >= 0);
    CHECK_EQ(read(again, text, 10), 4);
    CHECK(!memcmp(text, "kept", 4));
    close(again);
    close(fd);
}

static void a_pipe_has_a_number(void)
{
    char wanted[64];
    struct stat s;
    int ends[2];

    CHECK_EQ(pipe(ends), 0);
    CHECK_EQ(fstat(ends[0], &s), 0);
    snprintf(wanted, sizeof(wanted), "pipe:[%lu]", (unsigned long)s.st_ino);
    CHECK(!strcmp(fd_link(ends[0]), wanted));
    CHECK(!strcmp(fd_link(ends[1]), wanted));
    close(ends[0]);
    close(ends[1]);
}

static void files_without_a_name_say_what_they_are(void)
{
    int event = eventfd(0, 0), set = epoll_create1(0);

    CHECK(event >= 0 && set >= 0);
    CHECK(!strcmp(fd_link(event), "anon_inode:[eventfd]"));
    CHECK(!strcmp(fd_link(set), "anon_inode:[eventpoll]"));
    close(event);
    close(set);
}

static void a_memfd_is_opened_anew(void)
{
    char path[64];
    int fd = memfd_create("a name", 0), again;

    CHECK(fd >= 0);
    CHECK(!strcmp(fd_link(fd), "/memfd:a name (deleted)"));
    CHECK_EQ(write(fd, "text", 4), 4);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    again = open(path, O_RDWR);
    CHECK(again >= 0);
    CHECK_EQ(lseek(again, 0, SEEK_CUR), 0);
    CHECK_EQ(read(again, text, 10), 4);
    CHECK(!strcmp(fd_link(again), "/memfd:a name (deleted)"));
    close(again);
    close(fd);
}

static void an_open_with_creat_goes_through_the_link(void)
{
    char path[64];
    int fd = open("/tmp/procfs-through", O_CREAT | O_RDWR, 0600), again;

    CHECK(fd >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    again = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    CHECK(again >= 0);
    CHECK_EQ(write(again, "abc", 3), 3);
    CHECK_EQ(pread(fd, text, 10, 0), 3);
    CHECK_ERRNO(open(path, O_CREAT | O_EXCL | O_WRONLY, 0600), EEXIST);
    CHECK_ERRNO(open(path, O_NOFOLLOW | O_RDONLY), ELOOP);
    close(again);
    close(fd);
    CHECK_EQ(unlink("/tmp/procfs-through"), 0);
}

static void a_directory_is_entered_through_its_descriptor(void)
{
    int fd = open("/tmp", O_PATH | O_DIRECTORY);
    char path[64];
    struct stat a, b;

    CHECK(fd >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d/.", fd);
    CHECK_EQ(stat(path, &a), 0);
    CHECK_EQ(stat("/tmp", &b), 0);
    CHECK_EQ(a.st_ino, b.st_ino);
    snprintf(path, sizeof(path), "/proc/self/fd/%d/procfs-file", fd);
    CHECK_EQ(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
    CHECK_EQ(unlink("/tmp/procfs-file"), 0);
    close(fd);
}

static void fdinfo_tells_offset_and_flags(void)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char path[64];

    CHECK(fd >= 0);
    CHECK_EQ(lseek(fd, 1234, SEEK_SET), 1234);
    snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    CHECK(slurp(path) > 0);
    CHECK_EQ(field_number("pos"), 1234);
    CHECK_EQ(strtol(field("flags"), NULL, 8) & (O_ACCMODE | O_CLOEXEC),
             O_RDONLY | O_CLOEXEC);
    CHECK(field_number("mnt_id") > 0);
    close(fd);
    CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
}

int main(void)
{
    RUN(self_is_a_link_to_the_own_number);
    RUN(thread_self_names_the_task);
    RUN(the_root_lists_the_own_number);
    RUN(numbers_that_are_none_are_not_found);
    RUN(it_is_a_file_system_of_its_own);
    RUN(dotdot_leads_out_again);
    RUN(numbers_of_files_stay);
    RUN(a_directory_can_be_current);
    RUN(nothing_can_be_made_there);
    RUN(a_text_is_read_in_pieces);
    RUN(pread_and_lseek_go_to_an_offset);
    RUN(reading_again_shows_what_is_now);
    RUN(a_bad_buffer_is_refused);
    RUN(read_only_files_are_not_written);
    RUN(fd_lists_what_is_open);
    RUN(fd_links_say_how_it_is_open);
    RUN(a_deleted_file_says_so);
    RUN(a_pipe_has_a_number);
    RUN(files_without_a_name_say_what_they_are);
    RUN(a_memfd_is_opened_anew);
    RUN(an_open_with_creat_goes_through_the_link);
    RUN(a_directory_is_entered_through_its_descriptor);
    RUN(fdinfo_tells_offset_and_flags);
    return check_end();
}
