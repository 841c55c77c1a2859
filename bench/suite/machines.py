# SPDX-License-Identifier: MIT
"""The systems that are compared, and how each starts a program."""

import os
import shlex
import shutil
import signal
import subprocess
import time

ADDRESS = "10.91.0.2"  # a guest's, on tap0
LIMIT = 900  # seconds for one machine: a hang detector


class Job:
    """A program in its root: what a workload runs, the same everywhere."""

    def __init__(self, program, args=(), add=(), init=None, env=None,
                 memory="256M", network=False, machine="q35", counted=False,
                 packed=False):
        self.program = os.path.abspath(program)
        self.args = [str(a) for a in args]
        self.add = list(add)  # SOURCE[:DESTINATION], as `elfin pack` takes them
        self.init = init  # what runs instead of program, a path in the root
        self.env = dict(env or {})
        self.memory = memory
        self.network = network
        self.machine = machine
        self.counted = counted  # guest instructions instead of time
        # One static file is what any kernel can be given; else it is an archive.
        self.alone = not (packed or self.add or self.init)

    def words(self):
        return [self.init or self.program] + self.args


class Running:
    """A started system. Ends with the with statement that holds it."""

    def __init__(self, command, address, log):
        self.address = address
        self.log = log
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=open(log, "wb"),
                                        stderr=subprocess.STDOUT,
                                        start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def output(self):
        with open(self.log, "rb") as f:
            return f.read().decode(errors="replace").replace("\r", "")

    def wait(self, limit=LIMIT):
        """Until it ends by itself; its output."""
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"no end after {limit} s:\n{self.output()[-2000:]}")
        return self.output()

    def wait_for(self, ready, limit=120):
        """Until ready() is true."""
        end = time.monotonic() + limit
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"not ready:\n{self.output()[-2000:]}")
            time.sleep(0.05)


class NotHere(Exception):
    """This workload is not for this system."""


class System:
    name = ""
    address = ADDRESS

    def __init__(self, build, scratch):
        self.build = build
        self.scratch = scratch

    def can(self, job):
        """Whether it can run such a job."""
        return True

    def start(self, job):
        if not self.can(job):
            raise NotHere(f"{self.name} does not take this")
        log = os.path.join(self.scratch, f"{self.name}.log")
        return Running(self.command(job), self.address, log)


def root_archive(build, scratch, job):
    """The cpio archive with the program and what it needs; made once."""
    key = abs(hash((job.program, *job.add)))
    path = os.path.join(scratch, f"root-{key:x}.cpio")
    if not os.path.exists(path):
        add = [word for a in job.add for word in ("--add", a)]
        subprocess.run([f"{build}/elfin", "pack", "-o", path, *add, job.program],
                       check=True, stdout=subprocess.DEVNULL)
    return path


def qemu(job):
    line = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max",
            "-m", job.memory, "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-serial", "stdio"]
    if job.machine == "microvm":
        line += ["-M", "microvm,acpi=off,auto-kernel-cmdline=off,"
                 "x-option-roms=off,pic=off,pit=on,rtc=on"]
    else:
        line += ["-M", job.machine]
    if job.network:
        line += ["-netdev", "tap,id=n,ifname=tap0,script=no,downscript=no",
                 "-device", "virtio-net-pci,netdev=n"]
    if job.counted:
        line += ["-icount", "shift=0,sleep=off"]
    return line


def quoted(words):
    return " ".join(f'"{w}"' if " " in w or not w else w for w in words)


class Elfin(System):
    name = "elfin"

    def command(self, job):
        initrd = (job.program if job.alone
                  else root_archive(self.build, self.scratch, job))
        words = ["log=error"]
        words += [f"env={k}={v}" for k, v in job.env.items()]
        if job.init:
            words.append(f"init={job.init}")
        if job.network:
            words += [f"ip={ADDRESS}/24", "ip6=none"]
        return qemu(job) + ["-kernel", f"{self.build}/elfin.elf", "-initrd", initrd,
                            "-append", quoted(words + ["--"] + job.args)]


