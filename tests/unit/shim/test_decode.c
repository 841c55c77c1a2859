// SPDX-License-Identifier: MIT
/*
 * decode: calls in words. The expected lines are what strace prints for the
 * same calls; a | stands where the part that is out before the call ends.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#include "abi/event.h"
#include "abi/fcntl.h"
#include "abi/futex.h"
#include "abi/ioctl.h"
#include "abi/netdevice.h"
#include "abi/prctl.h"
#include "abi/resource.h"
#include "abi/sched.h"
#include "abi/signal.h"
#include "abi/socket.h"
#include "abi/stat.h"
#include "abi/sysinfo.h"
#include "abi/uio.h"
#include "abi/utsname.h"
#include "shim/decode.h"

#define P(x) ((uintptr_t)(x))

static char line[65536];
static char memory[65536]; /* the program's, for all that needs one */
static size_t strsize;

static void setup(void)
{
    memset(memory, 0, sizeof(memory));
    strsize = DECODE_STRSIZE;
}

/* A string of the program, with room behind it, as it is read in chunks. */
static uintptr_t user_string(const char *s)
{
    static unsigned next;
    char *to = memory + 32768 + next++ % 64 * 256;

    strcpy(to, s);
    return P(to);
}
#define S(text) user_string(text)

struct args {
    uint64_t a[6];
};

static void decode_line(uint64_t nr, long result, struct args args)
{
    const uint64_t *a = args.a;
    struct regs r = {.orig_rax = nr,
                     .rdi = a[0],
                     .rsi = a[1],
                     .rdx = a[2],
                     .r10 = a[3],
                     .r8 = a[4],
                     .r9 = a[5]};
    struct decode d;
    struct text t;
    unsigned shown;

    text_init(&t, line, sizeof(line));
    decode_init(&d, &r, strsize);
    d.text = &t;
    shown = decode_entry(&d);
    text_addc(&t, '|');
    d.result = result;
    d.returned = true;
    decode_rest(&d, shown);
    text_add(&t, " = ");
    decode_result(&d);
}

/* CALL(number, result, arguments...) makes `line`. */
#define CALL(nr, result, ...) \
    decode_line(nr, result, (struct args){{__VA_ARGS__}})
#define EXPECT(text) ck_assert_str_eq(line, text)

/* With addresses in it. */
static void expectf(const char *fmt, ...)
{
    char want[2048];
    va_list args;

    va_start(args, fmt);
    vsnprintf(want, sizeof(want), fmt, args);
    va_end(args);
    ck_assert_str_eq(line, want);
}

START_TEST(strings_are_cut_and_paths_are_not)
{
    setup();
    memset(memory, 'a', 40);
    CALL(SYS_open, 3, P(memory), O_RDONLY);
    EXPECT("open(\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", O_RDONLY|) = 3");
    CALL(SYS_write, 40, 1, P(memory), 40);
    EXPECT("write(1, \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"..., 40|) = 40");
    CALL(SYS_write, 32, 1, P(memory), 32);
    EXPECT("write(1, \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", 32|) = 32");
    strsize = 3;
    CALL(SYS_read, 3, 0, P(memory), 100);
    EXPECT("read(0, |\"aaa\", 100) = 3");
    CALL(SYS_memfd_create, 3, P(memory), 0);
    EXPECT("memfd_create(\"aaa\"..., 0|) = 3");
    memory[3] = '\0';
    CALL(SYS_memfd_create, 3, P(memory), 0);
    EXPECT("memfd_create(\"aaa\", 0|) = 3");
}
END_TEST

START_TEST(escapes_do_not_depend_on_how_memory_is_read)
{
    setup();
    strsize = 200;
    for (unsigned at = 60; at < 70; at++) {
        memset(memory, 'x', 200);
        memory[at] = '\1';
        memory[at + 1] = '2';
        CALL(SYS_write, 100, 1, P(memory), 100);
        ck_assert_msg(strstr(line, "x\\0012x") != NULL, "%u: %s", at, line);
        ck_assert_uint_eq(strlen(line),
                          strlen("write(1, \"\", 100|) = 100") + 99 + 4);
    }
}
END_TEST

