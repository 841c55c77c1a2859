// SPDX-License-Identifier: MIT
/*
 * The elfin command's texts: the kernel command line (read back by the
 * kernel's own parser), shell quoting, sizes, paths, options, the lines of the
 * control channel, and the log.
 */
#include "tests/unit/unit.h"

#undef fail /* check.h has an old macro of that name */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "boot/cmdline.h"
#include "tools/elfin/cmdline.h"
#include "tools/elfin/control.h"
#include "tools/elfin/log.h"
#include "tools/elfin/opts.h"

/* --- kernel command line --- */

static void check_round_trip(const char *const *args, size_t count)
{
    struct strbuf line = {0};
    struct boot_options o;

    strbuf_puts(&line, "virtio_mmio.device=512@0xfeb00000:5");
    cmdline_add_option(&line, "init", "/a b/c");
    cmdline_add_option(&line, "env", "A=\"x\\n\" y");
    strbuf_puts(&line, " --");
    for (size_t i = 0; i < count; i++)
        cmdline_add(&line, args[i]);
    cmdline_init(&o);
    ck_assert_int_eq(cmdline_parse(&o, line.data, line.len), 0);
    ck_assert_uint_eq(o.error_count, 0);
    ck_assert_uint_eq(o.virtio_mmio_count, 1);
    ck_assert_str_eq(o.init, "/a b/c");
    ck_assert_uint_eq(o.env_count, 1);
    ck_assert_str_eq(o.env[0], "A=\"x\\n\" y");
    ck_assert_uint_eq(o.arg_count, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_str_eq(o.args[i], args[i]);
    cmdline_fini(&o);
    strbuf_fini(&line);
}

START_TEST(cmdline_words_reach_the_kernel_unchanged)
{
    static const char *const args[] = {
        "plain", "",     "two words", "\"",      "\\",        "\\n",
        "'",     "--",   "a=b",       "\t\r\n",  "\x01\x7f",  "gr\xc3\xbc\xc3",
        "\"\"",  "\\\"", " ",         "\\x41\\", "log=debug", "end"};

    check_round_trip(args, ARRAY_SIZE(args));
}
END_TEST

START_TEST(cmdline_arguments_like_devices_stay_arguments)
{
    static const char *const args[] = {"x",
                                       "virtio_mmio.device=512@0xfeb00e00:12"};

    check_round_trip(args, ARRAY_SIZE(args));
}
END_TEST

START_TEST(cmdline_every_byte_reaches_the_kernel)
{
    char text[3] = "";
    const char *arg = text;

    for (int a = 1; a < 256; a++) {
        for (int b = 1; b < 256; b += 13) {
            text[0] = (char)a;
            text[1] = (char)b;
            check_round_trip(&arg, 1);
        }
    }
}
END_TEST

/* --- texts --- */

START_TEST(shell_quotes_what_a_shell_would_change)
{
    static const char *const texts[][2] = {{"plain", "plain"},
                                           {"", "''"},
                                           {"a b", "'a b'"},
                                           {"it's", "'it'\\''s'"},
                                           {"a=b,c:/d", "a=b,c:/d"},
                                           {"$x", "'$x'"},
                                           {"line\nbreak", "'line\nbreak'"}};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct strbuf b = {0};

        shell_quote(&b, texts[i][0]);
        ck_assert_str_eq(b.data, texts[i][1]);
        strbuf_fini(&b);
    }
}
END_TEST

START_TEST(sizes_are_mebibytes_or_have_a_unit)
{
    static const char *const bad[] = {"",    "M",    "-1", "1X",
                                      "1MM", "0x10", " 1", "99999999999T"};
    uint64_t n;

    ck_assert(parse_size("256", &n) && n == MIB(256));
    ck_assert(parse_size("16M", &n) && n == MIB(16));
    ck_assert(parse_size("512k", &n) && n == KIB(512));
    ck_assert(parse_size("1GiB", &n) && n == GIB(1));
    ck_assert(parse_size("2gb", &n) && n == GIB(2));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!parse_size(bad[i], &n), "%s", bad[i]);
}
END_TEST

START_TEST(seconds_may_have_a_fraction)
{
    static const char *const bad[] = {"", "0", "0.0", "-1", "1s", "x", ".5"};
    uint64_t ns;

    ck_assert(parse_seconds("10", &ns) && ns == 10 * NSEC_PER_SEC);
    ck_assert(parse_seconds("0.25", &ns) && ns == 250 * NSEC_PER_MSEC);
    ck_assert(parse_seconds("1.", &ns) && ns == NSEC_PER_SEC);
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        ck_assert_msg(!parse_seconds(bad[i], &ns), "%s", bad[i]);
}
END_TEST

