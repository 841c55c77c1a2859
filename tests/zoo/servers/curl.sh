# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# curl: from one machine to another, and to the host
# packages: curl
# memory: 128M
asked() {
    local port
    port=$(free_port)
    seq 1 200000 >"$dir/numbers"
    machine server -p "$port:8088" --add "$dir/numbers:/srv/numbers" build/examples/static-pie/http /srv
    until_ready curl -s -f -m 5 -o /dev/null "http://127.0.0.1:$port/numbers"
    same 'through both' "$(sha256sum <"$dir/numbers")" \
        "$("$elfin" run -m "$memory" /usr/bin/curl -s -S "http://10.0.2.2:$port/numbers" 2>"$dir/curl.err" | sha256sum)"
    fact_memory "$machine"
    fact_end curl
}
