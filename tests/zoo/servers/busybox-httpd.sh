# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# busybox-httpd: a server that forks for each client
# packages: busybox-static curl
# memory: 32M
asked() {
    local port i
    port=$(free_port)
    seq 1 50000 >"$dir/numbers"
    machine httpd -p "$port:80" --add "$dir/numbers:/srv/numbers" /bin/busybox httpd -f -p 80 -h /srv
    until_ready curl -s -S -f -m 5 -o /dev/null "http://127.0.0.1:$port/numbers"
    for i in {1..20}; do curl -s -m 60 -o "$dir/n$i" "http://127.0.0.1:$port/numbers" & done
    wait $(jobs -p | grep -v "^$machine$")
    same 'twenty at once' "$(sha256sum <"$dir/numbers" | cut -d' ' -f1)" \
        "$(sha256sum "$dir"/n[0-9]* | cut -d' ' -f1 | sort -u)"
    stop httpd "$machine"
}
