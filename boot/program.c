// SPDX-License-Identifier: MIT
#include "boot/program.h"

#include "abi/errno.h"
#include "abi/resource.h"
#include "boot/default_path.h"
#include "boot/etc.h"
#include "boot/ledger.h"
#include "boot/options.h"
#include "drivers/drivers.h"
#include "kernel/asm.h"
#include "kernel/debug.h"
#include "kernel/kmalloc.h"
#include "kernel/panic.h"
#include "boot/user.h"
#include "boot/volumes.h"
#include "kernel/cred.h"
#include "kernel/sched.h"
#include "kernel/shutdown.h"
#include "kernel/thread.h"
#include "kernel/vm.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "loader/load.h"
#include "loader/script.h"
#include "vfs/exe.h"
#include "vfs/fd.h"
#include "vfs/console_terminal.h"
#include "vfs/file.h"
#include "vfs/fs_context.h"
#include "vfs/path.h"
#include "vfs/tty.h"
#include "vfs/vfs.h"

#define LOG_TAG "boot"
#include "kernel/log.h"

#define STATUS_NOT_RUNNABLE 126 /* as a shell answers */
#define STATUS_NOT_FOUND    127
#define OPTIONS_FILE        "/.elfin/cmdline"
#define OPTIONS_FILE_MAX    MIB(1)
#define PATH_SIZE           4096
#define LISTED_MAX          8

#define USER_RFLAGS_INITIAL 0x202 /* interrupts on */

noreturn static void refuse(int status, const char *why)
{
    log_error("%s", why);
    shutdown_machine(SHUTDOWN_REFUSED, status, why);
}

/* --- which program --- */

struct found {
    char path[PATH_SIZE]; /* of the last one */
    char list[512];       /* all, for the error */
    unsigned count;
};

static bool note_executable(void *arg, const char *path, uint64_t size)
{
    struct found *f = arg;
    size_t used = strlen(f->list);

    (void)size;
    f->count++;
    snprintf(f->path, sizeof(f->path), "%s", path);
    if (f->count <= LISTED_MAX)
        snprintf(f->list + used, sizeof(f->list) - used, " %s", path);
    return f->count <= LISTED_MAX;
}

static bool exists(const char *path)
{
    struct file *f;

    if (vfs_open_kernel(path, &f) < 0)
        return false;
    file_put(f);
    return true;
}

/* init=, else /init, else the only executable file. */
static const char *choose_program(const struct boot_options *o)
{
    struct found *f;
    char why[640];

    if (o->init)
        return o->init;
    if (exists("/init"))
        return "/init";
    f = kzalloc(sizeof(*f));
    if (!f || vfs_for_each_executable(note_executable, f) < 0)
        refuse(STATUS_NOT_RUNNABLE, "no memory to look for the program: give "
                                    "the machine more (-m)");
    if (f->count == 1)
        return f->path;
    if (f->count == 0)
        snprintf(why, sizeof(why),
                 "the initrd holds no executable file: pack one, or name the "
                 "program with init=PATH");
    else
        snprintf(why, sizeof(why),
                 "the initrd holds several programs, and none is /init: name "
                 "one with init=PATH:%s%s",
                 f->list, f->count > LISTED_MAX ? " ..." : "");
    refuse(STATUS_NOT_RUNNABLE, why);
}

/* --- the root file system --- */

static void unpack_initrd(const struct boot_options *o,
                          const struct initrd *initrd)
{
    struct vfs_unpack_result result;
    const char *path = o->init ? o->init : "/init";

    if (initrd->size == 0)
        refuse(STATUS_NOT_RUNNABLE,
               "there is no initrd: give the program, or a cpio archive with "
               "it, as initial RAM disk (QEMU: -initrd FILE)");
    if (vfs_is_archive(initrd->data, initrd->size)) {
        if (vfs_unpack_cpio(initrd->data, initrd->size, &result) < 0)
            refuse(STATUS_NOT_RUNNABLE, result.error);
        return;
    }
    if (vfs_add_extent_file(path, initrd->data, initrd->size, 0755) < 0)
        refuse(STATUS_NOT_RUNNABLE,
               "no memory for the root file system, or init= is no absolute "
               "path: give the machine more memory (-m) or a path like /init");
}

