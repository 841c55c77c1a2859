// SPDX-License-Identifier: MIT
/*
 * The elfin command's trace reader and its reports: on traces made here, on
 * damaged ones, and on nonsense.
 */
#include "tests/unit/unit.h"

#undef fail /* check.h has an old macro of that name */

#include <stdio.h>
#include <string.h>

#include "tools/elfin/svg.h"
#include "tools/elfin/trace_report.h"
#include "tools/elfin/trace_walk.h"

enum { NR_READ = 0, NR_WRITE = 1, NR_FUTEX = 202, NR_EXIT_GROUP = 231 };

/* --- making traces --- */

static struct strbuf file;

static void begin_file(void)
{
    struct trace_header h = {
        .magic = TRACE_MAGIC,
        .version = TRACE_VERSION,
        .header_size = sizeof(h),
        .record_size = sizeof(struct trace_record),
        .cpu_count = 2,
        .tick_hz = NSEC_PER_SEC,
        .end_time = 1000000,
        .end_code = 3,
    };

    strbuf_fini(&file);
    file = (struct strbuf){0};
    strbuf_add(&file, &h, sizeof(h));
}

static void section(enum trace_section_type type, uint32_t cpu, uint64_t lost,
                    const void *data, size_t size)
{
    static const char zeros[8];
    struct trace_section s = {type, cpu, size, lost};

    strbuf_add(&file, &s, sizeof(s));
    strbuf_add(&file, data, size);
    strbuf_add(&file, zeros, ALIGN_UP(size, 8) - size);
}

static void end_file(void)
{
    section(TRACE_SECTION_END, 0, 0, "", 0);
}

#define RECORD(t, who, what, s, ...)                                       \
    {                                                                      \
        .time = (t), .tid = (who), .kind = (what), .small = (uint16_t)(s), \
        .words = {                                                         \
            __VA_ARGS__                                                    \
        }                                                                  \
    }

/* Two threads: 1 reads, is preempted in it, and fails; 2 writes; 1 ends. */
static const struct trace_record story[] = {
    RECORD(1000, 0, TRACE_THREAD_NEW, 0, 1, 1),
    RECORD(2000, 0, TRACE_SWITCH, TRACE_WHY_PREEMPTED, 1),
    RECORD(4000, 1, TRACE_THREAD_NEW, 0, 2, 1),
    RECORD(10000, 1, TRACE_CALL_ENTER, NR_READ, 5, 0, 4096),
    RECORD(13000, 1, TRACE_FAULT, TRACE_FAULT_OK, 12000, 0x5000, 0x401000, 2),
    RECORD(14000, 1, TRACE_SWITCH, TRACE_WHY_SLEEPING, 2),
    RECORD(20000, 2, TRACE_CALL_ENTER, NR_WRITE, 1, 0x7fff00001000, 6),
    RECORD(25000, 2, TRACE_INTERRUPT, 0x31, 24000),
    RECORD(26000, 2, TRACE_WAKE, 0, 1),
    RECORD(30000, 2, TRACE_CALL_EXIT, NR_WRITE, 6),
    RECORD(34000, 2, TRACE_SWITCH, TRACE_WHY_PREEMPTED, 1),
    RECORD(36000, 1, TRACE_CALL_EXIT, NR_READ, (uint64_t)-9),
    RECORD(50000, 1, TRACE_CALL_ENTER, NR_EXIT_GROUP, 3),
};

static void make_story(uint64_t lost)
{
    static const struct trace_thread threads[] = {
        {.tid = 2, .pid = 1, .name = "<two>&\"\\\n"},
        {.tid = 1, .pid = 1, .name = "one"},
        {.tid = 0, .name = "idle"},
    };
    struct trace_mapping m = {0x400000, 0x402000, 0, 7, 1};
    char mapping[sizeof(m) + 8];

    memset(mapping, 0, sizeof(mapping));
    memcpy(mapping, &m, sizeof(m));
    memcpy(mapping + sizeof(m), "/bin/xy", 7);
    begin_file();
    section(TRACE_SECTION_RECORDS, 0, lost, story, sizeof(story));
    section(TRACE_SECTION_RECORDS, 1, 0, "", 0);
    section(TRACE_SECTION_THREADS, 0, 0, threads, sizeof(threads));
    section(77, 0, 0, "of a later version", 18);
    section(TRACE_SECTION_MAPPINGS, 0, 0, mapping, sizeof(mapping));
    end_file();
}

