// SPDX-License-Identifier: MIT
/*
 * deps: the closure of DT_NEEDED.
 *
 * Every object has a host path and a guest path, which differ when PROGRAM was
 * given by a relative path: $ORIGIN means the one for the search here and the
 * other for the place in the root. So a directory of a search is a pair.
 */
#include "tools/elfin/deps.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct object {
    char *host_path, *guest_path;
    char *rpath, *runpath; /* or NULL */
    struct strlist needed;
    struct object *loader; /* the object that needed it first */
    struct object *next;   /* in order of loading */
};

struct search {
    struct deps *deps;
    struct object *first, *last;
    const char *library_path;
    struct strlist conf_dirs;    /* ld.so.conf, or musl's path file */
    struct strlist default_dirs; /* that the dynamic linker has built in */
    char *config;                /* what leads the guest to conf_dirs */
};

static struct object *object_add(struct search *s, const struct elfinfo *info,
                                 const char *host_path, const char *guest_path,
                                 struct object *loader)
{
    struct object *o = xcalloc(1, sizeof(*o));

    o->host_path = xstrdup(host_path);
    o->guest_path = xstrdup(guest_path);
    o->rpath = info->rpath ? xstrdup(info->rpath) : NULL;
    o->runpath = info->runpath ? xstrdup(info->runpath) : NULL;
    for (size_t i = 0; i < info->needed.count; i++)
        strlist_add(&o->needed, info->needed.items[i]);
    o->loader = loader;
    if (s->last)
        s->last->next = o;
    else
        s->first = o;
    s->last = o;
    return o;
}

static void object_destroy(struct object *o)
{
    free(o->host_path);
    free(o->guest_path);
    free(o->rpath);
    free(o->runpath);
    strlist_fini(&o->needed);
    free(o);
}

static struct dep *dep_add(struct deps *d, const char *name, const char *by)
{
    struct dep *dep;

    d->items = xrealloc(d->items, (d->count + 1) * sizeof(*d->items));
    dep = &d->items[d->count++];
    *dep = (struct dep){.name = xstrdup(name), .needed_by = xstrdup(by)};
    return dep;
}

/* dir with $ORIGIN and $PLATFORM (also in braces) replaced. */
static char *expand(const char *dir, size_t len, const char *object_path)
{
    static const char *const origins[] = {"$ORIGIN", "${ORIGIN}"};
    static const char *const platforms[] = {"$PLATFORM", "${PLATFORM}"};
    struct strbuf out = {0};
    char *origin = path_parent(object_path);

    strbuf_add(&out, "", 0);
    for (size_t i = 0; i < len;) {
        size_t skip = 0;

        for (size_t k = 0; k < 2 && !skip; k++) {
            if (!strncmp(dir + i, origins[k], strlen(origins[k]))) {
                strbuf_puts(&out, origin);
                skip = strlen(origins[k]);
            } else if (!strncmp(dir + i, platforms[k], strlen(platforms[k]))) {
                strbuf_puts(&out, "x86_64");
                skip = strlen(platforms[k]);
            }
        }
        if (!skip)
            strbuf_addc(&out, dir[i]);
        i += skip ? skip : 1;
    }
    free(origin);
    return out.data;
}

/* Takes the library at host_dir/name if there is one of the right kind. */
static bool try_dir(struct search *s, struct dep *dep, const char *host_dir,
                    const char *guest_dir, struct object *loader)
{
    char *path = path_join(host_dir, dep->name);
    struct mapped_file f;
    bool ok = file_map(path, &f) == 0;

    if (ok && elf_is_x86_64(f.data, f.size)) {
        char *guest = path_join(guest_dir, dep->name);
        struct elfinfo info;

        dep->host_path = path;
        dep->guest_path = path_normalise(guest);
        free(guest);
        elfinfo_read(&info, f.data, f.size);
        object_add(s, &info, path, dep->guest_path, loader);
        elfinfo_fini(&info);
    } else {
        free(path);
    }
    if (ok)
        file_unmap(&f);
    return dep->host_path;
}

/* A list of directories as RPATH and LD_LIBRARY_PATH have it. */
static bool try_path(struct search *s, struct dep *dep, const char *path,
                     const char *separators, const struct object *origin,
                     struct object *loader)
{
    while (path && *path && !dep->host_path) {
        size_t n = strcspn(path, separators);

        if (n > 0) {
            char *host = expand(path, n, origin->host_path);
            char *guest = expand(path, n, origin->guest_path);

            try_dir(s, dep, host, guest, loader);
            free(host);
            free(guest);
        }
        path += n + (path[n] != '\0');
    }
    return dep->host_path;
}

