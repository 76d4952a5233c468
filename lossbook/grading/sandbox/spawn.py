"""The sandbox on systems without a safe fork: one fresh interpreter for each submission.

It works on macOS and Windows and has no isolation layer but the limits of POSIX. One interpreter
is started ahead, because it imports for a second.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from lossbook.grading.sandbox import tempdirs, wire
from lossbook.grading.sandbox.base import TRIES, Sandbox, environment
from lossbook.grading.sandbox.channel import Channel, Ended, last_line
from lossbook.grading.sandbox.layers import PYTHON, ROOT
from lossbook.grading.sandbox.quota import remove
from lossbook.grading.sandbox.session import SandboxGone, Session

STARTING = 120  # seconds until an interpreter must be ready: a virus scanner may look at it first
_START = "import sys; sys.path.insert(0, {root!r}); from lossbook.grading.sandbox import child; "
_START += "child.main({plan!r})"


class SpawnSandbox(Sandbox):
    """Interpreters for one submission each; parameters as for Sandbox.

    Of the layers, "limits" is the only one that is applied, and not on Windows.
    """

    def __init__(self, **how):
        self.base, self.next, self.working = None, None, {}
        super().__init__(**how)

    def _layers(self, layers):
        possible = ("limits",) if os.name == "posix" else ()
        return tuple(layer for layer in possible if layers is None or layer in layers)

    def _start(self):
        try:
            if self.base is None:
                self.base = tempdirs.make("sandbox")
                self.environment = environment(self.base)
            self.next = self._launch()
            self.next.wait_until_ready()
        except (Ended, OSError) as error:
            self.close()
            raise OSError(f"the sandbox could not be opened: {error}") from None

    def _launch(self):
        return _Interpreter(self.plan, self.environment, self.base)

    def _stop(self):
        """End the interpreter that waits; those at work go on."""
        if self.next:
            self.next.end()
            self.next.channel.close()
            self.next = None

    def close(self) -> None:
        """End all interpreters, those at work, too."""
        with self.lock:
            self.gone = True
            for interpreter in self.working.values():
                interpreter.end()  # its channel belongs to the session
            self._stop()
            if self.base is not None:
                tempdirs.unmake(self.base)
                self.base = None

    def open(self, file=None) -> Session:
        """A Session with a fresh interpreter; it gets a copy of `file`, an open file.

        Raises SandboxGone.
        """
        begin = file.tell() if file else 0
        for _ in range(TRIES):
            number, interpreter = self._take()
            folder = Path(interpreter.base, f"work{number}")
            try:
                interpreter.wait_until_ready()
                folder.mkdir()
                if file:
                    file.seek(begin)
                    interpreter.copy(file, Path(interpreter.base, f"file{number}"))
                interpreter.begin(folder)
                return Session(self, number, interpreter.channel, folder, isolated=True)
            except (Ended, OSError):  # no code of a student has run in it
                self.end(number)
                interpreter.channel.close()
                remove(folder)
        self.gone = True
        raise SandboxGone

    def _take(self):
        """The interpreter that waits; another one is started in its place."""
        with self.lock:
            try:
                if self.gone:
                    raise SandboxGone
                interpreter, self.next = self.next or self._launch(), None
                with contextlib.suppress(OSError):  # too little memory for one more just now
                    self.next = self._launch()
            except OSError:
                self.gone = True
                raise SandboxGone from None
            number = next(self.numbers)
            self.working[number] = interpreter
            return number, interpreter

    def pid_of(self, number: int) -> int | None:
        """The number of a process on this system."""
        interpreter = self.working.get(number)
        return interpreter and interpreter.process.pid

    def end(self, number: int) -> dict:
        """Kill an interpreter and return how it ended: {"status": …}, on POSIX memory and cpu."""
        with self.lock:
            interpreter = self.working.pop(number, None)
        return interpreter.end() if interpreter else {}


class _Interpreter:
    """A process that waits for its submission, and the channel to it."""

    def __init__(self, plan, environment, base):
        self.base, self.file, self.ready, self.ending = base, None, False, None
        self.lock = threading.Lock()
        line, self.theirs = socket.socketpair()
        windows = sys.platform == "win32"
        self.process = subprocess.Popen(
            [*PYTHON, _START.format(root=ROOT, plan=plan)],
            bufsize=0,
            env=environment,
            cwd=base,
            stdin=subprocess.PIPE,  # stays open: the child ends when it is closed
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=() if windows else (self.theirs.fileno(),),
            # In a group of its own: Ctrl-C is for the grader, and what it starts ends with it.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self.channel = Channel(line, self.process.stdout)
        self.channel.watch = self._check
        share = self.theirs.share(self.process.pid).hex() if windows else self.theirs.fileno()
        with contextlib.suppress(OSError):  # it has ended already, which is noticed later
            self.process.stdin.write(f"{share}\n".encode())

    def _check(self):
        if not self.channel.reader.is_alive():  # it has closed its output, so it has ended
            raise Ended

    def wait_until_ready(self):
        """Wait until it has imported everything. Raises Ended with the reason."""
        if not self.ready:
            self._hear()
            self.theirs.close()  # Windows needs it until the child has its own
            self.ready = True

    def copy(self, file, path):
        """Write a copy of a file: a submission must not know where the submissions are."""
        self.file = path
        with path.open("xb") as copy:
            shutil.copyfileobj(file, copy)

    def begin(self, folder):
        """Have it apply its layers. Raises Ended with the reason."""
        request = {"folder": str(folder), "file": str(self.file) if self.file else None}
        with contextlib.suppress(OSError):  # then there is no answer, either
            self.channel.send(wire.encode(request), time.monotonic() + STARTING)
        self._hear()

    def _hear(self):
        try:
            self.channel.receive(time.monotonic() + STARTING)
        except (Ended, EOFError, OSError, wire.WireError):
            self.end()
            self.channel.close()
            raise Ended(last_line(self.channel.output_tail)) from None

    def end(self):
        """Kill it and what it has started; the same answer when asked again."""
        with self.lock:
            if self.ending is None:
                if hasattr(os, "killpg"):
                    with contextlib.suppress(OSError):
                        os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()
                self.ending = _wait_for(self.process)
                self.process.stdin.close()
                self.theirs.close()
                if self.file:
                    with contextlib.suppress(OSError):
                        self.file.unlink()
        return self.ending


def _wait_for(process):
    """Wait for the end of a process; its exit status and, on POSIX, memory and CPU time."""
    if hasattr(os, "wait4"):
        with contextlib.suppress(ChildProcessError):
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            per_megabyte = 20 if sys.platform == "darwin" else 10  # macOS counts bytes
            memory, cpu = used.ru_maxrss >> per_megabyte, used.ru_utime + used.ru_stime
            return {"status": process.returncode, "memory": memory, "cpu": cpu}
    return {"status": process.wait()}
