# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2016
# packages: gcc-12 make cpp-12 libc6-dev linux-libc-dev libgcc-12-dev libgcc-s1 binutils binutils-x86-64-linux-gnu libbinutils libctf0 libctf-nobfd0 libgprofng0 libjansson4 libisl23 libmpc3 libmpfr6 libzstd1
# gcc: compiles and links a program of six files with make -j4, twice.
set -eu
for i in 1 2 3 4 5; do
    printf '#include <stdio.h>\n#include "all.h"\nint f%d(int x)
{\n    printf("f%d %%d\\n", x);\n    return x + %d;\n}\n' $i $i $i >f$i.c
done
echo 'int f1(int), f2(int), f3(int), f4(int), f5(int);' >all.h
printf '#include "all.h"\nint main(void)\n{
    return f5(f4(f3(f2(f1(0)))));\n}\n' >main.c
printf 'OBJ = main.o f1.o f2.o f3.o f4.o f5.o
prog: $(OBJ)\n\tgcc-12 -o $@ $(OBJ)
%%.o: %%.c all.h\n\tgcc-12 -O2 -c -o $@ $<\n' >Makefile
make -j4 | sort
./prog || echo "status $?"
make -j4
touch f3.c
make -j4 | sort
sha256sum prog ./*.o