static bool try_list(struct search *s, struct dep *dep,
                     const struct strlist *dirs, struct object *loader)
{
    for (size_t i = 0; i < dirs->count && !dep->host_path; i++)
        try_dir(s, dep, dirs->items[i], dirs->items[i], loader);
    return dep->host_path;
}

/* The RPATHs of the object and of those that loaded it. */
static bool try_rpaths(struct search *s, struct dep *dep, struct object *o)
{
    for (struct object *up = o; up && !dep->host_path; up = up->loader) {
        if (s->deps->musl)
            try_path(s, dep, up->runpath ? up->runpath : up->rpath, ":", up, o);
        else if (!up->runpath)
            try_path(s, dep, up->rpath, ":", up, o);
    }
    return dep->host_path;
}

static void use_config(struct search *s)
{
    if (!s->deps->config)
        s->deps->config = xstrdup(s->config);
}

static void find(struct search *s, struct dep *dep, struct object *o)
{
    bool musl = s->deps->musl;

    dep->how = "RPATH";
    /* RUNPATH of o itself switches its RPATH and its loaders' off. */
    if (!musl && !o->runpath && try_rpaths(s, dep, o))
        return;
    dep->how = "LD_LIBRARY_PATH";
    if (try_path(s, dep, s->library_path, ":;", o, o)) {
        s->deps->used_library_path = true;
        return;
    }
    dep->how = "RUNPATH";
    if (musl ? try_rpaths(s, dep, o) : try_path(s, dep, o->runpath, ":", o, o))
        return;
    /*
     * A default directory that ld.so.conf names as well counts as default:
     * the dynamic linker finds it without the cache.
     */
    dep->how = musl ? "path file" : "ld.so.conf";
    if (try_list(s, dep, &s->conf_dirs, o)) {
        char *dir = path_parent(dep->guest_path);

        if (strlist_has(&s->default_dirs, dir))
            dep->how = "default directory";
        else
            use_config(s);
        free(dir);
        return;
    }
    dep->how = "default directory";
    if (!try_list(s, dep, &s->default_dirs, o))
        dep->how = NULL;
}

/* musl's libc, its dynamic linker, goes by all these names. */
static bool is_musl_itself(const char *name)
{
    static const char *const parts[] = {"c.",  "pthread.", "rt.",  "m.",
                                        "dl.", "util.",    "xnet."};

    if (strncmp(name, "lib", 3) && strncmp(name, "ld-musl-", 8))
        return false;
    if (*name == 'l' && name[1] == 'd')
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (!strncmp(name + 3, parts[i], strlen(parts[i])))
            return true;
    return false;
}

static bool is_known(const struct search *s, const char *name)
{
    const char *interp = s->deps->items[0].name;
    const char *base = strrchr(interp, '/');

    if (!strcmp(name, base ? base + 1 : interp))
        return true;
    if (s->deps->musl && is_musl_itself(name))
        return true;
    for (size_t i = 1; i < s->deps->count; i++)
        if (!strcmp(s->deps->items[i].name, name))
            return true;
    return false;
}

static void add_needed(struct search *s, struct object *o)
{
    for (size_t i = 0; i < o->needed.count; i++) {
        const char *name = o->needed.items[i];
        struct dep *dep;

        if (is_known(s, name))
            continue;
        dep = dep_add(s->deps, name, o->host_path);
        if (strchr(name, '/')) {
            dep->how = "path";
            /* A path is taken as it is, seen from the root of the guest. */
            try_dir(s, dep, *name == '/' ? "/" : ".", "/", o);
        } else {
            find(s, dep, o);
        }
    }
}

/* The directories of an ld.so.conf, with its include lines. */
static void read_conf(struct strlist *dirs, const char *path, int depth)
{
    char *text = file_text(path), *line, *rest = text;

    while (text && (line = strsep(&rest, "\n"))) {
        size_t n;

        line[strcspn(line, "#")] = '\0';
        line += strspn(line, " \t");
        for (n = strlen(line); n && strchr(" \t\r", line[n - 1]); n--)
            line[n - 1] = '\0';
        if (!strncmp(line, "include", 7) && strchr(" \t", line[7]) && line[7]) {
            char *pattern = line + 7 + strspn(line + 7, " \t");
            char *full =
                *pattern == '/' ? xstrdup(pattern) : path_join("/etc", pattern);
            glob_t found;

            if (depth < 8 && glob(full, 0, NULL, &found) == 0) {
                for (size_t i = 0; i < found.gl_pathc; i++)
                    read_conf(dirs, found.gl_pathv[i], depth + 1);
                globfree(&found);
            }
            free(full);
        } else if (*line == '/') {
            strlist_add(dirs, line);
        }
    }
    free(text);
}

