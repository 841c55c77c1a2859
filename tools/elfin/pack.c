// SPDX-License-Identifier: MIT
/*
 * pack: writes the initrd that `run` would make, to boot it anywhere.
 */
#include "tools/elfin/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/elfin/image.h"

struct pack_opts {
    struct image_opts image;
    const char *output;
};

#define AT(field) offsetof(struct pack_opts, field)

static const struct opt pack_options[] = {
    {'o', "output", OPT_TEXT, "IMAGE.cpio", "the archive to write (needed)",
     AT(output), NULL},
    {0, "add", OPT_LIST, "SRC[:DST]",
     "put a file or directory into the root (repeatable)", AT(image.add), NULL},
    {0, "bare", OPT_FLAG, NULL,
     "leave out the other files of PROGRAM's Debian package", AT(image.bare),
     NULL},
    {0, "rootfs", OPT_TEXT, "DIR|CPIO",
     "use it as the root; PROGRAM is a path inside it", AT(image.rootfs), NULL},
    {0, "init", OPT_TEXT, "PATH",
     "where PROGRAM goes in the root (default: its own path)", AT(image.init),
     NULL},
    {0},
};

/* Into a draft beside the file, so that a broken one is never left behind. */
static int write_output(struct image *img, const char *path)
{
    char *draft = xasprintf("%s.%d.tmp", path, (int)getpid());
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    uint64_t size;
    int status;

    if (fd < 0) {
        status = fail(STATUS_FAILED, "%s: %s", path, strerror(errno));
        goto end;
    }
    status = image_write(img, fd, path, &size);
    if (close(fd) < 0 && !status)
        status = fail(STATUS_FAILED, "%s: %s", path, strerror(errno));
    if (!status && rename(draft, path) < 0)
        status = fail(STATUS_FAILED, "%s: %s", path, strerror(errno));
    if (status)
        unlink(draft);
end:
    free(draft);
    return status;
}

/*
 * A kernel without init= starts /init or the only executable, so a program
 * elsewhere gets a symbolic link there.
 */
static int add_init(struct image *img)
{
    struct tree_inode link = {.mode = S_IFLNK | 0777,
                              .mtime = img->tree.root->inode->mtime,
                              .size = strlen(img->init)};

    if (tree_lookup(&img->tree, "/init", false))
        return 0;
    link.owned_data = xstrdup(img->init);
    link.data = link.owned_data;
    if (tree_add_inode(&img->tree, "/init", &link, NULL))
        return fail(STATUS_FAILED, "/init cannot be made in the root");
    return 0;
}

static int run(const struct command *c, int argc, char **argv)
{
    struct pack_opts o = {0};
    struct image img = {0};
    int status;

    if (!opts_parse(c, &argc, &argv, &o, &status))
        goto end;
    status = STATUS_USAGE;
    if (!o.output)
        fail(status, "no file to write: give -o IMAGE.cpio");
    else if (argc < 1)
        fail(status, "no program given: elfin pack -o IMAGE.cpio PROGRAM");
    else if (argc > 1)
        fail(status,
             "'%s' behind the program: options come before it, and arguments "
             "belong to the kernel command line, behind --",
             argv[1]);
    else
        status = image_prepare(&img, &o.image, argv[0], false);
    if (!status)
        status = add_init(&img);
    if (!status)
        status = write_output(&img, o.output);
    image_fini(&img);
end:
    strlist_fini(&o.image.add);
    return status;
}

const struct command command_pack = {
    .name = "pack",
    .synopsis = "-o IMAGE.cpio [OPTION...] PROGRAM",
    .summary = "Write the initrd with PROGRAM and what it needs.",
    .notes =
        "The archive is an ordinary newc cpio. /init leads to PROGRAM, unless "
        "there is one:\n\n"
        "  elfin pack -o hello.cpio ./hello\n"
        "  qemu-system-x86_64 -kernel elfin.elf -initrd hello.cpio "
        "-nographic -no-reboot \\\n    -append '-- ARG...'\n",
    .opts = pack_options,
    .run = run,
};
