// SPDX-License-Identifier: MIT
/* cmdline: the kernel's command line, and what its options are parsed by. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "boot/cmdline.h"
#include "net/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct boot_options o;
    struct netaddr a;

    stubs_setup();
    memcpy(text, data, size);
    cmdline_init(&o);
    cmdline_parse(&o, text, size);
    if (o.ip6)
        netaddr_parse_v6(o.ip6, strlen(o.ip6), &a);
    for (size_t i = 0; i < o.arg_count; i++)
        ck_assert_uint_le(strlen(o.args[i]), size);
    for (size_t i = 0; i < o.env_count; i++)
        ck_assert_ptr_nonnull(strchr(o.env[i], '='));
    cmdline_fini(&o);
    free(text);
    stubs_teardown();
    return 0;
}
