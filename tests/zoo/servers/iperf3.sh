# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# iperf3: bulk TCP both ways, and UDP
# packages: iperf3
# memory: 128M
asked() {
    local port
    port=$(free_port)
    machine iperf -p "$port:5201" -p "$port:5201/udp" /usr/bin/iperf3 -s
    until_ready iperf3 -c 127.0.0.1 -p "$port" -n 64K
    sleep 1 # between two tests it does not listen for a moment
    does upload iperf3 -c 127.0.0.1 -p "$port" -n 50M
    fact "in $(sed -n 's/.* \([0-9.]* .bits.sec\).*receiver/\1/p' "$dir/does")"
    sleep 1
    does download iperf3 -c 127.0.0.1 -p "$port" -n 50M -R
    fact "out $(sed -n 's/.* \([0-9.]* .bits.sec\).*receiver/\1/p' "$dir/does")"
    sleep 1
    does datagrams iperf3 -c 127.0.0.1 -p "$port" -u -b 10M -n 2M
    grep -q ' 0/.* (0%)  receiver' "$dir/does" || fact "$(sed -n 's/.* \(.*\) *receiver/lost \1/p' "$dir/does")"
    stop iperf "$machine"
}
