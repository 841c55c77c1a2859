# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# trace: system calls as lines, their statistics, and calls that are stubbed.

# What begins every line of a trace.
line='^\[pid +[0-9]+\] +[0-9]+\.[0-9]{6} '
took=' <[0-9]+\.[0-9]{6}>$'

test_reads_as_that_of_strace() {
    printf 'root:x:0:0:root\n' >"$dir/passwd"
    run "$elfin" run --trace=%file --add "$dir/passwd:/etc/passwd" \
        "$(type -P busybox)" cat /etc/passwd
    expect_status 0
    expect_out 'root:x:0:0:root'
    expect_line "$err" "${line}openat\\(AT_FDCWD, \"/etc/passwd\", O_RDONLY\\) = 3$took"
    expect_line "$err" "${line}\\+\\+\\+ exited with 0 \\+\\+\\+$"
    expect_no_line "$err" 'brk\('
    expect_no_line "$err" 'read\('
}

test_shows_arguments_results_and_errors() {
    run "$elfin" run --trace "$guest/files"
    expect_status 0
    expect_line "$err" "${line}brk\\(NULL\\) +  = 0x[0-9a-f]+$took"
    expect_line "$err" "${line}write\\(1, \"ok [a-z_]+.*\"(\\.\\.\\.)?, [0-9]+\\) = [0-9]+$took"
    expect_line "$err" 'openat\(AT_FDCWD, "/tmp/elfin-files-1/missing", O_RDONLY\) = -1 ENOENT \(No such file or directory\)'
    expect_line "$err" 'writev\(3, \[\{iov_base="ab", iov_len=2\}, \{iov_base=NULL, iov_len=0\}, \{iov_base="cdef", iov_len=4\}\], 3\) = 6'
    expect_line "$err" 'newfstatat\(.*\{st_mode=S_IFREG\|0[0-7]+, st_size=[0-9]+, \.\.\.\}, .*\) = 0'
    expect_line "$err" 'umask\(022\) += 022'
    expect_line "$err" 'exit_group\(0\) = \?$'
}

test_can_be_of_some_calls_alone() {
    run "$elfin" run --trace=write,%memory,!brk,!signals "$examples/hello"
    expect_line "$err" 'write\(1, "Hello'
    expect_line "$err" 'mprotect\(0x[0-9a-f]+, [0-9]+, PROT_READ\) += 0'
    expect_no_line "$err" 'brk\('
    expect_no_line "$err" 'readlink\('
    expect_no_line "$err" 'exited with'
    run "$elfin" run --trace=failed "$guest/files"
    expect_line "$err" ' = -1 E'
    expect_no_line "$err" "\\) += [0-9]+$took"
}

test_names_the_nearest_of_an_unknown_word() {
    run "$elfin" run --trace=opennat,%fiel "$examples/hello"
    expect_status 0
    expect_line "$err" 'error: opennat: .*nearest is openat$'
    expect_line "$err" 'error: %fiel: .*nearest is %file$'
}

test_cuts_strings_where_it_is_told() {
    run "$elfin" run --trace=write "$examples/hello"
    expect_line "$err" 'write\(1, "Hello from an ordinary Linux pro"\.\.\., 38\)'
    run "$elfin" run --trace=write --trace-strsize 100 "$examples/hello"
    expect_line "$err" 'write\(1, "Hello from an ordinary Linux program.\\n", 38\)'
    run "$elfin" run --trace=write --trace-strsize 5 "$examples/hello"
    expect_line "$err" 'write\(1, "Hello"\.\.\., 38\)'
}

# The call that never returns is in the log, up to what it would have written.
test_shows_a_call_before_it_ends() {
    sleep 30 | "$elfin" run --trace=read --timeout 3 "$examples/cat" \
        >"$out" 2>"$err"
    status=${PIPESTATUS[1]} ran='elfin run --trace=read --timeout 3 cat'
    expect_status 124
    expect_line "$err" "${line}read\\(0, *$"
}

