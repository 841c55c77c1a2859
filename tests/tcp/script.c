// SPDX-License-Identifier: MIT
/* script: see the header. The socket is host 1's; host 0 is the peer, whose own
 * stack never sees what is sent. */
#include "tests/tcp/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/checksum.h"
#include "net/tcp_priv.h"
#include "tests/tcp/peer.h"

#define PEER_ISN  1000000u
#define PEER_PORT 4000
#define OUR_PORT  80
#define KEPT      256

struct seen {
    struct tcp_header h;
    struct tcp_options o;
    uint32_t len;
};

static struct world w;
static struct sock *listener, *sk;
static struct fake_owner owner;
static struct seen kept[KEPT];
static unsigned first, last;
static uint32_t our_isn, our_port;
static bool isn_known;
static uint8_t quote[28]; /* of the last packet, as errors name it */
static char why[200];

static void ignore(struct fake_owner *o, struct sock *s, unsigned events)
{
    (void)o;
    (void)s;
    (void)events;
}

/* Every packet of host 1 is kept, and goes no further. */
static bool watch(struct world *world, int from, const uint8_t *ip, size_t len)
{
    struct seen *s = &kept[last % KEPT];
    uint16_t total;

    (void)world;
    if (from == 0 || len < 40)
        return from == 0;
    memcpy(&total, ip + 2, 2);
    memcpy(&s->h, ip + 20, sizeof(s->h));
    tcp_option_parse(ip + 40, (s->h.offset >> 4) * 4u - 20,
                     s->h.flags & TCP_SYN, &s->o);
    s->len = be16(total) - 20u - (s->h.offset >> 4) * 4u;
    if (s->h.flags & TCP_SYN) {
        our_isn = be32(s->h.seq);
        isn_known = true;
    }
    our_port = s->h.source;
    memcpy(quote, ip, sizeof(quote));
    last++;
    return false;
}

static uint8_t flags_of(const char *text)
{
    static const char letters[] = "FSRPAUEC";
    uint8_t flags = 0;

    for (; *text; text++) {
        const char *l = strchr(letters, *text);

        if (l)
            flags |= (uint8_t)(1u << (l - letters));
    }
    return flags;
}

/* Blocks behind ` sack `, counted from base. */
static void parse_sack(const char *line, uint32_t base, struct tcp_options *o)
{
    const char *at = strstr(line, " sack ");
    unsigned long a, b;
    int n;

    o->nsack = 0;
    for (at = at ? at + 5 : ""; o->nsack < TCP_SACK_MAX; at += n) {
        if (sscanf(at, " %lu-%lu%n", &a, &b, &n) != 2)
            return;
        o->sack[o->nsack++] =
            (struct tcp_range){base + (uint32_t)a, base + (uint32_t)b};
    }
}

/* The value behind word in line, or fallback. */
static long value(const char *line, const char *word, long fallback)
{
    const char *at = strstr(line, word);

    return at ? strtol(at + strlen(word), NULL, 0) : fallback;
}

