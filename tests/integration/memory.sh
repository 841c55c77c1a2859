# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# memory: what happens when there is none.

test_any_allocation_of_boot_and_hello_may_fail() {
    run tests/alloc-failures 200
    expect_status 0
    expect_line "$out" '^200 passed, 0 failed, 0 skipped$'
}
