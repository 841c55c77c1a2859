// SPDX-License-Identifier: MIT
#include "tools/elfin/program.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot/default_path.h"
#include "tools/elfin/deps.h"
#include "tools/elfin/elfinfo.h"
#include "tools/elfin/package.h"

enum {
    MAX_LINKS = 40,   /* as Linux */
    MAX_SCRIPTS = 5,  /* scripts whose interpreters are scripts; as Linux */
    SCRIPT_LINE = 256 /* what Linux reads of a script */
};

/* One call of program_add_needs. */
struct needs {
    struct tree *tree;
    bool bare, *library_path;
};

/* The first executable file of that name in path, or NULL. */
static char *find_in(const char *path, const char *name)
{
    while (path && *path) {
        size_t n = strcspn(path, ":");
        char *file = xasprintf("%.*s/%s", (int)n, path, name);

        if (n > 0 && access(file, X_OK) == 0)
            return file;
        free(file);
        path += n + (path[n] == ':');
    }
    return NULL;
}

char *program_find(const char *program)
{
    char *file = NULL;

    if (!strchr(program, '/') && access(program, F_OK) < 0)
        file = find_in(getenv("PATH"), program);
    return file ? file : xstrdup(program);
}

static int cannot_pack(const char *path, int err)
{
    return fail(STATUS_FAILED, "%s: cannot be packed (%s)", path,
                strerror(-err));
}

/* --- the file --- */

/* Where the symbolic link at path points to, or NULL when it is none. */
static char *link_target(const char *path)
{
    char text[PATH_MAX], *above, *joined, *target;
    ssize_t n = readlink(path, text, sizeof(text) - 1);

    if (n < 0)
        return NULL;
    text[n] = '\0';
    above = path_parent(path);
    joined = *text == '/' ? xstrdup(text) : path_join(above, text);
    target = path_normalise(joined);
    free(joined);
    free(above);
    return target;
}

/*
 * Follows the links at path, on a host where it is itself; t (unless NULL)
 * gets them. Returns where they end; the caller frees it.
 */
static char *follow(struct tree *t, const char *path)
{
    char *at = xstrdup(path), *target;

    for (unsigned i = 0; i < MAX_LINKS && (target = link_target(at)); i++) {
        if (t)
            tree_add_single(t, at, at);
        free(at);
        at = target;
    }
    return at;
}

int program_add_file(struct tree *t, const char *path, const char *host)
{
    char *at = strcmp(path, host) ? xstrdup(path) : follow(t, path);
    int err = tree_add_file(t, at, host);

    free(at);
    return err ? cannot_pack(host, err) : 0;
}

/* --- the package --- */

static bool may_be_loaded(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           (strstr(path, ".so") || st.st_mode & 0111);
}

/* What cannot be read is left out: the program might do without it. */
static void add_package(struct tree *t, const struct strlist *paths)
{
    /* Users and directories that packages count on. */
    static const char *const base[] = {
        "/etc/passwd", "/etc/group", "/run",     "/tmp",     "/var/cache",
        "/var/lib",    "/var/log",   "/var/run", "/var/tmp",
    };
    static const char utc[] = "/usr/share/zoneinfo/UTC";

    for (size_t i = 0; i < paths->count; i++)
        tree_add_single(t, paths->items[i], paths->items[i]);
    for (size_t i = 0; i < ARRAY_SIZE(base) && paths->count; i++)
        tree_add_single(t, base[i], base[i]);
    if (paths->count)
        tree_add_file(t, utc, utc);
}

/* --- libraries --- */

/* The library list of a missing one, in one line. */
static int report_missing(const char *program, const struct deps *d)
{
    int status = 0;

    if (!d->items[0].host_path)
        return fail(STATUS_NOT_RUNNABLE,
                    "%s: its interpreter %s is not on this host: install it, "
                    "or give a root that has it with --rootfs",
                    program, d->items[0].name);
    for (size_t i = 1; i < d->required; i++)
        if (!d->items[i].host_path)
            status = fail(STATUS_NOT_RUNNABLE,
                          "%s: library %s (needed by %s) was not found: "
                          "install it, or set LD_LIBRARY_PATH",
                          program, d->items[i].name, d->items[i].needed_by);
    return status;
}

static int add_libraries(struct needs *n, const struct deps *d)
{
    for (size_t i = 0; i < d->count; i++) {
        const struct dep *dep = &d->items[i];
        int err = dep->host_path
                      ? tree_add_file(n->tree, dep->guest_path, dep->host_path)
                      : 0;

        if (err)
            return cannot_pack(dep->host_path, err);
    }
    if (d->config && access(d->config, R_OK) == 0) {
        int err = tree_add_file(n->tree, d->config, d->config);

        if (err)
            return cannot_pack(d->config, err);
    }
    return 0;
}

