# SPDX-License-Identifier: MIT
# Examples that `make all` builds; each is one C file of this folder, services
# with serve.c beside it. Those in other languages or for other C libraries need
# more tools than a first run should ask for: tests/guest/rules.mk builds them.
examples_SERVICES := echo echo-reverse facfib monte-carlo sort rot13 \
  store-strings http http-reply
examples_PROGRAMS := hello cat ping-serve pktgen $(examples_SERVICES)
