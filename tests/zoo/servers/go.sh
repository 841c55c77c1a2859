# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# go: net/http, linked statically, and with cgo's resolver
# packages: golang-go curl
# memory: 256M
asked() {
    local port kind
    cat >"$dir/main.go" <<'END'
package main

import (
	"fmt"
	"net"
	"net/http"
	"strings"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, strings.ToUpper(r.URL.Path[1:]))
	})
	http.HandleFunc("/addresses", func(w http.ResponseWriter, r *http.Request) {
		all, err := net.InterfaceAddrs()
		fmt.Fprintln(w, len(all) > 0, err)
	})
	fmt.Println(http.ListenAndServe(":8000", nil))
}
END
    export GOCACHE=$dir/cache GO111MODULE=off GOFLAGS=
    does 'go build' env CGO_ENABLED=0 go build -o "$dir/static" "$dir/main.go"
    does 'go build' env CGO_ENABLED=1 go build -o "$dir/cgo" "$dir/main.go"
    for kind in static cgo; do
        port=$(free_port)
        machine $kind -p "$port:8000" "$dir/$kind"
        until_ready curl -s -S -f -m 20 -o /dev/null "http://127.0.0.1:$port/x"
        same "$kind" HELLO "$(curl -s "http://127.0.0.1:$port/hello")"
        same "addresses, $kind" 'true <nil>' "$(curl -s "http://127.0.0.1:$port/addresses")"
        stop $kind "$machine"
    done
}