START_TEST(paths_are_absolute_and_stay_below_the_root)
{
    static const char *const paths[][2] = {
        {"/a/b", "/a/b"},     {"a/b", "/a/b"},    {"./a", "/a"},
        {"../a", "/a"},       {"/../../a", "/a"}, {"/a/../b", "/b"},
        {"//a///b/", "/a/b"}, {"", "/"},          {"..", "/"},
        {"/a/./b/..", "/a"},  {"/...", "/..."},   {"a/../../b", "/b"}};

    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        char *p = path_normalise(paths[i][0]);

        ck_assert_str_eq(p, paths[i][1]);
        free(p);
    }
}
END_TEST

START_TEST(lists_keep_their_order_and_end_with_null)
{
    struct strlist l = {0};

    for (int i = 0; i < 100; i++) {
        strlist_addf(&l, "%d", i);
        ck_assert_ptr_null(l.items[l.count]);
    }
    ck_assert_uint_eq(l.count, 100);
    ck_assert_str_eq(l.items[63], "63");
    ck_assert(strlist_has(&l, "99") && !strlist_has(&l, "100"));
    strlist_fini(&l);
}
END_TEST

/* --- options --- */

struct values {
    const char *text, *maybe;
    struct strlist list;
    bool flag;
};

static const struct opt table[] = {
    {'t', "text", OPT_TEXT, "X", "", offsetof(struct values, text), NULL},
    {'l', "list", OPT_LIST, "X", "", offsetof(struct values, list), NULL},
    {'f', "flag", OPT_FLAG, NULL, "", offsetof(struct values, flag), NULL},
    {0, "maybe", OPT_OPTIONAL, "X", "", offsetof(struct values, maybe), NULL},
    {'n', "never", OPT_TEXT, "X", "", 0, "write it yourself"},
    {0}};
static const struct command command = {
    .name = "test", .synopsis = "", .summary = "", .opts = table};

/* Parses words up to NULL; the count of what is left, or -1 with *status. */
static int parse(struct values *v, int *status, ...)
{
    char *words[16] = {"test"}, **argv = words;
    int argc = 1;
    va_list args;

    *v = (struct values){0};
    va_start(args, status);
    while ((words[argc] = va_arg(args, char *)))
        argc++;
    va_end(args);
    return opts_parse(&command, &argc, &argv, v, status) ? argc : -1;
}

START_TEST(options_take_values_in_every_usual_form)
{
    struct values v;
    int status;

    ck_assert_int_eq(parse(&v, &status, "-ta", "-l", "1", "--list=2", "--list",
                           "3", "-fl4", "--maybe", "p", "-f", NULL),
                     2);
    ck_assert_str_eq(v.text, "a");
    ck_assert(v.flag);
    ck_assert_str_eq(v.maybe, "");
    ck_assert_uint_eq(v.list.count, 4);
    ck_assert_str_eq(v.list.items[0], "1");
    ck_assert_str_eq(v.list.items[3], "4");
    strlist_fini(&v.list);
    ck_assert_int_eq(parse(&v, &status, "--maybe=x", "-t=y", "-t", "-z", NULL),
                     0);
    ck_assert_str_eq(v.maybe, "x");
    ck_assert_str_eq(v.text, "-z");
}
END_TEST

START_TEST(options_end_at_the_first_argument)
{
    struct values v;
    int status;

    ck_assert_int_eq(parse(&v, &status, "-f", "prog", "-t", "x", NULL), 3);
    ck_assert_ptr_null(v.text);
    ck_assert_int_eq(parse(&v, &status, "--", "-f", NULL), 1);
    ck_assert(!v.flag);
    ck_assert_int_eq(parse(&v, &status, "-", NULL), 1);
}
END_TEST

START_TEST(options_that_are_wrong_give_status_2)
{
    struct values v;
    int status, null = open("/dev/null", O_WRONLY);

    dup2(null, STDERR_FILENO);
    close(null);
    ck_assert_int_eq(parse(&v, &status, "--txet", "x", NULL), -1);
    ck_assert_int_eq(status, 2);
    ck_assert_int_eq(parse(&v, &status, "-x", NULL), -1);
    ck_assert_int_eq(status, 2);
    ck_assert_int_eq(parse(&v, &status, "--text", NULL), -1);
    ck_assert_int_eq(status, 2);
    ck_assert_int_eq(parse(&v, &status, "-t", NULL), -1);
    ck_assert_int_eq(status, 2);
    ck_assert_int_eq(parse(&v, &status, "--flag=x", NULL), -1);
    ck_assert_int_eq(status, 2);
    ck_assert_int_eq(parse(&v, &status, "-n", "x", NULL), -1);
    ck_assert_int_eq(status, 2);
    ck_assert_int_eq(parse(&v, &status, "--never=x", NULL), -1);
    ck_assert_int_eq(status, 2);
}
END_TEST