START_TEST(memory_that_cannot_be_read_is_a_pointer)
{
    setup();
    strcpy(memory, "/etc/passwd");
    stub_uaccess_fault(memory, 4096);
    CALL(SYS_open, -EFAULT, P(memory), O_RDONLY);
    expectf("open(0x%lx, O_RDONLY|) = -1 EFAULT (Bad address)", P(memory));
    CALL(SYS_write, -EFAULT, 1, P(memory), 5);
    expectf("write(1, 0x%lx, 5|) = -1 EFAULT (Bad address)", P(memory));
    CALL(SYS_write, 0, 1, P(memory), 0);
    EXPECT("write(1, \"\", 0|) = 0");
    CALL(SYS_open, -EFAULT, 0, O_RDONLY);
    EXPECT("open(NULL, O_RDONLY|) = -1 EFAULT (Bad address)");
    CALL(SYS_nanosleep, -EFAULT, P(memory), 8);
    expectf("nanosleep(0x%lx, |0x8) = -1 EFAULT (Bad address)", P(memory));
    memset(memory + 4096, 'x', 8);
    stub_uaccess_fault(memory + 4104, 4096);
    CALL(SYS_open, -EFAULT, P(memory + 4096), O_RDONLY);
    expectf("open(0x%lx, O_RDONLY|) = -1 EFAULT (Bad address)",
            P(memory + 4096));
    CALL(SYS_write, -EFAULT, 1, P(memory + 4096), 9);
    expectf("write(1, 0x%lx, 9|) = -1 EFAULT (Bad address)", P(memory + 4096));
    stub_uaccess_fault(memory, 4096);
    CALL(SYS_poll, -EFAULT, P(memory), 1, 0);
    expectf("poll([... /* 0x%lx */], 1, 0|) = -1 EFAULT (Bad address)",
            P(memory));
    CALL(SYS_execve, -EFAULT, P(memory), P(memory), P(memory));
    expectf("execve(0x%lx, 0x%lx, 0x%lx|) = -1 EFAULT (Bad address)", P(memory),
            P(memory), P(memory));
}
END_TEST

START_TEST(a_failed_call_wrote_nothing)
{
    setup();
    CALL(SYS_read, -EBADF, 9, P(memory), 10);
    expectf("read(9, |0x%lx, 10) = -1 EBADF (Bad file descriptor)", P(memory));
    CALL(SYS_newfstatat, -ENOENT, (uint32_t)AT_FDCWD, S("/x"), P(memory),
         AT_SYMLINK_NOFOLLOW);
    expectf("newfstatat(AT_FDCWD, \"/x\", |0x%lx, AT_SYMLINK_NOFOLLOW) = -1 "
            "ENOENT (No such file or directory)",
            P(memory));
}
END_TEST

