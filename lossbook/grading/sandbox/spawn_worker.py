"""An interpreter for one submission, started ahead, where there is no fork (pool.py starts it).

It does the duty of a zygote's child over its three pipes: frames come in on stdin and go out on
stdout, what it prints goes to stderr.

    single → judge   {"ready": process id}, when all is imported
    judge → single   {"folder": path to work in, "file": path or None}
    single → judge   {"ready": process id}, when the walls stand; then requests as usual
"""

import os
import queue
import sys
import threading

from lossbook.grading.sandbox import wire
from lossbook.grading.sandbox.zygote import Duty, Line, enclose, live, speak

# What stdin and stdout were is put aside before any import: nothing that an import prints may get
# between the frames.
START = (
    "import os, sys; pipes = os.dup(0), os.dup(1); "
    "os.dup2(os.open(os.devnull, os.O_RDONLY), 0); os.dup2(2, 1); "
    "sys.path.insert(0, {root!r}); from lossbook.grading.sandbox import spawn_worker; "
    "spawn_worker.main(pipes, {plan!r})"
)


def main(pipes, plan):
    """Serve one submission and end; `pipes` are two descriptors, `plan` a dict (pool.py)."""
    _keep_bytes(*pipes)
    duty = Duty(plan)
    line = Leash(Line(*pipes))

    def prepare():
        ready = wire.encode({"ready": os.getpid()})
        line.send(ready)
        asked, _ = wire.decode(line.receive())
        speak()
        file = asked["file"]
        if file is not None:
            file = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        enclose(plan, duty, asked["folder"])
        line.send(ready)
        return line, file

    live(prepare, duty)


class Leash:
    """A line that ends this process when the judge hangs up, even out of an endless loop."""

    def __init__(self, line):
        self.line, self.send = line, line.send
        self.frames = queue.SimpleQueue()
        self.receive = self.frames.get
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while (frame := self.line.receive()) is not None:
            self.frames.put(frame)
        os._exit(0)


def _keep_bytes(*descriptors):
    """Windows translates line ends unless it is told not to."""
    if sys.platform == "win32":
        import msvcrt

        for descriptor in descriptors:
            msvcrt.setmode(descriptor, os.O_BINARY)
