// SPDX-License-Identifier: MIT
/*
 * tcp_trace: segments as lines of text, for `trace=net`. Sequence numbers are
 * counted from the connection's first ones, as far as it is known which those
 * were; those of a SYN are whole.
 */
#include "lib/printf.h"
#include "net/flow.h"
#include "net/stack.h"
#include "net/tcp_priv.h"
#include "net/trace.h"

/* "[S.]" and the like, as usual in such lines. */
static void format_flags(uint8_t flags, char text[9])
{
    static const struct {
        uint8_t flag;
        char letter;
    } letters[] = {{TCP_SYN, 'S'}, {TCP_FIN, 'F'}, {TCP_RST, 'R'},
                   {TCP_PSH, 'P'}, {TCP_URG, 'U'}, {TCP_ECE, 'E'},
                   {TCP_CWR, 'W'}, {TCP_ACK, '.'}};
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
        if (flags & letters[i].flag)
            text[n++] = letters[i].letter;
    text[n] = '\0';
}

/* Where both sides' numbers began; 0: not known. */
static void first_numbers(struct netstack *s, bool in,
                          const struct tcp_header *h,
                          const struct netaddr *source,
                          const struct netaddr *destination, uint32_t *seq,
                          uint32_t *ack)
{
    struct flow *f = in ? flow_find(s, IPPROTO_TCP, destination, h->destination,
                                    source, h->source)
                        : flow_find(s, IPPROTO_TCP, source, h->source,
                                    destination, h->destination);
    struct tcp_sock *tp;

    *seq = *ack = 0;
    if (!f || f->kind != FLOW_SOCK)
        return;
    tp = tcp_sk(container_of(f, struct sock, flow));
    *seq = in ? tp->irs : tp->iss;
    *ack = in ? tp->iss : tp->irs;
}

void tcp_trace(struct netstack *s, const char *way, const struct netbuf *nb,
               const struct netaddr *source, const struct netaddr *destination)
{
    char from[NETADDR_TEXT], to[NETADDR_TEXT], flags[9], numbers[64];
    struct tcp_header h;
    uint32_t seq, ack, header;
    size_t n;

    if (netbuf_copy_out(nb, 0, &h, sizeof(h)) != sizeof(h))
        return;
    header = (h.offset >> 4) * 4u;
    first_numbers(s, way[0] == 'i', &h, source, destination, &seq, &ack);
    if (h.flags & TCP_SYN)
        seq = 0;
    n = (size_t)snprintf(numbers, sizeof(numbers), "seq %u", be32(h.seq) - seq);
    if (h.flags & TCP_ACK)
        snprintf(numbers + n, sizeof(numbers) - n, " ack %u",
                 be32(h.ack) - ack);
    format_flags(h.flags, flags);
    netstack_trace(s, "net %s tcp %s:%u > %s:%u [%s] %s win %u length %u", way,
                   netaddr_format(source, from), be16(h.source),
                   netaddr_format(destination, to), be16(h.destination), flags,
                   numbers, be16(h.window),
                   (unsigned)(nb->len > header ? nb->len - header : 0));
    if (s->trace > 1 && nb->len > header)
        net_trace_payload(s, nb, header);
}
