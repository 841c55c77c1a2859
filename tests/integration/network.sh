# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# network: programs that talk to the host, and what the machine is told.

# A port that is free now on the host, for UDP.
free_port() {
    python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# echo_udp PORT LENGTH...: each length comes back, byte by byte.
echo_udp() {
    python3 - "$@" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.5)
for n in map(int, sys.argv[2:]):
    data = os.urandom(n)
    for attempt in range(100):
        s.sendto(data, ("127.0.0.1", int(sys.argv[1])))
        try:
            if s.recv(70000) == data:
                break
        except OSError:
            pass
    else:
        sys.exit(f"{n} bytes did not come back")
END
}

udp_through() {
    local port
    port=$(free_port)
    "$elfin" run "$@" -p "127.0.0.1:$port:8080/udp" "$examples/echo" \
        >"$out" 2>"$err" &
    local machine=$!
    echo_udp "$port" 1 100 1472 1473 9000 20000
    status=$?
    kill "$machine"
    wait "$machine"
    expect_status 0
}

test_datagrams_go_through_a_published_port() {
    udp_through
}

test_datagrams_go_through_on_pci() {
    udp_through --machine q35
}

test_dhcp_configures_the_machine() {
    udp_through --ip dhcp
    expect_empty "$out"
}

test_devices_without_some_feature_do() {
    local off
    for off in csum=off,guest_csum=off mrg_rxbuf=off event_idx=off; do
        udp_through --qemu -global --qemu "virtio-net-device.${off%%=*}=off"
    done
}

test_the_traffic_can_be_recorded() {
    udp_through --pcap "$dir/pcap"
    [ "$(wc -c <"$dir/pcap")" -gt 30000 ] || fail "the recording is too short"
}

test_wrong_network_options_are_told() {
    run "$elfin" run -p 80 "$examples/hello"
    expect_status 2
    expect_line "$err" '--publish 80: not'
    run "$elfin" run --network nonsense "$examples/hello"
    expect_status 2
    run "$elfin" run --network none --mac 52:54:00:00:00:01 "$examples/hello"
    expect_status 2
    run "$elfin" run --mac 52:54 "$examples/hello"
    expect_status 2
}

test_a_machine_without_a_card_has_its_loopback() {
    run "$elfin" run --network none "$guest/udp"
    expect_status 0
}

test_trace_net_shows_datagrams() {
    run "$elfin" run --trace=net "$guest/udp"
    expect_line "$err" 'net out udp 127\.0\.0\.1:[0-9]+ > 127\.0\.0\.1:[0-9]+ length 9000'
    expect_no_line "$err" 'sendto\('
}

# The handshake with whole numbers, the rest counted from there.
test_trace_net_shows_segments() {
    run "$elfin" run --trace=net "$guest/tcp"
    expect_line "$err" 'net out tcp 127\.0\.0\.1:[0-9]+ > 127\.0\.0\.1:[0-9]+ \[S\] seq [0-9]+ win [0-9]+ length 0'
    expect_line "$err" 'net in tcp [0-9.:]+ > [0-9.:]+ \[P\.\] seq 1 ack 1 win [0-9]+ length 4'
    expect_line "$err" 'net out tcp .* \[F\.\] seq [0-9]+ ack [0-9]+'
    run "$elfin" run --trace=net=2 "$guest/tcp"
    expect_line "$err" 'net     70 69 6e 67'
}

# Many clients that connect at once: all of their SYNs are taken. One that the
# host drops would come again after a second.
test_many_connect_at_once_to_a_published_port() {
    local port
    port=$(free_port)
    "$elfin" run -p "127.0.0.1:$port:8080" "$examples/echo" >"$out" 2>"$err" &
    local machine=$!
    python3 - "$port" <<'END'
import select, socket, sys, time
address = ("127.0.0.1", int(sys.argv[1]))
for attempt in range(100):
    try:
        with socket.create_connection(address, 1) as s:
            s.settimeout(1)
            s.sendall(b"ready")
            if s.recv(5):
                break
    except OSError:
        time.sleep(0.1)
clients = []
for i in range(60):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex(address)
    clients.append(s)
time.sleep(0.5)
waiting = [s for s in clients if not select.select([], [s], [], 0)[1]]
if waiting:
    sys.exit(f"{len(waiting)} of {len(clients)} wait for the host")
for s in clients:
    s.setblocking(True)
    s.settimeout(20)
    s.sendall(b"hello")
for s in clients:
    if s.recv(5) != b"hello":
        sys.exit("no echo")
END
    status=$?
    kill "$machine"
    wait "$machine"
    expect_status 0
}

