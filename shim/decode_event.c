// SPDX-License-Identifier: MIT
/* decode_event: waiting for descriptors. */
#include "shim/decode_priv.h"

#include "abi/event.h"
#include "abi/poll.h"

#define BITS_PER_LONG 64

/* --- epoll --- */

static void print_epoll_event(struct decode *d, const struct abi_epoll_event *e)
{
    text_add(d->text, "{events=");
    flags_print(d->text, &flags_epoll, e->events);
    text_add(d->text, ", data={u32=%u, u64=%lu}}", e->data[0],
             (unsigned long)e->data[1] << 32 | e->data[0]);
}

void decode_arg_epoll_event(struct decode *d, unsigned i)
{
    struct abi_epoll_event e;

    if ((int)d->args[1] == EPOLL_CTL_DEL)
        decode_addr(d, d->args[i]);
    else if (decode_fetch(d, d->args[i], &e, sizeof(e)))
        print_epoll_event(d, &e);
}

void decode_arg_epoll_events(struct decode *d, unsigned i)
{
    uint64_t addr = d->args[i];
    struct abi_epoll_event e;

    text_addc(d->text, '[');
    for (long n = 0; n < d->result; n++, addr += sizeof(e)) {
        text_add(d->text, n ? ", " : "");
        if (n == DECODE_ITEMS_MAX) {
            text_add(d->text, "...");
            break;
        }
        if (!decode_fetch(d, addr, &e, sizeof(e)))
            break;
        print_epoll_event(d, &e);
    }
    text_addc(d->text, ']');
}

/* --- poll and select --- */

/* Entries with revents alone when those are asked for. */
static void print_pollfds(struct decode *d, uint64_t addr, uint64_t count,
                          bool returned)
{
    struct abi_pollfd p;
    unsigned shown = 0;

    text_addc(d->text, '[');
    for (uint64_t n = 0; n < count; n++, addr += sizeof(p)) {
        if (copy_from_user(&p, (const void user *)addr, sizeof(p)) < 0) {
            text_add(d->text, "%s... /* 0x%lx */", shown ? ", " : "",
                     (long)addr);
            break;
        }
        if (returned && !p.revents)
            continue;
        text_add(d->text, shown ? ", " : "");
        if (shown++ == DECODE_ITEMS_MAX) {
            text_add(d->text, "...");
            break;
        }
        if (!returned && p.fd < 0) {
            text_add(d->text, "{fd=%d}", p.fd);
            continue;
        }
        text_add(d->text,
                 returned ? "{fd=%d, revents=" : "{fd=%d, events=", p.fd);
        flags_print(d->text, &flags_poll,
                    (uint16_t)(returned ? p.revents : p.events));
        text_addc(d->text, '}');
    }
    text_addc(d->text, ']');
}

void decode_arg_pollfd(struct decode *d, unsigned i)
{
    if (!d->args[i])
        decode_addr(d, 0);
    else
        print_pollfds(d, d->args[i], (uint32_t)d->args[i + 1], false);
}

/* What Linux leaves in the timeout of ppoll, select and pselect6. */
static void print_time_left(struct decode *d, unsigned i)
{
    bool pair = d->info->args[i].kind == SYSCALL_TIMESPEC ||
                d->info->args[i].kind == SYSCALL_TIMEVAL;

    if (!pair || !d->args[i])
        return;
    text_add(d->text, ", left ");
    if (d->info->args[i].kind == SYSCALL_TIMESPEC)
        decode_arg_timespec(d, i);
    else
        decode_arg_timeval(d, i);
}

void decode_result_poll(struct decode *d)
{
    text_add(d->text, "%ld", d->result);
    if (d->result == 0) {
        text_add(d->text, " (Timeout)");
        return;
    }
    text_add(d->text, " (");
    print_pollfds(d, d->args[0], (uint32_t)d->args[1], true);
    print_time_left(d, 2);
    text_addc(d->text, ')');
}

/* The numbers of the bits that are set: "[0 2]". */
void decode_fd_set(struct decode *d, uint64_t addr, unsigned bits)
{
    bool first = true;

    text_addc(d->text, '[');
    for (unsigned base = 0; base < bits; base += BITS_PER_LONG) {
        uint64_t word;

        if (!decode_fetch(d, addr + base / 8, &word, sizeof(word)))
            break;
        for (unsigned b = 0; b < BITS_PER_LONG && base + b < bits; b++) {
            if (!(word & 1ul << b))
                continue;
            text_add(d->text, first ? "%u" : " %u", base + b);
            first = false;
        }
    }
    text_addc(d->text, ']');
}

void decode_arg_fd_set(struct decode *d, unsigned i)
{
    if (d->args[i])
        decode_fd_set(d, d->args[i], (unsigned)MIN(d->args[0], 65536u));
    else
        decode_addr(d, 0);
}

static bool has_members(uint64_t addr, unsigned bits)
{
    uint64_t word = 0;

    for (unsigned base = 0; base < bits && !word; base += BITS_PER_LONG)
        if (copy_from_user(&word, (const void user *)(addr + base / 8),
                           sizeof(word)) < 0)
            return false;
    return word;
}

void decode_result_select(struct decode *d)
{
    static const char *const names[] = {NULL, "in", "out", "except"};
    const char *comma = "";

    text_add(d->text, "%ld", d->result);
    if (d->result == 0) {
        text_add(d->text, " (Timeout)");
        return;
    }
    text_add(d->text, " (");
    for (unsigned i = 1; i <= 3; i++) {
        if (!d->args[i] ||
            !has_members(d->args[i], (unsigned)MIN(d->args[0], 65536u)))
            continue;
        text_add(d->text, "%s%s ", comma, names[i]);
        decode_arg_fd_set(d, i);
        comma = ", ";
    }
    print_time_left(d, 4);
    text_addc(d->text, ')');
}
