# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# haproxy: in front of two other machines, which take turns
# packages: haproxy curl
# memory: 128M
asked() {
    local port one two i got
    one=$(free_port)
    machine one -p "$one:8123" build/examples/static-pie/http-reply
    until_ready curl -s -f -m 5 "http://127.0.0.1:$one/"
    two=$(free_port)
    machine two -p "$two:80" /usr/bin/busybox httpd -f -p 80 -h /etc
    until_ready curl -s -f -m 5 "http://127.0.0.1:$two/hosts"
    port=$(free_port)
    printf '%s\n' 'global' '    maxconn 200' 'defaults' '    mode http' \
        '    timeout connect 20s' '    timeout client 20s' '    timeout server 20s' \
        'frontend in' '    bind :80' '    default_backend both' \
        'backend both' '    balance roundrobin' \
        "    server one 10.0.2.2:$one" "    server two 10.0.2.2:$two" >"$dir/conf"
    : >"$dir/facts"
    machine haproxy -p "$port:80" --add "$dir/conf:/etc/zoo.conf" /usr/sbin/haproxy -db -f /etc/zoo.conf
    until_ready curl -s -m 5 -o /dev/null "http://127.0.0.1:$port/hosts"
    for i in 1 2 3 4 5 6 7 8; do curl -s -m 20 "http://127.0.0.1:$port/hosts" | head -n 1; done >"$dir/got"
    same 'two different answers, in turns' 2 "$(sort "$dir/got" | uniq -c | awk '$1 == 4' | wc -l)"
    stop haproxy "$machine"
}
