// SPDX-License-Identifier: MIT
/* decode_net: sockets, their addresses and messages; interfaces. */
#include "shim/decode_priv.h"

#include "abi/netdevice.h"
#include "abi/socket.h"
#include "lib/string.h"

static unsigned swap16(uint16_t v)
{
    return (unsigned)(v >> 8 | (v & 0xff) << 8);
}

/* --- socket --- */

void decode_arg_sock_type(struct decode *d, unsigned i)
{
    uint64_t type = (uint32_t)d->args[i];

    uint64_t kind = type & ABI_SOCK_TYPE_MASK;

    if (!flags_name(&flags_sock_type, kind)) {
        flags_print(d->text, &flags_sock_type, type);
        return;
    }
    flags_print(d->text, &flags_sock_type, kind);
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
    else if (domain == AF_NETLINK)
        flags_print(d->text, &flags_netlink, (uint32_t)d->args[i]);
    else
        text_add(d->text, "%u", (unsigned)d->args[i]);
}

/* --- addresses --- */

void decode_ipv4(struct text *t, const uint8_t *addr)
{
    text_add(t, "inet_addr(\"%u.%u.%u.%u\")", addr[0], addr[1], addr[2],
             addr[3]);
}

static void print_sockaddr_in(struct text *t, const struct abi_sockaddr_in *a)
{
    text_add(t, "sin_port=htons(%u), sin_addr=", swap16(a->sin_port));
    decode_ipv4(t, a->sin_addr);
}

/* RFC 5952: the longest run of at least two zero groups becomes "::". */
void decode_ipv6(struct text *t, const uint8_t *addr)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    unsigned best = 8, best_len = 1;

    if (memcmp(addr, mapped, sizeof(mapped)) == 0) {
        text_add(t, "::ffff:%u.%u.%u.%u", addr[12], addr[13], addr[14],
                 addr[15]);
        return;
    }
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
    decode_ipv6(t, a->sin6_addr);
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

/* --- messages --- */

/* A name's length that the call changes: "128 => 16". */
static void print_namelen(struct decode *d, int before, int now)
{
    text_add(d->text, ", msg_namelen=%d", before);
    if (before != now)
        text_add(d->text, " => %d", now);
}

/* bytes: how many of its data came or went. */
static void print_msghdr(struct decode *d, uint64_t addr, int namelen,
                         long bytes)
{
    struct abi_msghdr m;
    long result = d->result;

    if (!decode_fetch(d, addr, &m, sizeof(m)))
        return;
    text_add(d->text, "{msg_name=");
    print_sockaddr(d, m.msg_name, m.msg_name ? (uint32_t)m.msg_namelen : 0);
    print_namelen(d, d->returned ? namelen : m.msg_namelen, m.msg_namelen);
    text_add(d->text, ", msg_iov=");
    d->result = bytes;
    decode_iovec(d, m.msg_iov, m.msg_iovlen, d->returned);
    d->result = result;
    text_add(d->text, ", msg_iovlen=%lu", (unsigned long)m.msg_iovlen);
    if (m.msg_controllen) {
        text_add(d->text, ", msg_control=");
        decode_control(d, m.msg_control, m.msg_controllen);
    }
    text_add(d->text, ", msg_controllen=%lu, msg_flags=",
             (unsigned long)m.msg_controllen);
    flags_print(d->text, &flags_msg, m.msg_flags);
    text_addc(d->text, '}');
}

void decode_arg_msghdr(struct decode *d, unsigned i)
{
    print_msghdr(d, d->args[i], (int)d->saved[i], d->result);
}

/* Those that were sent or received; the next argument is their number. */
void decode_arg_mmsghdr(struct decode *d, unsigned i)
{
    uint64_t addr = d->args[i];
    struct abi_mmsghdr m;

    text_addc(d->text, '[');
    for (long n = 0; n < d->result; n++, addr += sizeof(m)) {
        text_add(d->text, n ? ", " : "");
        if (n == DECODE_ITEMS_MAX) {
            text_add(d->text, "...");
            break;
        }
        if (!decode_fetch(d, addr, &m, sizeof(m)))
            break;
        text_add(d->text, "{msg_hdr=");
        print_msghdr(d, addr, m.msg_hdr.msg_namelen, m.msg_len);
        text_add(d->text, ", msg_len=%u}", m.msg_len);
    }
    text_addc(d->text, ']');
}

/* --- interfaces, netdevice(7) --- */

