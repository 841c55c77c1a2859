// SPDX-License-Identifier: MIT
/*
 * exec: execve(2) and execveat(2).
 *
 * The new program is made beside the old one, with its memory, its stack and
 * its copies of what the process shares; until all of that is there, an error
 * leaves the old one as it was. Only then do the other threads end.
 */
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/stat.h"
#include "abi/limits.h"
#include "abi/personality.h"
#include "abi/resource.h"
#include "kernel/cred.h"
#include "kernel/debug.h"
#include "kernel/fpu.h"
#include "kernel/kmalloc.h"
#include "kernel/process_exec.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "loader/load.h"
#include "loader/script.h"
#include "syscalls/at_path.h"
#include "syscalls/define.h"
#include "syscalls/exec_args.h"
#include "vfs/exe.h"
#include "vfs/fd.h"
#include "vfs/file.h"
#include "vfs/fs_context.h"
#include "vfs/vnode.h"

#define LOG_TAG "exec"
#include "kernel/log.h"

#define ARGS_MIN KIB(128)
#define ARGS_MAX MIB(6)

struct exec {
    struct file *file; /* of the program, or the script so far */
    char *path;        /* AT_EXECFN: kmalloc's */
    bool unreachable;  /* an interpreter could not open path */
    size_t room;       /* for strings */
    struct exec_strings args, env;
    struct fd_table *files; /* the process's own, when it shared one */
    struct process_image image;
};

/* --- the file --- */

/* May the caller run it? Takes the file's reference in d over to e->file. */
static int open_dentry(struct exec *e, struct dentry *d)
{
    const struct vnode *v = d->vnode;

    if (!vnode_is_regular(v) || !vnode_permits(v, X_OK, cred_current()))
        return -EACCES;
    if (vnode_not_written(v))
        return -ETXTBSY;
    return file_open_dentry(d, O_RDONLY, &cred_root, &e->file);
}

static int open_descriptor(struct exec *e, int fd)
{
    struct file *f = fd_get(fd);
    int err;

    if (!f)
        return -EBADF;
    err = f->dentry ? open_dentry(e, f->dentry) : -EACCES;
    if (!f->dentry && vnode_is_regular(f->vnode) &&
        vnode_permits(f->vnode, X_OK, cred_current())) {
        file_get(f); /* a memfd */
        e->file = f;
        err = 0;
    }
    file_put(f);
    return err;
}

static int make_path(struct exec *e, int fd, const char *path)
{
    size_t size = strlen(path) + sizeof("/dev/fd/2147483647/");

    e->path = kmalloc(size);
    if (!e->path)
        return -ENOMEM;
    if (fd == AT_FDCWD || path[0] == '/')
        snprintf(e->path, size, "%s", path);
    else if (path[0])
        snprintf(e->path, size, "/dev/fd/%d/%s", fd, path);
    else
        snprintf(e->path, size, "/dev/fd/%d", fd);
    return 0;
}

static int open_path(struct exec *e, const struct at_path *at, int flags)
{
    bool nofollow = flags & AT_SYMLINK_NOFOLLOW;
    struct dentry *d;
    int err = path_walk(&at->start, at->path, nofollow ? 0 : PATH_FOLLOW, &d);

    at_path_note(at, err);
    if (err < 0)
        return err;
    err = nofollow && vnode_is_symlink(d->vnode) ? -ELOOP : open_dentry(e, d);
    dentry_put(d);
    return err;
}

static int open_program(struct exec *e, int fd, const char user *path,
                        int flags)
{
    struct at_path at;
    char first;
    int err;

    if (get_user(&first, path))
        return -EFAULT;
    if (!first) {
        if (!(flags & AT_EMPTY_PATH))
            return -ENOENT;
        err = fd == AT_FDCWD ? -EACCES : open_descriptor(e, fd);
        e->unreachable = err == 0 && fd_table_cloexec(fd_table_current(), fd);
        return err < 0 ? err : make_path(e, fd, "");
    }
    err = at_path_get(&at, fd, path);
    if (err < 0)
        return err;
    err = open_path(e, &at, flags);
    if (err == 0)
        err = make_path(e, fd, at.path);
    if (err == 0 && fd != AT_FDCWD && at.path[0] != '/')
        e->unreachable = fd_table_cloexec(fd_table_current(), fd);
    at_path_put(&at);
    return err;
}

/* --- scripts --- */

/* Goes over from the script of this name to its interpreter. */
static int enter_interpreter(struct exec *e, const char *script,
                             const char *interp, const char *argument)
{
    struct path_start start;
    struct dentry *d;
    int err;

    if (e->unreachable)
        return -ENOENT;
    exec_strings_drop_first(&e->args);
    err = exec_strings_prepend(&e->args, script, &e->room);
    if (err == 0 && argument)
        err = exec_strings_prepend(&e->args, argument, &e->room);
    if (err == 0)
        err = exec_strings_prepend(&e->args, interp, &e->room);
    if (err < 0)
        return err;
    fs_context_start(fs_context_current(), NULL, &start);
    err = path_walk(&start, interp, PATH_FOLLOW, &d);
    path_start_put(&start);
    if (err < 0)
        return err;
    file_put(e->file);
    e->file = NULL;
    err = open_dentry(e, d);
    dentry_put(d);
    return err;
}

/* Until the file is no script. AT_EXECFN and the process's name stay the first
 * script's, as on Linux. */
static int follow_scripts(struct exec *e)
{
    struct script *scripts = kmalloc((SCRIPT_LEVELS + 1) * sizeof(*scripts));
    const char *name = e->path;
    int err = scripts ? 0 : -ENOMEM;

    for (struct script *s = scripts; err == 0; s++) {
        err = script_read(e->file, s);
        if (err <= 0)
            break;
        err = s < scripts + SCRIPT_LEVELS
                  ? enter_interpreter(e, name, s->interp, s->argument)
                  : -ELOOP;
        name = s->interp;
    }
    kfree(scripts);
    return err;
}

