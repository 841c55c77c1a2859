// SPDX-License-Identifier: MIT
/*
 * image: from PROGRAM and the options to the root that is booted.
 */
#include "tools/elfin/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/elfin/cpio.h"
#include "tools/elfin/elfinfo.h"
#include "tools/elfin/program.h"

static int not_found(const char *program)
{
    return fail(STATUS_NOT_FOUND, "%s: there is no such file%s: check the path",
                program, strchr(program, '/') ? "" : " here or in PATH");
}

static int open_failed(const char *program, int err)
{
    if (err == -ENOENT || err == -ENOTDIR)
        return not_found(program);
    if (err == -EISDIR)
        return fail(STATUS_NOT_RUNNABLE,
                    "%s: is a directory: give the program's file", program);
    return fail(STATUS_NOT_RUNNABLE, "%s: cannot be read (%s)", program,
                strerror(-err));
}

static int refused(const char *program, const struct elfinfo *info)
{
    return fail(STATUS_NOT_RUNNABLE, "%s: %s", program, info->problem);
}

/* PROGRAM of the host: alone if it can be, else with what it needs. */
static int prepare_host_program(struct image *img, const char *program,
                                bool raw_ok, bool bare)
{
    struct mapped_file f;
    struct elfinfo info;
    int err, status = 0;

    err = file_map(img->program, &f);
    if (err)
        return open_failed(program, err);
    elfinfo_read(&info, f.data, f.size);
    img->raw_size = f.size;
    img->raw = raw_ok && !info.interp;
    if (info.problem)
        status = refused(program, &info);
    if (!status && !img->raw)
        status = image_need_tree(img);
    if (!status && !img->raw)
        status = program_add_needs(&img->tree, img->init, img->program, bare,
                                   &img->library_path);
    elfinfo_fini(&info);
    file_unmap(&f);
    return status;
}

/* SRC or SRC:DST; a colon that is part of an existing name stays with it. */
static int add_one(struct image *img, const char *spec)
{
    const char *colon = strrchr(spec, ':');
    char *src, *dst, *bad = NULL;
    int err, status = 0;

    if (colon && access(spec, F_OK) == 0)
        colon = NULL;
    if (colon && colon[1] != '/')
        return fail(STATUS_USAGE,
                    "--add %s: the place behind the colon must be an absolute "
                    "path: write SRC:/DST",
                    spec);
    src = colon ? xstrndup(spec, (size_t)(colon - spec)) : xstrdup(spec);
    dst = path_normalise(colon ? colon + 1 : src);
    err = tree_add_host(&img->tree, dst, src, &bad);
    if (err)
        status = fail(STATUS_FAILED, "--add %s: %s%s%s", spec,
                      strcmp(spec, bad) ? bad : "",
                      strcmp(spec, bad) ? ": " : "", strerror(-err));
    free(bad);
    free(src);
    free(dst);
    return status;
}

static bool is_tar(const struct mapped_file *f)
{
    return f->size > 512 && !memcmp(f->data + 257, "ustar", 5);
}

static int read_archive(struct image *img, const char *rootfs)
{
    const struct mapped_file *f = &img->archive;
    char *problem;
    int status;

    if (is_tar(f))
        return fail(STATUS_USAGE,
                    "--rootfs %s: a tar archive is not supported yet: unpack "
                    "it, and give the directory",
                    rootfs);
    if (f->size > 2 && !memcmp(f->data, "\x1f\x8b", 2))
        return fail(STATUS_USAGE,
                    "--rootfs %s: is compressed: unpack it with gzip -dk "
                    "first",
                    rootfs);
    if (!cpio_read(&img->tree, f->data, f->size, &problem))
        return 0;
    status = fail(STATUS_FAILED,
                  "--rootfs %s: is no newc cpio archive (%s): give a "
                  "directory, or what `cpio -o -H newc` makes",
                  rootfs, problem);
    free(problem);
    return status;
}

static int add_rootfs(struct image *img, const char *rootfs)
{
    int err = file_map(rootfs, &img->archive);
    char *bad = NULL;
    int status;

    if (!err)
        return read_archive(img, rootfs);
    if (err == -EISDIR)
        err = tree_add_host(&img->tree, "/", rootfs, &bad);
    if (!err)
        return 0;
    status = fail(STATUS_FAILED, "--rootfs %s: %s: %s", rootfs,
                  bad ? bad : "cannot be read", strerror(-err));
    free(bad);
    return status;
}