static struct trace parsed(void)
{
    struct trace t;
    const char *problem = trace_parse(&t, file.data, file.len);

    ck_assert_msg(!problem, "%s", problem);
    return t;
}

enum form { TEXT, TEXT_ALL, SUMMARY, JSON, FLAME, FLAME_CPU, FORMS };

/* The report; the caller frees it. */
static char *report(const struct trace *t, enum form form)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    ck_assert_ptr_nonnull(out);
    switch (form) {
    case TEXT:
    case TEXT_ALL:
        trace_text(t, form == TEXT_ALL, out);
        break;
    case SUMMARY:
        trace_summary(t, out);
        break;
    case JSON:
        trace_json(t, out);
        break;
    default:
        trace_flame(t, "a <title> & more", form == FLAME_CPU, out);
        break;
    }
    fclose(out);
    return text;
}

static void expect(enum form form, const char *part)
{
    struct trace t = parsed();
    char *text = report(&t, form);

    ck_assert_msg(strstr(text, part) != NULL, "not there: %s\nin:\n%s", part,
                  text);
    free(text);
    trace_fini(&t);
}

/* --- reading --- */

static const char *problem_of(size_t len)
{
    struct trace t;
    /* A copy of just that size, so that ASan sees a step beyond. */
    char *copy = len ? malloc(len) : NULL;
    const char *problem;

    if (copy)
        memcpy(copy, file.data, len);
    problem = trace_parse(&t, copy, len);
    trace_fini(&t);
    free(copy);
    return problem;
}

START_TEST(a_file_cut_anywhere_is_refused)
{
    make_story(0);
    for (size_t len = 0; len < file.len; len++)
        unit_check(problem_of(len) != NULL, "%zu bytes are taken", len);
    ck_assert_ptr_null(problem_of(file.len));
    ck_assert(strstr(problem_of(0), "empty"));
    ck_assert(strstr(problem_of(5), "no trace"));
    ck_assert(strstr(problem_of(20), "too early"));
    ck_assert(strstr(problem_of(file.len - 1), "too early"));
    strbuf_addc(&file, 'x');
    ck_assert(strstr(problem_of(file.len), "damaged"));
    strbuf_fini(&file);
}
END_TEST

START_TEST(other_files_are_told_apart)
{
    struct trace_header *h;

    make_story(0);
    h = (struct trace_header *)file.data;
    h->version++;
    ck_assert(strstr(problem_of(file.len), "format"));
    h->version--;
    h->cpu_count = 0;
    ck_assert(strstr(problem_of(file.len), "damaged"));
    h->cpu_count = 1; /* while there is a section of CPU 1 */
    ck_assert(strstr(problem_of(file.len), "damaged"));
    h->cpu_count = 2;
    h->record_size = 32;
    ck_assert(strstr(problem_of(file.len), "damaged"));
    h->record_size = 64;
    h->magic[0] = 'X';
    ck_assert(strstr(problem_of(file.len), "no trace"));
    strbuf_fini(&file);
}
END_TEST

START_TEST(records_of_all_cpus_come_in_order)
{
    struct trace_record a[100], b[100];
    struct trace t;

    memset(a, 0, sizeof(a));
    memset(b, 0, sizeof(b));
    for (unsigned i = 0; i < 100; i++) {
        a[i].time = i / 3 * 10;
        b[i].time = i / 2 * 7;
        a[i].words[1] = b[i].words[1] = i;
    }
    begin_file();
    section(TRACE_SECTION_RECORDS, 1, 0, b, sizeof(b));
    section(TRACE_SECTION_RECORDS, 0, 0, a, sizeof(a));
    end_file();
    t = parsed();
    ck_assert_uint_eq(t.event_count, 200);
    for (size_t i = 1; i < t.event_count; i++) {
        const struct trace_event *x = &t.events[i - 1], *y = &t.events[i];

        ck_assert(x->r.time < y->r.time ||
                  (x->r.time == y->r.time &&
                   (x->cpu < y->cpu ||
                    (x->cpu == y->cpu && x->r.words[1] < y->r.words[1]))));
    }
    trace_fini(&t);
    strbuf_fini(&file);
}
END_TEST

