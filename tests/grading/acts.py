"""What a hostile program would do, done in a process with one wall around it, and without.

Run as a program: it forks a child for every act, and prints as JSON what came of each. What a wall
refuses must succeed without it, or the test of it would say nothing (test_walls.py).
"""

import asyncio
import contextlib
import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

from lossbook.grading.room import walls

NOBODY = 65534
THERE = SimpleNamespace()  # the surroundings: folders, processes and sockets to be reached
LIBC = ctypes.CDLL(None, use_errno=True)


def libc(name, *arguments):
    """Call a function of the C library; raise what it answers."""
    answer = getattr(LIBC, name)(*arguments)
    if answer in (-1, 2**32 - 1):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


# ---------------------------------------------------------------------------------- limits


def takes_memory():
    return len(bytearray(256 << 20))


def maps_memory():
    mmap.mmap(-1, 256 << 20).close()


def computes_for_long():
    until = time.process_time() + 1.2
    while time.process_time() < until:
        pass


def writes_a_large_file():
    with open(THERE.inside / "large", "wb") as file:
        for _ in range(18):
            file.write(bytes(1 << 20))


def opens_many_files():
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(100)]
    return len(files)


def starts_many_threads():
    threading.stack_size(64 << 10)
    stop = threading.Event()
    threads = [threading.Thread(target=stop.wait, daemon=True) for _ in range(400)]
    for thread in threads:
        thread.start()
    stop.set()


def raises_its_limits():
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
        _, hard = resource.getrlimit(kind)
        more = hard if hard == resource.RLIM_INFINITY else hard + 1
        resource.setrlimit(kind, (more, more))


# ---------------------------------------------------------------------------- capabilities


def changes_its_root():
    os.chroot("/")


def becomes_somebody_else():
    os.setuid(1)


def gives_a_file_away():
    path = THERE.inside / "mine"
    path.touch()
    os.chown(path, 1, 1)


def makes_a_device():
    os.mknod(THERE.inside / f"null-{os.getpid()}", 0o666 | 0o020000, os.makedev(1, 3))


def comes_before_others():
    os.setpriority(os.PRIO_PROCESS, 0, -5)


def opens_a_raw_socket():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()


def leaves_its_host_name():
    libc("unshare", 0x04000000)  # CLONE_NEWUTS


# ------------------------------------------------------------------------------- file tree


def reads_outside():
    return (THERE.outside / "secret").read_text()


def reads_by_another_way():
    return (THERE.inside / ".." / "outside" / "secret").read_text()


def reads_through_a_link():
    return (THERE.inside / "link").read_text()


def reads_relative_to_a_folder():
    folder = os.open(THERE.outside, os.O_PATH)
    return os.read(os.open("secret", os.O_RDONLY, dir_fd=folder), 10)


def lists_outside():
    return os.listdir(THERE.outside)


def lists_the_root():
    return os.listdir("/")


def lists_from_inside_of_it():
    os.chdir(THERE.outside)
    return os.listdir(".")


def reads_its_environment():
    return Path("/proc/self/environ").read_bytes()


def reads_the_command_of_another():
    return Path(f"/proc/{THERE.victim}/cmdline").read_bytes()


def reads_the_users():
    return Path("/etc/passwd").read_text()


def writes_outside():
    (THERE.outside / "secret").write_text("changed")


def appends_outside():
    with open(THERE.outside / "secret", "a") as file:
        file.write("more")


def makes_a_file_outside():
    (THERE.outside / f"new-{os.getpid()}").touch()


def makes_a_folder_outside():
    (THERE.outside / f"folder-{os.getpid()}").mkdir()


def cuts_a_file_off():
    os.truncate(THERE.outside / "secret", 0)


def cuts_a_file_off_by_opening():
    os.close(os.open(THERE.outside / "readable", os.O_RDONLY | os.O_TRUNC))


def cuts_a_file_off_without_reading():
    os.close(os.open(THERE.outside / "readable", 3 | os.O_TRUNC))


