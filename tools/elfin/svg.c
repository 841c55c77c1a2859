// SPDX-License-Identifier: MIT
/*
 * svg: layout and drawing.
 *
 * Letters of a monospaced font are a known width, so that a label can be cut
 * to its box without a script that measures it.
 */
#include "tools/elfin/svg.h"

#include <stdlib.h>
#include <string.h>

#include "tools/elfin/util.h"

enum {
    WIDTH = 1000,
    MARGIN = 14,
    HEAD = 58, /* above the boxes: title and legend */
    FOOT = 12,
    ROW = 25, /* a box and the gap above it */
    BOX = 24,
    LETTER_X10 = 79, /* tenths of a pixel */
    MIN_LETTERS = 5, /* of a label that is cut */
};

/* Narrower boxes than this, in pixels, are left out. */
static const double min_width = 0.4;

static const struct {
    const char *fill, *legend;
} colours[SVG_COLOURS] = {
    [SVG_ROOT] = {"#e8e4da", NULL},
    [SVG_THREAD] = {"#d9cfb8", NULL},
    [SVG_PROGRAM] = {"#8cc084", "program"},
    [SVG_CALL] = {"#f2a65a", "system call"},
    [SVG_FAULT] = {"#e0605a", "page fault"},
    [SVG_INTERRUPT] = {"#a886c9", "interrupt"},
    [SVG_WAITING] = {"#9cc3e0", "waiting"},
    [SVG_RUNNABLE] = {"#c9ccd1", "runnable: another one had the CPU"},
};

struct svg_frame *svg_child(struct svg_frame *parent, const char *name,
                            enum svg_colour colour)
{
    struct svg_frame *f;

    for (f = parent->children; f; f = f->next)
        if (!strcmp(f->name, name))
            return f;
    f = xcalloc(1, sizeof(*f));
    f->name = xstrdup(name);
    f->colour = colour;
    f->next = parent->children;
    parent->children = f;
    return f;
}

void svg_free(struct svg_frame *root)
{
    while (root->children) {
        struct svg_frame *f = root->children;

        root->children = f->next;
        svg_free(f);
        free(f);
    }
    free(root->name);
    root->name = NULL;
}

static int by_time(const void *a, const void *b)
{
    const struct svg_frame *x = *(struct svg_frame *const *)a,
                           *y = *(struct svg_frame *const *)b;

    if (x->ns != y->ns)
        return x->ns > y->ns ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Sorts all levels; how many there are. */
static unsigned sort_frames(struct svg_frame *f)
{
    struct svg_frame **list, *c;
    unsigned depth = 0;
    size_t n = 0;

    for (c = f->children; c; c = c->next)
        n++;
    if (!n)
        return 1;
    list = xmalloc(n * sizeof(*list));
    n = 0;
    for (c = f->children; c; c = c->next)
        list[n++] = c;
    qsort(list, n, sizeof(*list), by_time);
    f->children = NULL;
    while (n > 0) {
        c = list[--n];
        c->next = f->children;
        f->children = c;
        depth = MAX(depth, sort_frames(c));
    }
    free(list);
    return depth + 1;
}

static void put_text(const char *s, size_t len, FILE *out)
{
    for (size_t i = 0; i < len && s[i]; i++) {
        switch (s[i]) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        default:
            /* XML forbids most control characters. */
            fputc((unsigned char)s[i] < ' ' ? '?' : s[i], out);
        }
    }
}

static void put_time(uint64_t ns, FILE *out)
{
    if (ns >= NSEC_PER_SEC)
        fprintf(out, "%.3f s", (double)ns / NSEC_PER_SEC);
    else if (ns >= NSEC_PER_MSEC)
        fprintf(out, "%.3f ms", (double)ns / NSEC_PER_MSEC);
    else
        fprintf(out, "%.1f us", (double)ns / NSEC_PER_USEC);
}

