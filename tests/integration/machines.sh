# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# machines: every machine type, with and without the elfin command, and memory
# from little to much.

test_of_each_type_run_the_program() {
    local m
    echo text >"$dir/in"
    input=$dir/in
    for m in microvm q35 pc; do
        run "$elfin" run --machine "$m" "$examples/cat"
        expect_status 0
        expect_out text
        expect_empty "$err"
        run "$elfin" run --machine "$m" "$examples/hello" --exit 42
        expect_status 42
    done
}

# Exactly the line of the README.
test_bare_qemu_line_runs_the_program() {
    run timeout -k 5 120 qemu-system-x86_64 -kernel build/elfin.elf \
        -initrd build/examples/static-pie/hello -nographic -no-reboot \
        -append "-- a b"
    expect_status 0
    expect_line "$out" 'Hello from an ordinary Linux program\.$'
    expect_line "$out" '^argument 1: a$'
    expect_line "$out" '^argument 2: b$'
}

test_bare_of_each_type_report_the_status() {
    local m
    for m in pc q35 microvm microvm,acpi=off; do
        bare -M "$m" "${with_exit[@]}" -initrd "$examples/hello" \
            -append '-- --exit 42 "two words"'
        expect_status "$(exit_code 42)"
        expect_line "$out" '^argument 3: two words$'
    done
}

test_bare_powers_off_without_an_exit_device() {
    local m
    for m in pc q35 microvm; do
        bare -M "$m" -initrd "$examples/hello"
        expect_status 0
        expect_line "$out" 'Hello from an ordinary Linux program\.$'
    done
}

# A serial line has no end; Ctrl-A x ends QEMU.
test_bare_serial_line_is_stdin() {
    { sleep 2; printf 'typed\n'; sleep 2; printf '\001x'; } |
        timeout -k 5 60 qemu-system-x86_64 -M microvm -kernel "$kernel" \
            -initrd "$examples/cat" -nographic -no-reboot >"$out" 2>"$err"
    expect_line "$out" '^typed$'
}

test_bare_missing_initrd_is_one_clear_line() {
    bare -M microvm "${with_exit[@]}"
    expect_status "$(exit_code 126)"
    expect_line "$out" '^elfin: .*error: there is no initrd'
}

test_bare_unknown_option_names_the_nearest() {
    bare -M microvm "${with_exit[@]}" -initrd "$examples/hello" \
        -append 'hostnam=x -- ok'
    expect_status "$(exit_code 0)"
    expect_line "$out" '^elfin: .*hostnam.*hostname'
    expect_line "$out" '^argument 1: ok$'
}

test_with_16_mib_run_hello() {
    run "$elfin" run -m 16M "$examples/hello"
    expect_status 0
    expect_out 'Hello from an ordinary Linux program.'
    bare -M microvm -m 16M -initrd "$examples/hello"
    expect_line "$out" 'Hello from an ordinary Linux program\.$'
}

test_with_less_memory_than_needed_say_so() {
    run "$elfin" run -m 32M "$programs/memory-use" 64
    [ "$status" -ne 0 ] || fail "64 MiB fit into 32?"
    [ -s "$err" ] || [ -s "$out" ] || fail "not a word why"
}

test_give_their_memory_to_the_program() {
    run "$elfin" run -m 64M "$programs/memory-use" 40
    expect_status 0
    expect_line "$out" '^used 40$'
    run "$elfin" run -m 512M "$programs/memory-use" 440
    expect_status 0
    expect_line "$out" '^used 440$'
}

# RAM above 4 GiB lies behind the hole for PCI.
test_with_4_gib_use_memory_on_both_sides_of_the_hole() {
    local m
    [ "$(available_mib)" -gt 5000 ] || skip "needs 5 GiB of free memory"
    for m in q35 pc microvm; do
        run "$elfin" run --machine "$m" -m 4G "$programs/memory-use" 3700
        expect_status 0
        expect_line "$out" '^total (39|40)[0-9][0-9]$'
        expect_line "$out" '^used 3700$'
    done
}

# The host need not have them: the memory is never touched.
test_with_64_gib_start_at_once() {
    local m
    for m in q35 microvm; do
        run "$elfin" run --machine "$m" -m 64G "$programs/memory-use" 32
        expect_status 0
        expect_line "$out" '^total 6[45][0-9][0-9][0-9]$'
        expect_line "$out" '^used 32$'
    done
}

test_memory_out_of_the_processors_reach_is_left_out() {
    [ "$(qemu-system-x86_64 --version | grep -c 'version [78]\.')" -eq 1 ] ||
        skip "another QEMU may have more bits for addresses"
    run "$elfin" run --accel tcg -m 2T "$examples/hello"
    expect_status 0
    expect_line "$err" 'memory behind 1024 GiB is out of'
}

test_kernel_image_is_below_1_mib() {
    local size
    size=$(stat -c %s build/elfin.elf)
    [ "$size" -lt 1048576 ] || fail "it has $size bytes"
}

test_load_addresses_differ_from_run_to_run() {
    local a b
    a=$(for _ in 1 2 3; do "$elfin" run "$programs/where"; done | sort -u | wc -l)
    [ "$a" -eq 3 ] || fail "three runs, $a different layouts"
    # With aslr=off they are the same: that is what gdb sessions want.
    for b in 1 2; do
        bare -M microvm -initrd "$programs/where" -append aslr=off
        grep -a '^code' "$out" >"$dir/layout.$b" || fail "no layout printed"
    done
    expect_same "$dir/layout.1" "$dir/layout.2"
}
