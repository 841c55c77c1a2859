# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# budget: what the network's hot paths cost, in instructions, must not grow.

test_network_paths_cost_no_more_than_they_did() {
    run make -s --no-print-directory net-budget
    expect_status 0
}
