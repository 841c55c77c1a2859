# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# status: how `elfin run` ends.

test_is_the_programs() {
    local n
    for n in 0 1 42 255; do
        run "$elfin" run "$examples/hello" --exit "$n"
        expect_status "$n"
        expect_empty "$err"
    done
}

test_is_the_same_however_the_program_ends() {
    local how
    for how in return exit _exit thread last; do
        run "$elfin" run "$programs/exits" "$how" 7
        expect_status 7
        expect_out "$how 7"
    done
}

test_of_a_segmentation_fault_is_139_with_a_line_why() {
    run "$elfin" run "$programs/fault" read-null
    expect_status 139
    expect_out 'about to read-null'
    expect_line "$err" '^elfin: .*(SIGSEGV|signal 11|[Ss]egmentation)'
}

test_of_abort_is_134_with_a_line_why() {
    run "$elfin" run "$programs/fault" abort
    expect_status 134
    expect_line "$err" '^elfin: .*(SIGABRT|signal 6|[Aa]bort)'
}

test_of_a_signal_to_itself_is_128_and_its_number() {
    run "$elfin" run "$programs/exits" kill 15
    expect_status 143
    run "$elfin" run "$programs/exits" kill 9
    expect_status 137
}

test_is_127_without_a_program() {
    run "$elfin" run /no/such/program
    expect_status 127
    expect_empty "$out"
    expect_line "$err" '^elfin: .*/no/such/program'
}

test_is_126_for_what_cannot_run() {
    echo 'just text' >"$dir/text"
    run "$elfin" run "$dir/text"
    expect_status 126
    expect_line "$err" '^elfin: .*: .+'
}

test_is_124_after_the_timeout() {
    run "$elfin" run --timeout 1 "$guest/programs/exits" sleep 0
    expect_status 124
    expect_line "$err" '^elfin: '
}
