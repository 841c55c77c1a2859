// SPDX-License-Identifier: MIT
/* sysfs: CPUs, memory nodes, large pages, the clock: sysfs(5). */
#include "vfs/sysfs.h"

#include "abi/stat.h"
#include "abi/statfs.h"
#include "kernel/cpu.h"
#include "kernel/page.h"
#include "vfs/procfs_net.h"
#include "vfs/pseudo.h"

#define FIXED(file, text)                                          \
    {                                                              \
        .name = (file), .mode = S_IFREG | 0444, .constant = (text) \
    }
#define TEXT(file, fn)                                        \
    {                                                         \
        .name = (file), .mode = S_IFREG | 0444, .show = (fn), \
    }
#define DIR(file, table)                                        \
    {                                                           \
        .name = (file), .mode = S_IFDIR | 0555, .dir = &(table) \
    }

/* The one CPU, and the one node. */
static bool next_zero(const struct pseudo_key *k, unsigned *n)
{
    (void)k;
    return *n == 0;
}

/* --- devices/system/cpu -------------------------------------------------- */

/* Deterministic cache parameters: Intel leaf 4, AMD leaf 0x8000001d. */
static struct cpuid cache_leaf(unsigned index)
{
    if (cpuid(0, 0).eax >= 4 && (cpuid(4, 0).eax & 31))
        return cpuid(4, index);
    if (cpuid(0x80000000, 0).eax >= 0x8000001d)
        return cpuid(0x8000001d, index);
    return (struct cpuid){0};
}

#define CACHES_MAX 8

static bool next_cache(const struct pseudo_key *k, unsigned *n)
{
    (void)k;
    return *n < CACHES_MAX && (cache_leaf(*n).eax & 31);
}

static unsigned cache_ways(const struct cpuid *c)
{
    return (c->ebx >> 22) + 1;
}

static unsigned cache_line(const struct cpuid *c)
{
    return (c->ebx & 0xfff) + 1;
}

static int show_cache_size(struct text *t, const struct pseudo_key *k)
{
    struct cpuid c = cache_leaf(k->index);
    uint64_t bytes = (uint64_t)cache_ways(&c) * ((c.ebx >> 12 & 0x3ff) + 1) *
                     cache_line(&c) * ((uint64_t)c.ecx + 1);

    text_printf(t, "%lluK\n", (unsigned long long)(bytes / 1024));
    return 0;
}

static int show_cache_level(struct text *t, const struct pseudo_key *k)
{
    text_printf(t, "%u\n", cache_leaf(k->index).eax >> 5 & 7);
    return 0;
}

static int show_cache_type(struct text *t, const struct pseudo_key *k)
{
    static const char *const names[] = {"", "Data", "Instruction", "Unified"};

    text_printf(t, "%s\n", names[cache_leaf(k->index).eax & 3]);
    return 0;
}

static int show_cache_line(struct text *t, const struct pseudo_key *k)
{
    struct cpuid c = cache_leaf(k->index);

    text_printf(t, "%u\n", cache_line(&c));
    return 0;
}

static int show_cache_ways(struct text *t, const struct pseudo_key *k)
{
    struct cpuid c = cache_leaf(k->index);

    text_printf(t, "%u\n", cache_ways(&c));
    return 0;
}

static int show_cache_sets(struct text *t, const struct pseudo_key *k)
{
    text_printf(t, "%llu\n", (unsigned long long)cache_leaf(k->index).ecx + 1);
    return 0;
}

static const struct pseudo_entry cache_entries[] = {
    TEXT("coherency_line_size", show_cache_line),
    TEXT("level", show_cache_level),
    TEXT("number_of_sets", show_cache_sets),
    FIXED("shared_cpu_list", "0\n"),
    FIXED("shared_cpu_map", "1\n"),
    TEXT("size", show_cache_size),
    TEXT("type", show_cache_type),
    TEXT("ways_of_associativity", show_cache_ways),
};
static const struct pseudo_dir one_cache_dir = PSEUDO_DIR(cache_entries);
static const struct pseudo_entry cache_entry = DIR("index", one_cache_dir);
static const struct pseudo_dir cache_dir = {
    .child = &cache_entry,
    .number = PSEUDO_INDEX,
    .next = next_cache,
};

static const struct pseudo_entry topology_entries[] = {
    FIXED("core_cpus", "1\n"),
    FIXED("core_cpus_list", "0\n"),
    FIXED("core_id", "0\n"),
    FIXED("core_siblings", "1\n"),
    FIXED("core_siblings_list", "0\n"),
    FIXED("die_id", "0\n"),
    FIXED("package_cpus", "1\n"),
    FIXED("package_cpus_list", "0\n"),
    FIXED("physical_package_id", "0\n"),
    FIXED("thread_siblings", "1\n"),
    FIXED("thread_siblings_list", "0\n"),
};
static const struct pseudo_dir topology_dir = PSEUDO_DIR(topology_entries);

static const struct pseudo_entry one_cpu_entries[] = {
    DIR("cache", cache_dir),
    DIR("topology", topology_dir),
};
static const struct pseudo_dir one_cpu_dir = PSEUDO_DIR(one_cpu_entries);
static const struct pseudo_entry cpu_entry = DIR("cpu", one_cpu_dir);

static const struct pseudo_entry cpu_entries[] = {
    FIXED("isolated", "\n"),  FIXED("kernel_max", "0\n"),
    FIXED("offline", "\n"),   FIXED("online", "0\n"),
    FIXED("possible", "0\n"), FIXED("present", "0\n"),
};
static const struct pseudo_dir cpu_dir = {
    .entries = cpu_entries,
    .count = ARRAY_SIZE(cpu_entries),
    .child = &cpu_entry,
    .number = PSEUDO_INDEX,
    .next = next_zero,
};

