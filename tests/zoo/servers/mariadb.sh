# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# mariadb: a client of the host works in it, on tables that the host has made
# packages: mariadb-server mariadb-client
# memory: 1G
asked() {
    local port sql
    port=$(free_port)
    does 'mariadb-install-db' mariadb-install-db --no-defaults --user=root --datadir="$dir/data" \
        --auth-root-authentication-method=normal --skip-test-db
    machine mariadb -p "$port:3306" --add "$dir/data:/var/lib/mysql" --add /usr/bin/resolveip \
        /usr/sbin/mariadbd --no-defaults --user=root --datadir=/var/lib/mysql --bind-address=0.0.0.0 \
        --socket=/tmp/mysql.sock --skip-grant-tables --skip-name-resolve --innodb-buffer-pool-size=64M --lc-messages-dir=/usr/share/mysql
    sql="mariadb -h 127.0.0.1 -P $port -u root -N -B"
    until_ready $sql -e 'select 1'
    same sql '5000 12502500' "$($sql <<'END' | tr '\t' ' '
create database zoo; use zoo;
create table t (a int primary key, b varchar(40)) engine=innodb;
insert into t select seq, md5(seq) from seq_1_to_5000;
select count(*), sum(a) from t;
END
)"
    same index 1 "$($sql zoo -e "select count(*) from t where b = md5('1234')")"
    stop mariadb "$machine" 0
}
