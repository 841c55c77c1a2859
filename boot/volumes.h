// SPDX-License-Identifier: MIT
/* volumes: directories of the host that the command line wants mounted. */
#pragma once

#include "boot/cmdline.h"

struct cred;

/*
 * Mounts what each volume=TAG:PATH[:OPTION,...] names: the 9P server with this
 * tag over PATH, which is made when there is none. Options: ro; rw, which is
 * nothing; hostuid=N,hostgid=N: what is this user's and group's on the host is
 * here that of c, as whom the program starts. 0 or an error, and then why says
 * what to do.
 */
int volumes_mount(const struct boot_options *o, const struct cred *c, char *why,
                  size_t size);
