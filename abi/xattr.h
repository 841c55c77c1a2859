// SPDX-License-Identifier: MIT
/* xattr: extended attributes: names, flags and limits; xattr(7), setxattr(2),
 * and the value of security.capability, capabilities(7). */
#pragma once

#define XATTR_NAME_MAX 255   /* a name, without the NUL */
#define XATTR_SIZE_MAX 65536 /* a value */
#define XATTR_LIST_MAX 65536 /* all names of a file, each with its NUL */

#define XATTR_CREATE  1
#define XATTR_REPLACE 2

#define VFS_CAP_REVISION_MASK 0xff000000u
#define VFS_CAP_REVISION_2    0x02000000u
#define VFS_CAP_REVISION_3    0x03000000u
#define XATTR_CAPS_SZ_2       20
#define XATTR_CAPS_SZ_3       24