/* --- what the new program gets --- */

static int get_strings(struct exec *e, uintptr_t argv, uintptr_t envp)
{
    uint64_t stack = process_current()->limits[RLIMIT_STACK].soft;
    int err;

    e->room = MAX(MIN(stack / 4, ARGS_MAX), ARGS_MIN);
    err = exec_strings_get(&e->args, argv, &e->room);
    if (err == 0)
        err = exec_strings_get(&e->env, envp, &e->room);
    /* Programs count on an argv[0]. */
    if (err == 0 && e->args.count == 0)
        err = exec_strings_prepend(&e->args, "", &e->room);
    return err;
}

static int load(struct exec *e, const char *const *argv,
                const char *const *envp)
{
    struct process_image *i = &e->image;
    struct program_args args = {
        .file = e->file,
        .argv = argv,
        .envp = envp,
        .argc = e->args.count,
        .envc = e->env.count,
        .uid = i->cred->uid,
        .euid = i->cred->euid,
        .gid = i->cred->gid,
        .egid = i->cred->egid,
        .secure = i->secure,
        .aslr = program_policy.aslr &&
                !(thread_current()->personality & ADDR_NO_RANDOMIZE),
        .vdso = program_policy.vdso,
        .stack_limit = process_current()->limits[RLIMIT_STACK].soft,
    };
    struct program_start start;
    char *why = kmalloc(PROGRAM_WHY_SIZE);
    int err = -ENOMEM;

    if (why)
        err = program_load(i->space, e->path, &args, &start, why,
                           PROGRAM_WHY_SIZE);
    if (err < 0 && why)
        log_info("%s", why);
    kfree(why);
    i->rip = start.rip;
    i->rsp = start.rsp;
    return err;
}

static int load_with_strings(struct exec *e)
{
    const char **argv = exec_strings_list(&e->args);
    const char **envp = exec_strings_list(&e->env);
    int err = argv && envp ? load(e, argv, envp) : -ENOMEM;

    kfree(argv);
    kfree(envp);
    return err;
}

static int make_image(struct exec *e)
{
    const struct vnode *v = e->file->vnode;
    struct process_image *i = &e->image;
    struct fd_table *shared = fd_table_current();
    const char *slash = strrchr(e->path, '/');
    uint32_t mode = v->mode;

    if (v->sb->flags & MS_NOSUID)
        mode &= ~(uint32_t)(S_ISUID | S_ISGID);
    i->cred = cred_for_exec(cred_current(), mode, v->uid, v->gid, &i->secure);
    i->actions = process_actions_copy();
    i->fpu = fpu_area_create();
    i->space = vm_space_create();
    if (shared->refs > 1)
        e->files = fd_table_copy(shared);
    if (!i->cred || !i->actions || !i->fpu || !i->space ||
        (shared->refs > 1 && !e->files))
        return -ENOMEM;
    snprintf(i->name, sizeof(i->name), "%s", slash ? slash + 1 : e->path);
    return load_with_strings(e);
}

static void discard(struct exec *e)
{
    struct process_image *i = &e->image;

    if (i->space)
        vm_space_put(i->space);
    if (i->fpu)
        fpu_area_destroy(i->fpu);
    if (i->cred)
        cred_put(i->cred);
    signal_actions_put(i->actions);
    if (i->exe)
        exe_put(i->exe);
    if (e->files)
        fd_table_put(e->files);
}

static void release(struct exec *e)
{
    exec_strings_fini(&e->args);
    exec_strings_fini(&e->env);
    if (e->file)
        file_put(e->file);
    kfree(e->path);
}

/* Nothing fails any more. */
static void commit(struct exec *e)
{
    struct thread *t = thread_current();
    struct fd_table *old = t->files;

    process_exec_commit(&e->image);
    if (e->files) {
        t->files = e->files;
        fd_table_put(old);
    }
    fd_table_close_on_exec(t->files);
    debug_program_loaded(t->process);
}

/* A memfd has no name, and may be written to while it runs. */
static int take_exe(struct exec *e)
{
    struct dentry *d = e->file->dentry;
    int err = d ? exe_take(d) : 0;

    if (err == 0)
        e->image.exe = d;
    return err;
}

static int prepare(struct exec *e, int fd, const char user *path,
                   uintptr_t argv, uintptr_t envp, int flags)
{
    int err = open_program(e, fd, path, flags);

    if (err == 0)
        err = get_strings(e, argv, envp);
    if (err == 0)
        err = follow_scripts(e);
    if (err == 0)
        err = take_exe(e);
    if (err == 0)
        err = make_image(e);
    return err;
}

static long exec(int fd, const char user *path, uintptr_t argv, uintptr_t envp,
                 int flags)
{
    struct exec *e = kzalloc(sizeof(*e));
    int err = -ENOMEM;

    if (!e)
        return err;
    err = prepare(e, fd, path, argv, envp, flags);
    if (err == 0)
        err = process_exec_alone();
    if (err == 0)
        commit(e);
    else
        discard(e);
    release(e);
    kfree(e);
    return err;
}

/* execve(2) */
SYSCALL_DEFINE3(execve, const char user *, path, uintptr_t, argv, uintptr_t,
                envp)
{
    return exec(AT_FDCWD, path, argv, envp, 0);
}

/* execveat(2) */
SYSCALL_DEFINE5(execveat, int, fd, const char user *, path, uintptr_t, argv,
                uintptr_t, envp, int, flags)
{
    if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
        return -EINVAL;
    return exec(fd, path, argv, envp, flags);
}
