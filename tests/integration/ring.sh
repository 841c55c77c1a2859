# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# ring: what a machine records with trace-ring=, and what elfin trace makes of it.

# count_of CALL: "count errors" of a call in the summary that is in $out.
count_of() { awk -v call="$1" '$1 == call { print $2, $3 }' "$out"; }

expect_count() {
    [ "$(count_of "$1")" = "$2" ] ||
        fail "$1: count and errors are $(count_of "$1"), not $2"
}

test_counts_are_the_programs_own() {
    run "$elfin" run --trace-file "$dir/t" "$programs/counted" 1234
    expect_status 5
    expect_empty "$out"
    expect_empty "$err"
    run "$elfin" trace "$dir/t"
    expect_status 0
    expect_count getppid '1234 0'
    expect_count read '2468 2468'
    expect_count sched_yield '1234 0'
    expect_count exit_group '1 0'
    expect_line "$out" '^counted \(1\) '
    expect_line "$out" '^yielder \(2\) +12[0-9][0-9] '
    expect_line "$out" '^boot \(kernel\) '
    expect_line "$out" '^program writes +[1-9]'
    expect_line "$out" '^vector 0x[0-9a-f]+ +[1-9]'
    expect_line "$out" '; exit status 5$'
    expect_no_line "$out" 'overwritten'
}

test_text_has_every_call_and_its_end() {
    run "$elfin" run --trace-file "$dir/t" "$programs/counted" 50
    run "$elfin" trace --text "$dir/t"
    expect_status 0
    [ "$(grep -c ' getppid()' "$out")" -eq 50 ] || fail "not 50 getppid"
    [ "$(grep -c 'EBADF (Bad file descriptor)' "$out")" -eq 100 ] ||
        fail "not 100 failed reads"
    expect_line "$out" '^1 +[0-9]+\.[0-9]{6} read\(-1, 0x[0-9a-f]+, 1\) = -1 EBADF .*<[0-9.]+>$'
    expect_line "$out" '--- counted \(1\) was made ---'
    expect_line "$out" '--- yielder \(2\) ends ---'
    expect_line "$out" ' exit_group\(5 <unfinished ...>$'
    expect_line "$out" '^\+\+\+ exited with 5 \+\+\+$'
    # One time axis: no line is before the one above it.
    grep -o '^-\?[0-9]\+ \+[0-9]\+\.[0-9]\+' "$out" |
        awk '$2 < last { exit 1 } { last = $2 }' || fail "time goes backwards"
    run "$elfin" trace --text --all "$dir/t"
    expect_line "$out" '--- page fault: jump to counted\+0x[0-9a-f]+ by counted'
    expect_line "$out" ' sleeps; next is '
    expect_line "$out" ' wakes counted \(1\) ---'
}

