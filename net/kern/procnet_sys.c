// SPDX-License-Identifier: MIT
/* procnet_sys: /proc/sys/net: what holds here. Only what has a store can be
 * changed. */
#include "abi/errno.h"
#include "abi/stat.h"
#include "net/kern/net.h"
#include "net/kern/procnet.h"

#define FIXED(file, text)                                          \
    {                                                              \
        .name = (file), .mode = S_IFREG | 0444, .constant = (text) \
    }
#define DIR(file, table)                                        \
    {                                                           \
        .name = (file), .mode = S_IFDIR | 0555, .dir = &(table) \
    }

static int show_port_range(struct text *t, const struct pseudo_key *k)
{
    (void)k;
    text_printf(t, "%u\t%u\n", net_stack.port_first, net_stack.port_last);
    return 0;
}

/* "FIRST LAST" */
static int store_port_range(const struct pseudo_key *k, char *text, size_t len)
{
    char *second = text;
    int64_t first, last;

    (void)k;
    (void)len;
    while (*second == ' ' || *second == '\t')
        second++;
    while (*second && *second != ' ' && *second != '\t')
        second++;
    if (*second)
        *second++ = '\0';
    if (pseudo_parse(text, &first) || pseudo_parse(second, &last) ||
        first < 1 || last > 65535 || first > last)
        return -EINVAL;
    netstack_lock(&net_stack);
    net_stack.port_first = (uint16_t)first;
    net_stack.port_last = (uint16_t)last;
    netstack_unlock(&net_stack);
    return 0;
}

static const struct pseudo_entry core_entries[] = {
    FIXED("optmem_max", "20480\n"),    FIXED("rmem_default", "212992\n"),
    FIXED("rmem_max", "212992\n"),     FIXED("somaxconn", "4096\n"),
    FIXED("wmem_default", "212992\n"), FIXED("wmem_max", "212992\n"),
};
static const struct pseudo_dir core_dir = PSEUDO_DIR(core_entries);

static const struct pseudo_entry ipv4_entries[] = {
    FIXED("icmp_echo_ignore_all", "0\n"),
    FIXED("ip_default_ttl", "64\n"),
    FIXED("ip_forward", "0\n"),
    {.name = "ip_local_port_range",
     .mode = S_IFREG | 0644,
     .show = show_port_range,
     .store = store_port_range},
    FIXED("ip_nonlocal_bind", "0\n"),
    FIXED("ping_group_range", "0\t2147483647\n"),
    FIXED("tcp_available_congestion_control", "cubic reno\n"),
    FIXED("tcp_congestion_control", "cubic\n"),
    FIXED("tcp_ecn", "2\n"),
    FIXED("tcp_fastopen", "0\n"),
    FIXED("tcp_fin_timeout", "60\n"),
    FIXED("tcp_keepalive_intvl", "75\n"),
    FIXED("tcp_keepalive_probes", "9\n"),
    FIXED("tcp_keepalive_time", "7200\n"),
    FIXED("tcp_sack", "1\n"),
    FIXED("tcp_syncookies", "1\n"),
    FIXED("tcp_timestamps", "1\n"),
    FIXED("tcp_window_scaling", "1\n"),
};
static const struct pseudo_dir ipv4_dir = PSEUDO_DIR(ipv4_entries);

static const struct pseudo_entry unix_entries[] = {
    FIXED("max_dgram_qlen", "10\n"),
};
static const struct pseudo_dir unix_dir = PSEUDO_DIR(unix_entries);

static const struct pseudo_entry entries[] = {
    DIR("core", core_dir),
    DIR("ipv4", ipv4_dir),
    DIR("unix", unix_dir),
};
const struct pseudo_dir procnet_sys_dir = PSEUDO_DIR(entries);