static void inject(const char *line)
{
    uint8_t bytes[4096] = {0x45};
    struct tcp_header h = {0};
    struct tcp_options o = {0};
    char flags[16], *end;
    unsigned long seq, ack;
    const char *ts = strstr(line, " ts ");
    size_t len = (size_t)value(line, " len ", 0), optlen, total;
    uint32_t source = WORLD_ADDR(0), destination = WORLD_ADDR(1), sum;
    uint16_t v;

    if (sscanf(line, "< %15s %lu:%lu", flags, &seq, &ack) != 3)
        return;
    o.has_mss = strstr(line, " mss ");
    o.mss = (uint16_t)value(line, " mss ", 0);
    o.sack_ok = strstr(line, " sackok");
    if (ts) {
        o.has_ts = true;
        o.tsval = (uint32_t)strtoul(ts + 4, &end, 0);
        o.tsecr = (uint32_t)strtoul(end, NULL, 0);
    }
    o.has_wscale = strstr(line, " wscale ");
    o.wscale = (uint8_t)value(line, " wscale ", 0);
    parse_sack(line, our_isn, &o);
    optlen = tcp_option_write(bytes + 40, &o);
    h.source = be16((uint16_t)value(line, " port ", PEER_PORT));
    h.destination = our_port ? (uint16_t)our_port : be16(OUR_PORT);
    h.seq = be32(PEER_ISN + (uint32_t)seq);
    h.flags = flags_of(flags);
    h.ack = h.flags & TCP_ACK || ack ? be32(our_isn + (uint32_t)ack) : 0;
    h.offset = (uint8_t)(value(line, " offset ", 5 + (long)optlen / 4) << 4);
    h.window = be16((uint16_t)value(line, " win ", 65535));
    h.urgent = be16((uint16_t)value(line, " up ", 0));
    total = 40 + optlen + len;
    memset(bytes + 40 + optlen, 'x', len);
    v = be16((uint16_t)total);
    memcpy(bytes + 2, &v, 2);
    bytes[1] = strstr(line, " ce") ? 3 : 0;
    bytes[8] = 64;
    bytes[9] = IPPROTO_TCP;
    memcpy(bytes + 12, &source, 4);
    memcpy(bytes + 16, &destination, 4);
    v = checksum_ipv4_header(bytes);
    memcpy(bytes + 10, &v, 2);
    memcpy(bytes + 20, &h, sizeof(h));
    sum = checksum_pseudo_v4(source, destination, IPPROTO_TCP,
                             (uint32_t)total - 20);
    v = checksum_fold(checksum_partial(bytes + 20, total - 20, sum));
    memcpy(bytes + 36, &v, 2);
    world_inject(&w, 1, bytes, total);
    world_run(&w, w.now + 1000);
}

/* A router's error about the last packet that we sent (RFC 792). */
static void icmp(const char *line)
{
    uint8_t bytes[28 + sizeof(quote)] = {0x45};
    uint32_t source = WORLD_ADDR(0), destination = WORLD_ADDR(1), seq;
    unsigned type = 0, code = 0, mtu = 0;
    uint16_t v = be16(sizeof(bytes));

    sscanf(line, "icmp %u %u %u", &type, &code, &mtu);
    memcpy(bytes + 2, &v, 2);
    bytes[8] = 64;
    bytes[9] = IPPROTO_ICMP;
    memcpy(bytes + 12, &source, 4);
    memcpy(bytes + 16, &destination, 4);
    v = checksum_ipv4_header(bytes);
    memcpy(bytes + 10, &v, 2);
    bytes[20] = (uint8_t)type;
    bytes[21] = (uint8_t)code;
    v = be16((uint16_t)mtu);
    memcpy(bytes + 26, &v, 2);
    memcpy(bytes + 28, quote, sizeof(quote));
    if (strstr(line, " seq ")) {
        seq = be32(our_isn + (uint32_t)value(line, " seq ", 0));
        memcpy(bytes + 28 + 24, &seq, 4);
    }
    v = checksum_fold(checksum_partial(bytes + 20, sizeof(bytes) - 20, 0));
    memcpy(bytes + 22, &v, 2);
    world_inject(&w, 1, bytes, sizeof(bytes));
    world_run(&w, w.now + 1000);
}

/* The window and the options of a SYN. */
static bool as_named(const char *line, const struct seen *s)
{
    uint16_t win = be16(s->h.window);
    bool scale = strstr(line, " wscale ") != NULL;

    return value(line, " win ", win) == win &&
           value(line, " mss ", s->o.mss) == s->o.mss &&
           (!scale ||
            (s->o.has_wscale && value(line, " wscale ", -1) == s->o.wscale)) &&
           (!strstr(line, " sackok") || s->o.sack_ok) &&
           (!strstr(line, " ts") || s->o.has_ts) &&
           (!strstr(line, " nots") || !s->o.has_ts);
}