test_packets_are_on_the_same_axis() {
    run "$elfin" run --trace-file "$dir/t" "$programs/talk"
    expect_status 0
    run "$elfin" trace "$dir/t"
    expect_line "$out" '^in loopback +1[0-9] +[0-9]+ '
    expect_line "$out" '^out loopback +1[0-9] +[0-9]+ '
    run "$elfin" trace --text --all "$dir/t"
    # The SYN of a connection goes out within its connect.
    sed -n '/ connect(5/,/connect.*= 0/p' "$out" >"$dir/connect"
    expect_line "$dir/connect" '--- 80 bytes go out to interface 1 ---'
    run "$elfin" trace --json "$dir/t.json" "$dir/t"
    [ "$(grep -c '"name":"packet ' "$dir/t.json")" -ge 24 ] ||
        fail "the packets are not in the file for Perfetto"
}

test_a_small_ring_keeps_the_latest() {
    local kept lost
    run "$elfin" run --trace-ring=64K --trace-file "$dir/t" \
        "$programs/counted" 5000
    expect_status 5
    run "$elfin" trace "$dir/t"
    expect_line "$out" ' 1024 records \([0-9]+ older ones overwritten'
    expect_count exit_group '1 0'
    kept=$(count_of getppid)
    lost=$(sed -n 's/.* (\([0-9]*\) older.*/\1/p' "$out")
    [ "${kept% *}" -lt 600 ] || fail "$kept getppid in 1024 records"
    # Each call leaves two records; threads, faults and switches come on top.
    [ "$lost" -gt $((2 * 4 * 5000 - 1024)) ] || fail "only $lost are lost"
    run "$elfin" trace --text "$dir/t"
    expect_line "$out" 'older records were overwritten'
}

test_json_is_what_viewers_expect() {
    command -v python3 >/dev/null || skip "python3 is not there to read JSON"
    run "$elfin" run --trace-file "$dir/t" "$programs/counted" 20
    run "$elfin" trace "$dir/t" --json "$dir/json"
    expect_status 0
    expect_empty "$out"
    run python3 tests/integration/check-trace-json "$dir/json" getppid=20 \
        read=40 sched_yield=20
    expect_status 0
}

test_flame_graph_is_well_formed() {
    run "$elfin" run --trace-file "$dir/t" "$programs/counted" 5000
    run "$elfin" trace "$dir/t" --flame "$dir/a.svg" --title 'a < b & c'
    expect_status 0
    expect_line "$dir/a.svg" '<title>getppid: .*, 5000 times</title>'
    expect_line "$dir/a.svg" 'a &lt; b &amp; c'
    expect_line "$dir/a.svg" '<title>yielder \(2\): '
    "$elfin" trace "$dir/t" --flame "$dir/b.svg" --title 'a < b & c'
    expect_same "$dir/a.svg" "$dir/b.svg"
    command -v python3 >/dev/null || return 0
    run python3 -c 'import sys, xml.dom.minidom
xml.dom.minidom.parse(sys.argv[1])' "$dir/a.svg"
    expect_status 0
}

test_a_program_that_dies_leaves_its_trace() {
    run "$elfin" run --trace-file "$dir/t" "$programs/exits" kill 15
    expect_status 143
    run "$elfin" trace --text "$dir/t"
    expect_line "$out" ' kill\(1, 15'
    expect_line "$out" '^\+\+\+ killed by signal 15 \+\+\+$'
}

test_a_crash_of_the_kernel_leaves_its_trace() {
    run "$elfin" run --trace-file "$dir/t" --qemu -append --qemu \
        'trace-ring=256K selftest=null virtio_mmio.device=512@0xfeb00000:5' \
        "$examples/hello"
    expect_status 1
    run "$elfin" trace --text "$dir/t"
    expect_status 0
    expect_line "$out" '^\+\+\+ the kernel failed'
}

test_without_it_nothing_is_there() {
    run "$elfin" run --dry-run "$examples/hello"
    expect_no_line "$out" 'elfin\.trace|trace-ring'
    expect_line "$out" 'max_ports=6'
    run "$elfin" run --dry-run --trace-file "$dir/t,x" "$examples/hello"
    expect_line "$out" "path=$dir/t,,x"
    expect_line "$out" 'nr=6,chardev=elfin.trace,name=elfin.trace'
    [ ! -e "$dir/t,x" ] || fail "a dry run made the file"
}

test_a_name_with_a_comma_is_one_file() {
    run "$elfin" run --trace-file "$dir/a,b" "$examples/hello"
    expect_status 0
    run "$elfin" trace "$dir/a,b"
    expect_status 0
}

test_other_machines_record_too() {
    local machine
    for machine in q35 pc; do
        run "$elfin" run --machine "$machine" --trace-file "$dir/t" \
            "$programs/counted" 10
        expect_status 5
        run "$elfin" trace "$dir/t"
        expect_count getppid '10 0'
    done
}

test_bad_files_and_options_are_refused() {
    run "$elfin" run --trace-ring "$examples/hello"
    expect_status 2
    expect_line "$err" 'give --trace-file FILE$'
    run "$elfin" run --trace-ring=big --trace-file "$dir/t" "$examples/hello"
    expect_status 2
    expect_line "$err" '--trace-ring=big: no size: write 512K or 4M$'
    run "$elfin" run --trace-file "$dir" "$examples/hello"
    expect_status 1
    expect_line "$err" "--trace-file $dir: Is a directory$"
    run "$elfin" trace
    expect_status 2
    run "$elfin" trace "$dir/none"
    expect_status 1
    expect_line "$err" 'No such file'
    run "$elfin" trace "$examples/hello"
    expect_status 1
    expect_line "$err" 'hello is no trace: '
    : >"$dir/empty"
    run "$elfin" trace "$dir/empty"
    expect_status 1
    expect_line "$err" 'is empty: '
    run "$elfin" run --trace-file "$dir/t" "$examples/hello"
    head -c 3000 "$dir/t" >"$dir/cut"
    run "$elfin" trace "$dir/cut" --flame "$dir/x.svg"
    expect_status 1
    expect_line "$err" 'cut ends too early: '
    [ ! -e "$dir/x.svg" ] || fail "it wrote a report all the same"
}
