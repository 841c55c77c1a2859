// SPDX-License-Identifier: MIT
/*
 * The generator of the system call table: run as the build runs it, on small
 * tables and sources; and what it made of the real ones, linked in here.
 */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include "syscalls/table.h"

#define TABLE                                   \
    "# comment\n"                               \
    "0 read  int fd, void *buf, size_t count\n" \
    "3 close  int fd\n"                         \
    "\n"                                        \
    "4 getpid  void\n"                          \
    "6 execve  const char *path, char *const *argv, char *const *envp\n"

static char out[1 << 16]; /* what the generator wrote, errors included */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

/* The generator lies beside the tests: build/tools/, and build/unit/run. */
static void find_generator(char *path, size_t size)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    ck_assert_int_gt(n, 0);
    self[n] = '\0';
    ck_assert_int_lt(
        snprintf(path, size, "%s/../tools/gen_syscall_table", dirname(self)),
        (int)size);
}

/* Runs it in a fresh directory on table.tbl and a.c; its exit status. */
static int generate(const char *table, const char *source)
{
    char dir[] = "/tmp/elfin-unit-XXXXXX", gen[PATH_MAX + 64];
    char command[2 * PATH_MAX];
    FILE *pipe;
    size_t n;
    int status;

    find_generator(gen, sizeof(gen));
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chdir(dir), 0);
    write_file("table.tbl", table);
    write_file("a.c", source);
    snprintf(command, sizeof(command), "%s table.tbl a.c 2>&1", gen);
    pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    n = fread(out, 1, sizeof(out) - 1, pipe);
    out[n] = '\0';
    status = pclose(pipe);
    ck_assert_int_eq(unlink("table.tbl") | unlink("a.c") | rmdir(dir), 0);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect_text(const char *text)
{
    ck_assert_msg(strstr(out, text) != NULL, "no %s in:\n%s", text, out);
}

static void expect_error(const char *source, const char *message)
{
    ck_assert_int_eq(generate(TABLE, source), 1);
    ck_assert_str_eq(out, message);
}

START_TEST(joins_numbers_with_definitions)
{
    ck_assert_int_eq(generate(TABLE, "SYSCALL_DEFINE1(close, unsigned, n)\n"
                                     "{\n    return n;\n}\n"),
                     0);
    expect_text("syscall_count = 7;");
    expect_text("[3] = SYSCALL_INFO(\"close\", 1, true, SYSCALL_LONG, 0, NULL, "
                "SYSCALL_ARGS(SYSCALL_ARG(\"unsigned\", \"n\", SYSCALL_INT, "
                "SYSCALL_IN, 1))");
    expect_text("[3] = syscall_close,");
    expect_text("[0] = syscall_missing,");
    expect_text("[5] = syscall_missing,");
}
END_TEST

START_TEST(missing_calls_keep_the_arguments_of_the_table)
{
    ck_assert_int_eq(generate(TABLE, ""), 0);
    expect_text(
        "(\"read\", 3, false, SYSCALL_LONG, 0, NULL, "
        "SYSCALL_ARGS(SYSCALL_ARG(\"int\", \"fd\", SYSCALL_INT, SYSCALL_IN, "
        "1), "
        "SYSCALL_ARG(\"void user *\", \"buf\", SYSCALL_ADDR, SYSCALL_IN, 0), "
        "SYSCALL_ARG(\"size_t\", \"count\", SYSCALL_ULONG, SYSCALL_IN, 0))");
    expect_text("SYSCALL_ARG(\"char *const user *\", \"argv\", ");
    expect_text("(\"getpid\", 0, false,");
}
END_TEST

START_TEST(definition_may_spread_over_lines_and_comments)
{
    ck_assert_int_eq(generate(TABLE,
                              "SYSCALL_DEFINE3 /* ( */ (\n    read, // fd )\n"
                              "    int, fd,\n    void user\n    *, /* , */ "
                              "buf, size_t\n, count)"),
                     0);
    expect_text(
        "(\"read\", 3, true, SYSCALL_LONG, 0, NULL, "
        "SYSCALL_ARGS(SYSCALL_ARG(\"int\", \"fd\", SYSCALL_INT, SYSCALL_IN, "
        "1), "
        "SYSCALL_ARG(\"void user *\", \"buf\", SYSCALL_ADDR, SYSCALL_IN, 0), "
        "SYSCALL_ARG(\"size_t\", \"count\", SYSCALL_ULONG, SYSCALL_IN, 0))");
}
END_TEST

