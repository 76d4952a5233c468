"""Hostile acts on memory, network, processes and kernel, with the layer that refuses each."""

import asyncio
import contextlib
import ctypes
import mmap
import os
import resource
import signal
import socket
import threading
import time
from pathlib import Path

from tests.helpers.sandbox_env import ENV, libc, refused_by

# ----------------------------------------------------------------------------------------- limits


@refused_by(limits="MemoryError")
def takes_memory():
    return len(bytearray(256 << 20))


@refused_by(limits="ENOMEM")
def maps_memory():
    mmap.mmap(-1, 256 << 20).close()


@refused_by(limits="SIGXCPU")
def computes_for_long():
    until = time.process_time() + 1.2
    while time.process_time() < until:
        pass


@refused_by(limits="EFBIG")
def writes_a_large_file():
    with open(ENV.inside / "large", "wb") as file:
        for _ in range(18):
            file.write(bytes(1 << 20))


@refused_by(limits="EMFILE")
def opens_many_files():
    with contextlib.ExitStack() as files:
        for _ in range(100):
            files.callback(os.close, os.open(os.devnull, os.O_RDONLY))


@refused_by(limits="RuntimeError")
def starts_many_threads():
    threading.stack_size(64 << 10)
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(400)]
    for thread in threads:
        thread.start()
    stop.set()


# ----------------------------------------------------------------------------------- capabilities


@refused_by("capabilities")
def changes_its_root():
    os.chroot("/")


@refused_by("capabilities")
def becomes_another_user():
    os.setuid(1)


@refused_by("capabilities")
def gives_a_file_away():
    path = ENV.inside / "mine"
    path.touch()
    os.chown(path, 1, 1)


@refused_by("capabilities")
def makes_a_device():
    os.mknod(ENV.inside / f"null-{os.getpid()}", 0o666 | 0o020000, os.makedev(1, 3))


@refused_by("capabilities")
def comes_before_others():
    os.setpriority(os.PRIO_PROCESS, 0, -5)


@refused_by("capabilities")
def opens_a_raw_socket():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


@refused_by("capabilities")
def leaves_its_host_name():
    libc("unshare", 0x04000000)  # CLONE_NEWUTS


# ---------------------------------------------------------------------------------------- network


@refused_by("landlock", "seccomp")
def connects_by_tcp():
    with socket.create_connection(("127.0.0.1", ENV.port), timeout=5):
        pass


@refused_by("landlock", "seccomp")
def listens_by_tcp():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))


@refused_by("seccomp")
def sends_by_udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"x", ("127.0.0.1", 9))


@refused_by("landlock", "seccomp")
def connects_to_an_abstract_socket():
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(ENV.abstract)


@refused_by("seccomp")
def writes_to_a_log():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(b"<1>hello", str(ENV.log))


@refused_by("seccomp")
def writes_to_a_log_through_a_pair():
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        left.sendto(b"<1>hello", str(ENV.log))


# -------------------------------------------------------------------------------- other processes


@refused_by("seccomp")
def forks():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


@refused_by("seccomp")
def forks_by_hand():
    pid = libc("syscall", 56 if os.uname().machine == "x86_64" else 220, signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


@refused_by("seccomp")
def runs_a_program():
    os.execv("/bin/true", ["true"])


@refused_by("landlock", "seccomp")
def signals_another():
    os.kill(ENV.victim, signal.SIGCONT)


@refused_by("seccomp")
def signals_its_group():
    os.killpg(os.getpgid(ENV.victim), signal.SIGCONT)


@refused_by("seccomp")
def signals_through_a_descriptor():
    descriptor = os.pidfd_open(ENV.victim)
    signal.pidfd_send_signal(descriptor, signal.SIGCONT)


@refused_by("seccomp")
def signals_when_data_come():
    import fcntl

    left, right = socket.socketpair()
    with left, right:
        fcntl.fcntl(left, fcntl.F_SETOWN, ENV.victim)
        os.set_blocking(left.fileno(), False)
        fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)


@refused_by("landlock", "seccomp")
def traces_another():
    libc("ptrace", 0x4206, ENV.victim, 0, 0)  # PTRACE_SEIZE does not stop it


@refused_by("landlock", "seccomp")
def reads_the_memory_of_another():
    address = ctypes.addressof(ctypes.create_string_buffer(8))

    class Part(ctypes.Structure):
        _fields_ = (("start", ctypes.c_void_p), ("size", ctypes.c_size_t))

    mine, theirs = Part(address, 8), Part(ENV.address, 8)
    arguments = (ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
    libc("process_vm_readv", ENV.victim, *arguments)


@refused_by("seccomp")
def limits_another():
    resource.prlimit(ENV.victim, resource.RLIMIT_CORE, (0, 0))


@refused_by("seccomp")
def slows_another_down():
    os.setpriority(os.PRIO_PROCESS, ENV.victim, 5)


@refused_by("seccomp")
def pins_another():
    os.sched_setaffinity(ENV.victim, os.sched_getaffinity(0))


# ------------------------------------------------------------------------------ kernel and memory


@refused_by("seccomp")
def takes_memory_without_a_name():
    os.close(os.memfd_create("x"))


@refused_by("seccomp")
def shares_memory():
    identity = libc("shmget", 0, 4096, 0o600 | 0o1000)
    libc("shmctl", identity, 0, None)  # IPC_RMID


@refused_by("seccomp")
def makes_a_queue():
    name = f"/lossbook-{os.getpid()}".encode()
    libc("syscall", 240 if os.uname().machine == "x86_64" else 180, name[1:], 0o102, 0o600, None)
    libc("syscall", 241 if os.uname().machine == "x86_64" else 181, name[1:])


@refused_by("seccomp")
def makes_a_namespace():
    libc("unshare", 0x10000000)  # CLONE_NEWUSER


@refused_by("seccomp")
def asks_for_events():
    os.close(libc("syscall", 425, 1, ctypes.create_string_buffer(120)))  # io_uring_setup


@refused_by("seccomp")
def outlives_its_parent():
    libc("prctl", 1, 0, 0, 0, 0)


@refused_by("seccomp")
def shows_its_memory():
    libc("prctl", 4, 1, 0, 0, 0)


# --------------------------------------------------------------------------- what must still work


def works_on_files():
    path = ENV.inside / f"kept-{os.getpid()}"
    path.write_text("abc")
    with open(path, "r+") as file:
        file.truncate(1)
    (ENV.inside / f"sub-{os.getpid()}").mkdir()
    assert path.read_text() == "a"
    assert path.name in os.listdir(ENV.inside)
    Path(os.devnull).write_text("x")
    assert (ENV.outside / "readable").read_text() is not None


def works_with_threads():
    done = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    assert done == [1]


def works_with_asyncio():
    async def wait():
        await asyncio.sleep(0.001)
        return 1

    assert asyncio.run(wait()) == 1


def works_on_itself():
    os.kill(os.getpid(), 0)
    resource.getrlimit(resource.RLIMIT_AS)
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    libc("prctl", 15, b"name", 0, 0, 0)
    assert len(os.urandom(8)) == 8
    with contextlib.suppress(ValueError):
        int("x")
