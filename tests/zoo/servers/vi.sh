# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# vi: busybox's editor on a terminal of 30 lines, which a script plays
# packages: busybox-static
# memory: 64M
asked() {
    local keys='?numbers 150G ?150/200 iabove\s150\n\e %500 jdd :1,3s/^/x/\n /77\n ?77/200 yyPP ZZ ?done'
    local edit='busybox vi /tmp/numbers; busybox sha256sum </tmp/numbers; busybox stty size; echo done'
    seq 1 200 >"$dir/numbers"
    started=$(date +%s%N)
    "$B/tests/onpty" -s 30x90 -e "$dir/vi.err" "$keys" "$elfin" run -t --doctor -m "$memory" \
        --add "$dir/numbers:/tmp/numbers" --add /bin/busybox /bin/busybox sh -c "$edit" >"$dir/elfin" &
    wait_for_end $! || fail "vi: $(cat -v "$dir/elfin")"
    fact_end vi
    does 'vi on the host' "$B/tests/onpty" -s 30x90 "$keys" busybox sh -c "${edit//\/tmp\/numbers/$dir\/numbers}"
    mv "$dir/does" "$dir/host"
    sum() { grep -a -o '[0-9a-f]\{64\}' "$dir/$1"; }
    same 'sum of the edited file' "$(sum host)" "$(sum elfin)"
    grep -q '^30 90.$' "$dir/elfin" || fail 'the size of the terminal'
}
