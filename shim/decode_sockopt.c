// SPDX-License-Identifier: MIT
/* decode_sockopt: options of sockets, and control messages. */
#include "shim/decode_priv.h"

#include "abi/socket.h"

void decode_arg_sock_option(struct decode *d, unsigned i)
{
    const struct flag_set *names = flags_of_socket_level((int)d->args[i - 1]);

    if (names)
        flags_print(d->text, names, (uint32_t)d->args[i]);
    else
        text_add(d->text, "0x%x", (unsigned)d->args[i]);
}

/* --- values --- */

static void print_linger(struct decode *d, uint64_t addr)
{
    struct abi_linger l;

    if (decode_fetch(d, addr, &l, sizeof(l)))
        text_add(d->text, "{l_onoff=%d, l_linger=%d}", l.l_onoff, l.l_linger);
}

static void print_creds(struct decode *d, uint64_t addr)
{
    struct abi_ucred c;

    if (decode_fetch(d, addr, &c, sizeof(c)))
        text_add(d->text, "{pid=%d, uid=%u, gid=%u}", c.pid, c.uid, c.gid);
}

static void print_timeval(struct decode *d, uint64_t addr)
{
    struct abi_timeval tv;

    if (decode_fetch(d, addr, &tv, sizeof(tv)))
        text_add(d->text, "{tv_sec=%ld, tv_usec=%ld}", (long)tv.tv_sec,
                 (long)tv.tv_usec);
}

/* SO_ERROR's value. */
static void print_error(struct decode *d, uint64_t addr)
{
    const char *name;
    int value;

    if (!decode_fetch(d, addr, &value, sizeof(value)))
        return;
    name = value ? flags_name(&flags_errno, (uint32_t)value) : NULL;
    if (name)
        text_add(d->text, "[%s]", name);
    else
        text_add(d->text, "[%d]", value);
}

/* struct ip_mreq, or ip_mreqn with the interface's number. */
static void print_group_v4(struct decode *d, uint64_t addr, uint32_t len)
{
    struct {
        uint8_t group[4], interface[4];
        int32_t index;
    } r = {0};

    if (!decode_fetch(d, addr, &r, MIN(len, sizeof(r))))
        return;
    text_add(d->text, "{imr_multiaddr=");
    decode_ipv4(d->text, r.group);
    text_add(d->text, len < sizeof(r) ? ", imr_interface=" : ", imr_address=");
    decode_ipv4(d->text, r.interface);
    if (len >= sizeof(r))
        text_add(d->text, ", imr_ifindex=%d", r.index);
    text_addc(d->text, '}');
}

static void print_group_v6(struct decode *d, uint64_t addr)
{
    struct {
        uint8_t group[16];
        int32_t index;
    } r;

    if (!decode_fetch(d, addr, &r, sizeof(r)))
        return;
    text_add(d->text, "{inet_pton(AF_INET6, \"");
    decode_ipv6(d->text, r.group);
    text_add(d->text, "\", &ipv6mr_multiaddr), ipv6mr_interface=%d}", r.index);
}

/* An option's value that is neither a number nor bytes; false: it is. */
static bool print_special(struct decode *d, int level, unsigned name,
                          uint64_t addr, uint32_t len)
{
    bool base = level == SOL_SOCKET;

    if (base && name == SO_LINGER && len == sizeof(struct abi_linger))
        print_linger(d, addr);
    else if (base && name == SO_PEERCRED && len == sizeof(struct abi_ucred))
        print_creds(d, addr);
    else if (base && (name == SO_RCVTIMEO || name == SO_SNDTIMEO) &&
             len == sizeof(struct abi_timeval))
        print_timeval(d, addr);
    else if (base && name == SO_ERROR && len == sizeof(int))
        print_error(d, addr);
    else if (level == SOL_IP &&
             (name == IP_ADD_MEMBERSHIP || name == IP_DROP_MEMBERSHIP) &&
             len >= 8)
        print_group_v4(d, addr, len);
    else if (level == SOL_IPV6 &&
             (name == IPV6_JOIN_GROUP || name == IPV6_LEAVE_GROUP) && len >= 20)
        print_group_v6(d, addr);
    else
        return false;
    return true;
}

static bool is_text(int level, unsigned name)
{
    return (level == SOL_SOCKET && name == SO_BINDTODEVICE) ||
           (level == SOL_TCP && name == TCP_CONGESTION);
}

void decode_arg_sock_value(struct decode *d, unsigned i)
{
    uint32_t len = (uint32_t)d->args[i + 1];
    int level = (int)d->args[1];
    unsigned name = (unsigned)d->args[2];

    if (d->returned &&
        copy_from_user(&len, (const void user *)d->args[i + 1], sizeof(len)))
        len = 0;
    if (!d->args[i] || print_special(d, level, name, d->args[i], len)) {
        if (!d->args[i])
            decode_addr(d, 0);
    } else if (len == sizeof(int) && !is_text(level, name)) {
        decode_arg_int_ptr(d, i);
    } else if (len < sizeof(int) && !is_text(level, name)) {
        decode_addr(d, d->args[i]);
    } else {
        decode_bytes(d, d->args[i], len, false);
    }
}