test_takes_lines_of_threads_apart() {
    run "$elfin" run --trace=futex,clone3,exit "$guest/threads"
    expect_status 0
    expect_line "$err" "${line}clone3\\(\\{flags=CLONE_VM\\|.*\\} => \\{parent_tid=\\[[0-9]+\\]\\}, 88\\) = [0-9]+$took"
    expect_line "$err" "${line}futex\\(0x[0-9a-f]+, FUTEX_WAIT.* <unfinished \\.\\.\\.>$"
    expect_line "$err" "${line}<\\.\\.\\. futex resumed>\\) += "
    expect_line "$err" "^\\[pid +2\\] .*exit\\(0\\) += \\?$"
    tr -d '\r' <"$err" | grep -v '^elfin: ' >"$dir/lines"
    # Nothing but whole lines, each opened call closed by its own thread.
    grep -v -E "$line" "$dir/lines" && fail "these are no lines of a trace"
    [ "$(grep -c '<unfinished' "$dir/lines")" -ge "$(grep -c 'resumed>' "$dir/lines")" ] ||
        fail "more calls resumed than were cut"
}

test_shows_signals_and_how_threads_end() {
    run "$elfin" run --trace=signals "$programs/fault" read-null
    expect_status 139
    expect_line "$err" "${line}--- SIGSEGV \\{si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL\\} ---$"
    expect_line "$err" "${line}\\+\\+\\+ killed by SIGSEGV"
    run "$elfin" run --trace=signals "$programs/exits" return 7
    expect_line "$err" "${line}\\+\\+\\+ exited with 7 \\+\\+\\+$"
}

test_works_with_bare_qemu() {
    bare "${with_exit[@]}" -initrd "$examples/hello" -append 'trace=write'
    [ "$status" -eq "$(exit_code 0)" ] || fail "QEMU ended with $status"
    expect_line "$out" '^elfin: \[pid +1\] .* write\(1, "Hello from an ordinary Linux pro"'
    expect_line "$out" '= 38 <'
}

test_goes_to_the_log_file() {
    run "$elfin" run --trace --log-file "$dir/log" "$examples/hello"
    expect_empty "$err"
    expect_line "$dir/log" "${line}write\\(1, \"Hello"
}

test_is_silent_when_it_is_off() {
    run "$elfin" run "$examples/hello"
    expect_status 0
    expect_empty "$err"
}

test_statistics_are_a_table() {
    run "$elfin" run --stats "$guest/files"
    expect_status 0
    expect_line "$err" '^  call +count +errors +total us +mean us +max us$'
    expect_line "$err" '^  openat +[0-9]+ +[1-9][0-9]* +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]{3}$'
    expect_line "$err" '^page faults [1-9][0-9]*, context switches [0-9]+, interrupts [0-9]+'
    # The columns add up.
    tr -d '\r' <"$err" | awk '
        $1 == "call" { on = 1; next }
        on && $1 == "all" { exit !($2 == count && $3 == errors) }
        on { count += $2; errors += $3 }' || fail "the sum is none"
    # Sorted by time.
    tr -d '\r' <"$err" | awk '$1 == "call" { on = 1; next } $1 == "all" { exit } on { print $4 }' >"$dir/times"
    sort -c -r -n "$dir/times" || fail "not sorted by time"
}

test_statistics_count_packets() {
    run "$elfin" run --stats "$programs/talk"
    expect_status 0
    # A handshake, a request, two ends, three datagrams: in is what went out.
    expect_line "$err" '^lo: packets in 1[0-9] \(([0-9]+) bytes\), out 1[0-9] \(\1 bytes\)$'
}

