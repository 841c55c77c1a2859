# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# programs: unmodified ones, ours and Debian's, behave as they do on the host.

in_every_language() {
    printf 'one\ntwo' >"$dir/in"
    input=$dir/in
    same_as_host "$examples/$1" word 'two words' 5
}

test_hello_with_glibc() {
    same_as_host "$examples/hello" a 'b c' --exit 3
}

test_hello_with_musl() {
    readelf -lh "$examples/hello-musl" >"$dir/headers"
    expect_line "$dir/headers" 'Type: *DYN'
    expect_no_line "$dir/headers" 'INTERP'
    same_as_host "$examples/hello-musl" a 'b c' --exit 3
}

test_hello_at_a_fixed_address() {
    readelf -h "$programs/hello-exec" >"$dir/headers"
    expect_line "$dir/headers" 'Type: *EXEC'
    same_as_host "$programs/hello-exec" a 'b c' --exit 3
}

# dynamic COMPILER TYPE INTERPRETER OPTION...: built so, it runs so.
dynamic() {
    local compiler=$1 type=$2 interpreter=$3
    shift 3
    "$compiler" -O2 "$@" -o "$dir/hello" examples/static-pie/hello.c ||
        fail "$compiler"
    readelf -lh "$dir/hello" >"$dir/headers"
    expect_line "$dir/headers" "Type: *$type"
    expect_line "$dir/headers" "interpreter: $interpreter"
    same_as_host "$dir/hello" a 'b c' --exit 3
}

test_dynamic_programs_of_glibc() {
    local ld=/lib64/ld-linux-x86-64.so.2
    dynamic gcc DYN $ld -fPIE -pie
    dynamic gcc EXEC $ld -fno-pie -no-pie
}

test_dynamic_programs_of_musl() {
    local ld=/lib/ld-musl-x86_64.so.1
    dynamic musl-gcc DYN $ld -fPIE -pie
    dynamic musl-gcc EXEC $ld -fno-pie -no-pie
}

test_hello_in_cpp_with_streams_and_exceptions() {
    in_every_language hello-cpp
}

test_hello_in_rust_with_a_thread_and_a_panic() {
    in_every_language hello-rust
}

test_debian_ldconfig_prints_a_cache() {
    /sbin/ldconfig -p -C /etc/ld.so.cache >"$dir/host" || fail "on the host"
    run "$elfin" run --add /etc/ld.so.cache:/etc/cache /sbin/ldconfig \
        -p -C /etc/cache
    expect_status 0
    sed 's|/etc/ld.so.cache|/etc/cache|' "$dir/host" >"$dir/expected"
    expect_same "$dir/expected" "$out"
}

# What the CPU can do differs between the host and the machine: the levels, and
# in the older list a directory for AVX-512 and the names of Intel's platforms.
without_cpu_levels() {
    sed -E -e '/^  (x86-64-v[0-9]|avx512_1)/s/ \(.*\)//' \
        -e 's/^  (haswell|xeon_phi) /  x86_64 /' "$1"
}

test_debian_dynamic_linker_prints_help() {
    local ld=/lib64/ld-linux-x86-64.so.2
    "$ld" --help >"$dir/host" || fail "on the host"
    run "$elfin" run "$ld" --help
    expect_status 0
    without_cpu_levels "$dir/host" >"$dir/expected"
    without_cpu_levels "$out" >"$dir/got"
    expect_same "$dir/expected" "$dir/got"
}

test_debian_qemu_aarch64_static_prints_its_version() {
    same_as_host "$(command -v qemu-aarch64-static)" --version
}

busybox=$(command -v busybox)

test_debian_busybox_uname() {
    run "$elfin" run "$busybox" uname -a
    expect_status 0
    expect_line "$out" '^Linux .* x86_64 GNU/Linux$'
}

test_debian_busybox_echo() {
    same_as_host "$busybox" echo -e 'a\tb' '  c  ' ''
}

test_debian_busybox_sha256sum() {
    "$programs/streams" 1000000 >"$dir/in" 2>/dev/null
    input=$dir/in
    same_as_host "$busybox" sha256sum
    run "$elfin" run --add "$dir/in:/data/in" "$busybox" sha256sum /data/in
    expect_out "$(sha256sum <"$dir/in" | sed 's|-|/data/in|')"
}

test_debian_busybox_awk() {
    seq 1 2000 >"$dir/in"
    input=$dir/in
    same_as_host "$busybox" awk '
        { sum += $1; root += sqrt($1); text = text sprintf("%x,", $1) }
        END { printf "%d %.6f %d %s\n", sum, root, length(text), toupper("é") }'
}

test_debian_busybox_finds_files_in_its_root() {
    mkdir -p "$dir/root/a/b"
    echo one >"$dir/root/a/one"
    echo two >"$dir/root/a/b/two"
    run "$elfin" run --add "$dir/root:/data" "$busybox" find /data -type f
    expect_status 0
    sort "$out" >"$dir/sorted"
    printf '/data/a/b/two\n/data/a/one\n' >"$dir/expected"
    expect_same "$dir/expected" "$dir/sorted"
    run "$elfin" run --add "$dir/root:/data" "$busybox" cat /data/a/one \
        /data/missing /data/a/b/two
    expect_status 1
    expect_out one two
    expect_line "$err" "can't open '/data/missing': No such file or directory"
}

test_scripts_run_with_their_interpreter() {
    printf '#! %s sh -e\necho "$0|$*"; cat; exit 3\n' "$busybox" >"$dir/script"
    chmod +x "$dir/script"
    printf 'one\ntwo' >"$dir/in"
    input=$dir/in
    same_as_host "$dir/script" a 'b c'
    printf '#!/usr/bin/env perl\nprint "$0 @ARGV\\n";\n' >"$dir/with-env"
    chmod +x "$dir/with-env"
    same_as_host "$dir/with-env" a 'b c'
    printf '#!/no/such/interpreter\n' >"$dir/without"
    chmod +x "$dir/without"
    run "$elfin" run "$dir/without"
    expect_status 126
    expect_line "$err" 'interpreter /no/such/interpreter is not on this host'
    printf '#!/usr/bin/env no-such-command\n' >"$dir/without"
    run "$elfin" run "$dir/without"
    expect_status 126
    expect_line "$err" 'no-such-command, which the script.s first line asks env'
}

test_debian_perl_finds_its_modules() {
    same_as_host /usr/bin/perl -MData::Dumper -MTime::Local \
        -e 'print Dumper([timegm(1, 2, 3, 4, 5, 2006)])'
    run "$elfin" run --bare /usr/bin/perl -MTime::Local -e 1
    expect_status 2
    expect_line "$err" "Can't locate Time/Local.pm"
}
