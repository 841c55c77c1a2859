# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# postmortem: what is left of a program that dies of a signal: a screen on
# stderr, and a core that gdb opens.

# The functions of a gdb backtrace on stdin, one a line, down to main.
functions() {
    sed -n 's/^#[0-9]* *\(0x[0-9a-f]* in \)\{0,1\}\([A-Za-z_0-9?]*\) .*/\2/p' |
        uniq | sed '/^main$/q; /^start_thread$/q'
}

# in_order FILE REGEX...: lines that match come in this order.
in_order() {
    local file=$1 at=0 line
    shift
    for regex in "$@"; do
        line=$(grep -n -E -- "$regex" "$file" | cut -d: -f1 |
            awk -v at="$at" '$1 > at { print; exit }')
        [ -n "$line" ] || fail "no line of ${file##*/} behind line $at matches: $regex"
        at=$line
    done
}

test_screen_names_signal_mapping_registers_and_callers() {
    run "$elfin" run "$programs/crashes" pointer
    expect_status 139
    expect_empty "$out"
    expect_line "$err" 'SIGSEGV at address 0xdead0: nothing is mapped there'
    expect_line "$err" 'code: r-x 0x[0-9a-f]+-0x[0-9a-f]+ /.*crashes\+0x[0-9a-f]+'
    expect_line "$err" 'rip 0000[0-9a-f]{12}  rsp 0000[0-9a-f]{12}'
    in_order "$err" '#0 .*add_up\+0x[0-9a-f]+ \(crashes.c:[0-9]+\)' \
        '#[0-9]+ .*middle' '#[0-9]+ .*outer' '#[0-9]+ .*main' '_start'
    [ "$(wc -l <"$err")" -lt 40 ] || fail "that is more than a screen"
}

test_screen_of_a_stack_overflow_says_so() {
    run "$elfin" run "$programs/crashes" stack
    expect_status 139
    expect_line "$err" 'bytes below a stack, which has overflowed'
    expect_line "$err" '#[0-9]+ .*deeper.*[0-9]+ times'
}

test_screen_of_a_wild_call_shows_who_made_it() {
    run "$elfin" run "$programs/crashes" call
    expect_status 139
    in_order "$err" 'code: not mapped' '#0 .*0x000000000010' '#1 .*call\+0x' \
        '#2 .*main'
}

test_screen_of_abort_leads_to_its_caller() {
    run "$elfin" run "$programs/crashes" abort
    expect_status 134
    in_order "$err" 'SIGABRT: the program gave up' '#[0-9]+ .*abort\+0x' \
        '#[0-9]+ .*main'
}

test_screen_of_a_stripped_program_has_offsets() {
    strip -s -o "$dir/stripped" "$programs/crashes"
    run "$elfin" run "$dir/stripped" pointer
    expect_status 139
    expect_line "$err" '#0 +0x[0-9a-f]+ /.*stripped\+0x[0-9a-f]+$'
    expect_line "$err" '#3 +0x[0-9a-f]+ /.*stripped\+0x[0-9a-f]+$'
}

test_bare_qemu_walks_frame_pointers() {
    gcc -O1 -fno-omit-frame-pointer -static-pie -pthread -o "$dir/crashes" \
        tests/guest/programs/crashes.c
    bare -append "-- pointer" -initrd "$dir/crashes" "${with_exit[@]}"
    expect_line "$out" 'dies of SIGSEGV at address dead0'
    expect_line "$out" 'called from, by frame pointers:'
    [ "$(tr -d '\r' <"$out" | grep -c -E '^(elfin: )? +0x[0-9a-f]{16} /init\+0x')" -ge 4 ] ||
        fail "there are not four frames"
}

# core_is_as_on_linux HOW PROGRAM: gdb finds the same callers in the core as
# in the same program, run by gdb on this host.
core_is_as_on_linux() {
    local how=$1 program=$2
    run "$elfin" run --core "$dir/core" "$program" "$how"
    expect_status 139
    [ -s "$dir/core" ] || fail "there is no core"
    gdb -q -batch -nx -ex backtrace "$program" "$dir/core" >"$dir/elfin.bt" 2>&1
    gdb -q -batch -nx -ex run -ex backtrace --args "$program" "$how" \
        >"$dir/linux.bt" 2>&1 </dev/null
    functions <"$dir/elfin.bt" >"$dir/elfin.names"
    functions <"$dir/linux.bt" >"$dir/linux.names"
    [ "$(wc -l <"$dir/linux.names")" -ge 4 ] ||
        fail "gdb does not debug programs here: $(cat "$dir/linux.bt")"
    expect_same "$dir/linux.names" "$dir/elfin.names"
}

test_core_of_a_static_pie_opens_in_gdb() {
    core_is_as_on_linux pointer "$programs/crashes"
    gdb -q -batch -nx -ex 'print first.value' -ex 'info registers rip' \
        "$programs/crashes" "$dir/core" >"$dir/gdb" 2>&1
    expect_line "$dir/gdb" '= 40$'
    expect_line "$dir/gdb" 'rip .*add_up'
}

test_core_of_a_dynamic_program_opens_in_gdb() {
    gcc -g -O1 -pthread -o "$dir/dynamic" tests/guest/programs/crashes.c
    core_is_as_on_linux pointer "$dir/dynamic"
    gdb -q -batch -nx -ex 'info sharedlibrary' "$dir/dynamic" "$dir/core" \
        >"$dir/gdb" 2>&1
    expect_line "$dir/gdb" 'Yes .*libc\.so\.6'
}

