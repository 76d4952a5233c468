"""The grader's connection to one process: frames over a socket, and what the process prints."""

import contextlib
import os
import threading
import time

from lossbook.grading.sandbox import wire

OUTPUT = 16 << 20  # bytes that a submission may print
_TAIL = 64 << 10  # bytes at the end of the output that are kept
_WATCH = 0.25  # seconds between two calls of `watch`
_CHUNK = 1 << 18


class Ended(Exception):
    """The process has ended or is given up; the message gives the reason, for a teacher."""


class TimedOut(Ended):
    """The process did not answer in time."""


class Channel:
    """Frames over a socket; a thread reads the output, because Windows cannot wait for a pipe.

    line : connected socket
    output : raw file at which the output arrives

    watch : callable, called four times a second while the grader waits; its exceptions pass
    output_size, output_tail : how many bytes the process has printed, and the last of them
    """

    def __init__(self, line, output):
        self.line, self.output = line, output
        self.watch = lambda: None
        self.output_size, self.output_tail = 0, b""
        self.received = bytearray()
        self.next_watch = 0.0
        self.reader = threading.Thread(target=self._read_output, daemon=True)
        self.reader.start()

    def send(self, frame: bytes, deadline: float) -> None:
        """Send a whole frame. Raises TimedOut, Ended (too much output) and OSError (hung up)."""
        rest = memoryview(frame)
        while rest:
            rest = rest[self._before(deadline, self.line.send, rest) :]

    def receive(self, deadline: float) -> bytes:
        """The next frame without its length. Raises as `send`, and EOFError and WireError."""
        while (frame := self._frame()) is None:
            chunk = self._before(deadline, self.line.recv, 1 << 20)
            if not chunk:
                raise EOFError
            self.received += chunk
        return frame

    def close(self) -> None:
        """Read the rest of the output and hang up. The process has ended before.

        A process that it started may still hold the output; then the thread ends with that one.
        """
        self.line.close()
        self.reader.join(1)
        if not self.reader.is_alive():
            self.output.close()

    def _frame(self):
        """The next frame if it has arrived whole, or None."""
        if len(self.received) < 4:
            return None
        end = 4 + wire.length_of(self.received[:4])
        if len(self.received) < end:
            return None
        frame = bytes(self.received[4:end])
        del self.received[:end]
        return frame

    def _before(self, deadline, act, argument):
        """The result of a socket's method, which is tried until the deadline."""
        while True:
            self.line.settimeout(self._pause(deadline))
            with contextlib.suppress(TimeoutError):
                return act(argument)

    def _pause(self, deadline):
        """How many seconds to wait now. Raises TimedOut and Ended."""
        if self.output_size > OUTPUT:
            raise Ended(f"it printed more than {OUTPUT >> 20} MB")
        now = time.monotonic()
        if now >= deadline:
            raise TimedOut
        if now >= self.next_watch:
            self.watch()
            self.next_watch = time.monotonic() + _WATCH
        return min(deadline - now, _WATCH)

    def _read_output(self):
        """Read what is printed, until its end or until it is too much."""
        with contextlib.suppress(OSError):
            while self.output_size <= OUTPUT and (chunk := os.read(self.output.fileno(), _CHUNK)):
                self.output_size += len(chunk)
                self.output_tail = (self.output_tail + chunk)[-_TAIL:]


def last_line(output: bytes) -> str:
    """The last line of what a process has printed, as the reason of its end."""
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"
