"""What hostile programs reach for in the tests of the walls, and how an act is written down."""

import contextlib
import ctypes
import os
import signal
import socket
from types import SimpleNamespace

ACTS = {}  # name → (what it does, {wall: what stops it})
MAY_NOT = "PermissionError"
THERE = SimpleNamespace()  # the surroundings: folders, processes and sockets
_LIBC = ctypes.CDLL(None, use_errno=True)
_KEPT = ctypes.create_string_buffer(8)  # at the same address in a process that was forked


def refused_by(*walls, **otherwise):
    """Mark an act with the walls that refuse it: by PermissionError, or as is said."""

    def note(act):
        ACTS[act.__name__] = act, dict.fromkeys(walls, MAY_NOT) | otherwise
        return act

    return note


def libc(name, *arguments):
    """Call a function of the C library; raise what it answers."""
    answer = getattr(_LIBC, name)(*arguments)
    if answer in (-1, 2**32 - 1):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


def build(folder):
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
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # one of the acts has it sent
        while True:
            signal.pause()
    with contextlib.suppress(OSError):
        os.setpgid(THERE.victim, THERE.victim)