START_TEST(nearest_names_are_near)
{
    static const char *const names[] = {"memory", "machine", "add"};

    ck_assert_str_eq(nearest_name("memroy", names, 3), "memory");
    ck_assert_str_eq(nearest_name("ad", names, 3), "add");
    ck_assert_ptr_null(nearest_name("publish", names, 3));
    ck_assert_ptr_null(nearest_name("", names, 3));
}
END_TEST

/* --- control channel and log --- */

START_TEST(control_lines_give_the_verdict)
{
    struct verdict v = {0};

    ck_assert_int_eq(verdict_status(&v), 1);
    ck_assert(control_line(&v, "ready") && v.ready);
    ck_assert(control_line(&v, "exit 255"));
    ck_assert_int_eq(verdict_status(&v), 255);
    ck_assert(!control_line(&v, "exit 0"));
    ck_assert_int_eq(verdict_status(&v), 255);
    v = (struct verdict){0};
    ck_assert(control_line(&v, "signal 11"));
    ck_assert_int_eq(verdict_status(&v), 139);
    v = (struct verdict){0};
    ck_assert(control_line(&v, "refused 127 no such file: look again"));
    ck_assert_str_eq(v.text, "no such file: look again");
    ck_assert_int_eq(verdict_status(&v), 127);
    v = (struct verdict){0};
    ck_assert(control_line(&v, "panic"));
    ck_assert_int_eq(verdict_status(&v), 1);
}
END_TEST

START_TEST(control_lines_that_mean_nothing_are_ignored)
{
    static const char *const lines[] = {
        "",          "exit",          "exit 256",  "exit -1",
        "exit x",    "exit 1 2",      "exit1",     "signal 0",
        "signal 65", "signals 1",     "refused 1", "refused",
        "ready now", "refused 128 x", "panicked",  "exit 99999999999999999",
        "exit \t1",  "\xff\xfe"};
    struct verdict v = {0};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        ck_assert_msg(!control_line(&v, lines[i]), "%s", lines[i]);
    ck_assert_int_eq(v.kind, VERDICT_NONE);
    ck_assert(!v.ready);
}
END_TEST

static void feed(struct log *l, enum log_source source, const char *text)
{
    log_feed(l, source, text, strlen(text));
}

START_TEST(log_keeps_lines_of_several_sources_whole)
{
    struct log l = {.file = -1};

    feed(&l, LOG_PORT, "one ");
    feed(&l, LOG_QEMU, "warning: x\n");
    feed(&l, LOG_PORT, "line\r\ntwo");
    log_flush(&l);
    ck_assert_str_eq(l.kept.data, "qemu: warning: x\none line\ntwo\n");
    log_fini(&l);
}
END_TEST

START_TEST(log_has_early_lines_of_com1_once)
{
    struct log l = {.file = -1};

    feed(&l, LOG_COM1, "early\n");
    feed(&l, LOG_PORT, "early\nlater\n");
    feed(&l, LOG_COM1, "panic\n");
    log_flush(&l);
    ck_assert_str_eq(l.kept.data, "early\nlater\npanic\n");
    log_fini(&l);
    l = (struct log){.file = -1};
    feed(&l, LOG_COM1, "only here");
    log_flush(&l);
    ck_assert_str_eq(l.kept.data, "only here\n");
    log_fini(&l);
}
END_TEST

START_TEST(log_stays_small_and_begins_with_a_whole_line)
{
    struct log l = {.file = -1};

    for (int i = 0; i < 100000; i++) {
        char line[32];

        snprintf(line, sizeof(line), "line %d\n", i);
        feed(&l, LOG_PORT, line);
        ck_assert_uint_le(l.kept.len, 2 * LOG_KEPT);
    }
    ck_assert_uint_ge(l.kept.len, LOG_KEPT - 32);
    ck_assert_int_eq(strncmp(l.kept.data, "line ", 5), 0);
    ck_assert_ptr_nonnull(strstr(l.kept.data, "\nline 99999\n"));
    log_fini(&l);
}
END_TEST

UNIT_SUITE(
    tools_elfin_text, "tools/elfin/text",
    cmdline_words_reach_the_kernel_unchanged,
    cmdline_arguments_like_devices_stay_arguments,
    cmdline_every_byte_reaches_the_kernel,
    shell_quotes_what_a_shell_would_change, sizes_are_mebibytes_or_have_a_unit,
    seconds_may_have_a_fraction, paths_are_absolute_and_stay_below_the_root,
    lists_keep_their_order_and_end_with_null,
    options_take_values_in_every_usual_form, options_end_at_the_first_argument,
    options_that_are_wrong_give_status_2, nearest_names_are_near,
    control_lines_give_the_verdict, control_lines_that_mean_nothing_are_ignored,
    log_keeps_lines_of_several_sources_whole, log_has_early_lines_of_com1_once,
    log_stays_small_and_begins_with_a_whole_line)
