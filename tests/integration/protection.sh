# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# protection: what a program must not do kills it, with the signal that Linux
# sends, and the kernel lives on to say so.

must_fault() {
    local kind=$1 expected=$2
    run "$programs/fault" "$kind"
    expect_status "$expected"
    run "$elfin" run "$programs/fault" "$kind"
    expect_status "$expected"
    expect_out "about to $kind"
    expect_line "$err" '^elfin: '
    expect_no_line "$err" 'panic'
}

test_of_memory_and_cpu_kills_with_linux_signals() {
    local kind expected n=0
    while read -r kind expected; do
        must_fault "$kind" "$expected"
        n=$((n + 1))
    done < <("$programs/fault")
    [ "$n" -ge 25 ] || fail "fault knows only $n kinds"
}

test_holds_with_the_cpu_models_of_qemu() {
    local cpu
    for cpu in qemu64 max; do
        run "$elfin" run --qemu -cpu --qemu "$cpu" "$programs/fault" execute-data
        expect_status 139
        run "$elfin" run --qemu -cpu --qemu "$cpu" "$examples/hello"
        expect_status 0
    done
}

# The kernel's own memory, stack and arithmetic: selftest=NAME makes it break
# each rule on purpose.
test_of_the_kernel_ends_in_a_readable_report() {
    local names name expected
    bare -M microvm,acpi=off "${with_exit[@]}" -append selftest=?
    names=$(tr -d '\r' <"$out" | sed -n 's/.*selftest=?: not one of //p')
    [ "$(wc -w <<<"$names")" -ge 13 ] || fail "too few self-tests: $names"
    for name in $names; do
        bare -M microvm,acpi=off -cpu max "${with_exit[@]}" \
            -append "selftest=$name"
        expect_status "$(exit_code 125)"
        expect_no_line "$out" 'went unnoticed|lacks the protection'
        case $name in
        write-* | execute-* | null | touch-user) expected='page fault' ;;
        stack-overflow) expected='double fault' ;;
        stack-smash) expected='stack overflow within a function' ;;
        divide) expected='divide error' ;;
        assert) expected='assertion failed: .*\.c:[0-9]+' ;;
        *) fail "a self-test that this test does not know" ;;
        esac
        expect_line "$out" "^elfin: kernel panic: $expected"
        expect_line "$out" '^elfin: +0xffffffff8[0-9a-f]+ boot_thread\+0x'
    done
}
