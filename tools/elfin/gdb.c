// SPDX-License-Identifier: MIT
#include "tools/elfin/gdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int gdb_qemu_args(const char *where, struct strlist *args)
{
    char *end;
    unsigned long port = strtoul(where, &end, 10);

    if (!strchr(where, '/') && (*end || !port || port > 65535))
        return fail(STATUS_USAGE,
                    "--gdb=%s: neither a port nor the path of a socket: write "
                    "--gdb=1234",
                    where);
    strlist_add(args, "-gdb");
    if (strchr(where, '/'))
        strlist_addf(args, "unix:%s,server=on,wait=off", where);
    else
        strlist_addf(args, "tcp:127.0.0.1:%lu", port);
    strlist_add(args, "-S");
    return 0;
}

/* tools/gdb/elfin.py, seen from this command; NULL: it is not there. */
static char *find_script(void)
{
    static const char *const places[] = {"../tools/gdb/elfin.py",
                                         "../share/elfin/elfin.py",
                                         "../lib/elfin/elfin.py"};
    char self[4096], *dir, *found = NULL;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (n < 0)
        return NULL;
    self[n] = '\0';
    dir = path_parent(self);
    for (size_t i = 0; !found && i < ARRAY_SIZE(places); i++) {
        char *file = path_join(dir, places[i]);

        found = realpath(file, NULL);
        free(file);
    }
    free(dir);
    return found;
}

/* The kernel with its debug information: elfin.debug beside elfin.elf. */
static char *find_debug(const char *kernel)
{
    const char *dot = strrchr(kernel, '.');
    char *debug = NULL, *real;

    if (dot && !strcmp(dot, ".elf"))
        debug = xasprintf("%.*s.debug", (int)(dot - kernel), kernel);
    if (!debug || access(debug, R_OK) < 0) {
        free(debug);
        debug = xstrdup(kernel);
    }
    real = realpath(debug, NULL);
    free(debug);
    return real;
}

/* s as a Python string. */
static void write_string(FILE *f, const char *s)
{
    fputc('"', f);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;

        if (c < ' ' || c == '"' || c == '\\' || c == 0x7f)
            fprintf(f, "\\x%02x", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

static void write_pair(FILE *f, const char *guest, const char *host)
{
    char *real = realpath(host, NULL);

    if (real && strcmp(guest, real)) {
        write_string(f, guest);
        fputs(": ", f);
        write_string(f, real);
        fputs(",\n", f);
    }
    free(real);
}

/* Those that may be mapped executable and lie elsewhere on the host. */
static void write_tree(FILE *f, const struct tree_entry *e)
{
    const struct tree_inode *i = e->inode;
    char *path;

    for (size_t n = 0; n < e->count; n++)
        write_tree(f, e->children[n]);
    if (!S_ISREG(i->mode) || !i->source ||
        (!(i->mode & 0111) && !strstr(e->name, ".so")))
        return;
    path = tree_path(e);
    write_pair(f, path, i->source);
    free(path);
}

static void write_commands(FILE *f, const char *where, const char *debug,
                           const char *script, const struct image *image)
{
    fprintf(f,
            "# What elfin run --gdb prepared; it goes with the machine.\n"
            "file %s\n"
            "python\n"
            "elfin_target = ",
            debug);
    if (strchr(where, '/')) {
        write_string(f, where);
    } else {
        char *target = xasprintf("127.0.0.1:%s", where);

        write_string(f, target);
        free(target);
    }
    fputs("\nelfin_files = {\n", f);
    if (image->tree.root)
        write_tree(f, image->tree.root);
    else
        write_pair(f, image->init, image->program);
    fprintf(f, "}\nend\nsource %s\n", script);
}

int gdb_prepare(const char *where, const char *kernel,
                const struct image *image, char **file)
{
    char *script = find_script(), *debug = find_debug(kernel);
    int fd, status = 0;
    FILE *f = NULL;

    *file = xstrdup("/tmp/elfin-gdb-XXXXXX");
    fd = mkstemp(*file);
    if (fd >= 0)
        f = fdopen(fd, "w");
    if (!f) {
        status = fail(STATUS_FAILED, "--gdb: %s: %s", *file, strerror(errno));
    } else if (!script || !debug) {
        status = fail(STATUS_FAILED,
                      "--gdb: %s is not where this command is: use the one "
                      "that Elfin's tree builds",
                      script ? kernel : "tools/gdb/elfin.py");
    } else {
        write_commands(f, where, debug, script, image);
        warn("the machine waits for gdb; in another terminal: gdb -q -x %s",
             *file);
    }
    if (f)
        fclose(f);
    else if (fd >= 0)
        close(fd);
    free(script);
    free(debug);
    return status;
}
