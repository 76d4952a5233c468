"""Rooms without fork: interpreters that are started ahead, each used for one submission.

It has the face of a Room (host.py), works on macOS and Windows, and has no wall but the limits of
POSIX. An interpreter imports for a second; that is hidden behind the work on those before it.
"""

import collections
import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from lossbook.grading.sandbox import isolation, spawn_worker, tempdirs, wire
from lossbook.grading.sandbox.channel import Ended, PipeChannel
from lossbook.grading.sandbox.forkserver_client import PYTHON, ROOT, environment, plan
from lossbook.grading.sandbox.quota import remove
from lossbook.grading.sandbox.session import RoomGone, Session

STARTING = 120  # seconds until an interpreter must be ready: a virus scanner may look at it first
_TRIES = 3


class Pool:
    """Interpreters for one submission each. Thread-safe; a context manager.

    Parameters
    ----------
    role, chapter, forbidden, memory : as for a Room
    these : the walls to put up; "limits" is the only one that there can be
    ahead : how many interpreters wait while others work

    Raises OSError where no interpreter can be started.
    """

    def __init__(
        self,
        role="student",
        *,
        chapter=None,
        forbidden=("lossbook",),
        these=None,
        memory=isolation.MEMORY,
        ahead=2,
    ):
        here = ("limits",) if os.name == "posix" else ()
        self.walls = tuple(wall for wall in here if these is None or wall in these)
        self.tier = isolation.PROCESS
        self.plan = plan(role, chapter, forbidden, self.walls, memory)
        self.ahead = ahead
        self.numbers = itertools.count(1)
        self.lock = threading.Lock()  # guards what follows
        self.waiting, self.working = collections.deque(), {}
        self.base, self.gone = None, False
        self.restarting = threading.Lock()
        self.starts = 0
        self._start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def _start(self):
        try:
            with self.lock:
                if self.base is None:
                    self.base = tempdirs.make("pool")
                    self.environment = environment(self.base)
                self.waiting.extend(self._launch() for _ in range(self.ahead))
                first = self.waiting[0]
            first.make_ready()
        except (Ended, OSError) as error:
            self.close()
            raise OSError(f"the room could not be opened: {error}") from None
        self.gone = False
        self.starts += 1

    def _launch(self):
        return Interpreter(self.plan, self.environment, self.base)

    def restart(self, starts):
        """Replace those that wait, unless somebody else has done so since `starts` was read."""
        with self.restarting:
            if self.starts == starts:
                self._discard()
                self._start()

    def close(self):
        """End all interpreters, those at work, too."""
        with self.lock:
            self.gone = True
            working = list(self.working.values())
        for interpreter in working:
            interpreter.end()  # its channel is the session's
        self._discard()
        with self.lock:
            if self.base is not None:
                tempdirs.unmake(self.base)
                self.base = None

    def _discard(self):
        """End those that wait."""
        with self.lock:
            discarded = list(self.waiting)
            self.waiting.clear()
        for interpreter in discarded:
            interpreter.end()
            interpreter.channel.close()

    # -------------------------------------------------------------------- one submission

    def open(self, file=None):
        """A Session with a fresh interpreter; `file` is an open file, of which it gets a copy.

        Raises RoomGone.
        """
        begin = file.tell() if file else 0
        for _ in range(_TRIES):
            number, interpreter = self._take()
            try:
                folder = Path(interpreter.base, f"work{number}")
                folder.mkdir()
                if file:
                    file.seek(begin)
                    interpreter.copy(file, Path(interpreter.base, f"file{number}"))
                interpreter.begin(folder)
                return Session(self, number, interpreter.channel, folder)
            except (Ended, OSError):  # no code of a student's has run in it
                self.end(number)
                interpreter.channel.close()
                remove(folder)
        self.gone = True
        raise RoomGone

    def _take(self):
        """The interpreter that has waited longest; another one is started in its place."""
        with self.lock:
            if self.gone:
                raise RoomGone
            try:
                self.waiting.append(self._launch())
            except OSError:  # the machine has no room for more just now
                if not self.waiting:
                    self.gone = True
                    raise RoomGone from None
            number, interpreter = next(self.numbers), self.waiting.popleft()
            self.working[number] = interpreter
            return number, interpreter

    def end(self, number):
        """Kill an interpreter and say how it ended: {"status": …} and, on POSIX, memory and cpu."""
        with self.lock:
            interpreter = self.working.pop(number, None)
        return interpreter.end() if interpreter else {}


class Interpreter:
    """A process that waits for its submission, and the channel to it."""

    def __init__(self, plan, environment, base):
        self.process = subprocess.Popen(
            [*PYTHON, spawn_worker.START.format(root=ROOT, plan=plan)],
            bufsize=0,
            env=environment,
            cwd=base,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # In a group of its own: Ctrl-C is the judge's affair, and what it starts ends with it.
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self.channel = PipeChannel(self.process)
        self.lock = threading.Lock()
        self.base, self.file, self.ready, self.ending = base, None, False, None

    def make_ready(self):
        """Wait until it has imported everything. Raises Ended, with the reason."""
        if not self.ready:
            self._hear()
            self.ready = True

    def copy(self, file, path):
        """Lay down a copy of a file: nothing inside is to know where the submissions are."""
        self.file = path
        with path.open("xb") as copy:
            shutil.copyfileobj(file, copy)

    def begin(self, folder):
        """Have it go to its folder, and put up its walls. Raises Ended, with the reason."""
        self.make_ready()
        asked = {"folder": str(folder), "file": str(self.file) if self.file else None}
        with contextlib.suppress(OSError, EOFError):  # then there is nothing to be heard, either
            self.channel.send(wire.encode(asked), time.monotonic() + STARTING)
        self._hear()

    def _hear(self):
        try:
            wire.decode(self.channel.receive(time.monotonic() + STARTING))
        except (Ended, EOFError, OSError, wire.WireError):
            self.end()
            self.channel.close()
            said = self.channel.said.decode(errors="replace").strip().splitlines()
            raise Ended(said[-1] if said else "no reason given") from None

    def end(self):
        """Kill it and what it has started; the same answer when asked again."""
        with self.lock:
            if self.ending is None:
                if hasattr(os, "killpg"):
                    with contextlib.suppress(OSError):
                        os.killpg(self.process.pid, signal.SIGKILL)
                else:
                    self.process.kill()
                self.ending = _buried(self.process)
                if self.file:
                    with contextlib.suppress(OSError):
                        self.file.unlink()
        return self.ending


def _buried(process):
    """Wait for a process, and say how it ended."""
    if hasattr(os, "wait4"):
        with contextlib.suppress(ChildProcessError):
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            per_megabyte = 20 if sys.platform == "darwin" else 10  # macOS counts bytes
            memory, cpu = used.ru_maxrss >> per_megabyte, used.ru_utime + used.ru_stime
            return {"status": process.returncode, "memory": memory, "cpu": cpu}
    return {"status": process.wait()}
