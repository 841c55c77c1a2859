// SPDX-License-Identifier: MIT
/*
 * permission: who may do what with files: modes, owners, groups, sticky and
 * set-id bits, access(2). Runs as root, and becomes user 1000 with the
 * effective ids, which it can take back.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "check.h"
#include "in_dir.h"

#define USER  1000
#define GROUP 2000
#define OTHER 3000

static void become_root(void)
{
    if (seteuid(0) < 0 || setegid(0) < 0 || setgroups(0, NULL) < 0)
        dprintf(1, "cannot become root again\n");
}

/* User 1000, group 1000, and a supplementary group. */
static void become_user(void)
{
    gid_t groups[] = {GROUP};

    CHECK_EQ(setgroups(1, groups), 0);
    CHECK_EQ(setegid(USER), 0);
    CHECK_EQ(seteuid(USER), 0);
}

/* A file of root's making. */
static const char *make(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
    const char *path = in(name);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "text", 4), 4);
    CHECK_EQ(fchown(fd, uid, gid), 0);
    CHECK_EQ(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

static const char *make_dir(const char *name, mode_t mode, uid_t uid, gid_t gid)
{
    const char *path = in(name);

    CHECK_EQ(mkdir(path, 0700), 0);
    CHECK_EQ(chown(path, uid, gid), 0);
    CHECK_EQ(chmod(path, mode), 0);
    return path;
}

static mode_t mode_of(const char *path)
{
    struct stat st;

    return lstat(path, &st) < 0 ? 0 : st.st_mode & 07777;
}

static int opens(const char *path, int flags)
{
    int fd = open(path, flags);

    if (fd >= 0)
        close(fd);
    return fd >= 0 ? 0 : errno;
}

/* --- the three classes --- */

static void the_owner_has_the_first_class(void)
{
    const char *path = make("owner", 0400, USER, OTHER);

    become_user();
    CHECK_EQ(opens(path, O_RDONLY), 0);
    CHECK_EQ(opens(path, O_WRONLY), EACCES);
    CHECK_EQ(opens(path, O_RDWR), EACCES);
    CHECK_EQ(opens(path, O_RDONLY | O_TRUNC), EACCES);
}

static void the_first_class_that_fits_decides(void)
{
    const char *path = make("decides", 0066, USER, OTHER);

    become_user();
    CHECK_EQ(opens(path, O_RDONLY), EACCES);
    become_root();
    CHECK_EQ(chown(path, OTHER, USER), 0);
    CHECK_EQ(chmod(path, 0606), 0);
    become_user();
    CHECK_EQ(opens(path, O_RDONLY), EACCES);
}

static void a_group_has_the_second_class(void)
{
    const char *path = make("group", 0060, OTHER, USER);

    become_user();
    CHECK_EQ(opens(path, O_RDWR), 0);
}

static void supplementary_groups_count(void)
{
    const char *path = make("supplementary", 0040, OTHER, GROUP);

    become_user();
    CHECK_EQ(opens(path, O_RDONLY), 0);
    CHECK_EQ(opens(path, O_WRONLY), EACCES);
}

static void others_have_the_third_class(void)
{
    const char *path = make("others", 0004, OTHER, OTHER);

    become_user();
    CHECK_EQ(opens(path, O_RDONLY), 0);
    CHECK_EQ(opens(path, O_WRONLY), EACCES);
    CHECK_EQ(opens(path, O_PATH), 0);
}

static void root_opens_everything(void)
{
    const char *path = make("secret", 0000, OTHER, OTHER);

    CHECK_EQ(opens(path, O_RDWR), 0);
    CHECK_ERRNO(access(path, X_OK), EACCES);
    CHECK_EQ(chmod(path, 0010), 0);
    CHECK_EQ(access(path, X_OK), 0);
}

static void an_open_file_stays_open(void)
{
    char c;
    int fd = open(make("stays", 0600, 0, 0), O_RDONLY);

    become_user();
    CHECK_EQ(read(fd, &c, 1), 1);
    close(fd);
}

static void a_new_file_is_open_as_asked_for(void)
{
    const char *path;
    int fd;

    make_dir("new", 0777, 0, 0);
    path = in("new/file");
    become_user();
    fd = open(path, O_CREAT | O_RDWR, 0000);
    CHECK(fd >= 0);
    CHECK_EQ(write(fd, "x", 1), 1);
    close(fd);
    CHECK_EQ(opens(path, O_RDONLY), EACCES);
}

/* --- directories --- */

static void directories_need_search_permission(void)
{
    struct stat st;

    make_dir("closed", 0700, 0, 0);
    make("closed/file", 0666, 0, 0);
    become_user();
    CHECK_ERRNO(stat(in("closed/file"), &st), EACCES);
    CHECK_ERRNO(stat(in("closed/none"), &st), EACCES);
    CHECK_ERRNO(stat(in("closed/."), &st), EACCES);
    CHECK_ERRNO(chdir(in("closed")), EACCES);
    CHECK_EQ(stat(in("closed"), &st), 0);
    CHECK_EQ(opens(in("closed/file"), O_RDONLY), EACCES);
}

static void search_permission_is_not_read_permission(void)
{
    make_dir("search", 0711, 0, 0);
    make("search/file", 0644, 0, 0);
    become_user();
    CHECK_EQ(opens(in("search/file"), O_RDONLY), 0);
    CHECK_EQ(opens(in("search"), O_RDONLY | O_DIRECTORY), EACCES);
}

static void read_permission_is_not_search_permission(void)
{
    make_dir("list", 0744, 0, 0);
    make("list/file", 0644, 0, 0);
    become_user();
    CHECK_EQ(opens(in("list"), O_RDONLY | O_DIRECTORY), 0);
    CHECK_EQ(opens(in("list/file"), O_RDONLY), EACCES);
}

static void names_are_made_where_writing_is_allowed(void)
{
    make_dir("fixed", 0755, 0, 0);
    become_user();
    CHECK_ERRNO(open(in("fixed/new"), O_CREAT | O_WRONLY, 0644), EACCES);
    CHECK_ERRNO(mkdir(in("fixed/new"), 0755), EACCES);
    CHECK_ERRNO(symlink("x", in("fixed/new")), EACCES);
    CHECK_ERRNO(mknod(in("fixed/new"), S_IFREG | 0644, 0), EACCES);
    CHECK_ERRNO(mkdir(in("fixed"), 0755), EEXIST);
}

static void names_are_removed_where_writing_is_allowed(void)
{
    make_dir("keep", 0755, 0, 0);
    make("keep/file", 0666, USER, USER);
    make_dir("keep/dir", 0777, USER, USER);
    become_user();
    CHECK_ERRNO(unlink(in("keep/file")), EACCES);
    CHECK_ERRNO(unlink(in("keep/dir")), EACCES);
    CHECK_ERRNO(rmdir(in("keep/dir")), EACCES);
    CHECK_ERRNO(unlink(in("keep/none")), ENOENT);
    CHECK_ERRNO(rename(in("keep/file"), in("moved")), EACCES);
}

static void links_need_permission_for_the_new_name(void)
{
    make_dir("no-links", 0755, 0, 0);
    make("own", 0666, USER, USER);
    become_user();
    CHECK_ERRNO(link(in("own"), in("no-links/own")), EACCES);
}

static void a_writable_directory_lets_others_files_go(void)
{
    make_dir("open", 0777, 0, 0);
    make("open/file", 0600, 0, 0);
    become_user();
    CHECK_EQ(unlink(in("open/file")), 0);
}

static void a_sticky_directory_does_not(void)
{
    make_dir("sticky", 01777, 0, 0);
    make("sticky/roots", 0666, 0, 0);
    make("sticky/own", 0600, USER, USER);
    make("sticky/another", 0600, USER, USER);
    become_user();
    CHECK_ERRNO(unlink(in("sticky/roots")), EPERM);
    CHECK_ERRNO(rename(in("sticky/roots"), in("sticky/x")), EPERM);
    CHECK_ERRNO(rename(in("sticky/own"), in("sticky/roots")), EPERM);
    CHECK_EQ(rename(in("sticky/own"), in("sticky/x")), 0);
    CHECK_EQ(unlink(in("sticky/x")), 0);
    become_root();
    CHECK_EQ(unlink(in("sticky/another")), 0);
}

static void the_owner_of_a_sticky_directory_removes_all(void)
{
    make_dir("mine", 01777, USER, USER);
    make("mine/roots", 0600, 0, 0);
    become_user();
    CHECK_EQ(unlink(in("mine/roots")), 0);
}

static void a_directory_moves_only_when_it_can_be_written(void)
{
    make_dir("from", 0777, 0, 0);
    make_dir("to", 0777, 0, 0);
    make_dir("from/a", 0755, 0, 0);
    become_user();
    CHECK_ERRNO(rename(in("from/a"), in("to/a")), EACCES);
    CHECK_EQ(rename(in("from/a"), in("from/b")), 0);
}

/* --- owners and modes --- */

static void new_files_belong_to_their_maker(void)
{
    struct stat st;
    int fd;

    make_dir("makers", 0777, 0, 0);
    become_user();
    fd = open(in("makers/file"), O_CREAT | O_WRONLY, 0644);
    CHECK_EQ(fstat(fd, &st), 0);
    close(fd);
    CHECK_EQ(st.st_uid, USER);
    CHECK_EQ(st.st_gid, USER);
    CHECK_EQ(mkdir(in("makers/dir"), 0755), 0);
    CHECK_EQ(stat(in("makers/dir"), &st), 0);
    CHECK_EQ(st.st_uid, USER);
}

static void a_setgid_directory_hands_its_group_on(void)
{
    struct stat st;
    int fd;

    make_dir("shared", 02777, 0, OTHER);
    become_user();
    fd = open(in("shared/file"), O_CREAT | O_WRONLY, 0644);
    CHECK_EQ(fstat(fd, &st), 0);
    close(fd);
    CHECK_EQ(st.st_gid, OTHER);
    CHECK_EQ(mkdir(in("shared/dir"), 0755), 0);
    CHECK_EQ(stat(in("shared/dir"), &st), 0);
    CHECK_EQ(st.st_gid, OTHER);
    CHECK_EQ(st.st_mode & 07777, 02755);
    fd = open(in("shared/sgid"), O_CREAT | O_WRONLY, 02755);
    CHECK_EQ(fstat(fd, &st), 0);
    close(fd);
    CHECK_EQ(st.st_mode & 07777, 0755);
}

static void only_the_owner_changes_the_mode(void)
{
    const char *own = make("own-mode", 0600, USER, USER);
    const char *other = make("other-mode", 0666, OTHER, OTHER);

    become_user();
    CHECK_EQ(chmod(own, 04711), 0);
    CHECK_EQ(mode_of(own), 04711);
    CHECK_ERRNO(chmod(other, 0644), EPERM);
}

static void setgid_is_for_members_of_the_group(void)
{
    const char *path = make("not-member", 0600, USER, OTHER);

    become_user();
    CHECK_EQ(chmod(path, 02755), 0);
    CHECK_EQ(mode_of(path), 0755);
    become_root();
    CHECK_EQ(chown(path, USER, GROUP), 0);
    become_user();
    CHECK_EQ(chmod(path, 02755), 0);
    CHECK_EQ(mode_of(path), 02755);
}

static void files_are_not_given_away(void)
{
    const char *path = make("gift", 0644, USER, USER);

    become_user();
    CHECK_ERRNO(chown(path, OTHER, -1), EPERM);
    CHECK_ERRNO(chown(path, -1, OTHER), EPERM);
    CHECK_EQ(chown(path, USER, GROUP), 0);
    CHECK_EQ(chown(path, -1, USER), 0);
    CHECK_EQ(chown(path, -1, -1), 0);
    become_root();
    CHECK_EQ(chown(path, OTHER, USER), 0);
    become_user();
    CHECK_ERRNO(chown(path, -1, GROUP), EPERM);
}

static void another_owner_ends_set_id(void)
{
    const char *path = make("set-id", 06755, USER, USER);

    CHECK_EQ(mode_of(path), 06755);
    CHECK_EQ(chown(path, OTHER, -1), 0);
    CHECK_EQ(mode_of(path), 0755);
    CHECK_EQ(chmod(path, 06745), 0);
    become_root();
    CHECK_EQ(chown(path, USER, GROUP), 0);
    CHECK_EQ(mode_of(path), 02745);
}

static void writing_ends_set_id(void)
{
    const char *path = make("written", 06777, OTHER, OTHER);
    int fd;

    fd = open(path, O_WRONLY);
    CHECK_EQ(write(fd, "r", 1), 1);
    CHECK_EQ(mode_of(path), 06777);
    close(fd);
    become_user();
    fd = open(path, O_WRONLY);
    CHECK_EQ(write(fd, "u", 1), 1);
    CHECK_EQ(mode_of(path), 0777);
    close(fd);
}

static void truncation_ends_set_id(void)
{
    const char *path = make("cut", 04777, OTHER, OTHER);

    become_user();
    CHECK_EQ(truncate(path, 1), 0);
    CHECK_EQ(mode_of(path), 0777);
}

static void truncation_needs_write_permission(void)
{
    const char *path = make("no-cut", 0644, OTHER, OTHER);

    become_user();
    CHECK_ERRNO(truncate(path, 0), EACCES);
}

static void times_are_the_owners(void)
{
    struct timespec then[2] = {{1000, 0}, {1000, 0}};
    const char *writable = make("touch", 0666, OTHER, OTHER);
    const char *readable = make("no-touch", 0644, OTHER, OTHER);

    become_user();
    CHECK_EQ(utimensat(AT_FDCWD, writable, NULL, 0), 0);
    CHECK_ERRNO(utimensat(AT_FDCWD, writable, then, 0), EPERM);
    CHECK_ERRNO(utimensat(AT_FDCWD, readable, NULL, 0), EACCES);
}

static void noatime_is_the_owners(void)
{
    const char *path = make("noatime", 0644, OTHER, OTHER);

    become_user();
    CHECK_EQ(opens(path, O_RDONLY | O_NOATIME), EPERM);
}

static void devices_are_roots_to_make(void)
{
    make_dir("devices", 0777, 0, 0);
    become_user();
    CHECK_ERRNO(mknod(in("devices/null"), S_IFCHR | 0666, makedev(1, 3)),
                EPERM);
    CHECK_EQ(mknod(in("devices/plain"), S_IFREG | 0666, 0), 0);
}

static void chroot_is_roots(void)
{
    become_user();
    CHECK_ERRNO(chroot("/"), EPERM);
}

/* --- access --- */

static void access_asks_for_the_real_user(void)
{
    const char *path = make("real", 0600, 0, 0);

    become_user(); /* the real user stays root */
    CHECK_EQ(access(path, R_OK | W_OK), 0);
    CHECK_ERRNO(faccessat(AT_FDCWD, path, R_OK, AT_EACCESS), EACCES);
    CHECK_EQ(syscall(SYS_faccessat2, AT_FDCWD, path, F_OK, AT_EACCESS), 0);
    CHECK_ERRNO(syscall(SYS_faccessat2, AT_FDCWD, path, W_OK, AT_EACCESS),
                EACCES);
}

static void access_walks_as_the_real_user(void)
{
    make_dir("walk", 0700, USER, USER);
    make("walk/file", 0644, USER, USER);
    CHECK_EQ(setresuid(USER, 0, 0), 0);
    int mine = access(in("walk/file"), R_OK);
    CHECK_EQ(setresuid(OTHER, 0, 0), 0);
    int other = access(in("walk/file"), R_OK), why = errno;
    CHECK_EQ(setresuid(0, 0, 0), 0);
    CHECK_EQ(mine, 0);
    CHECK_EQ(other, -1);
    CHECK_EQ(why, EACCES);
}

static void fsuid_is_who_opens(void)
{
    const char *path = make("fs", 0600, USER, USER);
    int before, status;

    before = (int)syscall(SYS_setfsuid, OTHER);
    status = opens(path, O_RDONLY);
    CHECK_EQ(syscall(SYS_setfsuid, 0), OTHER);
    CHECK_EQ(before, 0);
    CHECK_EQ(status, EACCES);
    CHECK_EQ(opens(path, O_RDONLY), 0);
}

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

#define AS_ROOT(fn)    \
    do {               \
        RUN(fn);       \
        become_root(); \
    } while (0)

int main(void)
{
    mkdir("/tmp", 01777);
    snprintf(dir, sizeof(dir), "/tmp/elfin-permission-%d", (int)getpid());
    umask(0);
    become_root();
    if (geteuid() || mkdir(dir, 0777) < 0) {
        dprintf(1, "needs to be root, and %s\n", dir);
        return 1;
    }
    AS_ROOT(the_owner_has_the_first_class);
    AS_ROOT(the_first_class_that_fits_decides);
    AS_ROOT(a_group_has_the_second_class);
    AS_ROOT(supplementary_groups_count);
    AS_ROOT(others_have_the_third_class);
    AS_ROOT(root_opens_everything);
    AS_ROOT(an_open_file_stays_open);
    AS_ROOT(a_new_file_is_open_as_asked_for);
    AS_ROOT(directories_need_search_permission);
    AS_ROOT(search_permission_is_not_read_permission);
    AS_ROOT(read_permission_is_not_search_permission);
    AS_ROOT(names_are_made_where_writing_is_allowed);
    AS_ROOT(names_are_removed_where_writing_is_allowed);
    AS_ROOT(links_need_permission_for_the_new_name);
    AS_ROOT(a_writable_directory_lets_others_files_go);
    AS_ROOT(a_sticky_directory_does_not);
    AS_ROOT(the_owner_of_a_sticky_directory_removes_all);
    AS_ROOT(a_directory_moves_only_when_it_can_be_written);
    AS_ROOT(new_files_belong_to_their_maker);
    AS_ROOT(a_setgid_directory_hands_its_group_on);
    AS_ROOT(only_the_owner_changes_the_mode);
    AS_ROOT(setgid_is_for_members_of_the_group);
    AS_ROOT(files_are_not_given_away);
    AS_ROOT(another_owner_ends_set_id);
    AS_ROOT(writing_ends_set_id);
    AS_ROOT(truncation_ends_set_id);
    AS_ROOT(truncation_needs_write_permission);
    AS_ROOT(times_are_the_owners);
    AS_ROOT(noatime_is_the_owners);
    AS_ROOT(devices_are_roots_to_make);
    AS_ROOT(chroot_is_roots);
    AS_ROOT(access_asks_for_the_real_user);
    AS_ROOT(access_walks_as_the_real_user);
    AS_ROOT(fsuid_is_who_opens);
    if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
        dprintf(1, "%s stays\n", dir);
    return check_end();
}
