# SPDX-License-Identifier: MIT
# Examples that `make all` builds; each is one C file of this folder. Those in
# other languages or for other C libraries need more tools than a first run
# should ask for: tests/guest/rules.mk builds them.
examples_PROGRAMS := hello cat echo
