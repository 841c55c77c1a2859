// SPDX-License-Identifier: MIT
/*
 * accel: KVM or emulation (TCG).
 *
 * "auto" takes KVM only where a guest really runs under it. That is tried once
 * per boot of the host and QEMU binary; the verdict is kept in
 * $XDG_RUNTIME_DIR, $XDG_CACHE_HOME or ~/.cache. One line on stderr says so
 * when KVM turns out not to work, and none when it is known already, or when
 * the host has no /dev/kvm at all.
 */
#pragma once

#include "tools/elfin/util.h"

/*
 * want is "auto", "kvm" or "tcg". 0, with *kvm set, or a status after a
 * message.
 */
int accel_choose(const char *want, const char *qemu, bool *kvm);
