# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154
# Volumes: host directories in the machine (-v).

volume=$dir/volume
mkdir "$volume"

# with_volume COMMAND...: on Elfin, with $volume as /data.
with_volume() {
    run timeout -k 5 120 "$elfin" run -v "$volume:/data" "$@"
}

test_files_are_the_same_on_both_sides() {
    head -c 300000 /dev/urandom >"$volume/in"
    with_volume busybox sh -c 'cp /data/in /data/out && echo text >/data/text &&
        mkdir /data/new && mv /data/text /data/new/moved &&
        ln -s new/moved /data/link && cat /data/link'
    expect_status 0
    expect_out text
    expect_same "$volume/in" "$volume/out"
    [ "$(cat "$volume/new/moved")" = text ] || fail 'the moved file is wrong'
    [ "$(readlink "$volume/link")" = new/moved ] || fail 'the link is wrong'
    [ ! -e "$volume/text" ] || fail 'the old name is still there'
}

test_other_machines_have_them_too() {
    echo hello >"$volume/a"
    for machine in q35 pc; do
        with_volume --machine "$machine" busybox sh -c \
            'cat /data/a && echo "$0" >/data/b' "$machine"
        expect_status 0
        expect_out hello
        [ "$(cat "$volume/b")" = "$machine" ] || fail 'the file is wrong'
    done
}

test_read_only_ones_stay_as_they_are() {
    echo hello >"$volume/a"
    run "$elfin" run -v "$volume:/data:ro" busybox sh -c \
        'cat /data/a; echo x >/data/b; echo x >>/data/a; rm /data/a
         mkdir /data/d; chmod 600 /data/a; mv /data/a /data/c'
    expect_out hello
    [ "$(grep -c 'Read-only file system' "$err")" = 6 ] ||
        fail 'not every change was refused'
    [ "$(ls "$volume"; cat "$volume/a")" = $'a\nhello' ] ||
        fail 'something changed'
}

test_several_are_told_apart() {
    mkdir "$dir/one" "$dir/two,with comma"
    run "$elfin" run -v "$dir/one:/a/b" -v "$dir/two,with comma:/c" busybox sh \
        -c 'echo 1 >/a/b/f && echo 2 >/c/f && mount'
    expect_status 0
    expect_line "$out" '^volume0 on /a/b type 9p'
    expect_line "$out" '^volume1 on /c type 9p'
    [ "$(cat "$dir/one/f" "$dir/two,with comma/f")" = $'1\n2' ] ||
        fail 'the files are wrong'
}

test_what_is_wrong_is_said() {
    run "$elfin" run -v "$dir/missing:/data" "$examples/hello"
    expect_status 1
    expect_line "$err" 'missing: No such file or directory'
    run "$elfin" run -v "$volume:data" "$examples/hello"
    expect_status 2
    expect_line "$err" 'not HOSTDIR:GUESTDIR'
    run "$elfin" run -v "$elfin:/data" "$examples/hello"
    expect_status 1
    expect_line "$err" 'not a directory'
}

test_programs_of_the_guest_tests_pass_on_one() {
    for program in files mappings memory locks copy_range permission holes \
        vector_io text_busy; do
        # By a relative path: the volume hides what lies below /tmp.
        run env -C "$guest" timeout -k 5 300 "$elfin" run -w /tmp \
            -v "$volume:/tmp" "./$program"
        expect_status 0
        [ -z "$(ls "$volume")" ] || fail "$program left $(ls "$volume")"
    done
}

# More than there is memory for, so that pages go and come again; those that
# are dirty are written back first, those of mappings are taken away.
test_files_larger_than_memory_pass_through_it() {
    head -c 40M /dev/urandom >"$volume/in"
    run timeout -k 5 300 "$elfin" run -m 24M -v "$volume:/data" busybox sh -c \
        'cp /data/in /data/out && cmp /data/in /data/out && echo same'
    expect_status 0
    expect_out same
    expect_same "$volume/in" "$volume/out"
    run timeout -k 5 300 "$elfin" run -m 24M -v "$volume:/data" \
        "$programs/mapcopy" /data/in /data/mapped
    expect_status 0
    expect_same "$volume/in" "$volume/mapped"
}

# As Linux' own 9p file system does.
test_what_the_protocol_lacks_is_refused() {
    with_volume "$programs/volume-lacks" /data
    expect_status 0
}

test_random_operations_leave_what_the_model_says() {
    with_volume "$guest/fsx" 1500 3 /data/file
    expect_status 0
    with_volume busybox sha256sum /data/file
    expect_out "$(sha256sum <"$volume/file" | cut -c1-64)  /data/file"
}

