// SPDX-License-Identifier: MIT
/*
 * fd: descriptor tables: from small numbers to open files.
 *
 * A table grows as numbers are used, up to the limit that the caller gives
 * (RLIMIT_NOFILE); the lowest free number is always the one handed out. A
 * number is reserved first and filled later, so that a call which cannot get
 * one has done nothing yet.
 *
 * Locking: table->lock covers the fields. A table that only the calling
 * thread refers to is read without it: nobody else could change it.
 */
#pragma once

#include "kernel/lock.h"
#include "lib/base.h"
#include "vfs/file.h"

/* No number reaches this, whatever the limit (Linux: fs.nr_open). */
#define FD_TABLE_MAX 1048576

struct fd_table {
    uint32_t refs;
    struct spinlock lock;
    unsigned size;       /* of the arrays; a multiple of 64 */
    unsigned first_free; /* no number below it is free */
    struct file **files; /* references; NULL: free, or reserved only */
    uint64_t *used;      /* a bit for each number in use or reserved */
    uint64_t *cloexec;   /* a bit for each number to be closed by execve */
};

/* An empty table; NULL without memory. */
struct fd_table *fd_table_create(void);
void fd_table_get(struct fd_table *t);
void fd_table_put(struct fd_table *t); /* the last one closes all */
/* A new table with the same files (fork); NULL without memory. */
struct fd_table *fd_table_copy(struct fd_table *t);
/* Closes what has close-on-exec set, for execve. */
void fd_table_close_on_exec(struct fd_table *t);

struct file *fd_table_lookup_shared(struct fd_table *t, int fd);

/* The file behind fd with a reference for the caller, or NULL (-EBADF). */
static inline struct file *fd_table_lookup(struct fd_table *t, int fd)
{
    struct file *f;

    if (__atomic_load_n(&t->refs, __ATOMIC_RELAXED) != 1)
        return fd_table_lookup_shared(t, fd);
    if ((unsigned)fd >= t->size)
        return NULL;
    f = t->files[fd];
    if (f)
        file_get(f);
    return f;
}

/*
 * Reserves the lowest free number that is at least min and below limit.
 * -EMFILE, -ENOMEM.
 */
int fd_table_reserve(struct fd_table *t, unsigned min, uint64_t limit,
                     bool cloexec);
/* Fills a reserved number; takes the caller's reference. */
void fd_table_install(struct fd_table *t, int fd, struct file *f);
/* Gives a reserved number back. */
void fd_table_unreserve(struct fd_table *t, int fd);

/* The least number from *fd on that refers to a file; false: none. */
bool fd_table_next(struct fd_table *t, unsigned *fd);

/* Frees the number and drops its reference. -EBADF. */
int fd_table_close(struct fd_table *t, int fd);

/*
 * Makes fd refer to f, in place of what it referred to, which is closed.
 * Takes its own reference. fd, -EBADF above limit, -EBUSY when fd is reserved,
 * -ENOMEM.
 */
int fd_table_replace(struct fd_table *t, int fd, struct file *f, uint64_t limit,
                     bool cloexec);

/* Close-on-exec of a number: 0 or 1; -EBADF. */
int fd_table_cloexec(struct fd_table *t, int fd);
int fd_table_set_cloexec(struct fd_table *t, int fd, bool on);

/* The same for the calling thread's table and its RLIMIT_NOFILE. */
struct fd_table *fd_table_current(void);
struct file *fd_get(int fd);
int fd_reserve(bool cloexec);
void fd_install(int fd, struct file *f);
void fd_unreserve(int fd);
/* Reserves and installs; the number, or an error. Takes the caller's reference
 * on f in both cases. */
int fd_install_new(struct file *f, bool cloexec);
uint64_t fd_limit(void);
