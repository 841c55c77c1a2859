// SPDX-License-Identifier: MIT
#include "tools/elfin/postmortem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/elfin/core_file.h"
#include "tools/elfin/core_report.h"
#include "tools/elfin/doctor.h"
#include "tools/elfin/outcome.h"

static void add_map(struct backtrace *b, const struct image *image,
                    uint64_t start, uint64_t end, uint64_t offset,
                    const char *path)
{
    char *host = image_host_file(image, path);

    backtrace_add(b, start, end, offset, path, host);
    free(host);
}

static bool has_failed(const struct relay *r)
{
    const struct verdict *v = &r->verdict;

    return v->kind == VERDICT_SIGNAL || (v->kind == VERDICT_EXIT && v->code);
}

static void print_core(const struct postmortem *p, struct strbuf *out)
{
    struct core_file core;
    struct backtrace *b;

    if (core_file_open(&core, p->core) == 0) {
        b = backtrace_create();
        for (size_t i = 0; b && i < core.map_count; i++)
            add_map(b, p->image, core.maps[i].start, core.maps[i].end,
                    core.maps[i].offset, core.maps[i].path);
        core_report(&core, b, out);
        backtrace_destroy(b);
        if (p->core_option)
            strbuf_printf(out, "  core: %s\n", p->core_option);
    }
    core_file_close(&core);
}

static void print_doctor(const struct postmortem *p, struct strbuf *out)
{
    const struct doctor *d = &p->relay->doctor;
    struct backtrace *b = NULL;

    if (d->map_count)
        b = backtrace_create();
    for (size_t i = 0; b && i < d->map_count; i++)
        add_map(b, p->image, d->maps[i].start, d->maps[i].end,
                d->maps[i].offset, d->maps[i].path);
    doctor_report(d, b, p->doctor, out);
    backtrace_destroy(b);
}

void postmortem_print(const struct postmortem *p)
{
    struct strbuf out = {0};

    if (outcome_was_wanted(p->relay))
        return;
    if (p->core && p->relay->verdict.kind == VERDICT_SIGNAL)
        print_core(p, &out);
    if (p->doctor || has_failed(p->relay))
        print_doctor(p, &out);
    if (out.len)
        fwrite(out.data, 1, out.len, stderr);
    strbuf_fini(&out);
}
