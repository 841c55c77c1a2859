// SPDX-License-Identifier: MIT
/*
 * procfs_cpuinfo: /proc/cpuinfo, from CPUID (Intel SDM volume 2, AMD APM
 * volume 3 for the extended leaves). A flag is listed when the CPU has it and,
 * for those that need the kernel's help, when a program may use it.
 */
#include "kernel/clock.h"
#include "kernel/cpu.h"
#include "lib/string.h"
#include "vfs/procfs_system.h"

/* The names of a register's bits, from bit 0 on; - has none to be shown. */
struct flag_word {
    uint32_t leaf, subleaf;
    unsigned reg; /* 0: eax ... 3: edx */
    const char *names;
};

static const struct flag_word flag_words[] = {
    {1, 0, 3,
     "fpu vme de pse tsc msr pae mce cx8 apic - sep mtrr pge mca cmov pat "
     "pse36 pn clflush - dts acpi mmx fxsr sse sse2 ss ht tm ia64 pbe"},
    {0x80000001, 0, 3,
     "- - - - - - - - - - - syscall - - - - - - - mp nx - mmxext - - "
     "fxsr_opt pdpe1gb rdtscp - lm 3dnowext 3dnow"},
    {1, 0, 2,
     "pni pclmulqdq dtes64 monitor ds_cpl vmx smx est tm2 ssse3 cid sdbg fma "
     "cx16 xtpr pdcm - pcid dca sse4_1 sse4_2 x2apic movbe popcnt "
     "tsc_deadline_timer aes xsave - avx f16c rdrand hypervisor"},
    {0x80000001, 0, 2,
     "lahf_lm cmp_legacy svm extapic cr8_legacy abm sse4a misalignsse "
     "3dnowprefetch osvw ibs xop skinit wdt - lwp fma4 tce - nodeid_msr - tbm "
     "topoext"},
    {7, 0, 1,
     "fsgsbase tsc_adjust sgx bmi1 hle avx2 - smep bmi2 erms invpcid rtm cqm - "
     "mpx rdt_a avx512f avx512dq rdseed adx smap avx512ifma - clflushopt clwb "
     "intel_pt avx512pf avx512er avx512cd sha_ni avx512bw avx512vl"},
    {0xd, 1, 0, "xsaveopt xsavec xgetbv1 xsaves"},
    {7, 0, 2,
     "- avx512vbmi umip pku - waitpkg avx512_vbmi2 - gfni vaes vpclmulqdq "
     "avx512_vnni avx512_bitalg - avx512_vpopcntdq - la57 - - - - - rdpid"},
    {7, 0, 3, "- - - - fsrm"},
};

static bool has_leaf(uint32_t leaf)
{
    return cpuid(leaf & 0x80000000, 0).eax >= leaf;
}

/* Vector registers that the kernel does not save are not to be used. */
static bool usable(const char *name, size_t len)
{
    if (len >= 6 && !memcmp(name, "avx512", 6))
        return (cpu_features.xcr0 & 0xe6) == 0xe6;
    if ((len >= 3 && !memcmp(name, "avx", 3)) ||
        (len >= 3 && !memcmp(name, "fma", 3)))
        return (cpu_features.xcr0 & 6) == 6;
    return true;
}

static void put_word(struct text *t, const struct flag_word *w)
{
    struct cpuid r = cpuid(w->leaf, w->subleaf);
    uint32_t bits = (const uint32_t[]){r.eax, r.ebx, r.ecx, r.edx}[w->reg];
    const char *name = w->names;

    for (; *name; bits >>= 1) {
        size_t len = 0;

        while (name[len] && name[len] != ' ')
            len++;
        if ((bits & 1) && *name != '-' && usable(name, len)) {
            text_put(t, " ", 1);
            text_put(t, name, len);
        }
        name += len + (name[len] == ' ');
    }
}

static void put_flags(struct text *t)
{
    text_puts(t, "flags\t\t:");
    for (size_t i = 0; i < ARRAY_SIZE(flag_words); i++)
        if (has_leaf(flag_words[i].leaf))
            put_word(t, &flag_words[i]);
    if (cpu_features.invariant_tsc)
        text_puts(t, " constant_tsc nonstop_tsc");
    text_puts(t, "\n");
}

static void put_names(struct text *t)
{
    struct cpuid r = cpuid(0, 0);
    uint32_t vendor[4] = {r.ebx, r.edx, r.ecx, 0};
    char model[49] = "";
    uint32_t family, number;

    if (has_leaf(0x80000004)) {
        for (uint32_t i = 0; i < 3; i++) {
            r = cpuid(0x80000002 + i, 0);
            memcpy(model + 16 * i, &r, 16);
        }
        model[48] = '\0';
    }
    r = cpuid(1, 0);
    family = r.eax >> 8 & 15;
    number = r.eax >> 4 & 15;
    if (family == 6 || family == 15)
        number |= r.eax >> 12 & 0xf0;
    if (family == 15)
        family += r.eax >> 20 & 0xff;
    text_printf(t,
                "processor\t: 0\n"
                "vendor_id\t: %s\n"
                "cpu family\t: %u\n"
                "model\t\t: %u\n"
                "model name\t: %s\n"
                "stepping\t: %u\n",
                (const char *)vendor, family, number,
                model[0] ? model : "unknown", r.eax & 15);
}

int procfs_show_cpuinfo(struct text *t, const struct pseudo_key *k)
{
    uint64_t mult = clock_shared.page.line[CLOCK_LINE_RAW].mult;
    /* ns per tick times 2^32: MHz is 1000 * 2^32 / mult */
    uint64_t khz = mult ? ((UINT64_C(1000000) << 32) / mult) : 0;
    uint32_t width = cpuid(1, 0).ebx >> 8 & 0xff;

    (void)k;
    put_names(t);
    text_printf(t,
                "cpu MHz\t\t: %llu.%03llu\n"
                "physical id\t: 0\n"
                "siblings\t: 1\n"
                "core id\t\t: 0\n"
                "cpu cores\t: 1\n"
                "apicid\t\t: 0\n"
                "initial apicid\t: 0\n"
                "fpu\t\t: yes\n"
                "fpu_exception\t: yes\n"
                "cpuid level\t: %u\n"
                "wp\t\t: yes\n",
                (unsigned long long)(khz / 1000),
                (unsigned long long)(khz % 1000), cpuid(0, 0).eax);
    put_flags(t);
    text_printf(t,
                "bugs\t\t:\n"
                "bogomips\t: %llu.%02llu\n"
                "clflush size\t: %u\n"
                "cache_alignment\t: %u\n"
                "address sizes\t: %u bits physical, 48 bits virtual\n"
                "power management:\n\n",
                (unsigned long long)(khz / 500),
                (unsigned long long)(khz / 5 % 100), width * 8, width * 8,
                cpu_features.phys_bits);
    return 0;
}
