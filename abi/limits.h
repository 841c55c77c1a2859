// SPDX-License-Identifier: MIT
/* limits: how long names and small writes may be; path_resolution(7), pipe(7).
 */
#pragma once

#define NAME_MAX 255  /* one name, without the NUL */
#define PATH_MAX 4096 /* a path, with the NUL */
#define PIPE_BUF 4096 /* written to a pipe in one piece */

#define ABI_SYMLINKS_MAX 40 /* followed in one path before ELOOP */

/* argv and envp of one execve(2): one string, with the NUL. */
#define ABI_ARG_STRLEN_MAX 131072
