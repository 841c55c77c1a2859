// SPDX-License-Identifier: MIT
/*
 * p9: a volume whose server lies. Requests get true answers, some of which the
 * input cuts or changes: a size, a name, a count of bytes. Files are used in
 * the ways that the input says.
 */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/vfs/fs.h"
#include "tests/unit/vfs/p9_server.h"
#include "abi/fcntl.h"
#include "vfs/file.h"
#include "vfs/mount.h"
#include "vfs/path.h"

static struct fuzz_input *input;

/* Behind the size, type and tag of an answer, which the transport looks at. */
#define HEADER 7

static size_t bend(uint8_t type, uint8_t *reply, size_t len)
{
    uint8_t how = input->left ? fuzz_byte(input) : 0;

    (void)type;
    if (how < 160)
        return len;
    if (how < 176)
        return fuzz_byte(input) % (len + 1);
    for (unsigned n = how & 3; n < 4 && len; n++) {
        size_t at = fuzz_byte(input);

        /* The header seldom: it ends the session. */
        if (at >= HEADER || how > 250)
            reply[at % len] = fuzz_byte(input);
    }
    return len;
}

/* Reads it whole, and writes some of it again. */
static void open_and_use(const char *name, bool write)
{
    struct path_start start = fs_root();
    static uint8_t bytes[8192];
    struct file *f;

    if (file_open(&start, name, write ? O_RDWR | O_CREAT : O_RDONLY, 0644, &f))
        return;
    fs_read(f, bytes, sizeof(bytes));
    if (write)
        fs_write(f, bytes, 5000);
    file_put(f);
}

static void use(uint8_t what)
{
    static const char *const names[] = {"/data/a", "/data/b", "/data/d",
                                        "/data/d/c"};
    const char *name = names[what & 3], *other = names[what >> 2 & 3];

    switch (what >> 4) {
    default:
        fs_walk(name, 0);
        break;
    case 1:
        fs_touch(name);
        break;
    case 2:
        fs_mkdir(name);
        break;
    case 3:
        fs_rename(name, other, 0);
        break;
    case 4:
        fs_unlink(name);
        break;
    case 5:
        fs_rmdir(name);
        break;
    case 6:
        fs_symlink(other + 6, name);
        break;
    case 7:
        fs_link(name, other);
        break;
    case 8:
    case 9:
        open_and_use(name, what & 16);
        break;
    case 10:
        mount_sync_all();
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = {data, size};

    input = &in;
    stubs_setup();
    fs_up();
    p9_server_up();
    p9_server_lenient();
    fs_touch("/data/a");
    fs_mkdir("/data/d");
    p9_server_bend(bend);
    for (unsigned n = 0; n < 64 && in.left; n++)
        use(fuzz_byte(&in));
    p9_server_bend(NULL);
    p9_server_down();
    stubs_teardown();
    return 0;
}
