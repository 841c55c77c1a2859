# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016
# shell: what shells do with processes, as on the host.

# The same script in busybox's shell and in bash.
both_shells() {
    same_as_host "$(command -v busybox)" sh -c "$1"
    same_as_host "$(command -v bash-static)" -c "$1"
}

test_pipelines_and_their_status() {
    both_shells 'echo "b a c" | while read -r x y z; do echo "$y$x$z"; done
        (exit 3) | (exit 4); echo $?; ! (exit 1) | true; echo $?'
}

test_subshells_keep_to_themselves() {
    both_shells 'x=1; (x=2; echo $x); echo $x; y=$(echo deep; exit 7); echo $? $y'
}

test_background_jobs_are_waited_for() {
    both_shells '(exit 6) & a=$!; (exit 8) & b=$!
        wait $a; echo $?; wait $b; echo $?; wait; echo $?'
}

test_traps_run_at_the_end_and_on_signals() {
    both_shells 'trap "echo bye" EXIT; trap "echo usr" USR1; kill -USR1 $$
        (trap "echo inner" EXIT; true); echo end'
}

test_here_documents_reach_the_reader() {
    both_shells 'x=word; while read -r line; do echo "<$line>"; done <<END
one $x
two
END'
}

test_a_killed_child_shows_its_signal() {
    both_shells 'exec 2>/dev/null; while :; do :; done & kill -KILL $!; wait $!; echo $?'
}

test_many_children_in_a_loop() {
    both_shells 'i=0; while [ $i -lt 200 ]; do (exit $((i % 7))); n=$((n + $?))
        i=$((i + 1)); done; echo $n'
}

# The first process is the machine's end, whatever it leaves behind.
test_the_machine_ends_with_its_first_process() {
    run "$elfin" run "$(command -v busybox)" sh -c \
        '(while :; do :; done) & exit 12'
    expect_status 12
}

test_programs_of_an_archive_run_each_other() {
    mkdir -p "$dir/root/bin"
    cp "$(command -v busybox)" "$dir/root/bin/busybox"
    ln -s busybox "$dir/root/bin/sh"
    ln -s busybox "$dir/root/bin/sort"
    printf '#!/bin/sh\nprintf "%%s\\n" "$@" | sort\n' >"$dir/root/bin/script"
    chmod +x "$dir/root/bin/script"
    run "$elfin" run --rootfs "$dir/root" /bin/sh -c \
        "/bin/script pear apple"
    expect_status 0
    expect_out 'apple
pear'
}
