# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# packages: git perl-base
# git: a repository with a merge, packed, checked and cloned.
set -eu
export HOME=$PWD GIT_PAGER=cat GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_DATE=2024-01-01T00:00:00Z GIT_COMMITTER_DATE=2024-01-01T00:00:00Z
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
mkdir repo
cd repo
git init -q -b main .
for i in 1 2 3 4 5 6 7 8 9; do
    mkdir d$i
    echo "file $i" >d$i/f
done
git add .
git commit -q -m 'first commit'
echo more >>d1/f
git diff
git commit -q -a -m second
git log --stat
git checkout -q -b side HEAD~1
echo x >d2/f
git commit -q -a -m side
git checkout -q main
git merge -q --no-edit side 2>&1
git gc -q
git fsck 2>&1
git rev-parse HEAD
git status
git clone -q . ../copy 2>&1
cd ../copy
git log --oneline
