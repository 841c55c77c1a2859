// SPDX-License-Identifier: MIT
/*
 * adjtime: adjtimex(2) and clock_adjtime(2). What is kept here is only told
 * again; what moves clocks is kernel/clock_adjust.c.
 */
#include "abi/time.h"

#include "kernel/clock.h"
#include "kernel/clock_adjust.h"
#include "kernel/clock_id.h"
#include "kernel/cred.h"
#include "lib/string.h"
#include "syscalls/define.h"
#include "syscalls/set_time.h"

#define USEC_PER_SEC     1000000
#define TICK_USEC        (USEC_PER_SEC / ABI_USER_HZ)
#define FREQ_MAX         (500ll << 16) /* ppm, times 2^16 */
#define MAXERROR_USEC    16000000
#define CONSTANT_MAX     10
#define STATUS_READ_ONLY 0xff00
#define ADJ_ADJTIME      (ADJ_OFFSET_SINGLESHOT & ~ADJ_OFFSET)
#define ADJ_READ_ONLY    (ADJ_OFFSET_SS_READ & ~ADJ_OFFSET_SINGLESHOT)
#define OFFSET_MAX_NS    500000000

/* What the superuser said, as adjtimex(2) names it; a call that is interrupted
 * in the middle of another one leaves whole fields. */
static struct {
    int64_t freq, tick, maxerror, esterror, constant;
    int32_t status, tai;
} discipline = {
    .tick = TICK_USEC,
    .maxerror = MAXERROR_USEC,
    .esterror = MAXERROR_USEC,
    .constant = 2,
    .status = STA_UNSYNC,
};

/* Units of the offset and of the time's fraction. */
static int64_t unit_ns(void)
{
    return discipline.status & STA_NANO ? 1 : (int64_t)NSEC_PER_USEC;
}

static void describe(struct abi_timex *tx)
{
    uint64_t ns = clock_realtime_ns();

    tx->offset = clock_adjust_left() / unit_ns();
    tx->freq = discipline.freq;
    tx->maxerror = discipline.maxerror;
    tx->esterror = discipline.esterror;
    tx->status = discipline.status;
    tx->constant = discipline.constant;
    tx->precision = 1;
    tx->tolerance = FREQ_MAX;
    tx->time.tv_sec = (int64_t)(ns / NSEC_PER_SEC);
    tx->time.tv_usec = (int64_t)(ns % NSEC_PER_SEC) / unit_ns();
    tx->tick = discipline.tick;
    tx->tai = discipline.tai;
    /* The rest belongs to a pulse-per-second signal, which there is not. */
    tx->ppsfreq = tx->jitter = tx->stabil = 0;
    tx->jitcnt = tx->calcnt = tx->errcnt = tx->stbcnt = 0;
    tx->shift = 0;
}

/* Microseconds a tick and parts per million make one pace. */
static void apply_pace(void)
{
    int64_t ppb = discipline.freq * 1000 >> 16;

    ppb += (discipline.tick - TICK_USEC) * (int64_t)NSEC_PER_SEC / TICK_USEC;
    clock_adjust_pace(ppb);
}

/* ADJ_SETOFFSET: the wall clock jumps by tx->time. */
static long step(const struct abi_timex *tx)
{
    int64_t unit = tx->modes & ADJ_NANO ? 1 : (int64_t)NSEC_PER_USEC;
    int64_t sec = tx->time.tv_sec;

    if (tx->time.tv_usec < 0 ||
        tx->time.tv_usec >= (int64_t)NSEC_PER_SEC / unit ||
        sec > INT64_MAX / (int64_t)NSEC_PER_SEC - 1 ||
        sec < INT64_MIN / (int64_t)NSEC_PER_SEC + 1)
        return -EINVAL;
    return time_set_realtime(
        clock_realtime_ns() +
        (uint64_t)(sec * (int64_t)NSEC_PER_SEC + tx->time.tv_usec * unit));
}

