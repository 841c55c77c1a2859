# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# node: an http server that answers from worker threads
# packages: nodejs curl
# memory: 512M
asked() {
    local port i
    port=$(free_port)
    cat >"$dir/app.js" <<'END'
const { Worker, isMainThread, parentPort } = require('worker_threads');
if (isMainThread) {
    const http = require('http');
    http.createServer((req, res) => {
        const w = new Worker(__filename);
        w.once('message', m => res.end(m + '\n'));
        w.postMessage(Number(req.url.slice(1)));
    }).listen(8000, '0.0.0.0');
} else {
    parentPort.once('message', n => {
        let [a, b] = [0n, 1n];
        for (let i = 0; i < n; i++) [a, b] = [b, a + b];
        parentPort.postMessage(String(a));
        parentPort.close();
    });
}
END
    machine node -p "$port:8000" --add "$dir/app.js:/app.js" /usr/bin/node /app.js
    until_ready curl -s -S -f -m 60 -o /dev/null "http://127.0.0.1:$port/5"
    same fibonacci 354224848179261915075 "$(curl -s -m 60 "http://127.0.0.1:$port/100")"
    for i in {1..8}; do curl -s -m 100 "http://127.0.0.1:$port/$i" & done >"$dir/all"
    wait $(jobs -p | grep -v "^$machine$")
    same 'eight at once' '1 1 2 3 5 8 13 21' "$(sort -n "$dir/all" | tr '\n' ' ' | sed 's/ $//')"
    stop node "$machine"
}