def linux_init(build, scratch):
    """The archive with what a Linux guest needs besides the program: an init of
    ours, and the modules of its network card. Made once."""
    path = os.path.join(scratch, "linux.cpio")
    if os.path.exists(path):
        return path
    root = os.path.join(scratch, "linux-root")
    modules = f"{build}/bench/linux/modules"
    for d in ("dev", "proc", "sys", "tmp", "modules"):
        os.makedirs(os.path.join(root, d), exist_ok=True)
    os.mknod(os.path.join(root, "dev/console"), 0o20600, os.makedev(5, 1))
    shutil.copy(f"{build}/bench/linux-init", os.path.join(root, "linux-init"))
    for module in os.listdir(modules) if os.path.isdir(modules) else ():
        shutil.copy(os.path.join(modules, module), os.path.join(root, "modules"))
    subprocess.run("find . | cpio --quiet -o -H newc", shell=True, cwd=root,
                   check=True, stdout=open(path, "wb"))
    return path


def linux_archive(build, scratch, job):
    """The root that Elfin gets, and linux_init's; made once."""
    base = root_archive(build, scratch, job)
    path = base + ".linux"
    if not os.path.exists(path):
        with open(path, "wb") as out:
            for part in (base, linux_init(build, scratch)):
                with open(part, "rb") as f:
                    shutil.copyfileobj(f, out)
    return path


class Linux(System):
    """Debian's cloud kernel with the same archive, and an init of ours."""
    name = "linux"

    def __init__(self, build, scratch):
        super().__init__(build, scratch)
        self.kernel = subprocess.check_output(
            ["bench/linux-kernel", f"{build}/bench/linux"], text=True).strip()

    def command(self, job):
        words = ["console=ttyS0", "quiet", "panic=-1", "rdinit=/linux-init"]
        words += [f"{k}={v}" for k, v in job.env.items()]
        if job.network:
            words.append(f"ADDRESS={ADDRESS}")
        return qemu(job) + ["-kernel", self.kernel, "-initrd",
                            linux_archive(self.build, self.scratch, job),
                            "-append", quoted(words + ["--"] + job.words())]


class Native(System):
    """The host itself, in the same root, for reference."""
    name = "native"
    address = "127.0.0.1"

    def can(self, job):
        return not job.counted

    def command(self, job):
        archive = root_archive(self.build, self.scratch, job)
        root = archive + ".root"
        if not os.path.exists(root):
            os.makedirs(root)
            subprocess.run("cpio -idmu --quiet", shell=True, cwd=root, check=True,
                           stdin=open(archive, "rb"))
        for d in ("dev", "proc", "tmp"):
            os.makedirs(os.path.join(root, d), exist_ok=True)
        inside = 'mount --rbind /dev dev; mount -t proc proc proc; exec chroot . "$@"'
        return ["env", *[f"{k}={v}" for k, v in job.env.items()],
                "unshare", "--mount", "--pid", "--fork", "--kill-child", "--wd", root,
                "sh", "-c", inside, "sh", *job.words()]


class Peer(System):
    """Another kernel by a command line, in which {PROGRAM} and the like are
    replaced (see bench/run); its network card belongs on tap0."""

    def __init__(self, name, template, build, scratch):
        super().__init__(build, scratch)
        self.name = name
        self.template = template

    def can(self, job):
        return (job.alone or "{INITRD}" in self.template) and not job.counted

    def command(self, job):
        line = self.template
        if "{INITRD}" in line:
            line = line.replace("{INITRD}", shlex.quote(
                linux_archive(self.build, self.scratch, job)))
        for name, value in (("PROGRAM", shlex.quote(job.program)),
                            ("ARGUMENTS", quoted(job.args)),
                            ("COMMAND", quoted(job.words())),
                            ("MEMORY", job.memory), ("ADDRESS", ADDRESS)):
            line = line.replace("{%s}" % name, value)
        return shlex.split(line)
