# SPDX-License-Identifier: MIT
"""gdb for a machine that runs Elfin: symbols of the kernel, the program, its
interpreter and its libraries at their random bases, and commands that show
what the kernel knows.

    elfin run --gdb PROGRAM       prints the gdb command to type
    gdb -x tools/gdb/elfin.py build/elfin.debug       for any other machine

The kernel keeps the list debug_images of what is mapped executable, and calls
debug_images_changed() when it grows; a breakpoint there loads the symbols. gdb
stops once, when the program is loaded, and goes on by itself for libraries.

What `elfin run --gdb` sets before, in Python: elfin_target, and elfin_files, a
dictionary from paths in the machine to files of the host. Without them, the
gdb variables $elfin_target (default :1234) and $elfin_program (the host's file
of the program) do.

Commands: elfin ps, elfin maps [PID], elfin files [PID], elfin sockets,
elfin trace [COUNT].
"""
import ipaddress
import os
import struct

import gdb

KERNEL_STACK_DEPTH = 24
# Functions that a sleeping thread always is in; the one behind tells why.
WAITING = {"sched_sleep_for_ever", "switch_locked", "sched_switch",
           "sleep_until_woken", "sched_sleep", "wait_sleep",
           "wait_sleep_killable", "mutex_lock", "sched_yield_cpu"}


# --- values ------------------------------------------------------------------

def variable(name):
    value = gdb.convenience_variable(name)
    return value.string() if value is not None else None


def given(name, default):
    return globals().get(name) or getattr(gdb, name, None) or default


def text(value, limit=4096):
    """A char array or pointer of the kernel as a string."""
    return value.string(errors="replace", length=-1)[:limit]


def pointer(name):
    return gdb.lookup_type(f"struct {name}").pointer()


def address_of(value):
    return int(value.address)