static bool expect(const char *line)
{
    struct seen *s = &kept[first % KEPT];
    char flags[16] = "", seq[16] = "*", ack[16] = "*";
    uint32_t our = be32(s->h.seq) - our_isn, theirs = be32(s->h.ack) - PEER_ISN;
    struct tcp_options wanted;
    long len = value(line, " len ", -1);

    if (strstr(line, "nothing")) {
        if (first == last)
            return true;
        snprintf(why, sizeof(why), "flags %#x seq %u ack %u len %u was sent",
                 s->h.flags, our, theirs, s->len);
        return false;
    }
    if (first == last) {
        snprintf(why, sizeof(why), "nothing was sent");
        return false;
    }
    first++;
    sscanf(line, "> %15s %15[^:]:%15s", flags, seq, ack);
    snprintf(why, sizeof(why), "got flags %#x seq %u ack %u len %u win %u",
             s->h.flags, our, theirs, s->len, be16(s->h.window));
    parse_sack(line, PEER_ISN, &wanted);
    return s->h.flags == flags_of(flags) &&
           (*seq == '*' || strtoul(seq, NULL, 0) == our) &&
           (*ack == '*' || strtoul(ack, NULL, 0) == theirs) &&
           (len < 0 || (uint32_t)len == s->len) && as_named(line, s) &&
           (!strstr(line, " sack ") ||
            (wanted.nsack == s->o.nsack &&
             !memcmp(wanted.sack, s->o.sack,
                     wanted.nsack * sizeof(*wanted.sack))));
}

static const char *const states[] = {[ABI_TCP_ESTABLISHED] = "established",
                                     [ABI_TCP_SYN_SENT] = "syn-sent",
                                     [ABI_TCP_SYN_RECV] = "syn-recv",
                                     [ABI_TCP_FIN_WAIT1] = "fin-wait-1",
                                     [ABI_TCP_FIN_WAIT2] = "fin-wait-2",
                                     [ABI_TCP_TIME_WAIT] = "time-wait",
                                     [ABI_TCP_CLOSE] = "closed",
                                     [ABI_TCP_CLOSE_WAIT] = "close-wait",
                                     [ABI_TCP_LAST_ACK] = "last-ack",
                                     [ABI_TCP_LISTEN] = "listen",
                                     [ABI_TCP_CLOSING] = "closing"};

static bool in_state(const char *name)
{
    const char *is;
    struct tcp_counts c;

    tcp_count(&w.hosts[1].stack, &c);
    is = c.time_wait ? "time-wait" : sk ? states[tcp_sk(sk)->state] : "closed";
    snprintf(why, sizeof(why), "the state is %s", is);
    return !strcmp(is, name);
}

static bool set(const char *name, int v)
{
    static const struct {
        const char *name;
        int level, option;
    } options[] = {{"nodelay", SOL_TCP, TCP_NODELAY},
                   {"keepidle", SOL_TCP, TCP_KEEPIDLE},
                   {"keepintvl", SOL_TCP, TCP_KEEPINTVL},
                   {"keepcnt", SOL_TCP, TCP_KEEPCNT},
                   {"user-timeout", SOL_TCP, TCP_USER_TIMEOUT},
                   {"syncnt", SOL_TCP, TCP_SYNCNT},
                   {"cork", SOL_TCP, TCP_CORK},
                   {"linger2", SOL_TCP, TCP_LINGER2},
                   {"quickack", SOL_TCP, TCP_QUICKACK},
                   {"defer-accept", SOL_TCP, TCP_DEFER_ACCEPT},
                   {"keepalive", SOL_SOCKET, SO_KEEPALIVE},
                   {"rcvbuf", SOL_SOCKET, SO_RCVBUF}};

    for (size_t i = 0; i < ARRAY_SIZE(options); i++)
        if (!strcmp(options[i].name, name))
            return peer_set(sk ? sk : listener, options[i].level,
                            options[i].option, v) == 0;
    return false;
}

static int errno_of(const char *name)
{
    return !strcmp(name, "ECONNRESET")     ? ECONNRESET
           : !strcmp(name, "ECONNREFUSED") ? ECONNREFUSED
           : !strcmp(name, "ETIMEDOUT")    ? ETIMEDOUT
           : !strcmp(name, "EAGAIN")       ? EAGAIN
           : !strcmp(name, "EPIPE")        ? EPIPE
                                           : 0;
}

static struct sock *opened(void)
{
    struct sock *s = peer_socket(&w.hosts[1]);

    s->owner = &owner;
    return s;
}

static void linger_zero(void)
{
    sk->options |= SOCK_OPT_LINGER;
    sk->linger_s = 0;
}

/* What a call answered, against what the line says. */
static bool answered(ssize_t is, ssize_t wanted)
{
    snprintf(why, sizeof(why), "the call answers %zd", is);
    return is == wanted;
}

