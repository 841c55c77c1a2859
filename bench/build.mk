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
# What runs in the machines: static programs, for Linux and for Elfin.
bench_GUESTS := ops scale net timed linux-init
$(addprefix $(B)/bench/,$(bench_GUESTS)): $(B)/bench/%: bench/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PIE) -I. -o $@ $(filter %.c,$^)
$(B)/bench/ops: $(addprefix bench/,ops_calls.c ops_pairs.c ops_births.c ops.h)
$(B)/bench/net: bench/net.h
# The client of net, on the host.
$(B)/bench/net-client: bench/net-client.c bench/net.h
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -o $@ $<
# What bench/where and bench/net look into the machine with: plugins of QEMU.
$(B)/bench/where.so $(B)/bench/insns.so: $(B)/bench/%.so: bench/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -fPIC -shared -o $@ $<
# At a fixed address: gdb stops in it.
$(B)/bench/bare.static: bench/bare.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -static -no-pie -o $@ $<
