// SPDX-License-Identifier: MIT
/* network: see the header. */
#include "tools/elfin/network.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

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

        if (len >= sizeof(p->addr) || strspn(text, "0123456789.") != len)
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

static int check_words(const struct network_opts *o)
{
    const struct {
        const char *name, *value;
    } words[] = {{"--ip", o->ip}, {"--gw", o->gw}, {"--dns", o->dns}};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (words[i].value && !strpbrk(words[i].value, "0123456789") &&
            strcmp(words[i].value, "dhcp") && strcmp(words[i].value, "none"))
            return fail(STATUS_USAGE, "%s %s: not an address", words[i].name,
                        words[i].value);
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
    if (o->ip6 && (!is_plain(o->ip6) ||
                   (!strchr(o->ip6, ':') && strcmp(o->ip6, "auto") != 0 &&
                    strcmp(o->ip6, "none") != 0)))
        return fail(STATUS_USAGE, "--ip6 %s: not an address", o->ip6);
    return check_words(o);
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
