// SPDX-License-Identifier: MIT
/*
 * doctor: bounded tables of facts, and their lines. What finds no place in a
 * table is counted.
 */
#include "kernel/doctor.h"

#include "kernel/kmalloc.h"
#include "kernel/page.h"
#include "kernel/shutdown.h"
#include "kernel/thread.h"
#include "kernel/uaccess.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "lib/string.h"

#define LOG_TAG "doctor"
#include "kernel/log.h"

#define MISSING_MAX 64
#define REFUSED_MAX 64
#define ABSENT_MAX  256
#define NOMEM_MAX   8
#define MAPS_MAX    256
#define DETAIL_SIZE 64
#define PATH_KEPT   256  /* of a longer path the end is kept */
#define STACK_SIZE  1024 /* bytes of a caller's stack that are kept */
#define STACK_LINE  256  /* bytes that one line tells */
#define LINE_SIZE   1000

/* The caller of a call, the first time. */
struct sample {
    struct regs regs;
    size_t stack_len;
    uint8_t stack[STACK_SIZE];
};

struct missing {
    uint64_t nr;
    uint32_t count;
    int tid;
    struct sample *sample; /* NULL without memory */
};

struct refused {
    const char *call;
    char detail[DETAIL_SIZE];
    uint32_t count;
    struct sample *sample; /* NULL without memory */
};

struct absent {
    char *path;
    uint32_t hash, count, order;
};

struct nomem {
    const char *call;
    uint32_t count;
    uint64_t bytes;
};

bool doctor_always;
struct doctor_again doctor_again[DOCTOR_AGAIN];
void (*doctor_host)(const char *line, size_t len);

static struct spinlock lock = SPINLOCK_INIT;
static struct missing missing[MISSING_MAX];
static struct refused refused[REFUSED_MAX];
static struct absent absent[ABSENT_MAX];
static struct nomem nomem[NOMEM_MAX];
static unsigned missing_count, refused_count, absent_count, nomem_count;
static uint32_t missing_more, refused_more, absent_more, absent_order;
static struct {
    bool happened;
    uintptr_t addr, rip;
    struct page_stats stats;
} oom;

/* --- collecting --- */

static struct sample *sample_take(const struct regs *r)
{
    struct sample *s = kmalloc(sizeof(*s));

    if (!s)
        return NULL;
    s->regs = *r;
    s->stack_len = copy_from_user_partial(s->stack, (const void user *)r->rsp,
                                          sizeof(s->stack));
    return s;
}

/* Counts it; true when it is a new one, whose sample is still to be taken. */
static struct missing *missing_note(uint64_t nr, bool *is_new)
{
    unsigned long irq = spin_lock(&lock);
    struct missing *m = missing, *end = missing + missing_count;

    while (m < end && m->nr != nr)
        m++;
    *is_new = m == end;
    if (m == missing + MISSING_MAX) {
        missing_more++;
        m = NULL;
    } else {
        if (m == end) {
            missing_count++;
            m->nr = nr;
            m->tid = thread_current()->tid;
        }
        m->count++;
        doctor_again[nr % DOCTOR_AGAIN] = (struct doctor_again){nr, &m->count};
    }
    spin_unlock(&lock, irq);
    return m;
}

void doctor_missing(const struct regs *r)
{
    bool is_new;
    struct missing *m = missing_note(r->orig_rax, &is_new);

    if (m && is_new)
        m->sample = sample_take(r);
}

void doctor_refused(const char *call, const char *fmt, ...)
{
    char detail[DETAIL_SIZE];
    struct refused *e = refused;
    bool is_new = false;
    unsigned long irq;
    va_list args;

    va_start(args, fmt);
    vsnprintf(detail, sizeof(detail), fmt, args);
    va_end(args);
    irq = spin_lock(&lock);
    while (e < refused + refused_count &&
           (strcmp(e->call, call) != 0 || strcmp(e->detail, detail) != 0))
        e++;
    if (e == refused + REFUSED_MAX) {
        refused_more++;
    } else {
        if (e == refused + refused_count) {
            refused_count++;
            is_new = true;
            e->call = call;
            memcpy(e->detail, detail, sizeof(detail));
        }
        e->count++;
    }
    spin_unlock(&lock, irq);
    if (is_new)
        e->sample = sample_take(thread_regs(thread_current()));
}

/* Eight bytes at a time: this is asked for every file that is not there. */
static uint32_t hash_of(const char *s)
{
    size_t len = strlen(s);
    uint64_t h = len;

    for (; len >= sizeof(h); s += sizeof(h), len -= sizeof(h))
        h = (h ^ *(const uint64_t *)s) * 0x9e3779b97f4a7c15ull;
    for (; len > 0; s++, len--)
        h = (h ^ (uint8_t)*s) * 0x9e3779b97f4a7c15ull;
    return (uint32_t)(h >> 32);
}

static void absent_add(const char *path, uint32_t hash)
{
    size_t len = strlen(path);
    const char *from = len < PATH_KEPT ? path : path + len - PATH_KEPT;
    struct absent *a = &absent[absent_count];

    if (absent_count < ABSENT_MAX)
        a->path = kstrndup(from, PATH_KEPT);
    if (absent_count == ABSENT_MAX || !a->path) {
        absent_more++;
        return;
    }
    a->hash = hash;
    a->count = 1;
    a->order = absent_order++;
    absent_count++;
}

void doctor_absent(const char *path)
{
    uint32_t hash = hash_of(path);
    unsigned long irq = spin_lock(&lock);
    struct absent *a = absent;

    /* A hash that two paths share merges them, which costs one line. */
    while (a < absent + absent_count && a->hash != hash)
        a++;
    if (a == absent + absent_count) {
        absent_add(path, hash);
    } else {
        a->count++;
        a->order = absent_order++;
    }
    spin_unlock(&lock, irq);
}