def removes_outside():
    os.unlink(THERE.outside / "spare")


def renames_outside():
    os.rename(THERE.outside / "spare", THERE.outside / "renamed")


def links_into_its_folder():
    os.link(THERE.outside / "secret", THERE.inside / f"hard-{os.getpid()}")


def makes_a_symbolic_link():
    os.symlink(THERE.outside / "secret", THERE.inside / f"soft-{os.getpid()}")


def makes_a_pipe_with_a_name():
    os.mkfifo(THERE.inside / f"fifo-{os.getpid()}")


def hides_a_file():
    path = THERE.inside / f"hidden-{os.getpid()}"
    with open(path, "wb") as file:
        path.unlink()
        file.write(bytes(1000))


def hides_a_file_by_renaming():
    for name in ("a", "b"):
        (THERE.inside / f"{name}-{os.getpid()}").touch()
    os.replace(THERE.inside / f"a-{os.getpid()}", THERE.inside / f"b-{os.getpid()}")


def opens_a_file_without_a_name():
    os.close(os.open(THERE.inside, os.O_TMPFILE | os.O_RDWR))


def changes_modes():
    os.chmod(THERE.outside / "secret", 0o777)


def changes_times():
    os.utime(THERE.outside / "secret", (0, 0))


def changes_an_owner():
    os.chown(THERE.outside / "secret", os.getuid(), os.getgid())


def sets_an_attribute():
    os.setxattr(THERE.outside / "secret", "user.note", b"1")


def watches_files():
    os.close(libc("inotify_init1", 0))


# --------------------------------------------------------------------------------- network


def connects_by_tcp():
    with socket.create_connection(("127.0.0.1", THERE.port), timeout=5):
        pass


def listens_by_tcp():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))


def sends_by_udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.sendto(b"x", ("127.0.0.1", 9))


def connects_to_an_abstract_socket():
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(THERE.abstract)


def writes_to_a_log():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.sendto(b"<1>hello", str(THERE.log))


def writes_to_a_log_through_a_pair():
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with left, right:
        left.sendto(b"<1>hello", str(THERE.log))


# ------------------------------------------------------------------------- other processes


def forks():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def forks_by_hand():
    pid = libc("syscall", 56 if os.uname().machine == "x86_64" else 220, signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def runs_a_program():
    os.execv("/bin/true", ["true"])


def signals_another():
    os.kill(THERE.victim, signal.SIGCONT)


def signals_its_group():
    os.killpg(os.getpgid(THERE.victim), signal.SIGCONT)


def signals_through_a_descriptor():
    descriptor = os.pidfd_open(THERE.victim)
    signal.pidfd_send_signal(descriptor, signal.SIGCONT)


def signals_when_data_come():
    import fcntl

    left, right = socket.socketpair()
    with left, right:
        fcntl.fcntl(left, fcntl.F_SETOWN, THERE.victim)
        os.set_blocking(left.fileno(), False)
        fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)


def traces_another():
    libc("ptrace", 0x4206, THERE.victim, 0, 0)  # PTRACE_SEIZE stops nobody


