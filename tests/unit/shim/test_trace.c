// SPDX-License-Identifier: MIT
/* trace: the lines that calls, signals and ends of threads make in the log. */
#include "tests/unit/unit.h"

#include <string.h>
#include <sys/syscall.h>

#include "abi/errno.h"
#include "abi/signal.h"
#include "kernel/log.h"
#include "kernel/shutdown.h"
#include "kernel/thread.h"
#include "shim/trace.h"

static char memory[128];

static struct regs call(uint64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
    return (struct regs){.orig_rax = nr, .rdi = a, .rsi = b, .rdx = c};
}

static void expect_log(const char *text)
{
    ck_assert_str_eq(stub_log_text(), text);
}

START_TEST(a_call_is_one_line)
{
    struct regs r = call(SYS_getppid, 0, 0, 0);
    struct trace_call c;

    ck_assert_int_eq(trace_start("all", 0), 0);
    ck_assert(trace_enter(&c, &r));
    expect_log("[pid     1]      0.000000 getppid(");
    trace_leave(&c, 7, 1234567);
    expect_log("[pid     1]      0.000000 getppid()     = 7 <0.001234>\n");
    trace_stop();
}
END_TEST

START_TEST(what_the_call_writes_comes_behind_it)
{
    struct regs r = call(SYS_read, 3, (uintptr_t)memory, 100);
    struct trace_call c;

    ck_assert_int_eq(trace_start("read", 0), 0);
    ck_assert(trace_enter(&c, &r));
    expect_log("[pid     1]      0.000000 read(3, ");
    memcpy(memory, "hello\n", 6);
    trace_leave(&c, 6, 2000);
    expect_log("[pid     1]      0.000000 read(3, \"hello\\n\", 100) = 6 "
               "<0.000002>\n");
    trace_stop();
}
END_TEST

START_TEST(times_are_counted_from_line_to_line)
{
    struct regs r = call(SYS_getpid, 0, 0, 0);
    struct trace_call c;

    ck_assert_int_eq(trace_start("all", 0), 0);
    ck_assert(trace_enter(&c, &r));
    stub_clock_advance(5 * NSEC_PER_SEC + 42000);
    trace_leave(&c, 1, 5 * NSEC_PER_SEC + 42000);
    ck_assert(trace_enter(&c, &r));
    trace_leave(&c, 1, 0);
    expect_log("[pid     1]      0.000000 getpid()      = 1 <5.000042>\n"
               "[pid     1]      5.000042 getpid()      = 1 <0.000000>\n");
    trace_stop();
}
END_TEST

START_TEST(lines_in_between_leave_a_call_unfinished)
{
    struct regs reader = call(SYS_read, 3, (uintptr_t)memory, 100);
    struct regs other = call(SYS_getpid, 0, 0, 0);
    struct trace_call first, second;

    ck_assert_int_eq(trace_start("all", 0), 0);
    ck_assert(trace_enter(&first, &reader));
    stub_thread()->tid = 2;
    ck_assert(trace_enter(&second, &other));
    trace_leave(&second, 1, 0);
    stub_thread()->tid = 1;
    strcpy(memory, "x");
    trace_leave(&first, 1, 0);
    expect_log("[pid     1]      0.000000 read(3,  <unfinished ...>\n"
               "[pid     2]      0.000000 getpid()      = 1 <0.000000>\n"
               "[pid     1]      0.000000 <... read resumed>\"x\", 100) = 1 "
               "<0.000000>\n");
    trace_stop();
}
END_TEST

START_TEST(messages_of_the_kernel_are_lines_of_their_own)
{
    struct regs r = call(SYS_getpid, 0, 0, 0);
    struct trace_call c;

    ck_assert_int_eq(trace_start("all", 0), 0);
    ck_assert(trace_enter(&c, &r));
    log_print(LOG_WARN, "vm", "low");
    trace_leave(&c, 1, 0);
    expect_log("[pid     1]      0.000000 getpid( <unfinished ...>\n"
               "warn vm: low\n"
               "[pid     1]      0.000000 <... getpid resumed>) = 1 "
               "<0.000000>\n");
    trace_stop();
}
END_TEST