/* --- devices/system/node ------------------------------------------------- */

static int show_node_meminfo(struct text *t, const struct pseudo_key *k)
{
    struct page_stats pages;
    const size_t kib = PAGE_SIZE / 1024;

    (void)k;
    page_get_stats(&pages);
    text_printf(t,
                "Node 0 MemTotal:       %8lu kB\n"
                "Node 0 MemFree:        %8lu kB\n"
                "Node 0 MemUsed:        %8lu kB\n",
                pages.total * kib, pages.free * kib,
                (pages.total - pages.free) * kib);
    return 0;
}

static const struct pseudo_entry one_node_entries[] = {
    FIXED("cpulist", "0\n"),
    FIXED("cpumap", "1\n"),
    FIXED("distance", "10\n"),
    TEXT("meminfo", show_node_meminfo),
};
static const struct pseudo_dir one_node_dir = PSEUDO_DIR(one_node_entries);
static const struct pseudo_entry node_entry = DIR("node", one_node_dir);

static const struct pseudo_entry node_entries[] = {
    FIXED("has_cpu", "0\n"),           FIXED("has_memory", "0\n"),
    FIXED("has_normal_memory", "0\n"), FIXED("online", "0\n"),
    FIXED("possible", "0\n"),
};
static const struct pseudo_dir node_dir = {
    .entries = node_entries,
    .count = ARRAY_SIZE(node_entries),
    .child = &node_entry,
    .number = PSEUDO_INDEX,
    .next = next_zero,
};

/* --- the rest ------------------------------------------------------------ */

static const struct pseudo_entry clocksource_entries[] = {
    FIXED("available_clocksource", "tsc \n"),
    FIXED("current_clocksource", "tsc\n"),
};
static const struct pseudo_dir clocksource_dir =
    PSEUDO_DIR(clocksource_entries);
static const struct pseudo_entry clocksources_entries[] = {
    DIR("clocksource0", clocksource_dir),
};
static const struct pseudo_dir clocksources_dir =
    PSEUDO_DIR(clocksources_entries);

static const struct pseudo_entry system_entries[] = {
    DIR("clocksource", clocksources_dir),
    DIR("cpu", cpu_dir),
    DIR("node", node_dir),
};
static const struct pseudo_dir system_dir = PSEUDO_DIR(system_entries);
static const struct pseudo_entry devices_entries[] = {
    DIR("system", system_dir),
};
static const struct pseudo_dir devices_dir = PSEUDO_DIR(devices_entries);

/* kernel/vm_large.c */
static const struct pseudo_entry thp_entries[] = {
    FIXED("defrag", "[always] defer defer+madvise madvise never\n"),
    FIXED("enabled", "[always] madvise never\n"),
    FIXED("hpage_pmd_size", "2097152\n"),
    FIXED("shmem_enabled", "always within_size advise [never] deny force\n"),
    FIXED("use_zero_page", "0\n"),
};
static const struct pseudo_dir thp_dir = PSEUDO_DIR(thp_entries);

static const struct pseudo_entry pool_entries[] = {
    FIXED("free_hugepages", "0\n"),          FIXED("nr_hugepages", "0\n"),
    FIXED("nr_overcommit_hugepages", "0\n"), FIXED("resv_hugepages", "0\n"),
    FIXED("surplus_hugepages", "0\n"),
};
static const struct pseudo_dir pool_dir = PSEUDO_DIR(pool_entries);
static const struct pseudo_entry pools_entries[] = {
    DIR("hugepages-2048kB", pool_dir),
};
static const struct pseudo_dir pools_dir = PSEUDO_DIR(pools_entries);

static const struct pseudo_entry mm_entries[] = {
    DIR("hugepages", pools_dir),
    DIR("transparent_hugepage", thp_dir),
};
static const struct pseudo_dir mm_dir = PSEUDO_DIR(mm_entries);
static const struct pseudo_entry kernel_entries[] = {
    DIR("mm", mm_dir),
};
static const struct pseudo_dir kernel_dir = PSEUDO_DIR(kernel_entries);

static const struct pseudo_dir empty_dir = {.count = 0};
static const struct pseudo_entry class_entries[] = {
    DIR("block", empty_dir),
    DIR("net", sysfs_net_dir),
};
static const struct pseudo_dir class_dir = PSEUDO_DIR(class_entries);
static const struct pseudo_entry dev_entries[] = {
    DIR("block", empty_dir),
    DIR("char", empty_dir),
};
static const struct pseudo_dir dev_dir = PSEUDO_DIR(dev_entries);
static const struct pseudo_entry fs_entries[] = {
    DIR("cgroup", empty_dir),
};
static const struct pseudo_dir fs_dir = PSEUDO_DIR(fs_entries);

static const struct pseudo_entry entries[] = {
    DIR("block", empty_dir), DIR("class", class_dir),
    DIR("dev", dev_dir),     DIR("devices", devices_dir),
    DIR("fs", fs_dir),       DIR("kernel", kernel_dir),
};
static const struct pseudo_dir root_dir = PSEUDO_DIR(entries);
static const struct pseudo_entry root_entry = {
    .mode = S_IFDIR | 0555,
    .dir = &root_dir,
};

struct dentry *sysfs_create_root(void)
{
    static struct superblock sb;
    struct dentry *root;
    struct vnode *v;

    if (pseudo_create(&sb, "sysfs", SYSFS_MAGIC, &root_entry, &v))
        return NULL;
    root = dentry_create_root(v);
    vnode_put(v);
    return root;
}
