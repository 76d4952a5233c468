"""The judge's hand on one child: ask it something, wait as long as it may take, give it up."""

import math
import secrets
import signal
import time

import numpy as np

from lossbook.grading.sandbox import wire
from lossbook.grading.sandbox.channel import Ended, Late
from lossbook.grading.sandbox.isolation import SETUP_FAILED
from lossbook.grading.sandbox.quota import TooMuch, measure, remove


class RoomGone(Exception):
    """The whole room has ended: nobody's submission is to blame until it is graded again."""


class Killed(Ended):
    """Somebody has killed the child: itself, the kernel for want of memory, or a person."""


class Session:
    """One child, from its first request to its end. A context manager.

    Made by Room.open and Pool.open. After Late or Ended it is over; `ending` says how.
    """

    def __init__(self, room, number, channel, folder):
        self.room, self.number, self.channel, self.folder = room, number, channel, folder
        self.channel.watch = self._look
        self.open, self.over, self.ending = True, None, {}

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def ask(self, head, value=None, *, seconds):
        """(head, value) of the answer to one request; functions in `value` are called back.

        Raises Late, Ended, and RoomGone where the whole room went with it.
        """
        if self.over:
            raise self.over
        functions = []

        def name_of(function):
            functions.append(function)
            return len(functions) - 1

        turn = secrets.token_hex(8)
        request = wire.encode({**head, "turn": turn}, value, name_of)
        try:
            deadline = time.monotonic() + seconds
            self.channel.send(request, deadline)
            while True:
                answer, value = wire.decode(self.channel.receive(deadline))
                # Whoever writes an answer in advance would shift all that follow by one.
                if answer.pop("turn", None) != turn:
                    raise Ended("it wrote into the line to the judge (an answer to no question)")
                if "ask" not in answer:
                    return answer, value
                self.channel.send(_called(functions, answer, value), deadline)
        except Late:
            self._end(Late(f"it had not finished after {seconds:g} seconds"))
        except Ended as ended:
            self._end(ended)
        except wire.WireError as error:
            self._end(Ended(f"it wrote into the line to the judge ({error})"))
        except (OSError, EOFError):
            self._end(None)

    def look(self):
        """Raise Ended if the child keeps too much on disk."""
        try:
            self._look()
        except Ended as ended:
            self._end(ended)

    def _look(self):
        try:
            measure(self.folder)
        except TooMuch as much:
            raise Ended(f"it {much}") from None

    # ---------------------------------------------------------------------------- the end

    def _end(self, why):
        """Close, and raise what happened; None asks the exit status."""
        self.close()
        if self.room.gone:
            raise RoomGone from None
        killed = why is None and self.ending.get("status") == -9
        self.over = why or (Killed if killed else Ended)(self._how())
        raise self.over from None

    def close(self):
        """Kill the child, keep the last of its output, remove its folder."""
        if not self.open:
            return
        self.open = False
        self.ending = self.room.end(self.number)
        self.channel.close()
        remove(self.folder)
        self.over = self.over or Ended("it is closed")

    def _how(self):
        status = self.ending.get("status")
        if status == SETUP_FAILED:
            said = self.channel.said[-500:].decode(errors="replace").strip().splitlines()
            return f"its walls could not be put up: {said[-1] if said else 'no reason given'}"
        if status is None:
            return "its process ended"
        if status in _CRASHES:
            return _CRASHES[status]
        if status < 0:
            return f"its process was ended by signal {-status}"
        return f"it ended its process (exit code {status})"


_CRASHES = {
    -getattr(signal, name): words
    for name, words in {
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
_CRASHES |= {  # what Windows says instead of signals
    0xC0000005: "its process crashed (segmentation fault)",
    0xC00000FD: "its process crashed (too deep a recursion)",
    0xC0000409: "its process crashed (abort)",
}


def _called(functions, asked, value):
    """The frame that answers when the student's function calls one of ours."""
    try:
        args, kwargs = value
        _bound([*args, *kwargs.values()])
        with np.errstate(all="ignore"):  # as in the instant check, where it runs with the answer
            returned = functions[asked["ask"]](*args, **kwargs)
        return wire.encode({"op": "returned"}, returned)
    except Exception as error:  # whatever a hostile argument does to an honest function
        words = {"error": type(error).__name__, "words": str(error)[:200]}
        return wire.encode({"op": "raised", **words})


def _bound(args):
    """Raise ValueError where the arguments, each number with each, would not fit into an answer.

    Here, and not behind walls, an array of (n, 1) and one of (m,) become one of n times m.
    """
    most = wire.LARGEST // np.dtype(float).itemsize
    if math.prod(max(np.size(arg), 1) for arg in args) > most:
        raise ValueError(f"these arguments can make more than {most:,} numbers; ask for fewer")
