# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# packages: util-linux postgresql-15 postgresql-client-15 libreadline8 libpq5 libxml2 libicu72 libpam0g libsystemd0 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libcom-err2 libkrb5support0 libkeyutils1 libldap-2.5-0 libsasl2-2 libaudit1 libcap-ng0 libcap2 libgcrypt20 libgpg-error0 liblz4-1 liblzma5 libzstd1 libstdc++6 libgcc-s1 libgnutls30 libp11-kit0 libidn2-0 libunistring2 libtasn1-6 libnettle8 libhogweed6 libffi8 tzdata
# postgres: makes a cluster, and works in it with and without a server, as another than root
set -eu
if [ "$(id -u)" = 0 ]; then
    chown postgres "$PWD"
    exec setpriv --reuid postgres --clear-groups bash "$0"
fi
PATH=$PATH:/usr/lib/postgresql/15/bin
export TZ=UTC
initdb -D data -A trust --no-sync --locale=C 2>/dev/null | grep -c 'ok$'
echo 'select 6 * 7 as answer;' | postgres --single -D data postgres 2>/dev/null
pg_ctl -D data -w -l log -o "-p 15777 -c listen_addresses=127.0.0.1 \
-c unix_socket_directories=" start >/dev/null
psql -h 127.0.0.1 -p 15777 -U postgres postgres <<END
create table t(a int primary key, b text);
insert into t select g, md5(g::text) from generate_series(1, 5000) g;
select count(*), max(b) from t;
set max_parallel_workers_per_gather = 2;
set parallel_setup_cost = 0; set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
select count(*) from t where b like '%ab%';
END
pg_ctl -D data -w -m fast stop
