"""Judges that work beside each other, and one that needs the machine to itself for a while.

Time limits are those of the clock on the wall. Whoever starts hundreds of threads takes that time
from the others, so who was late without having computed is graded once more when nobody else is.
"""

import contextlib
import threading


class Turns:
    """Any number of judges work `beside` each other, or one works `alone`."""

    def __init__(self):
        self._changed = threading.Condition()
        self._beside, self._waiting, self._taken = 0, 0, False

    @contextlib.contextmanager
    def beside(self):
        """Work while others do; wait for those who asked to be alone."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting)
            self._beside += 1
        try:
            yield
        finally:
            with self._changed:
                self._beside -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self):
        """Work when all others have come to an end."""
        with self._changed:
            self._waiting += 1
            self._changed.wait_for(lambda: not self._beside and not self._taken)
            self._taken = True
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._waiting -= 1
                self._changed.notify_all()
