# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# command: the elfin command itself.

test_help_and_version_are_on_stdout() {
    local c
    run "$elfin" --help
    expect_status 0
    expect_line "$out" '^Usage: elfin'
    for c in run pack check syscalls; do
        run "$elfin" "$c" --help
        expect_status 0
        expect_line "$out" "^Usage: elfin $c"
        expect_empty "$err"
        run "$elfin" help "$c"
        expect_status 0
        expect_line "$out" "^Usage: elfin $c"
    done
    run "$elfin" version
    expect_status 0
    expect_line "$out" '[0-9]+\.[0-9]+'
}

test_wrong_usage_is_status_2_and_one_hint() {
    run "$elfin"
    expect_status 2
    run "$elfin" rnu x
    expect_status 2
    expect_line "$err" '^elfin: .*run'
    run "$elfin" run --memroy 5 x
    expect_status 2
    expect_line "$err" '^elfin: .*--memory'
    run "$elfin" run -m lots "$examples/hello"
    expect_status 2
    expect_line "$err" '^elfin: .*lots'
    run "$elfin" run
    expect_status 2
    expect_empty "$out"
}

# refused STATUS REGEX OPTION...: one line that says what is wrong.
refused() {
    run "$elfin" run "${@:3}" "$examples/hello"
    expect_status "$1"
    expect_empty "$out"
    expect_line "$err" "^elfin: .*$2"
    [ "$(wc -l <"$err")" -eq 1 ] || fail "not one line"
}

test_addresses_that_are_none_are_refused() {
    refused 2 '--ip 1.2.3/24: give ADDRESS/LENGTH' --ip 1.2.3/24
    refused 2 '--ip 10.0.2.15: give ADDRESS/LENGTH' --ip 10.0.2.15
    refused 2 '--ip6 fd00::1/129: give' --ip6 fd00::1/129
    refused 2 '--gw 999.1.1.1: not an address' --gw 999.1.1.1
    refused 2 '--dns 10.0.2.3,x: not an address' --dns 10.0.2.3,x
    refused 2 '--publish 1.2.3:80:80: not' -p 1.2.3:80:80
    run "$elfin" run --ip 10.0.2.20/24 --ip6 fd00::2/64 --dns 10.0.2.3,fd00::3 \
        --log warn "$examples/hello"
    expect_status 0
    expect_empty "$err"
}

