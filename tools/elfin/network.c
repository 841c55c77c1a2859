// SPDX-License-Identifier: MIT
/* network: see the header. */
#include "tools/elfin/network.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define USER_IP  "10.0.2.15/24"
#define USER_GW  "10.0.2.2"
#define USER_DNS "10.0.2.3"

/* "tap=NAME": NAME, else NULL. */
static const char *tap_of(const struct network_opts *o)
{
    if (o->network && strncmp(o->network, "tap=", 4) == 0)
        return o->network + 4;
    return NULL;
}

static bool is_user(const struct network_opts *o)
{
    return !o->network || strcmp(o->network, "user") == 0;
}

bool network_wanted(const struct network_opts *o)
{
    return !o->network || strcmp(o->network, "none") != 0;
}

static bool is_address(int family, const char *s, size_t len)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr any;

    if (len >= sizeof(text))
        return false;
    memcpy(text, s, len);
    text[len] = '\0';
    return inet_pton(family, text, &any) == 1;
}

/* ADDRESS/LENGTH */
static bool is_network(int family, const char *s)
{
    const char *slash = strchr(s, '/');
    unsigned long n;
    char *end;

    if (!slash || !isdigit((unsigned char)slash[1]))
        return false;
    n = strtoul(slash + 1, &end, 10);
    return !*end && n >= 1 && n <= (family == AF_INET ? 32 : 128) &&
           is_address(family, s, (size_t)(slash - s));
}

/* The same of IPv6, with an address that an interface can have. */
static bool is_network6(const char *s)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr a;

    if (!is_network(AF_INET6, s))
        return false;
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(s, "/"), s);
    return inet_pton(AF_INET6, text, &a) == 1 && !IN6_IS_ADDR_UNSPECIFIED(&a) &&
           !IN6_IS_ADDR_MULTICAST(&a) && !IN6_IS_ADDR_V4MAPPED(&a);
}

/* ADDRESS[,ADDRESS...] of either version */
static bool is_address_list(const char *s)
{
    size_t n;

    for (;; s += n + 1) {
        n = strcspn(s, ",");
        if (!is_address(AF_INET, s, n) && !is_address(AF_INET6, s, n))
            return false;
        if (!s[n])
            return true;
    }
}

/* A port number at *s; *s moves behind it. */
static bool parse_number(const char **s, unsigned *port)
{
    char *end;
    unsigned long v;

    if (!isdigit((unsigned char)**s))
        return false;
    v = strtoul(*s, &end, 10);
    *s = end;
    *port = (unsigned)v;
    return v >= 1 && v <= 65535;
}

bool network_parse_port(const char *text, struct network_port *p)
{
    const char *first = strchr(text, ':');
    const char *last = strrchr(text, ':');

    *p = (struct network_port){0};
    if (!first)
        return false;
    if (first != last) { /* two: an address is in front */
        size_t len = (size_t)(first - text);

        if (len >= sizeof(p->addr) || (len && !is_address(AF_INET, text, len)))
            return false;
        memcpy(p->addr, text, len);
        text = first + 1;
    }
    if (!parse_number(&text, &p->host) || *text++ != ':' ||
        !parse_number(&text, &p->guest))
        return false;
    p->udp = strcmp(text, "/udp") == 0;
    return p->udp || !*text || strcmp(text, "/tcp") == 0;
}

static bool is_mac(const char *s)
{
    for (unsigned i = 0; i < 17; i++)
        if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
            return false;
    return !s[17];
}

/* Texts that become part of a list of QEMU's options. */
static bool is_plain(const char *s)
{
    return *s && !strpbrk(s, ", \t\n");
}

/* Whether value is one of two words. */
static bool is_word(const char *value, const char *a, const char *b)
{
    return !strcmp(value, a) || !strcmp(value, b);
}

static int check_words(const struct network_opts *o)
{
    if (o->ip && !is_word(o->ip, "dhcp", "none") && !is_network(AF_INET, o->ip))
        return fail(STATUS_USAGE,
                    "--ip %s: give ADDRESS/LENGTH, as 10.0.2.15/24, dhcp or "
                    "none",
                    o->ip);
    if (o->ip6 && !is_word(o->ip6, "auto", "none") && !is_network6(o->ip6))
        return fail(STATUS_USAGE,
                    "--ip6 %s: give ADDRESS/LENGTH, as fd00::2/64, auto or "
                    "none",
                    o->ip6);
    if (o->gw && !is_address(AF_INET, o->gw, strlen(o->gw)))
        return fail(STATUS_USAGE, "--gw %s: not an address: write 10.0.2.2",
                    o->gw);
    if (o->dns && !is_address_list(o->dns))
        return fail(STATUS_USAGE,
                    "--dns %s: not an address, or some with commas between: "
                    "write 10.0.2.3",
                    o->dns);
    if (o->mac && !is_mac(o->mac))
        return fail(STATUS_USAGE,
                    "--mac %s: not a hardware address: write "
                    "52:54:00:12:34:56",
                    o->mac);
    return 0;
}