START_TEST(text_that_is_no_code_does_not_count)
{
    ck_assert_int_eq(generate(TABLE,
                              "// SYSCALL_DEFINE9(a) \\\nSYSCALL_DEFINE9(b)\n"
                              "/* SYSCALL_DEFINE1(c, int, x) */\n"
                              "#define X \\\n  SYSCALL_DEFINE1(d, int, x)\n"
                              "  # define Y SYSCALL_DEFINE1(e, int, x)\n"
                              "char s[] = \"\\\"SYSCALL_DEFINE1(f, int, x)\", "
                              "q = '\"', r = '\\'';\n"
                              "int SYSCALL_DEFINE1x, MY_SYSCALL_DEFINE1;\n"
                              "SYSCALL_DEFINE0(getpid)\n"),
                     0);
    expect_text("[4] = syscall_getpid,");
}
END_TEST

START_TEST(partial_says_why)
{
    ck_assert_int_eq(generate(TABLE, "SYSCALL_PARTIAL(getpid, \"always \\\"\" "
                                     "\n \"1\\\"\");\n"
                                     "SYSCALL_DEFINE0(getpid)\n"),
                     0);
    expect_text("[4] = SYSCALL_INFO(\"getpid\", 0, true, SYSCALL_LONG, 0, "
                "\"always \\\"\" "
                "\"1\\\"\", ");
}
END_TEST

START_TEST(partial_may_name_a_macro_of_the_same_file)
{
    ck_assert_int_eq(generate(TABLE, "#define WHYNOT 1\n"
                                     "#define WHY \\\n  \"always\" \\\n\" 1\"\n"
                                     "SYSCALL_DEFINE0(getpid)\n"
                                     "SYSCALL_PARTIAL(getpid, WHY);\n"),
                     0);
    expect_text("[4] = SYSCALL_INFO(\"getpid\", 0, true, SYSCALL_LONG, 0, "
                "\"always\" \" 1\", ");
}
END_TEST

START_TEST(unknown_call_is_an_error)
{
    expect_error("\n\nSYSCALL_DEFINE0(getpit)",
                 "a.c:3: getpit: Linux has no such system call; see "
                 "abi/syscalls.tbl\n");
}
END_TEST

START_TEST(second_definition_is_an_error)
{
    expect_error("SYSCALL_DEFINE0(getpid)\n{\n}\nSYSCALL_DEFINE0(getpid)\n",
                 "a.c:4: getpid: defined twice; first at a.c:1\n");
}
END_TEST

START_TEST(wrong_number_of_arguments_is_an_error)
{
    static const char message[] =
        "a.c:1: SYSCALL_DEFINE2(read): takes 2 pairs of type and name\n";

    expect_error("SYSCALL_DEFINE2(read, int, fd)", message);
    expect_error("SYSCALL_DEFINE2(read, int, fd, int)", message);
    expect_error("SYSCALL_DEFINE2(read, int, fd, int, a, int, b)", message);
    expect_error("SYSCALL_DEFINE2(read, int, fd, int, a", message);
    expect_error("SYSCALL_DEFINE7(read)",
                 "a.c:1: SYSCALL_DEFINE7: there is only 0 to 6\n");
}
END_TEST

START_TEST(partial_needs_a_definition_and_a_reason)
{
    expect_error("SYSCALL_PARTIAL(getpid, \"why\");",
                 "a.c:1: getpid: SYSCALL_PARTIAL without SYSCALL_DEFINE\n");
    expect_error("SYSCALL_PARTIAL(getpid, 1);\nSYSCALL_DEFINE0(getpid)",
                 "a.c:1: SYSCALL_PARTIAL(getpid): the reason is a string\n");
    expect_error("SYSCALL_PARTIAL(getpid, WHY);\nSYSCALL_DEFINE0(getpid)",
                 "a.c:1: SYSCALL_PARTIAL(getpid): the reason is a string\n");
}
END_TEST

