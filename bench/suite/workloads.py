# SPDX-License-Identifier: MIT
"""What is measured. A workload is a function of a System that gives rows:
(name, value, unit). See UNITS for which way is better."""

import copy
import os
import re
import socket
import subprocess
import time

from .machines import Elfin, Job, Linux, Native, NotHere, Peer, qemu

# unit: whether more is better
UNITS = {"ns": False, "instructions": False, "ms": False, "us": False,
         "MiB": False, "KiB": False, "/s": True, "MB/s": True}


class Setting:
    """What all workloads share: where things are, how long to measure."""

    def __init__(self, build, scratch, seconds):
        self.build = build
        self.scratch = scratch
        self.seconds = seconds

    def path(self, name):
        return os.path.join(self.build, name)

    def file(self, name, content):
        """A file of the host with this content."""
        path = os.path.join(self.scratch, name)
        if not os.path.exists(path):
            with open(path, "wb") as f:
                f.write(content)
        return path


def table(output, unit):
    """The "name TAB value" lines of a program."""
    return [(m[1], float(m[2]), unit)
            for m in re.finditer(r"^([^\t\n]+)\t([0-9.]+)$", output, re.M)]


def printed(system, job):
    """Rows that the program prints, in ns; guest instructions if counted."""
    with system.start(job) as running:
        rows = table(running.wait(), "instructions" if job.counted else "ns")
        if not rows:
            raise RuntimeError(f"no figures:\n{running.output()[-2000:]}")
        return rows


# --- single operations ------------------------------------------------------------

def calls(setting, system, counted=False):
    return printed(system, Job(setting.path("bench/ops"), counted=counted))


def scale(setting, system, counted=False):
    return printed(system, Job(setting.path("bench/scale"), [10000], memory="1G",
                               counted=counted))


# --- files --------------------------------------------------------------------------

def inserts(count, first, last):
    """SQL that makes a table of so many rows, between two more statements."""
    lines = ["create table t(id integer primary key, a text, b integer);", first]
    lines += [f"insert into t values({i}, 'row {i} of many', {i * 7919 % count});"
              for i in range(count)]
    return "\n".join(lines + [last]).encode()


def sql(setting, system, name, script, counted):
    return printed(system, Job(
        "/usr/bin/sqlite3", [name, "/usr/bin/sqlite3", "/tmp/t.db", f".read {script}"],
        add=[script, setting.path("bench/timed") + ":/timed"], init="/timed",
        counted=counted))


def sqlite(setting, system, counted=False):
    one = setting.file("one.sql", inserts(60000, "begin;", "commit; create index b on t(b);"))
    many = setting.file("many.sql", inserts(3000, "", ""))
    return (sql(setting, system, "sqlite, 60 000 inserts and an index", one, counted)
            + sql(setting, system, "sqlite, 3 000 inserts, each its commit", many, counted))


def untar(setting, system, counted=False):
    tar = os.path.join(setting.scratch, "tree.tar")
    if not os.path.exists(tar):
        tree = os.path.join(setting.scratch, "tree")
        for d in range(50):
            os.makedirs(f"{tree}/{d}")
            for f in range(40):
                with open(f"{tree}/{d}/{f}", "wb") as out:
                    out.write(b"%d\n" % f * (f * 97 % 3000))
        subprocess.run(["tar", "-C", tree, "-cf", tar, "."], check=True)
    return printed(system, Job(
        "/bin/busybox", ["untar, 2 000 files", "/bin/busybox", "tar", "-xf", tar,
                         "-C", "/tmp"],
        add=[tar, setting.path("bench/timed") + ":/timed"], init="/timed",
        counted=counted))


# --- servers ------------------------------------------------------------------------

def answers(address, port, request=None):
    try:
        with socket.create_connection((address, port), 1) as s:
            if request:
                s.settimeout(2)
                s.sendall(request)
                return bool(s.recv(1))
            return True
    except OSError:
        return False


class Stalled(Exception):
    """A server no longer answers its client."""


def client(setting, *command):
    limit = 60 + 10 * setting.seconds  # many times what it does take
    try:
        return subprocess.run([str(c) for c in command], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=limit).stdout
    except subprocess.TimeoutExpired as e:
        raise Stalled(f"{command[0]}: no end after {limit} s") from e


REDIS = Job("/usr/bin/redis-server", ["--save", "", "--appendonly", "no",
                                      "--protected-mode", "no"], network=True, packed=True)


def redis_ready(address):
    return answers(address, 6379, b"PING\r\n")


def redis(setting, system):
    def rate(*options):
        out = client(setting, "redis-benchmark", "-h", running.address, "-c", 30, "-q",
                     "--csv", *options)
        return float(out.splitlines()[-1].split(",")[1].strip('"'))

    rows = []
    with system.start(REDIS) as running:
        running.wait_for(lambda: redis_ready(running.address))
        rate("-n", 1000, "-t", "set")
        for name, options in (("GET", []), ("SET", []), ("GET, -P 16", ["-P", 16])):
            n = 4000 * setting.seconds * (8 if options else 1)
            rows.append((f"redis {name}",
                         rate("-n", n, "-t", name[:3].lower(), *options), "/s"))
    return rows


NGINX_CONF = b"""daemon off; master_process off; error_log /dev/null; pid /tmp/nginx.pid;
events { worker_connections 1024; }
http {
    access_log off; keepalive_requests 1000000; sendfile on;
    client_body_temp_path /tmp/b; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
    uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
    server { listen 8080; root /www; }
}
"""


