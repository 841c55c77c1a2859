// SPDX-License-Identifier: MIT
/*
 * accel: the choice of the accelerator, and the memory of the last verdict.
 *
 * The file holds one line: a key (boot and emulator), "yes" or "no". A file
 * that cannot be read or has another key is no verdict.
 */
#include "tools/elfin/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/elfin/probe.h"

#define PROBE_LIMIT (2 * NSEC_PER_SEC)
#define DEVICE      "/dev/kvm"

/* Where the verdict is kept, or NULL. */
static char *cache_path(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    char *dir, *path;

    if (runtime && *runtime == '/') {
        dir = path_join(runtime, "elfin");
    } else if (cache && *cache == '/') {
        mkdir(cache, 0700);
        dir = path_join(cache, "elfin");
    } else if (home && *home == '/') {
        char *parent = path_join(home, ".cache");

        mkdir(parent, 0700);
        dir = path_join(parent, "elfin");
        free(parent);
    } else {
        return NULL;
    }
    mkdir(dir, 0700);
    path = path_join(dir, "kvm");
    free(dir);
    return path;
}

/* What the verdict holds for; NULL: nothing identifies this boot. */
static char *cache_key(const char *qemu)
{
    char *boot = file_text("/proc/sys/kernel/random/boot_id"), *key = NULL;
    struct stat st;

    if (boot && stat(qemu, &st) == 0) {
        boot[strcspn(boot, "\n")] = '\0';
        key = xasprintf("%s %u %lld %s", boot, (unsigned)getuid(),
                        (long long)st.st_mtime, qemu);
    }
    free(boot);
    return key;
}

static bool cache_read(const char *path, const char *key, bool *works)
{
    char *text = file_text(path);
    size_t n = strlen(key);
    bool known = text && !strncmp(text, key, n) &&
                 (!strcmp(text + n, " yes\n") || !strcmp(text + n, " no\n"));

    if (known)
        *works = text[n + 1] == 'y';
    free(text);
    return known;
}

/* In place at once or not at all; without a word when it cannot be. */
static void cache_write(const char *path, const char *key, bool works)
{
    char *draft = xasprintf("%s.%d", path, (int)getpid());
    FILE *f = fopen(draft, "we");

    if (f) {
        bool ok = fprintf(f, "%s %s\n", key, works ? "yes" : "no") > 0;

        if (fclose(f) != 0 || !ok || rename(draft, path) < 0)
            unlink(draft);
    }
    free(draft);
}

/* As far as the device file tells; true: worth a try. */
static bool device_opens(char **reason)
{
    int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

    if (fd >= 0) {
        close(fd);
        return true;
    }
    if (errno == EACCES)
        *reason = xstrdup(DEVICE " is not open to you: join the group kvm");
    else
        *reason = xasprintf(DEVICE ": %s", strerror(errno));
    return false;
}

static bool try_kvm(const char *qemu, char **reason)
{
    return device_opens(reason) && probe_run(qemu, true, PROBE_LIMIT, reason);
}

static bool kvm_works(const char *qemu)
{
    char *path = cache_path(), *key = cache_key(qemu), *reason = NULL;
    bool works = false;

    if (!path || !key || !cache_read(path, key, &works)) {
        works = try_kvm(qemu, &reason);
        if (!works)
            warn("KVM guests do not run on this host (%s): using TCG, which is "
                 "slower",
                 reason);
        if (path && key)
            cache_write(path, key, works);
    }
    free(reason);
    free(path);
    free(key);
    return works;
}

int accel_choose(const char *want, const char *qemu, bool *kvm)
{
    *kvm = false;
    if (!strcmp(want, "tcg"))
        return 0;
    if (!strcmp(want, "auto")) {
        if (access(DEVICE, F_OK) == 0)
            *kvm = kvm_works(qemu);
        return 0;
    }
    if (strcmp(want, "kvm"))
        return fail(STATUS_USAGE, "--accel %s: unknown: give auto, kvm or tcg",
                    want);
    if (access(DEVICE, F_OK) < 0)
        return fail(STATUS_FAILED,
                    "--accel kvm: this host has no " DEVICE ": use tcg");
    *kvm = true;
    return 0;
}
