// SPDX-License-Identifier: MIT
/*
 * time: clocks and time values; clock_gettime(2), setitimer(2), times(2),
 * adjtimex(2).
 */
#pragma once

#include <stdint.h>

#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_REALTIME_ALARM     8
#define CLOCK_BOOTTIME_ALARM     9
#define CLOCK_TAI                11

#define TIMER_ABSTIME 1

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

/* Ticks a second of times(2) and of AT_CLKTCK. */
#define ABI_USER_HZ 100

struct abi_timespec {
    int64_t tv_sec;
    int64_t tv_nsec;
};

struct abi_timeval {
    int64_t tv_sec;
    int64_t tv_usec;
};

struct abi_timezone {
    int32_t tz_minuteswest;
    int32_t tz_dsttime;
};

struct abi_itimerspec {
    struct abi_timespec it_interval;
    struct abi_timespec it_value;
};

struct abi_itimerval {
    struct abi_timeval it_interval;
    struct abi_timeval it_value;
};

struct abi_tms {
    int64_t tms_utime, tms_stime, tms_cutime, tms_cstime;
};

/* Clock discipline; adjtimex(2). Bits of modes, */
#define ADJ_OFFSET            0x0001
#define ADJ_FREQUENCY         0x0002
#define ADJ_MAXERROR          0x0004
#define ADJ_ESTERROR          0x0008
#define ADJ_STATUS            0x0010
#define ADJ_TIMECONST         0x0020
#define ADJ_TAI               0x0080
#define ADJ_SETOFFSET         0x0100
#define ADJ_MICRO             0x1000
#define ADJ_NANO              0x2000
#define ADJ_TICK              0x4000
#define ADJ_OFFSET_SINGLESHOT 0x8001 /* alone: adjtime(3) */
#define ADJ_OFFSET_SS_READ    0xa001 /* alone: what is left of that */
/* of status, */
#define STA_PLL               0x0001
#define STA_UNSYNC            0x0040
#define STA_NANO              0x2000
/* and results. */
#define TIME_OK               0
#define TIME_ERROR            5

struct abi_timex {
    uint32_t modes; /* 0: only tell */
    uint32_t abi_pad1;
    int64_t offset, freq, maxerror, esterror;
    int32_t status;
    uint32_t abi_pad2;
    int64_t constant, precision, tolerance;
    struct abi_timeval time;
    int64_t tick, ppsfreq, jitter;
    int32_t shift;
    uint32_t abi_pad3;
    int64_t stabil, jitcnt, calcnt, errcnt, stbcnt;
    int32_t tai;
    uint32_t abi_pad4[11];
};

_Static_assert(sizeof(struct abi_timex) == 208, "Linux ABI");
_Static_assert(sizeof(struct abi_timespec) == 16, "Linux ABI");
_Static_assert(sizeof(struct abi_timeval) == 16, "Linux ABI");
_Static_assert(sizeof(struct abi_timezone) == 8, "Linux ABI");
_Static_assert(sizeof(struct abi_itimerspec) == 32, "Linux ABI");
_Static_assert(sizeof(struct abi_itimerval) == 32, "Linux ABI");
_Static_assert(sizeof(struct abi_tms) == 32, "Linux ABI");