START_TEST(only_failed_calls)
{
    struct regs r = call(SYS_close, 9, 0, 0);
    struct trace_call c;

    ck_assert_int_eq(trace_start("failed", 0), 0);
    ck_assert(trace_enter(&c, &r));
    trace_leave(&c, 0, 0);
    ck_assert(trace_enter(&c, &r));
    trace_leave(&c, -EBADF, 0);
    expect_log("[pid     1]      0.000000 close(9)      = -1 EBADF (Bad file "
               "descriptor) <0.000000>\n");
    trace_stop();
}
END_TEST

START_TEST(a_call_outside_the_set_makes_no_line)
{
    struct regs r = call(SYS_close, 9, 0, 0);
    struct trace_call c;

    ck_assert_int_eq(trace_start("read", 0), 0);
    ck_assert(!trace_enter(&c, &r));
    expect_log("");
    trace_stop();
}
END_TEST

START_TEST(a_call_that_does_not_return_is_whole_at_once)
{
    struct regs r = call(SYS_exit_group, 3, 0, 0);
    struct trace_call c;

    ck_assert_int_eq(trace_start("all", 0), 0);
    ck_assert(trace_enter(&c, &r));
    expect_log("[pid     1]      0.000000 exit_group(3) = ?\n");
    trace_stop();
}
END_TEST

START_TEST(a_killed_thread_has_no_result)
{
    struct regs r = call(SYS_pause, 0, 0, 0);
    struct trace_call c;

    ck_assert_int_eq(trace_start("all", 0), 0);
    ck_assert(trace_enter(&c, &r));
    stub_thread()->work = WORK_KILLED;
    trace_leave(&c, -EINTR, 0);
    expect_log("[pid     1]      0.000000 pause()       = ? <0.000000>\n");
    trace_stop();
}
END_TEST

START_TEST(signals_and_ends_are_lines)
{
    struct abi_siginfo info = {.si_signo = SIGSEGV, .si_code = SEGV_MAPERR};
    char stack[512] = {0};

    ck_assert_int_eq(trace_start("none,signals", 0), 0);
    stub_thread()->stack_top = (uintptr_t)(stack + sizeof(stack));
    info.u.fault.addr = 0x10;
    trace_signal(&info);
    stub_process()->exit_kind = SHUTDOWN_SIGNALED;
    stub_process()->exit_code = SIGSEGV;
    trace_thread_exit(stub_thread());
    expect_log("[pid     1]      0.000000 --- SIGSEGV {si_signo=SIGSEGV, "
               "si_code=SEGV_MAPERR, si_addr=0x10} ---\n"
               "[pid     1]      0.000000 +++ killed by SIGSEGV +++\n");
    trace_stop();
}
END_TEST

START_TEST(long_lines_keep_their_result)
{
    static char path[5000];
    struct regs r = call(SYS_link, (uintptr_t)path, (uintptr_t)path, 0);
    struct trace_call c;
    const char *log;

    ck_assert_int_eq(trace_start("all", 0), 0);
    memset(path, 1, 4095); /* \1 each: twice as long */
    ck_assert(trace_enter(&c, &r));
    trace_leave(&c, -ENAMETOOLONG, 0);
    log = stub_log_text();
    ck_assert_uint_gt(strlen(log), 8000);
    ck_assert_ptr_nonnull(strstr(log,
                                 "...) = -1 ENAMETOOLONG (File name too long) "
                                 "<0.000000>\n"));
    trace_stop();
}
END_TEST

START_TEST(without_memory_there_is_no_trace)
{
    stub_alloc_fail(1);
    ck_assert_int_eq(trace_start("all", 0), -ENOMEM);
    trace_stop();
}
END_TEST

START_TEST(unknown_words_are_told)
{
    ck_assert_int_eq(trace_start("opennat", 0), 0);
    expect_log("error trace: opennat: there is no such call, group or word: "
               "the nearest is openat\n");
    trace_stop();
}
END_TEST

UNIT_SUITE(shim_trace, "shim/trace", a_call_is_one_line,
           what_the_call_writes_comes_behind_it,
           times_are_counted_from_line_to_line,
           lines_in_between_leave_a_call_unfinished,
           messages_of_the_kernel_are_lines_of_their_own, only_failed_calls,
           a_call_outside_the_set_makes_no_line,
           a_call_that_does_not_return_is_whole_at_once,
           a_killed_thread_has_no_result, signals_and_ends_are_lines,
           long_lines_keep_their_result, without_memory_there_is_no_trace,
           unknown_words_are_told)
