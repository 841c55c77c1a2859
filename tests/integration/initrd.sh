# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# initrd: programs from cpio archives, by the elfin command or by hand.

on_microvm() {
    bare -M microvm,acpi=off "${with_exit[@]}" "$@"
}

test_with_an_init_runs_it() {
    mkdir "$dir/root"
    cp "$examples/hello" "$dir/root/init"
    cp "$examples/cat" "$dir/root/other"
    cpio_of "$dir/root" "$dir/initrd"
    on_microvm -initrd "$dir/initrd" -append '-- --exit 9'
    expect_status "$(exit_code 9)"
    expect_line "$out" '^argument 1: --exit$'
}

test_with_one_program_runs_it() {
    mkdir -p "$dir/root/usr/bin" "$dir/root/etc"
    cp "$examples/hello" "$dir/root/usr/bin/greet"
    echo data >"$dir/root/etc/data"
    cpio_of "$dir/root" "$dir/initrd"
    on_microvm -initrd "$dir/initrd" -append '-- --exit 5'
    expect_status "$(exit_code 5)"
}

test_with_several_programs_needs_a_choice() {
    mkdir -p "$dir/root/bin"
    cp "$examples/hello" "$dir/root/bin/first"
    cp "$examples/cat" "$dir/root/bin/second"
    cpio_of "$dir/root" "$dir/initrd"
    on_microvm -initrd "$dir/initrd"
    expect_status "$(exit_code 126)"
    expect_line "$out" '^elfin: .*init='
    expect_line "$out" '/bin/first'
    expect_line "$out" '/bin/second'
    on_microvm -initrd "$dir/initrd" -append 'init=/bin/first -- --exit 4'
    expect_status "$(exit_code 4)"
    on_microvm -initrd "$dir/initrd" -append 'init=/bin/third'
    expect_status "$(exit_code 127)"
    expect_line "$out" '^elfin: .*/bin/third'
}

test_with_data_only_says_what_is_there() {
    mkdir "$dir/root"
    echo data >"$dir/root/notes"
    cpio_of "$dir/root" "$dir/initrd"
    on_microvm -initrd "$dir/initrd"
    expect_status "$(exit_code 126)"
    expect_line "$out" '^elfin: .*error: .*no executable file'
}

test_of_several_archives_is_their_union() {
    mkdir -p "$dir/a/etc" "$dir/b/etc"
    cp "$busybox_path" "$dir/a/init"
    echo old >"$dir/a/etc/text"
    echo kept >"$dir/a/etc/kept"
    echo new >"$dir/b/etc/text"
    cpio_of "$dir/a" "$dir/a.cpio"
    cpio_of "$dir/b" "$dir/b.cpio"
    # Archives may be padded with zeros, as boot loaders do.
    { cat "$dir/a.cpio"; head -c 2048 /dev/zero; cat "$dir/b.cpio"; } \
        >"$dir/initrd"
    on_microvm -initrd "$dir/initrd" \
        -append 'argv0=cat -- /etc/text /etc/kept'
    expect_status "$(exit_code 0)"
    expect_line "$out" '^new$'
    expect_line "$out" '^kept$'
    expect_no_line "$out" '^old$'
}
busybox_path=$(command -v busybox)

# Plain and compressed archives follow each other; the later one wins.
test_that_is_compressed_is_unpacked() {
    mkdir -p "$dir/a/etc" "$dir/b/etc" "$dir/c/etc"
    cp "$busybox_path" "$dir/a/init"
    echo old >"$dir/a/etc/text"
    echo new >"$dir/b/etc/text"
    ln "$dir/b/etc/text" "$dir/b/etc/again"
    mknod "$dir/b/nothing" c 1 3 || return 0
    head -c 9000000 /dev/urandom >"$dir/b/etc/large"
    echo third >"$dir/c/etc/third"
    cat >"$dir/c/run" <<'END'
cat /etc/text /etc/again /etc/third
[ -c /nothing ] && echo device
sha256sum /etc/large
END
    for part in a b c; do cpio_of "$dir/$part" "$dir/$part.cpio"; done
    gzip -k "$dir/a.cpio" "$dir/b.cpio"
    { cat "$dir/a.cpio.gz"; head -c 512 /dev/zero; cat "$dir/b.cpio.gz" \
        "$dir/c.cpio"; } >"$dir/initrd"
    on_microvm -initrd "$dir/initrd" -append 'argv0=sh -- /run'
    expect_status "$(exit_code 0)"
    [ "$(grep -a -c '^new' "$out")" -eq 2 ] || fail "not two names"
    expect_line "$out" '^third'
    expect_line "$out" '^device'
    expect_line "$out" "^$(sha256sum <"$dir/b/etc/large" | cut -d' ' -f1)"
    head -c 100000 "$dir/a.cpio.gz" >"$dir/cut"
    on_microvm -initrd "$dir/cut"
    expect_status "$(exit_code 126)"
    expect_line "$out" 'gzip, offset 0: the compressed data ends too early'
}

