# SPDX-License-Identifier: MIT
# Targets for libFuzzer, and what of the unit tests they share.
fuzz_TARGETS := frames netbuf cpio elf cmdline p9
fuzz_SRCS := tests/fuzz/check.c $(filter-out %/main.c %/unit.c \
  tests/unit/abi/% tests/unit/lib/% tests/unit/loader/%,$(foreach s,$(unit_SRCS),\
  $(if $(findstring /test_,$s),,$s)))