test_a_port_in_use_is_named() {
    local port
    # Prints a free port, and listens there.
    exec 3< <(exec python3 -c '
import socket, time
s = socket.create_server(("127.0.0.1", 0))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(s.getsockname())
print(s.getsockname()[1], flush=True)
time.sleep(20)')
    local listening=$!
    read -r port <&3
    refused 1 "--publish 127.0.0.1:$port:80: Address already in use: give another" \
        -p "127.0.0.1:$port:80"
    refused 1 "127.0.0.1:$port:53/udp: Address already in use" -p "127.0.0.1:$port:53/udp"
    kill "$listening"
    refused 1 "$port:81: Address already in use" -p "$port:80" -p "$port:81"
    refused 1 'Cannot assign requested address: give an address' -p 192.0.2.1:8080:80
}

test_refusals_of_the_kernel_are_told_once() {
    refused 126 'cwd=/nodir is not a directory' -w /nodir
    refused 126 'user=nosuch: no such user' -u nosuch
    refused 1 'README.md: is not an ELF file' --kernel README.md
    ELFIN_QEMU=/no/qemu refused 1 'ELFIN_QEMU=/no/qemu: is no program'
    run "$elfin" run --stub getpid:EFOO,nosuch:0 "$examples/hello"
    expect_status 0
    expect_line "$err" 'getpid:EFOO: neither a number nor an error'
    expect_line "$err" 'nosuch:0: there is no such call'
}

# The long options that COMMAND --help has, but for those that are to come.
options_of() {
    "$elfin" "$1" --help | grep -v '(not yet)' |
        sed -n 's/^  [ -].[ ,] \(--[a-z0-9-]*\).*/\1/p'
}

test_every_option_is_in_the_manual() {
    local c o
    sed 's/\\-/-/g' tools/elfin/elfin.1 >"$dir/manual"
    for c in run pack check syscalls trace; do
        options_of "$c" >"$dir/options"
        [ "$c" = check ] || [ -s "$dir/options" ] || fail "$c has no options"
        while read -r o; do
            grep -q -e "$o\($\|[^a-z0-9-]\)" "$dir/manual" || fail "$c $o is not in elfin.1"
        done <"$dir/options"
    done
}

# completed WORD...: what bash offers in place of the last word.
completed() {
    COMP_WORDS=("$elfin" "$@") COMP_CWORD=$#
    _elfin
    printf '%s\n' "${COMPREPLY[@]}"
}

test_bash_completes_commands_options_and_files() {
    # shellcheck source=tools/elfin/completion/elfin.bash
    . tools/elfin/completion/elfin.bash
    completed '' >"$dir/words"
    expect_line "$dir/words" '^trace$'
    completed run -- | grep -v -x -e --help >"$dir/words"
    { options_of run && echo --detach && echo --name; } | sort >"$dir/all"
    sort -o "$dir/words" "$dir/words"
    expect_same "$dir/all" "$dir/words"
    completed run --network tap=tap7 --ip6 none -- >"$dir/words"
    expect_line "$dir/words" '^--volume$'
    completed run --tty prog -- >"$dir/words"
    expect_no_line "$dir/words" '^--volume$'
    completed run --machine q >"$dir/words"
    expect_line "$dir/words" '^q35$'
    completed run Make >"$dir/words"
    expect_line "$dir/words" '^Makefile$'
}

test_dry_run_prints_a_line_that_works() {
    run "$elfin" run --dry-run --machine q35 "$examples/hello" 'two words'
    expect_status 0
    expect_line "$out" '^.*qemu-system-x86_64.*-kernel.*elfin\.elf'
    expect_no_line "$out" '^Hello'
}

test_check_describes_a_program() {
    run "$elfin" check "$examples/hello"
    expect_status 0
    expect_line "$out" 'static-pie|static PIE|static-PIE'
    run "$elfin" check "$programs/hello-exec"
    expect_status 0
    run "$elfin" check /bin/true
    expect_line "$out" 'ld-linux-x86-64\.so\.2'
    expect_line "$out" 'libc\.so\.6'
    run "$elfin" check /no/such/file
    expect_status 127
}

test_accel_tcg_runs_and_kvm_is_probed() {
    run "$elfin" run --accel tcg "$examples/hello"
    expect_status 0
    expect_empty "$err"
    run "$elfin" run --accel magic "$examples/hello"
    expect_status 2
}

# However badly KVM works here, auto finds an accelerator that runs, says at
# most one line about it the first time, and nothing the second.
test_accel_auto_falls_back_quietly() {
    export XDG_RUNTIME_DIR=$dir/runtime XDG_CACHE_HOME=$dir/cache
    mkdir -p "$XDG_RUNTIME_DIR" "$XDG_CACHE_HOME"
    run "$elfin" run --accel auto "$examples/hello"
    expect_status 0
    expect_out 'Hello from an ordinary Linux program.'
    [ "$(wc -l <"$err")" -le 1 ] || fail "more than one line"
    run "$elfin" run --accel auto "$examples/hello"
    expect_status 0
    expect_empty "$err"
}

test_works_from_any_directory() {
    cp "$examples/hello" "$dir/program"
    cd "$dir" || exit 1
    run "$elfin" run ./program x
    expect_status 0
    expect_line "$out" '^argument 1: x$'
    run "$elfin" run program x
    expect_line "$out" '^argument 1: x$'
}

test_interrupt_ends_the_machine() {
    "$elfin" run "$programs/exits" sleep >"$out" 2>"$err" &
    local pid=$! children
    for _ in $(seq 1 100); do
        [ -s "$out" ] && break
        sleep 0.1
    done
    [ -s "$out" ] || fail "the program did not start"
    children=$(cat "/proc/$pid/task/$pid/children")
    kill -TERM "$pid"
    wait "$pid"
    status=$?
    [ "$status" -ne 0 ] || fail "status 0 after SIGTERM"
    for pid in $children; do
        [ ! -e "/proc/$pid" ] || fail "QEMU is left: process $pid"
    done
}