# What an archive brought goes when it is deleted, compressed or not.
test_files_of_an_archive_give_their_memory_back() {
    mkdir -p "$dir/root"
    cp "$busybox_path" "$dir/root/init"
    head -c 20000000 /dev/urandom >"$dir/root/large"
    cat >"$dir/root/run" <<'END'
free() { sed -n 's/^MemFree: *\([0-9]*\).*/\1/p' /proc/meminfo; }
before=$(free)
rm /large
echo gain $(($(free) - before))
END
    cpio_of "$dir/root" "$dir/initrd"
    gzip -k "$dir/initrd"
    for archive in "$dir/initrd" "$dir/initrd.gz"; do
        on_microvm -m 128M -initrd "$archive" -append 'argv0=sh -- /run'
        expect_status "$(exit_code 0)"
        gain=$(tr -d '\r' <"$out" | sed -n 's/^gain //p')
        [ "$gain" -ge 19000 ] || fail "only $gain KiB came back"
    done
}

test_links_in_an_archive_lead_to_their_files() {
    mkdir -p "$dir/root/bin" "$dir/root/data"
    cp "$busybox_path" "$dir/root/bin/busybox"
    ln -s busybox "$dir/root/bin/cat"
    echo shared >"$dir/root/data/one"
    ln "$dir/root/data/one" "$dir/root/data/two"
    ln -s ../data/one "$dir/root/data/three"
    cpio_of "$dir/root" "$dir/initrd"
    on_microvm -initrd "$dir/initrd" \
        -append 'init=/bin/cat -- /data/one /data/two /data/three'
    expect_status "$(exit_code 0)"
    [ "$(grep -a -c '^shared' "$out")" -eq 3 ] || fail "not three copies"
}

test_that_is_broken_is_refused() {
    mkdir "$dir/root"
    cp "$examples/hello" "$dir/root/init"
    cpio_of "$dir/root" "$dir/initrd"
    head -c 5000 "$dir/initrd" >"$dir/cut"
    on_microvm -initrd "$dir/cut"
    expect_status "$(exit_code 126)"
    expect_line "$out" '^elfin: .*error: cpio archive'
    # A size field that is no hexadecimal number.
    cp "$dir/initrd" "$dir/junk"
    printf 'zzzzzzzz' | dd of="$dir/junk" bs=1 seek=54 conv=notrunc status=none
    on_microvm -initrd "$dir/junk"
    expect_status "$(exit_code 126)"
    expect_line "$out" '^elfin: .*error: cpio archive'
}

test_packed_by_elfin_boots_anywhere() {
    run "$elfin" pack -o "$dir/packed" --add /etc/passwd:/etc/users \
        "$examples/hello"
    expect_status 0
    cpio --quiet -it <"$dir/packed" >"$dir/listing" || fail "cpio cannot read it"
    expect_line "$dir/listing" 'etc/users$'
    on_microvm -initrd "$dir/packed" -append '-- --exit 6'
    expect_status "$(exit_code 6)"
    # Another cpio's own reader finds the same bytes.
    (mkdir "$dir/x" && cd "$dir/x" && cpio --quiet -idm <"$dir/packed")
    expect_same /etc/passwd "$dir/x/etc/users"
}

test_rootfs_directory_is_used_as_it_is() {
    mkdir -p "$dir/root/bin" "$dir/root/etc"
    cp "$busybox_path" "$dir/root/bin/busybox"
    echo greeting >"$dir/root/etc/motd"
    run "$elfin" run --rootfs "$dir/root" /bin/busybox cat /etc/motd
    expect_status 0
    expect_out greeting
}
