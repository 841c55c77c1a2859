// SPDX-License-Identifier: MIT
/* log: the real one (under other names, for the stubs have their own). */
#include "tests/unit/unit.h"

#define log_add_sink    real_log_add_sink
#define log_remove_sink real_log_remove_sink
#define log_set_levels  real_log_set_levels
#define log_enabled     real_log_enabled
#define log_print       real_log_print
#define log_raw         real_log_raw
#define log_text        real_log_text
#define log_line_start  real_log_line_start
#define log_line_end    real_log_line_end
#include "kernel/log.c"

struct text_sink {
    struct log_sink sink;
    size_t len;
    char text[4 * RING_SIZE];
};

static struct text_sink seen, late;

static void keep(struct log_sink *s, const char *text, size_t len)
{
    struct text_sink *t = container_of(s, struct text_sink, sink);

    ck_assert_uint_lt(t->len + len, sizeof(t->text));
    memcpy(t->text + t->len, text, len);
    t->len += len;
    t->text[t->len] = '\0';
}

static void open_sink(struct text_sink *t)
{
    memset(t, 0, sizeof(*t));
    t->sink.write = keep;
    log_add_sink(&t->sink);
}

static void fresh(void)
{
    sinks = NULL;
    ring_written = 0;
    open_tail = NULL;
    levels = (struct levels){.all = LOG_WARN};
    open_sink(&seen);
}

START_TEST(lines_have_time_tag_and_level)
{
    fresh();
    log_set_levels("debug");
    log_print(LOG_INFO, "vm", "%d pages", 3);
    log_print(LOG_WARN, "elf", "odd");
    log_print(LOG_ERROR, "x", "bad");
    ck_assert_str_eq(seen.text, "[ 1000.000000] vm: 3 pages\n"
                                "[ 1000.000000] elf: warning: odd\n"
                                "[ 1000.000000] x: error: bad\n");
}
END_TEST

START_TEST(levels_hold_for_all_or_for_one_tag)
{
    fresh();
    ck_assert(log_enabled(LOG_WARN, "vm"));
    ck_assert(!log_enabled(LOG_INFO, "vm"));
    ck_assert_int_eq(log_set_levels("error,vm:debug,net:info"), 0);
    ck_assert(!log_enabled(LOG_WARN, "irq"));
    ck_assert(log_enabled(LOG_DEBUG, "vm"));
    ck_assert(log_enabled(LOG_INFO, "net"));
    ck_assert(!log_enabled(LOG_DEBUG, "net"));
    ck_assert_int_eq(log_set_levels("info"), 0);
    ck_assert(!log_enabled(LOG_DEBUG, "vm"));
}
END_TEST

START_TEST(a_wrong_level_list_changes_nothing)
{
    static const char *const wrong[] = {
        "",       "loud",
        "info,",  ",info",
        ":info",  "vm:",
        "vm:all", "info,vm:debug,x",
        "vm",     "aaaaaaaaaaaaaaaaaaaaa:info",
    };

    fresh();
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        ck_assert_int_eq(log_set_levels(wrong[i]), -EINVAL);
        ck_assert(!log_enabled(LOG_INFO, "vm"));
        ck_assert(log_enabled(LOG_WARN, "vm"));
    }
}
END_TEST

START_TEST(a_value_cannot_forge_a_line)
{
    fresh();
    log_print(LOG_WARN, "sys", "open of %s", "a\nelfin: all is well\x1b[2J");
    ck_assert_ptr_nonnull(strstr(seen.text, "a?elfin: all is well?[2J\n"));
}
END_TEST

START_TEST(long_lines_are_cut_and_still_end)
{
    char text[2000];

    fresh();
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    log_print(LOG_WARN, "sys", "%s", text);
    ck_assert_uint_le(seen.len, LINE_MAX);
    ck_assert_int_eq(seen.text[seen.len - 1], '\n');
    ck_assert_ptr_null(memchr(seen.text, '\0', seen.len));
    seen.len = 0;
    log_raw("%s", text);
    ck_assert_uint_eq(seen.len, LINE_MAX - 1);
}
END_TEST

START_TEST(late_sink_sees_what_came_before)
{
    fresh();
    log_print(LOG_WARN, "a", "one");
    log_raw("two\n");
    open_sink(&late);
    ck_assert_str_eq(late.text, seen.text);
    log_raw("three\n");
    ck_assert_str_eq(late.text, seen.text);
    log_remove_sink(&late.sink);
    log_raw("four\n");
    ck_assert_ptr_null(strstr(late.text, "four"));
    ck_assert_ptr_nonnull(strstr(seen.text, "four"));
}
END_TEST

START_TEST(a_full_ring_keeps_the_newest_whole_lines)
{
    fresh();
    for (int i = 0; i < 2500; i++)
        log_raw("line %d\n", i);
    open_sink(&late);
    ck_assert_uint_le(late.len, RING_SIZE);
    ck_assert_uint_gt(late.len, RING_SIZE - 20);
    ck_assert_mem_eq(late.text, "line ", 5);
    ck_assert_str_eq(late.text, seen.text + seen.len - late.len);
    ck_assert_int_eq(seen.text[seen.len - late.len - 1], '\n');
}
END_TEST

START_TEST(a_line_in_two_parts_stays_one_line)
{
    uint64_t line;

    fresh();
    line = log_line_start("a", 1, " ...\n");
    ck_assert_str_eq(seen.text, "a");
    ck_assert(log_line_end(line, "b\n", 2));
    ck_assert(!log_line_end(line, "c\n", 2));
    log_raw("d\n");
    ck_assert_str_eq(seen.text, "ab\nd\n");
}
END_TEST

START_TEST(what_comes_between_ends_the_line)
{
    uint64_t first, second;

    fresh();
    first = log_line_start("a", 1, " ...\n");
    second = log_line_start("b", 1, " ...\n");
    ck_assert(!log_line_end(first, "x\n", 2));
    log_raw("c\n");
    ck_assert(!log_line_end(second, "x\n", 2));
    ck_assert_str_eq(seen.text, "a ...\nb ...\nc\n");
}
END_TEST

UNIT_SUITE(kernel_log, "kernel/log", lines_have_time_tag_and_level,
           levels_hold_for_all_or_for_one_tag,
           a_wrong_level_list_changes_nothing, a_value_cannot_forge_a_line,
           long_lines_are_cut_and_still_end, late_sink_sees_what_came_before,
           a_full_ring_keeps_the_newest_whole_lines,
           a_line_in_two_parts_stays_one_line, what_comes_between_ends_the_line)
