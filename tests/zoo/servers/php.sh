# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# php: its own web server runs a script
# packages: php-cli curl
# memory: 256M
asked() {
    local port
    port=$(free_port)
    echo '<?php header("X-Zoo: php"); echo json_encode(["sum" => array_sum(json_decode($_GET["n"]))]);' \
        >"$dir/index.php"
    machine php -p "$port:8000" --add "$dir/index.php:/srv/index.php" /usr/bin/php -S 0.0.0.0:8000 -t /srv
    until_ready curl -s -S -f -m 20 -o /dev/null "http://127.0.0.1:$port/?n=%5B%5D"
    same json '{"sum":66}' "$(curl -s "http://127.0.0.1:$port/?n=%5B11,22,33%5D")"
    stop php "$machine"
}
