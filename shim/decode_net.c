// SPDX-License-Identifier: MIT
/* decode_net: sockets, and waiting for descriptors. */
#include "shim/decode_priv.h"

#include "abi/event.h"
#include "abi/poll.h"
#include "abi/socket.h"
#include "lib/string.h"

#define BITS_PER_LONG 64

static unsigned swap16(uint16_t v)
{
    return (unsigned)(v >> 8 | (v & 0xff) << 8);
}

/* --- socket and its options --- */

void decode_arg_sock_type(struct decode *d, unsigned i)
{
    uint64_t type = (uint32_t)d->args[i];

    flags_print(d->text, &flags_sock_type, type & ABI_SOCK_TYPE_MASK);
    type &= ~(uint64_t)ABI_SOCK_TYPE_MASK;
    if (!type)
        return;
    text_addc(d->text, '|');
    flags_print(d->text, flags_of_kind(SYSCALL_SOCK_FLAGS), type);
}

void decode_arg_sock_protocol(struct decode *d, unsigned i)
{
    unsigned domain = (unsigned)d->args[i - 2];

    if (domain == AF_INET || domain == AF_INET6)
        flags_print(d->text, &flags_ip_protocol, (uint32_t)d->args[i]);
    else
        text_add(d->text, "%u", (unsigned)d->args[i]);
}

void decode_arg_sock_option(struct decode *d, unsigned i)
{
    const struct flag_set *names = NULL;

    switch ((int)d->args[i - 1]) {
    case SOL_SOCKET:
        names = &flags_so_option;
        break;
    case SOL_IP:
        names = &flags_ip_option;
        break;
    case SOL_IPV6:
        names = &flags_ipv6_option;
        break;
    case SOL_TCP:
        names = &flags_tcp_option;
        break;
    default:
        break;
    }
    if (names)
        flags_print(d->text, names, (uint32_t)d->args[i]);
    else
        text_add(d->text, "0x%x", (unsigned)d->args[i]);
}

void decode_arg_sock_value(struct decode *d, unsigned i)
{
    uint32_t len = (uint32_t)d->args[i + 1];
    bool socket_level = (int)d->args[1] == SOL_SOCKET;
    struct abi_linger linger;

    if (d->returned &&
        copy_from_user(&len, (const void user *)d->args[i + 1], sizeof(len)))
        len = 0;
    if (socket_level && d->args[2] == SO_LINGER && len == sizeof(linger)) {
        if (decode_fetch(d, d->args[i], &linger, sizeof(linger)))
            text_add(d->text, "{l_onoff=%d, l_linger=%d}", linger.l_onoff,
                     linger.l_linger);
    } else if (len == sizeof(int)) {
        decode_arg_int_ptr(d, i);
    } else {
        decode_bytes(d, d->args[i], len, false);
    }
}

/* --- addresses --- */

static void print_sockaddr_in(struct text *t, const struct abi_sockaddr_in *a)
{
    text_add(t, "sin_port=htons(%u), sin_addr=inet_addr(\"%u.%u.%u.%u\")",
             swap16(a->sin_port), a->sin_addr[0], a->sin_addr[1],
             a->sin_addr[2], a->sin_addr[3]);
}

/* RFC 5952: the longest run of at least two zero groups becomes "::". */
static void print_ipv6(struct text *t, const uint8_t *addr)
{
    unsigned best = 8, best_len = 1;

    for (unsigned g = 0; g < 8; g++) {
        unsigned n = 0;

        while (g + n < 8 && !addr[2 * (g + n)] && !addr[2 * (g + n) + 1])
            n++;
        if (n > best_len) {
            best = g;
            best_len = n;
        }
    }
    for (unsigned g = 0; g < 8; g++) {
        if (g == best) {
            text_add(t, "::");
            g += best_len - 1;
            continue;
        }
        text_add(t, g > 0 && g != best + best_len ? ":%x" : "%x",
                 addr[2 * g] << 8 | addr[2 * g + 1]);
    }
}

static void print_sockaddr_in6(struct text *t, const struct abi_sockaddr_in6 *a)
{
    uint32_t flow = swap16((uint16_t)a->sin6_flowinfo) << 16 |
                    swap16((uint16_t)(a->sin6_flowinfo >> 16));

    text_add(t,
             "sin6_port=htons(%u), sin6_flowinfo=htonl(%u), "
             "inet_pton(AF_INET6, \"",
             swap16(a->sin6_port), flow);
    print_ipv6(t, a->sin6_addr);
    text_add(t, "\", &sin6_addr), sin6_scope_id=%u", a->sin6_scope_id);
}