/* --- control messages, cmsg(3) --- */

static void print_files(struct decode *d, uint64_t addr, uint64_t len)
{
    int fd;

    text_addc(d->text, '[');
    for (unsigned n = 0; len >= sizeof(fd);
         n++, addr += sizeof(fd), len -= sizeof(fd)) {
        text_add(d->text, n ? ", " : "");
        if (n == DECODE_ITEMS_MAX) {
            text_add(d->text, "...");
            break;
        }
        if (!decode_fetch(d, addr, &fd, sizeof(fd)))
            break;
        text_add(d->text, "%d", fd);
    }
    text_addc(d->text, ']');
}

static void print_pktinfo(struct decode *d, uint64_t addr)
{
    struct {
        int32_t index;
        uint8_t local[4], destination[4];
    } p;

    if (!decode_fetch(d, addr, &p, sizeof(p)))
        return;
    text_add(d->text, "{ipi_ifindex=%d, ipi_spec_dst=", p.index);
    decode_ipv4(d->text, p.local);
    text_add(d->text, ", ipi_addr=");
    decode_ipv4(d->text, p.destination);
    text_addc(d->text, '}');
}

/* struct sock_extended_err, and who told. */
static void print_extended_error(struct decode *d, uint64_t addr)
{
    struct abi_sock_extended_err e;
    const char *name;

    if (!decode_fetch(d, addr, &e, sizeof(e)))
        return;
    name = flags_name(&flags_errno, e.ee_errno);
    text_add(d->text, "{ee_errno=%s, ee_origin=%u, ee_type=%u, ee_code=%u, ",
             name ? name : "?", e.ee_origin, e.ee_type, e.ee_code);
    text_add(d->text, "ee_info=%u, ee_data=%u}", e.ee_info, e.ee_data);
}

static void print_control_data(struct decode *d, const struct abi_cmsghdr *c,
                               uint64_t addr, uint64_t len)
{
    bool base = c->cmsg_level == SOL_SOCKET;
    unsigned type = (unsigned)c->cmsg_type;
    int value;

    if (base && type == SCM_RIGHTS)
        print_files(d, addr, len);
    else if (base && type == SCM_CREDENTIALS && len == sizeof(struct abi_ucred))
        print_creds(d, addr);
    else if (base && type == SO_TIMESTAMP && len == sizeof(struct abi_timeval))
        print_timeval(d, addr);
    else if (c->cmsg_level == SOL_IP && type == IP_PKTINFO && len == 12)
        print_pktinfo(d, addr);
    else if (((c->cmsg_level == SOL_IP && type == IP_RECVERR) ||
              (c->cmsg_level == SOL_IPV6 && type == IPV6_RECVERR)) &&
             len >= sizeof(struct abi_sock_extended_err))
        print_extended_error(d, addr);
    else if (len != sizeof(value))
        decode_bytes(d, addr, len, false);
    else if (decode_fetch(d, addr, &value, sizeof(value)))
        text_add(d->text, "[%d]", value);
}

static void print_control(struct decode *d, const struct abi_cmsghdr *c,
                          uint64_t data)
{
    const struct flag_set *names = c->cmsg_level == SOL_SOCKET
                                       ? &flags_scm
                                       : flags_of_socket_level(c->cmsg_level);

    text_add(d->text, "{cmsg_len=%lu, cmsg_level=", (unsigned long)c->cmsg_len);
    flags_print(d->text, flags_of_kind(SYSCALL_SOCK_LEVEL),
                (uint32_t)c->cmsg_level);
    text_add(d->text, ", cmsg_type=");
    if (names)
        flags_print(d->text, names, (uint32_t)c->cmsg_type);
    else
        text_add(d->text, "0x%x", (unsigned)c->cmsg_type);
    if (c->cmsg_len > sizeof(*c)) {
        text_add(d->text, ", cmsg_data=");
        print_control_data(d, c, data, c->cmsg_len - sizeof(*c));
    }
    text_addc(d->text, '}');
}

void decode_control(struct decode *d, uint64_t addr, uint64_t len)
{
    uint64_t left = MIN(len, 4096u);
    struct abi_cmsghdr c;

    if (!addr || len < sizeof(c)) {
        decode_addr(d, addr);
        return;
    }
    text_addc(d->text, '[');
    for (bool first = true; left >= sizeof(c); first = false) {
        uint64_t step;

        text_add(d->text, first ? "" : ", ");
        if (!decode_fetch(d, addr, &c, sizeof(c)))
            break;
        c.cmsg_len = MIN(c.cmsg_len, left);
        print_control(d, &c, addr + sizeof(c));
        if (c.cmsg_len < sizeof(c))
            break;
        step = ALIGN_UP(c.cmsg_len, 8u);
        if (step >= left)
            break;
        addr += step;
        left -= step;
    }
    text_addc(d->text, ']');
}
