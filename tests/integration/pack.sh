# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034,SC2016
# pack: the root that `elfin pack` and `elfin run` make.

# unpacked ARCHIVE: below $dir/x, by the system's cpio.
unpacked() {
    rm -rf "$dir/x"
    mkdir "$dir/x"
    (cd "$dir/x" && cpio --quiet -idm --no-absolute-filenames <"$1") ||
        fail "cpio cannot unpack it"
}

test_keeps_modes_times_and_links() {
    local root=$dir/root
    mkdir -p "$root/bin" "$root/etc" "$root/empty dir"
    cp "$examples/hello" "$root/bin/hello"
    echo text >"$root/etc/text"
    touch -d '2001-02-03 04:05:06 UTC' "$root/etc/text"
    chmod 4711 "$root/bin/hello"
    chmod 1777 "$root/empty dir"
    ln "$root/etc/text" "$root/etc/same"
    ln -s ../etc/text "$root/bin/link"
    ln -s /nowhere "$root/dangling"
    run "$elfin" pack -o "$dir/a.cpio" --rootfs "$root" /bin/hello
    expect_status 0
    expect_empty "$err"
    unpacked "$dir/a.cpio"
    [ "$(readlink "$dir/x/init")" = /bin/hello ] || fail "/init is no link"
    rm "$dir/x/init"
    (cd "$root" && find . -printf '%P %y %m %s %l %n %T@\n' | grep -v '^ ' |
        sort) >"$dir/before"
    (cd "$dir/x" && find . -printf '%P %y %m %s %l %n %T@\n' | grep -v '^ ' |
        sort) >"$dir/after"
    # Times are whole seconds; cpio does not set those of directories and links.
    sed -E -i -e '/ [dl] /s/[^ ]+$//' -e 's/\.[0-9]+$//' \
        -e '/ d /s/ d ([0-9]+) .*/ d \1/' "$dir/before" "$dir/after"
    expect_same "$dir/before" "$dir/after"
    [ "$dir/x/etc/text" -ef "$dir/x/etc/same" ] || fail "the link is a copy"
    cmp "$root/bin/hello" "$dir/x/bin/hello" || fail "the data differ"
}

test_of_the_same_root_is_the_same_archive() {
    mkdir -p "$dir/root/a/b"
    cp "$examples/hello" "$dir/root/hello"
    run "$elfin" pack -o "$dir/a.cpio" --rootfs "$dir/root" hello
    run "$elfin" pack -o "$dir/b.cpio" --rootfs "$dir/root" /hello
    expect_same "$dir/a.cpio" "$dir/b.cpio"
    run "$elfin" pack -o "$dir/c.cpio" --rootfs "$dir/a.cpio" /hello
    expect_status 0
    expect_same "$dir/a.cpio" "$dir/c.cpio"
}

test_adds_files_and_directories_where_told() {
    mkdir -p "$dir/data/sub"
    echo 1 >"$dir/data/sub/one"
    run "$elfin" pack -o "$dir/a.cpio" --add "$dir/data:/srv" \
        --add "$dir/data/sub/one:/etc/copy" --add "$dir/data" "$examples/hello"
    expect_status 0
    unpacked "$dir/a.cpio"
    expect_same "$dir/data/sub/one" "$dir/x/srv/sub/one"
    expect_same "$dir/data/sub/one" "$dir/x/etc/copy"
    expect_same "$dir/data/sub/one" "$dir/x$dir/data/sub/one"
    run "$elfin" pack -o "$dir/b.cpio" --add "$dir/absent" "$examples/hello"
    expect_status 1
    expect_line "$err" '^elfin: .*absent'
    [ ! -e "$dir/b.cpio" ] || fail "half an archive is left"
}

# A program with a library that needs a library, each found another way.
make_program() {
    mkdir -p "$dir/app/bin" "$dir/app/lib" "$dir/other" "$dir/deep"
    cd "$dir" || exit 1
    echo 'int three(void) { return 40; }' >three.c
    echo 'int three(void); int two(void) { return three() + 1; }' >two.c
    echo 'int two(void); int one(void) { return two() + 1; }' >one.c
    echo 'int one(void); int main(void) { return one(); }' >main.c
    gcc -shared -fPIC -o deep/libthree.so three.c || fail gcc
    gcc -shared -fPIC -o other/libtwo.so two.c -Ldeep -lthree \
        -Wl,-rpath,'$ORIGIN/../deep' || fail gcc
    gcc -shared -fPIC -o app/lib/libone.so one.c -Lother -ltwo \
        -Wl,-rpath-link,deep || fail gcc
    gcc -o app/bin/main main.c -Lapp/lib -lone \
        -Wl,-rpath,'${ORIGIN}/../lib' -Wl,-rpath-link,other:deep || fail gcc
    cd - >/dev/null || exit 1
}

