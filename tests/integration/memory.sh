# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# memory: what happens when there is none.

test_any_allocation_of_boot_and_hello_may_fail() {
    run tests/alloc-failures 200
    expect_status 0
    expect_line "$out" '^200 passed, 0 failed, 0 skipped$'
}

test_the_process_with_most_memory_is_killed() {
    run build/elfin run --log warn -m 32M build/guest/programs/memory-hog
    expect_status 0
    expect_line "$out" '^1 of 1 killed$'
    expect_line "$out" '^4 of 4 killed$'
    expect_line "$err" 'out of memory: killed process [0-9]+ \(memory-hog\)'
}

test_oom_score_adj_chooses_the_process() {
    run "$elfin" run --log warn -m 64M "$programs/oom-choice"
    expect_status 0
    expect_line "$out" '^victim: signal 9$'
    expect_line "$out" '^hog: status 0$'
}

test_room_that_is_not_there_is_refused() {
    run "$elfin" run -m 64M "$programs/room"
    expect_status 0
    expect_empty "$err"
}