static int add_dynamic(struct needs *n, const struct elfinfo *info,
                       const char *path, const char *host)
{
    struct strlist package = {0}, modules = {0};
    char *real = realpath(host, NULL);
    char *end = strcmp(path, host) ? NULL : follow(NULL, path);
    struct deps d;
    int status;

    if (real && !n->bare)
        package_paths(real, &package);
    for (size_t i = 0; i < package.count; i++)
        if (may_be_loaded(package.items[i]))
            strlist_add(&modules, package.items[i]);
    /* $ORIGIN is where the links lead to. */
    deps_collect(&d, info, end ? end : host, end ? end : path,
                 getenv("LD_LIBRARY_PATH"), &modules);
    status = report_missing(host, &d);
    if (!status)
        status = add_libraries(n, &d);
    if (!status)
        add_package(n->tree, &package);
    *n->library_path |= d.used_library_path;
    deps_fini(&d);
    strlist_fini(&package);
    strlist_fini(&modules);
    free(end);
    free(real);
    return status;
}

/* --- scripts --- */

static int add_needs(struct needs *n, const char *path, const char *host,
                     unsigned scripts);

static int add_helper(struct needs *n, const char *path, unsigned scripts)
{
    int status = program_add_file(n->tree, path, path);

    return status ? status : add_needs(n, path, path, scripts);
}

/*
 * What env(1) would run for the words behind it: an interpreter that the
 * script's first line leaves to PATH.
 */
static int add_what_env_runs(struct needs *n, const char *words,
                             unsigned scripts)
{
    char *name, *file;
    size_t len;
    int status = 0;

    for (;; words += len) {
        words += strspn(words, " \t");
        len = strcspn(words, " \t\n");
        if (!len)
            return 0;
        if (*words != '-' && !memchr(words, '=', len))
            break;
    }
    name = xstrndup(words, len);
    file = find_in(DEFAULT_PATH, name);
    if (file)
        status = add_helper(n, file, scripts);
    else
        status = fail(STATUS_NOT_RUNNABLE,
                      "%s, which the script's first line asks env for, is in "
                      "none of " DEFAULT_PATH ": install it",
                      name);
    free(file);
    free(name);
    return status;
}

static int add_script(struct needs *n, const struct elfinfo *info,
                      const char *host, const struct mapped_file *f,
                      unsigned scripts)
{
    const char *base = strrchr(info->interp, '/') + 1;
    const char *end = memchr(f->data, '\n', f->size);
    size_t len = end ? (size_t)(end - f->data) : f->size;
    char *line = xstrndup(f->data, MIN(len, SCRIPT_LINE));
    char *words = strstr(line, info->interp) + strlen(info->interp);
    int status;

    if (access(info->interp, R_OK) < 0)
        status = fail(STATUS_NOT_RUNNABLE,
                      "%s: its interpreter %s is not on this host: install it, "
                      "or give a root that has it with --rootfs",
                      host, info->interp);
    else
        status = add_helper(n, info->interp, scripts);
    if (!status && !strcmp(base, "env"))
        status = add_what_env_runs(n, words, scripts);
    free(line);
    return status;
}

static int add_needs(struct needs *n, const char *path, const char *host,
                     unsigned scripts)
{
    struct mapped_file f;
    struct elfinfo info;
    int err = file_map(host, &f), status = 0;

    if (err)
        return cannot_pack(host, err);
    elfinfo_read(&info, f.data, f.size);
    if (info.problem)
        status = fail(STATUS_NOT_RUNNABLE, "%s: %s", host, info.problem);
    else if (info.kind == ELF_KIND_DYNAMIC)
        status = add_dynamic(n, &info, path, host);
    else if (info.kind == ELF_KIND_SCRIPT)
        status = scripts < MAX_SCRIPTS
                     ? add_script(n, &info, host, &f, scripts + 1)
                     : fail(STATUS_NOT_RUNNABLE,
                            "%s: is the interpreter of a script, and itself "
                            "a script, more than %d deep",
                            host, MAX_SCRIPTS);
    elfinfo_fini(&info);
    file_unmap(&f);
    return status;
}

int program_add_needs(struct tree *t, const char *path, const char *host,
                      bool bare, bool *library_path)
{
    struct needs n = {.tree = t, .bare = bare, .library_path = library_path};

    return add_needs(&n, path, host, 0);
}