test_a_tree_is_the_same_by_find_tar_cp_and_sums() {
    mkdir "$volume/tree"
    for d in 1 2 3 4 5; do
        mkdir -p "$volume/tree/$d/deeper"
        for f in {1..40}; do
            head -c $((f * 97)) /dev/zero | tr '\0' "$d" >"$volume/tree/$d/$f"
            ln "$volume/tree/$d/$f" "$volume/tree/$d/deeper/$f"
        done
        ln -s "../$d" "$volume/tree/$d/link"
    done
    local what='find tree | sort; find tree -type f | sort | xargs sha256sum'
    (cd "$volume" && busybox sh -c "$what") >"$dir/host"
    with_volume -w /data busybox sh -c "$what && cp -a tree copy &&
        tar cf /data/tree.tar tree"
    expect_status 0
    expect_same "$dir/host" "$out"
    # Of times, busybox keeps whole seconds, and none of links.
    tree_of() {
        (cd "$1" && find . ! -type f -printf '%p %y %m %l\n' -o \
            -printf '%p %y %m %s %T@\n' | sed 's/\.[0-9]*$//' | sort)
    }
    diff <(tree_of "$volume/tree") <(tree_of "$volume/copy") >"$dir/diff" ||
        fail "the copy differs: $(head -n 5 "$dir/diff")"
    mkdir "$dir/unpacked"
    tar xf "$volume/tree.tar" -C "$dir/unpacked"
    diff -r --no-dereference "$volume/tree" "$dir/unpacked/tree" || fail 'the archive differs'
}

test_a_full_host_is_told_and_loses_nothing() {
    [ "$(id -u)" = 0 ] || skip 'only root can mount a small file system'
    mount -t tmpfs -o size=1m tmpfs "$volume" 2>"$dir/why" ||
        skip "no tmpfs here: $(cat "$dir/why")"
    with_volume busybox sh -c 'echo kept >/data/kept
        dd if=/dev/zero of=/data/big bs=64k count=64; echo $?
        stat -c %s /data/big'
    cat "$volume/kept" >"$dir/kept"
    local size
    size=$(stat -c %s "$volume/big")
    umount "$volume"
    expect_status 0
    expect_line "$err" 'No space left on device'
    [ "$(cat "$dir/kept")" = kept ] || fail 'an earlier file is lost'
    expect_out 1 "$size"
    [ "$size" -gt 900000 ] || fail "only $size bytes were written"
}

# QEMU is killed: nothing is written back after that.
test_what_was_synced_is_on_the_host() {
    local pid
    "$elfin" run -v "$volume:/data" busybox sh -c '
        yes synced | head -c 300000 | dd of=/data/f conv=fsync 2>/dev/null
        mkdir /data/d && mv /data/f /data/d/g
        echo up; while :; do :; done' >"$out" 2>"$err" </dev/null &
    pid=$!
    for _ in $(seq 1 300); do
        grep -q up "$out" && break
        sleep 0.1
    done
    pkill -KILL -P "$pid" -f qemu-system
    wait "$pid"
    yes synced | head -c 300000 >"$dir/expected"
    expect_same "$dir/expected" "$volume/d/g"
}

test_users_other_than_root_own_what_they_make() {
    [ "$(id -u)" = 0 ] || skip 'needs root on the host, to see the owners'
    chmod 777 "$volume"
    mkdir -m 700 "$volume/secret"
    with_volume --user 1234:5678 busybox sh -c \
        'echo mine >/data/f; stat -c "%u %g" /data/f; ls /data/secret'
    expect_out '1234 5678'
    expect_line "$err" 'Permission denied'
    [ "$(stat -c '%u %g' "$volume/f")" = '1234 5678' ] ||
        fail 'the owner on the host is another'
}

test_somebody_else_on_the_host_is_root_inside() {
    [ "$(id -u)" = 0 ] || skip 'needs root, to become somebody else'
    chmod 755 "$dir"
    chown 65534:65534 "$volume"
    run setpriv --reuid 65534 --regid 65534 --clear-groups \
        timeout -k 5 120 "$elfin" run -v "$volume:/data" busybox sh -c \
        'echo x >/data/f; stat -c "%u %g" /data /data/f
         chown 7 /data/f; chmod 640 /data/f'
    expect_out '0 0' '0 0'
    expect_line "$err" 'Operation not permitted'
    [ "$(stat -c '%u %a' "$volume/f")" = '65534 640' ] ||
        fail 'owner or mode on the host are wrong'
}

test_databases_work_with_both_journals() {
    command -v sqlite3 >/dev/null || skip 'sqlite3 is not installed'
    with_volume "$(command -v sqlite3)" /data/db \
        'CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT);
         BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n
           WHERE i<5000) INSERT INTO t SELECT i, hex(i) FROM n; COMMIT;
         PRAGMA journal_mode=WAL; UPDATE t SET b=b||a WHERE a%3=0;
         PRAGMA integrity_check;'
    expect_status 0
    expect_out wal ok
    run sqlite3 "$volume/db" 'PRAGMA integrity_check; SELECT count(*) FROM t'
    expect_out ok 5000
}

test_connections_end_while_recv_waits_for_the_host() {
    head -c 6291456 /dev/zero >"$volume/map"
    with_volume "$guest/disconnect" /data/map
    expect_status 0
}
