# SPDX-License-Identifier: MIT
# Tests of TCP: two stacks in a simulated world. build/tcp/run is part of
# `make unit`; the soak and the figures are built as the kernel is, with -O2.
tcp_MODULES := $(wildcard net/*.c) lib/siphash.c lib/rbtree.c \
  tests/net/env.c $(addprefix tests/tcp/,fake_env.c world.c peer.c sim.c script.c)
tcp_TESTS := tests/tcp/main.c $(wildcard tests/tcp/test_*.c)
