// SPDX-License-Identifier: MIT
/* user: who the program runs as: the option user=. */
#pragma once

#include "lib/base.h"

struct cred;

/*
 * The credentials for USER or USER:GROUP, each a number or a name of the
 * root's /etc/passwd or /etc/group. A user without a group gets that of
 * /etc/passwd, or one with the user's number. A reference; NULL with one line
 * in why. Context: may sleep.
 */
struct cred *user_cred(const char *text, char *why, size_t why_size);
