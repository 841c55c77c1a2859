# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# postgres-server: initdb and a server inside, psql and pgbench from the host
# packages: postgresql-15 postgresql-client-15 postgresql-contrib-15
# memory: 1G
asked() {
    local port psql bin=/usr/lib/postgresql/15/bin
    port=$(free_port)
    printf '%s\n' '#!/bin/sh -e' "mkdir -p /tmp/data" \
        "$bin/initdb -D /tmp/data -A trust --no-sync --locale=C >/tmp/initdb.log" \
        "echo 'host all all all trust' >>/tmp/data/pg_hba.conf" \
        "exec $bin/postgres -D /tmp/data -c listen_addresses=0.0.0.0 -c unix_socket_directories=/tmp" \
        >"$dir/start"
    chmod 755 "$dir/start"
    tests/zoo/root "$dir/root" dash coreutils $(closure postgresql-15 dash coreutils)
    cp "$dir/start" "$dir/root/start"
    cp /etc/passwd /etc/group "$dir/root/etc/"
    machine postgres -p "$port:5432" -u postgres -w /tmp --rootfs "$dir/root" /start
    psql="psql -h 127.0.0.1 -p $port -U postgres -d postgres -A -t -q"
    until_ready $psql -c 'select 1'
    same sql '100000|5000050000' "$($psql -c 'create table t as select generate_series(1, 100000) a;
        select count(*), sum(a) from t')"
    does 'pgbench -i' pgbench -h 127.0.0.1 -p "$port" -U postgres -i -q postgres
    does pgbench pgbench -h 127.0.0.1 -p "$port" -U postgres -c 4 -j 2 -T "${ZOO_SECONDS:-20}" postgres
    grep -qi -E 'error|aborted' "$dir/does" && fail "pgbench: $(cat "$dir/does")"
    grep -q 'failed transactions: 0 ' "$dir/does" || fail "pgbench: $(cat "$dir/does")"
    fact "$(sed -n 's/^tps = \([0-9.]*\).*/pgbench \1 transactions\/s/p' "$dir/does")"
    stop postgres "$machine" 0
}
