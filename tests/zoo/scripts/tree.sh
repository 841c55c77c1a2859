# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# packages: tar
# tree: 1 000 files made, archived, copied and compared.
set -eu
umask 022
for d in 0 1 2 3 4 5 6 7 8 9; do
    mkdir -p tree/$d
    for i in {0..99}; do
        printf '%0*d\n' $((d * 97 + i)) "$i" >"tree/$d/$i"
    done
    ln -s $d/0 tree/link$d
    ln tree/$d/1 tree/$d/hard
    chmod 640 tree/$d/2
done
find tree -exec touch -h -d 2024-01-01T00:00:00Z {} +
tar --sort=name --owner=0 --group=0 --numeric-owner -cf - tree | gzip -n >tree.tgz
sha256sum tree.tgz
mkdir out
tar -C out -xzf tree.tgz
cp -a tree copy
diff -r tree out/tree && diff -r tree copy && echo same
(cd copy && find . -type f -print0 | sort -z | xargs -0 -n 100 sha256sum) | sha256sum
find copy -type l | sort | xargs -n 1 readlink
find copy -links 2 -name hard -printf '%p %s %m %T@\n' | sort
find tree -type f -size +1 | wc -l
rm -r tree && ls
