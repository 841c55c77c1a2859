# SPDX-License-Identifier: MIT
# `make help` lists the targets. Folders name their sources in build.mk; all
# output goes below build/. CC=clang builds everything with clang.

LAYERS := abi lib kernel vfs net drivers loader syscalls shim boot
B      := build
CC     := gcc
CXX    := g++
LD     := ld
OBJCOPY := objcopy
OPT    := -O2

# `make V=1` shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@echo "  $1	$@")

.DEFAULT_GOAL := all
include $(foreach d,$(LAYERS) tools examples/static-pie tests/unit tests/tcp tests/fuzz tests/guest bench,$d/build.mk)

WARN := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wvla -Wundef -Werror
BASE := -std=gnu11 -g $(WARN) -MMD -MP -I. -I$(B)/gen

# --- kernel -----------------------------------------------------------------
# Without vector registers nothing needs a stack aligned to 16 bytes.
STACK8 := $(if $(findstring clang,$(CC)),-mstack-alignment=8,-mpreferred-stack-boundary=3)
KFLAGS := $(BASE) $(OPT) -DELFIN_KERNEL -ffreestanding -fno-pic -fno-pie \
  -mcmodel=kernel -mno-red-zone -mgeneral-regs-only -fno-omit-frame-pointer \
  -fno-optimize-sibling-calls -fno-strict-aliasing -fwrapv -fno-common \
  -fstack-protector-strong -fno-asynchronous-unwind-tables \
  -fcf-protection=none -ffunction-sections -fdata-sections $(STACK8)
KSRCS := $(foreach d,$(LAYERS),$(addprefix $d/,$($d_SRCS)))
KOBJS := $(patsubst %,$(B)/kernel/%.o,$(KSRCS)) $(B)/kernel/gen/syscall_table.o
SYSCALL_SRCS := $(addprefix syscalls/,$(filter %.c,$(syscalls_SRCS)))
KLINK = $(LD) -nostdlib -static --gc-sections --build-id=none -z noexecstack \
  -z max-page-size=4096 -T boot/kernel.ld

all: $(B)/elfin.elf $(B)/elfin examples ## kernel, elfin command, examples
kernel: $(B)/elfin.elf ## the kernel image alone
tools: $(B)/elfin ## the elfin command alone

# What is seldom run is small rather than quick.
COLD := shim/decode% vfs/procfs% vfs/sysfs% net/kern/procnet% net/rtnl% \
  net/netlink% net/unix_diag% net/diag_% net/udp_peek% net/packet_fanout% net/dhcp% net/inet_% net/inet6_% net/membership% net/sock_% net/igmp%
$(COLD:%=$(B)/kernel/%.c.o): KFLAGS += -Os
$(B)/kernel/%.c.o: %.c Makefile
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -c -o $@ $<
$(B)/kernel/%.S.o: %.S Makefile
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -D__ASSEMBLY__ -c -o $@ $<
$(B)/kernel/gen/%.o: $(B)/gen/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) -c -o $@ $<

# One scan of the SYSCALL_DEFINEs makes the kernel's table and the command's.
$(B)/gen/syscall_table.c: $(B)/tools/gen_syscall_table abi/syscalls.tbl $(SYSCALL_SRCS)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$< abi/syscalls.tbl $(SYSCALL_SRCS) > $@.tmp && mv $@.tmp $@

# Linked twice: the symbol table for backtraces comes from the first link. It
# lies behind all code, so that no address changes. elfin.debug is for gdb.
$(B)/elfin.elf: $(KOBJS) boot/kernel.ld $(B)/tools/gen_ksyms
	$(call say,LD)
	$(Q)$(KLINK) -o $(B)/elfin.pass1 $(KOBJS)
	$(Q)$(B)/tools/gen_ksyms $(B)/elfin.pass1 > $(B)/gen/ksyms.S
	$(Q)$(CC) $(KFLAGS) -c -o $(B)/kernel/ksyms.o $(B)/gen/ksyms.S
	$(Q)$(KLINK) -o $(B)/elfin.debug $(KOBJS) $(B)/kernel/ksyms.o
	$(Q)$(OBJCOPY) --strip-all $(B)/elfin.debug $@

# --- host -------------------------------------------------------------------
HFLAGS := $(BASE) -O2 -D_GNU_SOURCE
ELFIN_OBJS := $(patsubst %,$(B)/host/%.o,$(tools_ELFIN_SRCS)) $(B)/host/gen/syscall_table.o

