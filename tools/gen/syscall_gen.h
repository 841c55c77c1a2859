// SPDX-License-Identifier: MIT
/*
 * syscall_gen: what the parts of gen_syscall_table share: the calls, read
 * from the list (syscall_list.c) and from the sources (syscall_source.c), and
 * written by syscall_table.c. Memory is never freed: the program ends soon.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "syscalls/table.h"

#define NR_MAX   1024 /* far above Linux's highest number */
#define ARGS_MAX 6

struct arg {
    char *type, *name;
    unsigned kind; /* enum syscall_kind; of the list, whoever gives the type */
    unsigned direction;
};

struct call {
    char *name; /* NULL: Linux has no call of this number */
    unsigned nargs;
    struct arg args[ARGS_MAX];
    unsigned result; /* enum syscall_kind */
    unsigned groups;
    char *partial; /* a C string literal, or NULL */
    const char *partial_file;
    int partial_line;
    const char *file; /* of the definition; NULL: not implemented */
    int line;
};

extern struct call calls[NR_MAX]; /* by number */
extern unsigned call_count;       /* the highest number, plus one */
extern const char *const kind_names[SYSCALL_KIND_COUNT];
extern const char *const group_names[SYSCALL_GROUP_COUNT];
extern unsigned error_count;

/* Says what is wrong, as a compiler would, and counts it. */
void complain(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A new string: a, then b[0..len). Takes a, which may be NULL. */
char *append(char *a, const char *b, size_t len);

/* All of a file, as a string; ends the program when it cannot be read. */
char *read_file(const char *path);

bool is_word_char(char c);

/* The call of that name, or NULL. */
struct call *call_find(const char *name, size_t len);

/* Reads abi/syscalls.tbl: numbers, names and arguments of Linux's calls. */
void parse_list(const char *path);

/* What a type alone says of an argument: an enum syscall_kind. */
unsigned kind_of_type(const char *type);

/* Adds a C file's SYSCALL_DEFINEs and SYSCALL_PARTIALs to the calls. */
void parse_source(const char *path);