START_TEST(opening_shows_the_mode_when_it_counts)
{
    setup();
    CALL(SYS_openat, 3, (uint32_t)AT_FDCWD, S("/x"),
         O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    EXPECT("openat(AT_FDCWD, \"/x\", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, "
           "0666|) = 3");
    CALL(SYS_openat, 3, 5, S("x"), O_RDWR | O_NONBLOCK, 0666);
    EXPECT("openat(5, \"x\", O_RDWR|O_NONBLOCK|) = 3");
    CALL(SYS_openat, 3, 5, S("x"), O_TMPFILE | O_WRONLY, 0600);
    EXPECT("openat(5, \"x\", O_WRONLY|O_TMPFILE, 0600|) = 3");
    CALL(SYS_openat, 3, 5, S("x"), O_DIRECTORY, 0600);
    EXPECT("openat(5, \"x\", O_RDONLY|O_DIRECTORY|) = 3");
    CALL(SYS_mkdir, 0, S("d"), 01777);
    EXPECT("mkdir(\"d\", 01777|) = 0");
    CALL(SYS_umask, 0, 022);
    EXPECT("umask(022|) = 000");
}
END_TEST

START_TEST(memory_calls)
{
    setup();
    CALL(SYS_mmap, 0x7f0000001000, 0, 8192, 3, 0x22, (uint32_t)-1, 0);
    EXPECT("mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, "
           "-1, 0|) = 0x7f0000001000");
    CALL(SYS_mmap, 0x400000, 0x400000, 4096, 5, 0x812, 3, 0x1000);
    EXPECT("mmap(0x400000, 4096, PROT_READ|PROT_EXEC, "
           "MAP_PRIVATE|MAP_FIXED|MAP_DENYWRITE, 3, 0x1000|) = 0x400000");
    CALL(SYS_mprotect, -ENOMEM, 0, 4096, 0);
    EXPECT("mprotect(NULL, 4096, PROT_NONE|) = -1 ENOMEM (Cannot allocate "
           "memory)");
    CALL(SYS_mremap, 0x2000, 0x1000, 4096, 8192, 1, 77);
    EXPECT("mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE|) = 0x2000");
    CALL(SYS_mremap, 0x2000, 0x1000, 4096, 8192, 3, 0x2000);
    EXPECT("mremap(0x1000, 4096, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, "
           "0x2000|) = 0x2000");
    CALL(SYS_brk, 0x5000, 0);
    EXPECT("brk(NULL|) = 0x5000");
}
END_TEST

START_TEST(attributes_of_files)
{
    struct abi_stat *st = (void *)memory;
    struct abi_statx *stx = (void *)memory;

    setup();
    *st = (struct abi_stat){.st_mode = S_IFREG | 0644, .st_size = 17992};
    CALL(SYS_newfstatat, 0, 1, S(""), P(memory), AT_EMPTY_PATH);
    EXPECT("newfstatat(1, \"\", |{st_mode=S_IFREG|0644, st_size=17992, ...}, "
           "AT_EMPTY_PATH) = 0");
    *st = (struct abi_stat){.st_mode = S_IFCHR | 0620,
                            .st_rdev = abi_makedev(0x88, 1)};
    CALL(SYS_fstat, 0, 1, P(memory));
    EXPECT("fstat(1, |{st_mode=S_IFCHR|0620, st_rdev=makedev(0x88, 0x1), "
           "...}) = 0");
    *stx = (struct abi_statx){.stx_mask = 0xfff | STATX_MNT_ID,
                              .stx_mode = S_IFDIR | S_ISVTX | 0755,
                              .stx_size = 4096};
    CALL(SYS_statx, 0, (uint32_t)AT_FDCWD, S("/"), AT_SYMLINK_NOFOLLOW,
         STATX_MODE | STATX_SIZE, P(memory));
    EXPECT("statx(AT_FDCWD, \"/\", AT_STATX_SYNC_AS_STAT|AT_SYMLINK_NOFOLLOW, "
           "STATX_MODE|STATX_SIZE, |{stx_mask=STATX_ALL|STATX_MNT_ID, "
           "stx_attributes=0, stx_mode=S_IFDIR|S_ISVTX|0755, stx_size=4096, "
           "...}) = 0");
    CALL(SYS_mknod, 0, S("f"), S_IFIFO | 0644, 5);
    EXPECT("mknod(\"f\", S_IFIFO|0644|) = 0");
    CALL(SYS_mknod, 0, S("f"), S_IFCHR | 0600, abi_makedev(1, 3));
    EXPECT("mknod(\"f\", S_IFCHR|0600, makedev(0x1, 0x3)|) = 0");
}
END_TEST

START_TEST(vectors_show_what_was_moved)
{
    struct abi_iovec *v = (void *)memory;
    char *data = memory + 1024;

    setup();
    memcpy(data, "abcdefg", 8);
    v[0] = (struct abi_iovec){P(data), 3};
    v[1] = (struct abi_iovec){P(data + 3), 90};
    CALL(SYS_readv, 5, 3, P(v), 2);
    EXPECT("readv(3, |[{iov_base=\"abc\", iov_len=3}, {iov_base=\"de\", "
           "iov_len=90}], 2) = 5");
    v[1].iov_len = 4;
    CALL(SYS_writev, 7, 3, P(v), 2);
    EXPECT("writev(3, [{iov_base=\"abc\", iov_len=3}, {iov_base=\"defg\", "
           "iov_len=4}], 2|) = 7");
    v[0].iov_base = 0;
    v[0].iov_len = 0;
    CALL(SYS_preadv, 2, 3, P(v), 2, 100, 7);
    EXPECT("preadv(3, |[{iov_base=NULL, iov_len=0}, {iov_base=\"de\", "
           "iov_len=4}], 2, 100) = 2");
    CALL(SYS_writev, 0, 3, P(v), 0);
    EXPECT("writev(3, [], 0|) = 0");
}
END_TEST

START_TEST(fcntl_and_ioctl_by_operation)
{
    struct abi_winsize *w = (void *)memory;
    struct abi_flock *lock = (void *)memory;

    setup();
    CALL(SYS_fcntl, 0x8002, 3, F_GETFL, 77);
    EXPECT("fcntl(3, F_GETFL|) = 0x8002 (flags O_RDWR|O_LARGEFILE)");
    CALL(SYS_fcntl, 1, 3, F_GETFD);
    EXPECT("fcntl(3, F_GETFD|) = 0x1 (flags FD_CLOEXEC)");
    CALL(SYS_fcntl, 0, 3, F_GETFD);
    EXPECT("fcntl(3, F_GETFD|) = 0");
    CALL(SYS_fcntl, 10, 3, F_DUPFD_CLOEXEC, 10);
    EXPECT("fcntl(3, F_DUPFD_CLOEXEC, 10|) = 10");
    CALL(SYS_fcntl, 0, 3, F_SETFL, O_RDWR | O_APPEND);
    EXPECT("fcntl(3, F_SETFL, O_RDWR|O_APPEND|) = 0");
    *lock = (struct abi_flock){F_WRLCK, SEEK_SET, 0, 10, 5};
    CALL(SYS_fcntl, 0, 3, F_SETLK, P(lock));
    EXPECT("fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, "
           "l_len=10}|) = 0");
    CALL(SYS_fcntl, 0, 3, F_GETLK, P(lock));
    EXPECT("fcntl(3, F_GETLK, |{l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, "
           "l_len=10, l_pid=5}) = 0");
    CALL(SYS_fcntl, -EINVAL, 3, 99, 5);
    EXPECT("fcntl(3, 0x63 /* F_??? */, 0x5|) = -1 EINVAL (Invalid argument)");

    *w = (struct abi_winsize){24, 80, 0, 0};
    CALL(SYS_ioctl, 0, 1, TIOCGWINSZ, P(w));
    EXPECT("ioctl(1, TIOCGWINSZ, |{ws_row=24, ws_col=80, ws_xpixel=0, "
           "ws_ypixel=0}) = 0");
    CALL(SYS_ioctl, -ENOTTY, 1, TCGETS, 0x1234);
    EXPECT("ioctl(1, TCGETS, |0x1234) = -1 ENOTTY (Inappropriate ioctl for "
           "device)");
    CALL(SYS_ioctl, 0, 1, FIOCLEX, 5);
    EXPECT("ioctl(1, FIOCLEX|) = 0");
    CALL(SYS_ioctl, -ENOTTY, 1, 0x80045499, 5);
    EXPECT("ioctl(1, _IOC(_IOC_READ, 0x54, 0x99, 0x4), 0x5|) = -1 ENOTTY "
           "(Inappropriate ioctl for device)");
    CALL(SYS_ioctl, -ENOTTY, 1, 0x1234, 5);
    EXPECT("ioctl(1, _IOC(_IOC_NONE, 0x12, 0x34, 0), 0x5|) = -1 ENOTTY "
           "(Inappropriate ioctl for device)");
}
END_TEST

START_TEST(signals)
{
    struct abi_sigaction *act = (void *)memory;
    uint64_t *set = (void *)(memory + 512);
    struct abi_stack *ss = (void *)memory;

    setup();
    *act = (struct abi_sigaction){0x1000, SA_RESTORER | SA_RESTART, 0x2000, 0};
    CALL(SYS_rt_sigaction, 0, SIGINT, P(act), 0, 8);
    EXPECT("rt_sigaction(SIGINT, {sa_handler=0x1000, sa_mask=[], "
           "sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x2000}, |NULL, 8) = "
           "0");
    *act = (struct abi_sigaction){ABI_SIG_IGN, 0, 0, 1u << (SIGCHLD - 1)};
    CALL(SYS_rt_sigaction, 0, 33, 0, P(act), 8);
    EXPECT("rt_sigaction(SIGRT_1, NULL, |{sa_handler=SIG_IGN, sa_mask=[CHLD], "
           "sa_flags=0}, 8) = 0");
    *set = ~0ull;
    CALL(SYS_rt_sigprocmask, 0, SIG_BLOCK, P(set), 0, 8);
    EXPECT("rt_sigprocmask(SIG_BLOCK, ~[], |NULL, 8) = 0");
    *set = ~(1ull << (SIGKILL - 1) | 1ull << 31 | 1ull << 32);
    CALL(SYS_rt_sigprocmask, 0, SIG_SETMASK, 0, P(set), 8);
    EXPECT("rt_sigprocmask(SIG_SETMASK, NULL, |~[KILL RTMIN RT_1], 8) = 0");
    CALL(SYS_tgkill, 0, 1, 2, SIGUSR1);
    EXPECT("tgkill(1, 2, SIGUSR1|) = 0");
    CALL(SYS_kill, 0, 1, 0);
    EXPECT("kill(1, 0|) = 0");
    *ss = (struct abi_stack){.ss_sp = 0x1000, .ss_size = 8192};
    CALL(SYS_sigaltstack, 0, P(ss), 0);
    EXPECT("sigaltstack({ss_sp=0x1000, ss_flags=0, ss_size=8192}, |NULL) = 0");
    CALL(SYS_pause, -514);
    EXPECT("pause(|) = ? ERESTARTNOHAND (To be restarted if no handler)");
}
END_TEST

static const char *siginfo(struct abi_siginfo info)
{
    struct text t;

    text_init(&t, line, sizeof(line));
    decode_siginfo(&t, &info);
    return line;
}

START_TEST(what_is_told_about_a_signal)
{
    struct abi_siginfo info = {.si_signo = SIGSEGV, .si_code = SEGV_MAPERR};

    ck_assert_str_eq(siginfo(info),
                     "{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL}");
    info = (struct abi_siginfo){.si_signo = SIGUSR1, .si_code = SI_TKILL};
    info.u.rt.pid = 5;
    ck_assert_str_eq(siginfo(info), "{si_signo=SIGUSR1, si_code=SI_TKILL, "
                                    "si_pid=5, si_uid=0}");
    info = (struct abi_siginfo){.si_signo = SIGCHLD, .si_code = CLD_DUMPED};
    info.u.child.status = SIGSEGV;
    ck_assert_str_eq(siginfo(info),
                     "{si_signo=SIGCHLD, si_code=CLD_DUMPED, si_pid=0, "
                     "si_uid=0, si_status=SIGSEGV, si_utime=0, si_stime=0}");
    info = (struct abi_siginfo){.si_signo = SIGALRM, .si_code = SI_KERNEL};
    ck_assert_str_eq(siginfo(info), "{si_signo=SIGALRM, si_code=SI_KERNEL}");
}
END_TEST

START_TEST(threads)
{
    struct abi_clone_args *a = (void *)memory;
    int *tid = (void *)(memory + 512);

    setup();
    *tid = 31;
    *a = (struct abi_clone_args){.flags = CLONE_VM | CLONE_THREAD |
                                          CLONE_SETTLS | CLONE_PARENT_SETTID |
                                          CLONE_CHILD_CLEARTID,
                                 .child_tid = 0x1000,
                                 .parent_tid = P(tid),
                                 .stack = 0x2000,
                                 .stack_size = 0x7fff00,
                                 .tls = 0x3000};
    CALL(SYS_clone3, 31, P(a), 88);
    expectf("clone3({flags=CLONE_VM|CLONE_THREAD|CLONE_SETTLS|"
            "CLONE_PARENT_SETTID|CLONE_CHILD_CLEARTID, child_tid=0x1000, "
            "parent_tid=0x%lx, exit_signal=0, stack=0x2000, "
            "stack_size=0x7fff00, tls=0x3000}| => {parent_tid=[31]}, 88) = 31",
            P(tid));
    CALL(SYS_clone, 31, CLONE_VM | CLONE_SETTLS | CLONE_PARENT_SETTID | SIGCHLD,
         0x1000, P(tid), 0x2000, 0x3000);
    EXPECT("clone(child_stack=0x1000, "
           "flags=CLONE_VM|CLONE_SETTLS|CLONE_PARENT_SETTID|SIGCHLD, "
           "|parent_tid=[31], tls=0x3000) = 31");
    CALL(SYS_clone, 31, SIGCHLD, 0);
    EXPECT("clone(child_stack=NULL, flags=SIGCHLD|) = 31");
    *tid = 0x100;
    CALL(SYS_wait4, 31, (uint32_t)-1, P(tid), 1, 0);
    EXPECT("wait4(-1, |[{WIFEXITED(s) && WEXITSTATUS(s) == 1}], WNOHANG, "
           "NULL) = 31");
    *tid = 0x8b;
    CALL(SYS_wait4, 31, (uint32_t)-1, P(tid), 0, 0);
    EXPECT("wait4(-1, |[{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && "
           "WCOREDUMP(s)}], 0, NULL) = 31");
}
END_TEST

START_TEST(futexes)
{
    struct abi_timespec *ts = (void *)memory;

    setup();
    ts->tv_nsec = 1;
    CALL(SYS_futex, -EAGAIN, 0x1000, FUTEX_WAIT, 5, P(ts), 7, 8);
    EXPECT("futex(0x1000, FUTEX_WAIT, 5, {tv_sec=0, tv_nsec=1}|) = -1 EAGAIN "
           "(Resource temporarily unavailable)");
    CALL(SYS_futex, 1, 0x1000, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
    EXPECT("futex(0x1000, FUTEX_WAKE_PRIVATE, 1|) = 1");
    CALL(SYS_futex, 0, 0x1000, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 2, 0,
         0, 0xffffffff);
    EXPECT("futex(0x1000, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 2, NULL, "
           "FUTEX_BITSET_MATCH_ANY|) = 0");
    CALL(SYS_futex, 0, 0x1000, FUTEX_CMP_REQUEUE, 5, 1, 0x2000, 3);
    EXPECT("futex(0x1000, FUTEX_CMP_REQUEUE, 5, 1, 0x2000, 3|) = 0");
    CALL(SYS_futex, 0, 0x1000, FUTEX_WAKE_OP, 1, 1, 0x2000, 0x4000001);
    EXPECT("futex(0x1000, FUTEX_WAKE_OP, 1, 1, 0x2000, "
           "FUTEX_OP_SET<<28|0<<12|FUTEX_OP_CMP_GT<<24|0x1|) = 0");
}
END_TEST

START_TEST(limits_names_and_times)
{
    struct abi_rlimit *limit = (void *)memory;
    struct abi_utsname *u = (void *)memory;
    struct abi_timespec *ts = (void *)memory;

    setup();
    *limit = (struct abi_rlimit){8192 * 1024, RLIM64_INFINITY};
    CALL(SYS_prlimit64, 0, 0, RLIMIT_STACK, 0, P(limit));
    EXPECT("prlimit64(0, RLIMIT_STACK, NULL, |{rlim_cur=8192*1024, "
           "rlim_max=RLIM64_INFINITY}) = 0");
    setup();
    strcpy(u->sysname, "Linux");
    memset(u->nodename, 'n', sizeof(u->nodename));
    CALL(SYS_uname, 0, P(u));
    expectf("uname(|{sysname=\"Linux\", nodename=\"%.64s\", ...}) = 0",
            u->nodename);
    *ts = (struct abi_timespec){1, 2};
    CALL(SYS_clock_gettime, 0, 1, P(ts));
    EXPECT("clock_gettime(CLOCK_MONOTONIC, |{tv_sec=1, tv_nsec=2}) = 0");
    CALL(SYS_clock_nanosleep, 0, 0, 0, P(ts), 0x5000);
    EXPECT("clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=2}, "
           "|0x5000) = 0");
    CALL(SYS_clock_nanosleep, -EINTR, 0, 1, P(ts), P(ts));
    EXPECT("clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, {tv_sec=1, "
           "tv_nsec=2}, |{tv_sec=1, tv_nsec=2}) = -1 EINTR (Interrupted system "
           "call)");
    ts[0] = (struct abi_timespec){5, UTIME_OMIT};
    ts[1] = (struct abi_timespec){5, 6};
    CALL(SYS_utimensat, 0, 3, 0, P(ts), 0);
    EXPECT("utimensat(3, NULL, [UTIME_OMIT, {tv_sec=5, tv_nsec=6}], 0|) = 0");
}
END_TEST

START_TEST(waiting_for_descriptors)
{
    struct {
        int32_t fd;
        int16_t events, revents;
    } *p = (void *)memory;
    struct abi_epoll_event *e = (void *)memory;
    uint64_t *bits = (void *)memory;
    struct abi_timespec *ts = (void *)(memory + 512);

    setup();
    p[0].fd = 0;
    p[0].events = 1;
    p[1].fd = -1;
    p[2].fd = 2;
    p[2].events = 5;
    p[2].revents = 4;
    CALL(SYS_poll, 1, P(p), 3, (uint32_t)-1);
    EXPECT("poll([{fd=0, events=POLLIN}, {fd=-1}, {fd=2, "
           "events=POLLIN|POLLOUT}], 3, -1|) = 1 ([{fd=2, revents=POLLOUT}])");
    CALL(SYS_poll, 0, P(p), 1, 10);
    EXPECT("poll([{fd=0, events=POLLIN}], 1, 10|) = 0 (Timeout)");
    ts->tv_nsec = 639;
    CALL(SYS_ppoll, 1, P(p + 2), 1, P(ts), 0, 8);
    EXPECT("ppoll([{fd=2, events=POLLIN|POLLOUT}], 1, {tv_sec=0, "
           "tv_nsec=639}, NULL, 8|) = 1 ([{fd=2, revents=POLLOUT}], left "
           "{tv_sec=0, tv_nsec=639})");
    setup();
    bits[0] = 5;
    CALL(SYS_select, 2, 3, P(bits), P(bits + 1), 0, 0);
    EXPECT("select(3, [0 2], [], NULL, NULL|) = 2 (in [0 2])");
    setup();
    *e = (struct abi_epoll_event){EPOLLIN, {5, 1}};
    CALL(SYS_epoll_wait, 1, 4, P(e), 10, 5);
    EXPECT("epoll_wait(4, |[{events=EPOLLIN, data={u32=5, "
           "u64=4294967301}}], 10, 5) = 1");
    CALL(SYS_epoll_ctl, 0, 4, EPOLL_CTL_ADD, 5, P(e));
    EXPECT("epoll_ctl(4, EPOLL_CTL_ADD, 5, {events=EPOLLIN, data={u32=5, "
           "u64=4294967301}}|) = 0");
    CALL(SYS_epoll_ctl, 0, 4, EPOLL_CTL_DEL, 5, 0x10);
    EXPECT("epoll_ctl(4, EPOLL_CTL_DEL, 5, 0x10|) = 0");
}
END_TEST

START_TEST(sockets)
{
    struct abi_sockaddr_in *in = (void *)memory;
    struct abi_sockaddr_in6 *in6 = (void *)memory;
    struct abi_sockaddr_un *un = (void *)memory;
    uint32_t *len = (void *)(memory + 512);

    setup();
    CALL(SYS_socket, 3, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT("socket(AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP|) = 3");
    CALL(SYS_socket, 3, AF_UNIX, SOCK_DGRAM, 0);
    EXPECT("socket(AF_UNIX, SOCK_DGRAM, 0|) = 3");
    *in = (struct abi_sockaddr_in){AF_INET, 0x5000, {127, 0, 0, 1}, {0}};
    *len = 16;
    CALL(SYS_connect, -ECONNREFUSED, 3, P(in), 16);
    EXPECT("connect(3, {sa_family=AF_INET, sin_port=htons(80), "
           "sin_addr=inet_addr(\"127.0.0.1\")}, 16|) = -1 ECONNREFUSED "
           "(Connection refused)");
    CALL(SYS_getsockname, 0, 3, P(in), P(len));
    EXPECT("getsockname(3, |{sa_family=AF_INET, sin_port=htons(80), "
           "sin_addr=inet_addr(\"127.0.0.1\")}, [16]) = 0");
    *in6 = (struct abi_sockaddr_in6){
        AF_INET6,
        0x900,
        0,
        {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5},
        2};
    CALL(SYS_bind, 0, 3, P(in6), 28);
    EXPECT("bind(3, {sa_family=AF_INET6, sin6_port=htons(9), "
           "sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"2001:db8::1:0:5\", "
           "&sin6_addr), sin6_scope_id=2}, 28|) = 0");
    setup();
    *un = (struct abi_sockaddr_un){AF_UNIX, "/no/such"};
    CALL(SYS_connect, 0, 3, P(un), 110);
    EXPECT("connect(3, {sa_family=AF_UNIX, sun_path=\"/no/such\"}, 110|) = 0");
    memcpy(un->sun_path, "\0abc", 4);
    CALL(SYS_bind, 0, 3, P(un), 6);
    EXPECT("bind(3, {sa_family=AF_UNIX, sun_path=@\"abc\"}, 6|) = 0");
    *(int *)memory = 1;
    CALL(SYS_setsockopt, 0, 3, SOL_SOCKET, SO_REUSEADDR, P(memory), 4);
    EXPECT("setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4|) = 0");
    *len = 4;
    CALL(SYS_getsockopt, 0, 3, SOL_TCP, TCP_NODELAY, P(memory), P(len));
    EXPECT("getsockopt(3, SOL_TCP, TCP_NODELAY, |[1], [4]) = 0");
}
END_TEST

START_TEST(messages)
{
    struct abi_msghdr *m = (void *)memory;
    struct abi_iovec *v = (void *)(memory + 512);

    setup();
    *v = (struct abi_iovec){S("abc"), 3};
    *m = (struct abi_msghdr){.msg_iov = P(v), .msg_iovlen = 1};
    CALL(SYS_sendmsg, 3, 7, P(m), MSG_NOSIGNAL);
    EXPECT("sendmsg(7, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="
           "\"abc\", iov_len=3}], msg_iovlen=1, msg_controllen=0, "
           "msg_flags=0}, MSG_NOSIGNAL|) = 3");
    CALL(SYS_recvmsg, 2, 7, P(m), 0);
    EXPECT("recvmsg(7, |{msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="
           "\"ab\", iov_len=3}], msg_iovlen=1, msg_controllen=0, "
           "msg_flags=0}, 0) = 2");
}
END_TEST

START_TEST(control_messages)
{
    struct {
        struct abi_cmsghdr head;
        int32_t fds[2];
    } *c = (void *)(memory + 512);
    struct abi_msghdr *m = (void *)memory;

    setup();
    *m = (struct abi_msghdr){.msg_control = P(c), .msg_controllen = sizeof(*c)};
    c->head = (struct abi_cmsghdr){sizeof(*c), SOL_SOCKET, SCM_RIGHTS};
    c->fds[0] = 3;
    c->fds[1] = 9;
    CALL(SYS_sendmsg, 0, 7, P(m), 0);
    EXPECT("sendmsg(7, {msg_name=NULL, msg_namelen=0, msg_iov=NULL, "
           "msg_iovlen=0, msg_control=[{cmsg_len=24, cmsg_level=SOL_SOCKET, "
           "cmsg_type=SCM_RIGHTS, cmsg_data=[3, 9]}], msg_controllen=24, "
           "msg_flags=0}, 0|) = 0");
    /* A length that lies ends the list. */
    c->head.cmsg_len = 3;
    CALL(SYS_sendmsg, -EINVAL, 7, P(m), 0);
    EXPECT("sendmsg(7, {msg_name=NULL, msg_namelen=0, msg_iov=NULL, "
           "msg_iovlen=0, msg_control=[{cmsg_len=3, cmsg_level=SOL_SOCKET, "
           "cmsg_type=SCM_RIGHTS}], msg_controllen=24, msg_flags=0}, 0|) = "
           "-1 EINVAL (Invalid argument)");
}
END_TEST

START_TEST(options_of_sockets)
{
    int32_t *value = (void *)memory, *len = (void *)(memory + 64);

    setup();
    *value = ECONNREFUSED;
    *len = sizeof(*value);
    CALL(SYS_getsockopt, 0, 4, SOL_SOCKET, SO_ERROR, P(value), P(len));
    EXPECT("getsockopt(4, SOL_SOCKET, SO_ERROR, |[ECONNREFUSED], [4]) = 0");
    strcpy(memory, "cubic");
    CALL(SYS_setsockopt, 0, 4, SOL_TCP, TCP_CONGESTION, P(value), 5);
    EXPECT("setsockopt(4, SOL_TCP, TCP_CONGESTION, \"cubic\", 5|) = 0");
    CALL(SYS_setsockopt, -ENOPROTOOPT, 4, SOL_TCP, 31, 0, 0);
    EXPECT("setsockopt(4, SOL_TCP, TCP_ULP, NULL, 0|) = -1 ENOPROTOOPT "
           "(Protocol not available)");
}
END_TEST

START_TEST(interfaces)
{
    struct abi_ifreq *r = (void *)memory;

    setup();
    strcpy(r->ifr_name, "lo");
    r->ifr_flags = IFF_UP | IFF_LOOPBACK;
    CALL(SYS_ioctl, 0, 3, SIOCGIFFLAGS, P(r));
    EXPECT("ioctl(3, SIOCGIFFLAGS, |{ifr_name=\"lo\", "
           "ifr_flags=IFF_UP|IFF_LOOPBACK}) = 0");
    CALL(SYS_ioctl, -ENODEV, 3, SIOCGIFMTU, P(r));
    EXPECT("ioctl(3, SIOCGIFMTU, |{ifr_name=\"lo\"}) = -1 ENODEV (No such "
           "device)");
}
END_TEST

START_TEST(the_rest)
{
    uint64_t *argv = (void *)memory;

    setup();
    argv[0] = S("ls");
    argv[1] = S("-l");
    CALL(SYS_execve, 0, S("/bin/ls"), P(argv), P(argv));
    expectf("execve(\"/bin/ls\", [\"ls\", \"-l\"], 0x%lx /* 2 vars */|) = 0",
            P(argv));
    CALL(SYS_prctl, 0, PR_SET_NAME, S("a-rather-long-name"));
    EXPECT("prctl(PR_SET_NAME, \"a-rather-long-n\"...|) = 0");
    CALL(SYS_prctl, -EINVAL, 999, 1, 2, 3, 4);
    EXPECT("prctl(0x3e7 /* PR_??? */, 0x1, 0x2, 0x3, 0x4|) = -1 EINVAL "
           "(Invalid argument)");
    CALL(SYS_arch_prctl, 0, ARCH_SET_FS, 0x1000);
    EXPECT("arch_prctl(ARCH_SET_FS, 0x1000|) = 0");
    memcpy(memory, "\x6b\x00\xff", 3);
    CALL(SYS_getrandom, 3, P(memory), 3, 1);
    EXPECT("getrandom(|\"\\x6b\\x00\\xff\", 3, GRND_NONBLOCK) = 3");
    CALL(SYS_rseq, 0, 0x1000, 32, 0, 0x53053053);
    EXPECT("rseq(0x1000, 0x20, 0, 0x53053053|) = 0");
    strcpy(memory, "/tmp");
    CALL(SYS_getcwd, 5, P(memory), 100);
    EXPECT("getcwd(|\"/tmp\", 100) = 5");
    ((int *)memory)[0] = 3;
    ((int *)memory)[1] = 4;
    CALL(SYS_pipe2, 0, P(memory), O_CLOEXEC);
    EXPECT("pipe2(|[3, 4], O_CLOEXEC) = 0");
    CALL(SYS_chown, 0, S("x"), (uint32_t)-1, 0);
    EXPECT("chown(\"x\", -1, 0|) = 0");
    CALL(SYS_exit_group, 0, 3);
    EXPECT("exit_group(3|) = ?");
    CALL(9999, -ENOSYS, 1, 2, 3, 4, 5, 6);
    EXPECT("syscall_0x270f(0x1, 0x2, 0x3, 0x4, 0x5, 0x6|) = -1 ENOSYS "
           "(Function not implemented)");
    CALL(SYS_getpid, -4000);
    EXPECT("getpid(|) = -1 (errno 4000)");
}
END_TEST

/* A number that may be a length, a pointer to such numbers, or neither. */
static uint64_t hostile(unsigned *seed)
{
    static const uint64_t small[] = {0, 1, 2, 3, 8, 16, 88, 4095, 4096};
    unsigned pick = (unsigned)rand_r(seed) % 16;

    if (pick < ARRAY_SIZE(small))
        return small[pick];
    if (pick == 15)
        return (uint64_t)rand_r(seed) % 8192;
    return P(memory) + ((uint64_t)rand_r(seed) % 2048) * 8;
}

START_TEST(any_arguments_of_any_call_are_survived)
{
    unsigned seed = 1;

    for (unsigned round = 0; round < 100; round++) {
        uint64_t *words = (void *)memory;

        for (size_t i = 0; i < sizeof(memory) / 8; i++)
            words[i] = hostile(&seed);
        stub_uaccess_fault(memory + sizeof(memory) - 4096, 4096);
        for (unsigned nr = 0; nr < syscall_count + 2; nr++) {
            long result = (long)((uint64_t)rand_r(&seed) % 5000) - 100;

            CALL(nr, result, hostile(&seed), hostile(&seed), hostile(&seed),
                 hostile(&seed), hostile(&seed), hostile(&seed));
            unit_check(strlen(line) == sizeof(line) - 1 ||
                           (strchr(line, '(') && strstr(line, ") = ")),
                       "%u: %.200s", nr, line);
        }
    }
}
END_TEST

UNIT_SUITE(shim_decode, "shim/decode", strings_are_cut_and_paths_are_not,
           escapes_do_not_depend_on_how_memory_is_read,
           memory_that_cannot_be_read_is_a_pointer, a_failed_call_wrote_nothing,
           opening_shows_the_mode_when_it_counts, memory_calls,
           attributes_of_files, vectors_show_what_was_moved,
           fcntl_and_ioctl_by_operation, signals, what_is_told_about_a_signal,
           threads, futexes, limits_names_and_times, waiting_for_descriptors,
           sockets, messages, control_messages, options_of_sockets, interfaces,
           the_rest, any_arguments_of_any_call_are_survived)
