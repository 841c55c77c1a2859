# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# lighttpd: static files, ranges, keep-alive
# packages: lighttpd curl
# memory: 128M
asked() {
    local port url
    port=$(free_port)
    url=http://127.0.0.1:$port
    mkdir "$dir/srv"
    seq 1 50000 >"$dir/srv/numbers.txt"
    printf 'server.document-root = "/srv"\nserver.port = 80\nindex-file.names = ("numbers.txt")\n' \
        >"$dir/conf"
    machine lighttpd -p "$port:80" --add "$dir/srv:/srv" --add "$dir/conf:/etc/zoo.conf" \
        /usr/sbin/lighttpd -D -f /etc/zoo.conf
    until_ready curl -s -S -f -m 5 -o /dev/null "$url/"
    same file "$(sha256sum <"$dir/srv/numbers.txt")" "$(curl -s "$url/" | sha256sum)"
    same range "$(head -c 1000 "$dir/srv/numbers.txt" | tail -c 10)" "$(curl -s -r 990-999 "$url/")"
    same 'ten on one connection' 10 \
        "$(curl -s -o /dev/null -w '%{http_code} %{num_connects}\n' "$url/[0-9]" | grep -c 404)"
    stop lighttpd "$machine" 0
}