static void set_fields(const struct abi_timex *tx)
{
    if (tx->modes & ADJ_STATUS)
        discipline.status = (discipline.status & STATUS_READ_ONLY) |
                            (tx->status & ~STATUS_READ_ONLY);
    if (tx->modes & ADJ_NANO)
        discipline.status |= STA_NANO;
    if (tx->modes & ADJ_MICRO)
        discipline.status &= ~STA_NANO;
    if (tx->modes & ADJ_MAXERROR)
        discipline.maxerror = tx->maxerror;
    if (tx->modes & ADJ_ESTERROR)
        discipline.esterror = tx->esterror;
    if (tx->modes & ADJ_TIMECONST)
        discipline.constant = MIN(MAX(tx->constant, 0), CONSTANT_MAX);
    if (tx->modes & ADJ_TAI && tx->constant >= 0 && tx->constant <= INT32_MAX) {
        discipline.tai = (int32_t)tx->constant;
        clock_set_tai_offset((uint64_t)tx->constant * NSEC_PER_SEC);
    }
    if (tx->modes & ADJ_FREQUENCY)
        discipline.freq = MIN(MAX(tx->freq, -FREQ_MAX), FREQ_MAX);
    if (tx->modes & ADJ_TICK)
        discipline.tick = tx->tick;
    if (tx->modes & (ADJ_FREQUENCY | ADJ_TICK))
        apply_pace();
    if (tx->modes & ADJ_OFFSET && discipline.status & STA_PLL) {
        int64_t max = OFFSET_MAX_NS / unit_ns();

        clock_adjust_slew(MIN(MAX(tx->offset, -max), max) * unit_ns());
    }
}

/* adjtime(3): ADJ_OFFSET_SINGLESHOT, with or without a change. */
static long single_shot(struct abi_timex *tx)
{
    int64_t left = clock_adjust_left() / (int64_t)NSEC_PER_USEC;

    if (!(tx->modes & ADJ_OFFSET))
        return -EINVAL;
    if (!(tx->modes & ADJ_READ_ONLY)) {
        if (tx->offset > INT32_MAX || tx->offset < INT32_MIN)
            return -EINVAL;
        clock_adjust_slew(tx->offset * (int64_t)NSEC_PER_USEC);
    }
    describe(tx);
    tx->offset = left;
    return 0;
}

static long adjust(struct abi_timex *tx)
{
    const bool single = tx->modes & ADJ_ADJTIME;
    const bool reads = !tx->modes || (single && tx->modes & ADJ_READ_ONLY);
    long err = 0;

    if (!reads && !capable(CAP_SYS_TIME))
        return -EPERM;
    if (single)
        return single_shot(tx);
    if (tx->modes & ADJ_TICK &&
        (tx->tick < TICK_USEC * 9 / 10 || tx->tick > TICK_USEC * 11 / 10))
        return -EINVAL;
    if (tx->modes & ADJ_SETOFFSET)
        err = step(tx);
    if (err)
        return err;
    set_fields(tx);
    describe(tx);
    return 0;
}

static long adjust_clock(int clock, struct abi_timex user *buf)
{
    struct clock_id c;
    struct abi_timex tx;
    long err;

    if (copy_from_user(&tx, buf, sizeof(tx)))
        return -EFAULT;
    if (clock_id_resolve(clock, &c))
        return -EINVAL;
    if (clock != CLOCK_REALTIME)
        return -EOPNOTSUPP;
    err = adjust(&tx);
    if (err)
        return err;
    if (copy_to_user(buf, &tx, sizeof(tx)))
        return -EFAULT;
    return discipline.status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}

/* adjtimex(2) */
SYSCALL_DEFINE1(adjtimex, struct abi_timex user *, buf)
{
    return adjust_clock(CLOCK_REALTIME, buf);
}
SYSCALL_PARTIAL(adjtimex, "an offset is worked off at 500 ppm, without a loop "
                          "filter; no leap seconds");

/* clock_adjtime(2) */
SYSCALL_DEFINE2(clock_adjtime, int, clock, struct abi_timex user *, buf)
{
    return adjust_clock(clock, buf);
}
SYSCALL_PARTIAL(clock_adjtime, "an offset is worked off at 500 ppm, without a "
                               "loop filter; no leap seconds");