def reads_the_memory_of_another():
    address = ctypes.addressof(ctypes.create_string_buffer(8))

    class Part(ctypes.Structure):
        _fields_ = (("start", ctypes.c_void_p), ("size", ctypes.c_size_t))

    mine, theirs = Part(address, 8), Part(THERE.address, 8)
    arguments = (ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
    libc("process_vm_readv", THERE.victim, *arguments)


def limits_another():
    resource.prlimit(THERE.victim, resource.RLIMIT_CORE, (0, 0))


def slows_another_down():
    os.setpriority(os.PRIO_PROCESS, THERE.victim, 5)


def pins_another():
    os.sched_setaffinity(THERE.victim, os.sched_getaffinity(0))


# ---------------------------------------------------------------------------- kernel and memory


def takes_memory_without_a_name():
    os.close(os.memfd_create("x"))


def shares_memory():
    identity = libc("shmget", 0, 4096, 0o600 | 0o1000)
    libc("shmctl", identity, 0, None)  # IPC_RMID


def makes_a_queue():
    name = f"/lossbook-{os.getpid()}".encode()
    libc("syscall", 240 if os.uname().machine == "x86_64" else 180, name[1:], 0o102, 0o600, None)
    libc("syscall", 241 if os.uname().machine == "x86_64" else 181, name[1:])


def makes_a_namespace():
    libc("unshare", 0x10000000)  # CLONE_NEWUSER


def asks_for_events():
    os.close(libc("syscall", 425, 1, ctypes.create_string_buffer(120)))  # io_uring_setup


def outlives_its_parent():
    libc("prctl", 1, 0, 0, 0, 0)


def shows_its_memory():
    libc("prctl", 4, 1, 0, 0, 0)


# ------------------------------------------------------------------------- what must still work


def works_on_files():
    path = THERE.inside / f"kept-{os.getpid()}"
    path.write_text("abc")
    with open(path, "r+") as file:
        file.truncate(1)
    (THERE.inside / f"sub-{os.getpid()}").mkdir()
    assert path.read_text() == "a"
    assert path.name in os.listdir(THERE.inside)
    Path(os.devnull).write_text("x")
    assert (THERE.outside / "readable").read_text() is not None


def works_with_threads():
    said = []
    thread = threading.Thread(target=said.append, args=(1,))
    thread.start()
    thread.join()
    assert said == [1]


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


# ------------------------------------------------------------------------------- the walls


def limits():
    walls.CPU = 1
    walls.limits(walls.address_space() + (128 << 20), walls.threads_of_user())


def limits_of_nobody():
    if os.getuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def landlock():
    readable = [Path(sys.base_prefix), Path(sys.prefix), Path("/usr/lib"), Path("/lib")]
    readable += [THERE.outside / "readable", Path("/dev/urandom")]
    walls.landlock([path for path in readable if path.exists()], [THERE.inside, Path(os.devnull)])


WALLS = {
    "limits": limits,
    "capabilities": walls.drop_capabilities,
    "landlock": landlock,
    "seccomp": walls.seccomp.install,
}
# Before the wall, and before the same act without it.
BEFORE = {starts_many_threads: limits_of_nobody}

MAY_NOT = "PermissionError"
WORKS = (works_on_files, works_with_threads, works_with_asyncio, works_on_itself)
REFUSED = {
    "limits": {
        takes_memory: "MemoryError",
        maps_memory: "ENOMEM",
        computes_for_long: "SIGXCPU",
        writes_a_large_file: "EFBIG",
        opens_many_files: "EMFILE",
        starts_many_threads: "RuntimeError",
    },
    "capabilities": dict.fromkeys(
        [
            changes_its_root, becomes_somebody_else, gives_a_file_away, makes_a_device,
            comes_before_others, opens_a_raw_socket, leaves_its_host_name,
        ],
        MAY_NOT,
    ),
    "landlock": dict.fromkeys(
        [
            reads_outside, reads_by_another_way, reads_through_a_link, reads_relative_to_a_folder,
            lists_outside, lists_the_root, lists_from_inside_of_it, reads_its_environment,
            reads_the_command_of_another, reads_the_users, writes_outside, appends_outside,
            makes_a_file_outside, makes_a_folder_outside, cuts_a_file_off,
            cuts_a_file_off_by_opening, cuts_a_file_off_without_reading, removes_outside,
            renames_outside, makes_a_symbolic_link, makes_a_pipe_with_a_name,
            hides_a_file, hides_a_file_by_renaming, connects_by_tcp, listens_by_tcp,
            connects_to_an_abstract_socket, signals_another, traces_another,
            reads_the_memory_of_another,
        ],
        MAY_NOT,
    )
    | {links_into_its_folder: "EXDEV"},
    "seccomp": dict.fromkeys(
        [
            cuts_a_file_off, cuts_a_file_off_by_opening, cuts_a_file_off_without_reading,
            makes_a_pipe_with_a_name, opens_a_file_without_a_name, changes_modes, changes_times,
            changes_an_owner, sets_an_attribute, watches_files, connects_by_tcp, listens_by_tcp,
            sends_by_udp, connects_to_an_abstract_socket, writes_to_a_log,
            writes_to_a_log_through_a_pair, forks, forks_by_hand, runs_a_program, signals_another,
            signals_its_group, signals_through_a_descriptor, signals_when_data_come,
            traces_another, reads_the_memory_of_another, limits_another, slows_another_down,
            pins_another, takes_memory_without_a_name, shares_memory, makes_a_queue,
            makes_a_namespace, asks_for_events, outlives_its_parent, shows_its_memory,
        ],
        MAY_NOT,
    ),
}  # fmt: skip


# -------------------------------------------------------------------------- the laboratory


def surroundings(folder):
    """Build what the acts reach for."""
    THERE.inside, THERE.outside = folder / "inside", folder / "outside"
    for path in (THERE.inside, THERE.outside):
        path.mkdir()
        path.chmod(0o777)
    os.chmod(folder, 0o755)
    THERE.log = THERE.outside / "log"
    (THERE.inside / "link").symlink_to(THERE.outside / "secret")
    THERE.abstract = f"\0lossbook-{os.getpid()}"
    THERE.sockets = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)]
    THERE.port = THERE.sockets[0].getsockname()[1]
    THERE.sockets[1].bind(THERE.abstract)
    THERE.sockets[1].listen()
    THERE.sockets.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    THERE.sockets[2].bind(str(THERE.log))
    THERE.sockets[2].setblocking(False)
    THERE.address = ctypes.addressof(_KEPT)
    THERE.victim = os.fork()
    if THERE.victim == 0:
        os.setpgid(0, 0)
        signal.pause()
        os._exit(0)
    with contextlib.suppress(OSError):
        os.setpgid(THERE.victim, THERE.victim)


