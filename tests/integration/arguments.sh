# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# arguments: what the program is started with, unchanged.

# Argument for argument as on the host, behind argv[0].
same_arguments() {
    run "$programs/world" "$@"
    grep -a '^arg [1-9]' -A 1000 "$out" | sed '/^env /,$d' >"$dir/host"
    run "$elfin" run -e LAST=1 "$programs/world" -- "$@" # one -- is dropped
    expect_status 0
    grep -a '^arg [1-9]' -A 1000 "$out" | sed '/^env /,$d' >"$dir/guest"
    expect_same "$dir/host" "$dir/guest"
}

test_of_any_bytes_arrive() {
    same_arguments plain 'two words' '' ' ' '"quoted"' "it's" 'back\slash' \
        'tab	here' $'line\nbreak' 'grüße 日本 🧝' '$HOME `ls` *' -- -x --help \
        '\n' '\x41' 'a=b c' $'\001\377\ttrailing\\'
}

test_that_look_like_options_stay_arguments() {
    same_arguments -- log=debug init=/x -- 'ip=none' '--' '--exit'
}

test_that_look_like_devices_stay_arguments() {
    same_arguments a 'virtio_mmio.device=512@0xfeb00e00:12'
}

test_by_the_thousand_arrive() {
    local args=()
    for i in $(seq 1 3000); do args+=("argument-$i"); done
    same_arguments "${args[@]}"
}

test_of_kilobytes_arrive() {
    same_arguments "$(printf '%020000d' 7)" end
}

test_zero_is_the_path_of_the_program() {
    run "$elfin" run "$programs/world"
    expect_line "$out" '^arg 0 \[.*world\]$'
}

test_of_the_environment_arrive() {
    run "$elfin" run -e A=1 -e 'B=two words' -e 'C="x\y"' -e E= \
        -e "D=$(printf 'line\nbreak é')" "$programs/world"
    expect_line "$out" '^env A=1$'
    expect_line "$out" '^env B=two words$'
    expect_line "$out" '^env C="x\\y"$'
    expect_line "$out" '^env E=$'
    expect_line "$out" '^env D=line$'
    expect_line "$out" '^break é$'
}

test_of_the_environment_have_defaults() {
    run "$elfin" run "$programs/world"
    expect_line "$out" '^env PATH=/'
    expect_line "$out" '^env HOME=/'
    expect_line "$out" '^env TERM='
}

test_env_without_value_takes_the_hosts() {
    export ELFIN_TEST_VALUE='from the host'
    run "$elfin" run -e ELFIN_TEST_VALUE "$programs/world"
    expect_line "$out" '^env ELFIN_TEST_VALUE=from the host$'
}

test_env_file_is_read() {
    printf '# comment\nONE=1\n\nTWO=a b\n' >"$dir/env"
    run "$elfin" run --env-file "$dir/env" "$programs/world"
    expect_line "$out" '^env ONE=1$'
    expect_line "$out" '^env TWO=a b$'
}

test_workdir_and_hostname_are_set() {
    run "$elfin" run --hostname oak "$programs/world"
    expect_line "$out" '^host oak$'
    expect_line "$out" '^cwd /$'
    mkdir -p "$dir/data"
    echo x >"$dir/data/file"
    run "$elfin" run --add "$dir/data:/srv" -w /srv "$programs/world"
    expect_line "$out" '^cwd /srv$'
}

test_user_is_who_the_program_runs_as() {
    printf 'root:x:0:0:::\nann:x:1234:55:Ann:/:/bin/sh\n' >"$dir/passwd"
    printf 'root:x:0:\nstaff:x:77:ann\n' >"$dir/group"
    set -- --add "$dir/passwd:/etc/passwd" --add "$dir/group:/etc/group"
    run "$elfin" run --user 1000:2000 "$programs/id"
    expect_line "$out" '^uid 1000 1000 1000 gid 2000 2000 2000 groups 0 caps 0$'
    run "$elfin" run -u 1000 "$programs/id"
    expect_line "$out" '^uid 1000 1000 1000 gid 1000 '
    run "$elfin" run "$@" -u ann "$programs/id"
    expect_line "$out" '^uid 1234 1234 1234 gid 55 '
    run "$elfin" run "$@" -u 1234 "$programs/id"
    expect_line "$out" '^uid 1234 1234 1234 gid 55 '
    run "$elfin" run "$@" -u ann:staff "$programs/id"
    expect_line "$out" '^uid 1234 1234 1234 gid 77 '
    run "$elfin" run -u bob "$programs/id"
    expect_status 126
    expect_line "$err" 'user=bob: no such user'
}
