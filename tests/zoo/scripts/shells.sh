# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016
# shells: bash and dash with pipelines, jobs, traps and here-documents
# packages: bash dash busybox-static
# memory: 256M
cat >script <<'ZOO'
set -u
count() { local n=0; while read -r _; do n=$((n + 1)); done; echo $n; }
printf '%s\n' a b c | count
(exit 3) || echo "status $?"
trap 'echo bye' EXIT
trap 'echo usr1' USR1
kill -USR1 $$
sleep 0.05 & wait $! && echo waited
cat <<EOF
here $((6 * 7)) $(echo nested | tr a-z A-Z)
EOF
[ -r /proc/self/status ] && echo readable
seq 1 1000 | sort -rn | head -n 3 | tr '\n' ' '
echo abc | sed 's/b/x/' | grep -c x
ZOO
for shell in bash dash 'busybox sh'; do $shell script; done
