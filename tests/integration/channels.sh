# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# channels: stdin, stdout and stderr are the program's own, byte by byte.

test_stdout_has_the_programs_bytes_only() {
    run "$elfin" run examples/static-pie/hello a b
    expect_status 0
    expect_out 'Hello from an ordinary Linux program.' \
        'argument 1: a' 'argument 2: b'
    expect_empty "$err"
}

test_the_log_stays_apart_at_any_level() {
    run "$elfin" run --log debug examples/static-pie/hello
    expect_out 'Hello from an ordinary Linux program.'
    [ -s "$err" ] || fail "log=debug says nothing"
    run "$elfin" run --log debug --log-file "$dir/log" "$examples/hello"
    expect_out 'Hello from an ordinary Linux program.'
    expect_empty "$err"
    [ -s "$dir/log" ] || fail "the log file is empty"
}

test_stderr_is_separate() {
    run "$elfin" run "$programs/streams" 10
    expect_status 0
    [ "$(wc -c <"$out")" -eq 10 ] || fail "stdout should have 10 bytes"
    printf 'begin\nend\n' >"$dir/expected"
    expect_same "$dir/expected" "$err"
}

test_stdin_reaches_the_program_with_its_end() {
    printf 'one\ntwo\n\001\377\000 no newline at the end' >"$dir/in"
    input=$dir/in
    run "$elfin" run "$examples/cat"
    expect_status 0
    expect_same "$dir/in" "$out"
}

test_stdin_empty_ends_at_once() {
    run "$elfin" run "$examples/cat"
    expect_status 0
    expect_empty "$out"
}

test_stdin_of_megabytes_arrives_whole() {
    "$programs/streams" 3000000 >"$dir/in" 2>/dev/null
    input=$dir/in
    run "$elfin" run "$examples/cat"
    expect_status 0
    expect_same "$dir/in" "$out"
}

test_stdin_that_comes_slowly_is_awaited() {
    mkfifo "$dir/pipe"
    { for i in 1 2 3; do echo "line $i"; sleep 0.3; done; } >"$dir/pipe" &
    input=$dir/pipe
    run "$elfin" run "$examples/cat"
    expect_out 'line 1' 'line 2' 'line 3'
}

test_stdin_that_nobody_reads_does_no_harm() {
    "$programs/streams" 1000000 >"$dir/in" 2>/dev/null
    input=$dir/in
    run "$elfin" run "$examples/hello"
    expect_status 0
    expect_out 'Hello from an ordinary Linux program.'
}

test_megabytes_arrive_at_a_slow_reader() {
    local host guest_sum
    host=$("$programs/streams" 5000000 2>/dev/null | sha256sum)
    guest_sum=$("$elfin" run "$programs/streams" 5000000 2>/dev/null |
        { sleep 1; dd bs=64k iflag=fullblock 2>/dev/null; } | sha256sum)
    [ "$host" = "$guest_sum" ] || fail "the bytes differ"
}

test_a_reader_that_leaves_ends_the_run() {
    "$elfin" run "$programs/streams" 100000000 2>/dev/null | head -c 100 >"$out"
    [ "$(wc -c <"$out")" -eq 100 ] || fail "head got fewer than 100 bytes"
}

test_output_without_newline_arrives() {
    run "$elfin" run -e WORLD=GREETING -e GREETING=hi "$programs/world"
    printf hi >"$dir/expected"
    expect_same "$dir/expected" "$out"
}
