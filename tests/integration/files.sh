# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# files: trees of files, as programs of Debian walk, copy and pack them.

# What busybox finds, copies, packs and sums up of the tree at $1, in $2.
tree_script() {
    cat <<'END'
set -e
sums() { (cd "$1" && find . -type f -exec sha256sum {} + | sort); }
shape() {
    cd "$1"
    find . -type f -exec stat -c '%n %A %s %h %Y' {} + | sort
    find . -type l -exec stat -c '%N' {} + | sort # their times are new
    cd /
}
tree=$1 work=$2
mkdir -p "$work/out"
sums "$tree" >"$work/a"
cp -a "$tree" "$work/copy"
sums "$work/copy" >"$work/b"
cmp "$work/a" "$work/b"
tar -C "$work/copy" -cf "$work/t.tar" .
rm -r "$work/copy"
tar -C "$work/out" -xf "$work/t.tar"
sums "$work/out" >"$work/c"
cmp "$work/a" "$work/c"
find "$tree" -name '*7*' | wc -l
find "$tree" -type f -size +2 | wc -l
wc -l <"$work/a"
shape "$work/out" | sha256sum
sha256sum <"$work/a"
END
}

test_a_tree_of_5000_files_is_as_on_the_host() {
    local i d

    for ((i = 0; i < 50; i++)); do
        d=$dir/tree/d$((i % 7))/d$i
        mkdir -p "$d"
        for ((j = 0; j < 100; j++)); do
            printf '%*s' $((i * j % 2000)) "$i.$j" >"$d/f$j"
        done
        ln "$d/f1" "$d/again"
        ln -s ../d0/f1 "$d/link"
        chmod $((600 + i % 7 * 11)) "$d/f2"
    done
    cp "$(command -v busybox)" "$dir/sh"
    tree_script >"$dir/script"
    (cd "$dir" && exec -a sh "$dir/sh" script "$dir/tree" "$dir/work") \
        >"$dir/host" 2>&1 || fail "on the host: $(cat "$dir/host")"
    run "$elfin" run -m 512M --add "$dir/tree:/tree" --add "$dir/script:/script" \
        "$(command -v busybox)" sh /script /tree /work
    expect_status 0
    diff "$dir/host" "$out" || fail "the host's result is another"
}