test_core_of_threads_opens_in_gdb() {
    core_is_as_on_linux thread "$programs/crashes"
    gdb -q -batch -nx -ex 'info threads' -ex 'thread apply all backtrace' \
        "$programs/crashes" "$dir/core" >"$dir/gdb" 2>&1
    [ "$(grep -c '^Thread [0-9]* (' "$dir/gdb")" -eq 3 ] ||
        fail "gdb does not find three threads: $(cat "$dir/gdb")"
    expect_line "$dir/gdb" '#[0-9]+ .*in wait_for_ever '
    expect_line "$dir/gdb" '#[0-9]+ .*in in_thread '
}

# registers_as_on_linux HOW: each thread of programs/asleep has in its core what
# gdb sees of it on this host, where a call that was cut short has another rax.
registers_as_on_linux() {
    local how=$1 program=$programs/asleep name format='call %ld at %ld' values='$orig_rax'
    values+=', $rip - (long)&in_call, $rcx == $rip, *(long *)$rsp'
    format+=' rcx is rip: %d, stack %lx'
    for name in r11 eflags rax rdi rsi rdx r10 r8 r9 rbx rbp r12 r13 r14 r15; do
        format+=" $name %lx"
        values+=", \$$name"
    done
    local each="thread apply all -q printf \"$format\\n\", $values"
    run "$elfin" run --core "$dir/core" "$program" "$how"
    gdb -q -batch -nx -ex "$each" "$program" "$dir/core" >"$dir/elfin.gdb" 2>&1
    gdb -q -batch -nx -ex run -ex "$each" --args "$program" "$how" \
        >"$dir/linux.gdb" 2>&1 </dev/null
    for name in elfin linux; do
        # The numbers of processes differ; so may the flag RF of a fault.
        sed -n -e '/^call 234 /s/ rdi [0-9a-f]* rsi [0-9a-f]*//' \
            -e '/^call -1 at 6 /s/ eflags [0-9a-f]*//' \
            -e '/^call /p' "$dir/$name.gdb" | sort >"$dir/$name.threads"
    done
    [ "$(wc -l <"$dir/linux.threads")" -eq 5 ] ||
        fail "gdb does not debug programs here: $(cat "$dir/linux.gdb")"
    # -ENOSYS is what Linux has there while it is in the call.
    sed -i -E '/^call (0|34|35) /s/ rax f{13}[de][0-9a-f]{2} / rax ffffffffffffffda /' \
        "$dir/linux.threads"
    expect_same "$dir/linux.threads" "$dir/elfin.threads"
}

test_core_of_a_fault_has_the_registers_of_all_threads() {
    registers_as_on_linux fault
    expect_line "$dir/elfin.threads" '^call 34 at 2 rcx is rip: 1, stack 4d41524b r11 ([0-9a-f]+) eflags \1 rax f+da '
    expect_line "$dir/elfin.threads" '^call -1 at 4 .* rax 4d '
}

test_core_of_a_death_in_a_call_has_the_registers_of_all_threads() {
    registers_as_on_linux call
    expect_line "$dir/elfin.threads" '^call 234 at 2 .* rax 0 '
}

test_core_of_a_program_with_tibs_reserved_is_small() {
    core_is_as_on_linux reserve "$programs/crashes"
    [ "$(stat -c %s "$dir/core")" -lt 1000000 ] ||
        fail "the core has $(stat -c %s "$dir/core") bytes"
    # What was written is there, what was not reads as zeros.
    gdb -q -batch -nx -ex 'print reserved[0]' -ex 'print reserved[4095]' \
        -ex 'print reserved[8192]' -ex 'print reserved[7 * (1ul << 39)]' \
        "$programs/crashes" "$dir/core" >"$dir/gdb" 2>&1
    expect_line "$dir/gdb" "^\\\$1 = 97 'a'"
    expect_line "$dir/gdb" "^\\\$2 = 97 'a'"
    expect_line "$dir/gdb" "^\\\$3 = 0 '"
    expect_line "$dir/gdb" "^\\\$4 = 104 'h'"
}

test_core_is_well_formed() {
    run "$elfin" run --core "$dir/core" "$programs/crashes" thread
    readelf -n -l "$dir/core" >"$dir/readelf" 2>&1
    for note in NT_PRSTATUS NT_PRPSINFO NT_SIGINFO NT_AUXV NT_FILE NT_FPREGSET \
        NT_X86_XSTATE; do
        expect_line "$dir/readelf" "$note"
    done
    expect_no_line "$dir/readelf" '[Ww]arning|[Ee]rror'
}

test_core_of_a_child_tells_its_family() {
    local at pid family
    run "$elfin" run --core "$dir/core" --add "$programs/crashes:/crashes" \
        busybox sh -c '/crashes pointer; true'
    at=$(readelf -l -W "$dir/core" | awk '$1 == "NOTE" { print $2 }')
    # pr_pid is behind a header of 20 bytes and 32 of a struct elf_prstatus.
    read -r pid family < <(od -An -t d4 -j $((at + 20 + 32)) -N 16 "$dir/core")
    [ "$pid" -gt 1 ] || fail "the process is $pid"
    [ "$(echo $family)" = "1 1 1" ] || fail "parent, group, session: $family"
}

test_no_core_is_left_of_a_program_that_lives() {
    run "$elfin" run --core "$dir/core" "$examples/hello"
    expect_status 0
    expect_empty "$err"
    [ ! -e "$dir/core" ] || fail "there is a core"
    run "$elfin" run --core "$dir/missing/core" "$examples/hello"
    expect_status 1
    expect_line "$err" '^elfin: --core .*missing'
}
