# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# redis: redis-cli and redis-benchmark, pipelined too; BGSAVE and an AOF rewrite by forked children
# packages: redis-server redis-tools
# memory: 128M
asked() {
    local port cli i
    port=$(free_port)
    machine redis -p "$port:6379" /usr/bin/redis-server --protected-mode no \
        --appendonly yes --save '' --dir /tmp
    cli="redis-cli -p $port"
    until_ready $cli ping
    same ping PONG "$($cli ping)"
    same set OK "$($cli set key "$(printf '%01000d' 7)")"
    same get 1000 "$($cli strlen key)"
    same incr 3 "$($cli incr n >/dev/null; $cli incr n >/dev/null; $cli incr n)"
    same lua 30 "$($cli eval 'local s = 0; for i = 1, 4 do s = s + i * i end; return s' 0)"
    does benchmark redis-benchmark -p "$port" -q -n "${ZOO_REQUESTS:-200000}" -P 16 -t set,get
    grep -qi error "$dir/does" && fail "redis-benchmark: $(cat "$dir/does")"
    fact "$(tr '\r' '\n' <"$dir/does" | grep -E 'requests per' | tr '\n' ' ')"
    does benchmark redis-benchmark -p "$port" -q -n 2000 -t ping,lpush,mset
    does bgsave $cli bgsave
    for i in {1..200}; do
        $cli info persistence | tr -d '\r' | grep -q rdb_bgsave_in_progress:0 && break
        sleep 0.1
    done
    $cli info persistence | tr -d '\r' | grep -q rdb_last_bgsave_status:ok || fail bgsave
    does rewrite $cli bgrewriteaof
    for i in {1..200}; do
        $cli info persistence | tr -d '\r' | grep -q aof_rewrite_in_progress:0 && break
        sleep 0.1
    done
    $cli info persistence | tr -d '\r' | grep -q aof_last_bgrewrite_status:ok || fail rewrite
    same 'key after the children' 1000 "$($cli strlen key)"
    stop redis "$machine" 0
}
