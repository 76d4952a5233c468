"""Temporary folders that a later run cleans up.

A process killed with SIGKILL cannot clean up. So each folder holds a file that its process keeps
locked; the system drops the lock when the process ends, and `sweep` removes unlocked folders.
"""

import contextlib
import os
import platform
import stat
import tempfile
from pathlib import Path

from lossbook.grading.sandbox.quota import remove

try:
    import fcntl
except ImportError:  # Windows: nothing is locked, so nothing is swept
    fcntl = None

_LOCK = f"{platform.node()}.lock"  # locks of another machine on the same disk may not be visible
_held = {}  # folder → its open file


def make(kind: str) -> str:
    """The path of a new folder, as text; it exists until `unmake`, or until this process ends."""
    folder = tempfile.mkdtemp(prefix=f"lossbook-{kind}-")
    if fcntl:
        _held[folder] = lock = open(Path(folder, "new"), "xb")  # noqa: SIM115  (open while the process runs)
        with contextlib.suppress(OSError):  # a disk without locks: then it is not swept
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(lock.name, Path(folder, _LOCK))  # under this name it is always locked
    return folder


def unmake(folder) -> None:
    """Remove a folder and all that is in it; nothing happens if it is gone."""
    remove(folder)
    if lock := _held.pop(folder, None):
        lock.close()


@contextlib.contextmanager
def made(kind: str):
    """A new folder for the length of a `with` statement."""
    folder = make(kind)
    try:
        yield folder
    finally:
        unmake(folder)


def sweep() -> None:
    """Remove the folders whose processes have ended."""
    for folder in Path(tempfile.gettempdir()).glob("lossbook-*") if fcntl else ():
        with contextlib.suppress(OSError):  # it is in use, or belongs to another program
            if _is_ours(folder.lstat()):
                with open(folder / _LOCK, "r+b") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove(folder)


def _is_ours(status):
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