void doctor_no_memory(const char *call, uint64_t bytes)
{
    unsigned long irq = spin_lock(&lock);
    struct nomem *e = nomem;

    while (e < nomem + nomem_count && strcmp(e->call, call) != 0)
        e++;
    if (e < nomem + NOMEM_MAX) {
        if (e == nomem + nomem_count) {
            nomem_count++;
            e->call = call;
        }
        e->count++;
        e->bytes = MAX(e->bytes, bytes);
    }
    spin_unlock(&lock, irq);
}

void doctor_out_of_memory(uintptr_t addr, uintptr_t rip)
{
    if (oom.happened)
        return;
    oom.addr = addr;
    oom.rip = rip;
    page_get_stats(&oom.stats);
    oom.happened = true;
}

/* --- reporting --- */

/* A line under way; what does not fit is cut. */
struct line {
    size_t len;
    char text[LINE_SIZE];
};

static void line_add(struct line *l, const char *fmt, ...) printf_like(2, 3);

static void line_add(struct line *l, const char *fmt, ...)
{
    size_t room = sizeof(l->text) - l->len;
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(l->text + l->len, room, fmt, args);
    va_end(args);
    if (n > 0)
        l->len += MIN((size_t)n, room - 1);
}

static void line_add_text(struct line *l, const char *text)
{
    /* A %XX that does not fit must not be cut in two. */
    for (; *text && l->len + 5 < sizeof(l->text); text++) {
        uint8_t c = (uint8_t)*text;

        if (c <= ' ' || c >= 0x7f || c == '%')
            line_add(l, "%%%02x", c);
        else
            l->text[l->len++] = (char)c;
    }
    l->text[l->len] = '\0';
}

static void line_end(struct line *l)
{
    if (doctor_host) {
        l->len = MIN(l->len, sizeof(l->text) - 1);
        l->text[l->len++] = '\n';
        doctor_host(l->text, l->len);
    } else {
        log_info("%s", l->text);
    }
    l->len = 0;
}

static void report_caller(struct line *l, const struct sample *s)
{
    const struct regs *r;

    if (!s)
        return;
    r = &s->regs;
    line_add(l, "doctor regs %lx %lx %lx %lx %lx %lx %lx %lx", r->r15, r->r14,
             r->r13, r->r12, r->rbp, r->rbx, r->rip, r->rsp);
    line_end(l);
    for (size_t at = 0; doctor_host && at < s->stack_len; at += STACK_LINE) {
        size_t end = MIN(s->stack_len, at + STACK_LINE);

        line_add(l, "doctor stack %lx ", r->rsp + at);
        for (size_t i = at; i < end; i++)
            line_add(l, "%02x", s->stack[i]);
        line_end(l);
    }
}

static void report_missing(struct line *l, const struct missing *m)
{
    const struct regs none = {0}, *r = m->sample ? &m->sample->regs : &none;

    line_add(l, "doctor missing %lu %u %d %lx %lx %lx %lx %lx %lx", m->nr,
             m->count, m->tid, r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9);
    line_end(l);
    report_caller(l, m->sample);
}

static void report_more(struct line *l, const char *what, uint32_t count)
{
    if (!count)
        return;
    line_add(l, "doctor more %s %u", what, count);
    line_end(l);
}

static void report_tables(struct line *l)
{
    for (unsigned i = 0; i < missing_count; i++)
        report_missing(l, &missing[i]);
    for (unsigned i = 0; i < refused_count; i++) {
        line_add(l, "doctor refused %u %s ", refused[i].count, refused[i].call);
        line_add_text(l, refused[i].detail);
        line_end(l);
        report_caller(l, refused[i].sample);
    }
    for (unsigned i = 0; i < absent_count; i++) {
        line_add(l, "doctor absent %u %u ", absent[i].count, absent[i].order);
        line_add_text(l, absent[i].path);
        line_end(l);
    }
    for (unsigned i = 0; i < nomem_count; i++) {
        line_add(l, "doctor nomem %u %lu %s", nomem[i].count, nomem[i].bytes,
                 nomem[i].call);
        line_end(l);
    }
    if (oom.happened) {
        line_add(l, "doctor oom %lx %lx %zu %zu", oom.addr, oom.rip,
                 oom.stats.free * 4, oom.stats.total * 4);
        line_end(l);
    }
    report_more(l, "missing", missing_more);
    report_more(l, "refused", refused_more);
    report_more(l, "absent", absent_more);
}

static void report_maps(struct line *l, struct vm_space *s)
{
    char name[PATH_KEPT];
    struct vm_area *a;
    unsigned n = 0;

    mutex_lock(&s->lock);
    for (a = vm_area_find(s, 0); a && n < MAPS_MAX;
         a = vm_area_find(s, a->end)) {
        if (!(a->flags & VM_EXEC) || !a->object)
            continue;
        vm_area_name(a, name, sizeof(name));
        line_add(l, "doctor map %lx %lx %lx ", a->start, a->end, a->offset);
        line_add_text(l, name);
        line_end(l);
        n++;
    }
    mutex_unlock(&s->lock);
}

void doctor_report(const struct process *p)
{
    struct line *l;

    if (!doctor_always && p->exit_kind == SHUTDOWN_EXITED && p->exit_code == 0)
        return;
    l = kzalloc(sizeof(*l));
    if (!l)
        return;
    report_tables(l);
    if (missing_count || refused_count || absent_count || oom.happened)
        report_maps(l, p->space);
    line_add(l, "doctor end");
    line_end(l);
    kfree(l);
}