def container(pointer, type_name, member):
    """The struct that pointer's object is a member of."""
    kind = gdb.lookup_type(type_name)
    field = next(f for f in kind.fields() if f.name == member)
    return gdb.Value(int(pointer) - field.bitpos // 8).cast(kind.pointer())


def list_entries(head, type_name, member):
    node = head["next"]
    end = address_of(head)
    while int(node) and int(node) != end:
        yield container(node, type_name, member)
        node = node["next"]


def tree_entries(root, type_name, member):
    """The nodes of a kernel red-black tree, in order."""
    stack, node = [], root["node"]
    while stack or int(node):
        while int(node):
            stack.append(node)
            node = node["left"]
        node = stack.pop()
        yield container(node, type_name, member)
        node = node["right"]


def processes():
    """All that are not reaped, process 1 first."""
    found = list(list_entries(gdb.parse_and_eval("process_list"),
                              "struct process", "all_node"))
    if not found:
        raise gdb.GdbError("the program is not loaded yet: continue first")
    return found


def process_of(arg):
    """The process with this number; without one the one that runs now, or the
    first."""
    every = processes()
    if arg:
        found = [p for p in every if int(p["pid"]) == int(arg)]
        if not found:
            raise gdb.GdbError(f"there is no process {arg}: elfin ps has all")
        return found[0]
    running = gdb.Value(current_thread()).cast(pointer("thread"))
    running = int(running["process"]) if int(running) else 0
    return next((p for p in every if int(p) == running), every[0])


def threads(process):
    return list(list_entries(process["threads"], "struct thread",
                             "process_node"))


def symbol_at(address):
    """NAME+OFFSET of the kernel's or the program's code, or the number."""
    words = gdb.execute(f"info symbol {address:#x}", to_string=True).split()
    if words[:1] == ["No"] or not words:
        return f"{address:#x}"
    if len(words) > 2 and words[1] == "+":
        return f"{words[0]}+{words[2]}"
    return words[0]


def function_at(address):
    """The function in the symbol table, not one that was inlined there."""
    return symbol_at(address).split("+")[0].split(".")[0]


# --- symbols -----------------------------------------------------------------

def host_file(path):
    """The host's file for a path in the machine, or None."""
    files = given("elfin_files", {})
    names = [files.get(path), path, path.lstrip("/")]
    one = variable("elfin_program")
    if one and os.path.basename(one) == os.path.basename(path):
        names.insert(0, one)
    return next((n for n in names if n and os.path.isfile(n)), None)


def file_bias(file, start, offset):
    """How far the addresses of an ELF file are moved when its part from offset
    on lies at start; None when there is no such part."""
    with open(file, "rb") as f:
        head = f.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            return None
        phoff, = struct.unpack_from("<Q", head, 32)
        phentsize, phnum = struct.unpack_from("<HH", head, 54)
        f.seek(phoff)
        table = f.read(phentsize * phnum)
    for i in range(phnum):
        kind, flags, at, vaddr, _, size = struct.unpack_from(
            "<IIQQQQ", table, i * phentsize)
        if kind == 1 and flags & 1 and at & -4096 <= offset < at + size:
            return start - ((vaddr & -4096) + offset - (at & -4096))
    return None


class Images:
    """The program's files whose symbols gdb has."""

    def __init__(self):
        self.known = {}  # start -> (path, offset)

    def load(self, image):
        start, offset = int(image["start"]), int(image["offset"])
        path = text(image["path"])
        if self.known.get(start) == (path, offset):
            return
        if start in self.known:
            try:
                gdb.execute(f"remove-symbol-file -a {start:#x}",
                            to_string=True)
            except gdb.error:
                pass
        self.known[start] = (path, offset)
        if path.startswith("["):
            return  # the kernel's own, as the vDSO
        file = host_file(path)
        bias = file and file_bias(file, start, offset)
        if bias is None:
            print(f"elfin: {path} is mapped at {start:#x}: its symbols are "
                  "not here (say where with set $elfin_program, or run "
                  "elfin run --gdb)")
            return
        gdb.execute(f"add-symbol-file {file} -o {bias:#x}", to_string=True)
        print(f"elfin: {path} is mapped at {bias:#x}, symbols from {file}")

    def update(self):
        """Loads what is new; true when it is the program itself."""
        first = not self.known
        images = gdb.parse_and_eval("debug_images")
        for i in range(int(images["count"])):
            self.load(images["image"][i])
        return first and bool(self.known)


images = Images()


def images_changed():
    """At the breakpoint in debug_images_changed()."""
    if images.update():
        print("elfin: the program is loaded; set breakpoints and continue")
    else:
        gdb.execute("continue")


# --- commands ----------------------------------------------------------------

class Elfin(gdb.Command):
    """What the kernel knows: elfin ps|maps|files|trace|sockets."""

    def __init__(self):
        super().__init__("elfin", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)


class Sub(gdb.Command):
    def __init__(self, name, work, doc):
        self.__doc__ = doc
        self.work = work
        super().__init__("elfin " + name, gdb.COMMAND_STATUS,
                         gdb.COMPLETE_NONE)

    def invoke(self, arg, from_tty):
        self.work(arg)


def in_program():
    return int(gdb.parse_and_eval("$cs")) & 3 == 3


def current_thread():
    base = "$k_gs_base" if in_program() else "$gs_base"
    return int(gdb.parse_and_eval(f"((struct cpu *){base})->current"))


def saved_regs(thread):
    kind = gdb.lookup_type("struct regs")
    return gdb.Value(int(thread["stack_top"]) - kind.sizeof).cast(
        kind.pointer())


def wait_place(thread):
    """The function that put a thread to sleep: the first on its kernel stack
    that is no part of sleeping itself."""
    word = gdb.lookup_type("unsigned long").pointer()
    low, top = int(thread["stack_base"]), int(thread["stack_top"])
    frame = gdb.Value(int(thread["switch_sp"])).cast(word)
    # What stacks_switch pushed: rip, rbp. A new thread has rip alone.
    rip, rbp = int(frame[0]), int(frame[1])
    for _ in range(KERNEL_STACK_DEPTH):
        name = function_at(rip - 1)
        if name not in WAITING:
            return name
        if not low <= rbp <= top - 16:
            break
        frame = gdb.Value(rbp).cast(word)
        rbp, rip = int(frame[0]), int(frame[1])
    return "?"


def call_name(number):
    if 0 <= number < int(gdb.parse_and_eval("syscall_count")):
        name = gdb.parse_and_eval(f"syscall_infos[{number}].name")
        if int(name):
            return text(name)
    return f"syscall_{number}"


def call_of(thread):
    """The system call that a sleeping thread made, or that it was in none."""
    regs = saved_regs(thread)
    number = int(regs["orig_rax"])
    args = [int(regs[r]) for r in ("rdi", "rsi", "rdx")]
    if number >= 1 << 63:
        return ""
    return f"{call_name(number)}({', '.join(f'{a:#x}' for a in args)}, ...)"


def where_running(thread):
    """The kernel's function, and the call or code, of what runs now."""
    here = symbol_at(int(gdb.parse_and_eval("$rip")))
    if in_program():
        return "", here
    return here.split("+")[0], call_of(thread)


def where(thread):
    code = symbol_at(int(saved_regs(thread)["rip"]))
    if str(thread["state"]) == "THREAD_SLEEPING":
        return wait_place(thread), call_of(thread) or code
    return "", code


def show_ps(_arg):
    running = current_thread()
    print(f"{'PID':>5} {'TID':>5} {'STATE':9} {'WHERE':24} {'CALL OR CODE'}"
          "  NAME")
    for p in processes():
        if not threads(p):
            state = str(p["state"]).replace("PROCESS_", "").lower()
            print(f"{int(p['pid']):>5} {'-':>5} {state:9} {'':24}   "
                  f"{text(p['name'])}")
        for t in threads(p):
            state = str(t["state"]).replace("THREAD_", "").lower()
            if int(t) == running:
                state, (place, code) = "running", where_running(t)
            else:
                place, code = where(t)
            print(f"{int(p['pid']):>5} {int(t['tid']):>5} {state:9} "
                  f"{place:24} {code}  {text(t['name'])}")


def dentry_path(d):
    """The path of a name in the tree; across mounts as far as it is known."""
    parts = []
    while int(d) and len(parts) < 64:
        if not int(d["parent"]):
            mount = d["root_of"]
            if not int(mount) or not int(mount["point"]):
                break
            d = mount["point"]
            continue
        parts.append(text(d["name"]))
        d = d["parent"]
    return "/" + "/".join(reversed(parts))


def object_path(pointer):
    """The name of what is mapped: a file's, or the symbol of its operations."""
    ops = symbol_at(int(pointer["ops"])).split("+")[0]
    if ops == "part_ops":
        return text(container(pointer, "struct vdso_part", "object")["name"])
    get = function_at(int(pointer["ops"]["get"]))
    if get != "vnode_object_get":
        return f"[{ops}]"
    vnode = container(pointer, "struct vnode", "object")
    for d in list_entries(vnode["names"], "struct dentry", "alias"):
        return dentry_path(d)
    return "(deleted)"


def show_maps(arg):
    space = process_of(arg)["space"]
    if not int(space):
        raise gdb.GdbError("that process has ended")
    flags = {n: 1 << b for b, n in enumerate(
        ("r", "w", "x", "shared", "down", "stack", "heap"))}
    for a in tree_entries(space["areas"], "struct vm_area", "node"):
        f = int(a["flags"])
        mode = "".join(n if f & flags[n] else "-" for n in "rwx")
        mode += "s" if f & flags["shared"] else "p"
        name = ""
        if int(a["object"]):
            name = object_path(a["object"])
        elif f & flags["stack"]:
            name = "[stack]"
        elif f & flags["heap"]:
            name = "[heap]"
        print(f"{int(a['start']):012x}-{int(a['end']):012x} {mode} "
              f"{int(a['offset']):08x} {name}")


def tables(process):
    """Its tables of descriptors: pairs of (table, tids)."""
    found = {}
    for t in threads(process):
        if int(t["files"]):
            found.setdefault(int(t["files"]), (t["files"], []))[1].append(
                str(int(t["tid"])))
    return list(found.values())


def open_files(table):
    """Pairs of (fd, struct file *)."""
    for fd in range(int(table["size"])):
        if int(table["files"][fd]):
            yield fd, table["files"][fd]


def show_files(arg):
    for table, tids in tables(process_of(arg)):
        print(f"descriptors of threads {', '.join(tids)}:")
        print(f"{'FD':>5} {'MODE':4} {'OFFSET':>10} FILE")
        for fd, f in open_files(table):
            mode = int(f["mode"])
            modes = ("r" if mode & 1 else "-") + ("w" if mode & 2 else "-")
            ops = symbol_at(int(f["ops"])).split("+")[0]
            name = dentry_path(f["dentry"]) if int(f["dentry"]) else f"({ops})"
            print(f"{fd:>5} {modes:4} {int(f['pos']):>10} {name}")


def record_text(r):
    kind = str(r["kind"]) if not str(r["kind"]).isdigit() else int(r["kind"])
    words = [int(r["words"][i]) for i in range(6)]
    small = int(r["small"])
    names = {int(f.enumval): f.name for f in
             gdb.lookup_type("enum trace_kind").fields()}
    name = names.get(int(kind), f"kind {kind}")
    name = name.replace("TRACE_", "").lower().replace("_", " ")
    if name == "call enter":
        number = words[5] if small == 0xffff else small
        args = ", ".join(f"{w:#x}" for w in words[:3])
        return f"{call_name(number)}({args}, ...)"
    if name == "call exit":
        number = words[5] if small == 0xffff else small
        result = words[0] - (1 << 64) if words[0] >> 63 else words[0]
        return f"{call_name(number)} = {result}"
    if name == "fault":
        return f"fault at {words[1]:#x}, from {symbol_at(words[2])}"
    if name.startswith("packet"):
        return f"{name}, interface {words[0]}, {words[1]} bytes"
    if name == "interrupt":
        return f"interrupt {small}"
    if name in ("switch", "wake"):
        tid = words[0] - (1 << 64) if words[0] >> 63 else words[0]
        return f"{name} to thread {tid}" if name == "switch" else \
            f"wakes thread {tid}"
    return f"{name} {words[0]:#x} {words[1]:#x}"


def ring_records(ring, count):
    """The newest records of a CPU's ring, oldest first."""
    per_block = int(gdb.parse_and_eval("sizeof(struct trace_record)"))
    block, blocks = int(ring["block"]), int(ring["block_count"])
    base = ring["blocks"][block]
    size = (int(ring["end"]) - int(base)) // per_block
    at = (int(ring["at"]) - int(base)) // per_block
    found = []
    for _ in range(min(count, int(ring["written"]), size * blocks - 1)):
        if at == 0:
            block, at = (block or blocks) - 1, size
            base = ring["blocks"][block]
        at -= 1
        found.append(base[at])
    return reversed(found)


def show_trace(arg):
    if not gdb.lookup_global_symbol("ring_list"):
        raise gdb.GdbError("this kernel has no trace ring")
    ring = gdb.parse_and_eval("ring_list")
    if not int(ring):
        print("nothing is recorded: start the machine with trace-ring=4M "
              "(elfin run --trace-file FILE)")
        return
    start = int(gdb.parse_and_eval("ring_start_time"))
    while int(ring):
        print(f"cpu {int(ring['cpu'])}, {int(ring['written'])} records:")
        for r in ring_records(ring, int(arg or 20)):
            seconds = (int(r["time"]) - start) / 1e9
            print(f"{seconds:12.6f} {int(r['tid']):>4} {record_text(r)}")
        ring = ring["next_ring"]


def chain(table):
    """The entries of a struct net_table, as addresses."""
    if not int(table["buckets"]):
        return
    for i in range(int(table["mask"]) + 1):
        entry = int(table["buckets"][i])
        while entry:
            yield entry
            port = gdb.Value(entry).cast(pointer("port"))
            entry = int(port["next"])


def big_endian(value):
    value = int(value)
    return (value & 0xff) << 8 | value >> 8


def address_text(address, port):
    raw = bytes(int(address["b"][i]) for i in range(16))
    ip = ipaddress.IPv6Address(raw)
    host = ip.ipv4_mapped or ip
    number = big_endian(port) or "*"
    if int(host) == 0:
        return f"*:{number}"
    return f"[{host}]:{number}" if host.version == 6 else f"{host}:{number}"


def unix_name(u):
    a = u["addr"]
    if not int(u) or not int(a):
        return "*"
    raw = bytes(int(a["bytes"][i]) for i in range(2, int(a["len"])))
    shown = "@" + raw[1:].decode(errors="replace") if raw[:1] == b"\0" else \
        raw.split(b"\0")[0].decode(errors="replace")
    return shown or "*"


def show_unix(sk):
    u = sk.cast(pointer("unix_sock"))
    state = str(u["state"]).replace("UNIX_", "").lower()
    return state, unix_name(u), unix_name(u["peer"])


def show_inet(sk):
    flow = sk["flow"]
    state = ""
    if int(sk["protocol"]) == 6:
        number = int(sk.cast(pointer("tcp_sock"))["state"])
        names = {int(f.enumval): f.name for f in
                 gdb.lookup_type("enum abi_tcp_state").fields()}
        state = names.get(number, str(number)).replace("ABI_TCP_", "").lower()
    return (state, address_text(flow["local"], flow["local_port"]),
            address_text(flow["remote"], flow["remote_port"]))


def show_socket(sk, owners):
    family, kind = int(sk["family"]), int(sk["type"])
    if family == 1:
        names = {1: "u_str", 2: "u_dgr", 5: "u_seq"}
        name, ends = names.get(kind, "unix"), show_unix(sk)
    else:
        names = {6: "tcp", 17: "udp", 1: "icmp"}
        name = "raw" if kind == 3 else names.get(int(sk["protocol"]), "?")
        ends = show_inet(sk)
    state, local, remote = ends
    print(f"{name:5} {state:11} {int(sk['rmem']):>7} {int(sk['wmem']):>7} "
          f"{local} > {remote}  {', '.join(owners)}")


def sockets_with_files():
    """Pairs of (PID/FD, struct sock *)."""
    for p in processes():
        for table, _tids in tables(p):
            for fd, f in open_files(table):
                if symbol_at(int(f["ops"])) == "socket_file_ops":
                    s = f["private"].cast(pointer("socket"))
                    yield f"{int(p['pid'])}/{fd}", s["sk"]


def sockets_with_ports():
    for entry in chain(gdb.parse_and_eval("net_stack.ports")):
        port = gdb.Value(entry).cast(pointer("port"))
        for use in list_entries(port["uses"], "struct port_use", "node"):
            if int(use["sock"]):
                yield use["sock"]


def show_sockets(_arg):
    found = {}
    for owner, sk in sockets_with_files():
        found.setdefault(int(sk), (sk, []))[1].append(owner)
    for sk in sockets_with_ports():
        found.setdefault(int(sk), (sk, ["-"]))
    if not found:
        print("no sockets")
        return
    print(f"{'KIND':5} {'STATE':11} {'IN':>7} {'OUT':>7} "
          "LOCAL > REMOTE  PID/FD")
    for sk, owners in found.values():
        show_socket(sk, owners)


def start():
    for setting in ("confirm off", "pagination off",
                    "breakpoint pending on"):
        gdb.execute(f"set {setting}")
    Elfin()
    Sub("ps", show_ps, "Processes and threads: state, where they wait, their "
        "system call.")
    Sub("maps", show_maps, "A process's memory, as /proc/PID/maps: the running "
        "one's, or PID's.")
    Sub("files", show_files, "Open descriptors of the running process, or of "
        "PID.")
    Sub("trace", show_trace, "The last records of the trace ring (20, or "
        "COUNT).")
    Sub("sockets", show_sockets, "All sockets, whose they are, their ends and "
        "the bytes in their queues.")
    target = given("elfin_target", None) or variable("elfin_target")
    gdb.execute(f"target remote {target or ':1234'}")
    # A hardware breakpoint: the kernel is not in memory yet.
    gdb.execute("hbreak debug_images_changed", to_string=True)
    number = gdb.parse_and_eval("$bpnum")
    gdb.execute(f"commands {int(number)}\nsilent\npython images_changed()\n"
                "end", to_string=True)
    if int(gdb.parse_and_eval("$cs")) and int(
            gdb.parse_and_eval("$rip")) >> 63:
        images.update()  # a machine that is already under way


start()