test_finds_the_libraries_of_a_program() {
    make_program
    export LD_LIBRARY_PATH=$dir/other
    run "$elfin" pack -o "$dir/a.cpio" "$dir/app/bin/main"
    expect_status 0
    unpacked "$dir/a.cpio"
    for file in app/lib/libone.so other/libtwo.so deep/libthree.so; do
        expect_same "$dir/$file" "$dir/x$dir/$file"
    done
    [ -e "$dir/x/lib64/ld-linux-x86-64.so.2" ] || fail "no interpreter"
    run "$elfin" check "$dir/app/bin/main"
    expect_status 0
    expect_line "$out" 'libtwo\.so .*LD_LIBRARY_PATH'
    expect_line "$out" 'libthree\.so .*RUNPATH'
}

test_says_which_library_is_missing() {
    make_program
    for command in "pack -o $dir/a.cpio" run; do
        # shellcheck disable=SC2086 # words on purpose
        run "$elfin" $command "$dir/app/bin/main"
        expect_status 126
        expect_line "$err" '^elfin: .*libtwo\.so.*libone\.so'
    done
    run "$elfin" check "$dir/app/bin/main"
    expect_status 126
    expect_line "$out" 'libtwo\.so .*not found'
}

# LD_LIBRARY_PATH names all of it: glibc asks /proc/self/exe for the $ORIGIN of
# a program.
test_dynamic_programs_run() {
    make_program
    export LD_LIBRARY_PATH=$dir/other:$dir/app/lib
    run "$elfin" run "$dir/app/bin/main"
    expect_status 42
    cd "$dir/app/bin" || exit 1
    LD_LIBRARY_PATH=../../other:../lib run "$elfin" run ./main
    expect_status 42
    run "$elfin" run /bin/echo 'from Debian'
    expect_status 0
    expect_out 'from Debian'
}

# musl looks in its own places, and has one file for libc and interpreter.
test_programs_of_musl_run_with_their_libraries() {
    mkdir "$dir/lib" "$dir/away"
    cd "$dir" || exit 1
    echo 'int one(void) { return 42; }' >one.c
    echo 'int one(void); int main(void) { return one(); }' >main.c
    musl-gcc -shared -fPIC -o lib/libone.so one.c || fail musl-gcc
    musl-gcc -o main main.c -Llib -lone -Wl,-rpath,'$ORIGIN/lib' || fail musl-gcc
    cd - >/dev/null || exit 1
    run "$elfin" run "$dir/main"
    expect_status 42
    run "$elfin" check "$dir/main"
    expect_line "$out" 'libone\.so .*RUNPATH'
    mv "$dir/lib/libone.so" "$dir/away"
    run "$elfin" run "$dir/main"
    expect_status 126
    expect_line "$err" '^elfin: .*libone\.so.*was not found'
    LD_LIBRARY_PATH=$dir/away run "$elfin" run "$dir/main"
    expect_status 42
}

test_says_which_interpreter_is_missing() {
    gcc -o "$dir/main" -Wl,--dynamic-linker=/no/such/ld.so \
        examples/static-pie/hello.c || fail gcc
    for command in "pack -o $dir/a.cpio" run; do
        # shellcheck disable=SC2086 # words on purpose
        run "$elfin" $command "$dir/main"
        expect_status 126
        expect_line "$err" '^elfin: .*interpreter /no/such/ld\.so is not on'
    done
}

# What is missing in a root is said before anything boots, too.
test_says_what_a_root_does_not_have() {
    make_program
    mkdir -p "$dir/root/bin"
    cp "$dir/app/bin/main" "$dir/root/bin/"
    run "$elfin" run --rootfs "$dir/root" /bin/main
    expect_status 126
    expect_line "$err" 'ld-linux-x86-64\.so\.2'
    mkdir -p "$dir/root/lib64"
    cp -L /lib64/ld-linux-x86-64.so.2 "$dir/root/lib64/"
    run "$elfin" run --rootfs "$dir/root" /bin/main
    expect_line "$err" 'libone\.so'
}

test_program_is_found_in_path() {
    run "$elfin" run echo hello
    expect_status 0
    expect_out hello
    run "$elfin" run no-such-program-anywhere
    expect_status 127
}

test_too_big_a_root_says_so_at_once() {
    head -c 20000000 /dev/zero >"$dir/big"
    run "$elfin" run -m 16M --add "$dir/big:/big" "$examples/hello"
    expect_status 1
    expect_line "$err" '^elfin: .*--memory'
}

# Python's library guesses types of files by a table that another package has.
test_data_of_other_packages_come_along() {
    local python
    python=$(readlink -e /usr/bin/python3) || skip "Debian's python3 is not installed"
    [ -e /etc/mime.types ] || skip 'media-types is not installed'
    run "$elfin" pack -o "$dir/a.cpio" "$python"
    expect_status 0
    unpacked "$dir/a.cpio"
    expect_same /etc/mime.types "$dir/x/etc/mime.types"
    run "$elfin" pack --bare -o "$dir/a.cpio" "$python"
    expect_status 0
    unpacked "$dir/a.cpio"
    [ ! -e "$dir/x/etc/mime.types" ] || fail 'packed in spite of --bare'
}
