# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# launcher: ./elfin builds when it must and is transparent otherwise.

test_is_transparent() {
    run ./elfin run examples/static-pie/hello 'a b' --exit 42
    expect_status 42
    expect_out 'Hello from an ordinary Linux program.' 'argument 1: a b' \
        'argument 2: --exit' 'argument 3: 42'
    expect_empty "$err"
    [ "$(./elfin run examples/static-pie/hello 2>/dev/null | wc -c)" -eq 38 ] ||
        fail "stdout has other bytes than the program's"
}

test_works_from_any_directory_and_through_a_link() {
    ln -s "$PWD/elfin" "$dir/link"
    cd "$dir" || exit 1
    run ./link version
    expect_status 0
    run "$OLDPWD/elfin" version
    expect_status 0
    expect_empty "$err"
}

# First uses at the same time, in a fresh copy of the tree: one builds.
test_builds_once_for_parallel_first_uses() {
    local tree=$dir/tree pids=() p
    mkdir "$tree"
    git ls-files -co --exclude-standard -z | xargs -0 cp -P --parents -t "$tree"
    for p in 1 2 3; do
        "$tree/elfin" run "$tree/examples/static-pie/hello" "$p" \
            >"$dir/out.$p" 2>"$dir/err.$p" &
        pids+=($!)
    done
    for p in 1 2 3; do
        wait "${pids[p - 1]}" || fail "number $p: $(cat "$dir/err.$p")"
        [ ! -s "$dir/err.$p" ] || fail "number $p: $(cat "$dir/err.$p")"
        grep -q "^argument 1: $p\$" "$dir/out.$p" || fail "number $p is wrong"
    done
}

test_says_why_a_build_fails() {
    local tree=$dir/tree
    mkdir "$tree"
    git ls-files -co --exclude-standard -z | xargs -0 cp -P --parents -t "$tree"
    echo '#error broken on purpose' >"$tree/lib/string.c"
    run "$tree/elfin" version
    [ "$status" -ne 0 ] || fail "it built"
    expect_empty "$out"
    expect_line "$err" 'broken on purpose'
    expect_line "$err" '^elfin: building failed'
}