test_the_stages_of_booting_add_up() {
    run "$elfin" run --boot-ledger "$examples/hello"
    expect_status 0
    expect_line "$err" '^  before the kernel +[0-9]+\.[0-9] us$'
    # Each stage is rounded down to 0.1 us.
    tr -d '\r' <"$err" | awk '
        !/^  .* us$/ || /before the kernel/ { next }
        { us = $(NF - 1) }
        /the kernel.s part/ { ok = n > 10 && us >= sum - 0.01 && us - sum < 0.1 * n + 0.1 }
        { sum += us; n++ }
        END { exit !ok }' || fail "the stages do not add up"
}

# One program, every kind of socket, two processes.
test_sockets_and_processes_are_decoded() {
    run "$elfin" run --trace --log-file "$dir/log" "$programs/talk"
    expect_status 0
    while read -r line; do
        grep -a -q -F -- "$line" "$dir/log" || fail "no line of the trace has $line"
    done <<'END'
setsockopt(5, SOL_SOCKET, SO_RCVTIMEO_OLD, {tv_sec=5, tv_usec=0}, 16) = 0
getsockopt(5, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
epoll_ctl(3, EPOLL_CTL_ADD, 6, {events=EPOLLIN|EPOLLRDHUP|EPOLLET, data={u32=6, u64=6}}) = 0
IP_ADD_MEMBERSHIP, {imr_multiaddr=inet_addr("224.0.1.5"), imr_interface=inet_addr("127.0.0.1")}, 8)
msg_iov=[{iov_base="three", iov_len=16}], msg_iovlen=1, msg_controllen=0, msg_flags=0}, msg_len=5}], 2, MSG_DONTWAIT, NULL) = 2
msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[4]}], msg_controllen=24, msg_flags=0}, 0) = 1
cmsg_data=[8]}], msg_controllen=24, msg_flags=MSG_CMSG_CLOEXEC}, MSG_CMSG_CLOEXEC) = 1
getsockopt(6, SOL_SOCKET, SO_PEERCRED, {pid=1, uid=0, gid=0}, [12]) = 0
bind(5, {sa_family=AF_UNIX, sun_path=@"talk"}, 7) = 0
ioctl(8, SIOCGIFADDR, {ifr_name="lo", ifr_addr={sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("127.0.0.1")}}) = 0
[{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 2
socket(AF_INET, SOCK_STREAM, IPPROTO_UDP) = -1 EPROTONOSUPPORT (Protocol not supported)
END
    expect_line "$dir/log" '^\[pid +2\] .* \+\+\+ exited with 3 \+\+\+'
}

test_stubs_answer_instead_of_the_kernel() {
    run "$elfin" run --stub "getppid:99,uname:EPERM" --trace=getppid,uname "$guest/process"
    expect_line "$err" 'stub: getppid\(\) from 0x[0-9a-f]+ is answered with 99'
    expect_line "$err" 'getppid.*\) += 99 <'
    run "$elfin" run --stub io_uring_setup:7 "$programs/unknown" 425
    expect_out 7
    run "$elfin" run --log warn --stub "wirte:0,write:EPREM" "$examples/hello"
    expect_status 0
    expect_line "$err" 'wirte:0: .*nearest is write$'
    expect_line "$err" 'write:EPREM: .*nearest is EPERM$'
}

test_calls_without_handler_can_trap() {
    run "$elfin" run --enosys trap --trace=signals "$programs/unknown" 425
    expect_status 159
    expect_line "$err" 'SIGSYS \{si_signo=SIGSYS, .*si_syscall=(__NR_io_uring_setup|425)'
    run "$elfin" run --enosys nonsense "$examples/hello"
    expect_status 2
}

# Four programs, the same calls as under Linux; all: make strace-compare.
test_compares_with_strace() {
    run tests/strace-compare hello-musl busybox-md5sum exits talk
    [ "$status" -ne 77 ] || skip "STRACE CANNOT TRACE HERE: nothing was compared"
    expect_status 0
    expect_line "$out" '^4 programs, [0-9]{2,} calls compared, [0-9]+ differences explained, 0 not$'
}
