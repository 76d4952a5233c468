"""One at a time: threads of this process, and other processes on the same folder."""

import sqlite3
import threading
from contextlib import contextmanager

from lossbook.grading.gradebook.atomic import BookError


class Lock:
    """A lock on a file, held inside `with lock.held():`; not to be taken twice by one thread.

    It is SQLite's own lock on an empty database: the same on every system, and the system opens
    it again when the process that holds it is killed.
    """

    def __init__(self, path, patience=300.0):
        self._path, self._patience = path, patience
        self._threads = threading.Lock()
        try:
            self._door = sqlite3.connect(
                path, timeout=patience, isolation_level=None, check_same_thread=False
            )
            # Nothing is ever written, so that the lock is also to be had on a full disk.
            self._door.execute("PRAGMA journal_mode = MEMORY")
        except sqlite3.Error as error:
            raise BookError(f"cannot open {path}: {error}") from None

    @contextmanager
    def held(self):
        """Wait for the lock; raise BookError where it is not to be had."""
        with self._threads:
            try:
                self._door.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                raise BookError(self._why(error)) from None
            try:
                yield
            finally:
                self._door.execute("ROLLBACK")

    def _why(self, error):
        if "locked" in str(error):
            return (
                f"another program has held {self._path} for {self._patience:.0f} seconds; "
                "wait until it has ended, and run the same command again"
            )
        return f"cannot write in {self._path.parent}: {error}"

    def close(self):
        self._door.close()
