// SPDX-License-Identifier: MIT
/*
 * resolver: see the header. The program starts while DHCP still asks. So that
 * a C library which reads the file first of all finds it complete, the file's
 * node has an open of its own, which waits for the answer.
 */
#include "net/kern/resolver.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/system.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "net/dhcp.h"
#include "net/dhcp6.h"
#include "net/ipv6.h"
#include "net/kern/net.h"
#include "net/netdev.h"
#include "vfs/file.h"
#include "vfs/path.h"
#include "vfs/vfs.h"
#include "vfs/vnode.h"

#define RESOLV_CONF "/etc/resolv.conf"
#define TEXT_MAX    1024

static const char *static_dns;
static struct vnode *node; /* a reference; NULL: the root has its own file */
static const struct vnode_ops *ramfs_ops;
static struct vnode_ops waiting_ops;
static bool writing; /* this module opens it itself */

static int open_when_known(struct vnode *v, struct file *f)
{
    if (!writing)
        net_wait_configured();
    return ramfs_ops->open(v, f);
}

static int open_file(uint32_t flags, struct file **file)
{
    struct path_start start;

    vfs_kernel_start(&start);
    return file_open(&start, RESOLV_CONF, flags, 0644, file);
}

int resolver_init(const char *dns)
{
    struct file *f;
    int err = vfs_open_kernel(RESOLV_CONF, &f);

    static_dns = dns;
    if (!err) {
        file_put(f);
        return 0;
    }
    err = vfs_add_extent_file(RESOLV_CONF, "", 0, 0644);
    if (!err)
        err = open_file(O_RDONLY, &f);
    if (err)
        return err == -ENOMEM ? err : 0; /* a root that has no place for it */
    node = f->vnode;
    vnode_get(node);
    ramfs_ops = node->ops;
    waiting_ops = *ramfs_ops;
    waiting_ops.open = open_when_known;
    node->ops = &waiting_ops;
    file_put(f);
    return 0;
}

/* `nameserver` lines of a list with commas; the length. */
static size_t put_static(char *text, size_t size, const char *list)
{
    size_t n = 0;

    while (list && *list && n < size) {
        const char *comma = strchr(list, ',');
        size_t len = comma ? (size_t)(comma - list) : strlen(list);

        n += (size_t)snprintf(text + n, size - n, "nameserver %.*s\n", (int)len,
                              list);
        list = comma ? comma + 1 : NULL;
    }
    return MIN(n, size - 1);
}

static size_t put_search(char *text, size_t size, const char *domains,
                         bool *searches)
{
    if (*searches || !domains[0])
        return 0; /* the last such line would count */
    *searches = true;
    return (size_t)snprintf(text, size, "search %s\n", domains);
}

static size_t put_server(char *text, size_t size, const struct netaddr *a)
{
    char addr[NETADDR_TEXT];

    return (size_t)snprintf(text, size, "nameserver %s\n",
                            netaddr_format(a, addr));
}

static size_t put_lease(char *text, size_t size, const struct dhcp_lease *l,
                        bool *searches)
{
    size_t n = put_search(text, size, l->domain, searches);

    for (unsigned i = 0; i < l->dns_count && n < size; i++) {
        struct netaddr a = netaddr_v4(l->dns[i]);

        n += put_server(text + n, size - n, &a);
    }
    return MIN(n, size - 1);
}

static size_t put_names(char *text, size_t size, const struct dhcp6_names *l,
                        bool *searches)
{
    size_t n = put_search(text, size, l->domains, searches);

    for (unsigned i = 0; i < l->dns_count && n < size; i++)
        n += put_server(text + n, size - n, &l->dns[i]);
    return MIN(n, size - 1);
}

static size_t put_dhcp(char *text, size_t size, const struct netstack *s)
{
    const struct dhcp_lease *l = NULL;
    const struct dhcp6_names *names;
    bool searches = false;
    size_t n = 0;

    while ((l = dhcp_next_lease(s, l)))
        n += put_lease(text + n, size - n, l, &searches);
    for (const struct netdev *dev = s->devs; dev; dev = dev->next)
        if ((names = dhcp6_names(dev)))
            n += put_names(text + n, size - n, names, &searches);
    return n;
}

/* Those that IPv6's routers have named, of all interfaces. */
static size_t put_routers(char *text, size_t size, const struct netstack *s)
{
    char addr[NETADDR_TEXT];
    size_t n = 0;

    for (const struct netdev *dev = s->devs; dev; dev = dev->next) {
        for (unsigned i = 0; dev->v6 && i < IPV6_DNS && n < size; i++) {
            const struct netaddr *a = &dev->v6->dns[i].addr;
            bool local = ipv6_is_link_local(a);

            if (dev->v6->dns[i].until <= s->now)
                continue;
            n += (size_t)snprintf(text + n, size - n, "nameserver %s%s%s\n",
                                  netaddr_format(a, addr), local ? "%" : "",
                                  local ? dev->name : "");
        }
    }
    return MIN(n, size - 1);
}

void resolver_write(struct netstack *s)
{
    char text[TEXT_MAX];
    struct file *f;
    size_t n;

    if (!node)
        return;
    n = put_static(text, sizeof(text), static_dns);
    netstack_lock(s);
    n += put_dhcp(text + n, sizeof(text) - n, s);
    n += put_routers(text + n, sizeof(text) - n, s);
    netstack_unlock(s);
    writing = true;
    if (open_file(O_WRONLY | O_TRUNC, &f) == 0) {
        if (f->vnode == node)
            file_write_kernel(f, text, n, 0);
        file_put(f);
    }
    writing = false;
}

const char *resolver_hostname(void)
{
    return system_info.hostname[0] ? system_info.hostname : NULL;
}
