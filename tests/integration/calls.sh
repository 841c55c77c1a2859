# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# calls: the table of system calls, and what happens to one that is missing.

test_without_handler_are_logged_with_name_and_arguments() {
    # 425 is io_uring_setup: named in the table, without a handler.
    run "$elfin" run --log warn "$programs/unknown" 425 8 0x1234
    expect_status 0
    expect_out -38
    expect_line "$err" 'unimplemented.* 425: io_uring_setup\(8, 0x1234\)'
}

test_without_a_number_are_logged_too() {
    run "$elfin" run --log warn "$programs/unknown" 9999 1 2 3
    expect_status 0
    expect_out -38
    expect_line "$err" 'unknown.* 9999: .*\(1, 2, 3'
}

test_without_handler_are_silent_unless_asked_for() {
    run "$elfin" run "$programs/unknown" 425
    expect_out -38
    expect_empty "$err"
}

# With one instruction at a time QEMU interrupts before any of them, not only
# where its blocks end.
test_survive_interrupts_at_any_instruction() {
    qemu-system-x86_64 -help | grep -q -e ^-singlestep || skip "this QEMU has no -singlestep"
    run "$elfin" run --accel tcg --qemu -singlestep "$guest/registers"
    expect_status 0
}

# Between the end of what boots and the last leaf there are leaves alone.
test_leaves_call_nothing() {
    local end
    end=$(nm "${kernel%.elf}.debug" | awk '$3 == "syscall_leaf_end" { print $1 }')
    objdump -d --no-show-raw-insn --stop-address="0x$end" "${kernel%.elf}.debug" |
        awk '/^[0-9a-f]+ <syscall_/ { leaf = 1; leaves++ }
             leaf && /\t(call|push +%r([^b]|bx))/ { print; bad = 1 }
             END { print leaves " leaves"; exit bad }' >"$out"
    expect_line "$out" '^7 leaves$'
    [ "$(wc -l <"$out")" -eq 1 ] || fail "a leaf calls or saves: $(head -3 "$out")"
}

test_are_listed_whole() {
    run "$elfin" syscalls
    expect_status 0
    expect_line "$out" '\bread\b.*implemented'
    expect_line "$out" '\bio_uring_setup\b.*missing'
    [ "$(wc -l <"$out")" -ge 350 ] || fail "Linux has more calls than that"
    run "$elfin" syscalls write
    expect_status 0
    expect_line "$out" '\bwrite\b.*implemented'
    run "$elfin" syscalls no_such_call
    [ "$status" -ne 0 ] || fail "found one that is not there"
}

# The block of docs/adding-a-syscall.md that begins with this comment line.
doc_block() {
    awk -v head="$1" '
        /^```/ { inside = !inside; fresh = inside; keep = 0; next }
        fresh { keep = index($0, head) > 0; fresh = 0 }
        keep' docs/adding-a-syscall.md
}

test_are_added_as_the_guide_says() {
    local tree=$dir/tree
    mkdir "$tree"
    git ls-files -co --exclude-standard -z | xargs -0 cp -P --parents -t "$tree"
    doc_block '/* who-judges.c' >"$dir/who-judges.c"
    doc_block '// SPDX' >"$dir/lsm.c"
    [ -s "$dir/who-judges.c" ] && [ -s "$dir/lsm.c" ] ||
        fail "the guide has no such blocks"
    gcc -static-pie -o "$dir/who-judges" "$dir/who-judges.c" ||
        fail "the guide's program does not compile"

    run "$elfin" run --log warn "$dir/who-judges"
    expect_status 1
    expect_line "$err" 'unimplemented system call 461: lsm_list_modules\(0x'
    run "$elfin" syscalls lsm_list_modules
    expect_line "$out" 'missing'

    cp "$dir/lsm.c" "$tree/syscalls/lsm.c"
    make -s -j2 -C "$tree" kernel tools >"$dir/make.log" 2>&1 ||
        fail "the build fails: $(tail -n 20 "$dir/make.log")"
    run "$tree/build/elfin" run "$dir/who-judges"
    expect_status 0
    expect_out '0 modules, 0 bytes'
    expect_empty "$err"
    run "$tree/build/elfin" syscalls lsm_list_modules
    expect_no_line "$out" 'missing'
}
