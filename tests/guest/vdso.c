// SPDX-License-Identifier: MIT
/*
 * vdso: the shared object that the kernel maps into every program, vdso(7):
 * found through the auxiliary vector, looked into as C libraries and language
 * runtimes do, and compared with the system calls that it stands for.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define TURNS 1000000

static struct {
    uintptr_t bias;
    const Elf64_Sym *symbols;
    const char *strings;
    const uint32_t *hash, *gnu_hash;
    const uint16_t *versions;
    const Elf64_Verdef *definitions;
} vdso;

static int (*vdso_gettime)(clockid_t, struct timespec *);
static int (*vdso_getres)(clockid_t, struct timespec *);
static int (*vdso_gettimeofday)(struct timeval *, struct timezone *);
static time_t (*vdso_time)(time_t *);
static int (*vdso_getcpu)(unsigned *, unsigned *, void *);

/* --- the image ------------------------------------------------------------ */

static const Elf64_Ehdr *image(void)
{
    const Elf64_Ehdr *e = check_pointer(getauxval(AT_SYSINFO_EHDR));

    if (!e)
        CHECK_SKIP("this system maps no vDSO");
    return e;
}

static const void *address(uint64_t value)
{
    return check_pointer(vdso.bias + value);
}

static void read_dynamic(const Elf64_Dyn *d)
{
    for (; d->d_tag != DT_NULL; d++) {
        const void *at = address(d->d_un.d_ptr);

        switch (d->d_tag) {
        case DT_SYMTAB:
            vdso.symbols = at;
            break;
        case DT_STRTAB:
            vdso.strings = at;
            break;
        case DT_HASH:
            vdso.hash = at;
            break;
        case DT_GNU_HASH:
            vdso.gnu_hash = at;
            break;
        case DT_VERSYM:
            vdso.versions = at;
            break;
        case DT_VERDEF:
            vdso.definitions = at;
            break;
        }
    }
}

static void it_is_a_shared_object_with_one_segment(void)
{
    const Elf64_Ehdr *e = image();
    const Elf64_Phdr *p = (const void *)((const char *)e + e->e_phoff);
    const Elf64_Dyn *dynamic = NULL;
    int loads = 0;

    CHECK_EQ((uintptr_t)e % 4096, 0);
    CHECK(memcmp(e->e_ident, ELFMAG, SELFMAG) == 0);
    CHECK_EQ(e->e_type, ET_DYN);
    CHECK_EQ(e->e_machine, EM_X86_64);
    for (int i = 0; i < e->e_phnum; i++) {
        if (p[i].p_type == PT_LOAD) {
            loads++;
            vdso.bias = (uintptr_t)e + p[i].p_offset - p[i].p_vaddr;
            CHECK_EQ(p[i].p_flags, PF_R | PF_X);
        } else if (p[i].p_type == PT_DYNAMIC) {
            dynamic = (const void *)((const char *)e + p[i].p_offset);
        }
    }
    CHECK_EQ(loads, 1);
    CHECK(dynamic != NULL);
    read_dynamic(dynamic);
    CHECK(vdso.symbols && vdso.strings && vdso.versions && vdso.definitions);
    CHECK(vdso.hash || vdso.gnu_hash);
}

/* The name of the version that symbol i has. */
static const char *version_of(uint32_t i)
{
    const Elf64_Verdef *d = vdso.definitions;
    uint16_t index = vdso.versions[i] & 0x7fff;

    while (d->vd_ndx != index && d->vd_next)
        d = (const void *)((const char *)d + d->vd_next);
    if (d->vd_ndx != index)
        return "";
    return vdso.strings +
           ((const Elf64_Verdaux *)((const char *)d + d->vd_aux))->vda_name;
}

static const void *match(uint32_t i, const char *name)
{
    const Elf64_Sym *s = &vdso.symbols[i];
    int bind = ELF64_ST_BIND(s->st_info);

    if (strcmp(vdso.strings + s->st_name, name) != 0)
        return NULL;
    CHECK(s->st_shndx != SHN_UNDEF);
    CHECK_EQ(ELF64_ST_TYPE(s->st_info), STT_FUNC);
    CHECK(bind == STB_GLOBAL || bind == STB_WEAK);
    CHECK(strcmp(version_of(i), "LINUX_2.6") == 0);
    return address(s->st_value);
}

static const void *find_by_hash(const char *name)
{
    const uint32_t *bucket = vdso.hash + 2, *chain = bucket + vdso.hash[0];
    uint32_t h = 0;

    for (const char *c = name; *c; c++) {
        h = (h << 4) + (unsigned char)*c;
        h = (h ^ (h >> 24 & 0xf0)) & 0x0fffffff;
    }
    for (uint32_t i = bucket[h % vdso.hash[0]]; i; i = chain[i]) {
        const void *at = match(i, name);

        if (at)
            return at;
    }
    return NULL;
}

