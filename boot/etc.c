// SPDX-License-Identifier: MIT
#include "boot/etc.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "kernel/log.h"
#include "kernel/system.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "vfs/file.h"
#include "vfs/path.h"
#include "vfs/vfs.h"

#define LOG_TAG "etc"

static int write_new(const char *path, const char *text)
{
    struct path_start start;
    struct file *f;
    ssize_t n;
    int err;

    /* this makes the directory, too */
    err = vfs_add_extent_file(path, "", 0, 0644);
    vfs_kernel_start(&start);
    if (!err)
        err = file_open(&start, path, O_WRONLY, 0, &f);
    if (err)
        return err;
    n = file_write_kernel(f, text, strlen(text), 0);
    file_put(f);
    return n < 0 ? (int)n : 0;
}

/* Whatever is there stays, be it unreadable. */
static void make(const char *path, const char *text)
{
    struct file *f;
    int err = vfs_open_kernel(path, &f);

    if (!err)
        file_put(f);
    if (err != -ENOENT)
        return;
    err = write_new(path, text);
    if (err)
        log_warn("cannot make %s: error %d", path, -err);
}

void etc_make(void)
{
    const char *host = system_info.hostname;
    char text[2 * SYSTEM_NAME_SIZE + 64];

    snprintf(text, sizeof(text), "127.0.0.1\tlocalhost\n");
    if (*host && strcmp(host, "localhost"))
        snprintf(text, sizeof(text), "127.0.0.1\tlocalhost\n127.0.1.1\t%s\n",
                 host);
    make("/etc/hosts", text);
    snprintf(text, sizeof(text), "%s\n", host);
    make("/etc/hostname", text);
    make("/etc/passwd",
         "root:x:0:0:root:/root:/bin/sh\n"
         "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
    make("/etc/group", "root:x:0:\nnogroup:x:65534:\n");
    make("/etc/nsswitch.conf",
         "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n");
}
