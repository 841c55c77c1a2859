// SPDX-License-Identifier: MIT
/*
 * membership_filter: all sources of a group at once, in two forms: IP_MSFILTER
 * with addresses (struct ip_msfilter) and MCAST_MSFILTER with socket addresses
 * (struct group_filter); RFC 3678, 4.2 and 5.2.
 */
#include "net/membership_priv.h"

#include "abi/errno.h"
#include "net/stack.h"

#define SOCKADDR_SIZE 128u /* struct sockaddr_storage */

struct form {
    size_t mode;   /* where mode and the number of sources are */
    size_t stride; /* bytes of a source */
};

static const struct form plain = {8, 4};
static const struct form any = {MEMBERSHIP_GROUP_REQUEST, SOCKADDR_SIZE};

struct filter {
    const struct form *form;
    size_t head; /* bytes in front of the sources */
    int level;
    bool known; /* the group's address is of the level's version */
    struct netaddr group;
    struct netdev *dev;
    uint32_t mode, count;
};

bool membership_is_filter(int level, int name)
{
    return name == MCAST_MSFILTER || (level == SOL_IP && name == IP_MSFILTER);
}

/* What is in front of the sources; false: len is too short for it. */
static bool parse(struct sock *sk, int level, int name, const uint8_t *value,
                  size_t len, struct filter *f)
{
    uint32_t first, second;

    f->form = name == IP_MSFILTER ? &plain : &any;
    f->head = f->form->mode + 8;
    f->level = level;
    if (len < f->head)
        return false;
    memcpy(&first, value, 4);
    memcpy(&second, value + 4, 4);
    memcpy(&f->mode, value + f->form->mode, 4);
    memcpy(&f->count, value + f->form->mode + 4, 4);
    if (f->form == &plain) { /* group, address */
        f->known = true;
        f->group = netaddr_v4(first);
        f->dev = membership_dev(sk, second, 0);
    } else { /* index, hole, group */
        f->known = membership_parse(level, value + 8, &f->group);
        f->dev = membership_dev(sk, 0, (int)first);
    }
    return true;
}

static bool parse_source(const struct filter *f, const uint8_t *from,
                         struct netaddr *a)
{
    uint32_t address;

    if (f->form == &any)
        return membership_parse(f->level, from, a);
    memcpy(&address, from, sizeof(address));
    *a = netaddr_v4(address);
    return true;
}

static void put_source(struct sock *sk, const struct filter *f,
                       const struct netaddr *a, uint8_t *to)
{
    struct sock_addr text = {0};

    if (f->form == &any) {
        inet_format_addr(sk, a, 0, &text);
        memcpy(to, text.bytes, SOCKADDR_SIZE);
    } else {
        memcpy(to, &a->w[3], 4);
    }
}

int membership_write_filter(struct sock *sk, int level, int name,
                            const uint8_t *value, size_t len)
{
    struct netaddr sources[MEMBERSHIP_SOURCES_MAX];
    struct filter f;

    if (!parse(sk, level, name, value, len, &f))
        return -EINVAL;
    if (f.count > MEMBERSHIP_SOURCES_MAX)
        return -ENOBUFS;
    if (!f.known || len - f.head < f.count * f.form->stride ||
        (f.mode != MCAST_INCLUDE && f.mode != MCAST_EXCLUDE))
        return -EINVAL;
    for (unsigned i = 0; i < f.count; i++)
        if (!parse_source(&f, value + f.head + i * f.form->stride, &sources[i]))
            return -EADDRNOTAVAIL;
    return membership_set_filter(sk, f.dev, &f.group, f.mode == MCAST_INCLUDE,
                                 sources, f.count);
}

int membership_read_filter(struct sock *sk, int level, int name, uint8_t *value,
                           size_t *len)
{
    const struct membership *m;
    struct filter f;
    size_t n;

    if (!parse(sk, level, name, value, *len, &f))
        return -EINVAL;
    if (!f.known)
        return -EADDRNOTAVAIL;
    if (!netaddr_is_multicast(&f.group))
        return -EINVAL;
    if (!f.dev)
        return -ENODEV;
    m = membership_find(sk, f.dev, &f.group);
    if (!m)
        return -EADDRNOTAVAIL;
    n = MIN(MIN(f.count, m->member.count), (*len - f.head) / f.form->stride);
    f.mode = m->member.include ? MCAST_INCLUDE : MCAST_EXCLUDE;
    f.count = m->member.count;
    memcpy(value + f.form->mode, &f.mode, 4);
    memcpy(value + f.form->mode + 4, &f.count, 4);
    for (unsigned i = 0; i < n; i++)
        put_source(sk, &f, &m->member.sources[i],
                   value + f.head + i * f.form->stride);
    *len = f.head + n * f.form->stride;
    return 0;
}
