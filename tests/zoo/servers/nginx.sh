# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# nginx: a master and two workers: small files, 100 MB, keep-alive under wrk, reload by SIGHUP; and one process
# packages: nginx-light wrk curl
# memory: 512M
page() { curl -s -S -m 300 "http://127.0.0.1:$port/$1"; }

asked() {
    local before i
    port=$(free_port)
    mkdir "$dir/srv"
    printf '%0612d' 0 >"$dir/srv/small"
    head -c 100000000 /dev/zero | openssl enc -aes-128-ctr -pass pass:zoo -nosalt \
        2>/dev/null >"$dir/srv/large"
    machine nginx -p "$port:80" --add "$dir/srv:/srv" --add "$zoo/servers/nginx.conf:/etc/zoo.conf" \
        /usr/sbin/nginx -c /etc/zoo.conf
    until_ready page small -f
    same small "$(sha256sum <"$dir/srv/small")" "$(page small | sha256sum)"
    same large "$(sha256sum <"$dir/srv/large")" "$(page large | sha256sum)"
    same 'a part' "$(head -c 70000003 "$dir/srv/large" | tail -c 4 | sha256sum)" \
        "$(curl -s -m 60 -r 69999999-70000002 "http://127.0.0.1:$port/large" | sha256sum)"
    same missing 404 "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/none")"
    does wrk wrk -t 2 -c 100 -d "${ZOO_SECONDS:-20}" --timeout 20s "http://127.0.0.1:$port/small"
    grep -q 'Socket errors' "$dir/does" && fail "wrk: $(cat "$dir/does")"
    grep -q 'Non-2xx' "$dir/does" && fail "wrk: $(cat "$dir/does")"
    fact "wrk $(sed -n 's|^Requests/sec: *||p' "$dir/does") requests/s"
    before=$(page pid)
    kill -HUP "$machine"
    for i in {1..200}; do
        [ "$(page pid)" != "$before" ] && break
        sleep 0.1
    done
    [ "$(page pid)" != "$before" ] || fail 'reload: the workers are the same'
    same 'small after the reload' 612 "$(page small | wc -c)"
    stop nginx "$machine" 0
    port=$(free_port)
    machine single -p "$port:80" --add "$dir/srv/small:/srv/small" \
        --add "$zoo/servers/nginx.conf:/etc/zoo.conf" \
        /usr/sbin/nginx -c /etc/zoo.conf -g 'master_process off;'
    until_ready page small -f
    same 'small from one process' 612 "$(page small | wc -c)"
    stop single "$machine" 0
}
