"""A shared/exclusive lock: several workers at once, or one alone.

Time limits are wall-clock times. A submission that starts hundreds of threads slows down all
others, so one that timed out without CPU time is graded again while no other worker runs.
"""

import contextlib
import threading


class SharedExclusiveLock:
    """Any number of threads hold it `shared`, or one holds it `exclusive`.

    A thread that waits for `exclusive` has priority over those that ask for `shared` later.
    """

    def __init__(self):
        self._changed = threading.Condition()
        self._shared, self._waiting, self._exclusive = 0, 0, False

    @contextlib.contextmanager
    def shared(self):
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting)
            self._shared += 1
        try:
            yield
        finally:
            with self._changed:
                self._shared -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def exclusive(self):
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: not self._shared and not self._exclusive)
            self._exclusive = True
        try:
            yield
        finally:
            with self._changed:
                self._exclusive = False
                self._waiting -= 1
                self._changed.notify_all()
