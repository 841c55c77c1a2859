# SPDX-License-Identifier: MIT
# Every C file here is a program: those in this folder test themselves, those
# in programs/ are what the integration tests run.
guest_PROGRAMS := $(patsubst tests/guest/%.c,%,$(wildcard tests/guest/*.c tests/guest/programs/*.c))