/* --- walking --- */

struct sums {
    uint64_t by_state[4], fault, interrupt, in_read, last_end[4];
    unsigned calls, open_calls, errors;
};

static void sum_span(void *arg, const struct trace_span *s)
{
    struct sums *sums = arg;
    uint64_t ns = s->end - s->begin;

    ck_assert_uint_lt(s->begin, s->end);
    ck_assert_uint_ge(s->begin, sums->last_end[s->thread]);
    sums->last_end[s->thread] = s->end;
    sums->by_state[s->state] += ns;
    if (s->inside == TRACE_INSIDE_FAULT)
        sums->fault += ns;
    if (s->inside == TRACE_INSIDE_INTERRUPT)
        sums->interrupt += ns;
    if (s->call == NR_READ)
        sums->in_read += ns;
}

static void sum_call(void *arg, const struct trace_call *c)
{
    struct sums *sums = arg;

    sums->calls++;
    sums->open_calls += !c->exit;
    sums->errors += trace_call_errno(c) == 9;
}

START_TEST(every_moment_of_a_thread_is_told_once)
{
    struct sums s = {0};
    struct trace_visitor v = {.arg = &s, .span = sum_span, .call = sum_call};
    struct trace t;

    make_story(0);
    t = parsed();
    trace_walk(&t, &v);
    /* 1: 2000..14000 and 34000..the end; 2: 14000..34000 */
    ck_assert_uint_eq(s.by_state[TRACE_STATE_RUNNING],
                      12000 + (1000000 - 34000) + 20000);
    /* 1: 1000..2000, 26000..34000; 2: 4000..14000, 34000..the end */
    ck_assert_uint_eq(s.by_state[TRACE_STATE_RUNNABLE],
                      1000 + 8000 + 10000 + (1000000 - 34000));
    ck_assert_uint_eq(s.by_state[TRACE_STATE_WAITING], 12000);
    ck_assert_uint_eq(s.fault, 1000);
    ck_assert_uint_eq(s.interrupt, 1000);
    ck_assert_uint_eq(s.in_read, 26000);
    ck_assert_uint_eq(s.calls, 3);
    ck_assert_uint_eq(s.open_calls, 1);
    ck_assert_uint_eq(s.errors, 1);
    trace_fini(&t);
    strbuf_fini(&file);
}
END_TEST

/* --- reports --- */

START_TEST(text_reads_like_strace)
{
    make_story(0);
    expect(TEXT, "1         0.000010 read(5, NULL, 4096 <unfinished ...>\n");
    expect(TEXT, "2         0.000020 write(1, 0x7fff00001000, 6) = 6 "
                 "<0.000010>\n");
    expect(TEXT, "<... read resumed>) = -1 EBADF (Bad file descriptor) "
                 "<0.000026>\n");
    expect(TEXT, "exit_group(3 <unfinished ...>\n");
    expect(TEXT, "+++ exited with 3 +++\n");
    expect(TEXT_ALL, "page fault: write to 0x5000 by the call <0.000001>");
    expect(TEXT_ALL, "--- it wakes one (1) ---");
    expect(TEXT_ALL, "--- interrupt 0x31 <0.000001> ---");
    expect(TEXT_ALL, "--- one (1) sleeps; next is <two>&\"\\? (2) ---");
    make_story(44);
    expect(TEXT, "(44 older records were overwritten)\n");
    strbuf_fini(&file);
}
END_TEST

START_TEST(the_summary_adds_up)
{
    make_story(0);
    expect(SUMMARY, "read                          1        1       0.026"
                    "        26.0        26.0\n");
    expect(SUMMARY, "one (1)                       2        2       0.978"
                    "       0.009       0.012\n");
    expect(SUMMARY, "system calls copy             1        0       0.001");
    expect(SUMMARY, "vector 0x31                   1");
    expect(SUMMARY, "exit status 3");
    strbuf_fini(&file);
}
END_TEST

