// SPDX-License-Identifier: MIT
/*
 * bpf: see the header. As on Linux, a program is refused that has an unknown
 * instruction, divides by the constant 0, jumps out of itself, does not end
 * with a return, or reads a word of memory that it may not have written; one
 * that reads behind the packet's end does not want the packet. Of Linux's own
 * extensions those of netlink attributes and of the payload's offset are not
 * known here.
 */
#include "net/bpf.h"

#include "abi/errno.h"
#include "abi/netdevice.h"
#include "net/bytes.h"
#include "net/netbuf.h"
#include "net/netdev.h"
#include "net/stack.h"

#define ANCILLARY ((uint32_t)SKF_AD_OFF)

/* --- checking --- */

static bool known_ancillary(uint32_t k)
{
    switch (k - ANCILLARY) {
    case SKF_AD_PROTOCOL:
    case SKF_AD_PKTTYPE:
    case SKF_AD_IFINDEX:
    case SKF_AD_MARK:
    case SKF_AD_QUEUE:
    case SKF_AD_HATYPE:
    case SKF_AD_RXHASH:
    case SKF_AD_CPU:
    case SKF_AD_ALU_XOR_X:
    case SKF_AD_VLAN_TAG:
    case SKF_AD_VLAN_TAG_PRESENT:
    case SKF_AD_RANDOM:
        return true;
    }
    return false;
}

static bool valid_load(const struct abi_sock_filter *i)
{
    switch (i->code) {
    case BPF_LD | BPF_W | BPF_ABS:
    case BPF_LD | BPF_H | BPF_ABS:
    case BPF_LD | BPF_B | BPF_ABS:
        return i->k < ANCILLARY || known_ancillary(i->k);
    case BPF_LD | BPF_W | BPF_IND:
    case BPF_LD | BPF_H | BPF_IND:
    case BPF_LD | BPF_B | BPF_IND:
    case BPF_LD | BPF_IMM:
    case BPF_LD | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_IMM:
    case BPF_LDX | BPF_W | BPF_LEN:
    case BPF_LDX | BPF_B | BPF_MSH:
        return true;
    case BPF_LD | BPF_MEM:
    case BPF_LDX | BPF_MEM:
    case BPF_ST:
    case BPF_STX:
        return i->k < BPF_MEMWORDS;
    }
    return false;
}

static bool valid_alu(const struct abi_sock_filter *i)
{
    if (i->code & ~0xffu)
        return false;
    switch (i->code & 0xf0) {
    case BPF_ADD:
    case BPF_SUB:
    case BPF_MUL:
    case BPF_OR:
    case BPF_AND:
    case BPF_XOR:
        return true;
    case BPF_DIV:
    case BPF_MOD:
        return i->code & BPF_X || i->k;
    case BPF_LSH:
    case BPF_RSH:
        return i->code & BPF_X || i->k < 32;
    case BPF_NEG:
        return !(i->code & BPF_X);
    }
    return false;
}

/* left: instructions behind this one. */
static bool valid_jump(const struct abi_sock_filter *i, size_t left)
{
    switch (i->code) {
    case BPF_JMP | BPF_JA:
        return i->k < left;
    case BPF_JMP | BPF_JEQ | BPF_K:
    case BPF_JMP | BPF_JEQ | BPF_X:
    case BPF_JMP | BPF_JGT | BPF_K:
    case BPF_JMP | BPF_JGT | BPF_X:
    case BPF_JMP | BPF_JGE | BPF_K:
    case BPF_JMP | BPF_JGE | BPF_X:
    case BPF_JMP | BPF_JSET | BPF_K:
    case BPF_JMP | BPF_JSET | BPF_X:
        return i->jt < left && i->jf < left;
    }
    return false;
}

static bool is_return(const struct abi_sock_filter *i)
{
    return i->code == (BPF_RET | BPF_K) || i->code == (BPF_RET | BPF_A);
}

