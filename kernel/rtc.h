// SPDX-License-Identifier: MIT
/*
 * rtc: the battery-backed clock of the PC (MC146818 and its descendants).
 */
#pragma once

#include "lib/base.h"

/* What the registers hold, as they hold it. */
struct rtc_registers {
    uint8_t second, minute, hour, day, month, year, century;
    uint8_t status_b; /* number format */
};

/* Seconds since 1970-01-01 00:00 UTC, or 0 when there is no such clock. Reads
 * the clock as UTC. Context: boot; waits for nothing. */
uint64_t rtc_read_seconds(void);

/* The same for given registers; 0 when they hold no date. Pure. */
uint64_t rtc_to_seconds(const struct rtc_registers *r);
