# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2034
# procfs: programs that look at the system, and what they expect in /etc.

busybox=$(command -v busybox)

test_ps_lists_the_processes() {
    run "$elfin" run "$busybox" sh -c 'sleep 100 & ps -o pid,ppid,stat,args; kill $!'
    expect_status 0
    expect_line "$out" '^ *1 +0 [RS]+ .*busybox sh -c'
    expect_line "$out" '^ *[0-9]+ +1 S +sleep 100$'
    expect_line "$out" '^ *[0-9]+ +1 R +\{ps\} .*busybox sh -c'
}

test_top_shows_memory_and_processes() {
    run "$elfin" run -m 128M "$busybox" top -b -n1
    expect_status 0
    expect_line "$out" '^Mem: [0-9]+K used, [0-9]+K free, '
    expect_line "$out" '^Load average: [0-9.]+ [0-9.]+ [0-9.]+ '
    expect_line "$out" '^ *1 +0 root +R .* [0-9]+% +[0-9]+% .*busybox top -b -n1$'
}

test_free_agrees_with_the_machine() {
    run "$elfin" run -m 128M "$busybox" free -k
    expect_status 0
    awk '$1 == "Mem:" { exit !($2 > 96 * 1024 && $2 <= 128 * 1024 &&
        $3 + $4 <= $2) }' "$out" || fail "free: not what the machine has"
}

test_free_knows_files() {
    local volume=$dir/volume
    mkdir "$volume"
    head -c 20M /dev/zero >"$volume/f"
    run "$elfin" run -m 128M -v "$volume:/data" "$busybox" sh -c \
        'free -m; dd if=/dev/zero of=/tmp/f bs=1M count=10; cat /data/f >/dev/null; free -m'
    expect_status 0
    awk 'BEGIN { n = 0 } $1 == "Mem:" { shared[n] = $5; cached[n] = $6; available[n++] = $7 }
        END { exit !(shared[1] - shared[0] == 10 && cached[1] - cached[0] >= 29 &&
            available[0] - available[1] < 15) }' "$out" ||
        fail "free: not what was written and read"
}

test_uptime_is_that_of_the_machine() {
    run "$elfin" run "$busybox" uptime
    expect_status 0
    expect_line "$out" ' up 0 min, .*load average: [0-9.]+, [0-9.]+, [0-9.]+$'
}

test_load_is_counted() {
    run "$elfin" run --add "$(command -v busybox):/bin/sh" busybox sh -c \
        'cat /proc/loadavg; timeout 6 sh -c "while :; do :; done"; uptime'
    expect_status 0
    expect_line "$out" '^0\.00 0\.00 0\.00 1/'
    expect_line "$out" 'load average: 0\.[0-9]*[1-9]'
}

# What procps of Debian makes of it all.
test_procps_understands_it() {
    local name terminfo
    for name in /usr/share/terminfo /lib/terminfo; do
        [ ! -e "$name/d/dumb" ] || terminfo=$name
    done
    for name in ps top free uptime vmstat pgrep; do
        command -v "$name" >/dev/null || skip "$name is not installed"
    done
    run "$elfin" run /usr/bin/ps -o pid,ppid,stat,tty,nlwp,comm,args
    expect_status 0
    expect_line "$out" '^ +1 +0 Rs? +\? +1 ps +/usr/bin/ps -o pid'
    run "$elfin" run --add "$terminfo" /usr/bin/top -b -n 1
    expect_status 0
    expect_line "$out" '^Tasks: +1 total, +1 running'
    expect_line "$out" '^MiB Mem : +2[45][0-9]\.[0-9] total'
    expect_line "$out" '^ +1 root +20 +0 .* R .* top$'
    run "$elfin" run /usr/bin/free -m
    expect_status 0
    expect_line "$out" '^Mem: +2[45][0-9] +[0-9]+ +2[0-9][0-9] '
    run "$elfin" run /usr/bin/uptime
    expect_status 0
    expect_line "$out" 'up 0 min, .* load average: 0.00, 0.00, 0.00$'
    run "$elfin" run /usr/bin/vmstat 1 2
    expect_status 0
    [ "$(grep -c '^ *[0-9]' "$out")" = 2 ] || fail 'not two lines'
    run "$elfin" run /usr/bin/pgrep -l -x pgrep
    expect_status 1 # it does not find itself
    run "$elfin" run /usr/bin/pgrep -V
    expect_status 0
}

test_mount_and_df_list_file_systems() {
    run "$elfin" run "$busybox" mount
    expect_status 0
    expect_line "$out" '^proc on /proc type proc \('
    expect_line "$out" '^sysfs on /sys type sysfs \('
    run "$elfin" run -m 128M "$busybox" df -a
    expect_status 0
    expect_line "$out" '^tmpfs +[1-9][0-9]+ +[0-9]+ +[1-9][0-9]+ +[0-9]+% /dev/shm$'
}

test_a_root_without_etc_gets_one() {
    run "$elfin" run --hostname lab "$busybox" sh -c \
        'cat /etc/hosts; cat /etc/hostname; id'
    expect_status 0
    expect_line "$out" '^127\.0\.0\.1	localhost$'
    expect_line "$out" '^127\.0\.1\.1	lab$'
    expect_line "$out" '^lab$'
    expect_line "$out" '^uid=0\(root\) gid=0\(root\)'
}

test_files_of_etc_that_are_there_stay() {
    echo 'me:x:0:0:::' >"$dir/passwd"
    : >"$dir/hosts"
    run "$elfin" run --add "$dir/passwd:/etc/passwd" \
        --add "$dir/hosts:/etc/hosts" "$busybox" sh -c 'cat /etc/hosts; id -un'
    expect_status 0
    expect_out me
}
