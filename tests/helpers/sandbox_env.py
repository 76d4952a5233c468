"""The surroundings that hostile acts reach for, and the register of acts."""

import contextlib
import ctypes
import os
import signal
import socket
from types import SimpleNamespace

ACTS = {}  # name → (function, {layer: what stops it})
MAY_NOT = "PermissionError"
ENV = SimpleNamespace()  # the surroundings: folders, processes and sockets
_LIBC = ctypes.CDLL(None, use_errno=True)
_KEPT = ctypes.create_string_buffer(8)  # at the same address in a process that was forked


def refused_by(*layers, **otherwise):
    """Register an act with the layers that refuse it: by PermissionError, or as given."""

    def note(act):
        ACTS[act.__name__] = act, dict.fromkeys(layers, MAY_NOT) | otherwise
        return act

    return note


def libc(name, *arguments):
    """Call a function of the C library; raise OSError if it fails."""
    answer = getattr(_LIBC, name)(*arguments)
    if answer in (-1, 2**32 - 1):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer


def build(folder):
    """Make the folders, sockets and the process that the acts reach for."""
    ENV.inside, ENV.outside = folder / "inside", folder / "outside"
    for path in (ENV.inside, ENV.outside):
        path.mkdir()
        path.chmod(0o777)
    os.chmod(folder, 0o755)
    ENV.log = ENV.outside / "log"
    (ENV.inside / "link").symlink_to(ENV.outside / "secret")
    ENV.abstract = f"\0lossbook-{os.getpid()}"
    ENV.sockets = [socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)]
    ENV.port = ENV.sockets[0].getsockname()[1]
    ENV.sockets[1].bind(ENV.abstract)
    ENV.sockets[1].listen()
    ENV.sockets.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
    ENV.sockets[2].bind(str(ENV.log))
    ENV.sockets[2].setblocking(False)
    ENV.address = ctypes.addressof(_KEPT)
    ENV.victim = os.fork()
    if ENV.victim == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # one of the acts has it sent
        while True:
            signal.pause()
    with contextlib.suppress(OSError):
        os.setpgid(ENV.victim, ENV.victim)
