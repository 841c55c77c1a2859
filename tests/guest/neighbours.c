// SPDX-License-Identifier: MIT
/* neighbours: what a process sees of another: process_vm_readv(2), kcmp(2). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define PAGE  4096
#define NO_ID 999999

enum { KCMP_FILE, KCMP_VM, KCMP_FILES, KCMP_FS, KCMP_SIGHAND };

static char *area; /* of three pages, the same address in the child */

static pid_t start_child(int clone_flags)
{
    pid_t pid = (pid_t)syscall(SYS_clone, clone_flags | SIGCHLD, 0, 0, 0, 0);

    CHECK(pid >= 0);
    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

static void end_child(pid_t pid)
{
    CHECK_EQ(kill(pid, SIGKILL), 0);
    CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void make_area(void)
{
    area = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(area != MAP_FAILED);
    memset(area, 'a', 3 * PAGE);
}

static long peek(pid_t pid, void *to, void *from, size_t n)
{
    struct iovec local = {to, n}, remote = {from, n};

    return process_vm_readv(pid, &local, 1, &remote, 1, 0);
}

static long poke(pid_t pid, void *to, void *from, size_t n)
{
    struct iovec local = {from, n}, remote = {to, n};

    return process_vm_writev(pid, &local, 1, &remote, 1, 0);
}

static void memory_of_another_is_read(void)
{
    char buf[2 * PAGE];
    pid_t pid;

    make_area();
    pid = start_child(0);
    memset(area, 'b', 3 * PAGE);
    CHECK_EQ(peek(pid, buf, area + 100, sizeof(buf)), sizeof(buf));
    CHECK(buf[0] == 'a' && buf[2 * PAGE - 1] == 'a');
    end_child(pid);
    CHECK_ERRNO(peek(pid, buf, area, 1), ESRCH);
    CHECK_EQ(munmap(area, 3 * PAGE), 0);
}

static void and_written(void)
{
    char buf[6] = "";
    pid_t pid;

    make_area();
    pid = start_child(0);
    CHECK_EQ(poke(pid, area + PAGE - 3, (void *)"across", 6), 6);
    CHECK_EQ(peek(pid, buf, area + PAGE - 3, 6), 6);
    CHECK(!memcmp(buf, "across", 6));
    CHECK(area[PAGE - 3] == 'a'); /* ours is ours */
    end_child(pid);
    CHECK_EQ(munmap(area, 3 * PAGE), 0);
}

static void pieces_are_put_together(void)
{
    char a[3], b[5];
    struct iovec local[] = {{a, 3}, {b, 5}}, remote[2];

    make_area();
    memcpy(area, "0123456789", 10);
    remote[0] = (struct iovec){area + 1, 6};
    remote[1] = (struct iovec){area + 8, 2};
    CHECK_EQ(process_vm_readv(getpid(), local, 2, remote, 2, 0), 8);
    CHECK(!memcmp(a, "123", 3) && !memcmp(b, "45689", 5));
    CHECK_EQ(process_vm_readv(getpid(), local, 1, remote, 2, 0), 3);
    CHECK_EQ(munmap(area, 3 * PAGE), 0);
}

static void protections_hold(void)
{
    char buf[2 * PAGE];

    make_area();
    CHECK_EQ(mprotect(area + PAGE, PAGE, PROT_NONE), 0);
    CHECK_EQ(peek(getpid(), buf, area, 2 * PAGE), PAGE);
    CHECK_ERRNO(peek(getpid(), buf, area + PAGE, 1), EFAULT);
    CHECK_EQ(mprotect(area + PAGE, PAGE, PROT_READ), 0);
    CHECK_EQ(peek(getpid(), buf, area + PAGE, 1), 1);
    CHECK_ERRNO(poke(getpid(), area + PAGE, buf, 1), EFAULT);
    CHECK_EQ(munmap(area, 3 * PAGE), 0);
    CHECK_ERRNO(peek(getpid(), buf, area, 1), EFAULT);
    CHECK_ERRNO(peek(getpid(), buf, check_pointer(~0xffful), 1), EFAULT);
}

static void arguments_are_checked(void)
{
    char c;
    struct iovec v = {&c, 1};

    CHECK_ERRNO(process_vm_readv(getpid(), &v, 1, &v, 1, 1), EINVAL);
    CHECK_ERRNO(process_vm_readv(getpid(), &v, 2000, &v, 1, 0), EINVAL);
    CHECK_ERRNO(process_vm_readv(NO_ID, &v, 1, &v, 1, 0), ESRCH);
    CHECK_ERRNO(process_vm_readv(getpid(), check_pointer(8), 1, &v, 1, 0),
                EFAULT);
    CHECK_EQ(process_vm_readv(getpid(), &v, 1, &v, 0, 0), 0);
}

static void nobody_sees_root(void)
{
    char c;
    pid_t pid;
    int status;

    if (geteuid() != 0)
        CHECK_SKIP("only root may do this");
    pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        if (setresuid(65534, 65534, 65534))
            _exit(1);
        _exit(peek(getppid(), &c, &c, 1) == -1 && errno == EPERM ? 0 : 2);
    }
    CHECK_EQ(waitpid(pid, &status, 0), pid);
    CHECK_EQ(status, 0);
}

static long kcmp(pid_t a, pid_t b, int type, long x, long y)
{
    return syscall(SYS_kcmp, a, b, type, x, y);
}

static void what_is_shared_is_equal(void)
{
    int a = open("/", O_RDONLY), b = dup(a), c = open("/", O_RDONLY);
    pid_t self = getpid(), pid;

    if (kcmp(self, self, KCMP_VM, 0, 0) < 0)
        CHECK_SKIP("this Linux was built without kcmp");
    pid = start_child(CLONE_FS);
    CHECK_EQ(kcmp(self, self, KCMP_FILE, a, b), 0);
    CHECK(kcmp(self, self, KCMP_FILE, a, c) > 0);
    CHECK(kcmp(self, self, KCMP_FILE, a, c) +
              kcmp(self, self, KCMP_FILE, c, a) ==
          3);
    CHECK_EQ(kcmp(self, pid, KCMP_FILE, a, b), 0);
    CHECK_EQ(kcmp(self, pid, KCMP_FS, 0, 0), 0);
    CHECK(kcmp(self, pid, KCMP_VM, 0, 0) > 0);
    CHECK(kcmp(self, pid, KCMP_FILES, 0, 0) > 0);
    CHECK(kcmp(self, pid, KCMP_SIGHAND, 0, 0) > 0);
    CHECK_ERRNO(kcmp(self, self, KCMP_FILE, a, 9999), EBADF);
    CHECK_ERRNO(kcmp(self, self, 99, 0, 0), EINVAL);
    CHECK_ERRNO(kcmp(self, NO_ID, KCMP_VM, 0, 0), ESRCH);
    end_child(pid);
    close(a);
    close(b);
    close(c);
}

int main(void)
{
    RUN(memory_of_another_is_read);
    RUN(and_written);
    RUN(pieces_are_put_together);
    RUN(protections_hold);
    RUN(arguments_are_checked);
    RUN(nobody_sees_root);
    RUN(what_is_shared_is_equal);
    return check_end();
}
