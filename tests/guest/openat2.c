// SPDX-License-Identifier: MIT
/* openat2: openat2(2): its arguments, and how each RESOLVE_ flag walks. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static int top; /* a directory that the cases share */

static long how_open(int at, const char *path, uint64_t flags, uint64_t mode,
                     uint64_t resolve)
{
    struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};

    return syscall(SYS_openat2, at, path, &how, sizeof(how));
}

static long resolve(const char *path, uint64_t flags)
{
    return how_open(top, path, O_RDONLY, 0, flags);
}

/* The walk succeeds and leads to the file whose content is this. */
static void leads_to(const char *path, uint64_t flags, const char *content)
{
    char text[32] = "";
    long fd = resolve(path, flags);

    if (fd < 0)
        CHECK_FAIL("%s, resolve %#lx: %s", path, (unsigned long)flags,
                   strerror(errno));
    CHECK(read((int)fd, text, sizeof(text) - 1) >= 0);
    close((int)fd);
    CHECK(!strcmp(text, content));
}

static void put(int at, const char *name, const char *content)
{
    int fd = openat(at, name, O_CREAT | O_WRONLY, 0644);

    CHECK(fd >= 0);
    CHECK_EQ(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

static void opens_as_openat_does(void)
{
    long fd = how_open(top, "new", O_CREAT | O_RDWR, 0640, 0);
    struct stat st;

    CHECK(fd >= 0);
    CHECK_EQ(fstat((int)fd, &st), 0);
    CHECK_EQ(st.st_mode, S_IFREG | 0640);
    CHECK_EQ(write((int)fd, "x", 1), 1);
    close((int)fd);
    CHECK_ERRNO(how_open(top, "new", O_CREAT | O_EXCL | O_RDWR, 0640, 0),
                EEXIST);
    CHECK_ERRNO(how_open(top, "absent", O_RDONLY, 0, 0), ENOENT);
    CHECK_ERRNO(how_open(-1, "new", O_RDONLY, 0, 0), EBADF);
    CHECK_ERRNO(how_open(top, check_pointer(1), O_RDONLY, 0, 0), EFAULT);
}

static void refuses_what_openat_ignores(void)
{
    CHECK_ERRNO(how_open(top, "a", 1ull << 40, 0, 0), EINVAL);
    CHECK_ERRNO(how_open(top, "a", 1u << 30, 0, 0), EINVAL);
    CHECK_ERRNO(how_open(top, "a", O_RDONLY, 0644, 0), EINVAL);
    CHECK_ERRNO(how_open(top, "new2", O_CREAT | O_RDWR, 010644, 0), EINVAL);
    CHECK_ERRNO(how_open(top, "a", O_PATH | O_RDWR, 0, 0), EINVAL);
    CHECK_ERRNO(how_open(top, "a", O_RDONLY, 0, 1 << 20), EINVAL);
    CHECK_ERRNO(resolve("a", RESOLVE_BENEATH | RESOLVE_IN_ROOT), EINVAL);
}

static void its_struct_may_grow(void)
{
    struct {
        struct open_how how;
        uint64_t more;
    } big = {.how = {.flags = O_RDONLY}};
    long fd = syscall(SYS_openat2, top, "a", &big, sizeof(big));

    CHECK(fd >= 0);
    close((int)fd);
    big.more = 1;
    CHECK_ERRNO(syscall(SYS_openat2, top, "a", &big, sizeof(big)), E2BIG);
    CHECK_ERRNO(syscall(SYS_openat2, top, "a", &big, 23), EINVAL);
    CHECK_ERRNO(syscall(SYS_openat2, top, "a", &big, 0), EINVAL);
    CHECK_ERRNO(syscall(SYS_openat2, top, "a", &big, 8192), E2BIG);
    CHECK_ERRNO(syscall(SYS_openat2, top, "a", NULL, 24), EFAULT);
}

static void beneath_stays_below(void)
{
    leads_to("a", RESOLVE_BENEATH, "in a");
    leads_to("sub/../a", RESOLVE_BENEATH, "in a");
    leads_to("sub/up", RESOLVE_BENEATH, "in a");
    CHECK_ERRNO(resolve("..", RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(resolve("sub/../..", RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(resolve("/a", RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(resolve("absolute", RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(resolve("far-up", RESOLVE_BENEATH), EXDEV);
    CHECK_ERRNO(resolve("magic", RESOLVE_BENEATH), EXDEV);
}

static void in_root_sees_a_smaller_world(void)
{
    leads_to("/a", RESOLVE_IN_ROOT, "in a");
    leads_to("../../a", RESOLVE_IN_ROOT, "in a");
    leads_to("absolute", RESOLVE_IN_ROOT, "in a");
    leads_to("far-up", RESOLVE_IN_ROOT, "in a");
    leads_to("sub/up", RESOLVE_IN_ROOT, "in a");
    CHECK_ERRNO(resolve("/etc/passwd", RESOLVE_IN_ROOT), ENOENT);
}

static void in_root_creates_inside(void)
{
    long fd = how_open(top, "/sub/../../made", O_CREAT | O_RDWR, 0600,
                       RESOLVE_IN_ROOT);

    CHECK(fd >= 0);
    close((int)fd);
    CHECK_EQ(faccessat(top, "made", F_OK, 0), 0);
}

static void no_symlinks_means_none(void)
{
    leads_to("a", RESOLVE_NO_SYMLINKS, "in a");
    CHECK_ERRNO(resolve("to-a", RESOLVE_NO_SYMLINKS), ELOOP);
    CHECK_ERRNO(resolve("to-sub/b", RESOLVE_NO_SYMLINKS), ELOOP);
    CHECK_ERRNO(resolve("magic", RESOLVE_NO_SYMLINKS), ELOOP);
    long fd =
        how_open(top, "to-a", O_PATH | O_NOFOLLOW, 0, RESOLVE_NO_SYMLINKS);
    CHECK(fd >= 0);
    close((int)fd);
}

static void no_magiclinks_leaves_the_others(void)
{
    leads_to("to-a", RESOLVE_NO_MAGICLINKS, "in a");
    CHECK_ERRNO(how_open(AT_FDCWD, "/proc/self/fd/0", O_RDONLY, 0,
                         RESOLVE_NO_MAGICLINKS),
                ELOOP);
    CHECK_ERRNO(how_open(AT_FDCWD, "/proc/self/cwd/x", O_RDONLY, 0,
                         RESOLVE_NO_MAGICLINKS),
                ELOOP);
    /* /proc/self is an ordinary one */
    long fd = how_open(AT_FDCWD, "/proc/self/stat", O_RDONLY, 0,
                       RESOLVE_NO_MAGICLINKS);
    CHECK(fd >= 0);
    close((int)fd);
}

static void no_xdev_stays_on_the_mount(void)
{
    int root = open("/", O_PATH), proc = open("/proc", O_PATH);
    long fd = how_open(root, "proc", O_PATH, 0, 0);

    CHECK(root >= 0 && proc >= 0 && fd >= 0);
    close((int)fd);
    CHECK_ERRNO(how_open(root, "proc", O_PATH, 0, RESOLVE_NO_XDEV), EXDEV);
    CHECK_ERRNO(how_open(root, "proc/stat", O_PATH, 0, RESOLVE_NO_XDEV), EXDEV);
    CHECK_ERRNO(how_open(proc, "..", O_PATH, 0, RESOLVE_NO_XDEV), EXDEV);
    CHECK_ERRNO(how_open(proc, "self/root", O_PATH, 0, RESOLVE_NO_XDEV), EXDEV);
    fd = how_open(proc, "self/stat", O_RDONLY, 0, RESOLVE_NO_XDEV);
    CHECK(fd >= 0);
    close((int)fd);
    fd = resolve("a", RESOLVE_NO_XDEV);
    CHECK(fd >= 0);
    close((int)fd);
    close(root);
    close(proc);
}

static void cached_finds_what_was_there(void)
{
    leads_to("a", RESOLVE_CACHED, "in a");
    CHECK_ERRNO(how_open(top, "new3", O_CREAT | O_RDWR, 0600, RESOLVE_CACHED),
                EAGAIN);
    CHECK_ERRNO(how_open(top, "a", O_RDWR | O_TRUNC, 0, RESOLVE_CACHED),
                EAGAIN);
}

int main(void)
{
    char dir[] = "/tmp/openat2-XXXXXX";

    if (!mkdtemp(dir) || (top = open(dir, O_RDONLY | O_DIRECTORY)) < 0)
        return 1;
    if (how_open(top, ".", O_PATH, 0, 0) < 0 && errno == ENOSYS) {
        dprintf(1, "no openat2 here\n0 passed, 0 failed, 1 skipped\n");
        return 0;
    }
    put(top, "a", "in a");
    if (mkdirat(top, "sub", 0755) < 0 || symlinkat("a", top, "to-a") < 0 ||
        symlinkat("sub", top, "to-sub") < 0 ||
        symlinkat("/a", top, "absolute") < 0 ||
        symlinkat("../../a", top, "far-up") < 0 ||
        symlinkat("../a", top, "sub/up") < 0 ||
        symlinkat("/proc/self/fd/0", top, "magic") < 0)
        return 1;
    put(top, "sub/b", "in b");
    RUN(opens_as_openat_does);
    RUN(refuses_what_openat_ignores);
    RUN(its_struct_may_grow);
    RUN(beneath_stays_below);
    RUN(in_root_sees_a_smaller_world);
    RUN(in_root_creates_inside);
    RUN(no_symlinks_means_none);
    RUN(no_magiclinks_leaves_the_others);
    RUN(no_xdev_stays_on_the_mount);
    RUN(cached_finds_what_was_there);
    return check_end();
}