static bool step(const char *line)
{
    static char buf[65536];
    char word[32] = "", name[32] = "";
    long n = 0;

    sscanf(line, "%31s %31s %ld", word, name, &n);
    if (*word == '#' || !*word)
        return true;
    if (*word == '<') {
        inject(line);
        return true;
    }
    if (*word == '>')
        return expect(line);
    if (!strcmp(word, "icmp")) {
        icmp(line);
        return true;
    }
    if (!strcmp(word, "listen")) {
        listener = opened();
        return peer_bind(listener, 0, OUR_PORT) == 0 &&
               peer_listen(listener, 1) == 0;
    }
    if (!strcmp(word, "connect")) {
        sk = sk ? sk : opened();
        n = peer_connect(sk, WORLD_ADDR(0), PEER_PORT);
        world_run(&w, w.now + NSEC_PER_MSEC);
        return answered(n, -EINPROGRESS);
    }
    if (!strcmp(word, "socket"))
        return (sk = opened()) != NULL;
    if (!strcmp(word, "accept")) {
        sk = peer_accept(listener);
        if (sk)
            sk->owner = &owner;
        return sk != NULL;
    }
    if (!strcmp(word, "no-accept"))
        return !peer_accept(listener);
    if (!strcmp(word, "close") || !strcmp(word, "reset")) {
        if (*word == 'r')
            linger_zero();
        peer_close(sk);
        sk = NULL;
        return true;
    }
    if (!strcmp(word, "shutdown"))
        return answered(peer_shutdown(sk, SHUT_WR), 0);
    if (!strcmp(word, "send"))
        return answered(peer_send(sk, buf, (size_t)atol(name), 0), atol(name));
    if (!strcmp(word, "recv"))
        return answered(peer_recv(sk, buf, sizeof(buf), 0), atol(name));
    if (!strcmp(word, "send-oob"))
        return answered(peer_send(sk, buf, (size_t)atol(name), MSG_OOB),
                        atol(name));
    if (!strcmp(word, "recv-oob"))
        return answered(peer_recv(sk, buf, sizeof(buf), MSG_OOB), atol(name));
    if (!strcmp(word, "eof"))
        return answered(peer_recv(sk, buf, sizeof(buf), 0), 0);
    if (!strcmp(word, "error"))
        return answered(peer_recv(sk, buf, sizeof(buf), 0), -errno_of(name));
    if (!strcmp(word, "send-error"))
        return answered(peer_send(sk, buf, 1, MSG_NOSIGNAL), -errno_of(name));
    if (!strcmp(word, "set"))
        return set(name, (int)n);
    if (!strcmp(word, "state"))
        return in_state(name);
    if (!strcmp(word, "wait")) {
        world_run(&w, w.now + (uint64_t)atol(name) * NSEC_PER_MSEC);
        return true;
    }
    snprintf(why, sizeof(why), "what is this?");
    return false;
}

/* ARP, so that no packet waits for it. */
static void introduce(void)
{
    struct sock *s = peer_socket(&w.hosts[1]);

    peer_connect(s, WORLD_ADDR(0), 9);
    world_run(&w, w.now + 10 * NSEC_PER_MSEC);
    peer_close(s);
    first = last;
    our_port = 0;
}

const char *script_run(const char *path)
{
    static char result[400];
    struct link_config link = {.delay_ns = 1000};
    FILE *f = fopen(path, "r");
    char line[256];
    unsigned number = 0;
    bool ok = f != NULL;

    snprintf(result, sizeof(result), "%s: cannot be read", path);
    world_init(&w, &link, 1);
    w.filter = watch;
    owner.ready = ignore;
    first = last = 0;
    listener = sk = NULL;
    introduce();
    while (ok && fgets(line, sizeof(line), f)) {
        number++;
        line[strcspn(line, "\n")] = '\0';
        why[0] = '\0';
        ok = step(line);
        if (!ok)
            snprintf(result, sizeof(result), "%s:%u: %.100s: %s", path, number,
                     line, why);
    }
    if (f)
        fclose(f);
    if (sk)
        peer_close(sk);
    if (listener)
        peer_close(listener);
    world_run(&w, w.now + 2000 * NSEC_PER_SEC);
    if (world_fini(&w) && ok) {
        snprintf(result, sizeof(result), "%s: memory is left", path);
        ok = false;
    }
    return ok ? NULL : result;
}
