"""What moves bytes between the judge and one child: frames both ways, and what the child prints.

    SocketChannel   a socket and a pipe, for a child that was forked (zygote.py)
    PipeChannel     the three pipes of a subprocess, for machines without fork (pool.py)

Both wait with a deadline, hold what was printed to its limit, and trust nothing that comes back.
"""

import contextlib
import os
import select
import threading
import time

from lossbook.grading.sandbox import wire

OUTPUT = 16 << 20  # bytes that a submission may print
_KEPT = 64 << 10  # bytes of it, the last ones, that somebody may want to read
_LOOK = 0.25  # seconds between two looks at what the child does meanwhile
_CHUNK = 1 << 18
_FULL = 4 + wire.LARGEST  # bytes of the longest frame


class Ended(Exception):
    """The child is no more; the message says why, in words for a teacher."""


class Late(Ended):
    """It did not answer in time."""


class Channel:
    """What both kinds share.

    Attributes
    ----------
    watch : callable, called four times a second while somebody waits; what it raises is raised
    printed, said : how many bytes the child has printed, and the last of them
    """

    def __init__(self):
        self.watch = lambda: None
        self.printed, self.said = 0, b""
        self.received = bytearray()
        self.next_look = 0.0

    def _frame(self):
        """The next whole frame without its first four bytes, or None. Raises WireError."""
        if len(self.received) < 4:
            return None
        end = 4 + wire.length_of(self.received[:4])
        if len(self.received) < end:
            return None
        frame = bytes(self.received[4:end])
        del self.received[:end]
        return frame

    def _pause(self, deadline):
        """How many seconds to wait now; raise Late where there are none left."""
        now = time.monotonic()
        if now >= deadline:
            raise Late
        if now >= self.next_look:
            self.watch()
            self.next_look = time.monotonic() + _LOOK
        return min(deadline - now, _LOOK)

    def _hear(self, chunk):
        """Take in what was printed; raise Ended where it is too much."""
        self.printed += len(chunk)
        self.said = (self.said + chunk)[-_KEPT:]
        if self.printed > OUTPUT:
            raise Ended(f"it printed more than {OUTPUT >> 20} MB")


class SocketChannel(Channel):
    """Frames over a socket; `pipe` is a descriptor from which the output is read. POSIX only.

    send and receive raise Late, Ended (too much output), WireError (no frame), and OSError or
    EOFError where the child has hung up.
    """

    def __init__(self, line, pipe):
        super().__init__()
        self.line, self.pipe = line, pipe
        line.setblocking(False)
        os.set_blocking(pipe, False)

    def send(self, frame, deadline):
        """Send a frame with all its bytes."""
        rest = memoryview(frame)
        while rest:
            _, writable = self._wait(deadline, writing=True)
            if writable:
                rest = rest[self.line.send(rest) :]

    def receive(self, deadline):
        """The next frame without its first four bytes."""
        while (frame := self._frame()) is None:
            readable, _ = self._wait(deadline)
            if readable:
                chunk = self.line.recv(1 << 20)
                if not chunk:
                    raise EOFError
                self.received += chunk
        return frame

    def close(self):
        """Take in the last of the output and hang up. The child has ended before."""
        with contextlib.suppress(Ended, OSError):
            self._drain()
        self.line.close()
        os.close(self.pipe)

    def _wait(self, deadline, writing=False):
        """Whether the line can be read, and written; output is drained while we wait."""
        seconds = self._pause(deadline)
        # While we write, what it has said waits: it would wake us up again and again.
        reading = [self.pipe] if writing else [self.line, self.pipe]
        writing = [self.line] if writing else []
        readable, writable, _ = select.select(reading, writing, [], seconds)
        if self.pipe in readable and not self._drain():
            time.sleep(0.002)  # the output is closed and stays readable: do not spin
        return self.line in readable, self.line in writable

    def _drain(self):
        """Read what was printed; False at its end."""
        while True:
            try:
                chunk = os.read(self.pipe, _CHUNK)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self._hear(chunk)


class PipeChannel(Channel):
    """Frames over the stdin and stdout of a subprocess; what it prints comes from its stderr.

    Windows cannot wait for a pipe with a time limit, so a thread waits for each of the three.
    `process` is a Popen whose pipes have no buffers. send and receive raise as above.
    """

    def __init__(self, process):
        super().__init__()
        self.changed = threading.Condition()  # guards all that follows, and what was received
        self.unsent, self.fault, self.hung_up, self.closed = b"", None, False, False
        work = {
            process.stdin: self._write_to,
            process.stdout: self._read_from,
            process.stderr: self._listen_to,
        }
        self.threads = {
            pipe: threading.Thread(target=each, args=(pipe,), daemon=True)
            for pipe, each in work.items()
        }
        for thread in self.threads.values():
            thread.start()

    def send(self, frame, deadline):
        """Send a frame with all its bytes."""
        with self.changed:
            self.unsent = frame
            self.changed.notify_all()
            while self.unsent:
                self._wait(deadline)

    def receive(self, deadline):
        """The next frame without its first four bytes."""
        with self.changed:
            while (frame := self._frame()) is None:
                self._wait(deadline)
            self.changed.notify_all()  # there is room for more
            return frame

    def close(self):
        """Take in the last of the output and hang up. The child has ended before.

        A pipe that a process of the child's still holds is left to its thread, which ends with it.
        """
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        until = time.monotonic() + 2
        for pipe, thread in self.threads.items():
            thread.join(max(0, until - time.monotonic()))
            if not thread.is_alive():
                with contextlib.suppress(OSError):
                    pipe.close()

    def _wait(self, deadline):
        """Wait until something has changed; raise what there is to raise."""
        if self.fault:
            raise self.fault
        if self.hung_up:
            raise EOFError
        self.changed.wait(self._pause(deadline))

    # ------------------------------------------------------------------------- the threads

    def _write_to(self, pipe):
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.unsent or self.closed)
                if self.closed:
                    return
                rest = memoryview(self.unsent)
            try:
                while rest:
                    rest = rest[pipe.write(rest) :]
            except OSError:
                return self._has_hung_up()
            with self.changed:
                self.unsent = b""
                self.changed.notify_all()

    def _read_from(self, pipe):
        for chunk in _chunks(pipe):
            with self.changed:
                # Where a whole frame is there already, the rest can wait in the pipe.
                self.changed.wait_for(lambda: len(self.received) < _FULL or self.closed)
                if self.closed:
                    return
                self.received += chunk
                self.changed.notify_all()
        self._has_hung_up()

    def _listen_to(self, pipe):
        for chunk in _chunks(pipe):
            with self.changed:
                try:
                    self._hear(chunk)
                except Ended as ended:
                    self.fault = ended
                    self.changed.notify_all()
                    return

    def _has_hung_up(self):
        with self.changed:
            self.hung_up = True
            self.changed.notify_all()


def _chunks(pipe):
    """What comes out of a pipe, until its end."""
    with contextlib.suppress(OSError):
        while chunk := pipe.read(_CHUNK):
            yield chunk