$(B)/host/%.c.o: %.c Makefile
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -c -o $@ $<
$(B)/host/gen/%.o: $(B)/gen/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -DSYSCALL_TABLE_INFO_ONLY -c -o $@ $<
$(B)/elfin: $(ELFIN_OBJS)
	$(call say,LD)
	$(Q)$(CC) -o $@ $^ -ldw -lelf
$(B)/tools/gen_syscall_table: $(tools_GEN_SYSCALL_TABLE_SRCS:%=$(B)/host/%.o)
$(B)/tools/gen_%: $(B)/host/tools/gen/%.c.o
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -o $@ $^ -lelf

# --- examples and guest tests: ordinary Linux programs ------------------------
PIE := -O2 -Wall -Wextra -static-pie
examples: $(addprefix $(B)/examples/static-pie/,$(examples_PROGRAMS)) ## programs to run
guest-tests: $(addprefix $(B)/guest/,$(guest_PROGRAMS)) ## programs of tests/guest
$(B)/examples/static-pie/%: examples/static-pie/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PIE) -o $@ $(filter %.c %.o,$^)
$(B)/examples/serve.o: $(addprefix examples/static-pie/,serve.c serve.h)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PIE) -fpie -c -o $@ $<
$(examples_SERVICES:%=$(B)/examples/static-pie/%): $(B)/examples/serve.o examples/static-pie/serve.h
$(addprefix $(B)/examples/static-pie/,rot13 store-strings): examples/static-pie/rot13.h
$(B)/guest/%: tests/guest/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PIE) -pthread -o $@ $<
include $(wildcard tests/guest/rules.mk) shim/vdso/rules.mk

# --- tests --------------------------------------------------------------------
UFLAGS := $(BASE) -O1 -D_GNU_SOURCE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_OBJS := $(patsubst %,$(B)/unit/%.o,$(unit_SRCS) $(unit_MODULES)) $(B)/unit/gen/syscall_table.o
$(B)/unit/%.c.o: %.c Makefile
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -c -o $@ $<
$(B)/unit/gen/%.o: $(B)/gen/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) -DSYSCALL_TABLE_INFO_ONLY -c -o $@ $<
$(B)/unit/run: $(UNIT_OBJS)
	$(call say,LD)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lcheck -lsubunit -lm -lrt -pthread -ldw -lelf
$(B)/tcp/run: $(patsubst %,$(B)/unit/%.o,$(tcp_MODULES) $(tcp_TESTS))
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=address,undefined -o $@ $^ -lcheck -lsubunit -lm -lrt -pthread
unit: $(B)/unit/run $(B)/tcp/run $(B)/tools/gen_syscall_table ## unit tests on the host (ASan, UBSan)
	$(B)/unit/run
	$(B)/tcp/run
$(B)/tcp/%.c.o: %.c Makefile
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(BASE) -O2 -fno-strict-aliasing -fwrapv -D_GNU_SOURCE -c -o $@ $<
$(B)/tcp/soak: $(patsubst %,$(B)/tcp/%.o,$(tcp_MODULES) tests/tcp/soak.c)
	$(call say,LD)
	$(Q)$(CC) -o $@ $^
$(B)/tcp/budget: $(patsubst %,$(B)/tcp/%.o,$(tcp_MODULES) tests/tcp/budget.c)
	$(call say,LD)
	$(Q)$(CC) -o $@ $^
# Every target of tests/fuzz with all modules of the unit tests, and TCP's own.
FUZZ_SECONDS := 60
FUZZ_FLAGS := $(BASE) -O1 -fno-strict-aliasing -fwrapv -D_GNU_SOURCE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_OBJS := $(patsubst %,$(B)/fuzz/%.o,$(fuzz_SRCS) $(unit_MODULES)) $(B)/fuzz/gen/syscall_table.o
$(B)/fuzz/%.c.o: %.c Makefile
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_FLAGS) -c -o $@ $<
$(B)/fuzz/gen/%.o: $(B)/gen/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)clang $(FUZZ_FLAGS) -DSYSCALL_TABLE_INFO_ONLY -c -o $@ $<
$(B)/fuzz/modules.a: $(FUZZ_OBJS)
	$(Q)rm -f $@ && ar rcs $@ $^
$(fuzz_TARGETS:%=$(B)/fuzz/%): $(B)/fuzz/%: $(B)/fuzz/tests/fuzz/%.c.o $(B)/fuzz/modules.a
	$(call say,LD)
	$(Q)clang -fsanitize=fuzzer,address,undefined -o $@ $^ -lrt -pthread -ldw -lelf
