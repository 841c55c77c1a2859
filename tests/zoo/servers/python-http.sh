# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# python-http: python3 -m http.server and a Flask application, many clients
# packages: python3 python3-flask curl
# memory: 256M
asked() {
    local port i
    port=$(free_port)
    mkdir "$dir/srv"
    seq 1 100000 >"$dir/srv/numbers"
    machine http -p "$port:8000" -w /srv --add "$dir/srv:/srv" /usr/bin/python3 -m http.server
    until_ready curl -s -S -f -m 20 -o /dev/null "http://127.0.0.1:$port/"
    same file "$(sha256sum <"$dir/srv/numbers")" "$(curl -s "http://127.0.0.1:$port/numbers" | sha256sum)"
    for i in {1..20}; do curl -s -m 60 -o "$dir/n$i" "http://127.0.0.1:$port/numbers" & done
    wait $(jobs -p | grep -v "^$machine$")
    same 'twenty at once' 1 "$(sha256sum "$dir"/n* | cut -d' ' -f1 | sort -u | wc -l)"
    stop http "$machine"
    port=$(free_port)
    cat >"$dir/app.py" <<'END'
from flask import Flask, request, jsonify
app = Flask(__name__)

@app.route("/sum", methods=["POST"])
def total():
    return jsonify(sum=sum(request.get_json()))

app.run(host="0.0.0.0", port=8000, threaded=True)
END
    machine flask -p "$port:8000" --add "$dir/app.py:/app.py" \
        --add /usr/lib/python3/dist-packages /usr/bin/python3 /app.py
    until_ready curl -s -m 20 -o /dev/null "http://127.0.0.1:$port/"
    same flask '{"sum":60}' "$(curl -s -H 'Content-Type: application/json' -d '[10,20,30]' \
        "http://127.0.0.1:$port/sum" | tr -d ' \n')"
    stop flask "$machine"
}
