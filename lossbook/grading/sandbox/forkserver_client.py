"""The sandbox on Linux: starts a zygote, has it fork processes, and hears how they ended."""

import contextlib
import itertools
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from lossbook.grading.sandbox import tempdirs
from lossbook.grading.sandbox.base import TRIES, Sandbox, environment
from lossbook.grading.sandbox.channel import Channel, last_line
from lossbook.grading.sandbox.isolation import NAMESPACES
from lossbook.grading.sandbox.layers import PYTHON, ROOT
from lossbook.grading.sandbox.session import SandboxGone, Session
from lossbook.grading.sandbox.stopwatch import pid_behind

_START = "import sys; sys.path.insert(0, {root!r}); from lossbook.grading.sandbox import zygote; "
_START += "zygote.main({control}, {plan!r})"


class _Killed(OSError):
    """The zygote was killed while it started; another one may start."""


class ForkSandbox(Sandbox):
    """A zygote and the processes that it forks; parameters as for Sandbox."""

    # ------------------------------------------------------------------ the zygote itself

    def _start(self):
        """Start the zygote; again if it is killed meanwhile, as on a machine without memory."""
        for left in reversed(range(TRIES)):
            try:
                return self._start_once()
            except _Killed:
                if not left:
                    raise

    def _start_once(self):
        with contextlib.ExitStack() as undo:  # what exists already, if something fails
            self.base = tempdirs.make("sandbox")
            undo.callback(tempdirs.unmake, self.base)
            self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            undo.callback(self.control.close)
            with theirs:
                self.process = subprocess.Popen(
                    [*self._bubblewrap(), *self._command(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    env=environment(self.base),
                    cwd=self.base,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
            undo.pop_all()
        self.ended, self.events, self.pids = {}, {}, {}
        packet = self.control.recv(1 << 16)
        if not packet:
            reason = last_line(self.process.stderr.read())
            self.close()
            if self.process.returncode < 0:
                raise _Killed("the sandbox could not be opened: it was killed")
            raise OSError(f"the sandbox could not be opened: {reason}")
        for work in (self._listen, self._discard_errors):
            threading.Thread(target=work, daemon=True).start()

    def _command(self, control):
        return [*PYTHON, _START.format(root=ROOT, control=control, plan=self.plan)]

    def _bubblewrap(self):
        """The command that puts namespaces around the zygote, if that is one of the layers."""
        if "namespaces" not in self.layers:
            return []
        seen = {sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parents[1])}
        # An empty entry means the current folder and cannot be bound.
        seen |= {entry for entry in sys.path if entry and Path(entry).is_dir()} | {ROOT}
        if str(self.plan["proofs"]).endswith(".py"):  # a teacher's file, and those it may import
            seen |= set(map(str, Path(self.plan["proofs"]).parent.glob("*.py")))
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

    def close(self) -> None:
        """End the zygote and all of its processes."""
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

    _stop = close

    def _listen(self):
        """Receive which processes have started and ended, until the zygote ends."""
        control, ended, events = self.control, self.ended, self.events
        while True:
            try:
                packet, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 1)
            except OSError:
                packet, descriptors = b"", ()
            if not packet:
                break
            report = json.loads(packet)
            for descriptor in descriptors:
                self.pids[report["started"]] = pid_behind(descriptor)
                os.close(descriptor)
            if "started" in report:
                continue
            if event := events.get(report["ended"]):
                ended[report["ended"]] = report
                event.set()
        if control is self.control:
            self.gone = True
        for event in list(events.values()):
            event.set()

    def _discard_errors(self):
        with contextlib.suppress(ValueError, OSError):
            while self.process.stderr.read(1 << 16):
                pass

    # ------------------------------------------------------------------------ its processes

    def open(self, file=None) -> Session:
        """A Session with a new process; `file` is an open file that it may read.

        Raises SandboxGone.
        """
        number = next(self.numbers)
        folder = Path(self.base, f"work{number}")
        mine, theirs = socket.socketpair()
        read, write = os.pipe()
        self.events[number] = threading.Event()
        descriptors = [theirs.fileno(), write] + ([] if file is None else [file.fileno()])
        try:
            folder.mkdir()
            request = json.dumps({"open": number, "folder": str(folder)}).encode()
            with self.lock:
                socket.send_fds(self.control, [request], descriptors)
        except OSError:
            mine.close()
            os.close(read)
            raise SandboxGone from None
        finally:
            theirs.close()
            os.close(write)
        return Session(self, number, Channel(mine, open(read, "rb", buffering=0)), folder)

    def pid_of(self, number: int) -> int | None:
        """The number of a process on this system; None where it is not known yet."""
        return self.pids.get(number)

    def end(self, number: int) -> dict:
        """Kill a process and return how it ended: {"status": …, "memory": …, "cpu": …}, or {}."""
        with contextlib.suppress(OSError), self.lock:
            self.control.send(json.dumps({"kill": number}).encode())
        if event := self.events.get(number):  # there is none after a restart
            event.wait(10)
            self.events.pop(number, None)
        self.pids.pop(number, None)
        return self.ended.pop(number, {})