/* A name without NUL ends with the address; one that begins with NUL is an
 * abstract one, strace's @. */
static void print_sockaddr_un(struct text *t, const char *path, size_t len)
{
    bool abstract = len > 0 && !path[0];

    text_add(t, abstract ? "sun_path=@\"" : "sun_path=\"");
    if (abstract) {
        path++;
        len--;
    } else {
        len = strnlen(path, len);
    }
    text_escape(t, path, len, len);
    text_addc(t, '"');
}

static void print_sockaddr(struct decode *d, uint64_t addr, size_t len)
{
    union {
        uint16_t family;
        struct abi_sockaddr_in in;
        struct abi_sockaddr_in6 in6;
        struct abi_sockaddr_un un;
        struct abi_sockaddr_nl nl;
        uint8_t bytes[128];
    } a;
    size_t fixed = sizeof(a.family);

    if (len < sizeof(a.family)) {
        decode_addr(d, addr);
        return;
    }
    len = MIN(len, sizeof(a));
    memset(&a, 0, sizeof(a));
    if (!decode_fetch(d, addr, &a, len))
        return;
    text_add(d->text, "{sa_family=");
    flags_print(d->text, &flags_sock_domain, a.family);
    text_add(d->text, ", ");
    if (a.family == AF_INET && len >= sizeof(a.in))
        print_sockaddr_in(d->text, &a.in);
    else if (a.family == AF_INET6 && len >= sizeof(a.in6))
        print_sockaddr_in6(d->text, &a.in6);
    else if (a.family == AF_UNIX && len > fixed)
        print_sockaddr_un(d->text, a.un.sun_path,
                          MIN(len - fixed, sizeof(a.un.sun_path)));
    else if (a.family == AF_NETLINK && len >= sizeof(a.nl))
        text_add(d->text, "nl_pid=%u, nl_groups=%08x", a.nl.nl_pid,
                 a.nl.nl_groups);
    else {
        text_add(d->text, "sa_data=\"");
        text_escape(d->text, (char *)a.bytes + fixed, len - fixed, len - fixed);
        text_addc(d->text, '"');
    }
    text_addc(d->text, '}');
}

/* Its length is the next argument, or what that points to after the call. */
void decode_arg_sockaddr(struct decode *d, unsigned i)
{
    uint32_t len = (uint32_t)d->args[i + 1];

    if (d->returned) {
        if (copy_from_user(&len, (const void user *)d->args[i + 1],
                           sizeof(len)) < 0)
            len = 0;
        len = MIN(len, (uint32_t)d->saved[i + 1]);
    }
    print_sockaddr(d, d->args[i], len);
}

void decode_arg_socklen(struct decode *d, unsigned i)
{
    uint32_t before = (uint32_t)d->saved[i], now;

    if (!decode_fetch(d, d->args[i], &now, sizeof(now)))
        return;
    if (decode_failed(d->result) || now == before)
        text_add(d->text, "[%u]", before);
    else
        text_add(d->text, "[%u => %u]", before, now);
}

void decode_arg_msghdr(struct decode *d, unsigned i)
{
    struct abi_msghdr m;

    if (!decode_fetch(d, d->args[i], &m, sizeof(m)))
        return;
    text_add(d->text, "{msg_name=");
    print_sockaddr(d, m.msg_name, m.msg_name ? (uint32_t)m.msg_namelen : 0);
    text_add(d->text, ", msg_namelen=%d, msg_iov=", m.msg_namelen);
    decode_iovec(d, m.msg_iov, m.msg_iovlen, d->returned);
    text_add(d->text, ", msg_iovlen=%lu", (unsigned long)m.msg_iovlen);
    if (m.msg_controllen) {
        text_add(d->text, ", msg_control=");
        decode_addr(d, m.msg_control);
    }
    text_add(d->text, ", msg_controllen=%lu, msg_flags=",
             (unsigned long)m.msg_controllen);
    flags_print(d->text, &flags_msg, m.msg_flags);
    text_addc(d->text, '}');
}

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
