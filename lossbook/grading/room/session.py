"""The judge's hand on one child: ask it something, wait as long as it may take, give it up."""

import contextlib
import os
import select
import signal
import time

from lossbook.grading.room import wire
from lossbook.grading.room.folder import TooMuch, measure, remove
from lossbook.grading.room.walls import SETUP_FAILED

OUTPUT = 16 << 20  # bytes that a submission may print
_KEPT = 64 << 10  # bytes of output that somebody may want to read
_LOOK = 0.25  # seconds between two looks at the folder


class Ended(Exception):
    """The child is no more; the message says why, in words for a teacher."""


class Late(Ended):
    """It did not answer in time."""


class Session:
    """One child, from its first request to its end. A context manager.

    Made by Room.open. After Late or Ended it is over; `ending` says how.
    """

    def __init__(self, room, number, line, output, folder):
        self.room, self.number, self.line, self.folder = room, number, line, folder
        self.pipe = output
        self.line.setblocking(False)
        os.set_blocking(output, False)
        self.printed, self.said = 0, bytearray()
        self.over, self.ending = None, {}
        self.received, self.next_look = bytearray(), 0.0

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

        request = wire.encode(head, value, name_of)
        try:
            deadline = time.monotonic() + seconds
            self._send(request, deadline)
            while True:
                answer, value = wire.decode(self._receive(deadline))
                if "ask" not in answer:
                    return answer, value
                self._send(_called(functions, answer, value), deadline)
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

    # --------------------------------------------------------------------------- the line

    def _send(self, frame, deadline):
        rest = memoryview(frame)
        while rest:
            _, writable = self._wait(deadline, writing=True)
            if writable:
                rest = rest[self.line.send(rest) :]

    def _receive(self, deadline):
        """The next frame without its first four bytes."""
        while True:
            if len(self.received) >= 4:
                end = 4 + wire.length_of(self.received[:4])
                if len(self.received) >= end:
                    frame = bytes(self.received[4:end])
                    del self.received[:end]
                    return frame
            readable, _ = self._wait(deadline)
            if readable:
                chunk = self.line.recv(1 << 20)
                if not chunk:
                    raise EOFError
                self.received += chunk

    def _wait(self, deadline, writing=False):
        """Whether the line can be read, and written; output is drained while we wait."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise Late
        if time.monotonic() > self.next_look:  # also while it prints all the time
            self._look()
            self.next_look = time.monotonic() + _LOOK
        lines = ([], [self.line]) if writing else ([self.line], [])
        reading, writing = [self.pipe, *lines[0]], lines[1]
        readable, writable, _ = select.select(reading, writing, [], min(left, _LOOK))
        if self.pipe in readable and not self._drain():
            time.sleep(0.002)  # the output is closed and stays readable: do not spin
        return self.line in readable, self.line in writable

    def _drain(self):
        """Read what was printed; False at its end."""
        while True:
            try:
                chunk = os.read(self.pipe, 1 << 18)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self.printed += len(chunk)
            self.said += chunk[: _KEPT - len(self.said)]
            if self.printed > OUTPUT:
                raise Ended(f"it printed more than {OUTPUT >> 20} MB")

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
            from lossbook.grading.room.host import RoomGone

            raise RoomGone from None
        self.over = why or Ended(self._how())
        raise self.over from None

    def close(self):
        """Kill the child, keep the last of its output, remove its folder."""
        if self.pipe is None:
            return
        self.ending = self.room.end(self.number)
        with contextlib.suppress(Ended, OSError):
            self._drain()
        self.line.close()
        os.close(self.pipe)
        self.pipe = None
        remove(self.folder)
        self.over = self.over or Ended("it is closed")

    def _how(self):
        status = self.ending.get("status")
        if status == SETUP_FAILED:
            said = bytes(self.said[-500:]).decode(errors="replace").strip().splitlines()
            return f"its walls could not be put up: {said[-1] if said else 'no reason given'}"
        if status is None:
            return "its process ended"
        if status < 0:
            return _SIGNALS.get(-status, f"its process was ended by signal {-status}")
        return f"it ended its process (exit code {status})"


_SIGNALS = {
    getattr(signal, name, None): words
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
}


def _called(functions, asked, value):
    """The frame that answers when the student's function calls one of ours."""
    try:
        args, kwargs = value
        returned = functions[asked["ask"]](*args, **kwargs)
        return wire.encode({"op": "returned"}, returned)
    except Exception as error:  # whatever a hostile argument does to an honest function
        words = {"error": type(error).__name__, "words": str(error)[:200]}
        return wire.encode({"op": "raised", **words})
