// SPDX-License-Identifier: MIT
/*
 * pit: channel 2 of the 8254 timer; see the header. Nobody else in the kernel
 * touches ports 0x42, 0x43 and 0x61.
 */
#include "kernel/pit.h"

#include "kernel/cpu.h"
#include "kernel/mmio.h"

enum {
    PIT_CHANNEL2 = 0x42,
    PIT_COMMAND = 0x43,
    PIT_GATE_PORT = 0x61,
};

enum {
    GATE_OPEN = 1,
    GATE_SPEAKER = 2,
    MODE_TERMINAL_COUNT = 0x30, /* mode 0: tells that it was 0, and counts on;
                                   low then high byte */
    CMD_PROGRAM = 2 << 6 | MODE_TERMINAL_COUNT, /* channel 2 */
    CMD_LATCH_COUNT = 2 << 6,
    CMD_READ_STATUS = 0xe8, /* read-back of channel 2: status, no count */
    STATUS_MODE = 0x3f,
    STATUS_OUTPUT = 0x80,
};

#define READS 4

static uint8_t read_status(void)
{
    port_write8(PIT_COMMAND, CMD_READ_STATUS);
    return port_read8(PIT_CHANNEL2);
}

bool pit_start(void)
{
    uint8_t gate = port_read8(PIT_GATE_PORT);

    port_write8(PIT_GATE_PORT, (gate & ~GATE_SPEAKER) | GATE_OPEN);
    port_write8(PIT_COMMAND, CMD_PROGRAM);
    port_write8(PIT_CHANNEL2, 0); /* 0 stands for 65536 */
    port_write8(PIT_CHANNEL2, 0);

    return (read_status() & STATUS_MODE) == MODE_TERMINAL_COUNT;
}

bool pit_turned(void)
{
    return read_status() & STATUS_OUTPUT;
}

void pit_read(struct pit_sample *s)
{
    uint64_t best = UINT64_MAX;

    for (int i = 0; i < READS; i++) {
        uint64_t before, after;
        uint16_t count;

        before = tsc_read();
        port_write8(PIT_COMMAND, CMD_LATCH_COUNT);
        after = tsc_read();
        count = port_read8(PIT_CHANNEL2);
        count |= (uint16_t)(port_read8(PIT_CHANNEL2) << 8);
        if (after - before < best) {
            best = after - before;
            s->tsc = before + best / 2;
            s->count = count;
        }
    }
}
