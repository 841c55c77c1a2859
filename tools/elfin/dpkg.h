// SPDX-License-Identifier: MIT
/*
 * dpkg: reads dpkg's list of packages, as dpkg-query would: a paragraph for
 * each, of fields `Name: value`; deb-control(5). Nothing is copied: texts are
 * pieces of the file, which the caller has mapped.
 */
#pragma once

#include "tools/elfin/util.h"

#define DPKG_STATUS "/var/lib/dpkg/status"

struct text {
    const char *at;
    size_t len;
};

bool text_is_one_of(struct text t, const struct strlist *list);

/* Takes the next paragraph off rest; false: there is none. */
bool dpkg_next(struct text *rest, struct text *paragraph);

/* The first word of a field (`"\nName: "`), or an empty text. */
struct text dpkg_field(struct text paragraph, const char *name);
struct text dpkg_name(struct text paragraph);
struct text dpkg_source(struct text paragraph);

bool dpkg_is_installed(struct text paragraph);
bool dpkg_is_development(struct text paragraph);

/* Without code for a machine, and nothing that each system has: what a program
 * reads, such as the parts of node that are in JavaScript. */
bool dpkg_is_data(struct text paragraph);

/* Adds to names those that the package depends on, all of alternatives:
 * `a (>= 1), b:any | c`. */
void dpkg_dependencies(struct text paragraph, struct strlist *names);