START_TEST(faults_of_the_table_are_errors)
{
    ck_assert_int_eq(generate("0 read  int\nx write\n1 read  void\n2\n", ""),
                     1);
    ck_assert_str_eq(out,
                     "table.tbl:1: read: argument 1 is not TYPE NAME or TYPE "
                     "NAME:KIND\n"
                     "table.tbl:2: no number from 0 to 1023\n"
                     "table.tbl:3: 1 read: number or name used twice\n"
                     "table.tbl:4: no name after the number 2\n");
}
END_TEST

START_TEST(kinds_results_and_groups_are_those_of_the_table)
{
    ck_assert_int_eq(generate("0 read  int fd:fd, void *buf:buf_out, "
                              "off_t *o:off_ptr_inout  = addr  %file %signal\n"
                              "1 pause  void  %signal\n"
                              "2 alarm  unsigned n = hex\n",
                              "SYSCALL_DEFINE4(read, int, a, char user *, b, "
                              "long user *, c, unsigned long, d)"),
                     0);
    expect_text(
        "(\"read\", 4, true, SYSCALL_ADDR, 0x11, NULL, "
        "SYSCALL_ARGS(SYSCALL_ARG(\"int\", \"a\", SYSCALL_FD, SYSCALL_IN, 1), "
        "SYSCALL_ARG(\"char user *\", \"b\", SYSCALL_BUF, SYSCALL_WRITTEN, 0), "
        "SYSCALL_ARG(\"long user *\", \"c\", SYSCALL_OFF_PTR, SYSCALL_BOTH, "
        "0), "
        "SYSCALL_ARG(\"unsigned long\", \"d\", SYSCALL_ULONG, SYSCALL_IN, 0))");
    expect_text("(\"pause\", 0, false, SYSCALL_LONG, 0x10, NULL, ");
    expect_text("(\"alarm\", 1, false, SYSCALL_HEX, 0, NULL, "
                "SYSCALL_ARGS(SYSCALL_ARG(\"unsigned\", \"n\", SYSCALL_UINT, "
                "SYSCALL_IN, 1))");
}
END_TEST

START_TEST(unknown_kinds_and_groups_are_errors)
{
    ck_assert_int_eq(generate("0 read  int fd:fdd\n1 write  int fd  = foo\n"
                              "2 open  int fd  %files\n3 close  int fd % x\n",
                              ""),
                     1);
    ck_assert_str_eq(out, "table.tbl:1: read: argument 1 is not TYPE NAME or "
                          "TYPE NAME:KIND\n"
                          "table.tbl:2: write: no such kind of result: foo\n"
                          "table.tbl:3: open: no such group: %files\n"
                          "table.tbl:4: close: no such group: %x\n");
}
END_TEST

START_TEST(real_table_has_linuxs_calls)
{
    ck_assert_uint_ge(syscall_count, 450);
    ck_assert_str_eq(syscall_infos[0].name, "read");
    ck_assert_str_eq(syscall_infos[231].name, "exit_group");
    ck_assert_str_eq(syscall_infos[334].name, "rseq");
    ck_assert_str_eq(syscall_infos[435].name, "clone3");
    ck_assert_ptr_null(syscall_infos[400].name);
    for (unsigned i = 0; i < syscall_count; i++) {
        const struct syscall_info *c = &syscall_infos[i];

        ck_assert_uint_le(c->nargs, 6);
        ck_assert(!c->partial || c->implemented);
        for (unsigned a = 0; a < c->nargs; a++) {
            ck_assert_ptr_nonnull(c->args[a].type);
            ck_assert_ptr_nonnull(c->args[a].name);
        }
    }
}
END_TEST

UNIT_SUITE(tools_syscall_table, "tools/gen/syscall_table",
           joins_numbers_with_definitions,
           missing_calls_keep_the_arguments_of_the_table,
           definition_may_spread_over_lines_and_comments,
           text_that_is_no_code_does_not_count, partial_says_why,
           partial_may_name_a_macro_of_the_same_file, unknown_call_is_an_error,
           second_definition_is_an_error, wrong_number_of_arguments_is_an_error,
           partial_needs_a_definition_and_a_reason,
           faults_of_the_table_are_errors,
           kinds_results_and_groups_are_those_of_the_table,
           unknown_kinds_and_groups_are_errors, real_table_has_linuxs_calls)
