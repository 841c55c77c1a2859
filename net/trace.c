// SPDX-License-Identifier: MIT
/* trace: see the header. */
#include "net/trace.h"

#include "lib/printf.h"
#include "net/stack.h"
#include "net/udp.h"

#define PAYLOAD_MAX 64

void net_trace_payload(struct netstack *s, const struct netbuf *nb,
                       size_t offset)
{
    uint8_t bytes[PAYLOAD_MAX];
    size_t n = netbuf_copy_out(nb, offset, bytes, sizeof(bytes));
    char text[3 * PAYLOAD_MAX + 1];
    size_t at = 0;

    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, " %02x", bytes[i]);
    if (n)
        netstack_trace(s, "net    %s%s", text,
                       nb->len - offset > n ? " ..." : "");
}

void udp_trace(struct netstack *s, const char *way, const struct netbuf *nb,
               const struct netaddr *source, const struct netaddr *destination)
{
    const struct udp_header *h = (const struct udp_header *)nb->data;
    char from[NETADDR_TEXT], to[NETADDR_TEXT];

    netstack_trace(s, "net %s udp %s:%u > %s:%u length %u", way,
                   netaddr_format(source, from), be16(h->source),
                   netaddr_format(destination, to), be16(h->destination),
                   (unsigned)(nb->len - UDP_HEADER));
    if (s->trace > 1)
        net_trace_payload(s, nb, UDP_HEADER);
}
