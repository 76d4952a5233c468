"""One process of the sandbox: its connection, its preparation, its isolation layers, its end.

A zygote forks it prepared (zygote.py), and it says once that it is ready: when it is isolated.
Elsewhere a fresh interpreter runs `main` (spawn.py):

    child → grader   {"ready": true}, when everything is imported
    grader → child   {"folder": path to work in, "file": path or None}
    child → grader   {"ready": true}, when it is isolated; then requests as usual
"""

import contextlib
import importlib
import os
import socket
import sys
import tempfile
import threading
import warnings
from pathlib import Path

from lossbook.grading.sandbox import isolation, proof_worker, seccomp, stub, wire, worker
from lossbook.grading.sandbox.isolation import SETUP_FAILED

_PRELOADED = ("numpy", "scipy.optimize", "scipy.special", "matplotlib.pyplot")


class FrameSocket:
    """Frames over a connected socket."""

    def __init__(self, connection):
        self.connection = connection

    def receive(self):
        """The next frame without its length; None if the grader hung up."""
        start = self._exactly(4)
        return None if start is None else self._exactly(wire.length_of(start))

    def _exactly(self, size):
        self.connection.setblocking(True)  # again, in case the student's code has changed it
        data = bytearray()
        while len(data) < size:
            chunk = self.connection.recv(min(size - len(data), 1 << 20))
            if not chunk:
                return None
            data += chunk
        return bytes(data)

    def send(self, frame):
        """Send a whole frame."""
        self.connection.setblocking(True)
        self.connection.sendall(frame)


class Preparation:
    """What is ready before a submission arrives: imports, an IPython shell or derivations."""

    def __init__(self, plan):
        self.plan, self.remembered = plan, {}
        self.base = Path(os.environ["HOME"])  # every process has its folder in here
        also = [os.environ["MPLCONFIGDIR"], plan["root"]]
        if plan["proofs"] is None:
            self.shell = _shell()
            if "lossbook" in plan["forbidden"]:
                also.remove(plan["root"])
                if Path(plan["root"]).name not in isolation.PACKAGES:
                    # A checkout; what is imported already knows its path.
                    sys.path[:] = [entry for entry in sys.path if entry != plan["root"]]
                stub.replace_lossbook(self.remembered)
            sys.meta_path.insert(0, stub.Forbidden(set(plan["forbidden"]) - {"lossbook"}))
        else:
            self.exercises, self.proofs = _proofs(plan["proofs"])
        self.user_threads = isolation.count_user_threads()
        self.address_space = isolation.address_space() + plan["memory"]
        if "landlock" in plan["layers"]:
            self._restrict_files(also)

    def _restrict_files(self, also):
        """Allow only what a submission may read, and writing below the base; forks inherit it."""
        readable = isolation.readable(self.plan["forbidden"], also)
        outside = [path for path in readable if self.base not in path.parents]
        self.roots = isolation.roots(outside, self.base)
        isolation.landlock(readable, [self.base, Path(os.devnull)])

    def isolate(self, folder):
        """Apply the layers of the plan to this process, which works in `folder`."""
        os.chdir(folder)
        os.environ |= {"HOME": folder, "USERPROFILE": folder, "TMPDIR": folder}
        tempfile.tempdir = folder  # it would try a folder by making a file and removing it
        layers = self.plan["layers"]
        if "limits" in layers:
            isolation.limits(self.address_space, self.user_threads)
        if "capabilities" in layers:
            isolation.drop_capabilities()
        if "landlock" in layers:
            readable = [*self.roots, Path(os.environ["MPLCONFIGDIR"])]
            isolation.landlock(readable, [Path(folder), Path(os.devnull)])
        if "seccomp" in layers:
            seccomp.install()

    def serve(self, line, file):
        """Answer requests until the grader hangs up."""
        if self.plan["proofs"] is None:
            worker.Worker(line, self.shell, self.remembered, file).serve()
        else:
            proof_worker.ProofWorker(line, self.exercises, self.proofs).serve()


def _proofs(source):
    """The exercises by name, and name → (Proof, its derivation to be written); made once."""
    from lossbook.checking.source import load

    exercises = load(source).EXERCISES
    proofs = {one.name: (one, one.make()) for one in exercises if hasattr(one, "make")}
    return {one.name: one for one in exercises}, proofs


def _shell():
    """An IPython shell that keeps no history and needs no thread."""
    for name in _PRELOADED:
        importlib.import_module(name)
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui=None):
            """There is no screen: `%matplotlib inline` does nothing."""

        def ask_exit(self):
            """`exit()` ends a statement, as `sys.exit()` does."""
            raise SystemExit

        def system(self, command):
            """`!pip install` and `%pip install` do nothing, and are noted."""
            self.commands.append(command)

        def getoutput(self, command, split=True, depth=0):
            self.commands.append(command)
            return []

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.xmode = "Plain"
    shell = Shell.instance(config=config)
    shell.commands = []  # those that were not run
    shell.run_cell("None", store_history=False)  # imports what the first cell needs
    warnings.filterwarnings("ignore", message=".*non-interactive.*")  # plt.show() shows nothing
    return shell


def run(prepare) -> None:
    """Serve one submission and end this process; never returns.

    `prepare()` isolates the process and returns (preparation, line, file).
    """
    status = SETUP_FAILED
    try:
        preparation, line, file = prepare()
        status = 1
        preparation.serve(line, file)
        status = 0
    except SystemExit:
        pass
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
    finally:
        os._exit(status)


def flush_lines() -> None:
    """Write what is printed line by line, whatever characters are in it."""
    sys.stdout, sys.stderr = (os.fdopen(d, "w", 1, errors="replace") for d in (1, 2))


# ------------------------------------------------------------------- a fresh interpreter


def main(plan: dict) -> None:
    """Serve one submission in this interpreter, whose stdin says where its socket is."""
    stdin = os.fdopen(os.dup(0), "rb", 0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    handle = stdin.readline().decode().strip()
    if hasattr(socket, "fromshare"):  # Windows
        connection = socket.fromshare(bytes.fromhex(handle))
    else:
        connection = socket.socket(fileno=int(handle))
    line = FrameSocket(connection)
    threading.Thread(target=_end_with_grader, args=(stdin,), daemon=True).start()

    def prepare():
        ready = wire.encode({"ready": True})
        preparation = Preparation(plan)
        line.send(ready)
        head, _ = wire.decode(line.receive())
        flush_lines()
        file = head["file"]
        if file is not None:
            file = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        preparation.isolate(head["folder"])
        line.send(ready)
        return preparation, line, file

    run(prepare)


def _end_with_grader(stdin):
    """End this process when the grader ends, even in an endless loop."""
    stdin.read()
    os._exit(0)
