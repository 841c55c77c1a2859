# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154,SC2016,SC2034,SC2046,SC2086,SC2317
# python: a script with threads, subprocesses, sqlite, ssl and compression; the prompt on a terminal
# packages: python3
# memory: 256M
asked() {
    cat >"$dir/zoo.py" <<'END'
#!/usr/bin/python3
import ctypes, hashlib, json, lzma, os, queue, sqlite3, ssl, subprocess, sys, threading, zlib
results = queue.Queue()

def work(n):
    results.put((n, hashlib.sha256(str(n).encode() * 1000).hexdigest()[:8]))

threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(sorted(results.get() for _ in threads))
child = subprocess.run([sys.executable, "-c", "import sys; print(sys.stdin.read()[::-1]); sys.exit(3)"],
                       input="stressed", capture_output=True, text=True)
print(child.stdout, child.returncode)
db = sqlite3.connect("/tmp/zoo.db" if os.getpid() == 1 else ":memory:")
db.execute("create table t(a, b)")
db.executemany("insert into t values (?, ?)", ((n, n * n) for n in range(1000)))
print(db.execute("select count(*), sum(b) from t").fetchone())
print(len(lzma.compress(b"x" * 100000)), zlib.crc32(b"elfin"), ssl.OPENSSL_VERSION)
print(json.dumps({"c": ctypes.CDLL(None).abs(-5)}), sys.argv[1:])
sys.exit(5)
END
    chmod +x "$dir/zoo.py"
    same_as_host "$dir/zoo.py" a 'b c'
    same one 1 "$("$elfin" run /usr/bin/python3 -- -c 'print(1)')"
    "$B/tests/onpty" '?>>>\s x=6\n ?>>>\s print(x*7,\sinput("say"))\n ?say yes\n ?42\syes ?>>>\s \x04' \
        "$elfin" run -t -m "$memory" /usr/bin/python3 >"$dir/prompt" 2>&1 ||
        fail "the prompt: $(cat -v "$dir/prompt")"
}