static const void *find_by_gnu_hash(const char *name)
{
    const uint32_t *g = vdso.gnu_hash;
    const uint64_t *bloom = (const uint64_t *)(g + 4);
    const uint32_t *bucket = (const uint32_t *)(bloom + g[2]);
    const uint32_t *chain = bucket + g[0];
    uint32_t h = 5381, i;
    uint64_t word;

    for (const char *c = name; *c; c++)
        h = h * 33 + (unsigned char)*c;
    word = bloom[h / 64 % g[2]];
    if (!(word >> h % 64 & word >> (h >> g[3]) % 64 & 1))
        return NULL;
    for (i = bucket[h % g[0]]; i; i++) {
        const void *at = (chain[i - g[1]] | 1) == (h | 1) ? match(i, name) : 0;

        if (at || (chain[i - g[1]] & 1))
            return at;
    }
    return NULL;
}

static const void *find(const char *name)
{
    const void *a, *b;

    image();
    a = vdso.hash ? find_by_hash(name) : find_by_gnu_hash(name);
    b = vdso.gnu_hash ? find_by_gnu_hash(name) : a;
    CHECK(a == b);
    return a;
}

static void its_functions_are_found_by_name_and_version(void)
{
    static const char *const plain[] = {"clock_gettime", "clock_getres",
                                        "gettimeofday", "time", "getcpu"};
    char name[64];

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        snprintf(name, sizeof(name), "__vdso_%s", plain[i]);
        CHECK(find(name) != NULL);
        CHECK(find(plain[i]) == find(name));
    }
    CHECK(find("__vdso_no_such_function") == NULL);
    vdso_gettime = (void *)find("__vdso_clock_gettime");
    vdso_getres = (void *)find("__vdso_clock_getres");
    vdso_gettimeofday = (void *)find("__vdso_gettimeofday");
    vdso_time = (void *)find("__vdso_time");
    vdso_getcpu = (void *)find("__vdso_getcpu");
}

/* --- the time ------------------------------------------------------------- */

static int64_t ns_of(const struct timespec *t)
{
    CHECK(t->tv_nsec >= 0 && t->tv_nsec < 1000000000);
    return t->tv_sec * 1000000000ll + t->tv_nsec;
}

static int64_t by_vdso(clockid_t clock)
{
    struct timespec t = {-1, -1};

    if (!vdso_gettime)
        CHECK_SKIP("no vDSO");
    CHECK_EQ(vdso_gettime(clock, &t), 0);
    return ns_of(&t);
}

static int64_t by_call(clockid_t clock)
{
    struct timespec t = {-1, -1};

    CHECK_EQ(syscall(SYS_clock_gettime, clock, &t), 0);
    return ns_of(&t);
}

/* One line: asked in turn, neither is ever behind the other. */
static void alternate(clockid_t clock, int turns)
{
    int64_t last = by_call(clock);

    for (int i = 0; i < turns; i++) {
        int64_t t = i & 1 ? by_call(clock) : by_vdso(clock);

        if (t < last)
            CHECK_FAIL("clock %d goes back by %ld ns in turn %d", clock,
                       (long)(last - t), i);
        last = t;
    }
}

static void monotonic_time_is_one_line_with_the_call(void)
{
    alternate(CLOCK_MONOTONIC, 2 * TURNS);
}

static void wall_time_is_one_line_with_the_call(void)
{
    alternate(CLOCK_REALTIME, 2 * TURNS);
}

static void all_other_clocks_are_one_line_with_the_call(void)
{
    alternate(CLOCK_BOOTTIME, TURNS / 10);
    alternate(CLOCK_MONOTONIC_RAW, TURNS / 10);
    alternate(CLOCK_TAI, TURNS / 10);
    alternate(CLOCK_MONOTONIC_COARSE, TURNS / 10);
    alternate(CLOCK_REALTIME_COARSE, TURNS / 10);
    alternate(CLOCK_PROCESS_CPUTIME_ID, TURNS / 100);
    alternate(CLOCK_THREAD_CPUTIME_ID, TURNS / 100);
}

static void time_passes_through_a_sleep(void)
{
    struct timespec t = {0, 20000000};
    int64_t start = by_vdso(CLOCK_MONOTONIC), real = by_vdso(CLOCK_REALTIME);

    CHECK_EQ(nanosleep(&t, NULL), 0);
    CHECK(by_vdso(CLOCK_MONOTONIC) - start >= 20000000);
    CHECK(by_vdso(CLOCK_REALTIME) - real >= 10000000);
}

static void gettimeofday_is_the_wall_clock_in_microseconds(void)
{
    struct timeval tv;
    struct timezone tz = {1, 1};

    if (!vdso_gettimeofday)
        CHECK_SKIP("no vDSO");
    for (int i = 0; i < 1000; i++) {
        int64_t before = by_call(CLOCK_REALTIME), us;

        CHECK_EQ(vdso_gettimeofday(&tv, NULL), 0);
        us = tv.tv_sec * 1000000ll + tv.tv_usec;
        CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
        CHECK(us >= before / 1000);
        CHECK(us <= by_call(CLOCK_REALTIME) / 1000);
    }
    CHECK_EQ(vdso_gettimeofday(NULL, NULL), 0);
    CHECK_EQ(vdso_gettimeofday(NULL, &tz), 0);
    CHECK(tz.tz_minuteswest != 1 && tz.tz_dsttime == 0);
}

