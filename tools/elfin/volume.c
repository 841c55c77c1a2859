// SPDX-License-Identifier: MIT
/* volume: see the header. */
#include "tools/elfin/volume.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/elfin/cmdline.h"

#define PLACES (MACHINE_PLACES - MACHINE_PLACE_VOLUMES)

struct volume {
    char *host, *guest; /* allocated */
    bool read_only;
};

static void volume_fini(struct volume *v)
{
    free(v->host);
    free(v->guest);
}

/* From the last colon but one on: a name on the host may have some, too. */
static bool parse(const char *text, struct volume *v)
{
    size_t len = strlen(text);
    const char *colon;

    *v = (struct volume){0};
    if (len > 3 &&
        (!strcmp(text + len - 3, ":ro") || !strcmp(text + len - 3, ":rw"))) {
        v->read_only = text[len - 1] == 'o';
        len -= 3;
    }
    colon = memrchr(text, ':', len);
    if (!colon || colon == text || colon[1] != '/')
        return false;
    v->host = xasprintf("%.*s", (int)(colon - text), text);
    v->guest = xasprintf("%.*s", (int)(text + len - colon - 1), colon + 1);
    return true;
}

static int check_one(const char *text)
{
    struct volume v;
    struct stat st;
    int status = 0;

    if (!parse(text, &v))
        return fail(STATUS_USAGE,
                    "--volume %s: not HOSTDIR:GUESTDIR[:ro], with GUESTDIR "
                    "absolute",
                    text);
    if (stat(v.host, &st) < 0)
        status = fail(STATUS_FAILED, "--volume %s: %s: %s", text, v.host,
                      strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        status = fail(STATUS_FAILED,
                      "--volume %s: %s is not a directory: give the one that "
                      "it lies in",
                      text, v.host);
    volume_fini(&v);
    return status;
}

int volume_check(const struct strlist *volumes, enum machine_kind kind)
{
    int status = 0;

    if (kind == MACHINE_MICROVM && volumes->count > PLACES)
        return fail(STATUS_USAGE,
                    "--volume: a microvm has places for %d: give --machine q35",
                    PLACES);
    for (size_t i = 0; i < volumes->count && !status; i++)
        status = check_one(volumes->items[i]);
    return status;
}

static void add_one(const struct volume *v, size_t i, enum machine_kind kind,
                    struct strlist *args)
{
    char *path = realpath(v->host, NULL);
    char *text = machine_option_text(path ? path : v->host);

    strlist_add(args, "-fsdev");
    strlist_addf(args,
                 "local,id=volume%zu,path=%s,security_model=%s,"
                 "multidevs=remap%s",
                 i, text, geteuid() ? "none" : "passthrough",
                 v->read_only ? ",readonly=on" : "");
    strlist_add(args, "-device");
    if (kind == MACHINE_MICROVM)
        strlist_addf(args,
                     "virtio-9p-device,bus=virtio-mmio-bus.%zu,fsdev=volume%zu,"
                     "mount_tag=volume%zu",
                     MACHINE_PLACE_VOLUMES + i, i, i);
    else
        strlist_addf(args, "virtio-9p-pci,fsdev=volume%zu,mount_tag=volume%zu",
                     i, i);
    free(text);
    free(path);
}

void volume_args(const struct strlist *volumes, enum machine_kind kind,
                 struct strlist *args)
{
    struct volume v;

    for (size_t i = 0; i < volumes->count; i++) {
        if (parse(volumes->items[i], &v))
            add_one(&v, i, kind, args);
        volume_fini(&v);
    }
}

/* What a user's own files are called on the host: in the machine they are the
 * program's. Root's are root's. */
static char *owner_words(void)
{
    if (!geteuid())
        return xstrdup("");
    return xasprintf(",hostuid=%u,hostgid=%u", (unsigned)geteuid(),
                     (unsigned)getegid());
}

static void add_word(const struct volume *v, size_t i, struct strbuf *line)
{
    char *owner = owner_words();
    char *word = xasprintf("volume%zu:%s:%s%s", i, v->guest,
                           v->read_only ? "ro" : "rw", owner);

    cmdline_add_option(line, "volume", word);
    strbuf_addc(line, ' ');
    free(word);
    free(owner);
}

void volume_cmdline(const struct strlist *volumes, enum machine_kind kind,
                    struct strbuf *line)
{
    struct volume v;

    for (size_t i = 0; i < volumes->count; i++) {
        if (kind == MACHINE_MICROVM)
            machine_place_cmdline(MACHINE_PLACE_VOLUMES + i, line);
        if (parse(volumes->items[i], &v))
            add_word(&v, i, line);
        volume_fini(&v);
    }
}
