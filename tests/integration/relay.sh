# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# relay: what `elfin run` makes of a machine's channels and of its end. The
# machine is cli/fake-qemu, so that it can do what a good kernel would not.

fake_program=$dir/program
cp "$examples/hello" "$fake_program"

# fake SCRIPT [ELFIN-OPTION...]: runs the program on a machine that SCRIPT plays.
fake() {
    local script=$1
    shift
    ELFIN_FAKE=$script ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        run "$elfin" run --accel tcg --kernel "$kernel" "$@" "$fake_program"
}

test_status_comes_from_the_control_channel() {
    fake 'echo ready >&$control; echo "exit 7" >&$control; exit 99'
    expect_status 7
    expect_empty "$err"
    fake 'echo ready >&$control; echo "signal 11" >&$control'
    expect_status 139
    expect_line "$err" '^elfin: .*program died of signal 11 \(SIGSEGV\)$'
    fake 'echo "refused 126 it is odd: make it even" >&$control'
    expect_status 126
    expect_line "$err" '^elfin: it is odd: make it even$'
    fake 'echo "panic out of ideas" >&$control'
    expect_status 1
    expect_line "$err" '^elfin: .*out of ideas$'
}

test_control_junk_is_ignored() {
    fake 'head -c 300000 /dev/zero | tr "\0" x >&$control; echo >&$control
        printf "exit 256\nexit\nnonsense\nexit " >&$control; sleep 0.2
        printf "3\nexit 4\n" >&$control'
    expect_status 3
}

test_end_without_a_verdict_is_an_error_with_all_that_was_said() {
    fake 'echo "boot: half way" >&$com1; echo "no such device" >&2; exit 5'
    expect_status 1
    expect_line "$err" 'boot: half way'
    expect_line "$err" 'no such device'
    expect_line "$err" '^elfin: .*without telling a status.*5'
    fake 'kill -SEGV $$'
    expect_status 1
    expect_line "$err" '^elfin: .*QEMU died of signal 11'
}

test_output_that_came_last_is_not_lost() {
    fake 'echo ready >&$control; echo "exit 0" >&$control
        echo out >&$stdout; echo err >&$stderr'
    expect_status 0
    expect_out out
    printf 'err\n' >"$dir/expected"
    expect_same "$dir/expected" "$err"
}

test_bytes_pass_unchanged_in_both_directions() {
    head -c 3000000 /dev/urandom >"$dir/in"
    input=$dir/in
    fake 'echo ready >&$control; cat <&$stdin >&$stdout
        echo "exit 0" >&$control'
    expect_status 0
    expect_same "$dir/in" "$out"
}

