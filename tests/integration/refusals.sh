# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# refusals: a file that cannot run is refused in one line that says what is
# wrong with it, by the elfin command and by the kernel. mkelf makes the files.

# What the line must speak of, for each kind of mkelf.
reason() {
    case $1 in
    empty) echo 'empty' ;;
    not-elf) echo 'not an ELF' ;;
    cut-magic | cut-header | cut-phdrs | cut-segment | segment-past-end | \
        phdrs-past-end | phoff-wraps | offset-wraps)
        echo 'truncated' ;;
    class-32) echo '32-bit' ;;
    big-endian) echo 'endian' ;;
    machine-arm) echo 'aarch64' ;;
    type-rel) echo 'object file' ;;
    type-core) echo 'core dump' ;;
    phentsize) echo 'program header' ;;
    no-load) echo 'PT_LOAD' ;;
    file-over-memory) echo 'larger in the file than in memory' ;;
    overlapping) echo 'overlap' ;;
    wrapping | too-big | exec-in-kernel)
        echo "program's address space" ;;
    crooked) echo 'differ within a page' ;;
    write-exec) echo 'writ.*execut' ;;
    entry-nowhere | entry-in-data) echo 'entry' ;;
    exec-at-null) echo 'below 0x' ;;
    interp-missing) echo '/no/such/ld.so' ;;
    interp-endless) echo 'interpreter' ;;
    *) echo "no reason known for $1" ;;
    esac
}

test_the_good_files_run() {
    local k
    for k in good good-exec; do
        "$mkelf" "$k" "$dir/$k"
        same_as_host "$dir/$k"
        expect_status 7
        expect_out ran
    done
}

test_by_the_command_are_one_line_each() {
    local k n=0
    for k in $("$mkelf"); do
        "$mkelf" "$k" "$dir/bad"
        run "$elfin" run "$dir/bad"
        ran="$k: $ran"
        expect_status 126
        expect_empty "$out"
        expect_line "$err" "^elfin: .*($(reason "$k"))"
        [ "$(wc -l <"$err")" -eq 1 ] || fail "not one line"
        n=$((n + 1))
    done
    [ "$n" -ge 25 ] || fail "mkelf knows only $n kinds"
}

test_by_check_say_that_it_will_not_run() {
    local k
    for k in $("$mkelf"); do
        "$mkelf" "$k" "$dir/bad"
        run "$elfin" check "$dir/bad"
        ran="$k: $ran"
        [ "$status" -ne 0 ] || fail "check finds nothing wrong"
        cat "$out" "$err" >"$dir/both"
        expect_line "$dir/both" "$(reason "$k")"
    done
}

kernel_refuses() {
    "$mkelf" "$1" "$dir/bad"
    bare -M microvm,acpi=off "${with_exit[@]}" -initrd "$dir/bad"
    ran="$1: $ran"
    [ "$status" = "$(exit_code 126)" ] || [ "$status" = "$(exit_code 127)" ] ||
        fail "the kernel does not refuse it"
    expect_line "$out" "^elfin: .*($(reason "$1"))"
    [ "$(grep -a -c '^elfin: .*error: ' "$out")" -eq 1 ] || fail "not one line"
    expect_no_line "$out" 'panic|backtrace'
}

test_by_the_kernel_are_one_line_each() {
    local k
    # QEMU itself does not load an empty initrd: see machines.
    for k in $("$mkelf"); do
        [ "$k" = empty ] || kernel_refuses "$k"
    done
}