$(B)/fuzz/tcp: $(patsubst %,$(B)/fuzz/%.o,$(tcp_MODULES) tests/tcp/fuzz.c)
	$(call say,LD)
	$(Q)clang -fsanitize=fuzzer,address,undefined -o $@ $^
fuzz: $(addprefix $(B)/fuzz/,$(fuzz_TARGETS) tcp) ## parsers and the receive path under libFuzzer (FUZZ_SECONDS=60 each)
	set -e; for t in $^; do tests/fuzz/run $$t $(FUZZ_SECONDS); done
net-budget: $(B)/tcp/budget ## instructions of the network's hot paths
	tests/tcp/net-budget $<
tcp-soak: $(B)/tcp/soak ## 10 000 connections between two of our stacks
	$(B)/tcp/soak
net-soak: ## memory and service under 100 000 connections, a million datagrams ..., as root
	LIMIT=7200 CONNECTIONS=100000 DATAGRAMS=1000000 REQUESTS=100 IDLE=10000 ACTIVE=1000 FLOOD=100000 ./tests/run load/
net-impair: ## TCP against Linux's over bad wires, in full, as root
	LIMIT=7200 IMPAIR=long ./tests/run impair/
net-bulk: ## 40 GB each way by TCP, after which a queue of the card stood still once, as root
	LIMIT=7200 BULK=40000000000 ./tests/run tap/bulk
pings: ## 100 000 echo requests to a machine on a tap, as root
	PINGS=100000 ./tests/run tap/all_pings
bench-scale: kernel $(B)/bench/scale ## instructions in large directories and epoll sets
	qemu-system-x86_64 -M q35 -cpu max -m 1G -icount shift=0,sleep=off -nodefaults \
	  -display none -no-reboot -serial stdio -kernel $(B)/elfin.elf \
	  -initrd $(B)/bench/scale -append log=error </dev/null
fsx: all $(B)/guest/fsx ## a million random operations on a file
	$(B)/elfin run $(B)/guest/fsx 1000000
fsx-9p: all $(B)/guest/fsx ## 100 000 on a file of the host
	dir=$$(mktemp -d) && $(B)/elfin run -v $$dir:/data $(B)/guest/fsx 100000 1 /data/file && rm -r $$dir
RACES := $(addprefix $(B)/guest/races_,threads processes)
races: all $(RACES) ## 10 000 rounds of every race, on Linux and on Elfin
	$(foreach t,$(RACES),$t 10000 && $(B)/elfin run $t 10000 &&) true
fresh-machine: ## the README's two commands on a bare Debian, in a chroot
	tests/fresh-machine
alloc-failures: all ## hello with each of its first 300 allocations failing
	tests/alloc-failures
check: ## everything that CI runs: ./tests/run
	./tests/run

# --- checks -------------------------------------------------------------------
SOURCES = $(shell git ls-files -co --exclude-standard '*.c' '*.h')
layers: ## include directions between the folders
	tools/check/layers $(LAYERS)
format: ## lays the sources out anew
	clang-format -i $(SOURCES)
zoo: ## programs of Debian on Elfin and on the host, compared
	tests/zoo/run

lint: layers ## layout, both compilers, cppcheck
	tools/check/lint
compile_commands.json: $(B)/compile_commands.json ## for editors
$(B)/compile_commands.json: Makefile
	@mkdir -p $(B)
	tools/check/compile_commands '$(CC) $(KFLAGS)' $(filter %.c,$(KSRCS)) -- '$(CC) $(HFLAGS)' $(tools_ELFIN_SRCS) > $@

bench: ## all workloads beside a Linux guest and the host, as root (BENCH='--rounds 5 redis ...')
	bench/run $(BENCH)
bench-boot: all ## boot time against an empty PVH kernel
	bench/boot
bench-ops: ## instructions of single operations, beside a Linux guest's
	bench/ops
bench-trace: all ## what tracing costs while it is off
	bench/trace-off
strace-compare: all guest-tests ## traces against Linux's strace, call by call
	tests/strace-compare
clean: ## removes build/
	rm -rf $(B)
help: ## this list
	@sed -n 's/^\([a-z0-9_.-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 30

.SECONDARY:
.PHONY: bench-scale zoo pings races net-soak net-impair net-bulk fsx fsx-9p tcp-soak net-budget fuzz alloc-failures fresh-machine all kernel tools examples guest-tests unit check layers format lint clean help bench-boot bench bench-trace bench-ops strace-compare compile_commands.json
-include $(shell find $(B) -name '*.d' 2>/dev/null)