/* The interpreter that a program of the rootfs names must be in it as well. */
static int check_tree_interp(const struct image *img, const char *program,
                             const struct elfinfo *info)
{
    const struct tree_entry *e;

    if (!info->interp)
        return 0;
    e = tree_lookup(&img->tree, info->interp, true);
    if (e && S_ISREG(e->inode->mode))
        return 0;
    return fail(STATUS_NOT_RUNNABLE,
                "%s: its interpreter %s is not in the root: add it with --add",
                program, info->interp);
}

/* PROGRAM is a path in the root that --rootfs gave. */
static int check_tree_program(struct image *img, const char *program)
{
    const struct tree_entry *e = tree_lookup(&img->tree, img->init, true);
    struct mapped_file f = {0};
    struct elfinfo info;
    int status = 0, err;

    if (!e)
        return fail(STATUS_NOT_FOUND,
                    "%s: there is no such file in the root: check the path, or "
                    "put it there with --add",
                    program);
    if (!S_ISREG(e->inode->mode))
        return open_failed(program, S_ISDIR(e->inode->mode) ? -EISDIR : -ENXIO);
    if (e->inode->source) {
        err = file_map(e->inode->source, &f);
        if (err)
            return open_failed(program, err);
        elfinfo_read(&info, f.data, f.size);
    } else {
        elfinfo_read(&info, e->inode->data, e->inode->size);
    }
    if (info.problem)
        status = refused(program, &info);
    else
        status = check_tree_interp(img, program, &info);
    elfinfo_fini(&info);
    if (e->inode->source)
        file_unmap(&f);
    return status;
}

int image_need_tree(struct image *img)
{
    if (img->tree.root)
        return 0;
    img->raw = false;
    tree_init(&img->tree);
    return img->program ? program_add_file(&img->tree, img->init, img->program)
                        : 0;
}

int image_prepare(struct image *img, const struct image_opts *opts,
                  const char *program, bool raw_ok)
{
    bool alone = raw_ok && !opts->add.count && !opts->rootfs;
    int status = 0;

    *img = (struct image){.archive = {.data = ""}};
    if (!opts->rootfs)
        img->program = program_find(program);
    img->init = path_normalise(opts->init     ? opts->init
                               : img->program ? img->program
                                              : program);
    if (!opts->rootfs) {
        status = prepare_host_program(img, program, alone, opts->bare);
    } else {
        image_need_tree(img);
        status = add_rootfs(img, opts->rootfs);
    }
    for (size_t i = 0; !status && i < opts->add.count; i++)
        status = add_one(img, opts->add.items[i]);
    if (!status && opts->rootfs)
        status = check_tree_program(img, program);
    return status;
}

void image_fini(struct image *img)
{
    if (img->tree.root)
        tree_fini(&img->tree);
    file_unmap(&img->archive);
    free(img->init);
    free(img->program);
    *img = (struct image){0};
}

int image_write(struct image *img, int fd, const char *name, uint64_t *size)
{
    char *bad;
    int err = cpio_write(&img->tree, fd, size, &bad), status = 0;

    if (err == -EFBIG)
        status = fail(STATUS_FAILED,
                      "%s: is larger than the 4 GiB that a "
                      "cpio archive can hold",
                      bad);
    else if (err)
        status = fail(STATUS_FAILED, "%s: %s", bad ? bad : name,
                      err == -ESTALE ? "became shorter while it was packed"
                                     : strerror(-err));
    free(bad);
    return status;
}

int image_write_memory(struct image *img, int *fd, uint64_t *size)
{
    int status;

    *fd = memfd_create("elfin-initrd", 0);
    if (*fd < 0)
        return fail(STATUS_FAILED, "no memory for the initrd (%s)",
                    strerror(errno));
    status = image_write(img, *fd, "the initrd", size);
    if (status) {
        close(*fd);
        *fd = -1;
    }
    return status;
}

static char *memory_copy(const struct tree_inode *i)
{
    int fd = memfd_create("elfin-file", MFD_CLOEXEC);
    uint64_t done = 0;

    while (fd >= 0 && done < i->size) {
        ssize_t n = write(fd, i->data + done, i->size - done);

        if (n <= 0) {
            close(fd);
            return NULL;
        }
        done += (uint64_t)n;
    }
    return fd >= 0 ? xasprintf("/proc/self/fd/%d", fd) : NULL;
}

char *image_host_file(const struct image *img, const char *path)
{
    const struct tree_entry *e;

    if (!img->tree.root)
        return strcmp(path, img->init) ? NULL : xstrdup(img->program);
    e = tree_lookup(&img->tree, path, true);
    if (!e || !S_ISREG(e->inode->mode))
        return NULL;
    return e->inode->source ? xstrdup(e->inode->source) : memory_copy(e->inode);
}
