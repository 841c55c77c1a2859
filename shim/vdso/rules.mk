# SPDX-License-Identifier: MIT
# The vDSO is code of the program, not of the kernel: position independent, for
# user space, linked into a file of its own that shim/vdso_image.S embeds. The
# file alone is also what the tests look at.
VDSO_FLAGS := $(BASE) -O2 -DELFIN_KERNEL -ffreestanding -fPIC \
  -mgeneral-regs-only -fno-stack-protector -fasynchronous-unwind-tables \
  -fcf-protection=none -fno-strict-aliasing
VDSO_LINK = $(LD) -shared -nostdlib -Bsymbolic -soname linux-vdso.so.1 \
  --hash-style=both --eh-frame-hdr --build-id=sha1 -z noexecstack \
  -z max-page-size=4096 --strip-all -T shim/vdso/vdso.ld

$(B)/vdso/vdso.c.o: shim/vdso/vdso.c shim/vdso/rules.mk
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(VDSO_FLAGS) -c -o $@ $<
$(B)/gen/vdso.so: $(B)/vdso/vdso.c.o shim/vdso/vdso.ld
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(VDSO_LINK) -o $@ $<
$(B)/kernel/shim/vdso_image.S.o: $(B)/gen/vdso.so
