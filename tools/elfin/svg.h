// SPDX-License-Identifier: MIT
/*
 * svg: draws a flame graph: nested boxes as wide as their share of the whole,
 * the root at the bottom. No scripts; what a box is shows when the pointer
 * rests on it. The same tree gives the same bytes.
 */
#pragma once

#include <stdio.h>

#include "lib/base.h"

enum svg_colour {
    SVG_ROOT,
    SVG_THREAD,
    SVG_PROGRAM,
    SVG_CALL, /* a shade of its own for each name */
    SVG_FAULT,
    SVG_INTERRUPT,
    SVG_WAITING,
    SVG_RUNNABLE,
    SVG_COLOURS
};

struct svg_frame {
    char *name; /* owned */
    enum svg_colour colour;
    uint64_t ns, count; /* time, its children's too; how often */
    struct svg_frame *children, *next;
};

/* The child of this name, a new one if need be. */
struct svg_frame *svg_child(struct svg_frame *parent, const char *name,
                            enum svg_colour colour);
/* Frees what root holds, not root itself. */
void svg_free(struct svg_frame *root);

/* Draws root, whose ns must be the sum of its children's or more, and so on
 * down. Sorts children: the longest first. title: any text. */
void svg_flame(struct svg_frame *root, const char *title, FILE *out);