static void time_is_the_wall_clock_in_seconds(void)
{
    time_t t, stored = 0;

    if (!vdso_time)
        CHECK_SKIP("no vDSO");
    t = vdso_time(&stored);
    CHECK_EQ(t, stored);
    CHECK(vdso_time(NULL) >= t);
    CHECK(t <= by_call(CLOCK_REALTIME) / 1000000000);
    /* It may be of the coarse clock, one tick behind. */
    CHECK(vdso_time(NULL) >= by_call(CLOCK_REALTIME) / 1000000000 - 1);
}

static void resolutions_are_those_of_the_call(void)
{
    struct timespec a, b;

    if (!vdso_getres)
        CHECK_SKIP("no vDSO");
    for (int clock = 0; clock <= CLOCK_TAI; clock++) {
        long err = syscall(SYS_clock_getres, clock, &b);

        CHECK_EQ(vdso_getres(clock, &a), err ? -errno : 0);
        if (err == 0) {
            CHECK_EQ(a.tv_sec, b.tv_sec);
            CHECK_EQ(a.tv_nsec, b.tv_nsec);
            CHECK_EQ(vdso_getres(clock, NULL), 0);
        }
    }
}

static void unknown_clocks_are_refused(void)
{
    static const clockid_t bad[] = {10, 12,      31,        32,        63,
                                    64, 1 << 20, INT32_MAX, INT32_MIN, -1};
    struct timespec t;

    if (!vdso_gettime)
        CHECK_SKIP("no vDSO");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CHECK_ERRNO(syscall(SYS_clock_gettime, bad[i], &t), EINVAL);
        CHECK_EQ(vdso_gettime(bad[i], &t), -EINVAL);
        CHECK_EQ(vdso_getres(bad[i], &t), -EINVAL);
    }
}

/* A dynamic clock is the kernel's to answer. */
static void clocks_of_threads_are_answered(void)
{
    clockid_t clock;

    CHECK_EQ(clock_getcpuclockid(0, &clock), 0);
    alternate(clock, 1000);
}

static void libc_shows_the_same_time(void)
{
    int64_t last = by_call(CLOCK_MONOTONIC);

    for (int i = 0; i < 10000; i++) {
        struct timespec t;
        int64_t mid;

        CHECK_EQ(clock_gettime(CLOCK_MONOTONIC, &t), 0);
        mid = ns_of(&t);
        CHECK(mid >= last);
        last = by_call(CLOCK_MONOTONIC);
        CHECK(last >= mid);
    }
}

/* Bound to one CPU, so that both answers are about the same one. */
static void getcpu_names_the_cpu_that_runs(void)
{
    cpu_set_t all, one;
    unsigned first = 99, cpu = 99, node = 99, node_by_call = 99;

    if (!vdso_getcpu)
        CHECK_SKIP("no vDSO");
    CHECK_EQ(sched_getaffinity(0, sizeof(all), &all), 0);
    while (!CPU_ISSET(first = (first == 99 ? 0 : first + 1), &all))
        ;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    CHECK_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
    CHECK_EQ(vdso_getcpu(&cpu, &node, NULL), 0);
    CHECK_EQ(cpu, first);
    CHECK_EQ(syscall(SYS_getcpu, &cpu, &node_by_call, NULL), 0);
    CHECK_EQ(cpu, first);
    CHECK_EQ(node, node_by_call);
    CHECK_EQ(vdso_getcpu(NULL, NULL, NULL), 0);
    CHECK_EQ(syscall(SYS_getcpu, NULL, NULL, NULL), 0);
    CHECK_ERRNO(syscall(SYS_getcpu, (void *)1, NULL, NULL), EFAULT);
    CHECK_ERRNO(syscall(SYS_getcpu, NULL, (void *)1, NULL), EFAULT);
    CHECK_EQ(sched_setaffinity(0, sizeof(all), &all), 0);
}

int main(void)
{
    RUN(it_is_a_shared_object_with_one_segment);
    RUN(its_functions_are_found_by_name_and_version);
    RUN(monotonic_time_is_one_line_with_the_call);
    RUN(wall_time_is_one_line_with_the_call);
    RUN(all_other_clocks_are_one_line_with_the_call);
    RUN(time_passes_through_a_sleep);
    RUN(gettimeofday_is_the_wall_clock_in_microseconds);
    RUN(time_is_the_wall_clock_in_seconds);
    RUN(resolutions_are_those_of_the_call);
    RUN(unknown_clocks_are_refused);
    RUN(clocks_of_threads_are_answered);
    RUN(libc_shows_the_same_time);
    RUN(getcpu_names_the_cpu_that_runs);
    return check_end();
}
