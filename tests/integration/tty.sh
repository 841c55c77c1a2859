# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# tty: a person at the program's terminal, played by onpty, and signals that
# `elfin run` passes on.

busybox_path=$(command -v busybox)

# on_terminal SCRIPT COMMAND...: as run; `?# ` in SCRIPT waits for a prompt.
on_terminal() {
    local script=$1
    shift
    run "$onpty" "${options[@]}" "$script" "$@"
}
options=()

# shell SCRIPT [ELFIN-OPTION...]: busybox's, with what it needs.
shell() {
    local script=$1 name add=()
    shift
    for name in busybox sleep stty tty cat vi; do
        add+=(--add "$busybox_path:/bin/$name")
    done
    echo 'root:x:0:0:root:/:/bin/sh' >"$dir/passwd"
    on_terminal "$script" "$elfin" run "$@" "${add[@]}" \
        --add "$dir/passwd:/etc/passwd" /bin/busybox sh
}

shows() { expect_line "$out" "$1"; }

test_a_terminal_is_one_for_the_program() {
    shell '?# tty;\sstty\ssize\n ?/dev/console ?24\s80 ?# exit\s7\n'
    expect_status 7
    shows '^\[settings kept\]$'
}

test_streams_are_plain_without_one() {
    echo 'test -t 0 || test -t 1 || test -t 2 || echo plain' >"$dir/in"
    input=$dir/in
    run "$elfin" run "$busybox_path" sh
    expect_status 0
    expect_out plain
    # As docker: -i alone gives none.
    on_terminal '?plain' "$elfin" run -i "$busybox_path" sh -c \
        'test -t 0 || echo plain'
    expect_status 0
}

test_tty_can_be_asked_for_without_one() {
    echo 'tty' >"$dir/in"
    input=$dir/in
    run "$elfin" run -t "$busybox_path" cat
    expect_status 0
    printf 'tty\r\ntty\r\n' >"$dir/expected"
    expect_same "$dir/expected" "$out"
}

test_stderr_of_its_own_stays_plain() {
    options=(-e "$dir/stderr")
    on_terminal '?done' "$elfin" run "$busybox_path" sh -c \
        'test -t 2 || echo plain >&2; test -t 1 && echo done'
    expect_status 0
    echo plain >"$dir/expected"
    expect_same "$dir/expected" "$dir/stderr"
    options=()
}

test_another_size_is_told() {
    shell '?# =30x100 %700 stty\ssize\n ?30\s100 ?# exit\n'
    expect_status 0
}

test_a_line_is_edited() {
    on_terminal '%2000 helx\x7flo\n ?\nhello\r\n wrong\x15right\n ?\nright\r\n
        \x04' "$elfin" run "$busybox_path" cat
    expect_status 0
}

test_cat_ends_by_end_of_file() {
    on_terminal '%1500 one\n ?one\r\none \x04' "$elfin" run "$busybox_path" cat
    expect_status 0
}

test_jobs_are_controlled() {
    shell '?# sleep\s100\n %500 \x03 ?^C ?# sleep\s200\n %500 \x1a ?Stopped
        ?# bg\n ?sleep\s200 ?# jobs\n ?Running ?# fg\n ?sleep\s200 %300 \x03
        ?# exit\s3\n'
    expect_status 3
}

test_vi_edits_a_file() {
    shell '?# vi\s/file\n ?~ ihello\sworld\e %500 :wq\n ?# cat\s/file\n
        ?hello\sworld ?# exit\n'
    expect_status 0
}

test_vi_knows_the_screen() {
    options=(-s 10x40)
    # Nine lines for text, the first of which is not empty, the tenth for
    # the state; the cursor goes there.
    shell '?# vi\s/file\n ?\e[9;1H ?\e[10;1H :q\n ?# exit\n'
    expect_status 0
    expect_no_line "$out" $'\e\\[11;1H'
    options=()
}