_KEPT = ctypes.create_string_buffer(8)  # at the same address in a process that was forked


def came_of(act, wall):
    """What comes of an act behind a wall: "done", or the name of what stopped it."""
    for name in ("secret", "readable", "spare"):
        (THERE.outside / name).write_text("text")
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _live(act, wall, writer)
    os.close(writer)
    with open(reader) as said:
        words = said.read()
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    with contextlib.suppress(BlockingIOError):
        while True:
            THERE.sockets[2].recv(100)
    return signal.Signals(-code).name if code < 0 else words or "done"


def _live(act, wall, writer):
    os.setpgid(0, 0)
    os.set_inheritable(writer, False)
    signal.alarm(20)
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  (to the end of the process)
    words = "done"
    try:
        BEFORE.get(act, lambda: None)()
        if wall is not None:
            WALLS[wall]()
        act()
    except OSError as error:
        denied = isinstance(error, PermissionError)
        words = MAY_NOT if denied else errno.errorcode.get(error.errno, repr(error))
    except BaseException as error:
        words = type(error).__name__ + (f": {error}" if isinstance(error, AssertionError) else "")
    os.write(writer, words.encode())
    os._exit(0)


def here():
    """The walls that can be tried here."""
    found = ["limits"]
    if os.getuid() == 0:
        found.append("capabilities")
    if walls.has_landlock():
        found.append("landlock")
    if walls.seccomp.supported():
        found.append("seccomp")
    return found


def main():
    with tempfile.TemporaryDirectory() as folder:
        surroundings(Path(folder))
        came = {}
        for wall in here():
            for act in [*REFUSED[wall], *WORKS]:
                if act not in came:
                    came[act] = {"without": came_of(act, None)}
                came[act][wall] = came_of(act, wall)
        os.kill(THERE.victim, signal.SIGKILL)
        os.waitpid(THERE.victim, 0)
    json.dump({act.__name__: what for act, what in came.items()}, sys.stdout)


if __name__ == "__main__":
    main()
