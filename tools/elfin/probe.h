// SPDX-License-Identifier: MIT
/*
 * probe: a guest of a few instructions that tells whether KVM runs guests.
 *
 * It is a PVH image like Elfin itself. It turns on paging and long mode,
 * runs an instruction that not every KVM knows to interpret, and writes
 * PROBE_VALUE to isa-debug-exit, so that QEMU ends with PROBE_STATUS. Hosts
 * exist where /dev/kvm opens but guests fail on the way.
 */
#pragma once

#include "tools/elfin/util.h"

enum { PROBE_VALUE = 0x2a, PROBE_STATUS = PROBE_VALUE << 1 | 1 };

/* What QEMU says when KVM cannot go on with a guest, which it then pauses. */
#define PROBE_KVM_ERROR "KVM internal error"

/* Adds the image, an ELF file, to b. */
void probe_image(struct strbuf *b);

/*
 * Runs the guest, under KVM or TCG, for at most limit_ns. true: it ran.
 * Otherwise *reason (malloc) tells why not.
 */
bool probe_run(const char *qemu, bool kvm, uint64_t limit_ns, char **reason);
