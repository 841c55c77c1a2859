// SPDX-License-Identifier: MIT
/* ring: lets a program map the ring of a packet socket. */
#pragma once

struct file;

/* f is a packet socket that has, or had, a ring. */
void ring_make_mappable(struct file *f);