static void print_name(struct decode *d, const struct abi_ifreq *r)
{
    size_t len = strnlen(r->ifr_name, sizeof(r->ifr_name));

    text_add(d->text, "ifr_name=\"");
    text_escape(d->text, r->ifr_name, len, len);
    text_addc(d->text, '"');
}

static void print_hwaddr(struct decode *d, const struct abi_ifreq *r)
{
    const uint8_t *a = r->ifr_hwaddr.data;

    text_add(d->text, ", ifr_hwaddr={sa_family=");
    flags_print(d->text, &flags_hardware, r->ifr_hwaddr.family);
    text_add(d->text, ", sa_data=%02x:%02x:%02x:%02x:%02x:%02x}", a[0], a[1],
             a[2], a[3], a[4], a[5]);
}

/* Behind the name: what the operation is about. */
static void print_ifreq_value(struct decode *d, unsigned op, uint64_t addr,
                              const struct abi_ifreq *r)
{
    switch (op) {
    case SIOCGIFADDR:
        text_add(d->text, ", ifr_addr=");
        break;
    case SIOCGIFDSTADDR:
        text_add(d->text, ", ifr_dstaddr=");
        break;
    case SIOCGIFBRDADDR:
        text_add(d->text, ", ifr_broadaddr=");
        break;
    case SIOCGIFNETMASK:
        text_add(d->text, ", ifr_netmask=");
        break;
    case SIOCGIFHWADDR:
        print_hwaddr(d, r);
        return;
    case SIOCGIFFLAGS:
    case SIOCSIFFLAGS:
        text_add(d->text, ", ifr_flags=");
        flags_print(d->text, &flags_interface, (uint16_t)r->ifr_flags);
        return;
    case SIOCGIFINDEX:
        text_add(d->text, ", ifr_ifindex=%d", r->ifr_value);
        return;
    case SIOCGIFMTU:
        text_add(d->text, ", ifr_mtu=%d", r->ifr_value);
        return;
    case SIOCGIFMETRIC:
        text_add(d->text, ", ifr_metric=%d", r->ifr_value);
        return;
    default:
        text_add(d->text, ", ifr_qlen=%d", r->ifr_value);
        return;
    }
    print_sockaddr(d, addr + offsetof(struct abi_ifreq, ifr_addr),
                   sizeof(r->ifr_addr));
}

static void print_ifconf(struct decode *d, uint64_t addr)
{
    struct abi_ifconf c;
    struct abi_ifreq r;

    if (!decode_fetch(d, addr, &c, sizeof(c)))
        return;
    text_add(d->text, "{ifc_len=%d", c.ifc_len);
    for (int at = 0; c.ifc_req && c.ifc_len - at >= (int)sizeof(r);
         at += (int)sizeof(r)) {
        uint64_t item = c.ifc_req + (uint64_t)at;

        text_add(d->text, at ? ", {" : ", ifc_buf=[{");
        if (decode_fetch(d, item, &r, sizeof(r))) {
            print_name(d, &r);
            print_ifreq_value(d, SIOCGIFADDR, item, &r);
        }
        text_addc(d->text, '}');
    }
    text_add(d->text, !c.ifc_req                    ? ", ifc_buf=NULL}"
                      : c.ifc_len >= (int)sizeof(r) ? "]}"
                                                    : "}");
}

bool decode_is_interface_op(unsigned op)
{
    switch (op) {
    case SIOCGIFNAME:
    case SIOCGIFCONF:
    case SIOCGIFFLAGS:
    case SIOCSIFFLAGS:
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR:
    case SIOCGIFBRDADDR:
    case SIOCGIFNETMASK:
    case SIOCGIFMETRIC:
    case SIOCGIFMTU:
    case SIOCGIFHWADDR:
    case SIOCGIFINDEX:
    case SIOCGIFTXQLEN:
        return true;
    default:
        return false;
    }
}

void decode_interface(struct decode *d, unsigned op, uint64_t addr)
{
    struct abi_ifreq r;

    if (op == SIOCGIFCONF) {
        print_ifconf(d, addr);
        return;
    }
    if (!decode_fetch(d, addr, &r, sizeof(r)))
        return;
    text_addc(d->text, '{');
    if (d->returned && decode_failed(d->result)) {
        print_name(d, &r);
    } else if (op == SIOCGIFNAME) {
        text_add(d->text, "ifr_ifindex=%d, ", r.ifr_value);
        print_name(d, &r);
    } else {
        print_name(d, &r);
        print_ifreq_value(d, op, addr, &r);
    }
    text_addc(d->text, '}');
}
