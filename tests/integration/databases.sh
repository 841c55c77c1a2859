# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# databases: sqlite3's shell on files in memory and on a volume, also when
# there is no room left. What it has acknowledged is there afterwards.
#
#     INSERTS=60000 ./tests/run databases/inserts

sqlite=$(command -v sqlite3)
INSERTS=${INSERTS:-300}

# with_sqlite [OPTION...] -- [ARG...]: runs the guest's script of this file.
with_sqlite() {
    local options=() library
    [ -n "$sqlite" ] || skip 'sqlite3 is not installed'
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    for library in $(ldd "$sqlite" | grep -oE '/[^ ]+'); do
        options+=(--add "$library")
    done
    guest_script >"$dir/script"
    run "$elfin" run "${options[@]}" --add "$sqlite" --add "$dir/script:/script" \
        busybox sh /script "${@:2}"
}

# script DIRECTORY JOURNAL WHAT COUNT, in the guest. Each row can be told to be
# whole; `id` is printed when the row has been acknowledged.
guest_script() {
    cat <<'END'
[ "$1" != /limited ] || { mkdir $1 && mount -t tmpfs -o size=1m none $1; }
db=$1/db journal=$2 what=$3 count=$4 acknowledged=0
inserts() { # COUNT, with an older row changed in the same transaction
    awk -v i="$acknowledged" -v n="$1" 'BEGIN {
        for (n += i++; i <= n; i++)
            printf("BEGIN; INSERT INTO t VALUES(%d, printf(\"%%01500d\", %d), 0);" \
                " UPDATE t SET times = times + 1 WHERE id = %d;" \
                " COMMIT; SELECT %d;\n", i, i, i % 13, i) }'
}
add() { # COUNT: what is acknowledged, even when it fails in the middle
    inserts "$1" | sqlite3 -bail "$db" >/acknowledged 2>/err
    local status=$?
    [ ! -s /acknowledged ] || acknowledged=$(tail -n 1 /acknowledged)
    return $status
}
check() {
    sqlite3 "$db" "PRAGMA integrity_check;
        SELECT iif(max(id) >= $acknowledged AND count(*) = max(id), 'all there',
            'acknowledged $acknowledged, last ' || max(id) || ' of ' || count(*)),
            sum(b <> printf('%01500d', id)) FROM t" || echo "status $?"
}
sqlite3 "$db" "PRAGMA journal_mode=$journal; PRAGMA wal_autocheckpoint=200;
    CREATE TABLE t(id INTEGER PRIMARY KEY, b TEXT, times INTEGER)" >/acknowledged
case $what in
all)
    add "$count" || cat /err
    echo "acknowledged $acknowledged"
    ;;
full)
    dd if=/dev/zero of="$1/ballast" bs=64k count="$count" 2>/acknowledged
    add 100000 && echo 'it did not get full'
    [ "$acknowledged" -gt 20 ] || echo "full at $acknowledged: $(cat /err)"
    rm "$1/ballast"
    check
    add 10 || cat /err
    ;;
esac
check
END
}

both_journals() {
    local journal
    for journal in delete wal; do "$@" "$journal"; done
}

expect_all() {
    expect_status 0
    expect_out "acknowledged $INSERTS" ok 'all there|0'
}

expect_none_lost() { # when it was full, and after some more
    expect_status 0
    expect_out ok 'all there|0' ok 'all there|0'
}

in_memory() {
    with_sqlite -m 512M -- / "$1" all "$INSERTS"
    expect_all
}

on_a_volume() {
    rm -rf "$dir/data"
    mkdir "$dir/data"
    with_sqlite -v "$dir/data:/data" -- /data "$1" all "$INSERTS"
    expect_all
    run "$sqlite" "$dir/data/db" 'PRAGMA integrity_check; SELECT count(*) FROM t'
    expect_out ok "$INSERTS"
}

test_inserts_in_memory_are_all_there() { both_journals in_memory; }

test_inserts_on_a_volume_are_all_there() { both_journals on_a_volume; }

short_of_memory() {
    with_sqlite -m 20M -- / "$1" full 32
    expect_none_lost
}

full_file_system() {
    with_sqlite -- /limited "$1" full 4
    expect_none_lost
}

full_volume() {
    with_sqlite -v "$dir/data:/data" -- /data "$1" full 4
    "$sqlite" "$dir/data/db" 'PRAGMA integrity_check' >"$dir/host" 2>&1
    rm "$dir/data"/*
    expect_none_lost
    [ "$(cat "$dir/host")" = ok ] || fail "the host says: $(cat "$dir/host")"
}

test_nothing_acknowledged_is_lost_when_memory_ends() {
    both_journals short_of_memory
}

test_nothing_acknowledged_is_lost_in_a_full_file_system() {
    both_journals full_file_system
}

test_nothing_acknowledged_is_lost_on_a_full_host() {
    [ "$(id -u)" = 0 ] || skip 'only root can mount a small file system'
    mkdir "$dir/data"
    mount -t tmpfs -o size=1m tmpfs "$dir/data" 2>"$dir/why" ||
        skip "no tmpfs here: $(cat "$dir/why")"
    trap '[ "$BASHPID" -ne $$ ] || { umount "$dir/data"; rm -rf "$dir"; }' EXIT
    both_journals full_volume
}
