"""Ways out of the sandbox: network, processes, signals, files of others, devices."""

from functools import partial

from tests.attacks.attack import Attack, end, start

escapes = partial(Attack, family="escaping", status="graded|partly run")


def by(defence, name, *sources, **more):
    """Cells at the end that try a way out; `defence` must stop them."""
    return escapes(name, defence=defence, cells=tuple(map(end, sources)), **more)


network = partial(by, "network")
processes = partial(by, "processes")
files = partial(by, "files")

_HELLO = """
    import socket
    def hello(door, address, kind=socket.SOCK_STREAM, family=socket.AF_INET):
        try:
            with socket.socket(family, kind) as one:
                one.settimeout(2)
                one.connect(address)
                one.send(b"hello")
        except OSError:
            return
        if kind == socket.SOCK_STREAM:
            breach("reaches " + door)
    """

ATTACKS = (
    # -------------------------------------------------------------------------- network
    network("calls this machine", _HELLO, """
        hello("127.0.0.1", ("127.0.0.1", CANARY["port"]))
        hello("localhost", ("localhost", CANARY["port"]))
        hello("::ffff:127.0.0.1", ("::ffff:127.0.0.1", CANARY["port"]), family=socket.AF_INET6)
        """),
    network("calls this machine without a connection", _HELLO, """
        hello("127.0.0.1 (UDP)", ("127.0.0.1", CANARY["port"]), socket.SOCK_DGRAM)
        """),
    network("asks a server on the web", """
        import urllib.request
        for host in (f"127.0.0.1:{CANARY['port']}", "192.0.2.1"):
            tries("opens http://" + host, urllib.request.urlopen, f"http://{host}/", timeout=2)
        """),
    network("asks for a name", """
        import socket
        def ask():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                return one.sendto(b"lossbook", ("192.0.2.1", 53))
        tries("sends a question to a name server", ask)
        """),
    network("calls by sockets without a network", _HELLO, """
        hello("a socket in a folder", CANARY["unix"], family=socket.AF_UNIX)
        hello("a socket without a file", "\\0" + CANARY["abstract"], family=socket.AF_UNIX)
        """),
    network("talks to the kernel", """
        import socket
        for family, kind, number in ((16, socket.SOCK_RAW, 0), (17, socket.SOCK_RAW, 768),
                                     (2, socket.SOCK_RAW, 1), (38, socket.SOCK_SEQPACKET, 0),
                                     (40, socket.SOCK_STREAM, 0)):
            if family in (17, 2):
                tries(f"opens a raw socket ({family})", socket.socket, family, kind, number)
            else:
                try:
                    socket.socket(family, kind, number).close()
                except OSError:
                    pass
        """),
    network("opens a server of its own", """
        import socket
        def serve():
            with socket.create_server(("0.0.0.0", 0)) as server:
                port = server.getsockname()[1]
                with socket.create_connection(("127.0.0.1", CANARY["port"]), 2):
                    return port
        tries("opens a server and reaches the machine", serve)
        """),
    # ------------------------------------------------------------------------ processes
    processes("forks", """
        if (pid := os.fork()) == 0:
            os._exit(0)
        else:
            os.waitpid(pid, 0)
            breach("forks")
        """),
    processes("starts programs", """
        import subprocess, sys
        touch = [sys.executable, "-c", f"open({CANARY['marks'] + 'program'!r}, 'w')"]
        tries("runs a program", subprocess.run, touch, timeout=5)
        tries("starts a program", os.posix_spawn, sys.executable, touch, {})
        tries("runs a shell", subprocess.check_call, "true", shell=True, timeout=5)
        """, """
        if os.system("true") == 0:
            breach("os.system")
        """, """
        tries("os.popen", lambda: 1 / (os.popen("echo hi").read() == "hi\\n"))
        """),
    processes("starts a pool of workers", """
        import multiprocessing
        def work():
            def start(method):
                with multiprocessing.get_context(method).Pool(1) as pool:
                    return pool.apply_async(abs, (-1,)).get(timeout=3)
            for method in multiprocessing.get_all_start_methods():
                tries("starts a worker by " + method, start, method)
        work()
        """),
    processes("becomes another program", """
        shell = next(filter(os.path.exists, ("/bin/sh", "/usr/bin/sh")), "/bin/sh")
        line = "echo BRE''ACH: becomes a shell; : > " + CANARY["marks"] + "shell"
        os.execv(shell, ["sh", "-c", line])
        """),
    processes("shell commands of the notebook", """
        !touch {CANARY["marks"]}exclamation
        lines = !touch {CANARY["marks"]}captured
        %sx touch {CANARY["marks"]}sx
        %pip list --disable-pip-version-check
        """, """
        %%bash -s {CANARY["marks"]}
        : > $1bash
        """, """
        %%script python3 - {CANARY["marks"]}
        import sys
        open(sys.argv[1] + "script", "w")
        """, """
        get_ipython().system("touch " + CANARY["marks"] + "system")
        get_ipython().getoutput("touch " + CANARY["marks"] + "output")
        """),
    escapes("stays behind when the sandbox closes", defence="processes", cells=(start("""
        import threading, time
        def haunt():
            while True:
                time.sleep(0.2)
                if os.getppid() == 1 and CANARY["grader"] != 1:
                    mark("outlives-the-sandbox")
        threading.Thread(target=haunt, daemon=False).start()
        """),)),
    processes("leaves the group of its parents", """
        for call, args in ((os.setsid, ()), (os.setpgid, (0, 0)), (os.setpgid, (0, os.getppid()))):
            try:
                call(*args)
            except OSError:
                pass
        """),
    # -------------------------------------------------------------------------- signals
    processes("sends signals", """
        import signal
        for pid in (CANARY["sleeper"], CANARY["grader"]):
            tries("may end another process", os.kill, pid, 0)
            tries("may end another group", os.killpg, pid, 0)
            kernel("may end a process", "kill", pid, 0)
            kernel("may end a thread", "tkill", pid, 0)
            kernel("may end a thread", "tgkill", pid, pid, 0)
        """),
    processes("kills the process that sleeps nearby", """
        import signal
        os.kill(CANARY["sleeper"], signal.SIGKILL)
        """),
    processes("lets a file send the signal", """
        import fcntl, signal
        reading, writing = os.pipe()
        fcntl.fcntl(reading, 10, signal.SIGTERM)              # F_SETSIG
        fcntl.fcntl(reading, fcntl.F_SETOWN, CANARY["sleeper"])
        flags = fcntl.fcntl(reading, fcntl.F_GETFL)
        fcntl.fcntl(reading, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
        os.write(writing, b"x")
        """),
    processes("changes the limits and the turn of others", """
        import resource
        for pid in (CANARY["sleeper"], CANARY["grader"]):
            tries("reads the limits of another process", resource.prlimit, pid, 7)
        sleeper = CANARY["sleeper"]
        tries("slows another process", os.setpriority, os.PRIO_PROCESS, sleeper, 19)
        tries("moves another process", os.sched_setaffinity, sleeper, {0})
        tries("schedules another", os.sched_setscheduler, sleeper, os.SCHED_IDLE,
              os.sched_param(0))
        """),
    escapes("lifts its own limits", defence="limits", cells=(end("""
        import resource
        for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_CORE"):
            number = getattr(resource, name)
            soft, hard = resource.getrlimit(number)
            try:
                resource.setrlimit(number, (hard, hard))
            except (OSError, ValueError):
                pass
            if hard != resource.RLIM_INFINITY:
                tries("raises " + name, resource.setrlimit, number, (hard, hard * 2 + 1))
        """),)),
    # ------------------------------------------------------------------ files of others
    files("writes where it should not", """
        import tempfile
        mark("written")
        for path in CANARY["files"]:
            for mode in ("r+b", "ab", "wb"):
                tries("opens to write " + path, open, path, mode)
            tries("cuts off " + path, os.truncate, path, 0)
        for folder in (CANARY["folder"], CANARY["package"], CANARY["home"], "/usr", "/etc"):
            tries("may write in " + folder, tempfile.TemporaryFile, dir=folder)
        """, '%%writefile {CANARY["marks"]}magic\nwritten', """
        %logstart -o {CANARY["marks"]}log
        """),
    files("moves, deletes and creates", """
        folder, path = CANARY["folder"], CANARY["files"][0]
        open("mine", "w").close()
        tries("moves a file in", os.replace, "mine", path)
        tries("moves a file out", os.rename, path, "stolen")
        tries("deletes", os.unlink, path)
        tries("makes a folder", os.mkdir, folder + "/new")
        tries("makes a link", os.symlink, "x", folder + "/link")
        tries("makes a pipe", os.mkfifo, folder + "/pipe")
        tries("makes a hard link", os.link, "mine", folder + "/hard")
        """),
    files("changes what is known about files", """
        path = CANARY["files"][0]
        tries("chmod", os.chmod, path, 0o666)
        tries("chmod of a folder", os.chmod, CANARY["folder"], 0o777)
        tries("utime", os.utime, path, (0, 0))
        tries("chown", os.chown, path, os.getuid(), os.getgid())
        tries("setxattr", os.setxattr, path, "user.lossbook", b"breach")
        """),
    files("links for the grader to follow", """
        os.symlink(CANARY["folder"], "folder")
        os.symlink(CANARY["files"][0], "file")
        os.symlink("/", "root")
        os.symlink("loop", "loop")
        os.mkfifo("pipe")
        import shutil
        here = os.getcwd()
        os.chdir("/")
        os.rename(here, here + "-moved")
        os.symlink(CANARY["folder"], here)
        """),
    files("opens devices", """
        for path in ("/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/fuse", "/dev/kvm",
                     "/dev/loop-control", "/dev/tty", "/dev/console", "/dev/input/event0",
                     "/dev/ptmx", "/dev/vsock", "/dev/net/tun", "/dev/userfaultfd"):
            tries("opens " + path, os.open, path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        """),
    files("makes devices", """
        def zero():
            os.mknod("zero", 0o666 | stat.S_IFCHR, os.makedev(1, 5))
            return 1 / len(open("zero", "rb").read(1))
        tries("makes a device", zero)
        """),
    files("sets up the machine", """
        for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/self/oom_adj",
                     "/proc/sys/vm/overcommit_memory", "/sys/kernel/uevent_helper",
                     f"/proc/{CANARY['grader']}/oom_score_adj", "/proc/self/attr/current",
                     "/sys/fs/cgroup/cgroup.procs"):
            tries("opens to write " + path, os.open, path, os.O_WRONLY)
        """),
    files("leaves the folder it works in by name", """
        %cd /
        %run {CANARY["package"]}/exercises/chapter02/huber_regression.py
        """, """
        from IPython.utils.capture import capture_output
        shell = get_ipython()
        for magic in ("pycat", "load", "run", "loadpy"):
            with capture_output() as shown:
                try:
                    shell.run_line_magic(magic, CANARY["files"][0])
                except BaseException as error:
                    print(error)
            loaded = [str(one) for one in shell.payload_manager.read_payload()]
            token_in(shown.stdout + shown.stderr + "".join(loaded), "reads by %" + magic)
        """),
)  # fmt: skip
