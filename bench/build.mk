# SPDX-License-Identifier: MIT
# What bench/boot measures with; `make bench-boot` builds and runs it.
$(B)/bench/first-byte: bench/first-byte.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -o $@ $<
$(B)/bench/empty.elf: bench/empty.S
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -c -o $(B)/bench/empty.o $<
	$(Q)$(LD) -nostdlib -static -z noexecstack -z max-page-size=4096 --build-id=none -Ttext=0x100000 -o $@ $(B)/bench/empty.o
# What bench/ops runs in the machines.
$(B)/bench/ops: bench/ops.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PIE) -o $@ $<
# Runs in a machine that counts instructions: `make bench-scale`.
$(B)/bench/scale: bench/scale.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PIE) -o $@ $<
# What bench/where looks into the machine with.
$(B)/bench/where.so: bench/where.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -fPIC -shared -o $@ $<
# What bench/net runs in the machines and on the host, and QEMU's plugin.
$(B)/bench/net: bench/net.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PIE) -o $@ $<
$(B)/bench/insns.so: bench/insns.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -fPIC -shared -o $@ $<
