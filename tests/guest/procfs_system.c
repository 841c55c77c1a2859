// SPDX-License-Identifier: MIT
/* procfs_system: what /proc tells of the whole system: proc(5). */
#define _GNU_SOURCE
#include "procfs.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>

static void meminfo_adds_up(void)
{
    CHECK(slurp("/proc/meminfo") > 0);
    CHECK(field_number("MemTotal") > 4096);
    CHECK(field_number("MemFree") > 0);
    CHECK(field_number("MemFree") <= field_number("MemTotal"));
    CHECK(field_number("MemAvailable") <= field_number("MemTotal"));
    CHECK(strstr(field("MemTotal"), " kB\n"));
    CHECK_EQ(field_number("Hugepagesize"), 2048);
    CHECK(field_number("SwapTotal") >= 0 && field_number("Cached") >= 0);
    CHECK(field_number("Buffers") >= 0 && field_number("Shmem") >= 0);
}

static void uptime_goes_on(void)
{
    struct timespec now;
    double up, idle;

    CHECK(slurp("/proc/uptime") > 0);
    CHECK_EQ(sscanf(text, "%lf %lf", &up, &idle), 2);
    clock_gettime(CLOCK_BOOTTIME, &now);
    CHECK((double)now.tv_sec + 1 >= up && up + 5 >= (double)now.tv_sec);
}

static void stat_of_the_system_parses(void)
{
    unsigned long long user, nice, system, idle;
    char *line;

    CHECK(slurp("/proc/stat") > 0);
    CHECK_EQ(
        sscanf(text, "cpu %llu %llu %llu %llu", &user, &nice, &system, &idle),
        4);
    CHECK(strstr(text, "\ncpu0 ") && strstr(text, "\nctxt "));
    line = strstr(text, "\nbtime ");
    CHECK(line);
    CHECK(strtoll(line + 7, NULL, 10) <= time(NULL));
    CHECK(strstr(text, "\nprocs_running ") && strstr(text, "\nprocesses "));
}

static void cpuinfo_lists_processors(void)
{
    long n = 0;

    CHECK(slurp("/proc/cpuinfo") > 0);
    for (char *p = text; (p = strstr(p, "processor\t:")); p++)
        n++;
    CHECK_EQ(n, sysconf(_SC_NPROCESSORS_ONLN));
    CHECK(strstr(text, "\nflags\t\t: fpu "));
    CHECK(strstr(text, " sse2 ") && strstr(text, " lm "));
    CHECK(strstr(text, "vendor_id\t: ") && strstr(text, "\nmodel name\t: "));
}

static void loadavg_parses(void)
{
    double load[3];
    int running, all, last;

    CHECK(slurp("/proc/loadavg") > 0);
    CHECK_EQ(sscanf(text, "%lf %lf %lf %d/%d %d", &load[0], &load[1], &load[2],
                    &running, &all, &last),
             6);
    CHECK(running >= 1 && all >= running && last >= 1);
}

static void loadavg_and_sysinfo_agree(void)
{
    struct sysinfo s;
    double load;

    for (int i = 0; i < 20; i++) { /* between two steps of the averages */
        CHECK(slurp("/proc/loadavg") > 0);
        CHECK_EQ(sscanf(text, "%lf", &load), 1);
        CHECK_EQ(sysinfo(&s), 0);
        load -= (double)s.loads[0] / (1 << SI_LOAD_SHIFT);
        if (load > -0.011 && load < 0.011)
            return;
        usleep(100000);
    }
    CHECK(!"they agree");
}

static void version_and_sysctl_agree_with_uname(void)
{
    struct utsname u;

    CHECK_EQ(uname(&u), 0);
    CHECK(slurp("/proc/sys/kernel/osrelease") > 0);
    CHECK(!strncmp(text, u.release, strlen(u.release)));
    CHECK(slurp("/proc/sys/kernel/hostname") > 0);
    CHECK(!strncmp(text, u.nodename, strlen(u.nodename)));
    CHECK(slurp("/proc/sys/kernel/ostype") == 6);
    CHECK(slurp("/proc/version") > 0);
    CHECK(strstr(text, u.release));
}

