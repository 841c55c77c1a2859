// SPDX-License-Identifier: MIT
/* utsname: the system's names; uname(2). Each field ends with NUL. */
#pragma once

#define ABI_UTSNAME_SIZE 65 /* of one field, with the NUL */

struct abi_utsname {
    char sysname[ABI_UTSNAME_SIZE];
    char nodename[ABI_UTSNAME_SIZE];
    char release[ABI_UTSNAME_SIZE];
    char version[ABI_UTSNAME_SIZE];
    char machine[ABI_UTSNAME_SIZE];
    char domainname[ABI_UTSNAME_SIZE];
};

_Static_assert(sizeof(struct abi_utsname) == 390, "Linux ABI");
