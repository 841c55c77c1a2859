// SPDX-License-Identifier: MIT
/*
 * rtc: reads the wall clock from CMOS memory.
 *
 * Once a second the clock updates its registers, which then may be caught half
 * changed. They were not when the second is still the same afterwards.
 */
#include "kernel/rtc.h"

#include "kernel/mmio.h"

enum {
    CMOS_INDEX = 0x70,
    CMOS_DATA = 0x71,
};

enum {
    REG_SECOND = 0x00,
    REG_MINUTE = 0x02,
    REG_HOUR = 0x04,
    REG_DAY = 0x07,
    REG_MONTH = 0x08,
    REG_YEAR = 0x09,
    REG_STATUS_B = 0x0b,
    REG_CENTURY = 0x32, /* as every PC since the PS/2, and QEMU */
};

enum {
    STATUS_B_24H = 2,
    STATUS_B_BINARY = 4,
    HOUR_PM = 0x80,
};

#define READ_TRIES  5
#define DAY_SECONDS 86400u

static uint8_t cmos_read(uint8_t reg)
{
    port_write8(CMOS_INDEX, reg);
    return port_read8(CMOS_DATA);
}

static void read_registers(struct rtc_registers *r)
{
    r->second = cmos_read(REG_SECOND);
    r->minute = cmos_read(REG_MINUTE);
    r->hour = cmos_read(REG_HOUR);
    r->day = cmos_read(REG_DAY);
    r->month = cmos_read(REG_MONTH);
    r->year = cmos_read(REG_YEAR);
    r->century = cmos_read(REG_CENTURY);
    r->status_b = cmos_read(REG_STATUS_B);
}

static unsigned decode(const struct rtc_registers *r, uint8_t value)
{
    if (r->status_b & STATUS_B_BINARY)
        return value;
    return (value >> 4) * 10u + (value & 15);
}

static unsigned decode_hour(const struct rtc_registers *r)
{
    unsigned hour;

    if (r->status_b & STATUS_B_24H)
        return decode(r, r->hour);
    hour = decode(r, r->hour & ~HOUR_PM) % 12; /* 12 am is 0 */
    return r->hour & HOUR_PM ? hour + 12 : hour;
}

static unsigned decode_year(const struct rtc_registers *r)
{
    unsigned year = decode(r, r->year), century = decode(r, r->century);

    if (century < 19 || century > 29) /* no century register */
        century = year < 70 ? 20 : 19;
    return century * 100 + year;
}

/* Days from 1970-01-01, of the Gregorian calendar counted from March. */
static uint64_t days_since_epoch(unsigned year, unsigned month, unsigned day)
{
    unsigned y = month > 2 ? year : year - 1;
    unsigned m = month > 2 ? month - 3 : month + 9;
    uint64_t days = 365ull * y + y / 4 - y / 100 + y / 400;

    return days + (153 * m + 2) / 5 + day - 1 - 719468;
}

uint64_t rtc_to_seconds(const struct rtc_registers *r)
{
    unsigned year = decode_year(r), month = decode(r, r->month);
    unsigned day = decode(r, r->day), hour = decode_hour(r);
    unsigned minute = decode(r, r->minute), second = decode(r, r->second);

    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 ||
        hour > 23 || minute > 59 || second > 60)
        return 0;
    return days_since_epoch(year, month, day) * DAY_SECONDS + hour * 3600 +
           minute * 60 + second;
}

uint64_t rtc_read_seconds(void)
{
    struct rtc_registers r;

    for (int i = 0; i < READ_TRIES; i++) {
        read_registers(&r);
        if (cmos_read(REG_SECOND) == r.second)
            break;
    }
    return rtc_to_seconds(&r);
}
