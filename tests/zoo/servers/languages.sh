# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# languages: scripts in perl, lua, ruby; OCaml with threads; C++ with exceptions and threads
# packages: perl lua5.4 ruby ocaml-nox g++
# memory: 256M
asked() {
    same_as_host /usr/bin/perl -MData::Dumper -MPOSIX=floor -e \
        '$Data::Dumper::Sortkeys = 1; print Dumper({map { $_ => floor($_ ** 1.5) } 1 .. 5});
        if (!fork) { print "child\n"; exit 3 } wait; print $? >> 8, "\n"'
    same_as_host /usr/bin/lua5.4 -e 'local t = {} for i = 1, 100 do t[i] = i % 7 end
        table.sort(t) print(table.concat(t, ",")) print(os.getenv("HOME") ~= nil, #arg)' a b
    same_as_host /usr/bin/ruby -rjson -rset -e \
        't = (1..4).map { |n| Thread.new { (1..n * 1000).sum } }
        puts JSON.generate(t.map(&:value)), Set.new([3, 1, 3]).size'
    cat >"$dir/zoo.ml" <<'END'
let () =
  let a, b = Unix.socketpair Unix.PF_UNIX Unix.SOCK_STREAM 0 in
  let t = Thread.create (fun () ->
    Thread.delay 0.01;
    ignore (Unix.write_substring b "from a thread" 0 13)) () in
  let buf = Bytes.create 100 in
  let n = Unix.read a buf 0 100 in
  Thread.join t;
  Unix.sleepf 0.01;
  print_endline (Bytes.sub_string buf 0 n);
  exit (try raise Not_found with Not_found -> 4)
END
    (cd "$dir" && does ocamlopt ocamlfind ocamlopt -thread -package unix,threads.posix -linkpkg zoo.ml -o zoo-ml 2>/dev/null) ||
        (cd "$dir" && does ocamlopt ocamlopt -I +threads unix.cmxa threads.cmxa zoo.ml -o zoo-ml)
    same_as_host "$dir/zoo-ml"
    cat >"$dir/zoo.cc" <<'END'
#include <future>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static long work(int n)
{
    if (n == 3)
        throw std::runtime_error("three");
    return n * 100L;
}

int main()
{
    std::vector<std::future<long>> all;
    std::map<std::string, long> got;

    for (int n = 0; n < 6; n++)
        all.push_back(std::async(std::launch::async, work, n));
    for (int n = 0; n < 6; n++) {
        try {
            got["n" + std::to_string(n)] = all[n].get();
        } catch (const std::exception &e) {
            got[e.what()] = -1;
        }
    }
    for (auto &[name, value] : got)
        std::cout << name << ' ' << value << '\n';
    throw std::logic_error("the end");
}
END
    does g++ g++ -std=c++17 -O1 -pthread -o "$dir/zoo-cc" "$dir/zoo.cc"
    same_as_host "$dir/zoo-cc"
}
