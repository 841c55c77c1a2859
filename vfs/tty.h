// SPDX-License-Identifier: MIT
/*
 * tty: a terminal's line discipline (termios(3)): what is typed is edited into
 * lines, echoed and turned into signals; what is written is made fit for a
 * screen. Where the keyboard and the screen are is its owner's (vfs/pty.c).
 *
 * Locking: tty->lock, a spinlock, covers the state; read_lock keeps whole
 * reads together. all_lock in tty.c covers who controls whom.
 */
#pragma once

#include "abi/ioctl.h"
#include "kernel/lock.h"
#include "kernel/wait.h"
#include "lib/base.h"
#include "lib/list.h"

#define TTY_INPUT_SIZE 4096 /* a power of two */

struct file;
struct pid;
struct poll_table;
struct process;
struct tty;
struct uio;

struct tty_ops {
    /* Called with tty->lock held: */
    size_t (*room)(struct tty *t); /* bytes that put would take */
    void (*put)(struct tty *t, const uint8_t *data, size_t len);
    /* What pty(7)'s packet mode tells: TIOCPKT_*. May be NULL. */
    void (*event)(struct tty *t, unsigned events);
    /* Called without it, in any context: something was put, or was read, so
     * that there is room for more. May be NULL. */
    void (*progress)(struct tty *t);
};

struct tty {
    const struct tty_ops *ops;
    struct list_node node;            /* in the list of all */
    struct pid *session, *foreground; /* references; NULL: none */
    struct mutex read_lock;
    struct spinlock lock;
    struct abi_termios termios;
    struct abi_winsize size;
    /* Typed: bytes from tail to canon are complete lines, from canon to head
     * the one that is edited. Free-running. */
    uint16_t input[TTY_INPUT_SIZE]; /* a byte with TTY_LINE_END, TTY_EOF */
    uint32_t head, canon, tail;
    unsigned column; /* of the cursor, for tabs and NL */
    bool quoted;     /* VLNEXT came */
    bool stopped;    /* VSTOP came */
    bool hung_up;
    bool ended;     /* nothing more will be typed */
    bool exclusive; /* TIOCEXCL */
    struct wait_queue readable, writable;
};

void tty_init(struct tty *t, const struct tty_ops *ops);
void tty_fini(struct tty *t);

/* Bytes were typed: as many as there was room for. Sends signals: no spinlock
 * may be held. Any context. */
size_t tty_input(struct tty *t, const uint8_t *data, size_t len);
/* Nobody is at the terminal any more. */
void tty_hang_up(struct tty *t);
/* Nothing more will be typed (true): reads come to an end of file. */
void tty_input_ended(struct tty *t, bool ended);
/* The screen has room again. */
void tty_output_ready(struct tty *t);
/* Another size of the window: tells the foreground. */
void tty_resize(struct tty *t, const struct abi_winsize *size);

/* The program's side. flags: of the file. */
ssize_t tty_read(struct tty *t, struct uio *u, uint32_t flags);
ssize_t tty_write(struct tty *t, struct uio *u, uint32_t flags);
unsigned tty_poll(struct tty *t, struct poll_table *table);
long tty_ioctl(struct tty *t, unsigned cmd, uintptr_t arg);
/* May the caller open it? -EBUSY: TIOCEXCL forbids it, and the caller is
 * nobody who may all the same. */
int tty_may_open(const struct tty *t);
/* open(2) without O_NOCTTY: may become the caller's controlling terminal. */
void tty_opened(struct tty *t);
/* Makes t the controlling terminal of p, which leads a session without one;
 * p's group is in the foreground. */
void tty_give(struct tty *t, struct process *p);
/* The caller's controlling terminal, or NULL; borrowed. */
struct tty *tty_controlling(void);
/* The caller, a process that ends, takes its terminal away from its session if
 * it leads one: the foreground gets SIGHUP. */
void tty_process_ended(struct process *p);
