"""The judge's hand on a zygote: start it, have it fork children, hear how they ended."""

import contextlib
import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

from lossbook.grading.sandbox import isolation, seccomp, tempdirs
from lossbook.grading.sandbox.channel import SocketChannel
from lossbook.grading.sandbox.session import RoomGone, Session

ROOT = str(Path(__file__).resolve().parents[3])  # the folder that `import lossbook` needs
EVERY_WALL = ("limits", "capabilities", "landlock", "seccomp", "namespaces")
_TRIES = 3
PYTHON = (sys.executable, "-s", "-P", "-B", "-X", "utf8", "-c")
_START = "import sys; sys.path.insert(0, {root!r}); from lossbook.grading.sandbox import zygote; "
_START += "zygote.main({control}, {plan!r})"


def walls_here():
    """The walls that this machine has."""
    if sys.platform != "linux":
        return ("limits",) if os.name == "posix" else ()
    found = ["limits", "capabilities"]
    if isolation.has_landlock():
        found.append("landlock")
    if seccomp.supported():
        found.append("seccomp")
    if has_namespaces():
        found.append("namespaces")
    return tuple(found)


def has_namespaces():
    """Whether bubblewrap is installed and may make namespaces (in a container it often may not)."""
    bubblewrap = shutil.which("bwrap")
    if not bubblewrap:
        return False
    tried = [bubblewrap, *NAMESPACES, "--ro-bind", "/", "/", "true"]
    try:
        return subprocess.run(tried, capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


_OF_WINDOWS = () if os.name == "posix" else ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "PATH")
# No --die-with-parent: a parent is the *thread* that started it, and judges' threads come and go.
NAMESPACES = ("--unshare-all", "--new-session", "--proc", "/proc", "--dev", "/dev")


def tier_of(these):
    """The tier that a set of walls comes to."""
    if not {"landlock", "seccomp", "limits", "capabilities"} <= set(these):
        return isolation.PROCESS
    return isolation.FULL if "namespaces" in these else isolation.STRONG


def plan(role, chapter, forbidden, these, memory):
    """What a room is told when it starts: a dict of plain values (zygote.py, spawn_worker.py)."""
    return {
        "role": role,
        "chapter": chapter,
        "root": ROOT,
        "forbidden": list(forbidden),
        "walls": list(these),
        "memory": memory,
    }


class _Killed(OSError):
    """Somebody has killed a zygote while it started: another one may have better luck."""


