"""Folders of ours in the temporary directory, and who removes them when nobody is left to do so.

Who is killed with −9 removes nothing. So each folder holds a file that its process keeps locked.
The system drops that lock with the process, however it ended; what is locked no more is swept.
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
except ImportError:  # Windows: there nothing is locked, and nothing swept
    fcntl = None

_LOCK = f"{platform.node()}.lock"  # of another machine on the same disk we may not see the locks
_held = {}  # folder → its open file


def make(kind):
    """The path of a new folder, as text; it is there until `unmake`, or until we are no more."""
    folder = tempfile.mkdtemp(prefix=f"lossbook-{kind}-")
    if fcntl:
        _held[folder] = lock = open(Path(folder, "new"), "xb")  # noqa: SIM115  (open while we live)
        with contextlib.suppress(OSError):  # a disk without locks: then nobody sweeps it
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(lock.name, Path(folder, _LOCK))  # where it can be seen, it is locked already
    return folder


def unmake(folder):
    """Remove a folder and all that is in it; nothing happens where it is gone."""
    remove(folder)
    if lock := _held.pop(folder, None):
        lock.close()


@contextlib.contextmanager
def made(kind):
    """The same for a `with` statement."""
    folder = make(kind)
    try:
        yield folder
    finally:
        unmake(folder)


def sweep():
    """Remove the folders of ours whose processes are gone."""
    for folder in Path(tempfile.gettempdir()).glob("lossbook-*") if fcntl else ():
        with contextlib.suppress(OSError):  # somebody is at work in it, or it is none of ours
            if _is_ours(folder.lstat()):
                with open(folder / _LOCK, "r+b") as lock:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove(folder)


def _is_ours(status):
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