def nginx_job(setting):
    add = [setting.file("nginx.conf", NGINX_CONF) + ":/nginx.conf",
           setting.file("small", b"x" * 612) + ":/www/small",
           setting.file("large", b"y" * (1 << 20)) + ":/www/large"]
    return Job("/usr/sbin/nginx", ["-c", "/nginx.conf", "-p", "/tmp"], add=add,
               network=True)


def nginx_ready(address):
    return answers(address, 8080, b"GET /small HTTP/1.0\r\n\r\n")


def nginx(setting, system):
    def rate(path, connections, *options):
        out = client(setting, "wrk", "-t", 1, "-c", connections, "-d", setting.seconds,
                     *options, f"http://{running.address}:8080/{path}")
        return float(re.search(r"Requests/sec: +([0-9.]+)", out)[1])

    with system.start(nginx_job(setting)) as running:
        running.wait_for(lambda: nginx_ready(running.address))
        rate("small", 30)
        return [("nginx, 612 bytes", rate("small", 30), "/s"),
                ("nginx, a connection each", rate("small", 30, "-H", "Connection: close"),
                 "/s"),
                ("nginx, 1 MB", rate("large", 4) * 1.048576, "MB/s")]


def memcached(setting, system):
    job = Job("/usr/bin/memcached", ["-u", "root", "-t", 1, "-m", 16], network=True,
              packed=True)
    with system.start(job) as running:
        running.wait_for(lambda: answers(running.address, 11211, b"version\r\n"))
        with socket.create_connection((running.address, 11211)) as s:
            s.sendall(b"set k 0 0 100\r\n" + b"v" * 100 + b"\r\n")
            s.recv(100)
        out = client(setting, setting.path("bench/net-client"), running.address, 11211,
                     "memcached get, 100 bytes", "get k\r\n",
                     len("VALUE k 0 100\r\n") + 102 + len("END\r\n"))
        return table(out, "/s")


def network(setting, system):
    job = Job(setting.path("bench/net"), network=True)
    with system.start(job) as running:
        running.wait_for(lambda: answers(running.address, 7002))
        rows = table(client(setting, setting.path("bench/net-client"), running.address), "/s")
        return [(name, value, "MB/s" if name.endswith("MB") else unit)
                for name, value, unit in rows]


def ping(setting, system):
    job = Job(setting.path("bench/net"), network=True)
    with system.start(job) as running:
        running.wait_for(lambda: answers(running.address, 7002))
        out = client(setting, "ping", "-q", "-f", "-c", 2000, running.address)
        times = re.search(r"= [0-9.]+/([0-9.]+)/", out)
        return [("ping, mean round trip", float(times[1]) * 1000, "us")]


# --- the machine ----------------------------------------------------------------------

def boot(setting, system):
    """From the start to the first byte, without what an empty kernel takes."""
    hello = setting.path("examples/static-pie/hello")
    rows = []
    for machine in ("microvm", "q35"):
        if machine == "microvm" and isinstance(system, (Linux, Peer)):
            continue  # Debian's kernel finds no console there; a peer names its own
        job = Job(hello, machine=machine)
        empty = Job(setting.path("bench/empty.elf"), machine=machine)
        first = first_byte(setting, system.command(job))
        if isinstance(system, Native):
            return [("process to first byte", first, "ms")]
        nothing = first_byte(setting, qemu(empty) + ["-kernel", empty.program])
        rows.append((f"boot to first byte, {machine}", first, "ms"))
        rows.append((f"the same above an empty kernel, {machine}", first - nothing, "ms"))
    return rows


def first_byte(setting, command):
    out = client(setting, setting.path("bench/first-byte"), "Hello", *command)
    return float(out.split()[0]) / 1000


def size(setting, system):
    if isinstance(system, Linux):
        modules = os.path.join(setting.build, "bench/linux/modules")
        size = os.path.getsize(system.kernel) + sum(
            os.path.getsize(os.path.join(modules, m)) for m in os.listdir(modules))
    elif isinstance(system, Elfin):
        size = os.path.getsize(setting.path("elfin.elf"))
    else:
        raise NotHere("only kernels of ours have a known file")
    return [("kernel image", size / 1024, "KiB")]


def says_hello(running):
    return "Hello" in running.wait(60)


def serves(ready):
    def check(running):
        running.wait_for(lambda: ready(running.address), 60)
        return True
    return check


def works(system, job, check):
    try:
        with system.start(job) as running:
            return check(running)
    except RuntimeError:
        return False


def least(name, system, job, check, low, high=256):
    """One row: the least memory, in MiB, with which check holds. None when it
    does not hold with high, or when the system does not take such a job."""
    if not system.can(job):
        return []
    job = copy.copy(job)
    job.memory = f"{high}M"
    if not works(system, job, check):
        return []
    while high - low > 1:
        middle = (low + high) // 2
        job.memory = f"{middle}M"
        if works(system, job, check):
            high = middle
        else:
            low = middle
    return [(f"least memory, {name}", high, "MiB")]


def memory(setting, system):
    if isinstance(system, Native):
        raise NotHere("the host's memory is not ours to limit")
    hello = Job(setting.path("examples/static-pie/hello"))
    return (least("hello", system, hello, says_hello, 2)
            + least("redis", system, REDIS, serves(redis_ready), 4)
            + least("nginx", system, nginx_job(setting), serves(nginx_ready), 4))


# name: function, whether it is also counted, whether it is done in every round
WORKLOADS = {
    "boot": (boot, False, True),
    "size": (size, False, False),
    "memory": (memory, False, False),
    "calls": (calls, True, True),
    "scale": (scale, True, True),
    "sqlite": (sqlite, True, True),
    "untar": (untar, True, True),
    "network": (network, False, True),
    "ping": (ping, False, True),
    "redis": (redis, False, True),
    "nginx": (nginx, False, True),
    "memcached": (memcached, False, True),
}
