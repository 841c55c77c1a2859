# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# examples: the services of examples/static-pie, each asked by the same client
# on the host's Linux first, then on Elfin, where `elfin run -p` leads to it.

client=$PWD/tests/integration/examples-client

# A TCP and UDP port of the host that is free now, and so is the one behind it.
free_ports() {
    python3 - <<'END'
import socket
while True:
    s = [socket.socket(), socket.socket(type=socket.SOCK_DGRAM)]
    s[0].bind(("127.0.0.1", 0))
    port = s[0].getsockname()[1]
    try:
        s[1].bind(("127.0.0.1", port))
        socket.socket().bind(("127.0.0.1", port + 1))
        break
    except OSError:
        pass
print(port)
END
}

# start COMMAND...: returns when the service says on stderr that it has its
# ports ($1 of them); `stop` ends it.
start() {
    "${@:2}" >"$dir/server.out" 2>"$dir/server.err" &
    server=$!
    for _ in $(seq 1200); do
        [ "$(grep -c ': port [0-9]' "$dir/server.err")" -lt "$1" ] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    fail "no start of: ${*:2}
$(cat "$dir/server.err")"
}

stop() {
    kill "$server"
    wait "$server" 2>/dev/null || : # of the signal
}

ask() {
    run timeout 120 "$client" "$@"
    expect_status 0
}

# service NAME PORT...: the ports that it has by itself.
service() {
    local name=$1 mode option port=$(free_ports)
    shift
    local host_ports=() publish=() guest
    for guest; do
        host_ports+=("$((port + guest - $1))")
        publish+=(-p "127.0.0.1:${host_ports[-1]}:$guest"
            -p "127.0.0.1:${host_ports[-1]}:$guest/udp")
    done
    for mode in stream whole; do
        option=()
        [ $mode = stream ] || option=(-w)
        start $# "$examples/$name" "${option[@]}" -p "$port"
        ask $mode "$name" "${host_ports[@]}"
        stop
        start $# "$elfin" run "${publish[@]}" "$examples/$name" "${option[@]}"
        ask $mode "$name" "${host_ports[@]}"
        stop
    done
}

# As the README says them.
test_each_is_found_in_its_folder() {
    local name
    for name in $(sed -n 's/^| \([a-z][a-z0-9-]*\) |.*/\1/p' examples/static-pie/README.md); do
        [ "$name" = program ] || [ examples/static-pie/"$name" -ef "$examples/$name" ] ||
            fail "examples/static-pie/$name is not there"
    done
}

test_echo() { service echo 8080; }
test_echo_reverse() { service echo-reverse 8081; }
test_facfib() { service facfib 8082 8083; }
test_monte_carlo() { service monte-carlo 8084; }
test_sort() { service sort 8085; }
test_rot13() { service rot13 8086; }
test_http_reply() { service http-reply 8123; }

# What came twice is in the file twice; on Elfin the file is on a volume.
test_store_strings_keeps_them() {
    local port=$(free_ports)
    "$client" sent store-strings >"$dir/sent"
    cat "$dir/sent" "$dir/sent" >"$dir/expected"
    start 1 "$examples/store-strings" -p "$port" "$dir/strings"
    ask stream store-strings "$port"
    stop
    start 1 "$examples/store-strings" -w -p "$port" "$dir/strings"
    ask whole store-strings "$port"
    stop
    expect_same "$dir/expected" "$dir/strings"
    mkdir "$dir/volume"
    start 1 "$elfin" run -p "127.0.0.1:$port:8087" -v "$dir/volume:/data" \
        "$examples/store-strings" /data/strings
    ask stream store-strings "$port"
    stop
    start 1 "$elfin" run -p "127.0.0.1:$port:8087" -v "$dir/volume:/data" \
        "$examples/store-strings" -w /data/strings
    ask whole store-strings "$port"
    stop
    expect_same "$dir/expected" "$dir/volume/strings"
}

# A directory with an index, names to be quoted, and a file of some size.
site() {
    mkdir -p "$dir/site/sub dir"
    echo '<p>index' >"$dir/site/index.html"
    echo 'in a folder' >"$dir/site/sub dir/a b.txt"
    head -c 3000001 /dev/urandom >"$dir/site/large.png"
}

test_http_gives_files() {
    local port=$(free_ports)
    site
    start 1 "$examples/http" -p "$port" "$dir/site"
    ask files "$port" "$dir/site"
    stop
    start 1 "$elfin" run -p "127.0.0.1:$port:8088" --add "$dir/site:/site" \
        "$examples/http" /site
    ask files "$port" "$dir/site"
    run curl -s "http://127.0.0.1:$port/"
    expect_status 0
    expect_out '<p>index'
    stop
}

# What /proc says of its own length is 0.
test_http_gives_files_of_unknown_length() {
    local port=$(free_ports)
    start 1 "$elfin" run -p "127.0.0.1:$port:8088" "$examples/http" /proc
    ask get "$port" /meminfo
    expect_line "$out" '^MemFree: +[0-9]+ kB$'
    stop
}

# Two ends of a wire on Linux: what goes in comes out.
test_pktgen_counts_what_it_sends() {
    [ "$(id -u)" = 0 ] || skip "packet sockets need root"
    unshare -n true 2>/dev/null || skip "no network namespace can be made"
    run unshare -n bash -c '
        ip link add near type veth peer name far || exit 77
        ip link set near up && ip link set far up
        "$0" -r -i far -n 20000 -t 20 &
        until grep -q " 0800 " /proc/net/packet; do sleep 0.05; done
        "$0" -i near -n 20000 && wait' "$examples/pktgen"
    [ "$status" != 77 ] || skip "there is no veth"
    expect_status 0
    [ "$(grep -c '^in all 20000 packets, ' "$out")" = 2 ] ||
        fail "sent and received are not the same"
}
