# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# chromium: the browser, on the host, loads a page with style, script, picture and fetch from nginx in Elfin
# packages: chromium nginx-light curl
# memory: 256M
browse() { # OPTION...
    timeout 300 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' \
        --user-data-dir="$dir/profile" --window-size=1000,480 --hide-scrollbars \
        --virtual-time-budget=60000 "$@" "http://127.0.0.1:$port/" 2>"$dir/chromium.log"
}

# The cell beside WHAT.
shown() { # WHAT
    sed -n "s|.*<th>$1</th><td>\([^<]*\)</td>.*|\1|p" "$dir/dom"
}

asked() {
    port=$(free_port)
    cp -r "$zoo/page" "$dir/srv"
    cp docs/images/flame.svg "$dir/srv/"
    echo '{ "name": "the zoo" }' >"$dir/srv/about.json"
    seq 1 20000 >"$dir/srv/numbers"
    machine nginx -p "$port:80" --add "$dir/srv:/srv" --add "$zoo/servers/nginx.conf:/etc/zoo.conf" \
        /usr/sbin/nginx -c /etc/zoo.conf
    until_ready curl -s -f -m 5 -o /dev/null "http://127.0.0.1:$port/"
    browse --dump-dom >"$dir/dom" || fail "chromium: $(tail -n 5 "$dir/chromium.log")"
    grep -q '<title>done</title>' "$dir/dom" || fail "the page: $(cat "$dir/dom")"
    same colour 'rgb(0, 96, 64)' "$(shown colour)"
    same picture true "$(shown picture)"
    same server "nginx/$(nginx -v 2>&1 | sed 's|.*/||') for the zoo" "$(shown server)"
    same 'forty answers' '1 sum of 200010000' "$(shown 'forty answers')"
    same refused 405 "$(shown refused)"
    browse --screenshot="$dir/browser.png" >/dev/null || fail "chromium: $(tail -n 5 "$dir/chromium.log")"
    file -b "$dir/browser.png" | grep -q 'PNG image data, 1000 x 480' || fail 'no screenshot'
    stop nginx "$machine" 0
}