/* The text of OPTIONS_FILE, or NULL when there is none. */
static char *read_options_file(size_t *len)
{
    struct file *f;
    char *text;
    ssize_t n;

    if (vfs_open_kernel(OPTIONS_FILE, &f) < 0)
        return NULL;
    text =
        f->vnode->size <= OPTIONS_FILE_MAX ? kmalloc(f->vnode->size + 1) : NULL;
    n = text ? file_read_kernel(f, text, f->vnode->size, 0) : -ENOMEM;
    file_put(f);
    if (n < 0) {
        log_error("cannot read %s: it is larger than 1 MiB or memory is short",
                  OPTIONS_FILE);
        return NULL;
    }
    *len = n;
    return text;
}

/* Options that came inside the archive stand before those of the line. */
static void add_archive_options(struct boot_options *o, const char *line,
                                size_t line_len)
{
    size_t len;
    char *text = read_options_file(&len), *again;

    if (!text)
        return;
    again = kstrndup(line, line_len);
    cmdline_fini(o);
    cmdline_init(o);
    if (!again || cmdline_parse(o, text, len) < 0 ||
        cmdline_parse(o, again, line_len) < 0)
        refuse(STATUS_NOT_RUNNABLE,
               "no memory for the options: give the machine more (-m)");
    options_apply(o);
}

/* --- the first thread --- */

static const char *const default_env[] = {
    ("PATH=" DEFAULT_PATH),
    "HOME=/",
    "TERM=linux",
};

static bool same_variable(const char *a, const char *b)
{
    const char *end = strchr(a, '=');
    size_t len = end ? (size_t)(end - a) : strlen(a);

    return strncmp(a, b, len) == 0 && b[len] == '=';
}

/* The defaults that env= does not replace, then env=; a later one of the same
 * name wins. */
static size_t build_env(const struct boot_options *o, const char **env)
{
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(default_env); i++)
        env[n++] = default_env[i];
    for (size_t i = 0; i < o->env_count; i++) {
        size_t at = 0;

        while (at < n && !same_variable(o->env[i], env[at]))
            at++;
        env[at] = o->env[i];
        n += at == n;
    }
    return n;
}

static void set_cwd(struct fs_context *fs, const char *cwd)
{
    struct path_start start;
    struct dentry *d;
    char why[320];

    if (!cwd)
        return;
    vfs_kernel_start(&start);
    if (path_walk(&start, cwd, PATH_FOLLOW | PATH_DIRECTORY, &d) < 0) {
        snprintf(why, sizeof(why),
                 "cwd=%s is not a directory in the initrd: add it, or choose "
                 "another",
                 cwd);
        refuse(STATUS_NOT_RUNNABLE, why);
    }
    fs_context_set_cwd(fs, d);
    dentry_put(d);
}

/* argv of the first program; a script's interpreters come in front of it. */
struct arguments {
    const char **all; /* with room in front, and NULL behind */
    size_t first, count;
};

static void arguments_init(struct arguments *a, const struct boot_options *o,
                           const char *path)
{
    size_t room = 2 * SCRIPT_LEVELS;

    a->all = kzalloc((room + o->arg_count + 2) * sizeof(*a->all));
    if (!a->all)
        refuse(STATUS_NOT_RUNNABLE,
               "no memory for the arguments: give the machine more (-m)");
    a->first = room;
    a->count = o->arg_count + 1;
    a->all[room] = o->argv0 ? o->argv0 : path;
    for (size_t i = 0; i < o->arg_count; i++)
        a->all[room + 1 + i] = o->args[i];
}

static void arguments_prepend(struct arguments *a, const char *s)
{
    a->all[--a->first] = s;
    a->count++;
}

/*
 * The program that runs path: path itself, or a script's interpreter, which
 * gets what execve(2) gives it. Scripts that cannot be read are load's to
 * report.
 */
static const char *follow_scripts(const char *path, struct arguments *a)
{
    for (unsigned level = 0; level < SCRIPT_LEVELS; level++) {
        struct script *s = kmalloc(sizeof(*s)); /* kept: argv points into it */
        struct file *f;
        int is_script = 0;

        if (s && vfs_open_kernel(path, &f) == 0) {
            is_script = script_read(f, s);
            file_put(f);
        }
        if (is_script <= 0) {
            kfree(s);
            break;
        }
        a->all[a->first] = path; /* in place of argv[0] */
        if (s->argument)
            arguments_prepend(a, s->argument);
        arguments_prepend(a, s->interp);
        path = s->interp;
    }
    return path;
}

