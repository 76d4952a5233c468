"""Ways out through the kernel: tracing, other processes' memory, namespaces, old and new calls."""

from functools import partial

from tests.attacks.attack import Attack, end

escapes = partial(Attack, family="escaping", status="graded|partly run", defence="kernel")


def calls(name, *sources, **more):
    """Cells that use the kernel past Python."""
    return escapes(name, cells=tuple(map(end, sources)), **more)


ATTACKS = (
    calls("traces other processes", """
        for pid in (CANARY["sleeper"], CANARY["grader"], os.getppid()):
            kernel("traces another process", "ptrace", 0x4206, pid, 0, 0)       # PTRACE_SEIZE
        """),
    calls("asks its parent to trace it", """
        import signal
        kernel("is traced", "ptrace", 0, 0, 0, 0)
        if breaches:
            os.kill(os.getpid(), signal.SIGSTOP)
        """),
    calls("reads the memory of other processes", """
        buffer = ctypes.create_string_buffer(8)
        here = struct.pack("<QQ", ctypes.addressof(buffer), 8)
        # Its own address of the same library: the same in a parent that it was forked from.
        there = struct.pack("<QQ", ctypes.addressof(ctypes.c_char.in_dll(
            ctypes.CDLL(None), "environ")), 8)
        for pid in (CANARY["sleeper"], CANARY["grader"], os.getppid()):
            kernel("reads memory", "process_vm_readv", pid, here, 1, there, 1, 0)
            kernel("compares processes", "kcmp", pid, os.getpid(), 2, 0, 0)
        """),
    calls("takes open files of other processes", """
        for pid in (CANARY["sleeper"], CANARY["grader"], os.getppid()):
            handle = system_call("pidfd_open", pid, 0)
            if handle >= 0:
                for fd in range(8):
                    kernel("takes an open file", "pidfd_getfd", handle, fd, 0)
                if pid != os.getppid():
                    kernel("may send a signal", "pidfd_send_signal", handle, 0, 0, 0)
        """),
    calls("forks past Python", """
        def child(name, *args):
            came = system_call(name, *args)
            if came == 0:
                os._exit(0)
            if came > 0:
                breach("forks by " + name)
        child("clone", 17, 0, 0, 0, 0)
        child("clone3", struct.pack("<QQQQQQQQ", 0, 0, 0, 0, 17, 0, 0, 0), 64)
        child("fork")
        """),
    calls("becomes another program without a file", """
        handle = system_call("memfd_create", b"program", 0)
        if handle >= 0:
            os.write(handle, b"#!/bin/sh\\n: > " + CANARY["marks"].encode() + b"memfd\\n")
            argv = (ctypes.c_char_p * 2)(b"program", None)
            system_call("execveat", handle, b"", argv, None, 0x1000)
        """),
    calls("opens a world of its own", """
        CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID = 1 << 28, 1 << 17, 1 << 30, 1 << 29
        for flag in (CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET, CLONE_NEWPID):
            kernel(f"unshare {flag:#x}", "unshare", flag)
        """),
    calls("enters the namespaces of the grader", """
        for name in ("mnt", "net", "pid", "user"):
            try:
                handle = os.open(f"/proc/{CANARY['grader']}/ns/{name}", os.O_RDONLY)
            except OSError:
                continue
            kernel("enters " + name, "setns", handle, 0)
        handle = system_call("pidfd_open", CANARY["grader"], 0)
        if handle >= 0:
            kernel("enters by a handle", "setns", handle, 1 << 17)
        """),
    calls("mounts", """
        os.mkdir("here")
        kernel("mounts", "mount", b"none", b"here", b"tmpfs", 0, 0)
        kernel("binds", "mount", CANARY["folder"].encode(), b"here", 0, 4096, 0)
        while system_call("umount2", b"here", 2) >= 0:
            pass
        kernel("chroots", "chroot", b"here")
        kernel("opens a tree", "open_tree", -100, b"/", 1)
        kernel("opens a file system", "fsopen", b"tmpfs", 0)
        """),
    calls("opens files by their number", """
        handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0) + bytes(128))
        kind = ctypes.c_int()
        path = CANARY["files"][0].encode()
        came = system_call("name_to_handle_at", -100, path, handle, ctypes.byref(kind), 0)
        if came >= 0:
            root = os.open("/", 0o10000000)
            kernel("opens by number", "open_by_handle_at", root, handle, 0)
        """),
    calls("a ring of requests past every filter", """
        setup = ctypes.create_string_buffer(120)
        kernel("io_uring", "io_uring_setup", 8, setup)
        """),
    calls("handles its own page faults", """
        kernel("userfaultfd", "userfaultfd", 0)
        """),
    calls("programs for the kernel", """
        kernel("bpf", "bpf", 0, struct.pack("<IIII", 2, 4, 4, 1) + bytes(56), 72)
        event = struct.pack("<IIQ", 1, 112, 0) + bytes(96)
        kernel("performance counters", "perf_event_open", event, CANARY["sleeper"], -1, -1, 0)
        """),
    calls("keys that outlive the sandbox", """
        kernel("adds a key", "add_key", b"user", b"lossbook-breach", b"x", 1, -2)
        kernel("joins a ring of keys", "keyctl", 1, b"lossbook-breach")
        """),
    calls("memory and queues that outlive the sandbox", """
        for create, control, args in (("shmget", "shmctl", (0, 4096, 0o1600)),
                                      ("msgget", "msgctl", (0, 0o1600)),
                                      ("semget", "semctl", (0, 1, 0o1600))):
            number = system_call(create, *args)
            if number >= 0:
                system_call(control, number, 0, 0)                                # IPC_RMID
                breach(create)
        """),
    calls("watches what others do with files", """
        kernel("fanotify", "fanotify_init", 0, 0)
        kernel("the kernel's log", "syslog", 3, ctypes.create_string_buffer(64), 64)
        """),
    calls("leases what others will import, and looks on", """
        import fcntl, signal
        import numpy
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # ignore the signal of a waiting process
        packages = os.path.dirname(os.path.dirname(numpy.__file__))
        shared = os.path.join(packages, "scipy", "stats", "__init__.py")
        tries("leases a file", fcntl.fcntl, os.open(shared, os.O_RDONLY), 1024, fcntl.F_WRLCK)
        folder = os.open(os.path.dirname(shared), os.O_RDONLY)
        tries("is notified of a folder", fcntl.fcntl, folder, 1026, 0x80000001)     # F_NOTIFY
        """),
    calls("the numbers of another world", """
        import platform, socket
        if platform.machine() == "x86_64" and sys.platform == "linux":
            call = ctypes.CDLL(None).syscall
            call.restype = ctypes.c_long
            if call(ctypes.c_long(0x40000000 + 41), 2, 1, 0) >= 0:
                breach("a socket by the x32 numbers")
            pid = call(ctypes.c_long(0x40000000 + 57))
            if pid == 0:
                os._exit(0)
            if pid > 0:
                breach("forks by the x32 numbers")
        """),
    calls("the 32-bit entry", """
        import mmap, platform
        if platform.machine() == "x86_64" and sys.platform == "linux":
            code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
            # push rbx; eax = 359 (socket); ebx = 2; ecx = 1; edx = 0; int 0x80; pop rbx; ret
            code.write(bytes.fromhex("53b867010000bb02000000b90100000031d2cd805bc3"))
            address = ctypes.addressof(ctypes.c_char.from_buffer(code))
            if ctypes.CFUNCTYPE(ctypes.c_int)(address)() >= 0:
                breach("a socket by the 32-bit entry")
        """),
    calls("undoes the locks", """
        C = ctypes.CDLL(None, use_errno=True)
        PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_PDEATHSIG = 4, 38, 22, 1
        C.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
        C.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)
        if C.prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0:
            breach("takes back the promise of no new privileges")
        if C.prctl(39, 0, 0, 0, 0) == 0:                        # PR_GET_NO_NEW_PRIVS
            breach("never promised to take no new privileges")
        if C.prctl(PR_SET_SECCOMP, 0, 0, 0, 0) == 0:
            breach("takes back the filter")
        """),
    calls("becomes another user", """
        if os.getuid() != 0:
            tries("becomes root", os.setuid, 0)
        status = ""
        try:
            status = open("/proc/self/status").read()
        except OSError:
            pass
        for line in status.splitlines():
            if line.startswith("CapEff") and int(line.split()[1], 16):
                breach("has powers of the system: " + line)
        tries("changes the root", os.chroot, "/")
        """),
)  # fmt: skip
