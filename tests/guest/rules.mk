# SPDX-License-Identifier: MIT
# Programs that one `gcc -static-pie` does not make.
guest_BIN   := $(addprefix $(B)/guest/,$(guest_PROGRAMS))
guest_EXTRA := $(addprefix $(B)/examples/static-pie/,hello-musl hello-cpp hello-rust) \
  $(addprefix $(B)/guest/programs/,hello-exec threads-musl) $(addprefix $(B)/tests/,mkelf onpty load impair)

$(guest_BIN): $(wildcard tests/guest/*.h) tests/guest/rules.mk
guest-tests: $(guest_EXTRA)
$(B)/guest/programs/symbols: PIE += -g -O0
$(addprefix $(B)/guest/programs/,crashes doctored): PIE += -g -O1

# musl-gcc -static-pie asks for an interpreter in spite of its name, so that
# the linker is told here what a static PIE is: its own start-up file, which
# relocates the program, and nothing that a dynamic loader would do.
MUSL_PIE = -O2 -Wall -Wextra -fPIE -static -nostartfiles \
  -Wl,-pie,--no-dynamic-linker,-z,text
MUSL_LIB  := /usr/lib/x86_64-linux-musl
MUSL_CC   = musl-gcc $(MUSL_PIE) -o $@ $(MUSL_LIB)/rcrt1.o \
  $(MUSL_LIB)/crti.o $< $(MUSL_LIB)/crtn.o
$(B)/examples/static-pie/hello-musl: examples/static-pie/hello.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(MUSL_CC)
$(B)/guest/programs/threads-musl: tests/guest/threads.c tests/guest/check.h
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(MUSL_CC)

$(B)/examples/static-pie/%: examples/static-pie/%.cc
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(PIE) -o $@ $<
$(B)/examples/static-pie/%: examples/static-pie/%.rs
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)env -u MAKEFLAGS rustc --edition 2021 -O -C target-feature=+crt-static -C relocation-model=pie -o $@ $<

# The same source at a fixed address (ET_EXEC).
$(B)/guest/programs/hello-exec: examples/static-pie/hello.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) -O2 -Wall -Wextra -static -no-pie -o $@ $<

# A host tool: writes good and malformed ELF files.
$(B)/tests/mkelf: tests/integration/mkelf.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -o $@ $< -lelf

# A host tool: plays a person at a terminal.
$(B)/tests/onpty: tests/integration/onpty.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -o $@ $< -lutil

# Host tools: a bad wire, and many clients.
$(B)/tests/impair $(B)/tests/load: $(B)/tests/%: tests/net/%.c
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(HFLAGS) -o $@ $<
