// SPDX-License-Identifier: MIT
/* cpio: an archive becomes the root file system, or an error. */
#include "tests/fuzz/fuzz.h"

#include "tests/unit/vfs/fs.h"
#include "vfs/cpio.h"
#include "vfs/vfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *copy = fuzz_copy(data, size);
    struct vfs_unpack_result result;
    struct cpio_entry e;
    struct cpio c;

    stubs_setup();
    cpio_recognises(copy, size);
    cpio_init(&c, copy, size);
    while (cpio_next(&c, &e) > 0)
        ck_assert_uint_eq(strlen(e.name), e.name_len);
    fs_up();
    if (vfs_unpack_cpio(copy, size, &result))
        ck_assert_uint_gt(strlen(result.error), 0);
    fs_down();
    free(copy);
    stubs_teardown();
    return 0;
}
