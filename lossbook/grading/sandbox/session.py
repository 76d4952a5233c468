"""The grader's side of one process in the sandbox: ask it, wait for the answer, kill it."""

import secrets
import signal
import time
from functools import partial

from lossbook.grading.sandbox import wire
from lossbook.grading.sandbox.channel import Ended, TimedOut, last_line
from lossbook.grading.sandbox.isolation import SETUP_FAILED
from lossbook.grading.sandbox.quota import TooMuch, measure, remove
from lossbook.grading.sandbox.stopwatch import PATIENCE, Stopwatch

_SHORT = 0.25  # seconds


class SandboxGone(Exception):
    """The whole sandbox has ended: no submission is to blame until it is graded again."""


class Killed(Ended):
    """The process was killed: by itself, by the kernel for want of memory, or by a person."""


class Session:
    """One process, from its first request to its end. A context manager.

    Made by Sandbox.open. After TimedOut or Ended it is over; `ending` tells how it ended, `starved`
    whether it had too little of a processor. `used` is the time that counts of the last request.

    isolated : whether the process has said that its layers are applied. Until then no student's
        code has run in it, so its exit status and its output are to be believed.
    """

    def __init__(self, sandbox, number, channel, folder, isolated=False):
        self.sandbox, self.number, self.channel, self.folder = sandbox, number, channel, folder
        self.isolated = isolated
        self.channel.watch = self._check_quota
        self.open, self.over, self.ending = True, None, {}
        self.used, self.starved = 0.0, False

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def ask(self, head: dict, value=None, *, seconds: float, lend=None) -> tuple:
        """(head, value) of the answer to one request.

        `value` may hold functions if `lend(function, args, kwargs, seconds)` calls them for the
        process, with what it sends; `lend` returns (head, value) as a proof worker does.

        Raises TimedOut, Ended, and SandboxGone if the whole sandbox has ended.
        """
        if self.over:
            raise self.over
        functions = []

        def name_of(function):
            functions.append(function)
            return len(functions) - 1

        request_id = secrets.token_hex(8)
        request = wire.encode({**head, "request_id": request_id}, value, lend and name_of)
        watch = Stopwatch()
        self.channel.watch = partial(self._watch, watch, seconds)
        try:
            deadline = time.monotonic() + PATIENCE * seconds
            if not self.isolated:
                wire.decode(self.channel.receive(deadline))
                self.isolated = True
            self.channel.send(request, deadline)
            while True:
                answer, value = wire.decode(self.channel.receive(deadline))
                # A reply sent before its request would shift all later replies by one.
                if answer.pop("request_id", None) != request_id:
                    raise Ended("it wrote into the line to the grader (an answer to no question)")
                if "ask" not in answer:
                    return answer, value
                function, args, kwargs = _call_of(functions, answer["ask"], value)
                left = max(seconds - watch.used(self._pid()), 0)
                self.channel.send(wire.encode(*lend(function, args, kwargs, left)), deadline)
        except TimedOut:
            measured, used = watch.first is not None, watch.used(self._pid())
            self.close()
            cpu = self.ending.get("cpu", seconds)
            self.starved = used < seconds if measured else cpu < seconds / 2
            self._end(TimedOut(f"it had not finished after {seconds:.3g} seconds"))
        except Ended as ended:
            self._end(ended)
        except wire.WireError as error:
            self._end(Ended(f"it wrote into the line to the grader ({error})"))
        except (OSError, EOFError):
            self._end(None)
        finally:
            # Of a short request all the time counts: measuring would take longer.
            self.used = watch.used(self._pid()) if watch.elapsed() > _SHORT else watch.elapsed()

    def _pid(self):
        return self.sandbox.pid_of(self.number)

    def _watch(self, watch, seconds):
        """Called while it works; raises TimedOut, and Ended for too much on disk."""
        if watch.used(self._pid()) >= seconds:
            raise TimedOut
        self._check_quota()

    def look(self) -> None:
        """Raise Ended if the process keeps too much on disk."""
        try:
            self._check_quota()
        except Ended as ended:
            self._end(ended)

    def _check_quota(self):
        try:
            measure(self.folder)
        except TooMuch as error:
            raise Ended(f"it {error}") from None

    # ---------------------------------------------------------------------------- the end

    def _end(self, reason):
        """Close, and raise the reason; None means that the exit status tells it."""
        self.close()
        if self.sandbox.gone:
            raise SandboxGone from None
        killed = reason is None and self.ending.get("status") == -9
        self.over = reason or (Killed if killed else Ended)(self._reason())
        raise self.over from None

    def close(self) -> None:
        """Kill the process, keep the end of its output, remove its folder."""
        if not self.open:
            return
        self.open = False
        self.ending = self.sandbox.end(self.number)
        self.channel.close()
        remove(self.folder)
        self.over = self.over or Ended("it is closed")

    def _reason(self):
        """How the process ended, by its exit status."""
        status = self.ending.get("status")
        if status == SETUP_FAILED and not self.isolated:
            return f"its isolation could not be set up: {last_line(self.channel.output_tail)}"
        if status is None:
            return "its process ended"
        if status in _CRASHES:
            return _CRASHES[status]
        if status < 0:
            return f"its process was ended by signal {-status}"
        return f"it ended its process (exit code {status})"


_CRASHES = {
    -getattr(signal, name): reason
    for name, reason in {
        "SIGSEGV": "its process crashed (segmentation fault)",
        "SIGABRT": "its process crashed (abort)",
        "SIGBUS": "its process crashed (bus error)",
        "SIGFPE": "its process crashed (arithmetic)",
        "SIGILL": "its process crashed (illegal instruction)",
        "SIGXCPU": "it used up its CPU time",
        "SIGXFSZ": "it wrote a file that is too large",
        "SIGSYS": "it made a system call of another machine",
        "SIGKILL": "its process was killed (for memory or CPU time, or by itself)",
    }.items()
    if hasattr(signal, name)
}
_CRASHES |= {  # what Windows has in place of signals
    0xC0000005: "its process crashed (segmentation fault)",
    0xC00000FD: "its process crashed (too deep a recursion)",
    0xC0000409: "its process crashed (abort)",
}


def _call_of(functions, number, value):
    """(function, args, kwargs) of a call that a process asks for."""
    match value:
        case (tuple() as args, dict() as kwargs) if type(number) is int:
            if 0 <= number < len(functions):
                return functions[number], args, kwargs
    raise wire.WireError("a call of no function")
