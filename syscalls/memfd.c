// SPDX-License-Identifier: MIT
/* memfd: files in memory without a name. */
#include "abi/mman.h"
#include "kernel/doctor.h"
#include "syscalls/define.h"
#include "vfs/fd.h"
#include "vfs/memfd.h"

#define MFD_KNOWN (MFD_CLOEXEC | MFD_ALLOW_SEALING)

/* memfd_create(2) */
SYSCALL_DEFINE2(memfd_create, const char user *, name, unsigned, flags)
{
    char text[MEMFD_NAME_MAX + 1];
    struct file *f;
    ssize_t n;
    int err;

    if (flags & ~MFD_KNOWN) {
        doctor_refused("memfd_create", "flags=0x%x", flags & ~MFD_KNOWN);
        return -EINVAL;
    }
    n = strncpy_from_user(text, name, sizeof(text));
    if (n < 0)
        return n == -ENAMETOOLONG ? -EINVAL : n;
    err = memfd_create_file(text, flags & MFD_ALLOW_SEALING, &f);
    return err ? err : fd_install_new(f, flags & MFD_CLOEXEC);
}
SYSCALL_PARTIAL(memfd_create, "MFD_HUGETLB, MFD_EXEC and MFD_NOEXEC_SEAL are "
                              "refused (EINVAL)");
