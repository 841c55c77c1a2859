// SPDX-License-Identifier: MIT
/*
 * package: see the header. dpkg keeps a package's files in info/NAME.list (or
 * NAME:ARCH.list), a line each.
 */
#include "tools/elfin/package.h"

#include "tools/elfin/dpkg.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#define INFO "/var/lib/dpkg/info"

static bool has_line(const struct mapped_file *f, const char *line, size_t len)
{
    const char *at = f->data, *end = f->data + f->size;

    while ((at = memmem(at, (size_t)(end - at), line, len))) {
        if ((at == f->data || at[-1] == '\n') && at + len < end &&
            at[len] == '\n')
            return true;
        at += len;
    }
    return false;
}

/* With /usr merged, a list may have a path without it. */
static bool lists(const struct mapped_file *f, const char *program)
{
    return has_line(f, program, strlen(program)) ||
           (!strncmp(program, "/usr/", 5) &&
            has_line(f, program + 4, strlen(program + 4)));
}

static bool lists_any(const struct mapped_file *f,
                      const struct strlist *programs)
{
    for (size_t i = 0; i < programs->count; i++)
        if (lists(f, programs->items[i]))
            return true;
    return false;
}

/* Adds to names the packages that own programs, in one pass of all lists. */
static void find_owners(const struct strlist *programs, struct strlist *names)
{
    DIR *dir = opendir(INFO);
    struct dirent *d;

    while (dir && (d = readdir(dir))) {
        size_t n = strlen(d->d_name);
        struct mapped_file f;
        char *path;

        if (n < 5 || strcmp(d->d_name + n - 5, ".list"))
            continue;
        path = path_join(INFO, d->d_name);
        if (file_map(path, &f) == 0) {
            if (lists_any(&f, programs))
                strlist_take(
                    names,
                    xstrndup(d->d_name, MIN(n - 5, strcspn(d->d_name, ":"))));
            file_unmap(&f);
        }
        free(path);
    }
    if (dir)
        closedir(dir);
}

/* Is it of no use to a running program, or is it the host's own business? */
static bool is_left_out(const char *path, size_t len)
{
    static const char *const places[] = {
        "/bin/",
        "/boot/",
        "/etc/alternatives",
        "/etc/cron",
        "/etc/default/",
        "/etc/init",
        "/etc/logrotate.d",
        "/etc/systemd",
        "/lib/systemd",
        "/sbin/",
        "/usr/bin/",
        "/usr/games/",
        "/usr/include",
        "/usr/lib/debug",
        "/usr/lib/systemd",
        "/usr/sbin/",
        "/usr/share/applications",
        "/usr/share/bash-completion",
        "/usr/share/bug",
        "/usr/share/doc",
        "/usr/share/i18n",
        "/usr/share/icons",
        "/usr/share/info",
        "/usr/share/lintian",
        "/usr/share/locale",
        "/usr/share/man",
        "/usr/share/zsh",
    };

    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        if (len >= strlen(places[i]) &&
            !strncmp(path, places[i], strlen(places[i])))
            return true;
    return len > 2 && !memcmp(path + len - 2, ".a", 2);
}

static void add_list(const char *path, struct strlist *paths)
{
    struct mapped_file f;

    if (file_map(path, &f))
        return;
    for (size_t at = 0; at < f.size;) {
        const char *line = f.data + at;
        const char *end = memchr(line, '\n', f.size - at);
        size_t len = end ? (size_t)(end - line) : f.size - at;

        /* The first is "/." everywhere. */
        if (len > 2 && line[0] == '/' && !is_left_out(line, len))
            strlist_take(paths, xstrndup(line, len));
        at += len + 1;
    }
    file_unmap(&f);
}

static void add_package(struct text paragraph, struct strlist *paths)
{
    struct text name = dpkg_name(paragraph);
    struct text arch = dpkg_field(paragraph, "\nArchitecture: ");
    char *plain = xasprintf("%s/%.*s.list", INFO, (int)name.len, name.at);
    char *full = xasprintf("%s/%.*s:%.*s.list", INFO, (int)name.len, name.at,
                           (int)arch.len, arch.at);

    add_list(full, paths);
    add_list(plain, paths);
    free(plain);
    free(full);
}

