# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# load: many connections, datagrams and fragments, and what they leave: a guest
# on a tap runs services of examples/static-pie, and http with /proc, which tells
# how much memory is free. `make net-soak` is the same with large numbers.

tools=$PWD/build/tests
guest4=10.9.0.2
export guest4 elfin examples tools

connections=${CONNECTIONS:-2000}
datagrams=${DATAGRAMS:-10000}
requests=${REQUESTS:-5} # of sort, each in 1 000 fragments
idle=${IDLE:-1000}
active=${ACTIVE:-100}
flood=${FLOOD:-5000}

# in_namespace FUNCTION ARG...: runs it where tap0 is, in a shell that ends at
# the first thing that fails.
in_namespace() {
    [ "$(id -u)" = 0 ] || skip "a tap device needs root"
    [ -c /dev/net/tun ] || skip "there is no /dev/net/tun"
    command -v ip >/dev/null || skip "there is no ip command"
    unshare -n true 2>/dev/null || skip "no network namespace can be made"
    export -f "${1?}" begin all_listen memory_free memory_settles
    run unshare -n bash -c '
        set -e
        ip link set lo up
        ip tuntap add dev tap0 mode tap
        ip address add 10.9.0.1/24 dev tap0
        ip link set tap0 up
        ip link set tap0 txqueuelen 10000
        echo "1024 65535" >/proc/sys/net/ipv4/ip_local_port_range
        echo 1000 >/proc/sys/net/ipv4/tcp_max_tw_buckets
        ulimit -n 20000
        "$@"' load "$@"
    expect_status 0
    # What was measured, for who runs this by itself.
    grep -a -E '^(connections|datagrams|fragments|idle|flood|memory|[0-9]+ )' "$out"
    return 0
}

# begin ELFIN-OPTION...: a guest with echo, sort and http; it ends with the
# shell.
begin() {
    "$elfin" run "$@" --network tap=tap0 --ip "$guest4/24" --gw 10.9.0.1 \
        --ip6 none --add "$examples/echo:/echo" --add "$examples/sort:/sort" \
        --add "$examples/http:/http" /bin/busybox sh -c \
        '/echo & /sort & /http /proc' &
    trap "kill $! && wait $! || true" EXIT
    for _ in $(seq 600); do
        ! all_listen 2>/dev/null || return 0
        sleep 0.1
    done
    return 1
}

all_listen() {
    : <>"/dev/tcp/$guest4/8080" <>"/dev/tcp/$guest4/8085" \
        <>"/dev/tcp/$guest4/8088"
}

# KiB, from the guest's own /proc/meminfo.
memory_free() {
    exec 3<>"/dev/tcp/$guest4/8088"
    printf 'GET /meminfo HTTP/1.0\r\n\r\n' >&3
    awk '/^MemFree:/ { print $2; found = 1 } END { exit !found }' <&3
    exec 3>&-
}

# memory_settles KIB: as much is free again as there was, but for what the stack
# keeps for its next packets (up to 512 of either size, and TCP's chunks and
# records: 1.4 MB when all are kept; 960 000 fragments left 1.1). Connections that
# ended take a minute.
memory_settles() {
    local now
    for _ in $(seq 75); do
        now=$(memory_free)
        if [ "$((now + 1536))" -ge "$1" ]; then
            echo "memory: $1 kB before, $now kB after"
            return 0
        fi
        sleep 1
    done
    echo "memory: $1 kB before, $now kB after" >&2
    return 1
}

# The first few pay for what is kept.
stays_flat() { # KIND PORT COUNT FEW TIMES
    local before
    begin
    "$tools/load" "$1" "$guest4" "$2" "$4" >/dev/null
    "$tools/load" "$1" "$guest4" "$2" "$4" >/dev/null
    before=$(memory_free)
    for _ in $(seq "$5"); do
        "$tools/load" "$1" "$guest4" "$2" "$3"
    done
    memory_settles "$before"
}

test_memory_after_connections() {
    in_namespace stays_flat connections 8080 "$connections" 500 1
}

test_memory_after_datagrams() {
    in_namespace stays_flat datagrams 8080 "$datagrams" 1000 1
}

test_memory_after_fragments() {
    in_namespace stays_flat fragments 8085 1000 100 "$requests"
}

# The memory of each connection is told at a tenth of them and at all.
stay_connected() {
    local before tenth all
    begin -m 256M
    "$tools/load" connections "$guest4" 8080 100
    before=$(memory_free)
    mkfifo "$dir/go" "$dir/go.tenth"
    "$tools/load" idle "$guest4" 8080 "$((idle / 10))" 1 \
        <"$dir/go.tenth" >"$dir/tenth" &
    exec 5>"$dir/go.tenth"
    until [ -s "$dir/tenth" ]; do kill -0 $! && sleep 0.2; done
    tenth=$(memory_free)
    echo >&5
    wait $!
    "$tools/load" idle "$guest4" 8080 "$idle" "$active" \
        <"$dir/go" >"$dir/all" &
    exec 4>"$dir/go"
    until [ -s "$dir/all" ]; do kill -0 $! && sleep 0.2; done
    all=$(memory_free)
    echo >&4
    wait $!
    cat "$dir/all"
    echo "memory: $(((before - tenth) * 10240 / idle)) bytes a connection" \
        "of $((idle / 10)), $(((before - all) * 1024 / idle)) of $idle"
}

test_many_connections_stay() {
    export idle active dir
    in_namespace stay_connected
}

flooded() {
    local pid
    begin
    "$tools/load" flood "$guest4" 8080 "$flood" &
    pid=$!
    "$tools/load" connections "$guest4" 8080 50
    wait $pid
    "$tools/load" connections "$guest4" 8080 200
    awk -v least="$flood" '$1 == "tap0:" { n = $11; dropped = $13 }
        END { print "flood: " n " frames went to the guest, " dropped " lost"
              exit n < least }' /proc/net/dev
}

test_a_flood_of_syns_leaves_the_service() {
    export flood
    in_namespace flooded
}
