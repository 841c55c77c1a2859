# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# rust: a thread per connection, static-PIE and dynamic
# packages: rustc netcat-openbsd
# memory: 64M
asked() {
    local port kind i
    cat >"$dir/main.rs" <<'END'
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

fn main() {
    let listener = TcpListener::bind("0.0.0.0:8000").unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        std::thread::spawn(move || {
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            for line in lines {
                let reversed: String = line.unwrap().chars().rev().collect();
                writeln!(stream, "{reversed}").unwrap();
            }
        });
    }
}
END
    does rustc rustc -O -C target-feature=+crt-static -o "$dir/static" "$dir/main.rs"
    does rustc rustc -O -o "$dir/dynamic" "$dir/main.rs"
    for kind in static dynamic; do
        port=$(free_port)
        machine $kind -p "$port:8000" "$dir/$kind"
        ready() { [ "$(echo abc | nc -N -w 5 127.0.0.1 "$port")" = cba ]; }
        until_ready ready
        for i in {1..20}; do
            same "line $i" "$(seq "$i" 200 | rev | sha256sum)" \
                "$(seq "$i" 200 | nc -N -w 20 127.0.0.1 "$port" | sha256sum)"
        done
        stop $kind "$machine"
    done
}
