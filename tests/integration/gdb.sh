# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# gdb: `elfin run --gdb`, and what tools/gdb/elfin.py adds to gdb.

# debug PROGRAM-AND-ARGUMENTS -- [GDB-COMMAND...]: runs both. gdb's output is
# in $dir/gdb, the machine's in $out and $err. $options go to elfin run.
debug() {
    local program=() commands=() script machine
    while [ "$1" != -- ]; do program+=("$1") && shift; done
    shift
    rm -f "$dir/socket"
    : >"$err"
    for c in "$@"; do commands+=(-ex "$c"); done
    # shellcheck disable=SC2086 # options are words
    "$elfin" run --gdb="$dir/socket" ${options:-} "${program[@]}" \
        >"$out" 2>"$err" </dev/null &
    machine=$!
    for _ in $(seq 1 100); do
        [ -S "$dir/socket" ] && grep -q 'gdb -q -x' "$err" && break
        sleep 0.1
    done
    script=$(sed -n 's/^elfin: .*gdb -q -x \(.*\)$/\1/p' "$err")
    [ -n "$script" ] || fail "no command to type: $(cat "$err")"
    timeout -k 5 150 gdb -q -batch -nx -x "$script" "${commands[@]}" \
        >"$dir/gdb" 2>&1
    end_of "$machine"
    ran="elfin run --gdb ${program[*]}; gdb said:
$(cat "$dir/gdb")"
    [ ! -e "$script" ] || fail "$script is left"
}

test_stops_in_kernel_and_program_by_name() {
    debug "$programs/symbols" -- 'continue' 'break triple' 'continue' \
        'backtrace 2' 'finish' 'break sys_write' 'continue' 'backtrace 1' \
        'delete' 'continue'
    expect_line "$dir/gdb" 'elfin: .*symbols.* is mapped at 0x[0-9a-f]+, symbols from'
    expect_line "$dir/gdb" 'Value returned is .* = 42'
    expect_line "$dir/gdb" '#1 .*main'
    expect_line "$dir/gdb" '#0 .*\bsys_write \('
    expect_status 42
    expect_out tripled
}

test_breakpoints_set_before_the_start_hold() {
    debug "$programs/symbols" -- 'break triple' 'continue' 'continue' \
        'backtrace 1' 'delete' 'continue'
    expect_line "$dir/gdb" '#0 +.*triple \('
    expect_status 42
}

test_loads_libraries_of_a_dynamic_program() {
    gcc -g -O1 -pthread -o "$dir/dynamic" tests/guest/programs/crashes.c
    debug "$dir/dynamic" pointer -- 'continue' 'break add_up' 'continue' \
        'backtrace' 'info symbol puts' 'info symbol _dl_catch_exception' 'kill'
    expect_line "$dir/gdb" 'elfin: .*dynamic is mapped at'
    expect_line "$dir/gdb" 'elfin: .*ld-linux.* is mapped at'
    expect_line "$dir/gdb" 'elfin: .*libc\.so\.6 is mapped at'
    expect_line "$dir/gdb" '#0 +add_up'
    expect_line "$dir/gdb" '#3 .*main'
    expect_line "$dir/gdb" 'puts in section .text of .*libc'
}

test_ps_shows_where_threads_wait() {
    debug "$programs/crashes" thread -- 'continue' 'break add_up' 'continue' \
        'elfin ps' 'kill'
    expect_line "$dir/gdb" '^ +1 +1 sleeping +futex_[a-z_]+ +futex\('
    expect_line "$dir/gdb" '^ +1 +2 sleeping +sys(call)?_pause +pause\('
    expect_line "$dir/gdb" '^ +1 +3 running .*add_up.* crashes$'
}

test_maps_and_files_show_what_the_kernel_has() {
    debug "$programs/symbols" -- 'continue' 'break sys_write' 'continue' \
        'elfin maps' 'elfin files' 'elfin sockets' 'delete' 'continue'
    expect_line "$dir/gdb" '^[0-9a-f]{12}-[0-9a-f]{12} r-xp [0-9a-f]{8} /.*symbols$'
    expect_line "$dir/gdb" '^[0-9a-f]{12}-[0-9a-f]{12} rw-p [0-9a-f]{8} \[stack\]$'
    expect_line "$dir/gdb" '^ +0 r- '
    expect_line "$dir/gdb" '^ +1 -w '
    expect_line "$dir/gdb" 'no sockets'
    expect_status 42
}

test_trace_shows_the_last_records() {
    options="--trace-file $dir/trace"
    debug "$programs/symbols" -- 'continue' 'break sys_write' 'continue' \
        'elfin trace 5' 'delete' 'continue'
    expect_line "$dir/gdb" '^ +[0-9.]+ +1 write\(0x1, 0x[0-9a-f]+, 0x8'
    options=
    debug "$programs/symbols" -- 'continue' 'elfin trace' 'continue'
    expect_line "$dir/gdb" 'nothing is recorded'
}

test_refuses_what_is_no_port() {
    run "$elfin" run --gdb=here "$examples/hello"
    expect_status 2
    expect_line "$err" '^elfin: --gdb=here: .*port'
}

# A parent that runs, a child that waits and one that has ended.
test_shows_every_process_and_its_sockets() {
    debug "$programs/family" -- 'continue' 'break family_is_complete' \
        'continue' 'elfin ps' 'elfin maps 2' 'elfin files 2' 'elfin sockets' \
        'elfin maps 77' 'delete' 'continue'
    expect_line "$dir/gdb" '^ +1 +1 running .*family_is_complete.* family$'
    expect_line "$dir/gdb" '^ +2 +2 sleeping .* read\(0x[0-9a-f]+, .* family$'
    expect_line "$dir/gdb" '^ +3 +- zombie .* family$'
    expect_line "$dir/gdb" '^[0-9a-f]{12}-[0-9a-f]{12} r-xp [0-9a-f]{8} /.*family$'
    expect_line "$dir/gdb" '^descriptors of threads 2:'
    expect_line "$dir/gdb" '^tcp +listen +0 +0 127.0.0.1:4321 > \*:\*  1/3, 2/3$'
    expect_line "$dir/gdb" '^tcp +established .* 127.0.0.1:[0-9]+ > 127.0.0.1:4321  1/4'
    expect_line "$dir/gdb" '^u_str +connected .*1/6, 2/6$'
    expect_line "$dir/gdb" 'there is no process 77'
    expect_out together
}
