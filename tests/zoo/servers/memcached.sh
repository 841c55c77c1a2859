# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# memcached: set, get, incr and stats by its text protocol, from several connections
# packages: memcached netcat-openbsd
# memory: 128M
asked() {
    local port i
    port=$(free_port)
    machine memcached -p "$port:11211" /usr/bin/memcached -u root -m 32
    ask() { printf '%b' "$1" | nc -q 2 -w 5 127.0.0.1 "$port" | tr -d '\r'; }
    ready() { ask 'version\r\nquit\r\n' | grep -q VERSION; }
    until_ready ready
    for i in {1..20}; do
        same set STORED "$(ask "set k$i 0 0 5\r\nvalu$((i % 10))\r\nquit\r\n")"
    done
    same get "VALUE k7 0 5 valu7 END" "$(ask 'get k7\r\nquit\r\n' | tr '\n' ' ' | sed 's/ $//')"
    ask 'set n 0 0 2\r\n41\r\nquit\r\n' >/dev/null
    same incr 42 "$(ask 'incr n 1\r\nquit\r\n')"
    ask 'stats\r\nquit\r\n' | grep -q 'STAT curr_items 21' || fail stats
    stop memcached "$machine" 0
}
