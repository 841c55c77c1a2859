// SPDX-License-Identifier: MIT
/*
 * doctor: reads the facts.
 */
#include "tools/elfin/doctor.h"

#include <stdlib.h>
#include <string.h>

/* --- fields --- */

/* What is left of a line. */
struct fields {
    const char *at;
    bool bad;
};

static uint64_t take_number(struct fields *f, int base)
{
    char *end;
    uint64_t n;

    n = strtoull(f->at, &end, base);
    if (end == f->at || (*end && *end != ' ') || *f->at == '-')
        f->bad = true;
    f->at = *end ? end + 1 : end;
    return n;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* The next word with %XX decoded; what a terminal would obey becomes '?'. The
 * caller frees it. */
static char *take_text(struct fields *f)
{
    size_t len = strcspn(f->at, " ");
    char *text = xmalloc(len + 1), *to = text;

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)f->at[i];

        if (c == '%' && len - i > 2 && hex_digit(f->at[i + 1]) >= 0 &&
            hex_digit(f->at[i + 2]) >= 0) {
            c = (unsigned char)(hex_digit(f->at[i + 1]) << 4 |
                                hex_digit(f->at[i + 2]));
            i += 2;
        }
        *to++ = c < ' ' || c == 0x7f ? '?' : (char)c;
    }
    *to = '\0';
    f->at += len + (f->at[len] == ' ');
    if (!len)
        f->bad = true;
    return text;
}

/* Room for one more of a list; NULL when there are enough. */
static void *add(void *list_pointer, size_t *count, size_t size)
{
    char **list = list_pointer;
    char *item;

    if (*count == DOCTOR_MAX)
        return NULL;
    *list = xrealloc(*list, (*count + 1) * size);
    item = *list + (*count)++ * size;
    memset(item, 0, size);
    return item;
}

/* --- facts --- */

static void read_missing(struct doctor *d, struct fields *f)
{
    struct doctor_missing *m = add(&d->missing, &d->missing_count, sizeof(*m));

    d->last = m ? &m->caller : NULL;
    if (!m)
        return;
    m->number = take_number(f, 10);
    m->count = take_number(f, 10);
    m->tid = (int)take_number(f, 10);
    for (size_t i = 0; i < ARRAY_SIZE(m->args); i++)
        m->args[i] = take_number(f, 16);
}

static void read_regs(struct doctor *d, struct fields *f)
{
    struct backtrace_regs r = {0};

    r.r15 = take_number(f, 16);
    r.r14 = take_number(f, 16);
    r.r13 = take_number(f, 16);
    r.r12 = take_number(f, 16);
    r.rbp = take_number(f, 16);
    r.rbx = take_number(f, 16);
    r.rip = take_number(f, 16);
    r.rsp = take_number(f, 16);
    if (!d->last || f->bad)
        return;
    d->last->regs = r;
    d->last->known = true;
}

/* Lines come in the order of addresses, without gaps. */
static void read_stack(struct doctor *d, struct fields *f)
{
    uint64_t addr = take_number(f, 16);
    struct doctor_caller *c = d->last;

    if (!c || f->bad)
        return;
    if (!c->stack.len)
        c->stack_start = addr;
    if (addr != c->stack_start + c->stack.len)
        return;
    for (; hex_digit(f->at[0]) >= 0 && hex_digit(f->at[1]) >= 0 &&
           c->stack.len < DOCTOR_STACK_MAX;
         f->at += 2)
        strbuf_addc(&c->stack,
                    (char)(hex_digit(f->at[0]) << 4 | hex_digit(f->at[1])));
}

static void read_refused(struct doctor *d, struct fields *f)
{
    struct doctor_refused *r = add(&d->refused, &d->refused_count, sizeof(*r));

    d->last = r ? &r->caller : NULL;
    if (!r)
        return;
    r->count = take_number(f, 10);
    r->call = take_text(f);
    r->detail = take_text(f);
}

static void read_absent(struct doctor *d, struct fields *f)
{
    struct doctor_absent *a = add(&d->absent, &d->absent_count, sizeof(*a));

    if (!a)
        return;
    a->count = take_number(f, 10);
    a->order = take_number(f, 10);
    a->path = take_text(f);
}

static void read_nomem(struct doctor *d, struct fields *f)
{
    struct doctor_nomem *n = add(&d->nomem, &d->nomem_count, sizeof(*n));

    if (!n)
        return;
    n->count = take_number(f, 10);
    n->bytes = take_number(f, 10);
    n->call = take_text(f);
}

static void read_map(struct doctor *d, struct fields *f)
{
    struct doctor_map *m = add(&d->maps, &d->map_count, sizeof(*m));

    if (!m)
        return;
    m->start = take_number(f, 16);
    m->end = take_number(f, 16);
    m->offset = take_number(f, 16);
    m->path = take_text(f);
}

static void read_oom(struct doctor *d, struct fields *f)
{
    d->oom_addr = take_number(f, 16);
    d->oom_rip = take_number(f, 16);
    d->oom_free_kib = take_number(f, 10);
    d->oom_total_kib = take_number(f, 10);
    d->out_of_memory = !f->bad;
}

static void read_more(struct doctor *d, struct fields *f)
{
    char *what = take_text(f);
    uint64_t count = take_number(f, 10);

    if (!strcmp(what, "missing"))
        d->more_missing = count;
    else if (!strcmp(what, "refused"))
        d->more_refused = count;
    else if (!strcmp(what, "absent"))
        d->more_absent = count;
    free(what);
}

static void read_end(struct doctor *d, struct fields *f)
{
    (void)d;
    (void)f;
}

bool doctor_line(struct doctor *d, const char *line)
{
    static const struct {
        const char *word;
        void (*read)(struct doctor *d, struct fields *f);
    } kinds[] = {
        {"missing", read_missing}, {"regs", read_regs},
        {"stack", read_stack},     {"refused", read_refused},
        {"absent", read_absent},   {"nomem", read_nomem},
        {"oom", read_oom},         {"more", read_more},
        {"map", read_map},         {"end", read_end},
    };
    struct fields f = {line, false};
    char *word;

    if (strncmp(line, "doctor ", 7))
        return false;
    f.at += 7;
    word = take_text(&f);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (!strcmp(word, kinds[i].word))
            kinds[i].read(d, &f);
    free(word);
    return true;
}

void doctor_fini(struct doctor *d)
{
    for (size_t i = 0; i < d->missing_count; i++)
        strbuf_fini(&d->missing[i].caller.stack);
    for (size_t i = 0; i < d->refused_count; i++) {
        free(d->refused[i].call);
        free(d->refused[i].detail);
        strbuf_fini(&d->refused[i].caller.stack);
    }
    for (size_t i = 0; i < d->absent_count; i++)
        free(d->absent[i].path);
    for (size_t i = 0; i < d->nomem_count; i++)
        free(d->nomem[i].call);
    for (size_t i = 0; i < d->map_count; i++)
        free(d->maps[i].path);
    free(d->missing);
    free(d->refused);
    free(d->absent);
    free(d->nomem);
    free(d->maps);
    *d = (struct doctor){0};
}
