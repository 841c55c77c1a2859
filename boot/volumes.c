// SPDX-License-Identifier: MIT
#include "boot/volumes.h"

#include "abi/errno.h"
#include "abi/mount.h"
#include "kernel/cred.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "vfs/mount.h"

#define OPTIONS_SIZE 128

/* Cuts text at the next colon; what comes behind it, or NULL. */
static char *cut(char *text)
{
    char *colon = strchr(text, ':');

    if (colon)
        *colon++ = '\0';
    return colon;
}

/* Takes ro and rw out of the words, and adds whom the host's user becomes. */
static unsigned read_options(const char *words, const struct cred *c,
                             char to[OPTIONS_SIZE])
{
    unsigned flags = 0;
    size_t used = 0;

    to[0] = '\0';
    while (words && *words) {
        const char *end = strchr(words, ',');
        size_t len = end ? (size_t)(end - words) : strlen(words);

        if (len == 2 && !strncmp(words, "ro", 2))
            flags |= MS_RDONLY;
        else if (len != 2 || strncmp(words, "rw", 2))
            used += (size_t)snprintf(to + used, OPTIONS_SIZE - used, "%.*s,",
                                     (int)len, words);
        used = MIN(used, OPTIONS_SIZE - 1ul);
        words = end ? end + 1 : NULL;
    }
    snprintf(to + used, OPTIONS_SIZE - used, "uid=%u,gid=%u", c->fsuid,
             c->fsgid);
    return flags;
}

static const char *advice(int err)
{
    switch (err) {
    case -ENODEV:
        return "no 9P device has this tag: QEMU's -device virtio-9p-pci,"
               "mount_tag=TAG,fsdev=... makes one";
    case -EBUSY:
        return "the tag or the path is in use by another volume";
    case -ENOTDIR:
        return "the path is not a directory";
    case -ENOMEM:
        return "no memory: give the machine more (-m)";
    default:
        return "the device does not do what it should";
    }
}

static int mount_one(char *text, const struct cred *c, char *why, size_t size)
{
    char *path = cut(text), options[OPTIONS_SIZE];
    char *words = path ? cut(path) : NULL;
    unsigned flags;
    int err;

    if (!path || *path != '/') {
        snprintf(why, size, "volume=%.64s: not volume=TAG:/PATH[:ro]", text);
        return -EINVAL;
    }
    flags = read_options(words, c, options);
    err = mount_at(path, "9p", text, options, flags);
    if (err)
        snprintf(why, size, "volume=%.64s:%.64s: %s (error %d)", text, path,
                 advice(err), -err);
    return err;
}

int volumes_mount(const struct boot_options *o, const struct cred *c, char *why,
                  size_t size)
{
    int err = 0;

    for (size_t i = 0; i < o->volume_count && !err; i++)
        err = mount_one(o->volumes[i], c, why, size);
    return err;
}