test_sqlite_is_spoken_to() {
    local sqlite
    sqlite=$(command -v sqlite3) || skip 'sqlite3 is not installed'
    # A line is corrected, one is called back, a command is interrupted.
    on_terminal '?sqlite> create\stable\st(x);\n
        ?sqlite> insert\sinto\st\svalues\x7f\x7fes(40);\n ?sqlite> \e[A\n
        ?sqlite> select\ssum(x)+4-42,\n ?...> "from"||count(*)\sfrom\st;\n
        ?42|from2 ?sqlite> .exit\s3\n' \
        "$elfin" run "$sqlite"
    expect_status 3
    shows '^\[settings kept\]$'
}

test_python_is_spoken_to() {
    [ -x /usr/bin/python3 ] || skip "Debian's python3 is not installed"
    # The block ends by an empty line; ^C ends what runs, and not python.
    on_terminal '?>>> for\si\sin\srange(3):\n ?... print(i*21)\x01\s\s\x05\n
        ?... \n ?0\r\n21\r\n42 ?>>> import\stime;\stime.sleep(100)\n %1500
        \x03 ?KeyboardInterrupt ?>>> exit(5)\n' \
        "$elfin" run -t /usr/bin/python3 -q
    expect_status 5
    shows '^\[settings kept\]$'
}

test_interrupt_ends_the_program() {
    on_terminal '%2000 \x03' "$elfin" run "$busybox_path" sleep 60
    expect_status 130
    shows '^\[settings kept\]$'
}

test_settings_survive_a_machine_that_dies() {
    cp "$examples/hello" "$dir/program"
    ELFIN_FAKE='echo ready >&$control; echo up >&$tty; sleep 1; kill -SEGV $$' \
        ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        on_terminal '?up' "$elfin" run --accel tcg --kernel "$kernel" \
        "$dir/program"
    expect_status 1
    shows 'QEMU died of signal 11'
    shows '^\[settings kept\]$'
}

test_settings_survive_a_signal() {
    local s
    for s in SEGV:139 ABRT:134; do
        ELFIN_FAKE='echo ready >&$control; echo up >&$tty; exec sleep 60' \
            ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
            on_terminal "?up %300 @${s%:*}" "$elfin" run --accel tcg \
            --kernel "$kernel" "$examples/hello"
        expect_status "${s#*:}"
        shows '^\[settings kept\]$'
    done
}

test_the_terminal_is_raw_meanwhile() {
    ELFIN_FAKE='echo ready >&$control; echo up >&$tty; head -c 3 <&$tty |
            od -An -tx1 >&$tty; echo "exit 0" >&$control' \
        ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        on_terminal '?up %500 \x03\x1a\r ?03\s1a\s0d' "$elfin" run \
        --accel tcg --kernel "$kernel" "$examples/hello"
    expect_status 0
}

test_escape_stops_the_machine() {
    ELFIN_FAKE='echo ready >&$control; echo up >&$tty; exec sleep 60' \
        ELFIN_QEMU=$PWD/tests/integration/cli/fake-qemu \
        on_terminal '?up %500 \x1d\x1d %100 \x1d' "$elfin" run --accel tcg \
        --kernel "$kernel" "$examples/hello"
    expect_status 130
    shows '^\[settings kept\]$'
}

# started COMMAND...: in the background, as $pid, once it has said `up`.
started() {
    ran="$*"
    : >"$out"
    env --default-signal=INT,QUIT,HUP "$@" >"$out" 2>"$err" </dev/null &
    pid=$!
    for _ in $(seq 1 300); do
        grep -q up "$out" && return
        sleep 0.1
    done
    fail "it did not start"
}

ended() {
    wait "$pid"
    status=$?
}

test_signals_reach_the_program() {
    local name
    started "$elfin" run "$busybox_path" sh -c '
        for s in INT HUP QUIT USR1 USR2; do trap "echo $s" $s; done
        trap "echo TERM; exit 9" TERM
        echo up; while :; do read -t 1 x </dev/zero; done'
    for name in INT HUP QUIT USR1 USR2 TERM; do
        kill -"$name" "$pid"
        for _ in $(seq 1 100); do
            grep -q "$name" "$out" && break
            sleep 0.1
        done
    done
    ended
    expect_status 9
    expect_out up INT HUP QUIT USR1 USR2 TERM
    expect_empty "$err"
}

test_signals_end_a_program_that_does_not_care() {
    local s
    for s in INT:130 TERM:143 HUP:129 USR1:138; do
        started "$elfin" run --add "$busybox_path:/bin/sleep" \
            "$busybox_path" sh -c 'echo up; exec sleep 60'
        kill "-${s%:*}" "$pid"
        ended
        expect_status "${s#*:}"
        expect_empty "$err"
    done
}

test_two_interrupts_stop_the_machine() {
    started "$elfin" run "$busybox_path" sh -c '
        trap "" INT; echo up; while :; do :; done'
    kill -INT "$pid"
    sleep 3
    kill -0 "$pid" || fail "one was enough"
    kill -INT "$pid"
    sleep 0.5
    kill -INT "$pid"
    ended
    expect_status 130
}

test_a_program_that_ignores_sigterm_has_ten_seconds() {
    started "$elfin" run "$busybox_path" sh -c '
        trap "" TERM; echo up; while :; do :; done'
    SECONDS=0
    kill -TERM "$pid"
    ended
    expect_status 143
    [ "$SECONDS" -ge 9 ] || fail "it had only $SECONDS s"
}

test_a_serial_line_is_a_terminal() {
    on_terminal '?/\s# echo\sx\x7f$((6*7))\n ?42 sleep\s1\n %300 \x03 exit\n' \
        qemu-system-x86_64 -M microvm,acpi=off -kernel "$kernel" -nographic \
        -no-reboot -initrd "$busybox_path" -append argv0=sh
    bare -M microvm,acpi=off -initrd "$busybox_path" \
        -append 'tty=off argv0=sh -- -c "test -t 1 || echo plain"'
    shows '^plain$'
}