static bool valid(const struct abi_sock_filter *i, size_t left)
{
    switch (i->code & 7) {
    case BPF_ALU:
        return valid_alu(i);
    case BPF_JMP:
        return valid_jump(i, left);
    case BPF_RET:
        return is_return(i);
    case BPF_MISC:
        return i->code == (BPF_MISC | BPF_TAX) ||
               i->code == (BPF_MISC | BPF_TXA);
    }
    return valid_load(i);
}

/* No word is read that was not written on every way to there: `have` are the
 * words written so far, reach[] what is left of them at the ends of jumps. */
static bool reads_what_it_wrote(const struct bpf *f, uint16_t *reach)
{
    uint16_t have = 0;

    memset(reach, 0xff, f->len * sizeof(*reach));
    for (uint32_t i = 0; i < f->len; i++) {
        const struct abi_sock_filter *c = &f->code[i];

        have &= reach[i];
        switch (c->code & 7) {
        case BPF_ST:
        case BPF_STX:
            have |= (uint16_t)(1u << c->k);
            break;
        case BPF_LD:
        case BPF_LDX:
            if ((c->code & 0xe0) == BPF_MEM && !(have >> c->k & 1))
                return false;
            break;
        case BPF_JMP:
            if (c->code == (BPF_JMP | BPF_JA)) {
                reach[i + 1 + c->k] &= have;
            } else {
                reach[i + 1 + c->jt] &= have;
                reach[i + 1 + c->jf] &= have;
            }
            have = 0xffff; /* the next is reached by jumps only */
            break;
        default:
            break;
        }
    }
    return true;
}

int bpf_create(struct netstack *s, const struct abi_sock_filter *code, size_t n,
               struct bpf **f)
{
    uint16_t *reach;
    int err = -EINVAL;

    if (!n || n > BPF_MAXINSNS || !is_return(&code[n - 1]))
        return -EINVAL;
    for (size_t i = 0; i < n; i++)
        if (!valid(&code[i], n - 1 - i))
            return -EINVAL;
    *f = net_env_alloc(s, sizeof(**f) + n * sizeof(*code));
    reach = net_env_alloc(s, n * sizeof(*reach));
    if (*f && reach) {
        (*f)->len = (uint32_t)n;
        memcpy((*f)->code, code, n * sizeof(*code));
        if (reads_what_it_wrote(*f, reach))
            err = 0;
    } else {
        err = -ENOMEM;
    }
    net_env_free(s, reach);
    if (err)
        net_env_free(s, *f);
    return err;
}

/* --- running --- */

static uint32_t number(const uint8_t *p, unsigned size)
{
    uint32_t v = 0;

    while (size--)
        v = v << 8 | *p++;
    return v;
}

/* size bytes at an offset, which may be one of Linux's negative ones. False:
 * there are none. */
static bool load(const struct bpf_packet *p, uint32_t at, unsigned size,
                 uint32_t *v)
{
    const struct netbuf *nb = p->nb;
    uint8_t bytes[4];

    if (likely(at < nb->linear && nb->linear - at >= size)) {
        *v = number(nb->data + at, size);
        return true;
    }
    if ((int32_t)at >= 0) {
        if (at >= nb->len || netbuf_copy_out(nb, at, bytes, size) < size)
            return false;
    } else if ((int32_t)at >= SKF_NET_OFF) {
        const uint8_t *tail = nb->data + nb->linear;
        const uint8_t *from = nb->head + nb->network;

        at -= (uint32_t)SKF_NET_OFF;
        if (from > tail || at > (size_t)(tail - from) ||
            (size_t)(tail - from) - at < size)
            return false;
        memcpy(bytes, from + at, size);
    } else if ((int32_t)at >= SKF_LL_OFF && p->link) {
        at -= (uint32_t)SKF_LL_OFF;
        if (at > 14 || 14 - at < size)
            return false;
        memcpy(bytes, p->link + at, size);
    } else {
        return false;
    }
    *v = number(bytes, size);
    return true;
}