test_a_slow_reader_gets_everything() {
    local sum
    sum=$(seq 1 3000000 | sha256sum)
    got=$(fake_pipe 'echo ready >&$control; seq 1 3000000 >&$stdout
        echo "exit 0" >&$control' | { sleep 1; sha256sum; })
    [ "$sum" = "$got" ] || fail "the bytes differ"
}

# As fake, with the streams of the caller.
fake_pipe() {
    ELFIN_FAKE=$1 ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        "$elfin" run --accel tcg --kernel "$kernel" "$fake_program"
}

test_stdin_waits_for_the_program() {
    local rest
    rest=$(printf 'a\nb\n' | { fake_pipe 'sleep 0.3; exit 0' 2>/dev/null; cat; })
    [ "$rest" = $'a\nb' ] || fail "bytes were taken that nobody read: $rest"
}

test_log_is_silent_live_or_in_a_file() {
    local script='echo early >&$com1; printf "early\nlater\n" >&$log
        echo ready >&$control; echo out >&$stdout; echo "exit 3" >&$control'
    fake "$script"
    expect_status 3
    expect_out out
    expect_empty "$err"
    printf 'early\nlater\n' >"$dir/log-text"
    fake "$script" --log info
    expect_out out
    expect_same "$dir/log-text" "$err"
    fake "$script" --trace --log-file "$dir/log"
    expect_out out
    expect_empty "$err"
    expect_same "$dir/log-text" "$dir/log"
    fake 'echo why >&$log; echo "signal 6" >&$control' --log-file "$dir/log"
    expect_line "$err" "$dir/log"
    expect_line "$dir/log" '^why$'
    fake 'echo why >&$log; echo "signal 6" >&$control'
    expect_line "$err" '^why$'
}

test_reader_that_leaves_is_status_141() {
    ELFIN_FAKE='echo ready >&$control; yes >&$stdout; sleep 60' \
        ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        timeout 30 "$elfin" run --accel tcg --kernel "$kernel" \
        "$fake_program" | head -n 1 >"$out"
    status=${PIPESTATUS[0]}
    expect_status 141
    expect_out y
}

test_full_disk_is_an_error() {
    [ -c /dev/full ] || skip "needs /dev/full"
    ELFIN_FAKE='echo ready >&$control; echo x >&$stdout; sleep 60' \
        ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        timeout 30 "$elfin" run --accel tcg --kernel "$kernel" \
        "$fake_program" >/dev/full 2>"$err"
    status=$?
    expect_status 1
    expect_line "$err" '^elfin: .*cannot be written'
}

test_timeout_ends_a_machine_that_hangs() {
    fake 'echo ready >&$control; echo $$ >&$stdout; exec sleep 60' --timeout 0.5
    expect_status 124
    expect_line "$err" '^elfin: .*--timeout'
    [ ! -e "/proc/$(cat "$out")" ] || fail "the machine is left"
}

test_machine_that_says_exit_and_hangs_is_ended() {
    fake 'echo ready >&$control; echo "exit 9" >&$control; exec sleep 60'
    expect_status 9
    expect_line "$err" '^elfin: .*did not end'
}

# started SCRIPT: in the background, as $elfin_pid, with the machine's $machine.
started() {
    : >"$out" # what an earlier machine left is no sign of this one
    ELFIN_FAKE="$1" ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        env --default-signal=INT,QUIT "$elfin" run --accel tcg --kernel "$kernel" \
        "$fake_program" >"$out" 2>"$err" &
    elfin_pid=$!
    for _ in $(seq 1 100); do
        [ -s "$out" ] && break
        sleep 0.1
    done
    machine=$(cat "$out")
    [ -n "$machine" ] || fail "the machine did not start"
}

gone() {
    for _ in $(seq 1 50); do
        [ -e "/proc/$1" ] || return 0
        sleep 0.1
    done
    return 1
}

# A machine that says what it is told, once the program is there.
told='trap "" INT TERM HUP; echo ready >&$control; echo $$ >&$stdout
    cat <&$control >&$stderr & exec sleep 60'

test_signals_are_passed_on() {
    local s
    started "$told"
    for s in HUP USR1 QUIT INT; do
        kill "-$s" "$elfin_pid"
        sleep 0.3
    done
    kill -INT "$elfin_pid"
    wait "$elfin_pid"
    status=$?
    expect_status 130
    printf 'signal %d\n' 1 10 3 2 >"$dir/expected"
    expect_same "$dir/expected" "$err"
    gone "$machine" || fail "the machine is left"
}

test_signals_before_the_program_end_the_machine() {
    local s
    for s in INT:130 TERM:143 HUP:129; do
        started 'trap "" INT TERM HUP; echo $$ >&$stdout; exec sleep 60'
        kill "-${s%:*}" "$elfin_pid"
        wait "$elfin_pid"
        status=$?
        expect_status "${s#*:}"
        gone "$machine" || fail "the machine is left after SIG${s%:*}"
    done
}

test_ignored_signals_stay_ignored() {
    ELFIN_FAKE='echo ready >&$control; sleep 0.5; echo "exit 2" >&$control' \
        ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        env --ignore-signal=HUP "$elfin" run --accel tcg --kernel "$kernel" \
        "$fake_program" >"$out" 2>"$err" &
    elfin_pid=$!
    sleep 0.2
    kill -HUP "$elfin_pid"
    wait "$elfin_pid"
    status=$?
    expect_status 2
}

test_a_killed_command_takes_the_machine_along() {
    started 'echo ready >&$control; echo $$ >&$stdout; exec sleep 60'
    kill -KILL "$elfin_pid"
    wait "$elfin_pid" 2>/dev/null
    gone "$machine" || fail "the machine is left"
}

test_closed_streams_do_no_harm() {
    ELFIN_FAKE='echo ready >&$control; cat <&$stdin >/dev/null; echo x >&$stdout
        echo x >&$stderr; echo "exit 4" >&$control' \
        ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        timeout 30 "$elfin" run --accel tcg --kernel "$kernel" \
        "$fake_program" <&- >&- 2>&-
    status=$?
    expect_status 4
}
