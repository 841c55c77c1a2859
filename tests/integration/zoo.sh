# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# zoo: some entries of tests/zoo, shortened. `make zoo` runs all of them.

entry() {
    export ZOO_REQUESTS=5000
    run tests/zoo/run "$1"
    grep -q '^skip ' "$out" && skip "$(grep '^skip ' "$out")"
    expect_status 0
    expect_line "$out" "^ok $1 "
}

test_of_servers_busybox_httpd() {
    entry busybox-httpd
}

test_of_databases_redis() {
    entry redis
}

test_of_interpreters_python() {
    entry python
}
