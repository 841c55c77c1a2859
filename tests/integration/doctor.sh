# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# doctor: the report about what a program asked for in vain.

# The handlers that a report begins, as they are to be pasted.
stubs_of() { sed -n '/to begin with, in a file of syscalls/,$p' "$1" | tail -n +2; }

test_names_missing_calls_and_their_callers() {
    run "$elfin" run "$programs/doctored" 3 5
    expect_status 3
    expect_empty "$out"
    expect_line "$err" '^ +io_uring_setup \(425\), 5 times: io_uring_setup\(8, NULL\)'
    expect_line "$err" '^ +mq_unlink \(241\), once'
    expect_line "$err" '^ +9999, which no Linux call has, once: .*1, 2, 3, 4, 5, 6\)'
    for caller in ask_for_ring ask_for_queue ask_for_nothing; do
        expect_line "$err" "from $caller\\+0x[0-9a-f]+ \\(doctored.c:[0-9]+\\) in /.*doctored"
    done
    # The most frequent comes first.
    [ "$(grep -E -o '^ +(io_uring_setup|mq_unlink|9999)' "$err" | head -n 1 | tr -d ' ')" = io_uring_setup ] ||
        fail "the first call is not the most frequent"
}

test_names_refused_values_and_absent_files() {
    run "$elfin" run -w /tmp "$programs/doctored" 1
    expect_status 1
    expect_line "$err" 'madvise: advice=100 \(MADV_HWPOISON\), once'
    expect_line "$err" 'from ask_for_advice'
    expect_line "$err" 'setsockopt: level=6,option=31 \(SOL_TCP, TCP_ULP\), once'
    expect_line "$err" 'ioctl: op=0x8954 \(SIOCGARP\), once'
    expect_no_line "$err" 'TIOCGPGRP'
    expect_line "$err" 'socket: family=40,.* \(AF_VSOCK, SOCK_STREAM\), once'
    expect_line "$err" '^ +/tmp/settings/colour.conf, 3 times$'
    expect_line "$err" '^ +/etc/doctored.conf$'
    # Those of the system stand apart, behind.
    sed -n '/files of the system/,$p' "$err" >"$dir/system"
    expect_line "$dir/system" '/etc/doctored.conf'
    expect_no_line "$dir/system" 'colour.conf'
}

test_is_silent_when_the_program_succeeds() {
    run "$elfin" run "$programs/doctored" 0
    expect_status 0
    expect_empty "$out"
    expect_no_line "$err" 'asked for in vain'
    run "$elfin" run "$examples/hello" --exit 42
    expect_status 42
    expect_empty "$err"
}

test_is_there_when_asked_for() {
    run "$elfin" run --doctor "$programs/doctored" 0
    expect_status 0
    expect_empty "$out"
    expect_line "$err" 'asked for in vain'
    expect_line "$err" 'io_uring_setup \(425\)'
}

test_callers_in_a_dynamic_program_are_named() {
    gcc -g -O1 -o "$dir/dynamic" tests/guest/programs/doctored.c
    run "$elfin" run "$dir/dynamic" 9
    expect_status 9
    expect_line "$err" 'from syscall\+0x[0-9a-f]+ .*in /.*libc\.so\.6'
    expect_line "$err" 'from ask_for_ring\+0x[0-9a-f]+ \(doctored.c:[0-9]+\) in /'
    # What the dynamic linker tries is no news.
    expect_no_line "$err" '^ +/.*(glibc-hwcaps|/tls|libc\.so\.6)'
}

test_addresses_of_a_stripped_program_are_offsets() {
    strip -s -o "$dir/stripped" "$programs/doctored"
    run "$elfin" run "$dir/stripped" 1
    expect_line "$err" 'from /.*stripped\+0x[0-9a-f]+$'
}

test_out_of_memory_is_told() {
    run "$elfin" run -m 48M "$programs/memory-use" 200
    [ "$status" -eq 137 ] || skip "memory-use did not run out of memory"
    expect_line "$err" 'memory ran out: .* MiB were free'
    expect_line "$err" '\-\-memory'
}

test_facts_are_in_the_log_of_bare_qemu() {
    bare -append "log=warn,doctor:info -- 3" -initrd "$programs/doctored" \
        "${with_exit[@]}"
    expect_status "$(exit_code 3)"
    expect_line "$out" 'elfin: .*doctor: doctor missing 425 1 1 8 0 '
    expect_line "$out" 'elfin: .*doctor: doctor refused 1 madvise advice=100'
    expect_line "$out" 'elfin: .*doctor: doctor absent 1 [0-9]+ /etc/doctored.conf'
    bare -append "log=info -- 0" -initrd "$programs/doctored" "${with_exit[@]}"
    expect_no_line "$out" 'doctor missing'
}

# All of the calls that are missing, by both compilers with the kernel's flags.
test_stubs_of_all_missing_calls_compile() {
    {
        printf '#include "abi/signal.h"\n#include "syscalls/define.h"\n\n'
        "$elfin" syscalls --stub
    } >"$dir/stubs.c"
    [ "$(grep -c '^SYSCALL_DEFINE' "$dir/stubs.c")" -gt 50 ] ||
        fail "there are hardly any stubs"
    for cc in gcc clang; do
        run "$cc" -std=gnu11 -Wall -Wextra -Wshadow -Wmissing-prototypes \
            -Wvla -Wundef -Werror -DELFIN_KERNEL -ffreestanding \
            -mgeneral-regs-only -mcmodel=kernel -fno-pic -I. -fsyntax-only "$dir/stubs.c"
        expect_status 0
    done
}

# Pasted into a copy of the sources they make a kernel that has the calls.
test_stubs_make_a_kernel_when_pasted() {
    local copy=$dir/copy
    run "$elfin" run "$programs/doctored" 1
    stubs_of "$err" >"$dir/stubs"
    mkdir -p "$copy/build/host/tools"
    cp -a Makefile abi lib kernel vfs net drivers loader syscalls shim boot \
        tools tests examples bench "$copy/"
    cp -a build/kernel build/gen build/tools "$copy/build/"
    cp -a build/host/tools/gen "$copy/build/host/tools/"
    {
        printf '#include "syscalls/define.h"\n\n'
        cat "$dir/stubs"
    } >"$copy/syscalls/pasted.c"
    run make -s -C "$copy" kernel
    expect_status 0
    run "$elfin" run --kernel "$copy/build/elfin.elf" "$programs/doctored" 1
    expect_status 1
    expect_no_line "$err" 'io_uring_setup \(425\)'
    expect_no_line "$err" 'mq_unlink \(241\)'
    expect_line "$err" '9999, which no Linux call has'
}
