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
    [ "$(ls "$volume")" = a ] && [ "$(cat "$volume/a")" = hello ] ||
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
