# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034,SC2086,SC2016
# lib: words for the zoo's entries. $file is the entry's file, $dir a directory
# for its work; what is worth telling goes to $dir/facts.
elfin=$PWD/$B/elfin
zoo=$PWD/tests/zoo
memory=$(sed -n 's/^# memory: *//p' "$file")
machines=()
: >"$dir/facts"

fact() {
    echo "$*" >>"$dir/facts"
}

fail() {
    echo "$*"
    for log in "$dir"/*.err; do
        [ -s "$log" ] && echo "--- ${log##*/}" && tail -n 15 "$log"
    done
    exit 1
}

# A TCP port of the host that is free now.
free_port() {
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1,
        LocalAddr => "127.0.0.1")->sockport'
}

# machine NAME [OPTION...] PROGRAM [ARG...]: starts one in the background, and
# puts its process into $machine.
machine() {
    local name=$1
    shift
    started=$(date +%s%N)
    "$elfin" run -m "${memory:-256M}" --doctor "$@" \
        >"$dir/$name.out" 2>"$dir/$name.err" <"${input:-/dev/null}" &
    machine=$!
    machines+=("$machine")
}

# until_ready COMMAND...: tries until it succeeds, while the machine lives.
until_ready() {
    local tries
    for ((tries = 0; tries < 2400; tries++)); do
        if "$@" >"$dir/ready" 2>&1; then
            fact "first-answer $((($(date +%s%N) - started) / 1000000)) ms"
            return
        fi
        kill -0 "$machine" 2>/dev/null || fail "the machine ended before it answered: $*"
        sleep 0.05
    done
    cat "$dir/ready"
    fail "no answer: $*"
}

# closure PACKAGE...: the installed packages that these depend on, and they.
closure() {
    apt-cache depends --installed --recurse --no-recommends --no-suggests --no-conflicts \
        --no-breaks --no-replaces --no-enhances "$@" 2>/dev/null | grep '^[a-z]' | sort -u |
        xargs dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 2>/dev/null | sed -n 's/^ii //p'
}

# same WHAT EXPECTED GOT
same() {
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '${3:0:2000}'"
}

# does WHAT COMMAND...: the command succeeds.
does() {
    local what=$1
    shift
    "$@" >"$dir/does" 2>&1 || { tail -n 20 "$dir/does"; fail "$what: status $?"; }
}

# What the doctor found missing in NAME's run.
fact_end() { # NAME
    local missing
    missing=$(sed -n '/Elfin lacks/,/^  [a-z]/s/^    \([a-z0-9_]\{1,\}\)[ ,(].*/\1/p' \
        "$dir/$1.err" | sort -u | tr '\n' ' ')
    fact "missing-calls ${missing:--}"
}

# What QEMU has taken of the host's memory at most: the child of this process, or a
# child's, where one plays the terminal.
fact_memory() { # PROCESS
    local qemu took
    qemu=$(pgrep -P "$1,$(pgrep -d , -P "$1")" qemu | head -n 1)
    took=$(awk '/^VmHWM:/ { printf "%d MB", $2 / 1024 }' "/proc/$qemu/status" 2>/dev/null)
    [ -z "$took" ] || fact "host-memory $took"
}

# Waits for a machine that ends by itself; the status is its.
wait_for_end() { # PROCESS
    while kill -0 "$1" 2>/dev/null; do
        fact_memory "$1"
        sleep 0.3
    done
    wait "$1"
    local status=$?
    fact "first-answer $((($(date +%s%N) - started) / 1000000)) ms (to its end)"
    return $status
}

# stop NAME PROCESS [STATUS]: ends a machine as `kill` would.
stop() {
    local status
    fact_memory "$2"
    kill -TERM "$2" 2>/dev/null
    wait "$2"
    status=$?
    fact_end "$1"
    [ -z "${3:-}" ] || same "status of $1" "$3" "$status"
}

stop_machines() {
    local m
    for m in "${machines[@]}"; do kill -TERM "$m" 2>/dev/null && kill -TERM "$m" 2>/dev/null; done
    wait
}

# same_as_host [OPTION... --] PROGRAM [ARG...]: on Elfin, with these options of
# `elfin run`, it prints what it prints here and ends with the same status.
# stdin is $input when that is set.
same_as_host() {
    local options=() status
    while [ "${1#-}" != "$1" ]; do
        [ "$1" = -- ] || options+=("$1")
        shift
        [[ ${options[-1]-} =~ ^(--add|-e|-w|-u)$ ]] && options+=("$1") && shift
    done
    "$@" <"${input:-/dev/null}" >"$dir/host.out" 2>/dev/null
    status=$?
    machine elfin "${options[@]}" "$@"
    wait_for_end "$machine"
    same "status of $1" "$status" "$?"
    cmp -s "$dir/host.out" "$dir/elfin.out" ||
        fail "$1 prints something else: $(diff "$dir/host.out" "$dir/elfin.out" | head -n 10)"
    fact_end elfin
}