# with_ss SCRIPT: run by a shell in a machine that has ss.
with_ss() {
    local ss file files=()
    ss=$(command -v ss) || skip "there is no ss"
    for file in "$ss" $(ldd "$ss" | grep -o '/[^ ]*'); do
        files+=(--add "$file")
    done
    run "$elfin" run --network none --add "$examples/echo:/echo" \
        "${files[@]}" "$(command -v busybox)" sh -c "PATH=$PATH:${ss%/*}; $1"
    expect_status 0
}

test_ss_lists_sockets() {
    with_ss '/echo & sleep 1; sleep 20 | nc 127.0.0.1 8080 & sleep 1
        ss -tuln; ss -tan; ss -a; ss -x
        echo filtered; ss -tan sport = :8080'
    expect_no_line "$err" 'RTNETLINK|Cannot'
    expect_line "$out" '^udp +UNCONN .*:8080 '
    expect_line "$out" '^tcp +LISTEN .*:8080 '
    expect_line "$out" '^ESTAB .* 127\.0\.0\.1:8080 *$'
    sed '1,/^filtered/d' "$out" >"$dir/filtered"
    expect_line "$dir/filtered" '^LISTEN .*:8080 '
    expect_line "$dir/filtered" '^ESTAB .*:8080 '
    expect_no_line "$dir/filtered" '^ESTAB .* 127\.0\.0\.1:8080 *$'
}

test_ss_ends_a_connection() {
    with_ss '/echo & sleep 1; sleep 20 | nc 127.0.0.1 8080 & sleep 1
        ss -Ktan dport = :8080; sleep 1
        echo afterwards; ss -tan dport = :8080'
    expect_line "$out" '^ESTAB .* 127\.0\.0\.1:8080 *$'
    sed '1,/^afterwards/d' "$out" >"$dir/afterwards"
    expect_no_line "$dir/afterwards" 'ESTAB'
}

# Its ring is one of version 3, whose block comes when its time is over.
test_tcpdump_captures_frames() {
    local tcpdump
    tcpdump=$(command -v tcpdump) || skip "there is no tcpdump"
    run "$elfin" run --network user "$tcpdump" -n -i eth0 -c 1
    expect_status 0
    expect_line "$out" ' (IP6 fe80|ARP|IP 0\.0\.0\.0)'
    expect_line "$err" '^1 packet captured'
}

test_an_address_is_given_back() {
    run "$elfin" run --ip dhcp --qemu -object \
        --qemu "filter-dump,id=d,netdev=net0,file=$dir/wire" \
        "$(command -v busybox)" sh -c 'until ip address show dev eth0 |
            grep -q "inet 10"; do sleep 0.1; done'
    expect_status 0
    # option 53: DHCPRELEASE
    LC_ALL=C grep -qaP '\x35\x01\x07' "$dir/wire" ||
        fail "no DHCPRELEASE was sent"
}

# The second card is in another network, so that both have addresses to find.
two_cards() { # MACHINE DEVICE
    run "$elfin" run --machine "$1" --ip dhcp \
        --qemu -netdev --qemu user,id=second,net=10.77.0.0/24 \
        --qemu -device --qemu "$2,netdev=second" \
        "$(command -v busybox)" sh -c 'until ip address show dev eth1 |
            grep -q "inet 10"; do sleep 0.1; done
        ip address; ip route; cat /etc/resolv.conf'
    expect_status 0
    expect_line "$out" 'inet 10\.0\.2\.15/24'
    expect_line "$out" 'inet 10\.77\.0\.15/24'
    expect_line "$out" '^default via 10\.0\.2\.2 dev eth0'
    expect_line "$out" '^default via 10\.77\.0\.2 dev eth1.* metric 3'
    expect_line "$out" '^nameserver 10\.0\.2\.3'
    expect_line "$out" '^nameserver 10\.77\.0\.3'
}

test_dhcp_configures_every_card() {
    two_cards q35 virtio-net-pci
}

test_a_microvm_has_a_place_for_a_card_more() {
    two_cards microvm virtio-net-device
}
