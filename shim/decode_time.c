// SPDX-License-Identifier: MIT
/* decode_time: times, and what the system tells of itself. */
#include "shim/decode_priv.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "abi/stat.h"
#include "abi/sysinfo.h"
#include "abi/utsname.h"

void decode_timespec(struct decode *d, const struct abi_timespec *ts)
{
    text_add(d->text, "{tv_sec=%ld, tv_nsec=%ld}", (long)ts->tv_sec,
             (long)ts->tv_nsec);
}

static void print_timeval(struct decode *d, const struct abi_timeval *tv)
{
    text_add(d->text, "{tv_sec=%ld, tv_usec=%ld}", (long)tv->tv_sec,
             (long)tv->tv_usec);
}

void decode_arg_timespec(struct decode *d, unsigned i)
{
    struct abi_timespec ts;

    if (decode_fetch(d, d->args[i], &ts, sizeof(ts)))
        decode_timespec(d, &ts);
}

void decode_arg_timeval(struct decode *d, unsigned i)
{
    struct abi_timeval tv;

    if (decode_fetch(d, d->args[i], &tv, sizeof(tv)))
        print_timeval(d, &tv);
}

/* Written only by a sleep that a signal ended. */
void decode_arg_remain(struct decode *d, unsigned i)
{
    if (d->result == -EINTR || d->result == -ERESTARTNOHAND ||
        d->result == -ERESTART_RESTARTBLOCK)
        decode_arg_timespec(d, i);
    else
        decode_addr(d, d->args[i]);
}

static void print_file_time(struct decode *d, const struct abi_timespec *ts)
{
    if (ts->tv_nsec == UTIME_NOW || ts->tv_nsec == UTIME_OMIT)
        text_add(d->text,
                 ts->tv_nsec == UTIME_NOW ? "UTIME_NOW" : "UTIME_OMIT");
    else
        decode_timespec(d, ts);
}

void decode_arg_timespec_pair(struct decode *d, unsigned i)
{
    struct abi_timespec ts[2];

    if (!decode_fetch(d, d->args[i], ts, sizeof(ts)))
        return;
    text_addc(d->text, '[');
    print_file_time(d, &ts[0]);
    text_add(d->text, ", ");
    print_file_time(d, &ts[1]);
    text_addc(d->text, ']');
}

void decode_arg_timeval_pair(struct decode *d, unsigned i)
{
    struct abi_timeval tv[2];

    if (!decode_fetch(d, d->args[i], tv, sizeof(tv)))
        return;
    text_addc(d->text, '[');
    print_timeval(d, &tv[0]);
    text_add(d->text, ", ");
    print_timeval(d, &tv[1]);
    text_addc(d->text, ']');
}

void decode_arg_itimerspec(struct decode *d, unsigned i)
{
    struct abi_itimerspec it;

    if (!decode_fetch(d, d->args[i], &it, sizeof(it)))
        return;
    text_add(d->text, "{it_interval=");
    decode_timespec(d, &it.it_interval);
    text_add(d->text, ", it_value=");
    decode_timespec(d, &it.it_value);
    text_addc(d->text, '}');
}

void decode_arg_itimerval(struct decode *d, unsigned i)
{
    struct abi_itimerval it;

    if (!decode_fetch(d, d->args[i], &it, sizeof(it)))
        return;
    text_add(d->text, "{it_interval=");
    print_timeval(d, &it.it_interval);
    text_add(d->text, ", it_value=");
    print_timeval(d, &it.it_value);
    text_addc(d->text, '}');
}

void decode_arg_timezone(struct decode *d, unsigned i)
{
    struct abi_timezone tz;

    if (decode_fetch(d, d->args[i], &tz, sizeof(tz)))
        text_add(d->text, "{tz_minuteswest=%d, tz_dsttime=%d}",
                 tz.tz_minuteswest, tz.tz_dsttime);
}

void decode_arg_tms(struct decode *d, unsigned i)
{
    struct abi_tms t;

    if (decode_fetch(d, d->args[i], &t, sizeof(t)))
        text_add(d->text,
                 "{tms_utime=%ld, tms_stime=%ld, tms_cutime=%ld, "
                 "tms_cstime=%ld}",
                 (long)t.tms_utime, (long)t.tms_stime, (long)t.tms_cutime,
                 (long)t.tms_cstime);
}

/* --- limits and the system --- */

static void print_limit(struct text *t, uint64_t limit)
{
    if (limit == RLIM64_INFINITY)
        text_add(t, "RLIM64_INFINITY");
    else if (limit > 1024 && limit % 1024 == 0)
        text_add(t, "%lu*1024", (unsigned long)limit / 1024);
    else
        text_add(t, "%lu", (unsigned long)limit);
}

void decode_arg_rlimit(struct decode *d, unsigned i)
{
    struct abi_rlimit limit;

    if (!decode_fetch(d, d->args[i], &limit, sizeof(limit)))
        return;
    text_add(d->text, "{rlim_cur=");
    print_limit(d->text, limit.rlim_cur);
    text_add(d->text, ", rlim_max=");
    print_limit(d->text, limit.rlim_max);
    text_addc(d->text, '}');
}

void decode_arg_rusage(struct decode *d, unsigned i)
{
    struct abi_rusage usage;

    if (!decode_fetch(d, d->args[i], &usage, sizeof(usage)))
        return;
    text_add(d->text, "{ru_utime=");
    print_timeval(d, &usage.ru_utime);
    text_add(d->text, ", ru_stime=");
    print_timeval(d, &usage.ru_stime);
    text_add(d->text, ", ...}");
}

void decode_arg_utsname(struct decode *d, unsigned i)
{
    struct abi_utsname u;

    if (!decode_fetch(d, d->args[i], &u, sizeof(u)))
        return;
    u.sysname[sizeof(u.sysname) - 1] = '\0';
    u.nodename[sizeof(u.nodename) - 1] = '\0';
    text_add(d->text, "{sysname=\"%s\", nodename=\"%s\", ...}", u.sysname,
             u.nodename);
}

void decode_arg_sysinfo(struct decode *d, unsigned i)
{
    struct abi_sysinfo s;

    if (!decode_fetch(d, d->args[i], &s, sizeof(s)))
        return;
    text_add(d->text, "{uptime=%ld, loads=[%lu, %lu, %lu], totalram=%lu",
             (long)s.uptime, (unsigned long)s.loads[0],
             (unsigned long)s.loads[1], (unsigned long)s.loads[2],
             (unsigned long)s.totalram);
    text_add(d->text, ", freeram=%lu, sharedram=%lu, bufferram=%lu",
             (unsigned long)s.freeram, (unsigned long)s.sharedram,
             (unsigned long)s.bufferram);
    text_add(d->text, ", totalswap=%lu, freeswap=%lu, procs=%u, totalhigh=%lu",
             (unsigned long)s.totalswap, (unsigned long)s.freeswap, s.procs,
             (unsigned long)s.totalhigh);
    text_add(d->text, ", freehigh=%lu, mem_unit=%u}", (unsigned long)s.freehigh,
             s.mem_unit);
}