/* name: as which the program was started; path: what runs it. */
static void load(struct process *p, const struct boot_options *o,
                 const char *name, const char *path, struct arguments *a,
                 struct program_start *start)
{
    const char **env =
        kzalloc((ARRAY_SIZE(default_env) + o->env_count + 1) * sizeof(*env));
    struct program_args args = {
        .execfn = name,
        .argv = a->all + a->first,
        .argc = a->count,
        .aslr = o->aslr,
        .vdso = o->vdso,
        .stack_limit = p->limits[RLIMIT_STACK].soft,
        .uid = p->cred->uid,
        .euid = p->cred->euid,
        .gid = p->cred->gid,
        .egid = p->cred->egid,
    };
    char why[PROGRAM_WHY_SIZE];
    int err;

    program_policy = (struct program_policy){o->aslr, o->vdso};
    if (!env)
        refuse(STATUS_NOT_RUNNABLE,
               "no memory for the environment: give the machine more (-m)");
    args.envp = env;
    args.envc = build_env(o, env);
    err = program_load(p->space, path, &args, start, why, sizeof(why));
    if (err < 0)
        refuse(err == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUNNABLE, why);
    kfree(a->all);
    kfree(env);
}

static void start_thread(struct process *p, const struct boot_options *o,
                         const struct program_start *start)
{
    struct regs regs = {
        .rip = start->rip,
        .rsp = start->rsp,
        .cs = USER_CS,
        .ss = USER_DS,
        .rflags = USER_RFLAGS_INITIAL,
        .orig_rax = -1ul,
    };
    struct thread *t = thread_create(p, &regs);

    if (t) {
        t->files = vfs_create_console_fds();
        t->fs = fs_context_create();
    }
    if (!t || !t->files || !t->fs)
        refuse(STATUS_NOT_RUNNABLE, "no memory for the program's first thread: "
                                    "give the machine more (-m)");
    set_cwd(t->fs, o->cwd);
    if (console_terminal())
        tty_give(console_terminal(), p);
    drivers_announce_ready();
    sched_add(t);
}

static void mount_volumes(const struct boot_options *o, const struct cred *c)
{
    char why[320];

    if (volumes_mount(o, c, why, sizeof(why)) < 0)
        refuse(STATUS_NOT_RUNNABLE, why);
}

static void set_user(struct process *p, const char *name)
{
    char why[320];
    struct cred *c = name ? user_cred(name, why, sizeof(why)) : NULL;

    if (name && !c)
        refuse(STATUS_NOT_RUNNABLE, why);
    if (c) {
        cred_put(p->cred);
        p->cred = c;
    }
}

static void name_process(struct process *p, const char *path)
{
    const char *slash = strrchr(path, '/');

    snprintf(p->name, sizeof(p->name), "%s", slash ? slash + 1 : path);
}

/* For /proc/PID/exe. A path that leads nowhere is load's to report. */
static void note_executable_of(struct process *p, const char *path)
{
    struct path_start start;
    struct dentry *d;

    vfs_kernel_start(&start);
    if (path_walk(&start, path, PATH_FOLLOW, &d) < 0)
        return;
    if (exe_take(d) == 0)
        p->exe = d;
    dentry_put(d);
}

void program_start(struct boot_options *o, const char *line, size_t line_len,
                   const struct initrd *initrd)
{
    struct program_start start;
    struct arguments arguments;
    struct process *p;
    const char *name, *path;

    unpack_initrd(o, initrd);
    ledger_note("initrd");
    add_archive_options(o, line, line_len);
    etc_make();
    ledger_note("files of /etc");
    name = choose_program(o);
    p = process_create();
    if (!p)
        refuse(STATUS_NOT_RUNNABLE,
               "no memory for a process: give the machine more (-m)");
    name_process(p, name);
    set_user(p, o->run_as);
    mount_volumes(o, p->cred);
    ledger_note("process, volumes");
    p->limits[RLIMIT_STACK].soft = o->stack_size;
    arguments_init(&arguments, o, name);
    path = follow_scripts(name, &arguments);
    note_executable_of(p, path);
    load(p, o, name, path, &arguments, &start);
    ledger_note("program loaded");
    if (o->boot_ledger)
        ledger_print();
    debug_program_loaded(p);
    log_info("%s starts at 0x%lx", path, start.rip);
    start_thread(p, o, &start);
}