static uint32_t ancillary(struct netstack *s, const struct bpf_packet *p,
                          uint32_t k, uint32_t a, uint32_t x)
{
    const struct netdev *dev = p->nb->dev;
    uint32_t v = 0;

    switch (k - ANCILLARY) {
    case SKF_AD_PROTOCOL:
        return be16(p->protocol);
    case SKF_AD_PKTTYPE:
        return p->type;
    case SKF_AD_IFINDEX:
        return dev ? (uint32_t)dev->index : 0;
    case SKF_AD_HATYPE:
        return dev && dev->features & NETDEV_LOOPBACK ? ARPHRD_LOOPBACK
                                                      : ARPHRD_ETHER;
    case SKF_AD_ALU_XOR_X:
        return a ^ x;
    case SKF_AD_RANDOM:
        net_env_random(s, &v, sizeof(v));
        return v;
    }
    return 0; /* marks, queues, CPUs and tags that there are none of */
}

static unsigned size_of(unsigned code)
{
    code &= 0x18;
    return code == BPF_W ? 4 : code == BPF_H ? 2 : 1;
}

/* False: by zero. */
static bool calculate(unsigned op, uint32_t *a, uint32_t v)
{
    switch (op) {
    case BPF_ADD:
        *a += v;
        break;
    case BPF_SUB:
        *a -= v;
        break;
    case BPF_MUL:
        *a *= v;
        break;
    case BPF_DIV:
    case BPF_MOD:
        if (!v)
            return false;
        *a = op == BPF_DIV ? *a / v : *a % v;
        break;
    case BPF_OR:
        *a |= v;
        break;
    case BPF_AND:
        *a &= v;
        break;
    case BPF_XOR:
        *a ^= v;
        break;
    case BPF_LSH:
        *a <<= v & 31;
        break;
    case BPF_RSH:
        *a >>= v & 31;
        break;
    case BPF_NEG:
        *a = -*a;
        break;
    default:
        break;
    }
    return true;
}

static bool holds(unsigned op, uint32_t a, uint32_t v)
{
    switch (op) {
    case BPF_JEQ:
        return a == v;
    case BPF_JGT:
        return a > v;
    case BPF_JGE:
        return a >= v;
    default: /* BPF_JSET */
        return a & v;
    }
}

uint32_t bpf_run(const struct bpf *f, struct netstack *s,
                 const struct bpf_packet *p)
{
    uint32_t a = 0, x = 0, v, m[BPF_MEMWORDS] = {0};

    for (const struct abi_sock_filter *i = f->code;; i++) {
        switch (i->code & 7) {
        case BPF_LD:
            if (i->code == (BPF_LD | BPF_IMM))
                a = i->k;
            else if (i->code == (BPF_LD | BPF_MEM))
                a = m[i->k];
            else if (i->code == (BPF_LD | BPF_W | BPF_LEN))
                a = p->nb->len;
            else if ((i->code & 0xe0) == BPF_ABS && i->k >= ANCILLARY)
                a = ancillary(s, p, i->k, a, x);
            else if (!load(p, i->code & BPF_IND ? x + i->k : i->k,
                           size_of(i->code), &a))
                return 0;
            break;
        case BPF_LDX:
            if (i->code == (BPF_LDX | BPF_IMM)) {
                x = i->k;
            } else if (i->code == (BPF_LDX | BPF_MEM)) {
                x = m[i->k];
            } else if (i->code == (BPF_LDX | BPF_W | BPF_LEN)) {
                x = p->nb->len;
            } else { /* an IP header's length */
                if (!load(p, i->k, 1, &v))
                    return 0;
                x = (v & 15) * 4;
            }
            break;
        case BPF_ST:
            m[i->k] = a;
            break;
        case BPF_STX:
            m[i->k] = x;
            break;
        case BPF_ALU:
            if (!calculate(i->code & 0xf0, &a, i->code & BPF_X ? x : i->k))
                return 0;
            break;
        case BPF_JMP:
            if ((i->code & 0xf0) == BPF_JA)
                i += i->k;
            else
                i += holds(i->code & 0xf0, a, i->code & BPF_X ? x : i->k)
                         ? i->jt
                         : i->jf;
            break;
        case BPF_RET:
            return i->code & BPF_A ? a : i->k;
        default: /* BPF_MISC */
            if (i->code & BPF_TXA)
                a = x;
            else
                x = a;
        }
    }
}
