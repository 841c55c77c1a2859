# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016
# limits: programs that want everything meet an error, and the machine lives.

test_a_fork_bomb_meets_an_error() {
    run "$elfin" run -m 64M --timeout 100 "$programs/bomb" fork
    expect_status 0
    expect_out 'stopped with EAGAIN' 'works again'
}

test_a_thread_bomb_meets_an_error() {
    run "$elfin" run -m 64M --timeout 100 "$programs/bomb" threads
    expect_status 0
    expect_out 'stopped with EAGAIN'
}

# Every process of the group makes more, while the first one has to act.
test_a_tree_of_bombs_can_be_killed() {
    run "$elfin" run -m 64M --timeout 100 "$programs/bomb" tree
    expect_status 0
    expect_out 'stopped with EAGAIN' 'works again'
}

test_ulimit_holds_for_users() {
    run "$elfin" run --user 1000 --timeout 100 "$(command -v busybox)" sh -c \
        'ulimit -u 10; i=0; while [ $i -lt 10 ]; do sleep 100 & i=$((i + 1))
        done; echo not reached'
    expect_status 2
    expect_empty "$out"
    expect_line "$err" 'fork: Resource temporarily unavailable'
}

# One for whom each process may take little memory, but there are many.
test_children_that_take_all_memory_are_ended() {
    run "$elfin" run -m 64M --timeout 100 "$(command -v busybox)" sh -c \
        'for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=24M count=2 \
        2>/dev/null & done; wait; echo done'
    expect_status 0
    expect_out 'done'
}
