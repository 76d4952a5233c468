"""The folder in which a submission may write: how full it is, and how to be rid of it.

Both are done by the judge, in a tree that somebody hostile has made: it may be a thousand folders
deep, and its parts may refuse to be read.
"""

import contextlib
import itertools
import os
import shutil
import stat

DISK = 64 << 20  # bytes that a submission may keep
FILES = 1000
DEEPEST = 8  # folders inside of each other; any path through them is one that the kernel takes


class TooMuch(Exception):
    """What is in the folder is more than there may be; the message goes on from "it"."""


def measure(folder):
    """(bytes on the disk, files and folders) below a folder. Raises TooMuch.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     measure(folder)
    (0, 0)
    """
    size = count = 0
    inside = [(folder, 0)]
    while inside:
        path, depth = inside.pop()
        for entry in _entries(path):
            count += 1
            with contextlib.suppress(OSError):  # it is gone again
                size += _taken(entry.stat(follow_symlinks=False))
            if entry.is_dir(follow_symlinks=False):
                inside.append((entry.path, depth + 1))
            if count > FILES:
                raise TooMuch(f"made more than {FILES} files")
            if depth > DEEPEST:
                raise TooMuch(f"made more than {DEEPEST} folders inside of each other")
            if size > DISK:
                raise TooMuch(f"wrote more than {DISK >> 20} MB of files")
    return size, count


def _taken(status):
    """The bytes that a file takes; where nobody says (Windows), those that it has."""
    return getattr(status, "st_blocks", status.st_size / 512) * 512


def _entries(path):
    """What is in a folder; nothing where it is gone again."""
    try:
        with os.scandir(path) as found:
            yield from found
    except PermissionError:
        raise TooMuch("locked a folder, so that nobody can see how much is in it") from None
    except OSError:
        return


def remove(folder):
    """Remove a folder of a child that has ended, and all that is in it.

    Folders are first moved up to the top: neither a call inside of a call nor a path gets longer,
    however deep they were. What cannot be removed stays.
    """
    if os.path.islink(folder):  # it was replaced, where no wall forbids that
        with contextlib.suppress(OSError):
            os.unlink(folder)
        return
    with contextlib.suppress(OSError):
        _flatten(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _flatten(folder):
    os.chmod(folder, stat.S_IRWXU)
    names = (os.path.join(folder, f"lossbook-{k}") for k in itertools.count())
    waiting = _folders(folder)
    while waiting:
        path = waiting.pop()
        for inner in _folders(path):
            moved = next(name for name in names if not os.path.lexists(name))
            os.rename(inner, moved)
            waiting.append(moved)


def _folders(path):
    """The folders in a folder, which may be read, emptied and moved from now on."""
    with os.scandir(path) as found:
        entries = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in found]
    for one, is_folder in entries:
        # Windows does not remove a file that is read-only; elsewhere folders are what counts.
        if is_folder or os.name != "posix":
            os.chmod(one, stat.S_IRWXU)
    return [one for one, is_folder in entries if is_folder]
