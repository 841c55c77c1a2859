# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
# lib: words for the integration tests. tests/run sources this and one topic
# file, then calls one test_* function, from the root of the tree.
#
# `run COMMAND...` runs a command and keeps its status in $status and its output
# in the files $out and $err; the expect_* functions look at those, and end the
# test with the reason when they are not satisfied.

elfin=$PWD/build/elfin
kernel=$PWD/build/elfin.elf
examples=$PWD/build/examples/static-pie
guest=$PWD/build/guest
programs=$PWD/build/guest/programs
mkelf=$PWD/build/tests/mkelf
onpty=$PWD/build/tests/onpty

dir=$(mktemp -d "${TMPDIR:-/tmp}/elfin-case.XXXXXX") || exit 1
# A child that a signal ends before it becomes its program runs this too.
trap '[ "$BASHPID" -ne $$ ] || rm -rf "$dir"' EXIT
out=$dir/out
err=$dir/err
status=
ran=

fail() {
    echo "${BASH_SOURCE[-1]##*/}: $*"
    if [ -n "$ran" ]; then
        echo "command: $ran"
        echo "status:  $status"
        echo "stdout ($(wc -c <"$out") bytes):"
        head -c 4000 "$out" | cat -v | sed 's/^/  | /'
        echo "stderr:"
        tail -c 4000 "$err" | cat -v | sed 's/^/  | /'
    fi
    exit 1
}

skip() {
    echo "$*"
    exit 77
}

# stdin is $input when that is set, else empty.
run() {
    ran="$*"
    "$@" <"${input:-/dev/null}" >"$out" 2>"$err"
    status=$?
}

expect_status() {
    [ "$status" = "$1" ] || fail "the status is $status, not $1"
}

# The whole of stdout, exactly, each argument a line.
expect_out() {
    printf '%s\n' "$@" >"$dir/expected"
    cmp -s "$dir/expected" "$out" ||
        fail "stdout is not what it should be:
$(diff "$dir/expected" "$out" | head -n 20)"
}

expect_empty() {
    [ ! -s "$1" ] || fail "${1##*/} should be empty"
}

# expect_line FILE REGEX: some line matches (extended, carriage returns off).
expect_line() {
    tr -d '\r' <"$1" | grep -a -q -E -- "$2" ||
        fail "no line of ${1##*/} matches: $2"
}

expect_no_line() {
    ! tr -d '\r' <"$1" | grep -a -q -E -- "$2" ||
        fail "a line of ${1##*/} matches: $2"
}

expect_same() {
    cmp -s "$1" "$2" || fail "$1 and $2 differ:
$(diff -a "$1" "$2" | head -n 20)"
}

# same_as_host PROGRAM [ARG...]: here and on Elfin the same bytes and status.
same_as_host() {
    run "$@"
    cp "$out" "$dir/host.out"
    cp "$err" "$dir/host.err"
    local host_status=$status
    run "$elfin" run "$@"
    expect_status "$host_status"
    expect_same "$dir/host.out" "$out"
    expect_same "$dir/host.err" "$err"
}

# bare QEMU-ARGUMENT...: the machine without the elfin command. stdout is the
# first serial port. QEMU's own exit status is that of isa-debug-exit.
bare() {
    run timeout -k 5 120 qemu-system-x86_64 -kernel "$kernel" -nographic \
        -no-reboot "$@"
    # Some versions of the firmware leave their last line open.
    LC_ALL=C sed -i 's/^Booting from ROM\.*//' "$out"
}
with_exit=(-device 'isa-debug-exit,iobase=0xf4,iosize=4')

# end_of PID: waits ten seconds for it, then ends it; its status is in $status.
end_of() {
    for _ in $(seq 1 100); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    kill "$1" 2>/dev/null
    wait "$1"
    status=$?
}

# What isa-debug-exit makes of a status.
exit_code() { echo $((($1 << 1 | 1) & 255)); }

# cpio_of DIR FILE [CPIO-OPTION...]: a newc archive of what is in DIR.
cpio_of() {
    (cd "$1" && find . | sort | cpio --quiet -o -H newc "${@:3}") >"$2"
}

available_mib() { awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo; }