/* musl: PREFIX/etc/ld-musl-x86_64.path, beside the interpreter's lib. */
static void set_musl_dirs(struct search *s, const char *interp)
{
    char *lib = path_parent(interp), *prefix = path_parent(lib);
    char *path = path_join(prefix, "etc/ld-musl-x86_64.path");
    char *text = file_text(path), *rest = text, *dir;

    while (text && (dir = strsep(&rest, ":\n")))
        if (*dir)
            strlist_add(&s->conf_dirs, dir);
    if (!text) {
        strlist_add(&s->default_dirs, "/lib");
        strlist_add(&s->default_dirs, "/usr/local/lib");
        strlist_add(&s->default_dirs, "/usr/lib");
    }
    free(text);
    s->config = path;
    free(prefix);
    free(lib);
}

/*
 * glibc's own directories: Debian's multiarch ones; elsewhere they differ from
 * one distribution to the next, so there the cache goes along in any case.
 */
static void set_glibc_dirs(struct search *s)
{
    static const char *const multiarch[] = {"/lib/x86_64-linux-gnu",
                                            "/usr/lib/x86_64-linux-gnu", "/lib",
                                            "/usr/lib"};
    static const char *const plain[] = {"/lib64", "/usr/lib64", "/lib",
                                        "/usr/lib"};
    bool debian = access(multiarch[0], F_OK) == 0;

    static_assert(ARRAY_SIZE(multiarch) == ARRAY_SIZE(plain), "one loop");
    s->config = xstrdup("/etc/ld.so.cache");
    if (!debian)
        use_config(s);
    read_conf(&s->conf_dirs, "/etc/ld.so.conf", 0);
    for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
        strlist_add(&s->default_dirs, debian ? multiarch[i] : plain[i]);
}

/* Breadth first, as the dynamic linker: the list grows on the way. */
static void collect(struct search *s, struct object *o)
{
    for (; o; o = o->next)
        add_needed(s, o);
}

/* A file that the program may load; NULL when it is nothing of the kind. */
static struct object *add_module(struct search *s, const char *path)
{
    struct object *o = NULL;
    struct mapped_file f;
    struct elfinfo info;

    if (file_map(path, &f))
        return NULL;
    if (elf_is_x86_64(f.data, f.size)) {
        elfinfo_read(&info, f.data, f.size);
        o = object_add(s, &info, path, path, NULL);
        elfinfo_fini(&info);
    }
    file_unmap(&f);
    return o;
}

void deps_collect(struct deps *d, const struct elfinfo *program,
                  const char *host_path, const char *guest_path,
                  const char *library_path, const struct strlist *more)
{
    struct search s = {.deps = d, .library_path = library_path};
    struct dep *interp;

    *d = (struct deps){0};
    interp = dep_add(d, program->interp, host_path);
    interp->how = "interpreter";
    interp->guest_path = path_normalise(program->interp);
    if (access(program->interp, R_OK) == 0)
        interp->host_path = xstrdup(program->interp);
    d->musl = strstr(program->interp, "ld-musl") != NULL;
    if (d->musl)
        set_musl_dirs(&s, program->interp);
    else
        set_glibc_dirs(&s);
    object_add(&s, program, host_path, guest_path, NULL);
    collect(&s, s.first);
    d->required = d->count;
    for (size_t i = 0; more && i < more->count; i++)
        collect(&s, add_module(&s, more->items[i]));
    for (struct object *o = s.first, *next; o; o = next) {
        next = o->next;
        object_destroy(o);
    }
    free(s.config);
    strlist_fini(&s.conf_dirs);
    strlist_fini(&s.default_dirs);
}

void deps_fini(struct deps *d)
{
    for (size_t i = 0; i < d->count; i++) {
        free(d->items[i].name);
        free(d->items[i].host_path);
        free(d->items[i].guest_path);
        free(d->items[i].needed_by);
    }
    free(d->items);
    free(d->config);
    *d = (struct deps){0};
}