static void sysctl_values_are_numbers(void)
{
    static const char *const names[] = {"fs/file-max",
                                        "fs/nr_open",
                                        "fs/pipe-max-size",
                                        "kernel/cap_last_cap",
                                        "kernel/ngroups_max",
                                        "kernel/pid_max",
                                        "kernel/threads-max",
                                        "kernel/random/entropy_avail",
                                        "net/core/somaxconn",
                                        "vm/max_map_count",
                                        "vm/overcommit_memory",
                                        "vm/mmap_min_addr",
                                        "fs/inotify/max_user_watches",
                                        "fs/aio-max-nr",
                                        "fs/aio-nr",
                                        "fs/leases-enable",
                                        "kernel/msgmax",
                                        "kernel/msgmnb",
                                        "kernel/msgmni",
                                        "kernel/shmall",
                                        "kernel/shmmax",
                                        "kernel/shmmni",
                                        "kernel/sched_rr_timeslice_ms",
                                        "vm/panic_on_oom"};
    char path[128], *end;

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        snprintf(path, sizeof(path), "/proc/sys/%s", names[i]);
        if (slurp(path) <= 0)
            CHECK_FAIL("%s cannot be read", path);
        strtoull(text, &end, 10);
        if (end == text || strcmp(end, "\n"))
            CHECK_FAIL("%s is no number", path);
    }
}

static void sem_has_four_numbers(void)
{
    int n[4];

    CHECK(slurp("/proc/sys/kernel/sem") > 0);
    CHECK_EQ(sscanf(text, "%d %d %d %d", &n[0], &n[1], &n[2], &n[3]), 4);
    CHECK(n[1] >= n[0]);
}

static bool is_uuid(const char *s)
{
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? s[i] != '-' : !strchr("0123456789abcdef", s[i]))
            return false;
    }
    return s[36] == '\n';
}

static void boot_id_stays_and_uuid_does_not(void)
{
    char first[64];

    CHECK(slurp("/proc/sys/kernel/random/boot_id") == 37);
    CHECK(is_uuid(text));
    memcpy(first, text, 38);
    CHECK(slurp("/proc/sys/kernel/random/boot_id") == 37);
    CHECK(!strcmp(first, text));
    CHECK(slurp("/proc/sys/kernel/random/uuid") == 37);
    CHECK(is_uuid(text));
    memcpy(first, text, 38);
    CHECK(slurp("/proc/sys/kernel/random/uuid") == 37);
    CHECK(strcmp(first, text) != 0);
}

static void filesystems_name_proc(void)
{
    CHECK(slurp("/proc/filesystems") > 0);
    CHECK(strstr(text, "nodev\tproc\n") && strstr(text, "nodev\ttmpfs\n"));
}

static void mounts_name_proc(void)
{
    char device[256], point[256], type[256];
    bool proc = false;

    CHECK(slurp("/proc/mounts") > 0);
    for (char *p = text; p && *p; p = strchr(p, '\n') + 1) {
        CHECK_EQ(sscanf(p, "%255s %255s %255s", device, point, type), 3);
        proc |= !strcmp(point, "/proc") && !strcmp(type, "proc");
    }
    CHECK(proc);
    CHECK(!strcmp(link_of("/proc/mounts"), "self/mounts"));
}

static void mountinfo_matches_stat(void)
{
    unsigned id, parent, major_no, minor_no;
    char root[256], point[256];
    bool found = false;
    struct stat s;

    CHECK_EQ(stat("/proc", &s), 0);
    CHECK(slurp("/proc/self/mountinfo") > 0);
    for (char *p = text; p && *p; p = strchr(p, '\n') + 1) {
        CHECK_EQ(sscanf(p, "%u %u %u:%u %255s %255s", &id, &parent, &major_no,
                        &minor_no, root, point),
                 6);
        if (strcmp(point, "/proc"))
            continue;
        found = true;
        CHECK_EQ(makedev(major_no, minor_no), s.st_dev);
        CHECK(strstr(p, " - proc "));
    }
    CHECK(found);
}

static void dev_has_links_to_descriptors(void)
{
    CHECK(!strcmp(link_of("/dev/fd"), "/proc/self/fd"));
    CHECK(!strcmp(link_of("/dev/stdin"), "/proc/self/fd/0"));
    CHECK(!strcmp(link_of("/dev/stdout"), "/proc/self/fd/1"));
    CHECK(!strcmp(link_of("/dev/stderr"), "/proc/self/fd/2"));
}

int main(void)
{
    RUN(meminfo_adds_up);
    RUN(uptime_goes_on);
    RUN(stat_of_the_system_parses);
    RUN(cpuinfo_lists_processors);
    RUN(loadavg_parses);
    RUN(loadavg_and_sysinfo_agree);
    RUN(version_and_sysctl_agree_with_uname);
    RUN(sysctl_values_are_numbers);
    RUN(sem_has_four_numbers);
    RUN(boot_id_stays_and_uuid_does_not);
    RUN(filesystems_name_proc);
    RUN(mounts_name_proc);
    RUN(mountinfo_matches_stat);
    RUN(dev_has_links_to_descriptors);
    return check_end();
}