/* Adds to sources those that the packages called names were built from. */
static void find_sources(struct text status, const struct strlist *names,
                         struct strlist *sources)
{
    struct text paragraph;

    while (dpkg_next(&status, &paragraph)) {
        struct text source = dpkg_source(paragraph);

        if (text_is_one_of(dpkg_name(paragraph), names) &&
            !text_is_one_of(source, sources))
            strlist_take(sources, xstrndup(source.at, source.len));
    }
}

/* Adds what was built from sources, and the data that this depends on. */
static void add_built_from(struct text status, const struct strlist *sources,
                           struct strlist *paths)
{
    struct text rest = status, paragraph;
    struct strlist needed = {0};

    while (dpkg_next(&rest, &paragraph)) {
        if (dpkg_is_installed(paragraph) &&
            text_is_one_of(dpkg_source(paragraph), sources) &&
            !dpkg_is_development(paragraph)) {
            add_package(paragraph, paths);
            dpkg_dependencies(paragraph, &needed);
        }
    }
    while (dpkg_next(&status, &paragraph))
        if (dpkg_is_installed(paragraph) && dpkg_is_data(paragraph) &&
            !dpkg_is_development(paragraph) &&
            text_is_one_of(dpkg_name(paragraph), &needed) &&
            !text_is_one_of(dpkg_source(paragraph), sources))
            add_package(paragraph, paths);
    strlist_fini(&needed);
}

/* Adds the packages of programs, and what belongs to them. */
static void add_packages(const struct strlist *programs, struct strlist *paths)
{
    struct strlist names = {0}, sources = {0};
    struct mapped_file f;

    find_owners(programs, &names);
    if (names.count && file_map(DPKG_STATUS, &f) == 0) {
        struct text status = {f.data, f.size};

        find_sources(status, &names, &sources);
        add_built_from(status, &sources, paths);
        file_unmap(&f);
    }
    strlist_fini(&sources);
    strlist_fini(&names);
}

/* --- what dpkg does not know --- */

/*
 * All below dir. Links of settings may lead to another package's files, as
 * modules are switched on that way: targets gets those.
 */
static void add_below(const char *dir, struct strlist *paths,
                      struct strlist *targets)
{
    DIR *d = opendir(dir);
    struct dirent *entry;

    while (d && (entry = readdir(d))) {
        char *path = path_join(dir, entry->d_name), *target;
        struct stat st;

        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
            lstat(path, &st) < 0) {
            free(path);
            continue;
        }
        target = S_ISLNK(st.st_mode) ? realpath(path, NULL) : NULL;
        if (target)
            strlist_take(targets, target);
        if (S_ISDIR(st.st_mode))
            add_below(path, paths, targets);
        strlist_take(paths, path);
    }
    if (d)
        closedir(d);
}

/*
 * Settings of the administrator's lie beside those of the package, and Python
 * keeps what it has compiled beside the source.
 */
static void add_unlisted(struct strlist *paths, struct strlist *targets)
{
    size_t count = paths->count;

    for (size_t i = 0; i < count; i++) {
        char *cache = path_join(paths->items[i], "__pycache__");

        if (!strncmp(paths->items[i], "/etc/", 5))
            add_below(paths->items[i], paths, targets);
        else
            add_below(cache, paths, targets);
        free(cache);
    }
}

void package_paths(const char *program, struct strlist *paths)
{
    struct strlist first = {0}, targets = {0}, more = {0};

    strlist_add(&first, program);
    add_packages(&first, paths);
    add_unlisted(paths, &targets);
    for (size_t i = 0; i < targets.count; i++)
        if (!strlist_has(paths, targets.items[i]))
            strlist_add(&more, targets.items[i]);
    for (size_t i = 0; i < more.count; i++)
        strlist_add(paths, more.items[i]);
    if (more.count)
        add_packages(&more, paths);
    strlist_fini(&more);
    strlist_fini(&targets);
    strlist_fini(&first);
}
