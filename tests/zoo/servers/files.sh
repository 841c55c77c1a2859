# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# files: coreutils, tar, gzip and sqlite3's shell
# packages: sqlite3 coreutils tar gzip
# memory: 256M
asked() {
    mkdir -p "$dir/tree/a/b"
    seq 1 100000 >"$dir/tree/a/numbers"
    ln -s a/numbers "$dir/tree/link"
    same_as_host --add "$dir/tree" -- /bin/ls -R "$dir/tree"
    same_as_host --add "$dir/tree" -- /usr/bin/sha256sum "$dir/tree/a/numbers"
    same_as_host --add "$dir/tree" -- /usr/bin/sort -rn --parallel=4 "$dir/tree/a/numbers"
    same_as_host --add "$dir/tree" -- /bin/tar --sort=name --owner=0 --group=0 --mtime=@0 -cf - -C "$dir" tree
    same_as_host --add "$dir/tree" -- /bin/gzip -nc "$dir/tree/a/numbers"
    cat >"$dir/sql" <<'END'
create table t(a integer primary key, b text);
begin;
insert into t select value, hex(value) from generate_series(1, 60000);
commit;
pragma integrity_check;
select count(*), sum(a), max(b) from t;
END
    sed -i 's/generate_series(1, 60000)/(with recursive c(value) as (select 1 union all select value + 1 from c where value < 60000) select value from c)/' "$dir/sql"
    input=$dir/sql
    for mode in delete wal; do
        same_as_host -w /tmp -- /usr/bin/sqlite3 -cmd "pragma journal_mode=$mode" "/tmp/zoo-$$-$mode.db"
        rm -f "/tmp/zoo-$$-$mode.db"*
    done
}