int network_check(const struct network_opts *o)
{
    const char *tap = tap_of(o);
    struct network_port p;

    if (!is_user(o) && !tap && network_wanted(o))
        return fail(STATUS_USAGE,
                    "--network %s: unknown: give user, tap=NAME or none",
                    o->network);
    if (tap && !is_plain(tap))
        return fail(STATUS_USAGE, "--network %s: no name of an interface",
                    o->network);
    for (size_t i = 0; i < o->publish.count; i++)
        if (!network_parse_port(o->publish.items[i], &p))
            return fail(STATUS_USAGE,
                        "--publish %s: not [ADDRESS:]HOSTPORT:PORT[/udp]",
                        o->publish.items[i]);
    if (o->publish.count && !is_user(o))
        return fail(STATUS_USAGE,
                    "--publish: ports are forwarded by --network user alone");
    if (!network_wanted(o) &&
        (o->ip || o->ip6 || o->gw || o->dns || o->mac || o->pcap))
        return fail(STATUS_USAGE, "--network none: leave out the other "
                                  "options of the network");
    return check_words(o);
}

/* A socket bound to the port, as QEMU will, which tells no reason when it
 * cannot; or a negative errno. */
static int try_port(const struct network_port *p)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(p->host)};
    int fd = socket(AF_INET, p->udp ? SOCK_DGRAM : SOCK_STREAM, 0);
    int one = 1, err;

    if (fd < 0)
        return -errno;
    if (*p->addr)
        inet_pton(AF_INET, p->addr, &a.sin_addr);
    if (!p->udp) /* of UDP, two sockets could share it then */
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
        (p->udp || listen(fd, 1) == 0))
        return fd;
    err = errno;
    close(fd);
    return -err;
}

static int port_failed(const char *port, int err)
{
    return fail(STATUS_FAILED, "--publish %s: %s: %s", port, strerror(err),
                err == EADDRINUSE      ? "give another port of this host"
                : err == EACCES        ? "give a port above 1023"
                : err == EADDRNOTAVAIL ? "give an address of this host"
                                       : "it cannot be tried");
}

int network_try_ports(const struct network_opts *o)
{
    int *fds = xcalloc(o->publish.count + 1, sizeof(*fds));
    size_t count = 0;
    int status = 0;

    /* All are open at once, so that one that is given twice is found. */
    for (size_t i = 0; i < o->publish.count && !status; i++) {
        struct network_port p;

        if (!network_parse_port(o->publish.items[i], &p))
            continue;
        fds[count] = try_port(&p);
        if (fds[count] < 0)
            status = port_failed(o->publish.items[i], -fds[count]);
        else
            count++;
    }
    while (count > 0)
        close(fds[--count]);
    free(fds);
    return status;
}

static void add_netdev(const struct network_opts *o, struct strlist *args)
{
    struct strbuf b = {0};

    strlist_add(args, "-netdev");
    if (tap_of(o)) {
        strlist_addf(args, "tap,id=net0,ifname=%s,script=no,downscript=no",
                     tap_of(o));
        return;
    }
    strbuf_puts(&b, "user,id=net0");
    for (size_t i = 0; i < o->publish.count; i++) {
        struct network_port p;

        if (network_parse_port(o->publish.items[i], &p))
            strbuf_printf(&b, ",hostfwd=%s:%s:%u-:%u", p.udp ? "udp" : "tcp",
                          p.addr, p.host, p.guest);
    }
    strlist_add(args, b.data);
    strbuf_fini(&b);
}

void network_args(const struct network_opts *o, enum machine_kind kind,
                  struct strlist *args)
{
    struct strbuf b = {0};

    if (!network_wanted(o))
        return;
    add_netdev(o, args);
    strbuf_puts(&b, kind == MACHINE_MICROVM
                        ? "virtio-net-device,bus=virtio-mmio-bus.1"
                        : "virtio-net-pci,romfile=");
    strbuf_puts(&b, ",netdev=net0");
    if (o->mac)
        strbuf_printf(&b, ",mac=%s", o->mac);
    strlist_add(args, "-device");
    strlist_add(args, b.data);
    strbuf_fini(&b);
    if (o->pcap) {
        strlist_add(args, "-object");
        strlist_addf(args, "filter-dump,id=pcap0,netdev=net0,file=%s", o->pcap);
    }
}

void network_cmdline(const struct network_opts *o, enum machine_kind kind,
                     struct strbuf *line)
{
    bool known = is_user(o) && !o->ip;
    const char *ip = known ? USER_IP : o->ip;
    const char *gw = known && !o->gw ? USER_GW : o->gw;
    const char *dns = known && !o->dns ? USER_DNS : o->dns;

    if (!network_wanted(o))
        return;
    if (kind == MACHINE_MICROVM)
        machine_place_cmdline(MACHINE_PLACE_NETWORK, line);
    if (ip)
        strbuf_printf(line, "ip=%s ", ip);
    if (o->ip6)
        strbuf_printf(line, "ip6=%s ", o->ip6);
    if (gw)
        strbuf_printf(line, "gw=%s ", gw);
    if (dns)
        strbuf_printf(line, "dns=%s ", dns);
}