class Room:
    """A zygote and its children. Thread-safe; a context manager.

    Parameters
    ----------
    role : "student" (runs notebooks) or "clerk" (reads derivations)
    chapter : "02", whose derivations a clerk reads
    forbidden : modules that are out of reach inside
    these : the walls to put up; None takes all that this machine has
    memory : bytes that a child may take beyond what it begins with

    Raises OSError where a zygote cannot be started.
    """

    def __init__(
        self,
        role="student",
        *,
        chapter=None,
        forbidden=("lossbook",),
        these=None,
        memory=isolation.MEMORY,
    ):
        self.walls = tuple(walls_here() if these is None else these)
        self.tier = tier_of(self.walls)
        self.plan = plan(role, chapter, forbidden, self.walls, memory)
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()
        self.starts = 0
        self._start_surely()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    # ------------------------------------------------------------------ the zygote itself

    def _start_surely(self):
        """Start it; again, if it was killed meanwhile, as a busy machine does."""
        for left in reversed(range(_TRIES)):
            try:
                return self._start()
            except _Killed:
                if not left:
                    raise

    def _start(self):
        with contextlib.ExitStack() as undo:  # what is there already, if something fails
            self.base = tempdirs.make("room")
            undo.callback(tempdirs.unmake, self.base)
            self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            undo.callback(self.control.close)
            with theirs:
                self.process = subprocess.Popen(
                    [*self._around(), *self._command(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    env=environment(self.base),
                    cwd=self.base,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            undo.pop_all()
        self.ended, self.events = {}, {}
        packet = self.control.recv(1 << 16)
        if not packet:
            said = self.process.stderr.read().decode(errors="replace").strip().splitlines()
            self.close()
            if self.process.returncode < 0:
                raise _Killed("the room could not be opened: it was killed")
            why = said[-1] if said else "no reason given"
            raise OSError(f"the room could not be opened: {why}")
        self.gone = False
        self.starts += 1
        for work in (self._listen, self._swallow):
            threading.Thread(target=work, daemon=True).start()

    def _command(self, control):
        start = _START.format(root=ROOT, control=control, plan=self.plan)
        return [*PYTHON, start]

    def _around(self):
        """The command that puts namespaces around the zygote."""
        if "namespaces" not in self.walls:
            return []
        seen = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1])}
        # An empty entry is the current folder, and no place to bind.
        seen |= {entry for entry in sys.path if entry and Path(entry).is_dir()} | {ROOT}
        system = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime")
        binds = [("--ro-bind-try", path, path) for path in (*system, *sorted(seen, key=len))]
        return [
            "bwrap",
            *NAMESPACES,
            "--tmpfs",
            "/tmp",
            *itertools.chain.from_iterable(binds),
            "--bind",
            self.base,
            self.base,
            "--",
        ]

    def restart(self, starts):
        """Start anew, unless somebody else has done so since `starts` was read."""
        with self.lock:
            if self.starts == starts:
                self.close()
                self._start_surely()

    def close(self):
        """End the zygote and all of its children."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_RDWR)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.control.close()
        self.process.stderr.close()
        tempdirs.unmake(self.base)

    def _listen(self):
        """Hear which children have ended, until the zygote does."""
        control, ended, events = self.control, self.ended, self.events
        while True:
            try:
                packet = control.recv(1 << 16)
            except OSError:
                packet = b""
            if not packet:
                break
            told = json.loads(packet)
            if event := events.get(told["ended"]):
                ended[told["ended"]] = told
                event.set()
        if control is self.control:
            self.gone = True
        for event in list(events.values()):
            event.set()

    def _swallow(self):
        with contextlib.suppress(ValueError, OSError):
            while self.process.stderr.read(1 << 16):
                pass

    # ------------------------------------------------------------------------ its children

    def open(self, file=None):
        """A Session with a new child; `file` is an open file that it may read.

        Raises RoomGone.
        """
        number = next(self.numbers)
        folder = Path(self.base, f"work{number}")
        mine, theirs = socket.socketpair()
        read, write = os.pipe()
        self.events[number] = threading.Event()
        descriptors = [theirs.fileno(), write] + ([] if file is None else [file.fileno()])
        try:
            folder.mkdir()
            asked = json.dumps({"open": number, "folder": str(folder)}).encode()
            with self.lock:
                socket.send_fds(self.control, [asked], descriptors)
        except OSError:
            mine.close()
            os.close(read)
            raise RoomGone from None
        finally:
            theirs.close()
            os.close(write)
        return Session(self, number, SocketChannel(mine, read), folder)

    def end(self, number):
        """Kill a child and say how it ended: {"status": …, "memory": …, "cpu": …}, or {}."""
        with contextlib.suppress(OSError), self.lock:
            self.control.send(json.dumps({"kill": number}).encode())
        if event := self.events.get(number):  # there is none after a restart
            event.wait(10)
            self.events.pop(number, None)
        return self.ended.pop(number, {})


def environment(base):
    """The environment of a room with the folder `base`; nothing of the teacher's goes in."""
    cache = Path(base, "matplotlib")
    cache.mkdir()
    known = _font_list()
    if known:
        shutil.copy(known, cache)
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": base,
        "IPYTHONDIR": str(Path(base, "ipython")),
        "MPLCONFIGDIR": str(cache),
        "MPLBACKEND": "agg",
        "PYTHONHASHSEED": "0",
        "LOSSBOOK_CACHE": "off",
        # One thread: a fork copies no others, and two judges share the processors.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        # Windows finds its own parts by these, and Python the folder of the user.
        **{name: os.environ[name] for name in _OF_WINDOWS if name in os.environ},
        "USERPROFILE": base,
    }


def _font_list():
    """Matplotlib's list of fonts, if it has made one: making it takes seconds."""
    import matplotlib

    lists = sorted(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))
    return lists[-1] if lists else None
