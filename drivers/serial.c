// SPDX-License-Identifier: MIT
/* serial: see the header. */
#include "drivers/serial.h"

#include "abi/errno.h"
#include "abi/stat.h"
#include "kernel/cpu.h"
#include "kernel/irq.h"
#include "kernel/lock.h"
#include "kernel/mmio.h"
#include "kernel/panic.h"
#include "lib/string.h"
#include "vfs/console.h"

#define LOG_TAG "serial"
#include "kernel/log.h"

enum {
    PORT = 0x3f8,
    GSI = 4,
    REG_DATA = 0, /* divisor low, while LCR_DIVISOR is set */
    REG_IER = 1,  /* divisor high, while LCR_DIVISOR is set */
    REG_FCR = 2,  /* written; read: IIR */
    REG_LCR = 3,
    REG_MCR = 4,
    REG_LSR = 5,
    REG_SCRATCH = 7,

    IER_RECEIVED = 1,
    /* Interrupts at 14 bytes, or when none has come for a moment. */
    FCR_ENABLE_AND_CLEAR = 0xc7,
    LCR_8N1 = 3,
    LCR_DIVISOR = 0x80,
    MCR_DTR_RTS_OUT2 = 0x0b, /* OUT2 lets interrupts through */
    MCR_LOOP = 0x10,
    LSR_DATA = 1,
    LSR_OUT_EMPTY = 0x20,
    DIVISOR_115200 = 1,

    FIFO_SIZE = 16,
    /* A chip that takes nothing for so many reads is given up for a call. */
    POLLS_MAX = 1000000,
    TTYS0 = 4 << 8 | 64, /* device number of /dev/ttyS0 */
};

static const char prefix[] = "elfin: ";

static struct {
    bool present;
    bool muted; /* log lines only in a panic */
    bool at_line_start;
    bool log_in_line; /* the log text so far did not end its line */
    bool held;        /* held_byte was received and waits for space */
    uint8_t held_byte;
    struct spinlock lock; /* covers the chip and all of the above */
    struct console_device console;
} serial = {.at_line_start = true};

static uint8_t reg_read(unsigned reg)
{
    return port_read8((uint16_t)(PORT + reg));
}

static void reg_write(unsigned reg, uint8_t v)
{
    port_write8((uint16_t)(PORT + reg), v);
}

/* The scratch register keeps a value; an absent chip reads as all ones. */
static bool chip_present(void)
{
    reg_write(REG_SCRATCH, 0x5a);
    if (reg_read(REG_SCRATCH) != 0x5a)
        return false;
    reg_write(REG_SCRATCH, 0xa5);
    return reg_read(REG_SCRATCH) == 0xa5;
}

static bool wait_room(void)
{
    for (unsigned i = 0; i < POLLS_MAX; i++) {
        if (reg_read(REG_LSR) & LSR_OUT_EMPTY)
            return true;
        cpu_pause();
    }
    return false;
}

static void put_locked(const char *at, size_t len)
{
    if (len)
        serial.at_line_start = at[len - 1] == '\n';
    while (len > 0) {
        size_t n = MIN(len, FIFO_SIZE);

        if (!wait_room())
            return;
        for (size_t i = 0; i < n; i++)
            reg_write(REG_DATA, (uint8_t)at[i]);
        at += n;
        len -= n;
    }
}

static unsigned long out_lock(void)
{
    return panic_in_progress() ? 0 : spin_lock(&serial.lock);
}

static void out_unlock(unsigned long irq_state)
{
    if (!panic_in_progress())
        spin_unlock(&serial.lock, irq_state);
}

void serial_write(const void *data, size_t len)
{
    unsigned long irq_state;

    if (!serial.present)
        return;
    irq_state = out_lock();
    serial.log_in_line = false;
    put_locked(data, len);
    out_unlock(irq_state);
}

/* Log text, prefixed line by line. */
static void log_write(struct log_sink *sink, const char *text, size_t len)
{
    unsigned long irq_state;
    const char *end;
    size_t n;

    (void)sink;
    if (serial.muted && !panic_in_progress())
        return;
    irq_state = out_lock();
    while (len > 0) {
        end = memchr(text, '\n', len);
        n = end ? (size_t)(end - text) + 1 : len;
        if (!serial.log_in_line) {
            if (!serial.at_line_start)
                put_locked("\n", 1);
            put_locked(prefix, sizeof(prefix) - 1);
        }
        put_locked(text, n);
        serial.log_in_line = !end;
        text += n;
        len -= n;
    }
    out_unlock(irq_state);
}

static struct log_sink sink = {.write = log_write};

/*
 * Turning the FIFO on throws away what came before: a byte that was typed
 * ahead is taken out first. Reading it lets an emulator send the next one at
 * once, which would then be lost, but not while the chip talks to itself; the
 * read at the end makes up for that.
 */
static void fifo_enable(void)
{
    reg_write(REG_MCR, MCR_LOOP);
    serial.held = reg_read(REG_LSR) & LSR_DATA;
    serial.held_byte = reg_read(REG_DATA);
    reg_write(REG_FCR, FCR_ENABLE_AND_CLEAR);
    reg_write(REG_MCR, MCR_DTR_RTS_OUT2);
    (void)reg_read(REG_DATA);
}

bool serial_init(void)
{
    if (!chip_present())
        return false;
    reg_write(REG_IER, 0);
    reg_write(REG_LCR, LCR_DIVISOR);
    reg_write(REG_DATA, DIVISOR_115200);
    reg_write(REG_IER, DIVISOR_115200 >> 8);
    reg_write(REG_LCR, LCR_8N1);
    fifo_enable();
    serial.present = true;
    log_add_sink(&sink);
    return true;
}

bool serial_present(void)
{
    return serial.present;
}

void serial_log_mute(bool muted)
{
    serial.muted = muted;
}

static ssize_t console_write(struct console_device *dev, const void *data,
                             size_t len, bool nonblock)
{
    (void)dev;
    (void)nonblock; /* the chip takes bytes as fast as the host does */
    serial_write(data, len);
    return (ssize_t)len;
}

/*
 * A byte that the console has no space for is held, and the chip's interrupt
 * is off until there is space again: the rest waits in the chip and then in
 * the host.
 */
static void receive(void)
{
    unsigned long irq_state = spin_lock(&serial.lock);

    for (;;) {
        if (!serial.held) {
            if (!(reg_read(REG_LSR) & LSR_DATA))
                break;
            serial.held_byte = reg_read(REG_DATA);
            serial.held = true;
        }
        if (console_input(&serial.console, &serial.held_byte, 1) == 0)
            break;
        serial.held = false;
    }
    reg_write(REG_IER, serial.held ? 0 : IER_RECEIVED);
    spin_unlock(&serial.lock, irq_state);
}

static void receive_interrupt(void *arg)
{
    (void)arg;
    receive();
}

static void console_resume(struct console_device *dev)
{
    (void)dev;
    receive();
}

static const struct console_device_ops console_ops = {
    .write = console_write,
    .input_resume = console_resume,
};

void serial_attach_console(unsigned streams)
{
    int err;

    if (!serial.present || !streams)
        return;
    console_device_init(&serial.console, &console_ops, S_IFCHR | 0620, TTYS0);
    for (unsigned s = 0; s < CONSOLE_STREAMS; s++) {
        if (streams & 1u << s)
            console_register((enum console_stream)s, &serial.console);
    }
    if (!(streams & 1u << CONSOLE_STDIN))
        return;
    err = irq_gsi_attach(GSI, false, receive_interrupt, NULL);
    if (err)
        log_warn("no interrupt %u (error %d): no input", GSI, err);
    else
        receive();
}
