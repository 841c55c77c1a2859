// SPDX-License-Identifier: MIT
/*
 * diag_filter: programs of INET_DIAG_BC_ (linux/inet_diag.h), which say what
 * sockets are wanted. Each step is true or false and says how far to go on
 * then; to arrive exactly at the end is a yes.
 */
#include "abi/errno.h"
#include "net/sock_diag.h"

#define OP sizeof(struct abi_inet_diag_bc_op)

struct subject {
    const struct flow *flow;
    const struct sock *sk;
};

static struct abi_inet_diag_bc_op op_at(const uint8_t *code)
{
    struct abi_inet_diag_bc_op op;

    memcpy(&op, code, sizeof(op));
    return op;
}

/* How long a step is with what belongs to it; 0: there is no such step. */
static size_t length_of(const uint8_t *code, size_t len)
{
    struct abi_inet_diag_hostcond c;
    size_t n = OP + sizeof(c), address;

    switch (code[0]) {
    case INET_DIAG_BC_NOP:
    case INET_DIAG_BC_JMP:
    case INET_DIAG_BC_AUTO:
        return OP;
    case INET_DIAG_BC_S_COND:
    case INET_DIAG_BC_D_COND:
        if (len < n)
            return 0;
        memcpy(&c, code + OP, sizeof(c));
        address = c.family == AF_INET ? 4 : c.family == AF_INET6 ? 16 : 0;
        if ((!address && c.family != AF_UNSPEC) || c.prefix_len > 8 * address)
            return 0;
        return n + address;
    case INET_DIAG_BC_DEV_COND:
        return OP + 4;
    case INET_DIAG_BC_MARK_COND:
        return OP + 8;
    case INET_DIAG_BC_S_GE:
    case INET_DIAG_BC_S_LE:
    case INET_DIAG_BC_S_EQ:
    case INET_DIAG_BC_D_GE:
    case INET_DIAG_BC_D_LE:
    case INET_DIAG_BC_D_EQ:
        return 2 * OP;
    }
    return 0;
}

int diag_filter_check(const uint8_t *code, size_t len)
{
    while (len) {
        struct abi_inet_diag_bc_op op;
        size_t n;

        if (len < OP)
            return -EINVAL;
        op = op_at(code);
        n = length_of(code, len);
        if (!n || n > len || op.yes < n || op.yes > len || op.yes & 3)
            return -EINVAL;
        /* Behind the end is a no. */
        if (op.code != INET_DIAG_BC_NOP &&
            (op.no < OP || op.no > len + 4 || op.no & 3))
            return -EINVAL;
        code += op.yes;
        len -= op.yes;
    }
    return 0;
}

static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;

    return !memcmp(a, b, bytes) &&
           (!rest || !((a[bytes] ^ b[bytes]) >> (8 - rest)));
}

static bool host_fits(const uint8_t *p, const struct netaddr *a, uint16_t port)
{
    struct abi_inet_diag_hostcond c;

    memcpy(&c, p, sizeof(c));
    p += sizeof(c);
    if (c.port != -1 && c.port != be16(port))
        return false;
    if (!c.prefix_len)
        return c.family == AF_UNSPEC ||
               (c.family == AF_INET) == netaddr_is_v4(a);
    if (c.family == AF_INET)
        return netaddr_is_v4(a) && same_prefix(p, &a->b[12], c.prefix_len);
    return same_prefix(p, a->b, c.prefix_len);
}

static bool holds(const uint8_t *code, const struct subject *x)
{
    const struct flow *f = x->flow;
    unsigned source = be16(f->local_port), destination = be16(f->remote_port);

    switch (code[0]) {
    case INET_DIAG_BC_S_GE:
        return source >= op_at(code + OP).no;
    case INET_DIAG_BC_S_LE:
        return source <= op_at(code + OP).no;
    case INET_DIAG_BC_S_EQ:
        return source == op_at(code + OP).no;
    case INET_DIAG_BC_D_GE:
        return destination >= op_at(code + OP).no;
    case INET_DIAG_BC_D_LE:
        return destination <= op_at(code + OP).no;
    case INET_DIAG_BC_D_EQ:
        return destination == op_at(code + OP).no;
    case INET_DIAG_BC_S_COND:
        return host_fits(code + OP, &f->local, f->local_port);
    case INET_DIAG_BC_D_COND:
        return host_fits(code + OP, &f->remote, f->remote_port);
    case INET_DIAG_BC_DEV_COND:
        return x->sk && load32(code + OP) == (uint32_t)x->sk->bound_dev;
    case INET_DIAG_BC_MARK_COND:
        return x->sk && ((uint32_t)x->sk->mark & load32(code + OP + 4)) ==
                            load32(code + OP);
    case INET_DIAG_BC_AUTO: /* nobody has asked for this port */
        return x->sk && x->sk->use.flags & PORT_CONNECTED;
    }
    return true;
}

bool diag_filter_wants(const uint8_t *code, size_t len, const struct flow *f,
                       const struct sock *sk)
{
    struct subject x = {f, sk};

    while (len >= OP) {
        struct abi_inet_diag_bc_op op = op_at(code);
        size_t own = length_of(code, len);
        bool yes;
        size_t step;

        if (!own || own > len) /* no beginning of a step */
            return false;
        yes = code[0] != INET_DIAG_BC_JMP && holds(code, &x);
        step = yes ? op.yes : op.no;
        if (step > len || step < OP)
            return false;
        code += step;
        len -= step;
    }
    return len == 0;
}