/* The fill of a box; calls differ a little from one another. */
static void put_fill(const struct svg_frame *f, FILE *out)
{
    unsigned hash = 2166136261u; /* FNV-1a */

    if (f->colour != SVG_CALL) {
        fputs(colours[f->colour].fill, out);
        return;
    }
    for (const char *p = f->name; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 16777619u;
    fprintf(out, "#%02x%02x%02x", 236 + hash % 18, 150 + (hash >> 8) % 48,
            70 + (hash >> 16) % 40);
}

static void draw_label(const struct svg_frame *f, double x, double y,
                       double width, FILE *out)
{
    size_t len = strlen(f->name);
    size_t room = width > 8 ? (size_t)((width - 8) * 10 / LETTER_X10) : 0;

    if (room < len && room < MIN_LETTERS)
        return;
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\">", x + 4, y + 16.0);
    if (len <= room) {
        put_text(f->name, len, out);
    } else {
        put_text(f->name, room - 1, out);
        fputs("\xe2\x80\xa6", out); /* an ellipsis */
    }
    fputs("</text>", out);
}

static void draw_frame(const struct svg_frame *f, const struct svg_frame *root,
                       double x, double y, double per_ns, FILE *out)
{
    double width = (double)f->ns * per_ns;

    if (width < min_width)
        return;
    fputs("<g><title>", out);
    put_text(f->name, strlen(f->name), out);
    fputs(": ", out);
    put_time(f->ns, out);
    fprintf(out, ", %.2f%%", 100.0 * (double)f->ns / (double)root->ns);
    if (f->count)
        fprintf(out, ", %llu time%s", (unsigned long long)f->count,
                f->count == 1 ? "" : "s");
    fprintf(out,
            "</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
            "height=\"%d\" rx=\"2\" fill=\"",
            x, y, MAX(width - 0.5, 0.3), BOX);
    put_fill(f, out);
    fputs("\"/>", out);
    draw_label(f, x, y, width, out);
    fputs("</g>\n", out);
    for (const struct svg_frame *c = f->children; c; c = c->next) {
        draw_frame(c, root, x, y - ROW, per_ns, out);
        x += (double)c->ns * per_ns;
    }
}

static void draw_head(const char *title, const struct svg_frame *root,
                      FILE *out)
{
    double x = MARGIN;

    fprintf(out, "<text class=\"t\" x=\"%d\" y=\"24\">", MARGIN);
    put_text(title, strlen(title), out);
    fputs("</text>\n", out);
    fprintf(out, "<text class=\"r\" x=\"%d\" y=\"24\">", WIDTH - MARGIN);
    put_time(root->ns, out);
    fputs("</text>\n", out);
    for (size_t i = 0; i < SVG_COLOURS; i++) {
        if (!colours[i].legend)
            continue;
        fprintf(out,
                "<rect x=\"%.1f\" y=\"36\" width=\"12\" height=\"12\" "
                "rx=\"2\" fill=\"%s\"/><text x=\"%.1f\" y=\"46\">%s</text>\n",
                x, colours[i].fill, x + 17, colours[i].legend);
        x += 42 + (double)strlen(colours[i].legend) * LETTER_X10 / 10;
    }
}

void svg_flame(struct svg_frame *root, const char *title, FILE *out)
{
    unsigned depth = sort_frames(root);
    int height = HEAD + (int)depth * ROW + FOOT;

    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" "
            "height=\"%d\" viewBox=\"0 0 %d %d\">\n"
            "<style>text{font:13px 'DejaVu Sans Mono',Menlo,Consolas,"
            "monospace;fill:#222}.t{font-size:16px;font-weight:bold}"
            ".r{text-anchor:end}g:hover rect{stroke:#222}</style>\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#fffdf8\"/>\n",
            WIDTH, height, WIDTH, height, WIDTH, height);
    draw_head(title, root, out);
    if (root->ns)
        draw_frame(root, root, MARGIN, height - FOOT - ROW,
                   (double)(WIDTH - 2 * MARGIN) / (double)root->ns, out);
    fputs("</svg>\n", out);
}