START_TEST(json_and_svg_are_escaped)
{
    make_story(0);
    expect(JSON, "\"name\":\"<two>&\\\"\\\\?\"");
    expect(JSON, "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":\"read\",\"cat\":"
                 "\"syscall\",\"ts\":10.000,\"dur\":26.000,");
    expect(FLAME, "&lt;two&gt;&amp;");
    expect(FLAME, "a &lt;title&gt; &amp; more");
    expect(FLAME, "<title>read: 26.0 us,");
    expect(FLAME, "runnable");
    expect(FLAME_CPU, "all threads on the CPU");
    strbuf_fini(&file);
}
END_TEST

START_TEST(the_same_trace_gives_the_same_bytes)
{
    make_story(0);
    for (int form = 0; form < FORMS; form++) {
        struct trace a = parsed(), b = parsed();
        char *x = report(&a, form), *y = report(&b, form);

        ck_assert_str_eq(x, y);
        free(x);
        free(y);
        trace_fini(&a);
        trace_fini(&b);
    }
    strbuf_fini(&file);
}
END_TEST

START_TEST(a_call_whose_begin_is_lost_is_still_counted)
{
    static const struct trace_record records[] = {
        RECORD(500, 1, TRACE_CALL_EXIT, NR_FUTEX, (uint64_t)-110),
        RECORD(700, 1, TRACE_CALL_EXIT, 0xffff, (uint64_t)-38, 0, 0, 0, 0,
               UINT64_MAX),
    };

    begin_file();
    section(TRACE_SECTION_RECORDS, 0, 9, records, sizeof(records));
    end_file();
    expect(SUMMARY, "futex                         1        1       0.000");
    expect(SUMMARY, "syscall_-1                    1        1       0.000");
    expect(TEXT, "<... futex resumed>) = -1 ETIMEDOUT");
    for (int form = 0; form < FORMS; form++)
        expect(form, "");
    strbuf_fini(&file);
}
END_TEST

START_TEST(an_empty_ring_gives_reports_too)
{
    begin_file();
    end_file();
    for (int form = 0; form < FORMS; form++)
        expect(form, "");
    strbuf_fini(&file);
}
END_TEST

/* --- nonsense --- */

/* xorshift: the same nonsense every time. */
static uint64_t noise(void)
{
    static uint64_t x = 88172645463325252ull;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

static void report_all(void)
{
    struct trace t;

    if (!trace_parse(&t, file.data, file.len))
        for (int form = 0; form < FORMS; form++)
            free(report(&t, form));
    trace_fini(&t);
}

START_TEST(damage_does_no_harm)
{
    for (unsigned round = 0; round < 3000; round++) {
        make_story(round % 3);
        for (unsigned n = 1 + noise() % 8; n > 0; n--) {
            size_t at = noise() % file.len;

            file.data[at] = (char)(noise() % 3 ? noise() : 0xff);
        }
        report_all();
    }
    strbuf_fini(&file);
}
END_TEST

START_TEST(nonsense_records_do_no_harm)
{
    struct trace_record r[64];

    for (unsigned round = 0; round < 500; round++) {
        for (size_t i = 0; i < ARRAY_SIZE(r); i++) {
            r[i].time = noise() % 5 ? noise() % 1000 : noise();
            r[i].tid = (int32_t)(noise() % 7 ? noise() % 5 - 2 : noise());
            r[i].kind = (uint16_t)(noise() % 12);
            r[i].small = (uint16_t)(noise() % 3 ? noise() % 8 : noise());
            for (unsigned w = 0; w < TRACE_WORDS; w++)
                r[i].words[w] = noise() % 3 ? noise() % 1000 : noise();
        }
        begin_file();
        section(TRACE_SECTION_RECORDS, round & 1, 0, r, sizeof(r));
        end_file();
        ck_assert_ptr_null(problem_of(file.len));
        report_all();
    }
    strbuf_fini(&file);
}
END_TEST

UNIT_SUITE(tools_trace, "tools/trace", a_file_cut_anywhere_is_refused,
           other_files_are_told_apart, records_of_all_cpus_come_in_order,
           every_moment_of_a_thread_is_told_once, text_reads_like_strace,
           the_summary_adds_up, json_and_svg_are_escaped,
           the_same_trace_gives_the_same_bytes,
           a_call_whose_begin_is_lost_is_still_counted,
           an_empty_ring_gives_reports_too, damage_does_no_harm,
           nonsense_records_do_no_harm)
