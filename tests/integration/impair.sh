# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# impair: TCP against Linux's over bad wires: a guest on tap0, Linux on tap1,
# tests/net/impair.c between them. `make net-impair` tries all wires.

tools=$PWD/build/tests
peer=$PWD/tests/integration/tap-peer
guest4=10.9.0.2
export guest4 elfin examples tools peer dir

# No segment is cut or put together by a device: each must meet its fate alone.
whole_segments=
for feature in csum guest_csum host_tso4 host_tso6 host_ufo guest_tso4 \
    guest_tso6 guest_ufo; do
    whole_segments+=" --qemu -global --qemu virtio-net-device.$feature=off"
done
export whole_segments

# in_namespace FUNCTION ARG...: in a network namespace of its own, in a shell
# that ends at the first thing that fails.
in_namespace() {
    [ "$(id -u)" = 0 ] || skip "a tap device needs root"
    [ -c /dev/net/tun ] || skip "there is no /dev/net/tun"
    command -v ip >/dev/null || skip "there is no ip command"
    unshare -n true 2>/dev/null || skip "no network namespace can be made"
    export -f "${1?}" wire begin_guest begin_linux
    run unshare -n bash -c '
        set -e
        echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
        ip link set lo up
        "$@"' impair "$@"
    [ "$status" = 0 ] || fail "$*"
    grep -a -E '^(wire|goodput)' "$out"
    return 0
}

# wire END OPTION...: tap1, with Linux's address, and a bad wire to END.
wire() {
    "$tools/impair" "${@:2}" tap:tap1 "$1" >"$dir/wire" &
    wires=$!
    until grep -q ready "$dir/wire"; do
        kill -0 $wires
        sleep 0.05
    done
    ip address add 10.9.0.1/24 dev tap1
    ip link set tap1 up
}

# A machine on tap0 with echo and http.
begin_guest() {
    ip tuntap add dev tap0 mode tap
    ip link set tap0 up
    # shellcheck disable=SC2086 # a list of words
    "$elfin" run $whole_segments --network tap=tap0 --ip "$guest4/24" --ip6 none \
        --add "$examples/echo:/echo" --add "$examples/http:/http" \
        --add "$dir/files:/files" /bin/busybox sh -c '/echo & /http /files' &
    guest=$!
}

# http on Linux, behind tap2, in a namespace of their own.
begin_linux() {
    unshare -n bash -c '
        set -e
        until ip link set tap2 up 2>/dev/null; do sleep 0.05; done
        ip address add "$guest4/24" dev tap2
        ip link set lo up
        echo "$0" >/proc/sys/net/ipv4/tcp_congestion_control
        exec "$examples/http" "$dir/files"' "$1" &
    guest=$!
    sleep 0.2
    ip link set tap2 netns $guest
}

# exact BYTES OPTION...: so many go to echo and come back as they were.
exact() {
    mkdir -p "$dir/files"
    begin_guest
    wire packet:tap0 "${@:2}"
    trap 'kill $guest $wires; wait' EXIT
    STALL=120 "$peer" tcp "$guest4" 8080 "$1"
    echo "wire ${*:2}: $1 bytes each way"
}

# The same bytes each way for all wires that a short run has no time for.
long() {
    [ "${IMPAIR:-}" = long ] || skip "make net-impair does this"
}

test_everything_at_once() {
    in_namespace exact 300000 -l 1 -r 1 -d 1 -c 1 -t 2
}

test_no_loss() { long && in_namespace exact 8000000 -t 5; }
test_loss_of_a_thousandth() { long && in_namespace exact 4000000 -l 0.1 -t 5; }
test_loss_of_a_hundredth() { long && in_namespace exact 4000000 -l 1 -t 5; }
test_loss_of_a_twentieth() { long && in_namespace exact 1000000 -l 5 -t 5; }
test_loss_of_a_fifth() { long && in_namespace exact 200000 -l 20 -t 5; }
test_reordering() { long && in_namespace exact 4000000 -r 1 -t 5 && in_namespace exact 2000000 -r 20 -t 5; }
test_duplicates() { long && in_namespace exact 4000000 -d 1 -t 5 && in_namespace exact 2000000 -d 20; }
test_delay() { long && in_namespace exact 4000000 -t 100; }
test_damage() { long && in_namespace exact 4000000 -c 1 -t 5; }

# goodput guest|linux SEED: a file of 3 MB over a wire that loses and reorders
# one frame of a hundred.
goodput() {
    mkdir -p "$dir/files"
    head -c 3000000 /dev/urandom >"$dir/files/large"
    if [ "$1" = guest ]; then
        begin_guest
        wire packet:tap0 -l 1 -r 1 -t 5 -s "$2"
    else
        wire tap:tap2 -l 1 -r 1 -t 5 -s "$2"
        begin_linux reno
    fi
    trap 'kill $guest $wires; wait' EXIT
    STALL=120 "$peer" fetch "$guest4" 8088 /large "$dir/files/large"
}

# The sums over several seeds, alternately, so that a busy host hits both.
test_goodput_beside_reno() {
    local seed side kb
    declare -A sum=([guest]=0 [linux]=0)
    long
    for seed in 1 2 3 4 5; do
        for side in guest linux; do
            in_namespace goodput $side $seed
            kb=$(sed -n 's/^goodput \([0-9]*\) kB.*/\1/p' "$out")
            sum[$side]=$((sum[$side] + kb))
        done
    done
    echo "goodput: ${sum[guest]} kB/s against ${sum[linux]} kB/s of Reno"
    [ "${sum[guest]}" -ge "${sum[linux]}" ] || fail "less than Linux"
}
