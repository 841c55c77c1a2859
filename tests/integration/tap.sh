# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# tap: a machine on a tap device, with Linux's own stack at the other end of the
# wire: offloads, fragments and ICMP, with each feature of the card switched off
# in turn. Every test is in a network namespace of its own.

host4=10.9.0.1
guest4=10.9.0.2
host6=fd00:9::1
guest6=fd00:9::2
peer=$PWD/tests/integration/tap-peer
export host4 guest4 host6 guest6 peer elfin examples

# in_namespace FUNCTION ARG...: runs it where tap0 is.
in_namespace() {
    [ "$(id -u)" = 0 ] || skip "a tap device needs root"
    [ -c /dev/net/tun ] || skip "there is no /dev/net/tun"
    command -v ip >/dev/null || skip "there is no ip command"
    unshare -n true 2>/dev/null || skip "no network namespace can be made"
    export -f "${1?}" begin begin_echo
    run unshare -n bash -c '
        set -e
        ip link set lo up
        ip tuntap add dev tap0 mode tap
        ip address add "$host4/24" dev tap0
        ip address add "$host6/64" dev tap0 nodad
        ip link set tap0 up
        "$@"' tap "$@"
}

# begin EXAMPLE ELFIN-OPTION...: starts a guest, which ends with the shell.
begin() {
    "$elfin" run --network tap=tap0 --ip "$guest4/24" --ip6 "$guest6/64" \
        "${@:2}" "$examples/$1" &
    trap "kill $! && wait $! || true" EXIT
}

# begin_echo ELFIN-OPTION...: returns when the guest answers.
begin_echo() {
    begin echo "$@"
    for _ in $(seq 60); do
        ! "$peer" udp "$guest4" 8080 1 2>/dev/null || return 0
    done
    return 1
}

# traffic BYTES ELFIN-OPTION...: all kinds of it; BYTES of TCP.
traffic() {
    begin_echo "${@:2}"
    timeout 60 "$peer" ping "$guest4" 100
    timeout 60 "$peer" udp "$guest4" 8080 1 1472 1473 9000 60000 65507
    timeout 120 "$peer" tcp "$guest4" 8080 "$1"
}

traffic6() {
    begin_echo "${@:2}"
    timeout 60 "$peer" ping "$guest6" 1000
    timeout 60 "$peer" udp "$guest6" 8080 1 1452 1453 9000 60000 65527
    timeout 120 "$peer" tcp "$guest6" 8080 "$1"
}

# without FEATURE...: the same traffic with these switched off.
without() {
    local args=() f
    for f; do
        args+=(--qemu -global --qemu "virtio-net-device.$f=off")
    done
    in_namespace traffic 8000000 --machine q35 "${args[@]}"
    expect_status 0
}

pings() {
    begin ping-serve
    until "$peer" ping "$guest4" 1; do sleep 0.1; done >/dev/null 2>&1
    timeout 280 "$peer" ping "$guest4" "$1"
}

test_all_pings_are_answered() { # make pings: 100 000
    local n=${PINGS:-10000}
    in_namespace pings "$n"
    expect_status 0
    expect_line "$out" "^$n of $n answered"
}

# What the guest sends arrives on tap0, and it counts what the host sends.
packets() {
    local before
    received() { awk '$1 == "tap0:" { print $3 }' /proc/net/dev; }
    before=$(received)
    timeout 60 "$elfin" run --network tap=tap0 --ip "$guest4/24" \
        "$examples/pktgen" -n 20000
    [ "$(($(received) - before))" -ge 20000 ]
    "$elfin" run --network tap=tap0 --ip "$guest4/24" \
        "$examples/pktgen" -r -n 1000 -t 60 >"$dir/counted" 2>"$dir/ready" &
    trap "kill $! 2>/dev/null || true; wait $! || true" EXIT
    until grep -q counting "$dir/ready"; do sleep 0.1; done
    until grep -q 'in all' "$dir/counted"; do
        "$examples/pktgen" -i tap0 -n 200 >/dev/null
        sleep 0.2
    done
    cat "$dir/counted"
}

test_pktgen_sends_and_counts() {
    export dir
    in_namespace packets
    expect_status 0
    expect_line "$out" '^in all 20000 packets, [0-9]+ packets/s'
    expect_line "$out" '^in all 1[0-9]{3} packets'
}

test_traffic_on_pci() {
    without
}

test_traffic_of_ipv6() {
    in_namespace traffic6 8000000
    expect_status 0
}

test_traffic_of_ipv6_without_offloads() {
    in_namespace traffic6 8000000 --qemu -global \
        --qemu virtio-net-device.csum=off --qemu -global \
        --qemu virtio-net-device.guest_csum=off
    expect_status 0
}

test_traffic_on_mmio() {
    in_namespace traffic 8000000
    expect_status 0
}

test_traffic_without_checksums_out() {
    without csum
}

test_traffic_without_checksums_in() {
    without guest_csum
}

test_traffic_without_segmentation_out() {
    without host_tso4 host_tso6
}

test_traffic_without_large_receive() {
    without guest_tso4 guest_tso6
}

test_traffic_without_mergeable_buffers() {
    without mrg_rxbuf
}

test_traffic_without_event_index() {
    without event_idx
}

test_traffic_without_control_queue() {
    without ctrl_vq
}

test_traffic_without_any_feature() {
    without csum guest_csum mrg_rxbuf event_idx ctrl_vq status
}

# served FLAGS SCRIPT: run in a guest whose router says so, beside a server.
served() {
    "$PWD/tests/integration/dhcp6-server" "$1" >"$dir/server" &
    trap "kill $!" EXIT
    "$elfin" run --network tap=tap0 --ip none "$(command -v busybox)" sh -c "$2"
    [ "$1" = O ] || timeout 5 sh -c 'until grep -q release "$dir/server"; do
        sleep 0.1; done' || true
}

test_dhcp6_gives_an_address_and_renews_it() {
    export dir
    in_namespace served M 'until grep -q example /etc/resolv.conf; do sleep 0.2
        done; cat /etc/resolv.conf; sleep 7; ip -6 address'
    expect_status 0
    expect_line "$out" '^search test\.example'
    expect_line "$out" '^nameserver fd00:d::53'
    expect_line "$out" 'inet6 fd00:d::77/128'
    expect_line "$dir/server" '^solicit'
    expect_line "$dir/server" '^request'
    expect_line "$dir/server" '^renew'
    expect_line "$dir/server" '^release'
}

test_dhcp6_gives_names_alone() {
    export dir
    in_namespace served O 'until grep -q example /etc/resolv.conf; do sleep 0.2
        done; cat /etc/resolv.conf; ip -6 address'
    expect_status 0
    expect_line "$out" '^nameserver fd00:d::53'
    expect_no_line "$out" 'fd00:d::77'
    expect_line "$dir/server" '^information'
    expect_no_line "$dir/server" '^solicit'
}

# A race of the driver with the card: when one of them did not see what the
# other had said, a queue stood still for ever, on some kernels once in 0.6 to 5
# gigabytes, if the host was idle, and on a busy one once in 14. So a short run
# proves little; `make net-bulk` is the long one.
bulk() {
    begin_echo --machine q35
    "$peer" bulk "$guest4" 8080 "$1"
}

test_bulk_never_stands_still() {
    local n=${BULK:-300000000}
    in_namespace bulk "$n"
    expect_status 0
    expect_line "$out" "^$n bytes each way"
}
