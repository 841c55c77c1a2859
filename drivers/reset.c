// SPDX-License-Identifier: MIT
/* reset: see the header. */
#include "drivers/reset.h"

#include "kernel/mmio.h"
#include "kernel/shutdown.h"

enum {
    RESET_CONTROL = 0xcf9, /* of PCI chip sets: the kind, then the edge */
    RESET_KIND_HARD = 0x02,
    RESET_NOW = 0x04,
    KEYBOARD_COMMAND = 0x64,
    KEYBOARD_RESET = 0xfe,
    DELAY_PORT = 0x80, /* an access takes a microsecond or so */
    DELAY_READS = 10000,
};

/* Resets take effect a moment after they were asked for. */
static void wait_for_effect(void)
{
    for (unsigned i = 0; i < DELAY_READS; i++)
        port_read8(DELAY_PORT);
}

static void power_off(struct shutdown_ops *ops, int status)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } packed no_handlers = {0, 0};

    (void)ops;
    (void)status;
    port_write8(RESET_CONTROL, RESET_KIND_HARD);
    port_write8(RESET_CONTROL, RESET_KIND_HARD | RESET_NOW);
    wait_for_effect();
    port_write8(KEYBOARD_COMMAND, KEYBOARD_RESET);
    wait_for_effect();
    /* An exception that finds no handler, nor one for that: triple fault. */
    __asm__ volatile("lidt %0; int3" : : "m"(no_handlers));
}

void reset_register(void)
{
    static struct shutdown_ops ops = {.power_off = power_off};

    shutdown_register(&ops);
}
