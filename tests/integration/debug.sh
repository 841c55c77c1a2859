# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# debug: gdb through QEMU's stub, and what the kernel says when it crashes.

# with_gdb PROGRAM [GDB-COMMAND...]: the program on Elfin, driven by a gdb whose
# output goes to $dir/gdb. The machine's streams are in $out and $err.
with_gdb() {
    local program=$1 socket=$dir/gdb.socket commands=() c machine
    shift
    "$elfin" run --qemu -gdb --qemu "unix:$socket,server=on,wait=off" \
        --qemu -S "$program" >"$out" 2>"$err" </dev/null &
    machine=$!
    for _ in $(seq 1 100); do
        [ -S "$socket" ] && break
        sleep 0.1
    done
    for c in "$@"; do commands+=(-ex "$c"); done
    timeout -k 5 100 gdb -q -batch -nx -ex "set \$elfin_target = \"$socket\"" \
        -ex "set \$elfin_program = \"$program\"" -x tools/gdb/elfin.py \
        "${commands[@]}" "${kernel%.elf}.debug" >"$dir/gdb" 2>&1
    end_of "$machine"
    ran="elfin run -S $program; gdb said:
$(cat "$dir/gdb")"
}

test_gdb_stops_in_kernel_and_program_with_symbols() {
    with_gdb "$programs/symbols" 'continue' 'break triple' 'continue' \
        'backtrace 2' 'finish' 'break syscall_write' 'continue' \
        'backtrace 1' 'delete' 'continue'
    expect_line "$dir/gdb" 'elfin: .*symbols.* is mapped at 0x[0-9a-f]+'
    expect_line "$dir/gdb" 'Value returned is .* = 42'
    expect_line "$dir/gdb" '#1 .*main'
    expect_line "$dir/gdb" '#0 +(0x[0-9a-f]+ in )?syscall_write \('
    expect_status 42
}

# The kernel jumps to address 0x10, as after a call through a wild pointer.
test_crash_of_the_kernel_is_a_readable_report() {
    with_gdb "$examples/hello" 'continue' 'break sys_write' 'continue' \
        'break file_write' 'continue' 'delete' 'set $rip = 0x10' 'continue'
    expect_status 1
    expect_empty "$out"
    expect_line "$err" 'page fault at 0*10\b'
    expect_line "$err" 'in thread 1 \(hello\), write\(1, '
    expect_line "$err" 'rip 0*10 +rsp ffff'
    expect_line "$err" '0xffffffff8[0-9a-f]+ syscall_write\+0x'
    expect_line "$err" '^elfin: .*page fault'
}
