# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# time: what tests/guest cannot ask, because the host's Linux runs it too.

test_setting_the_wall_clock_moves_those_who_wait_for_it() {
    run "$elfin" run "$programs/set-clock"
    expect_status 0
    expect_empty "$err"
    expect_out 'sleeper woken: 1' 'timer expired: 1' \
        'relative timer still waits: 1' 'wall clock set: 1' \
        'the call agrees: 1' 'monotonic time undisturbed: 1'
}

# No vDSO is no loss but of speed.
test_programs_do_without_a_vdso() {
    bare -M microvm,acpi=off -initrd "$guest/vdso" -append vdso=off
    expect_line "$out" '^skip it_is_a_shared_object_with_one_segment'
    expect_line "$out" '^ok libc_shows_the_same_time'
    expect_line "$out" '^[0-9]+ passed, 0 failed, [1-9][0-9]* skipped'
    bare -M microvm,acpi=off -initrd "$guest/clock" -append vdso=off
    expect_line "$out" '^[0-9]+ passed, 0 failed, 0 skipped'
    bare -M microvm,acpi=off -initrd "$examples/hello-musl" -append vdso=off
    expect_line "$out" '^Hello'
}

test_the_vdso_is_put_at_random() {
    local n at seen=
    for n in 1 2; do
        run "$elfin" run "$programs/where"
        at=$(grep -a -o 'vdso 0x7f[0-9a-f]*000$' "$out") || fail 'there is none'
        [ "$at" != "$seen" ] || fail 'it is twice at the same place'
        seen=$at
    done
}

# What C libraries and Go look at; bytes that nobody can relocate.
test_the_vdso_is_a_well_formed_shared_object() {
    readelf -lW -dW --dyn-syms -VW -rW build/gen/vdso.so >"$dir/elf" ||
        fail "readelf does not like it"
    expect_line "$dir/elf" 'LOAD +0x000000 0x0000000000000000 .* R E '
    expect_line "$dir/elf" 'SONAME.*linux-vdso.so.1'
    expect_line "$dir/elf" '\(HASH\)'
    expect_line "$dir/elf" '\(GNU_HASH\)'
    expect_line "$dir/elf" 'Name: LINUX_2.6'
    expect_line "$dir/elf" 'There are no relocations'
    local name
    for name in clock_gettime clock_getres gettimeofday time; do
        expect_line "$dir/elf" "FUNC +GLOBAL .* __vdso_$name@@LINUX_2.6"
        expect_line "$dir/elf" "FUNC +WEAK .* $name@@LINUX_2.6"
    done
    [ "$(stat -c %s build/gen/vdso.so)" -le 4096 ] || fail 'more than a page'
}

# Without random numbers of the CPU the host's device is asked at boot.
test_random_numbers_come_from_the_host() {
    local cpu
    for cpu in qemu64 max; do
        bare -M microvm,acpi=off -cpu "$cpu" "${with_exit[@]}" \
            -global virtio-mmio.force-legacy=false \
            -device virtio-rng-device -initrd "$examples/hello" \
            -append "log=debug"
        expect_line "$out" 'virtio-rng: 64 random bytes from the host'
        run "$elfin" run --log debug --machine q35 --qemu -cpu --qemu "$cpu" \
            --qemu -device --qemu virtio-rng-pci "$examples/hello"
        expect_line "$err" 'virtio-rng: 64 random bytes from the host'
    done
}

# adjtimex(2) bends time: a tick of 11000 us makes 11 s of 10.
test_the_clock_is_disciplined() {
    run "$elfin" run busybox adjtimex -t 10500 -f 6553600
    expect_status 0
    expect_line "$out" '-f +freq.adjust: +6553600'
    expect_line "$out" '-t +tick: +10500'
    run "$elfin" run busybox adjtimex -t 12000
    expect_status 1
}
